// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An index graph as a set of integer points, for proofs over all sizes: tests prove that what the other readings claim
// is so. Never used to emit code: the sets that a compiler would need have hundreds of pieces, and asking for some of
// them does not terminate.
#ifndef ATTN_ANALYSIS_PRESBURGERREADING_H
#define ATTN_ANALYSIS_PRESBURGERREADING_H

#include "attn/Analysis/IndexGraph.h"
#include "mlir/Analysis/Presburger/PresburgerRelation.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn {

/// The points at which `expr` holds, in a space of `numDims` dimensions; input k of the graph is dimension `dimOf(k)`.
/// None when the set would have more than `maxDisjuncts` parts, or is not affine: something is divided by a symbol.
std::optional<mlir::presburger::PresburgerSet> readPresburger(const IndexGraph &graph, BoolExpr expr, unsigned numDims,
                                                              llvm::function_ref<unsigned(unsigned)> dimOf,
                                                              unsigned maxDisjuncts = 4096);

} // namespace attn

#endif // ATTN_ANALYSIS_PRESBURGERREADING_H
