// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two questions the compiler asks an attribute: what does this mask mean, and how does this normaliser weigh a score.
#ifndef ATTN_INTERFACES_TD
#define ATTN_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Attn_MaskAttrInterface : AttrInterface<"MaskAttrInterface"> {
  let cppNamespace = "::attn";
  let description = [{
    A mask says once, through a `MaskBuilder`, for which (batch, head, query,
    key) a score is visible. What the saying yields is the builder's business:
    scalar arithmetic, an interval test of a tile, loop bounds, or a Presburger
    set.
  }];
  let methods = [
    InterfaceMethod<[{
      States when a score is visible.
    }], "::attn::Truth", "build", (ins "::attn::MaskBuilder &":$builder)>,
    InterfaceMethod<[{
      The number of run-time symbols the mask reads. `attn.attention` binds
      each of them to an element of a tensor.
    }], "unsigned", "getNumSymbols", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<[{
      Whether the meaning depends on the total number of queries or keys, so
      that an op that computes a slice has to state them.
    }], "bool", "readsExtent", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
      Appends what must hold of symbols and sizes, or the run fails.
    }], "void", "collectRequirements",
      (ins "::llvm::SmallVectorImpl<::attn::MaskRequirement> &":$requirements), [{}], [{ return; }]>
  ];
}

def Attn_NormalizerAttrInterface : AttrInterface<"NormalizerAttrInterface"> {
  let cppNamespace = "::attn";
  let description = [{
    A normaliser turns scores into weights. It emits scalar f32 arithmetic and
    never sees a tensor; tiling, merging and splitting are derived from it.
    Scores arrive in natural units (base e).
  }];
  let methods = [
    InterfaceMethod<[{
      Whether weights are relative to the running maximum of the row's scores.
    }], "bool", "usesRowMax">,
    InterfaceMethod<[{
      The number of operands the normaliser reads for each row (a sink logit).
    }], "unsigned", "getNumInputs", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<[{
      The weight of a score. `max` is null unless `usesRowMax()`. Where nothing
      else sees the scores, a lowering may keep them in base 2 and says so:
      `score` and `max` are then multiples of log2(e).
    }], "::mlir::Value", "weight",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$score, "::mlir::Value":$max, "bool":$baseTwo)>,
    InterfaceMethod<[{
      The factor by which the accumulated output is multiplied at the end,
      given the sum of the row's weights; null when the output is the plain
      weighted sum. A row that saw no key has sum 0 and yields factor 0.
    }], "::mlir::Value", "finish",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$sum)>,
    InterfaceMethod<[{
      The log-sum-exp of the row; -inf when the sum is 0.
    }], "::mlir::Value", "logSumExp",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$max, "::mlir::Value":$sum)>
  ];
}

#endif // ATTN_INTERFACES_TD
