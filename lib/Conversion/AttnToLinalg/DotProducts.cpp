// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DotProducts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace attn;

namespace {

class DotProductEmitter {
public:
  DotProductEmitter(TileBuilder &b, const AttentionProblem &p, const StripPosition &at, Value query)
      : b(b), p(p), at(at), query(query), rows(p.schedule.getStrip()), lanes(p.schedule.getLanes()) {}

  /// `count` keys from `first` on.
  Value tile(Value first, int64_t count, Value dest) {
    int64_t whole = llvm::alignDown(p.headSize, lanes);
    Value sums = b.fill(0.0, dest);
    if (whole != 0)
      sums = acrossLanes(b.columns(0, whole, lanes, noSums(count, lanes),
                                   [&](OpFoldResult column, int64_t width, Value partial) {
                                     return addProducts(first, count, column, width, partial);
                                   }),
                         sums);
    if (int64_t rest = p.headSize - whole)
      sums = acrossLanes(addProducts(first, count, b.getIndexAttr(whole), rest, noSums(count, rest)), sums);
    return sums;
  }

private:
  TileBuilder &b;
  const AttentionProblem &p;
  const StripPosition &at;
  Value query;
  int64_t rows, lanes;

  Value noSums(int64_t count, int64_t width) { return b.fill(0.0, b.empty({rows, count, width}, p.element)); }

  /// partial[r, j, l] + query[r, column + l] * key[j, column + l].
  Value addProducts(Value first, int64_t count, OpFoldResult column, int64_t width, Value partial) {
    SmallVector<OpFoldResult> queryAt{at.row, column};
    Value queries = b.extract(query, queryAt, {rows, width});
    Index4 keyAt{at.keyBatch, at.keyHead, b.add(at.key, first), column};
    Value keys = b.toFloats(p.key.matrix(b, keyAt, count, width), p.element);
    AffineMap all = b.whole(3);
    return b.elementwise({queries, keys}, {all.dropResult(1), all.dropResult(0)}, partial,
                         [](TileBuilder &inner, ValueRange args) {
                           return math::FmaOp::create(inner, args[0], args[1], args[2]).getResult();
                         });
  }

  Value acrossLanes(Value partial, Value sums) {
    return b.reduce(partial, /*axis=*/2, sums, [](TileBuilder &inner, ValueRange args) {
      return arith::AddFOp::create(inner, args[0], args[1]).getResult();
    });
  }
};

} // namespace

Value attn::emitDotProducts(TileBuilder &b, const AttentionProblem &p, const StripPosition &at, Value query,
                            const MaskPlan::Range &keys, Value scores) {
  DotProductEmitter emitter(b, p, at, query);
  int64_t strip = p.schedule.getStrip(), several = p.schedule.getPanel() / p.schedule.getLanes();
  auto over = [&](Value from, Value to, int64_t count, Value scores) {
    return b.loop(from, to, count, scores, [&](Value key, ValueRange current) -> SmallVector<Value> {
      SmallVector<OpFoldResult> place{b.getIndexAttr(0), key};
      Value tile = emitter.tile(key, count, b.extract(current[0], place, {strip, count}));
      return {b.insert(tile, current[0], place)};
    })[0];
  };
  // Keys that are no whole tile are taken one by one. A hull may be empty the wrong way round.
  Value count = b.maximum(b.sub(keys.to, keys.from), b.index(0));
  Value end = b.add(keys.from, b.alignDown(count, several));
  scores = over(keys.from, end, several, scores);
  return several == 1 ? scores : over(end, b.add(keys.from, count), 1, scores);
}
