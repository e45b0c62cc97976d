// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What lies where in a module's weights, as the globals of the outermost module
// say, and the object file that holds it.
#ifndef ATTN_LIB_TARGET_WEIGHTSTABLE_H
#define ATTN_LIB_TARGET_WEIGHTSTABLE_H

#include "attn/Target/WeightSource.h"
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/raw_ostream.h"

namespace attn {

/// Tensors start at multiples of this, the section at a page.
inline constexpr uint64_t kWeightAlignment = 64;
inline constexpr uint64_t kWeightsSectionAlignment = 4096;
/// Code reaches its constants by 32-bit displacements across the weights.
inline constexpr uint64_t kMaxWeightsBytes = uint64_t(1) << 30;

/// One global with a source.
struct WeightEntry {
  std::string name;
  /// Joined along dimension 0.
  std::vector<std::string> sources;
  llvm::SmallVector<int64_t> shape;
  attn_rt_dtype dtype = ATTN_RT_F32;
  /// Null: stored as in the source.
  PanelsAttr panels;
  uint64_t offset = 0, bytes = 0;
};

struct WeightsTable {
  /// By offset; no two overlap.
  std::vector<WeightEntry> entries;
  /// 0: no weights.
  uint64_t bytes = 0;
};

/// Reads and checks the globals of `module`; emits what is wrong.
mlir::FailureOr<WeightsTable> readWeightsTable(mlir::ModuleOp module);

/// Writes the weights, gaps as zeros, and hashes them on the way. Holds at most
/// one block of panels in memory.
llvm::Error writeWeights(const WeightsTable &table, WeightSource &source, llvm::raw_ostream &out, llvm::BLAKE3 &hash);

/// Writes an ELF object whose section ATTN_RT_WEIGHTS_SECTION is the weights,
/// with the hidden symbol `symbol` at its start. Written directly because an
/// assembler would hold several copies of it in memory.
llvm::Error writeWeightsObject(const WeightsTable &table, llvm::StringRef symbol, WeightSource &source,
                               llvm::raw_ostream &out, llvm::BLAKE3 &hash);

} // namespace attn

#endif // ATTN_LIB_TARGET_WEIGHTSTABLE_H
