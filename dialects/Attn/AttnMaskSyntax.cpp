// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Syntax and verification of the mask attributes. What masks mean is in AttnMasks.cpp.
#include "MaskVerification.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace attn;

LogicalResult attn::verifyLiteral(EmitError emitError, const Twine &subject, int64_t value, int64_t least) {
  if (value >= least && value <= kMaskLimit)
    return success();
  return emitError() << "expects " << subject << " to be between " << least << " and " << kMaskLimit << ", but got "
                     << value;
}

//===----------------------------------------------------------------------===//
// causal, window, prefix
//===----------------------------------------------------------------------===//

Attribute CausalAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t offset = 0;
  bool bottomRight = false;
  if (succeeded(parser.parseOptionalLess())) {
    StringRef keyword;
    if (succeeded(parser.parseOptionalKeyword(&keyword, {"top_left", "bottom_right"})))
      bottomRight = keyword == "bottom_right";
    else if (parser.parseInteger(offset))
      return {};
    if (parser.parseGreater())
      return {};
  }
  return parser.getChecked<CausalAttr>(loc, parser.getContext(), offset, bottomRight);
}

void CausalAttr::print(AsmPrinter &printer) const {
  if (getBottomRight())
    printer << "<bottom_right>";
  else if (getOffset() != 0)
    printer << '<' << getOffset() << '>';
}

LogicalResult CausalAttr::verify(EmitError emitError, int64_t offset, bool) {
  return verifyLiteral(emitError, "the offset of causal", offset, /*least=*/-kMaskLimit);
}

LogicalResult WindowAttr::verify(EmitError emitError, int64_t left, int64_t right) {
  return success(succeeded(verifyLiteral(emitError, "the left side of window", left)) &&
                 succeeded(verifyLiteral(emitError, "the right side of window", right)));
}

LogicalResult PrefixAttr::verify(EmitError emitError, std::optional<int64_t> size) {
  return size ? verifyLiteral(emitError, "the size of prefix", *size) : success();
}

//===----------------------------------------------------------------------===//
// and, or, not
//===----------------------------------------------------------------------===//

static constexpr unsigned kNesting = 64;
static constexpr unsigned kParts = 1024;

namespace {

/// How deep masks nest and of how many they consist, each counted as often as it stands there.
struct Measure {
  unsigned depth = 0, parts = 0;
};

/// Counts the connectives that are being parsed. Parsing recurses before a verifier could refuse the nesting, and each
/// level of the text is parsed by a parser of its own: only the thread knows how deep they are.
class NestingScope {
public:
  NestingScope() { ++depth; }
  ~NestingScope() { --depth; }
  /// The depth of what is being parsed, an operand at least included.
  unsigned get() const { return depth + 1; }

private:
  static thread_local unsigned depth;
};
thread_local unsigned NestingScope::depth = 0;

} // namespace

static Measure measure(ArrayRef<MaskAttrInterface> operands) {
  Measure result;
  for (MaskAttrInterface operand : operands) {
    Measure part;
    if (auto conjunction = dyn_cast<AndAttr>(operand))
      part = measure(conjunction.getOperands());
    else if (auto disjunction = dyn_cast<OrAttr>(operand))
      part = measure(disjunction.getOperands());
    else if (auto negation = dyn_cast<NotAttr>(operand))
      part = measure(negation.getOperand());
    result.depth = std::max(result.depth, part.depth + 1);
    result.parts += part.parts + 1;
    // Operands are within the limits, so that this ends the count soon enough: masks can be shared and grow
    // exponentially when written out.
    if (result.parts > kParts)
      break;
  }
  return result;
}

static LogicalResult verifyNesting(EmitError emitError, unsigned depth) {
  if (depth <= kNesting)
    return success();
  return emitError() << "expects masks to nest at most " << kNesting << " deep, but got " << depth;
}

static LogicalResult verifyOperands(EmitError emitError, StringRef name, ArrayRef<MaskAttrInterface> operands) {
  if (operands.empty())
    return emitError() << "expects the number of operands of " << name << " to be at least 1, but got 0";
  Measure size = measure(operands);
  if (size.parts + 1 > kParts)
    return emitError() << "expects a mask to consist of at most " << kParts << " masks, but got " << size.parts + 1
                       << " or more";
  return verifyNesting(emitError, size.depth + 1);
}

/// Parses `<mask, mask, ...>`.
static FailureOr<SmallVector<MaskAttrInterface>> parseOperands(AsmParser &parser, StringRef name) {
  NestingScope scope;
  auto emitError = [&] { return parser.emitError(parser.getCurrentLocation()); };
  SmallVector<MaskAttrInterface> operands;
  auto parseOperand = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    Attribute operand;
    if (parser.parseAttribute(operand))
      return failure();
    if (auto mask = dyn_cast<MaskAttrInterface>(operand)) {
      operands.push_back(mask);
      return success();
    }
    return parser.emitError(loc) << "expects operands of " << name << " to be masks, but got " << operand;
  };
  if (failed(verifyNesting(emitError, scope.get())) ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseOperand))
    return failure();
  return operands;
}

static void printOperands(AsmPrinter &printer, ArrayRef<MaskAttrInterface> operands) {
  printer << '<';
  llvm::interleaveComma(operands, printer);
  printer << '>';
}

template <typename AttrTy> static Attribute parseConnective(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  FailureOr<SmallVector<MaskAttrInterface>> operands = parseOperands(parser, AttrTy::getMnemonic());
  if (failed(operands))
    return {};
  return parser.getChecked<AttrTy>(loc, parser.getContext(), ArrayRef<MaskAttrInterface>(*operands));
}

Attribute AndAttr::parse(AsmParser &parser, Type) { return parseConnective<AndAttr>(parser); }
void AndAttr::print(AsmPrinter &printer) const { printOperands(printer, getOperands()); }
LogicalResult AndAttr::verify(EmitError emitError, ArrayRef<MaskAttrInterface> operands) {
  return verifyOperands(emitError, getMnemonic(), operands);
}

Attribute OrAttr::parse(AsmParser &parser, Type) { return parseConnective<OrAttr>(parser); }
void OrAttr::print(AsmPrinter &printer) const { printOperands(printer, getOperands()); }
LogicalResult OrAttr::verify(EmitError emitError, ArrayRef<MaskAttrInterface> operands) {
  return verifyOperands(emitError, getMnemonic(), operands);
}

Attribute NotAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  FailureOr<SmallVector<MaskAttrInterface>> operands = parseOperands(parser, getMnemonic());
  if (failed(operands))
    return {};
  if (operands->size() != 1) {
    parser.emitError(loc) << "expects the number of operands of not to be 1, but got " << operands->size();
    return {};
  }
  return parser.getChecked<NotAttr>(loc, parser.getContext(), operands->front());
}
void NotAttr::print(AsmPrinter &printer) const { printOperands(printer, getOperand()); }
LogicalResult NotAttr::verify(EmitError emitError, MaskAttrInterface operand) {
  return verifyOperands(emitError, getMnemonic(), operand);
}
