// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Syntax and verification of the masks that count in blocks and on grids. What they mean is in AttnMasks.cpp.
#include "MaskVerification.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// blocks
//===----------------------------------------------------------------------===//

Attribute BlocksAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t size, left = 0, right = 0;
  if (parser.parseLess() || parser.parseInteger(size))
    return {};
  if (succeeded(parser.parseOptionalComma()) &&
      (parser.parseInteger(left) || parser.parseComma() || parser.parseInteger(right)))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<BlocksAttr>(loc, parser.getContext(), size, left, right);
}

void BlocksAttr::print(AsmPrinter &printer) const {
  printer << '<' << getSize();
  if (getLeft() != 0 || getRight() != 0)
    printer << ", " << getLeft() << ", " << getRight();
  printer << '>';
}

LogicalResult BlocksAttr::verify(EmitError emitError, int64_t size, int64_t left, int64_t right) {
  return success(succeeded(verifyLiteral(emitError, "the size of blocks", size, /*least=*/1)) &&
                 succeeded(verifyLiteral(emitError, "the left side of blocks", left)) &&
                 succeeded(verifyLiteral(emitError, "the right side of blocks", right)));
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

static constexpr unsigned kGridAxes = 3;

static LogicalResult verifyExtent(EmitError emitError, StringRef name, unsigned axis, int64_t extent) {
  return verifyLiteral(emitError, "the extent of " + name + " on axis " + Twine(axis), extent, /*least=*/1);
}

ParseResult attn::parseExtent(AsmParser &parser, StringRef name, SmallVectorImpl<int64_t> &grid) {
  if (succeeded(parser.parseOptionalQuestion())) {
    grid.push_back(ShapedType::kDynamic);
    return success();
  }
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseInteger(grid.emplace_back()))
    return failure();
  // This number means an extent that is not known.
  if (!ShapedType::isDynamic(grid.back()))
    return success();
  return verifyExtent([&] { return parser.emitError(loc); }, name, grid.size() - 1, grid.back());
}

void attn::printGrid(AsmPrinter &printer, ArrayRef<int64_t> grid) {
  printer << "grid = [";
  llvm::interleaveComma(grid, printer, [&](int64_t extent) {
    if (ShapedType::isDynamic(extent))
      printer << '?';
    else
      printer << extent;
  });
  printer << ']';
}

/// Extents that are not known count as 1.
LogicalResult attn::verifyGrid(EmitError emitError, StringRef name, ArrayRef<int64_t> grid) {
  if (grid.empty() || grid.size() > kGridAxes)
    return emitError() << "expects the grid of " << name << " to have 1 to " << kGridAxes << " axes, but got "
                       << grid.size();
  int64_t tokens = 1;
  for (auto [axis, extent] : llvm::enumerate(grid)) {
    if (ShapedType::isDynamic(extent))
      continue;
    if (failed(verifyExtent(emitError, name, axis, extent)))
      return failure();
    if (tokens > kMaskLimit / extent)
      return emitError() << "expects the grid of " << name << " to have at most " << kMaskLimit << " tokens, but got "
                         << tokens << " times " << extent;
    tokens *= extent;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// neighborhood
//===----------------------------------------------------------------------===//

namespace {

/// The parameters of a neighborhood in the order in which they are printed.
enum Parameter : unsigned { kGrid, kWindow, kStride, kDilation, kCausal, kParameters };
constexpr StringLiteral kName = "neighborhood";
constexpr StringLiteral kParameterNames[] = {"grid", "window", "stride", "dilation", "causal"};

/// One list for each parameter, booleans as 0 and 1.
using ParameterLists = std::array<std::optional<SmallVector<int64_t>>, kParameters>;

} // namespace

/// Parses one element of the list of `parameter`.
static ParseResult parseElement(AsmParser &parser, unsigned parameter, SmallVectorImpl<int64_t> &list) {
  if (parameter == kGrid)
    return parseExtent(parser, kName, list);
  if (parameter != kCausal)
    return parser.parseInteger(list.emplace_back());
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword(&keyword, {"true", "false"})))
    return parser.emitError(loc, "expects causal of neighborhood to be true or false on each axis, but got something "
                                 "else");
  list.push_back(keyword == "true");
  return success();
}

/// Parses `name = [element, ...]` into the list that is named.
static ParseResult parseParameter(AsmParser &parser, ParameterLists &lists) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseKeyword(&name))
    return failure();
  unsigned parameter = llvm::find(kParameterNames, name) - std::begin(kParameterNames);
  if (parameter == kParameters)
    return parser.emitError(loc) << "expects a parameter of neighborhood to be one of "
                                 << llvm::join(ArrayRef(kParameterNames), ", ") << ", but got " << name;
  if (lists[parameter])
    return parser.emitError(loc) << "expects " << name << " of neighborhood to be given once, but got it twice";
  SmallVector<int64_t> &list = lists[parameter].emplace();
  return failure(parser.parseEqual() || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parseElement(parser, parameter, list);
  }));
}

Attribute NeighborhoodAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  ParameterLists lists;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, [&] { return parseParameter(parser, lists); }))
    return {};
  for (unsigned parameter : {kGrid, kWindow})
    if (!lists[parameter]) {
      parser.emitError(loc) << "expects " << kParameterNames[parameter] << " of neighborhood to be given, but got none";
      return {};
    }
  auto orAll = [&](Parameter parameter, int64_t value) {
    return lists[parameter].value_or(SmallVector<int64_t>(lists[kGrid]->size(), value));
  };
  SmallVector<bool> causal = llvm::map_to_vector(orAll(kCausal, 0), [](int64_t value) { return value != 0; });
  return parser.getChecked<NeighborhoodAttr>(loc, parser.getContext(), ArrayRef<int64_t>(*lists[kGrid]),
                                             ArrayRef<int64_t>(*lists[kWindow]), ArrayRef<int64_t>(orAll(kStride, 1)),
                                             ArrayRef<int64_t>(orAll(kDilation, 1)), ArrayRef<bool>(causal));
}

void NeighborhoodAttr::print(AsmPrinter &printer) const {
  auto printList = [&](Parameter parameter, auto list, auto printElement) {
    printer << ", " << kParameterNames[parameter] << " = [";
    llvm::interleaveComma(list, printer, printElement);
    printer << ']';
  };
  auto printInteger = [&](int64_t value) { printer << value; };
  auto hasOther = [](ArrayRef<int64_t> list) { return llvm::any_of(list, [](int64_t value) { return value != 1; }); };
  printer << '<';
  printGrid(printer, getGrid());
  printList(kWindow, getWindow(), printInteger);
  if (hasOther(getStride()))
    printList(kStride, getStride(), printInteger);
  if (hasOther(getDilation()))
    printList(kDilation, getDilation(), printInteger);
  if (llvm::is_contained(getCausal(), true))
    printList(kCausal, getCausal(), [&](bool value) { printer << (value ? "true" : "false"); });
  printer << '>';
}

/// One axis; an extent that is not known is as long as any.
static LogicalResult verifyAxis(EmitError emitError, unsigned axis, int64_t extent, int64_t window, int64_t stride,
                                int64_t dilation) {
  std::string suffix = " of neighborhood on axis " + std::to_string(axis);
  bool isKnown = !ShapedType::isDynamic(extent);
  if (failed(verifyLiteral(emitError, "the window" + suffix, window, /*least=*/1)) ||
      failed(verifyLiteral(emitError, "the dilation" + suffix, dilation, /*least=*/1)))
    return failure();
  if (stride < 1 || stride > window)
    return emitError() << "expects the stride" << suffix << " to be between 1 and the window " << window << ", but got "
                       << stride;
  int64_t limit = isKnown ? extent : kMaskLimit;
  if (window > limit / dilation)
    return emitError() << "expects window times dilation" << suffix << " to be at most "
                       << (isKnown ? "the extent " : "") << limit << ", but got " << window << " times " << dilation;
  return success();
}

LogicalResult NeighborhoodAttr::verify(EmitError emitError, ArrayRef<int64_t> grid, ArrayRef<int64_t> window,
                                       ArrayRef<int64_t> stride, ArrayRef<int64_t> dilation, ArrayRef<bool> causal) {
  if (failed(verifyGrid(emitError, kName, grid)))
    return failure();
  size_t sizes[] = {grid.size(), window.size(), stride.size(), dilation.size(), causal.size()};
  for (unsigned parameter = kWindow; parameter < kParameters; ++parameter)
    if (sizes[parameter] != grid.size())
      return emitError() << "expects " << kParameterNames[parameter] << " of neighborhood to have as many axes as the "
                         << "grid, but got " << sizes[parameter] << " and " << grid.size();
  for (unsigned axis = 0; axis < grid.size(); ++axis)
    if (failed(verifyAxis(emitError, axis, grid[axis], window[axis], stride[axis], dilation[axis])))
      return failure();
  return success();
}
