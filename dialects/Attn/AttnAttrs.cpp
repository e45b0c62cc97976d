// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Syntax and verification of the attributes. What masks mean is in AttnMasks.cpp, what normalisers compute in AttnNormalizers.cpp.
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace attn;

#include "dialects/Attn/AttnInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Attn/AttnAttrs.cpp.inc"

void AttnDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Attn/AttnAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// causal
//===----------------------------------------------------------------------===//

Attribute CausalAttr::parse(AsmParser &parser, Type) {
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
  return CausalAttr::get(parser.getContext(), offset, bottomRight);
}

void CausalAttr::print(AsmPrinter &printer) const {
  if (getBottomRight())
    printer << "<bottom_right>";
  else if (getOffset() != 0)
    printer << '<' << getOffset() << '>';
}

//===----------------------------------------------------------------------===//
// softmax
//===----------------------------------------------------------------------===//

Attribute SoftmaxAttr::parse(AsmParser &parser, Type) {
  bool sink = false;
  if (succeeded(parser.parseOptionalLess())) {
    if (parser.parseKeyword("sink") || parser.parseGreater())
      return {};
    sink = true;
  }
  return SoftmaxAttr::get(parser.getContext(), sink);
}

void SoftmaxAttr::print(AsmPrinter &printer) const {
  if (getSink())
    printer << "<sink>";
}

//===----------------------------------------------------------------------===//
// schedule
//===----------------------------------------------------------------------===//

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t rows, int64_t keys, int64_t strip,
                                   int64_t panel, int64_t lanes) {
  auto divides = [&](StringRef partName, int64_t part, StringRef wholeName,
                     int64_t whole) -> LogicalResult {
    if (part > 0 && whole > 0 && whole % part == 0)
      return success();
    return emitError() << "expects " << partName << " to divide " << wholeName
                       << ", both positive, but got " << part << " and "
                       << whole;
  };
  return success(succeeded(divides("strip", strip, "rows", rows)) &&
                 succeeded(divides("panel", panel, "keys", keys)) &&
                 succeeded(divides("lanes", lanes, "panel", panel)));
}
