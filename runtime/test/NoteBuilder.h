// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes module descriptions byte by byte, as abi.h documents them, for tests:
// the second producer of the format, independent of the compiler's.
#ifndef ATTN_RT_TEST_NOTEBUILDER_H
#define ATTN_RT_TEST_NOTEBUILDER_H

#include "attn_rt/abi.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace attn::test {

struct NoteDim {
  int32_t Symbol = ATTN_RT_DIM_STATIC;
  int64_t Size = 0;
};

inline NoteDim symbolDim(int32_t symbol) { return {symbol, 0}; }
inline NoteDim staticDim(int64_t size) { return {ATTN_RT_DIM_STATIC, size}; }

struct NoteValue {
  std::string Name;
  uint32_t DType = ATTN_RT_F32;
  std::vector<NoteDim> Dims;
  uint32_t Flags = 0;
  int64_t Min = 0, Max = 0;
};

struct NoteSymbol {
  std::string Name;
  int64_t Min = 0, Max = 4096, Multiple = 1;
};

struct NoteFunction {
  std::string Name;
  std::vector<NoteSymbol> Symbols;
  std::vector<NoteValue> Args, Results;
  std::vector<std::pair<std::string, std::string>> Ops;
  std::vector<std::string> Faults;
  NoteDim Step = {};
  int32_t Capacity = ATTN_RT_DIM_STATIC, Batch = ATTN_RT_DIM_STATIC;
};

struct NoteVariant {
  std::string Name;
  uint64_t Features[ATTN_RT_FEATURE_WORDS] = {0, 0, 0, 0};
};

struct NoteModule {
  uint32_t Magic = ATTN_RT_ABI_MAGIC;
  uint16_t Major = ATTN_RT_ABI_MAJOR, Minor = ATTN_RT_ABI_MINOR;
  uint32_t Machine = 62;
  std::string Name = "toy", Producer = "runtime tests 1.0", Target = "x86_64-unknown-linux-gnu";
  uint64_t WeightsBytes = 0;
  std::vector<NoteVariant> Variants;
  std::vector<NoteFunction> Functions;
};

class NoteWriter {
public:
  explicit NoteWriter(const NoteModule &module) : Minor(module.Minor) { write(module); }
  const std::string &description() const { return Bytes; }

  /// The whole note: header, owner, padding.
  std::string note() const {
    NoteWriter writer;
    writer.integer(5, 4);
    writer.integer(Bytes.size(), 4);
    writer.integer(ATTN_RT_NOTE_TYPE, 4);
    writer.Bytes += std::string("ATTN\0\0\0\0", 8) + Bytes;
    writer.Bytes.resize((writer.Bytes.size() + 3) / 4 * 4, '\0');
    return writer.Bytes;
  }

private:
  NoteWriter() = default;

  void integer(uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
      Bytes += char(value >> (8 * i) & 0xff);
  }
  void text(const std::string &value) {
    integer(value.size(), 4);
    Bytes += value;
  }

  void write(const NoteValue &value) {
    text(value.Name);
    integer(value.DType, 4);
    integer(value.Dims.size(), 4);
    for (const NoteDim &dim : value.Dims) {
      integer(uint32_t(dim.Symbol), 4);
      integer(uint64_t(dim.Size), 8);
    }
    integer(value.Flags, 4);
    integer(uint64_t(value.Min), 8);
    integer(uint64_t(value.Max), 8);
  }

  void write(const NoteFunction &function) {
    text(function.Name);
    integer(function.Symbols.size(), 4);
    for (const NoteSymbol &symbol : function.Symbols) {
      text(symbol.Name);
      integer(uint64_t(symbol.Min), 8);
      integer(uint64_t(symbol.Max), 8);
      integer(uint64_t(symbol.Multiple), 8);
    }
    integer(function.Args.size(), 4);
    integer(function.Results.size(), 4);
    for (const NoteValue &value : function.Args)
      write(value);
    for (const NoteValue &value : function.Results)
      write(value);
    integer(function.Ops.size(), 4);
    for (const auto &op : function.Ops) {
      text(op.first);
      text(op.second);
    }
    integer(function.Faults.size(), 4);
    for (const std::string &fault : function.Faults)
      text(fault);
    if (Minor == 0)
      return;
    integer(uint32_t(function.Step.Symbol), 4);
    integer(uint64_t(function.Step.Size), 8);
    integer(uint32_t(function.Capacity), 4);
    integer(uint32_t(function.Batch), 4);
  }

  void write(const NoteModule &module) {
    integer(module.Magic, 4);
    integer(module.Major, 2);
    integer(module.Minor, 2);
    integer(module.Machine, 4);
    for (int i = 0; i < 16; ++i)
      integer(uint64_t(i) * 17, 1); // 00112233..ff
    text(module.Name);
    text(module.Producer);
    text(module.Target);
    integer(module.WeightsBytes, 8);
    integer(module.Variants.size(), 4);
    for (const NoteVariant &variant : module.Variants) {
      text(variant.Name);
      for (uint64_t word : variant.Features)
        integer(word, 8);
    }
    integer(module.Functions.size(), 4);
    for (const NoteFunction &function : module.Functions)
      write(function);
  }

  std::string Bytes;
  uint16_t Minor = ATTN_RT_ABI_MINOR;
};

} // namespace attn::test

#endif // ATTN_RT_TEST_NOTEBUILDER_H
