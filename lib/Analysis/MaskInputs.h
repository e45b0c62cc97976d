// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the readings of a mask name positions, sizes and symbols in their graphs. Private to lib/Analysis.
#ifndef ATTN_LIB_ANALYSIS_MASKINPUTS_H
#define ATTN_LIB_ANALYSIS_MASKINPUTS_H

#include "attn/Analysis/MaskReadings.h"

namespace attn {

static_assert(IndexGraph::kLimit == kMaskLimit, "graphs and masks must agree on what cannot overflow");

/// A position or a size: never negative, never beyond the limit.
inline IndexExpr makePosition(IndexGraph &graph, unsigned number) {
  return graph.input(number, {0, IndexGraph::kLimit});
}

/// The least and the greatest value of a symbol over the rows of a block; none when nothing is known.
struct SymbolRange {
  bool known;
  IndexExpr lo, hi;
};

inline SymbolRange makeSymbol(IndexGraph &graph, llvm::ArrayRef<SymbolKind> kinds, unsigned symbol) {
  SymbolKind kind = symbol < kinds.size() ? kinds[symbol] : SymbolKind::Unknown;
  if (kind == SymbolKind::Unknown)
    return {false, graph.constant(0), graph.constant(0)};
  IndexExpr lo = graph.input(MaskInput::symbolLow(symbol));
  return {true, lo, kind == SymbolKind::Scalar ? lo : graph.input(MaskInput::symbolHigh(symbol))};
}

} // namespace attn

#endif // ATTN_LIB_ANALYSIS_MASKINPUTS_H
