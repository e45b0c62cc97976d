// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ops that score keys by queries have in common.
#ifndef ATTN_OP_INTERFACES_TD
#define ATTN_OP_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Attn_ScoringOpInterface : OpInterface<"ScoringOpInterface"> {
  let cppNamespace = "::attn";
  let description = [{
    An op that scores keys by queries: scale times the dot product, perhaps a
    score region, and a mask that says which scores are visible. What concerns
    pairs of them - visibility, positions, captured elements, tiles and their
    schedule - is asked here; what becomes of the scores is the op's business.
    The verifier checks all that they have in common but the region.
  }];
  let methods = [
    InterfaceMethod<"[B, Hq, M, D].", "::mlir::Value", "getQuery">,
    InterfaceMethod<"[Bk, Hk, N, D].", "::mlir::Value", "getKey">,
    InterfaceMethod<"Where the operands begin in a larger problem: four positions or none.", "::mlir::OperandRange",
      "getOrigin">,
    InterfaceMethod<"The queries and keys of the larger problem: two sizes or none.", "::mlir::OperandRange",
      "getExtent">,
    InterfaceMethod<"The finite factor of the dot product.", "::llvm::APFloat", "getScale">,
    InterfaceMethod<"The mask; null where every key is visible.", "::attn::MaskAttrInterface", "getMaskAttr">,
    InterfaceMethod<"Another mask for the same symbols.", "void", "setMaskAttr", (ins "::attn::MaskAttrInterface":$mask)>,
    InterfaceMethod<"The tensors that hold the mask's symbols.", "::mlir::OperandRange", "getMaskSymbols">,
    InterfaceMethod<"From (b, h, i, j) to the element of each of them.", "::mlir::ArrayAttr", "getMaskMaps">,
    InterfaceMethod<"The region on the score, which may be absent.", "::attn::PairRegion", "getScoreRegion">,
    InterfaceMethod<"The schedule; null before there is one.", "::attn::ScheduleAttr", "getScheduleAttr">,
    InterfaceMethod<"Sets it.", "void", "setScheduleAttr", (ins "::attn::ScheduleAttr":$schedule)>
  ];
  let extraSharedClassDeclaration = [{
    bool hasScore() { return $_op.getScoreRegion().isPresent(); }
    /// The queries that read the same keys, `M * Hq / Hk`; none where a size is not known or there are no key heads.
    std::optional<int64_t> getRowsPerKeyHead() {
      return ::attn::getRowsPerKeyHead($_op.getQuery(), $_op.getKey());
    }
    /// The type of all arithmetic: f64 where the operands have it, else f32.
    ::mlir::Type getScoreType() { return ::attn::getScoreType($_op.getQuery()); }
  }];
  let verify = [{ return ::attn::verifyScoring(::llvm::cast<::attn::ScoringOpInterface>($_op)); }];
}

#endif // ATTN_OP_INTERFACES_TD
