// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each mask means: one function each, in the order of AttnMasks.td.
#include "dialects/Attn/AttnAttrs.h"
#include "dialects/Attn/RenamedSymbols.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

/// `key < end`, said without arithmetic on `end`: a symbol may hold anything.
static Truth isBefore(MaskBuilder &b, Term end) { return b.negate(b.ge(b.key(), end)); }

/// `term + value`.
static Term shift(MaskBuilder &b, Term term, int64_t value) {
  return value == 0 ? term : b.add(term, b.literal(value));
}

//===----------------------------------------------------------------------===//
// causal, window, prefix, length
//===----------------------------------------------------------------------===//

Truth CausalAttr::build(MaskBuilder &b) const {
  Term last = b.query();
  if (getBottomRight())
    last = b.add(last, b.sub(b.keys(), b.queries()));
  return b.ge(shift(b, last, getOffset()), b.key());
}

bool CausalAttr::readsExtent() const { return getBottomRight(); }

Truth WindowAttr::build(MaskBuilder &b) const {
  return b.all({b.ge(b.key(), shift(b, b.query(), -getLeft())), b.ge(shift(b, b.query(), getRight()), b.key())});
}

Truth PrefixAttr::build(MaskBuilder &b) const { return isBefore(b, getSize() ? b.literal(*getSize()) : b.symbol(0)); }

unsigned PrefixAttr::getNumSymbols() const { return getSize() ? 0 : 1; }

Truth LengthAttr::build(MaskBuilder &b) const { return isBefore(b, b.symbol(0)); }

unsigned LengthAttr::getNumSymbols() const { return 1; }

/// A query sees the keys from `first[i]` to `end[i] - 1`.
Truth SegmentsAttr::build(MaskBuilder &b) const {
  return b.all({b.ge(b.key(), b.symbol(kFirst)), isBefore(b, b.symbol(kEnd))});
}

unsigned SegmentsAttr::getNumSymbols() const { return kNumSymbols; }

void SegmentsAttr::collectRequirements(SmallVectorImpl<MaskRequirement> &requirements) const {
  for (unsigned symbol = 0; symbol < kNumSymbols; ++symbol)
    requirements.push_back({MaskRequirement::Kind::NonDecreasing, symbol});
}

//===----------------------------------------------------------------------===//
// blocks, grids, neighborhood
//===----------------------------------------------------------------------===//

/// Comparing keys with the ends of blocks needs no division of the key, of which there are many for each query.
Truth BlocksAttr::build(MaskBuilder &b) const {
  Term first = b.mul(b.floorDiv(b.query(), getSize()), getSize());
  // No two positions are farther apart than the limit.
  auto tokens = [&](int64_t blocks) {
    int64_t count;
    return llvm::MulOverflow(blocks, getSize(), count) ? kMaskLimit : std::min(count, kMaskLimit);
  };
  return b.all({b.ge(b.key(), shift(b, first, -tokens(getLeft()))),
                b.ge(shift(b, first, tokens(getRight()) + getSize() - 1), b.key())});
}

/// The extents of a grid; those that are not known are symbols in order.
static SmallVector<Term> sayExtents(MaskBuilder &b, ArrayRef<int64_t> grid) {
  SmallVector<Term> extents;
  unsigned symbols = 0;
  for (int64_t extent : grid)
    extents.push_back(ShapedType::isDynamic(extent) ? b.symbol(symbols++) : b.literal(extent));
  return extents;
}

/// The symbols of a grid are long enough, and all tokens lie on it.
static void collectOfGrid(ArrayRef<int64_t> grid, llvm::function_ref<int64_t(unsigned)> leastOnAxis,
                          SmallVectorImpl<MaskRequirement> &requirements) {
  MaskRequirement fills{MaskRequirement::Kind::FillsGrid};
  unsigned symbols = 0;
  for (auto [axis, extent] : llvm::enumerate(grid)) {
    bool isSymbol = ShapedType::isDynamic(extent);
    if (isSymbol)
      requirements.push_back({MaskRequirement::Kind::AtLeast, symbols, leastOnAxis(axis)});
    fills.extents.push_back({isSymbol, isSymbol ? symbols++ : extent});
  }
  requirements.push_back(std::move(fills));
}

/// One axis of a neighborhood, as the description of the attribute says it; `i` and `j` are coordinates.
static Truth sayNeighborhoodAxis(MaskBuilder &b, NeighborhoodAttr mask, unsigned axis, Term i, Term j, Term extent) {
  int64_t window = mask.getWindow()[axis], stride = mask.getStride()[axis], dilation = mask.getDilation()[axis];
  bool isCausal = mask.getCausal()[axis];
  Term x = i, length = extent;
  if (dilation > 1) {
    x = b.floorDiv(i, dilation);
    length = b.floorDiv(b.sub(shift(b, extent, dilation - 1), b.mod(i, dilation)), dilation);
  }
  Term center = x;
  if (stride > 1) {
    Term inStride = shift(b, b.mul(b.floorDiv(x, stride), stride), isCausal ? stride - 1 : stride / 2);
    center = b.min(inStride, shift(b, length, -1));
  }
  Term start = shift(b, center, isCausal ? 1 - window : -(window / 2));
  if (!isCausal)
    start = b.min(start, shift(b, length, -window));
  start = b.max(start, b.literal(0));
  // Back from numbers of the group to coordinates.
  auto toCoordinate = [&](Term number) {
    return dilation == 1 ? number : b.add(b.mul(number, dilation), b.mod(i, dilation));
  };
  Term last = isCausal ? i : toCoordinate(shift(b, start, window - 1));
  SmallVector<Truth> truths{b.ge(j, toCoordinate(start)), b.ge(last, j)};
  if (dilation > 1)
    truths.push_back(b.eq(b.mod(i, dilation), b.mod(j, dilation)));
  return b.all(truths);
}

Truth NeighborhoodAttr::build(MaskBuilder &b) const {
  SmallVector<Term> extents = sayExtents(b, getGrid());
  SmallVector<Truth> axes;
  for (unsigned axis = 0; axis < extents.size(); ++axis)
    axes.push_back(
        sayNeighborhoodAxis(b, *this, axis, b.queryAt(extents, axis), b.keyAt(extents, axis), extents[axis]));
  return b.all(axes);
}

unsigned NeighborhoodAttr::getNumSymbols() const { return llvm::count_if(getGrid(), ShapedType::isDynamic); }

void NeighborhoodAttr::collectRequirements(SmallVectorImpl<MaskRequirement> &requirements) const {
  collectOfGrid(getGrid(), [&](unsigned axis) { return getWindow()[axis] * getDilation()[axis]; }, requirements);
}

//===----------------------------------------------------------------------===//
// dense, set
//===----------------------------------------------------------------------===//

Truth DenseAttr::build(MaskBuilder &b) const { return b.negate(b.eq(b.symbol(0), b.literal(0))); }

unsigned DenseAttr::getNumSymbols() const { return 1; }

/// Says an affine expression of (b, h, i, j, i0, j0, i1, ...)[queries, keys], where coordinates are those on the grid
/// of `extents`. Verified to be shallow, affine and to divide by positive constants.
static Term sayAffine(MaskBuilder &b, AffineExpr expr, ArrayRef<Term> extents) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return b.literal(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    unsigned number = dim.getPosition();
    if (number >= SetAttr::kPositions) {
      unsigned axis = (number - SetAttr::kPositions) / 2;
      return number % 2 == 0 ? b.queryAt(extents, axis) : b.keyAt(extents, axis);
    }
    Term (MaskBuilder::*positions[])() = {&MaskBuilder::batch, &MaskBuilder::head, &MaskBuilder::query,
                                          &MaskBuilder::key};
    return (b.*positions[number])();
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbol.getPosition() == 0 ? b.queries() : b.keys();
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Term lhs = sayAffine(b, binary.getLHS(), extents);
  if (expr.getKind() == AffineExprKind::Add)
    return b.add(lhs, sayAffine(b, binary.getRHS(), extents));
  int64_t rhs = cast<AffineConstantExpr>(binary.getRHS()).getValue();
  switch (expr.getKind()) {
  case AffineExprKind::Mul:
    return b.mul(lhs, rhs);
  case AffineExprKind::FloorDiv:
    return b.floorDiv(lhs, rhs);
  case AffineExprKind::CeilDiv:
    return b.floorDiv(shift(b, lhs, rhs - 1), rhs);
  default:
    return b.mod(lhs, rhs);
  }
}

Truth SetAttr::build(MaskBuilder &b) const {
  SmallVector<Term> extents = sayExtents(b, getGrid());
  SmallVector<Truth> constraints;
  for (auto [expr, isEqual] : llvm::zip(getSet().getConstraints(), getSet().getEqFlags())) {
    Term term = sayAffine(b, expr, extents), zero = b.literal(0);
    constraints.push_back(isEqual ? b.eq(term, zero) : b.ge(term, zero));
  }
  return b.all(constraints);
}

bool SetAttr::readsExtent() const {
  return llvm::any_of(getSet().getConstraints(),
                      [](AffineExpr expr) { return expr.isFunctionOfSymbol(0) || expr.isFunctionOfSymbol(1); });
}

unsigned SetAttr::getNumSymbols() const { return llvm::count_if(getGrid(), ShapedType::isDynamic); }

void SetAttr::collectRequirements(SmallVectorImpl<MaskRequirement> &requirements) const {
  if (!getGrid().empty())
    collectOfGrid(getGrid(), [](unsigned) { return 1; }, requirements);
}

//===----------------------------------------------------------------------===//
// and, or, not
//===----------------------------------------------------------------------===//

/// The operands share one list of symbols, in order.
static SmallVector<Truth> buildOperands(MaskBuilder &b, ArrayRef<MaskAttrInterface> operands) {
  SmallVector<Truth> truths;
  unsigned first = 0;
  for (MaskAttrInterface operand : operands) {
    auto rename = [first](unsigned index) { return first + index; };
    RenamedSymbols shifted(b, rename);
    truths.push_back(operand.build(first == 0 ? b : shifted));
    first += operand.getNumSymbols();
  }
  return truths;
}

static unsigned countSymbols(ArrayRef<MaskAttrInterface> operands) {
  unsigned count = 0;
  for (MaskAttrInterface operand : operands)
    count += operand.getNumSymbols();
  return count;
}

static bool anyReadsExtent(ArrayRef<MaskAttrInterface> operands) {
  return llvm::any_of(operands, [](MaskAttrInterface operand) { return operand.readsExtent(); });
}

/// Those of the operands, with symbols numbered as in `buildOperands`.
static void collectOfOperands(ArrayRef<MaskAttrInterface> operands, SmallVectorImpl<MaskRequirement> &requirements) {
  unsigned first = 0;
  for (MaskAttrInterface operand : operands) {
    size_t known = requirements.size();
    operand.collectRequirements(requirements);
    for (MaskRequirement &requirement : MutableArrayRef(requirements).drop_front(known)) {
      requirement.symbol += first;
      for (MaskExtent &extent : requirement.extents)
        extent.value += extent.isSymbol ? first : 0;
    }
    first += operand.getNumSymbols();
  }
}

Truth AndAttr::build(MaskBuilder &b) const { return b.all(buildOperands(b, getOperands())); }
unsigned AndAttr::getNumSymbols() const { return countSymbols(getOperands()); }
bool AndAttr::readsExtent() const { return anyReadsExtent(getOperands()); }
void AndAttr::collectRequirements(SmallVectorImpl<MaskRequirement> &requirements) const {
  collectOfOperands(getOperands(), requirements);
}

Truth OrAttr::build(MaskBuilder &b) const { return b.any(buildOperands(b, getOperands())); }
unsigned OrAttr::getNumSymbols() const { return countSymbols(getOperands()); }
bool OrAttr::readsExtent() const { return anyReadsExtent(getOperands()); }
void OrAttr::collectRequirements(SmallVectorImpl<MaskRequirement> &requirements) const {
  collectOfOperands(getOperands(), requirements);
}

Truth NotAttr::build(MaskBuilder &b) const { return b.negate(getOperand().build(b)); }
unsigned NotAttr::getNumSymbols() const { return getOperand().getNumSymbols(); }
bool NotAttr::readsExtent() const { return getOperand().readsExtent(); }
void NotAttr::collectRequirements(SmallVectorImpl<MaskRequirement> &requirements) const {
  collectOfOperands(getOperand(), requirements);
}
