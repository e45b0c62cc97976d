// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Syntax and verification of sets. What they mean is in AttnMasks.cpp.
#include "MaskVerification.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

/// What dimensions and symbols of the set are called. Grids have fewer axes; names of others can be refused by name.
static constexpr StringLiteral kDims[] = {"b",  "h",  "i",  "j",  "i0", "j0", "i1", "j1", "i2", "j2", "i3", "j3",
                                          "i4", "j4", "i5", "j5", "i6", "j6", "i7", "j7", "i8", "j8", "i9", "j9"};
static constexpr StringLiteral kSymbols[] = {"queries", "keys"};

/// A dimension from number `first` on that is read; none when there is none. Not recursive, as nobody has bounded the
/// depth yet.
static std::optional<unsigned> findDimension(ArrayRef<AffineExpr> exprs, unsigned first) {
  SmallVector<AffineExpr> rest(exprs);
  while (!rest.empty()) {
    AffineExpr expr = rest.pop_back_val();
    if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && dim.getPosition() >= first)
      return dim.getPosition();
    if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr))
      rest.append({binary.getLHS(), binary.getRHS()});
  }
  return std::nullopt;
}

static unsigned countDimensions(ArrayRef<int64_t> grid) { return SetAttr::kPositions + 2 * grid.size(); }

/// Parses `expr (ge | le | eq) expr` and appends what has to be >= 0 or, where `isEqual` gets true, == 0.
static ParseResult parseConstraint(AsmParser &parser, ArrayRef<int64_t> grid, SmallVectorImpl<AffineExpr> &constraints,
                                   SmallVectorImpl<bool> &isEqual) {
  SmallVector<std::pair<StringRef, AffineExpr>> names;
  for (auto [number, name] : llvm::enumerate(kDims))
    names.push_back({name, getAffineDimExpr(number, parser.getContext())});
  for (auto [number, name] : llvm::enumerate(kSymbols))
    names.push_back({name, getAffineSymbolExpr(number, parser.getContext())});
  SMLoc start = parser.getCurrentLocation();
  AffineExpr lhs, rhs;
  StringRef comparison;
  if (parser.parseAffineExpr(names, lhs))
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword(&comparison, {"ge", "le", "eq"})))
    return parser.emitError(loc) << "expects the comparison to be 'ge', 'le' or 'eq', but got '"
                                 << StringRef(loc.getPointer(), 1) << "'";
  if (parser.parseAffineExpr(names, rhs))
    return failure();
  if (std::optional<unsigned> beyond = findDimension({lhs, rhs}, countDimensions(grid))) {
    InFlightDiagnostic error = parser.emitError(start);
    if (grid.empty())
      return error << "expects coordinates of set to come with a grid, but got " << kDims[*beyond];
    return error << "expects the axis of coordinates of set to be below " << grid.size() << ", but got "
                 << kDims[*beyond];
  }
  constraints.push_back(comparison == "le" ? rhs - lhs : lhs - rhs);
  isEqual.push_back(comparison == "eq");
  return success();
}

/// Parses `grid = [extent, ...],` where it is there.
static ParseResult parseOptionalGrid(AsmParser &parser, SmallVectorImpl<int64_t> &grid) {
  if (failed(parser.parseOptionalKeyword("grid")))
    return success();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseEqual() || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parseExtent(parser, SetAttr::getMnemonic(), grid);
      }))
    return failure();
  // Before coordinates are: an axis that is missing, or one too many, is what is wrong.
  auto emitError = [&] { return parser.emitError(loc); };
  return failure(failed(verifyGrid(emitError, SetAttr::getMnemonic(), grid)) || parser.parseComma());
}

Attribute SetAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<int64_t> grid;
  if (parser.parseLess() || parseOptionalGrid(parser, grid))
    return {};
  IntegerSet set;
  if (*parser.getCurrentLocation().getPointer() == '#') {
    IntegerSetAttr named;
    if (parser.parseAttribute(named))
      return {};
    set = named.getValue();
  } else {
    SmallVector<AffineExpr> constraints;
    SmallVector<bool> isEqual;
    if (parser.parseCommaSeparatedList([&] { return parseConstraint(parser, grid, constraints, isEqual); }))
      return {};
    set = IntegerSet::get(countDimensions(grid), /*symbolCount=*/2, constraints, isEqual);
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<SetAttr>(loc, parser.getContext(), set, ArrayRef<int64_t>(grid));
}

/// An affine expression with the names of positions, coordinates and sizes, whose numbers have one digit.
static std::string toText(AffineExpr expr) {
  std::string numbered, named;
  llvm::raw_string_ostream(numbered) << expr;
  for (size_t at = 0; at < numbered.size(); ++at) {
    // The words of affine expressions (floordiv, ceildiv, mod) hold no digit.
    bool isName =
        (numbered[at] == 'd' || numbered[at] == 's') && at + 1 < numbered.size() && llvm::isDigit(numbered[at + 1]);
    if (!isName) {
      named += numbered[at];
      continue;
    }
    unsigned number = numbered[at + 1] - '0';
    named += numbered[at] == 'd' ? kDims[number] : kSymbols[number];
    ++at;
  }
  return named;
}

void SetAttr::print(AsmPrinter &printer) const {
  printer << '<';
  if (!getGrid().empty()) {
    printGrid(printer, getGrid());
    printer << ", ";
  }
  llvm::interleaveComma(llvm::zip(getSet().getConstraints(), getSet().getEqFlags()), printer.getStream(),
                        [&](auto constraint) {
                          printer << toText(std::get<0>(constraint)) << (std::get<1>(constraint) ? " eq 0" : " ge 0");
                        });
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// No constraint may reach this for positions within kMaskLimit: readings compute differences of a few of them.
static constexpr int64_t kSetLimit = int64_t(1) << 60;
static constexpr unsigned kSetOperations = 1024;

/// How large an affine expression can be for positions within kMaskLimit, saturating; none when it is not affine or
/// divides by a number that is not positive. The caller has bounded the depth.
static std::optional<int64_t> getMagnitude(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() == INT64_MIN ? INT64_MAX : std::abs(constant.getValue());
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return kMaskLimit;
  std::optional<int64_t> lhs = getMagnitude(binary.getLHS()), rhs = getMagnitude(binary.getRHS());
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add) {
    int64_t sum;
    return llvm::AddOverflow(*lhs, *rhs, sum) ? INT64_MAX : sum;
  }
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (!constant)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Mul) {
    int64_t product;
    return llvm::MulOverflow(*lhs, *rhs, product) ? INT64_MAX : product;
  }
  if (constant.getValue() <= 0)
    return std::nullopt;
  // A ceiling adds the divisor to the dividend first.
  int64_t sum;
  return llvm::AddOverflow(*lhs, *rhs, sum) ? INT64_MAX : sum;
}

/// The number of operations of all constraints, counted without recursion and no further than needed to refuse them.
static unsigned countOperations(ArrayRef<AffineExpr> constraints) {
  SmallVector<AffineExpr> rest(constraints);
  unsigned count = 0;
  while (!rest.empty() && count <= kSetOperations) {
    auto binary = dyn_cast<AffineBinaryOpExpr>(rest.pop_back_val());
    if (!binary)
      continue;
    ++count;
    rest.append({binary.getLHS(), binary.getRHS()});
  }
  return count;
}

LogicalResult SetAttr::verify(EmitError emitError, IntegerSet set, ArrayRef<int64_t> grid) {
  if (!grid.empty() && failed(verifyGrid(emitError, getMnemonic(), grid)))
    return failure();
  unsigned dims = countDimensions(grid);
  if (set.getNumDims() != dims)
    return emitError() << "expects the set to have the " << dims << " dimensions "
                       << llvm::join(ArrayRef(kDims).take_front(dims), ", ") << ", but got " << set.getNumDims();
  if (set.getNumSymbols() > 2)
    return emitError() << "expects the set to have no symbols but queries and keys, but got " << set.getNumSymbols();
  // Each constraint counts as a comparison.
  unsigned operations = set.getNumConstraints() + countOperations(set.getConstraints());
  if (operations > kSetOperations)
    return emitError() << "expects the set to have at most " << kSetOperations << " operations, but got " << operations
                       << " or more";
  for (AffineExpr constraint : set.getConstraints()) {
    std::optional<int64_t> magnitude = getMagnitude(constraint);
    if (!magnitude)
      return emitError() << "expects the set to multiply by constants and to divide by positive constants, but got "
                         << toText(constraint);
    if (*magnitude >= kSetLimit)
      return emitError() << "expects constraints to stay below 2^60 for positions up to 2^40, but got "
                         << toText(constraint);
  }
  return success();
}
