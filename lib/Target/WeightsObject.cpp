// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Streams weights from their source into the file, packing panels on the way,
// and wraps them into the smallest ELF object a linker takes.
#include "WeightsTable.h"
#include "attn/Analysis/Signature.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;

namespace attn {

namespace {

/// A stream that hashes what passes and knows how much did.
class HashingWriter {
public:
  HashingWriter(llvm::raw_ostream &out, llvm::BLAKE3 &hash) : out(out), hash(hash) {}

  void write(StringRef bytes) {
    out << bytes;
    hash.update(bytes);
    position += bytes.size();
  }
  void padTo(uint64_t end) {
    static const char zeros[4096] = {};
    while (position < end)
      write(StringRef(zeros, std::min<uint64_t>(sizeof zeros, end - position)));
  }

private:
  llvm::raw_ostream &out;
  llvm::BLAKE3 &hash;
  uint64_t position = 0;
};

llvm::Error refuse(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

std::string formatShape(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream out(text);
  llvm::interleave(shape, out, ", ");
  return text + "]";
}

/// The shape that the sources of an entry have when joined.
SmallVector<int64_t> getSourceShape(const WeightEntry &entry) {
  if (entry.panels)
    return {entry.panels.getRows(), entry.panels.getColumns()};
  return entry.shape;
}

/// Finds the sources of an entry and checks that they make what it says.
llvm::Expected<std::vector<WeightTensor>> findParts(const WeightEntry &entry, WeightSource &source) {
  SmallVector<int64_t> wanted = getSourceShape(entry), joined;
  std::vector<WeightTensor> parts;
  for (const std::string &name : entry.sources) {
    llvm::Expected<WeightTensor> part = source.find(name);
    if (!part)
      return part.takeError();
    if (part->dtype != entry.dtype)
      return refuse("expects the elements of '" + name + "' to be " + attn::getDtypeName(entry.dtype) + ", but got " +
                    attn::getDtypeName(part->dtype));
    if (parts.empty())
      joined = part->shape;
    else if (joined.size() == part->shape.size() && !joined.empty() &&
             ArrayRef(joined).drop_front() == ArrayRef(part->shape).drop_front())
      joined[0] += part->shape[0];
    else
      return refuse("expects the parts of weight '" + entry.name + "' to agree behind dimension 0, but got " +
                    formatShape(joined) + " and " + formatShape(part->shape));
    parts.push_back(std::move(*part));
  }
  if (joined != wanted)
    return refuse("expects the source of weight '" + entry.name + "' to have the shape " + formatShape(wanted) +
                  ", but got " + formatShape(joined));
  return parts;
}

/// Writes a matrix as panels: packed[kb][p][k][n] = w[p * panel + n][kb *
/// kblock + k], zero outside.
void writePanels(const WeightEntry &entry, ArrayRef<WeightTensor> parts, HashingWriter &writer) {
  const int64_t columns = entry.panels.getColumns(), kblock = entry.panels.getKblock(), panel = entry.panels.getPanel();
  const int64_t element = (entry.dtype & 0xff) / 8;
  std::vector<const char *> rows;
  for (const WeightTensor &part : parts)
    for (int64_t row = 0; row < part.shape[0]; ++row)
      rows.push_back(part.bytes.data() + row * columns * element);
  std::vector<char> block(kblock * panel * element);
  for (int64_t kb = 0; kb < entry.shape[0]; ++kb)
    for (int64_t p = 0; p < entry.shape[1]; ++p) {
      // All bits zero is the number 0 in every format.
      std::fill(block.begin(), block.end(), 0);
      const int64_t depth = std::min(kblock, columns - kb * kblock);
      for (int64_t n = 0; n < panel && p * panel + n < int64_t(rows.size()); ++n) {
        const char *from = rows[p * panel + n] + kb * kblock * element;
        for (int64_t k = 0; k < depth; ++k)
          std::memcpy(&block[(k * panel + n) * element], from + k * element, element);
      }
      writer.write(StringRef(block.data(), block.size()));
    }
}

llvm::Error writeEntries(const WeightsTable &table, WeightSource &source, HashingWriter &writer) {
  for (const WeightEntry &entry : table.entries) {
    llvm::Expected<std::vector<WeightTensor>> parts = findParts(entry, source);
    if (!parts)
      return parts.takeError();
    writer.padTo(entry.offset);
    if (entry.panels)
      writePanels(entry, *parts, writer);
    else
      for (const WeightTensor &part : *parts)
        writer.write(part.bytes);
  }
  writer.padTo(table.bytes);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The object
//===----------------------------------------------------------------------===//

/// The parts of the object, in the order of the file: header, weights, then
/// what describes them.
class ElfObject {
public:
  ElfObject(uint64_t weightsBytes, StringRef symbol) : weightsBytes(weightsBytes) {
    strings = std::string(1, '\0') + symbol.str() + '\0';
  }

  void writeHeader(llvm::raw_ostream &out) const {
    llvm::support::endian::Writer writer(out, llvm::endianness::little);
    out.write(llvm::ELF::ElfMagic, 4);
    writer.write<uint8_t>(llvm::ELF::ELFCLASS64);
    writer.write<uint8_t>(llvm::ELF::ELFDATA2LSB);
    writer.write<uint8_t>(llvm::ELF::EV_CURRENT);
    out.write_zeros(llvm::ELF::EI_NIDENT - llvm::ELF::EI_OSABI);
    writer.write<uint16_t>(llvm::ELF::ET_REL);
    writer.write<uint16_t>(llvm::ELF::EM_X86_64);
    writer.write<uint32_t>(llvm::ELF::EV_CURRENT);
    writer.write<uint64_t>(/*e_entry=*/0);
    writer.write<uint64_t>(/*e_phoff=*/0);
    writer.write<uint64_t>(sectionsOffset());
    writer.write<uint32_t>(/*e_flags=*/0);
    for (uint16_t value : {sizeof(llvm::ELF::Elf64_Ehdr), size_t(0), size_t(0), sizeof(llvm::ELF::Elf64_Shdr),
                           size_t(kSectionCount), size_t(kSectionNames)})
      writer.write<uint16_t>(value);
    out.write_zeros(kWeightsOffset - sizeof(llvm::ELF::Elf64_Ehdr));
  }

  void writeTrailer(llvm::raw_ostream &out) const {
    out.write_zeros(symbolsOffset() - kWeightsOffset - weightsBytes);
    llvm::support::endian::Writer writer(out, llvm::endianness::little);
    out.write_zeros(sizeof(llvm::ELF::Elf64_Sym));
    writer.write<uint32_t>(/*st_name=*/1);
    writer.write<uint8_t>(llvm::ELF::STB_GLOBAL << 4 | llvm::ELF::STT_OBJECT);
    writer.write<uint8_t>(llvm::ELF::STV_HIDDEN);
    writer.write<uint16_t>(kWeights);
    writer.write<uint64_t>(/*st_value=*/0);
    writer.write<uint64_t>(weightsBytes);
    out << strings << names();
    out.write_zeros(sectionsOffset() - namesOffset() - names().size());
    writeSections(writer);
  }

private:
  enum Section { kNull, kWeights, kSymbols, kStrings, kSectionNames, kStack, kSectionCount };
  static constexpr uint64_t kWeightsOffset = kWeightsSectionAlignment;

  static StringRef names() {
    static constexpr char text[] = "\0" ATTN_RT_WEIGHTS_SECTION "\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack";
    return StringRef(text, sizeof text);
  }
  uint64_t symbolsOffset() const { return kWeightsOffset + llvm::alignTo(weightsBytes, 8); }
  uint64_t stringsOffset() const { return symbolsOffset() + 2 * sizeof(llvm::ELF::Elf64_Sym); }
  uint64_t namesOffset() const { return stringsOffset() + strings.size(); }
  uint64_t sectionsOffset() const { return llvm::alignTo(namesOffset() + names().size(), 8); }

  struct SectionHeader {
    StringRef name;
    uint32_t type;
    uint64_t flags, offset, size;
    uint32_t link, info;
    uint64_t alignment, entrySize;
  };

  void writeSections(llvm::support::endian::Writer &writer) const {
    using namespace llvm::ELF;
    const SectionHeader headers[kSectionCount] = {
        {"", SHT_NULL, 0, 0, 0, 0, 0, 0, 0},
        {ATTN_RT_WEIGHTS_SECTION, SHT_PROGBITS, SHF_ALLOC, kWeightsOffset, weightsBytes, 0, 0, kWeightsSectionAlignment,
         0},
        {".symtab", SHT_SYMTAB, 0, symbolsOffset(), 2 * sizeof(Elf64_Sym), kStrings, /*first global=*/1, 8,
         sizeof(Elf64_Sym)},
        {".strtab", SHT_STRTAB, 0, stringsOffset(), strings.size(), 0, 0, 1, 0},
        {".shstrtab", SHT_STRTAB, 0, namesOffset(), names().size(), 0, 0, 1, 0},
        // Says that this object does not ask for an executable stack.
        {".note.GNU-stack", SHT_PROGBITS, 0, sectionsOffset(), 0, 0, 0, 1, 0}};
    for (const SectionHeader &header : headers) {
      writer.write<uint32_t>(header.name.empty() ? 0 : names().find(header.name));
      writer.write<uint32_t>(header.type);
      writer.write<uint64_t>(header.flags);
      writer.write<uint64_t>(/*sh_addr=*/0);
      writer.write<uint64_t>(header.offset);
      writer.write<uint64_t>(header.size);
      writer.write<uint32_t>(header.link);
      writer.write<uint32_t>(header.info);
      writer.write<uint64_t>(header.alignment);
      writer.write<uint64_t>(header.entrySize);
    }
  }

  uint64_t weightsBytes;
  std::string strings;
};

} // namespace

llvm::Error writeWeights(const WeightsTable &table, WeightSource &source, llvm::raw_ostream &out, llvm::BLAKE3 &hash) {
  HashingWriter writer(out, hash);
  return writeEntries(table, source, writer);
}

llvm::Error writeWeightsObject(const WeightsTable &table, StringRef symbol, WeightSource &source,
                               llvm::raw_ostream &out, llvm::BLAKE3 &hash) {
  ElfObject object(table.bytes, symbol);
  object.writeHeader(out);
  if (llvm::Error error = writeWeights(table, source, out, hash))
    return error;
  object.writeTrailer(out);
  return llvm::Error::success();
}

} // namespace attn
