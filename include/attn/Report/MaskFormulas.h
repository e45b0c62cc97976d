// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the compiler derived from a mask, as formulas that a person can read: the keys that a block of queries can see,
// and when a tile is full or empty. The text is made of the expressions that are compiled, so that it cannot say
// something else.
#ifndef ATTN_REPORT_MASKFORMULAS_H
#define ATTN_REPORT_MASKFORMULAS_H

#include "attn/Analysis/MaskReadings.h"
#include <string>
#include <vector>

namespace attn {

/// A part of formulas that stands in several places, or that is too long to stand inside of one.
struct FormulaPart {
  std::string name, text;
};

/// Formulas over `i0` and `i1` (the first and the last query), `j0` and `j1` (the first and the last key of a tile),
/// `b` and `h` (batch and head), `queries`, `keys` and the symbols of the mask by their names.
struct MaskFormulas {
  /// A block of queries sees no key outside of [from, to), which is empty where `to` is not greater than `from`. The
  /// parts are made of those before them.
  std::vector<FormulaPart> boundParts;
  std::string from, to;
  /// Whether the mask bounds the keys at that end.
  bool hasLower, hasUpper;
  /// It is proved that no tile of a block between its bounds is empty.
  bool singleBand;

  /// The same of a box of queries for the coordinates of keys on each axis of the mask's grid, if it has one of several
  /// axes: `i0[1]` and `i1[1]` are the first and the last coordinate of the queries on axis 1.
  std::vector<FormulaPart> axisParts;
  struct Interval {
    std::string from, to;
  };
  std::vector<Interval> axes;

  /// Every score of a tile counts; none does. What neither says is computed with a test of each score.
  std::vector<FormulaPart> tileParts;
  std::string full, empty;
};

/// `names` are those of the symbols; a name that occurs twice is told apart by its number.
MaskFormulas formatMask(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols, llvm::ArrayRef<std::string> names);

} // namespace attn

#endif // ATTN_REPORT_MASKFORMULAS_H
