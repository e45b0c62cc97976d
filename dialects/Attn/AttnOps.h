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

} // namespace attn

#define GET_OP_CLASSES
#include "dialects/Attn/AttnOps.h.inc"

#endif // DIALECTS_ATTN_ATTNOPS_H
