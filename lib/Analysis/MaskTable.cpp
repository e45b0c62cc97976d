// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables and their comparison with definitions: by halving, so that it costs as much as borders are long.
#include "attn/Analysis/MaskTable.h"

using namespace attn;

MaskTable::MaskTable(int64_t rows, int64_t columns, llvm::ArrayRef<uint8_t> isVisible)
    : rows(rows), columns(columns), isVisible(isVisible.begin(), isVisible.end()), sums((rows + 1) * (columns + 1)) {
  for (int64_t row = 0; row < rows; ++row) {
    const int32_t *above = &sums[row * (columns + 1)];
    int32_t *own = &sums[(row + 1) * (columns + 1)], inRow = 0;
    for (int64_t column = 0; column < columns; ++column) {
      inRow += get(row, column);
      own[column + 1] = above[column + 1] + inRow;
    }
  }
}

int64_t MaskTable::count(const ScoreRange &range) const {
  auto at = [&](int64_t row, int64_t column) { return sums[row * (columns + 1) + column]; };
  return at(range.queryEnd, range.keyEnd) - at(range.queryBegin, range.keyEnd) - at(range.queryEnd, range.keyBegin) +
         at(range.queryBegin, range.keyBegin);
}

bool MaskTable::isEqualTo(MaskAttrInterface mask, int64_t queries, int64_t keys) const {
  auto definition = [&](MaskBuilder &b) { return mask.build(b); };
  MaskProblem problem;
  problem.queries = queries;
  problem.keys = keys;
  MaskCounter counter(definition, problem);
  llvm::SmallVector<ScoreRange> rest{{0, rows, 0, columns}};
  for (int64_t steps = int64_t(1) << 18; !rest.empty(); --steps) {
    ScoreRange part = rest.pop_back_val();
    int64_t area = part.getArea(), visible = count(part);
    if (area == 0)
      continue;
    if (steps == 0)
      return false;
    TileClass kind = counter.classify(part);
    bool isOne = area == 1 && kind == TileClass::Mixed;
    if (kind != TileClass::Mixed || isOne) {
      int64_t expected = isOne ? counter.countVisible(part).value_or(-1) : kind == TileClass::Full ? area : 0;
      if (visible != expected)
        return false;
      continue;
    }
    auto [first, second] = part.halve();
    rest.append({first, second});
  }
  return true;
}
