// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Syntax and verification of normalisers and schedules. That of masks is in AttnMaskSyntax.cpp; what normalisers
// compute is in AttnNormalizers.cpp.
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace attn;

#include "dialects/Attn/AttnEnums.cpp.inc"
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

/// Emits an error unless both are positive and `whole` is a multiple of `part`.
static LogicalResult verifyDivides(function_ref<InFlightDiagnostic()> emitError, StringRef partName, int64_t part,
                                   StringRef wholeName, int64_t whole) {
  if (part > 0 && whole > 0 && whole % part == 0)
    return success();
  return emitError() << "expects " << partName << " to divide " << wholeName << ", both positive, but got " << part
                     << " and " << whole;
}

static LogicalResult verifyPositive(function_ref<InFlightDiagnostic()> emitError, StringRef name, int64_t value) {
  if (value > 0)
    return success();
  return emitError() << "expects " << name << " to be positive, but got " << value;
}

/// A register tile becomes straight code for each of its elements, and blocks become scratch memory of each thread.
static LogicalResult verifyAtMost(function_ref<InFlightDiagnostic()> emitError, StringRef name, int64_t value,
                                  int64_t most) {
  if (value <= most)
    return success();
  return emitError() << "expects " << name << " to be at most " << most << ", but got " << value;
}

static LogicalResult verifyTile(function_ref<InFlightDiagnostic()> emitError, int64_t strip, StringRef columnsName,
                                int64_t columns) {
  constexpr int64_t largest = 4096;
  return success(succeeded(verifyAtMost(emitError, "strip", strip, largest)) &&
                 succeeded(verifyAtMost(emitError, columnsName, columns, largest)) &&
                 succeeded(verifyAtMost(emitError, ("strip times " + columnsName).str(), strip * columns, largest)));
}

constexpr int64_t kLargestBlock = 65536;

static LogicalResult verifyBox(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t strip, int64_t split,
                               int64_t columns, DenseI64ArrayAttr box) {
  if (split != 0)
    return emitError() << "expects a schedule to have split or a box, but got both";
  if (box.empty() || box.size() > kMaxGridAxes)
    return emitError() << "expects a box to have 1 to " << kMaxGridAxes << " sizes, but got " << box.size();
  int64_t area = 1;
  for (int64_t size : box.asArrayRef()) {
    if (failed(verifyPositive(emitError, "the size of a box", size)) ||
        failed(verifyAtMost(emitError, "the size of a box", size, kLargestBlock)))
      return failure();
    area *= size;
    // Before the next size: the product of all of them need not be a number.
    if (failed(verifyAtMost(emitError, "the area of a box", area, kLargestBlock)))
      return failure();
  }
  return success(succeeded(verifyDivides(emitError, "the area of the box", area, "rows", rows)) &&
                 succeeded(verifyPositive(emitError, "columns", columns)) &&
                 succeeded(verifyTile(emitError, strip, "columns", columns)));
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t keys,
                                   int64_t strip, int64_t panel, int64_t lanes, int64_t split, int64_t columns,
                                   DenseI64ArrayAttr box) {
  if (split != 0 && (failed(verifyDivides(emitError, "keys", keys, "split", split)) ||
                     failed(verifyAtMost(emitError, "split", split, kLargestBlock))))
    return failure();
  if (failed(box ? verifyDivides(emitError, "lanes", lanes, "strip", strip)
                 : verifyDivides(emitError, "strip", strip, "rows", rows)) ||
      failed(verifyDivides(emitError, "panel", panel, "keys", keys)) ||
      failed(verifyTile(emitError, strip, "panel", panel)) ||
      failed(verifyAtMost(emitError, "rows", rows, kLargestBlock)) ||
      failed(verifyAtMost(emitError, "keys", keys, kLargestBlock)))
    return failure();
  return box ? verifyBox(emitError, rows, strip, split, columns, box)
             : verifyDivides(emitError, "lanes", lanes, "panel", panel);
}

int64_t ScheduleAttr::getBoxArea() const {
  int64_t area = 1;
  for (int64_t size : getBox().asArrayRef())
    area *= size;
  return area;
}

LogicalResult MatmulScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t kblock,
                                         int64_t panel, int64_t strip, int64_t columns, int64_t tasks) {
  return success(succeeded(verifyDivides(emitError, "strip", strip, "rows", rows)) &&
                 succeeded(verifyDivides(emitError, "columns", columns, "panel", panel)) &&
                 succeeded(verifyTile(emitError, strip, "columns", columns)) &&
                 succeeded(verifyAtMost(emitError, "rows", rows, kLargestBlock)) &&
                 succeeded(verifyPositive(emitError, "kblock", kblock)) &&
                 succeeded(verifyPositive(emitError, "tasks", tasks)));
}

//===----------------------------------------------------------------------===//
// panels
//===----------------------------------------------------------------------===//

LogicalResult PanelsAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns,
                                 int64_t kblock, int64_t panel) {
  return success(
      succeeded(verifyPositive(emitError, "rows", rows)) && succeeded(verifyPositive(emitError, "columns", columns)) &&
      succeeded(verifyPositive(emitError, "kblock", kblock)) && succeeded(verifyPositive(emitError, "panel", panel)));
}

SmallVector<int64_t, 4> PanelsAttr::getPackedShape() const {
  return {llvm::divideCeilSigned(getColumns(), getKblock()), llvm::divideCeilSigned(getRows(), getPanel()), getKblock(),
          getPanel()};
}
