// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inputs of a mask's readings when they are evaluated with the numbers of one problem. Private to lib/Analysis.
#ifndef ATTN_LIB_ANALYSIS_PROBLEMINPUTS_H
#define ATTN_LIB_ANALYSIS_PROBLEMINPUTS_H

#include "attn/Analysis/MaskCount.h"
#include "llvm/ADT/STLExtras.h"

namespace attn {

/// What does not depend on a tile.
inline std::vector<int64_t> makeInputs(const MaskProblem &problem) {
  std::vector<int64_t> inputs(MaskInput::symbolLow(problem.symbols.size()));
  inputs[MaskInput::Batch] = problem.batch;
  inputs[MaskInput::Head] = problem.head;
  inputs[MaskInput::Queries] = problem.queries;
  inputs[MaskInput::Keys] = problem.keys;
  for (auto [number, value] : llvm::enumerate(problem.symbols))
    inputs[MaskInput::symbolLow(number)] = inputs[MaskInput::symbolHigh(number)] = value;
  return inputs;
}

/// The queries of a tile, both ends included, and what symbols hold for them.
inline void setQueries(std::vector<int64_t> &inputs, const MaskProblem &problem, llvm::ArrayRef<SymbolKind> kinds,
                       int64_t first, int64_t last) {
  inputs[MaskInput::QueryFirst] = first;
  inputs[MaskInput::QueryLast] = last;
  if (!problem.rowValue)
    return;
  for (auto [number, kind] : llvm::enumerate(kinds))
    if (kind == SymbolKind::Rows) {
      inputs[MaskInput::symbolLow(number)] = problem.rowValue(number, first);
      inputs[MaskInput::symbolHigh(number)] = problem.rowValue(number, last);
    }
}

} // namespace attn

#endif // ATTN_LIB_ANALYSIS_PROBLEMINPUTS_H
