// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "BoxWalk.h"
#include "BandList.h"
#include "attn/Analysis/WalkCount.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

using namespace mlir;
using namespace attn;

namespace {

/// Steps of a slab along the first axis.
int64_t slabSteps(ScheduleAttr schedule) { return schedule.getRows() / schedule.getBoxArea() * schedule.getBox()[0]; }

class BoxWalker {
public:
  BoxWalker(TileBuilder &b, const AttentionProblem &p, const MaskPlan &mask, const LanePlace &place, Value slab)
      : b(b), p(p), mask(mask), place(place), slab(slab), box(p.schedule.getBox().asArrayRef()),
        strip(p.schedule.getStrip()), panel(p.schedule.getPanel()) {}

  WalkedBoxes emit(TaskResult to);

private:
  /// What the walk carries from box to box.
  struct Carried {
    LaneState state;
    Value keys, bands, queries, visited;
    TaskResult to;

    SmallVector<Value> values() const {
      SmallVector<Value> list{keys, bands, queries, visited, to.output};
      if (to.lse)
        list.push_back(to.lse);
      list.append(state.values());
      return list;
    }
    Carried with(ValueRange list) const {
      size_t at = to.lse ? 6 : 5;
      return {state.with(list.drop_front(at)),      list[0], list[1], list[2], list[3],
              {list[4], to.lse ? list[5] : Value()}};
    }
  };
  /// Keys found so far, of which every query of the box sees the first `full`; and room for the bands of a line.
  struct Found {
    Value list, full, count, bands;
    SmallVector<Value> values() const { return {list, full, count, bands}; }
    SmallVector<Type> types() const { return llvm::to_vector(TypeRange(ValueRange(values()))); }
    static Found from(ValueRange values) { return {values[0], values[1], values[2], values[3]}; }
  };
  /// What is known of keys next to each other: all queries of the box see all of them; nothing; or that some may be
  /// seen by none, each of which is asked about.
  enum class Stretch { Full, Mixed, WithGaps };

  TileBuilder &b;
  const AttentionProblem &p;
  const MaskPlan &mask;
  const LanePlace &place;
  Value slab;
  ArrayRef<int64_t> box;
  int64_t strip, panel;
  Value firstQuery;

  Carried overBoxes(unsigned axis, GridBox corner, Carried now);
  Carried takeBox(const GridBox &at, Carried now);
  Carried takeStrip(const GridBox &at, Value number, const Found &found, Carried now);
  Carried placeLanes(const GridBox &at, Value number, Carried now);
  TaskResult writeRows(const Carried &now);
  Found findKeys(const GridBox &at, unsigned axis, Found found);
  Found findKeysOfLine(const GridBox &at, Found found);
  GridBox stretchOf(const GridBox &at, MaskPlan::Range x);
  Found takeBand(const GridBox &at, MaskPlan::Range band, Found found);
  Found takeKeys(const GridBox &at, MaskPlan::Range keys, Stretch kind, Found found);
  Found takeKey(const GridBox &key, Value isFull, Found found);
};

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

BoxWalker::Found BoxWalker::findKeys(const GridBox &at, unsigned axis, Found found) {
  if (axis + 1 == p.keyGrid.getRank())
    return findKeysOfLine(at, found);
  MaskPlan::Range hull = mask.axisHull(b, at, axis);
  return Found::from(b.loop(hull.from, hull.to, 1, found.values(), [&](Value line, ValueRange current) {
    GridBox inner = at;
    inner.keys.push_back({line, b.add(line, b.index(1))});
    return findKeys(inner, axis + 1, Found::from(current)).values();
  }));
}

/// The keys of one line. Bands that overlap must not give a key twice.
BoxWalker::Found BoxWalker::findKeysOfLine(const GridBox &at, Found found) {
  SmallVector<MaskPlan::Range> bands = mask.bands(b, at, p.keyGrid.getRank() - 1);
  if (bands.size() == 1)
    return takeBand(at, bands.front(), found);
  auto [list, count] = joinBands(b, bands, found.bands);
  found.bands = list;
  return Found::from(b.loop(b.index(0), count, 1, found.values(), [&](Value number, ValueRange current) {
    Found now = Found::from(current);
    auto end = [&](int64_t side) -> Value {
      return tensor::ExtractOp::create(b, now.bands, ValueRange{number, b.index(side)});
    };
    return takeBand(at, {end(0), end(1)}, now).values();
  }));
}

/// The stretch [x.from, x.to) of a line of keys.
GridBox BoxWalker::stretchOf(const GridBox &at, MaskPlan::Range x) {
  SmallVector<Value> outer;
  for (const MaskPlan::Range &known : at.keys)
    outer.push_back(known.from);
  Value firstKey = p.keyGrid.firstToken(b, outer);
  GridBox stretch = at;
  stretch.keys.push_back(x);
  stretch.columns = {b.add(firstKey, x.from), b.add(firstKey, x.to)};
  return stretch;
}

/// The keys of a band, but for stretches of which the mask's test finds that the box sees none.
BoxWalker::Found BoxWalker::takeBand(const GridBox &at, MaskPlan::Range band, Found found) {
  if (!mask.mayBeEmpty() && !mask.mayBeFull())
    return takeKeys(at, band, Stretch::Mixed, found);
  // An empty band lies in a stretch, too, where there may be no key to ask the mask about.
  Value start =
      b.createOrFold<arith::SelectOp>(b.less(band.from, band.to), b.alignDown(band.from, kKeyStretch), band.to);
  return Found::from(b.loop(start, band.to, kKeyStretch, found.values(), [&](Value from, ValueRange current) {
    Found now = Found::from(current);
    MaskPlan::Range keys{b.maximum(from, band.from), b.minimum(b.add(from, b.index(kKeyStretch)), band.to)};
    TileTest test = mask.boxTest(b, stretchOf(at, keys));
    auto take = [&](Stretch kind) { return takeKeys(at, keys, kind, now).values(); };
    auto takeMixed = [&] { return take(mask.mayBeEmpty() && mask.hasGaps() ? Stretch::WithGaps : Stretch::Mixed); };
    auto takeSeen = [&] {
      if (!mask.mayBeFull())
        return takeMixed();
      return b.branch(test.full, now.types(), [&] { return take(Stretch::Full); }, takeMixed);
    };
    if (!mask.mayBeEmpty())
      return takeSeen();
    return b.branch(test.empty, now.types(), [&] { return now.values(); }, takeSeen);
  }));
}

/// The keys of a stretch; of one with gaps, those that the mask's test does not find empty.
BoxWalker::Found BoxWalker::takeKeys(const GridBox &at, MaskPlan::Range keys, Stretch kind, Found found) {
  return Found::from(b.loop(keys.from, keys.to, 1, found.values(), [&](Value x, ValueRange current) {
    Found now = Found::from(current);
    GridBox key = stretchOf(at, {x, b.add(x, b.index(1))});
    if (kind == Stretch::Full)
      return takeKey(key, arith::ConstantOp::create(b, b.getBoolAttr(true)), now).values();
    if (kind == Stretch::Mixed)
      return takeKey(key, /*isFull=*/{}, now).values();
    TileTest test = mask.boxTest(b, key);
    return b.branch(
        test.empty, now.types(), [&] { return now.values(); },
        [&] { return takeKey(key, mask.mayBeFull() ? test.full : Value(), now).values(); });
  }));
}

/// Adds a key: at the end of the list; or, where it is full, behind those that are, whose follower moves to the end.
BoxWalker::Found BoxWalker::takeKey(const GridBox &key, Value isFull, Found found) {
  SmallVector<Value> coordinates;
  for (const MaskPlan::Range &known : key.keys)
    coordinates.push_back(known.from);
  TokenList list(found.list);
  Value place = found.count;
  if (isFull) {
    list = list.copy(b, found.full, found.count);
    place = b.createOrFold<arith::SelectOp>(isFull, found.full, place);
    Value step = b.createOrFold<arith::SelectOp>(isFull, b.index(1), b.index(0));
    found.full = b.add(found.full, step);
  }
  found.list = list.write(b, place, key.columns.from, coordinates).getTensor();
  found.count = b.add(found.count, b.index(1));
  return found;
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

/// The queries of strip `number` of a box. Lanes behind the end of the grid repeat the box's first query, whose row
/// they write once more.
BoxWalker::Carried BoxWalker::placeLanes(const GridBox &at, Value number, Carried now) {
  now.queries =
      b.loop(b.index(0), b.index(strip), 1, now.queries, [&](Value lane, ValueRange current) -> SmallVector<Value> {
        Value rest = b.add(b.mul(number, b.index(strip)), lane), inside;
        SmallVector<Value> coordinates(box.size());
        for (unsigned axis = box.size(); axis-- > 0;) {
          Value within = axis == 0 ? rest : b.sub(rest, b.alignDown(rest, box[axis]));
          rest = b.divDown(rest, box[axis]);
          coordinates[axis] = b.add(at.queries[axis].from, within);
          Value exists = b.less(coordinates[axis], at.queries[axis].to);
          inside = inside ? b.createOrFold<arith::AndIOp>(inside, exists) : exists;
        }
        for (auto [axis, coordinate] : llvm::enumerate(coordinates))
          coordinate = b.createOrFold<arith::SelectOp>(inside, coordinate, at.queries[axis].from);
        Value query = b.add(p.queryGrid.firstToken(b, ArrayRef(coordinates).drop_back()), coordinates.back());
        return {TokenList(current[0]).write(b, lane, query, coordinates).getTensor()};
      })[0];
  return now;
}

/// Copies the rows of a strip to their places in the slab.
TaskResult BoxWalker::writeRows(const Carried &now) {
  Value lse = now.state.lse;
  SmallVector<Value> carried{now.to.output};
  if (lse)
    carried.push_back(now.to.lse);
  Type element = cast<RankedTensorType>(now.to.output.getType()).getElementType();
  auto results = b.loop(b.index(0), b.index(strip), 1, carried, [&](Value lane, ValueRange current) {
    Value row = b.sub(TokenList(now.queries).getPosition(b, lane), firstQuery);
    auto copy = [&](OpFoldResult column, int64_t width, Value output) {
      SmallVector<OpFoldResult> to{row, column};
      Value from = b.extract(now.state.acc, {lane, column}, {1, width});
      Value done = b.elementwise(from, b.whole(2), b.extract(output, to, {1, width}),
                                 [&](TileBuilder &inner, ValueRange args) { return inner.toFloat(args[0], element); });
      return b.insert(done, output, to);
    };
    SmallVector<Value> next{b.columns(0, p.valueSize, p.schedule.getLanes(), current[0], copy)};
    if (lse) {
      Value value = tensor::ExtractOp::create(b, lse, ValueRange{b.index(0), lane});
      next.push_back(tensor::InsertOp::create(b, value, current[1], ValueRange{row}));
    }
    return next;
  });
  return {results[0], lse ? results[1] : Value()};
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

BoxWalker::Carried BoxWalker::takeStrip(const GridBox &at, Value number, const Found &found, Carried now) {
  now = placeLanes(at, number, now);
  TokenList keys(now.keys);
  LaneStrip lanes(b, p, mask, place, TokenList(now.queries));
  now.state = lanes.begin(now.state);
  int64_t room = p.schedule.getKeys();
  auto visit = [&](Value first, ValueRange current) {
    Value several = b.minimum(b.index(room), b.sub(found.count, first));
    Value full = b.maximum(b.sub(found.full, first), b.index(0));
    Value bare = mask.mayBeFull() ? b.alignDown(b.minimum(full, several), panel) : Value();
    return lanes.visit(keys, first, bare, several, now.state.with(current)).values();
  };
  now.state = now.state.with(b.loop(b.index(0), found.count, room, now.state.values(), visit));
  now.state = lanes.finish(now.state);
  now.to = writeRows(now);
  now.visited = b.add(now.visited, b.divUp(found.count, panel));
  return now;
}

BoxWalker::Carried BoxWalker::takeBox(const GridBox &at, Carried now) {
  Found found = findKeys(at, 0, {now.keys, b.index(0), b.index(0), now.bands});
  now.bands = found.bands;
  // A panel at the end of the list repeats its last key.
  Value last = b.maximum(b.sub(found.count, b.index(1)), b.index(0));
  now.keys = b.loop(b.index(1), b.index(panel), 1, found.list, [&](Value more, ValueRange list) -> SmallVector<Value> {
    return {TokenList(list[0]).copy(b, last, b.add(last, more)).getTensor()};
  })[0];
  Value strips = b.index(p.schedule.getStripsOfBox());
  return now.with(b.loop(b.index(0), strips, 1, now.values(), [&](Value number, ValueRange current) {
    return takeStrip(at, number, found, now.with(current)).values();
  }));
}

BoxWalker::Carried BoxWalker::overBoxes(unsigned axis, GridBox corner, Carried now) {
  if (axis == box.size()) {
    SmallVector<Value> from, to;
    for (const MaskPlan::Range &range : corner.queries) {
      from.push_back(range.from);
      to.push_back(b.sub(range.to, b.index(1)));
    }
    auto position = [&](ArrayRef<Value> at) { return b.add(p.queryGrid.firstToken(b, at.drop_back()), at.back()); };
    corner.rows = {position(from), b.add(position(to), b.index(1))};
    return takeBox(corner, now);
  }
  Value from = b.index(0), to = p.queryGrid.getExtent(axis);
  if (axis == 0) {
    from = b.mul(slab, b.index(slabSteps(p.schedule)));
    to = b.minimum(to, b.add(from, b.index(slabSteps(p.schedule))));
  }
  return now.with(b.loop(from, to, box[axis], now.values(), [&](Value at, ValueRange current) {
    GridBox inner = corner;
    inner.queries.push_back({at, b.minimum(b.add(at, b.index(box[axis])), to)});
    return overBoxes(axis + 1, inner, now.with(current)).values();
  }));
}

WalkedBoxes BoxWalker::emit(TaskResult to) {
  firstQuery = queriesOfSlab(b, p, slab).from;
  Carried now;
  now.state = LaneState::allocate(b, p);
  now.keys = TokenList::allocate(b, p, b.add(p.keys, b.index(panel))).getTensor();
  now.bands = allocateBands(b, kMostBands);
  now.queries = TokenList::allocate(b, p, b.index(strip)).getTensor();
  now.visited = b.index(0);
  now.to = to;
  now = overBoxes(0, {}, now);
  return {now.to, now.visited};
}

} // namespace

Value attn::countSlabs(TileBuilder &b, const AttentionProblem &p) {
  Value slabs = b.divUp(p.queryGrid.getExtent(0), slabSteps(p.schedule));
  if (p.coordinates == Coordinates::Flat || p.queryGrid.isStatic())
    return slabs;
  // As many as there are queries at most: what is planned before the run does not know the grid. Without queries there
  // is nothing to do, whatever the first axis is.
  return b.minimum(slabs, p.queries);
}

MaskPlan::Range attn::queriesOfSlab(TileBuilder &b, const AttentionProblem &p, Value slab) {
  Value inner = p.queryGrid.countInner(b), steps = b.index(slabSteps(p.schedule));
  Value from = b.mul(slab, steps), to = b.minimum(b.add(from, steps), p.queryGrid.getExtent(0));
  return {b.mul(from, inner), b.mul(to, inner)};
}

Value attn::countStripsOfBoxes(TileBuilder &b, const AttentionProblem &p) {
  Value boxes = b.index(p.schedule.getStripsOfBox());
  for (auto [axis, size] : llvm::enumerate(p.schedule.getBox().asArrayRef()))
    boxes = b.mul(boxes, b.divUp(p.queryGrid.getExtent(axis), size));
  return boxes;
}

WalkedBoxes attn::emitBoxWalk(TileBuilder &b, const AttentionProblem &p, const MaskPlan &mask, const LanePlace &place,
                              Value slab, TaskResult destination) {
  return BoxWalker(b, p, mask, place, slab).emit(destination);
}
