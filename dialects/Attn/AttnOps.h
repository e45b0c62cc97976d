// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The op classes of the dialect.
#ifndef DIALECTS_ATTN_ATTNOPS_H
#define DIALECTS_ATTN_ATTNOPS_H

#include "dialects/Attn/AttnAttrs.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace attn {

/// A region that an op asks about one pair of query and key. Its arguments: the score where it has one, the position
/// (b, h, i, j), and one element of each input, at the index that its map makes of the position.
struct PairRegion {
  llvm::StringRef name;
  mlir::Region *body;
  mlir::OperandRange inputs;
  mlir::ArrayAttr maps;
  bool hasScore;

  bool isPresent() const { return !body->empty(); }
  unsigned getFirstPosition() const { return hasScore ? 1 : 0; }
  unsigned getFirstInput() const { return getFirstPosition() + 4; }
  mlir::AffineMap getMap(unsigned input) const { return llvm::cast<mlir::AffineMapAttr>(maps[input]).getValue(); }
};

class ScoringOpInterface;

/// What all ops with scores have in common, except for their regions.
llvm::LogicalResult verifyScoring(ScoringOpInterface op);
std::optional<int64_t> getRowsPerKeyHead(mlir::Value query, mlir::Value key);
mlir::Type getScoreType(mlir::Value query);

} // namespace attn

#include "dialects/Attn/AttnOpInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Attn/AttnOps.h.inc"

#endif // DIALECTS_ATTN_ATTNOPS_H
