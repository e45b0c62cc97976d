// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "BandList.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

using namespace mlir;
using namespace attn;

/// Exchanges two bands unless they are in order.
static void order(TileBuilder &b, MaskPlan::Range &first, MaskPlan::Range &second) {
  Value inOrder = b.lessEqual(first.from, second.from);
  auto select = [&](Value x, Value y) { return b.createOrFold<arith::SelectOp>(inOrder, x, y); };
  MaskPlan::Range low{select(first.from, second.from), select(first.to, second.to)};
  second = {select(second.from, first.from), select(second.to, first.to)};
  first = low;
}

Value attn::allocateBands(TileBuilder &b, size_t count) { return b.scratch({int64_t(count), 2}, b.getIndexType()); }

BandList attn::joinBands(TileBuilder &b, ArrayRef<MaskPlan::Range> given, Value list) {
  // Empty bands go to the end, where they stay empty. Positions are far below it.
  Value nowhere = b.index(std::numeric_limits<int32_t>::max());
  SmallVector<MaskPlan::Range> bands;
  for (const MaskPlan::Range &band : given) {
    Value exists = b.less(band.from, band.to);
    auto orNowhere = [&](Value value) { return b.createOrFold<arith::SelectOp>(exists, value, nowhere); };
    bands.push_back({orNowhere(band.from), orNowhere(band.to)});
  }
  // Insertion sort, without a branch.
  for (size_t end = 1; end < bands.size(); ++end)
    for (size_t at = end; at > 0; --at)
      order(b, bands[at - 1], bands[at]);

  Value one = b.index(1), number = b.index(0), from = bands.front().from, to = bands.front().to;
  auto write = [&] {
    list = tensor::InsertOp::create(b, from, list, ValueRange{number, b.index(0)});
    list = tensor::InsertOp::create(b, to, list, ValueRange{number, one});
  };
  write();
  for (const MaskPlan::Range &band : ArrayRef(bands).drop_front()) {
    Value joins = b.lessEqual(band.from, to);
    auto select = [&](Value x, Value y) { return b.createOrFold<arith::SelectOp>(joins, x, y); };
    number = select(number, b.add(number, one));
    from = select(from, band.from);
    to = select(b.maximum(to, band.to), band.to);
    write();
  }
  return {list, b.add(number, one)};
}
