// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the description in the order in which abi.h documents it.
#include "Description.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace attn {

namespace {

class DescriptionWriter {
public:
  explicit DescriptionWriter(llvm::raw_ostream &out) : out(out), writer(out, llvm::endianness::little) {}

  void write(const ModuleDescription &module) {
    writer.write<uint32_t>(ATTN_RT_ABI_MAGIC);
    writer.write<uint16_t>(ATTN_RT_ABI_MAJOR);
    writer.write<uint16_t>(ATTN_RT_ABI_MINOR);
    writer.write<uint32_t>(llvm::ELF::EM_X86_64);
    for (uint8_t byte : module.uuid)
      writer.write<uint8_t>(byte);
    write(module.name);
    write(module.producer);
    write(module.target);
    writer.write<uint64_t>(module.weightsBytes);
    writeCount(module.variants);
    for (const TargetVariant *variant : module.variants) {
      write(variant->name);
      for (uint64_t word : variant->features)
        writer.write<uint64_t>(word);
    }
    writeCount(module.functions);
    for (const FunctionDescription &function : module.functions)
      write(function);
  }

private:
  void write(llvm::StringRef text) {
    writeCount(text);
    out << text;
  }

  template <typename Container> void writeCount(const Container &container) {
    writer.write<uint32_t>(container.size());
  }

  void write(const FunctionDescription &function) {
    const FunctionSignature &signature = function.signature;
    write(signature.name);
    writeCount(signature.symbols);
    for (const SignatureSymbol &symbol : signature.symbols) {
      write(symbol.name);
      writer.write<int64_t>(symbol.min);
      writer.write<int64_t>(symbol.max);
      writer.write<int64_t>(/*multiple=*/1);
    }
    writeCount(signature.args);
    writeCount(signature.results);
    for (const SignatureValue &value : signature.args)
      write(value);
    for (const SignatureValue &value : signature.results)
      write(value);
    writeCount(function.ops);
    for (const auto &[name, kind] : function.ops) {
      write(name);
      write(kind);
    }
    writeCount(function.faults);
    for (const std::string &text : function.faults)
      write(text);
    SignatureSession session = signature.session.value_or(SignatureSession());
    write(session.step);
    writer.write<int32_t>(session.capacity);
    writer.write<int32_t>(session.batch);
  }

  void write(const SignatureDim &dim) {
    writer.write<int32_t>(dim.symbol);
    writer.write<int64_t>(dim.size);
  }

  void write(const SignatureValue &value) {
    write(value.name);
    writer.write<uint32_t>(value.dtype);
    writeCount(value.dims);
    for (const SignatureDim &dim : value.dims)
      write(dim);
    writer.write<uint32_t>((value.range ? ATTN_RT_VALUE_HAS_RANGE : 0) | (value.isState ? ATTN_RT_VALUE_STATE : 0) |
                           (value.isLength ? ATTN_RT_VALUE_LENGTH : 0));
    writer.write<int64_t>(value.range ? value.range->first : 0);
    writer.write<int64_t>(value.range ? value.range->second : 0);
  }

  llvm::raw_ostream &out;
  llvm::support::endian::Writer writer;
};

} // namespace

std::string serializeDescription(const ModuleDescription &description) {
  std::string bytes;
  llvm::raw_string_ostream out(bytes);
  DescriptionWriter(out).write(description);
  return bytes;
}

std::string wrapInNote(llvm::StringRef description) {
  constexpr llvm::StringLiteral owner(ATTN_RT_NOTE_OWNER);
  std::string bytes;
  llvm::raw_string_ostream out(bytes);
  llvm::support::endian::Writer writer(out, llvm::endianness::little);
  writer.write<uint32_t>(owner.size() + 1);
  writer.write<uint32_t>(description.size());
  writer.write<uint32_t>(ATTN_RT_NOTE_TYPE);
  out << owner;
  out.write_zeros(llvm::alignTo(owner.size() + 1, 4) - owner.size());
  out << description;
  out.write_zeros(llvm::offsetToAlignment(description.size(), llvm::Align(4)));
  return bytes;
}

} // namespace attn
