// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the readings of a mask name positions, sizes and symbols in their graphs. Private to lib/Analysis.
#ifndef ATTN_LIB_ANALYSIS_MASKINPUTS_H
#define ATTN_LIB_ANALYSIS_MASKINPUTS_H

#include "attn/Analysis/MaskReadings.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

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

/// An extent as something to divide by: its symbol may hold anything.
inline IndexExpr asDivisor(IndexGraph &graph, IndexExpr extent) {
  return graph.guard(extent, graph.constant(1), graph.constant(IndexGraph::kLimit));
}

/// The number of grid rows, planes, ... of `axis` that lie before the token at `flat`: its coordinates up to that axis
/// in one number.
inline IndexExpr countBefore(IndexGraph &graph, IndexExpr flat, llvm::ArrayRef<IndexExpr> extents, unsigned axis) {
  for (IndexExpr extent : llvm::reverse(extents.drop_front(axis + 1)))
    flat = graph.floorDiv(flat, asDivisor(graph, extent));
  return flat;
}

/// The coordinates on one axis, both ends included.
struct CoordinateRange {
  IndexExpr lo, hi;
};

/// The coordinates of the tokens from `first` to `last`. Those that lie within one period of the axis are an interval;
/// else they are anything.
inline CoordinateRange coordinatesOf(IndexGraph &graph, IndexExpr first, IndexExpr last,
                                     llvm::ArrayRef<IndexExpr> extents, unsigned axis) {
  IndexExpr lo = countBefore(graph, first, extents, axis), hi = countBefore(graph, last, extents, axis);
  if (axis == 0)
    return {lo, hi};
  IndexExpr extent = asDivisor(graph, extents[axis]);
  IndexExpr least = graph.mod(lo, extent), greatest = graph.mod(hi, extent);
  if (first == last)
    return {least, greatest};
  BoolExpr onePeriod = graph.eq(graph.floorDiv(lo, extent), graph.floorDiv(hi, extent));
  return {graph.select(onePeriod, least, graph.constant(0)),
          graph.select(onePeriod, greatest, graph.sub(extent, graph.constant(1)))};
}

} // namespace attn

#endif // ATTN_LIB_ANALYSIS_MASKINPUTS_H
