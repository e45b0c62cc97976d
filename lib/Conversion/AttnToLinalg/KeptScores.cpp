// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KeptScores.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace attn;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// NaN in the first argument is not the greater of two.
Value greater(TileBuilder &b, ValueRange args) { return arith::MaxNumFOp::create(b, args[0], args[1]); }
Value total(TileBuilder &b, ValueRange args) { return arith::AddFOp::create(b, args[0], args[1]); }

} // namespace

KeptScores::KeptScores(ScoreReduceOp op, const AttentionProblem &p)
    : reduction(op.getReduction()), element(p.element), place(op.getPlace()), strip(p.schedule.getStrip()),
      panel(p.schedule.getPanel()), lanes(p.schedule.getLanes()), width(lanes),
      hidden(reduction == Reduction::Sum ? 0.0 : -kInfinity) {
  // One vector more than the K greatest take: the neighbour of the last is read, too.
  if (keepsSeveral())
    width = llvm::alignTo(place, lanes) + lanes;
}

KeptScores::Combine KeptScores::combine() const { return reduction == Reduction::Sum ? total : greater; }

KeptScores::State KeptScores::allocate(TileBuilder &b) const {
  // One row more than a strip: a tensor that one tile overwrites whole becomes a new one, which loops cannot carry.
  int64_t rows = strip + 1;
  return {b.scratch({rows, width}, element), b.scratch({rows, panel}, element),
          keepsSeveral() ? b.scratch({rows}, element) : Value()};
}

/// The K greatest begin as -inf, with infinities behind them that nothing ever replaces.
KeptScores::State KeptScores::begin(TileBuilder &b, State state) const {
  state.kept = b.columns(0, width, lanes, state.kept, [&](OpFoldResult column, int64_t count, Value kept) {
    SmallVector<OpFoldResult> at{b.getIndexAttr(0), column};
    Value tile = b.extract(kept, at, {strip, count});
    if (!keepsSeveral())
      return b.insert(b.fill(hidden, tile), kept, at);
    Value first = getValueOrCreateConstantIndexOp(b, b.getLoc(), column);
    Value filled = b.elementwise({}, {}, tile, [&](TileBuilder &inner, ValueRange) -> Value {
      Value number = inner.add(linalg::IndexOp::create(inner, 1), first);
      Value isKept = inner.less(number, inner.index(place));
      return arith::SelectOp::create(inner, isKept, inner.scalar(element, -kInfinity),
                                     inner.scalar(element, kInfinity));
    });
    return b.insert(filled, kept, at);
  });
  return state;
}

/// Puts a score that is greater than the least of the row's kept ones among them: the least goes, those in between move
/// down.
Value KeptScores::insertScore(TileBuilder &b, Value kept, Value row, Value score) const {
  return b.columns(0, width - lanes, lanes, kept, [&](OpFoldResult column, int64_t count, Value current) {
    Value first = getValueOrCreateConstantIndexOp(b, b.getLoc(), column);
    SmallVector<OpFoldResult> at{row, column}, next{row, b.add(first, b.index(1))};
    Value moved = b.elementwise(b.extract(current, next, {1, count}), b.whole(2), b.extract(current, at, {1, count}),
                                [&](TileBuilder &inner, ValueRange args) -> Value {
                                  Value below = arith::CmpFOp::create(inner, arith::CmpFPredicate::OLT, args[0], score);
                                  Value least = arith::SelectOp::create(inner, below, args[0], score);
                                  Value above = arith::CmpFOp::create(inner, arith::CmpFPredicate::OGT, args[1], least);
                                  return arith::SelectOp::create(inner, above, args[1], least);
                                });
    return b.insert(moved, current, at);
  });
}

/// The scores of one row, one after another, where the greatest of them says that there is something to keep.
Value KeptScores::takeRow(TileBuilder &b, const State &state, Value row, Value kept) const {
  auto beats = [&](Value score, Value current) -> Value {
    Value least = tensor::ExtractOp::create(b, current, ValueRange{row, b.index(0)});
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, least);
  };
  auto none = [](Value current) { return [=]() -> SmallVector<Value> { return {current}; }; };
  Value best = tensor::ExtractOp::create(b, state.best, ValueRange{row});
  auto takeAll = [&]() -> SmallVector<Value> {
    return b.loop(b.index(0), b.index(panel), 1, kept, [&](Value column, ValueRange list) -> SmallVector<Value> {
      Value score = tensor::ExtractOp::create(b, state.scores, ValueRange{row, column});
      auto put = [&]() -> SmallVector<Value> { return {insertScore(b, list[0], row, score)}; };
      return b.branch(beats(score, list[0]), kept.getType(), put, none(list[0]));
    });
  };
  return b.branch(beats(best, kept), kept.getType(), takeAll, none(kept))[0];
}

KeptScores::State KeptScores::take(TileBuilder &b, Value rows, State state) const {
  SmallVector<OpFoldResult> corner(2, b.getIndexAttr(0));
  Value tile = b.extract(state.scores, corner, {strip, panel});
  if (keepsSeveral()) {
    Value best = b.extract(state.best, {b.getIndexAttr(0)}, {strip});
    best = b.reduce(tile, /*axis=*/1, b.fill(-kInfinity, best), greater);
    state.best = b.insert(best, state.best, {b.getIndexAttr(0)});
    state.kept = b.loop(b.index(0), rows, 1, state.kept, [&](Value row, ValueRange list) -> SmallVector<Value> {
      return {takeRow(b, state, row, list[0])};
    })[0];
    return state;
  }
  SmallVector<ReassociationIndices> groups{{0}, {1, 2}};
  Value split = tensor::ExpandShapeOp::create(b, b.tensorType({strip, panel / lanes, lanes}, element), tile, groups);
  Value kept = b.reduce(split, /*axis=*/1, b.extract(state.kept, corner, {strip, lanes}), combine());
  state.kept = b.insert(kept, state.kept, corner);
  return state;
}

Value KeptScores::finish(TileBuilder &b, const State &state, Value row, Value to, Value results) const {
  SmallVector<OpFoldResult> place{to};
  Value result = b.extract(results, place, {1});
  SmallVector<OpFoldResult> at{row, b.getIndexAttr(0)};
  Value said;
  if (keepsSeveral())
    said = b.extract(state.kept, at, {1});
  else
    said =
        b.reduce(b.extract(state.kept, at, {1, lanes}), /*axis=*/1, b.fill(hidden, b.empty({1}, element)), combine());
  Value done = b.elementwise(said, b.whole(1), result, [](TileBuilder &, ValueRange args) { return args[0]; });
  return b.insert(done, results, place);
}
