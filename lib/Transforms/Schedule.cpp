// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-schedule: block sizes from the registers of the variant, the sizes of
// the heads and the caches that such CPUs have at least.
#include "ScheduleBoxes.h"
#include "attn/Analysis/TargetVariant.h"
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace attn {
#define GEN_PASS_DEF_SCHEDULEPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

using namespace mlir;
using namespace attn;

namespace {

/// Bytes of the second-level cache that a block of keys and values may take.
constexpr int64_t kKeyBlockBytes = 512 * 1024;
/// Queries of a block: how often a key that was fetched is used.
constexpr int64_t kQueryRows = 200;
constexpr int64_t kMaxKeys = 256;

struct RegisterTile {
  int64_t strip, panel;
};

/// As many accumulators as leave registers for one row of keys and a broadcast.
/// Higher is better than wider: each row of keys that comes from the second
/// level is used once for each row of the strip, and 14 x 32 takes 44
/// instructions for 28 multiply-adds where 8 x 32 takes 26 for 16.
RegisterTile registerTile(const TargetVariant &variant) {
  int64_t lanes = variant.getF32Lanes();
  if (variant.getVectorRegisters() >= 32)
    return {14, 2 * lanes};
  return lanes == 8 ? RegisterTile{6, 16} : RegisterTile{4, 8};
}

int64_t staticDim(Value tensor, int64_t axis) { return cast<RankedTensorType>(tensor.getType()).getDimSize(axis); }

/// As many strips as are needed anyway, all of the same height: 9 queries take
/// one of 9 and not one of 14. Lower ones than four gain nothing, because the
/// sums of so few rows wait for each other.
int64_t balanceStrip(int64_t queries, int64_t strip) {
  constexpr int64_t lowest = 4;
  int64_t strips = llvm::divideCeil(std::max<int64_t>(queries, 1), strip);
  return std::clamp<int64_t>(llvm::divideCeil(queries, strips), lowest, strip);
}

/// Up to here keys are used too seldom to pay for packing them: with 32 rows it costs a tenth to a fifth.
constexpr int64_t kMostShortRows = 32;
/// Keys of a part: long enough that what begins and ends a part does not show, short enough that two cores share the
/// keys of one head.
constexpr int64_t kSplitKeys = 1024;

/// As many keys as make partial sums for all accumulators; the same number of vectors of values.
int64_t shortTileKeys(int64_t strip, int64_t accumulators) {
  constexpr int64_t most = 8;
  return llvm::bit_floor<uint64_t>(std::clamp<int64_t>(accumulators / strip, 1, most));
}

/// The rows of a tile: all of them where they fit, else equal strips.
int64_t shortStrip(int64_t rows, int64_t accumulators) {
  int64_t strip = std::min(rows, accumulators / 2);
  while (rows % strip != 0)
    --strip;
  // One row at a time would read the keys once for each: a prime number of rows is one tile, if a flat one.
  return strip == 1 ? rows : strip;
}

/// For few queries: `rows` for each key head. What is computed for a key is so little that its way from memory is all
/// that counts.
ScheduleAttr chooseShortSchedule(ScoringOpInterface op, const TargetVariant &variant, int64_t rows, int64_t keys) {
  int64_t accumulators = variant.getVectorRegisters() / 2, lanes = variant.getF32Lanes();
  int64_t strip = shortStrip(rows, accumulators), panel = shortTileKeys(strip, accumulators) * lanes;
  keys = std::max<int64_t>(llvm::alignDown(keys, panel), 2 * panel);
  return ScheduleAttr::get(op.getContext(), rows, keys, strip, panel, lanes, kSplitKeys, /*columns=*/0,
                           DenseI64ArrayAttr());
}

/// The keys of a block of which keys and values stay in the cache.
int64_t chooseKeys(ScoringOpInterface op, int64_t panel) {
  int64_t headBytes = 0;
  SmallVector<Value> read{op.getKey()};
  if (auto attention = dyn_cast<AttentionOp>(op.getOperation()))
    read.push_back(attention.getValue());
  for (Value operand : read)
    if (int64_t size = staticDim(operand, 3); !ShapedType::isDynamic(size))
      headBytes += size * sizeof(float);
  int64_t keys = kMaxKeys;
  while (keys > panel && keys * headBytes > kKeyBlockBytes)
    keys /= 2;
  return keys;
}

/// Blocks are at least two strips and two panels: a state that one tile
/// overwrites whole folds to a new tensor, which loops cannot carry in place.
ScheduleAttr chooseSchedule(ScoringOpInterface op, const TargetVariant &variant) {
  auto [strip, panel] = registerTile(variant);
  std::optional<int64_t> sharing = op.getRowsPerKeyHead();
  if (sharing && *sharing > 0 && *sharing <= kMostShortRows)
    return chooseShortSchedule(op, variant, *sharing, chooseKeys(op, panel));
  int64_t rows = llvm::alignDown(kQueryRows, strip);
  int64_t queries = staticDim(op.getQuery(), 2);
  if (!ShapedType::isDynamic(queries)) {
    strip = balanceStrip(queries, strip);
    rows = std::clamp(static_cast<int64_t>(llvm::alignTo(queries, strip)), 2 * strip, rows);
  }
  int64_t keys = chooseKeys(op, panel);
  keys = std::max<int64_t>(llvm::alignDown(keys, panel), 2 * panel);
  return ScheduleAttr::get(op.getContext(), rows, keys, strip, panel, variant.getF32Lanes(), /*split=*/0, /*columns=*/0,
                           DenseI64ArrayAttr());
}

/// Remarks on one attention of which each variant has a copy are one remark, in which values that differ stand side by
/// side. Copies have the same place in the input; others at that place come in the same order.
class Remarks {
public:
  void add(Operation *op, StringRef variant, ArrayRef<std::string> reason) {
    std::string words;
    for (size_t part = 0; part < reason.size(); part += 2)
      words += reason[part];
    words += std::to_string(places[{op->getLoc(), variant}]++);
    Remark &remark = remarks[{op->getLoc(), StringAttr::get(op->getContext(), words)}];
    remark.op = op;
    remark.variants.push_back(variant.str());
    remark.parts.resize(reason.size());
    for (auto [values, value] : llvm::zip_equal(remark.parts, reason))
      values.push_back(value);
  }

  void emit() const {
    for (const auto &[key, remark] : remarks) {
      InFlightDiagnostic said = remark.op->emitRemark();
      said << "for " << llvm::join(remark.variants, " | ") << ": ";
      for (ArrayRef<std::string> values : remark.parts)
        said << (llvm::all_equal(values) ? values.front() : llvm::join(values, " | "));
    }
  }

private:
  struct Remark {
    Operation *op = nullptr;
    SmallVector<std::string> variants;
    SmallVector<SmallVector<std::string>> parts;
  };
  llvm::MapVector<std::pair<Location, StringAttr>, Remark> remarks;
  llvm::DenseMap<std::pair<Location, StringRef>, unsigned> places;
};

struct Schedule : attn::impl::SchedulePassBase<Schedule> {
  using SchedulePassBase::SchedulePassBase;

  void runOnOperation() override {
    Remarks said;
    WalkResult walked = getOperation().walk([&](ScoringOpInterface op) {
      if (op.getScheduleAttr())
        return WalkResult::advance();
      const TargetVariant *variant = getTargetVariant(op);
      if (!variant) {
        op->getParentOfType<ModuleOp>().emitError("expects attn.variant on the module, but got none");
        return WalkResult::interrupt();
      }
      ChosenSchedule chosen{chooseSchedule(op, *variant), {}};
      if (auto attention = dyn_cast<AttentionOp>(op.getOperation()))
        chosen = chooseBoxOrBlocks(attention, *variant, chosen.schedule);
      op.setScheduleAttr(chosen.schedule);
      if (remarks && !chosen.reason.empty())
        said.add(op, variant->name, chosen.reason);
      ++numScheduled;
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      return signalPassFailure();
    said.emit();
  }
};

} // namespace
