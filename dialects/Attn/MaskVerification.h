// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the verifiers of all masks share. Private to the dialect.
#ifndef DIALECTS_ATTN_MASKVERIFICATION_H
#define DIALECTS_ATTN_MASKVERIFICATION_H

#include "dialects/Attn/AttnAttrs.h"
#include "mlir/IR/OpImplementation.h"

namespace attn {

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Refuses a literal outside [least, kMaskLimit].
mlir::LogicalResult verifyLiteral(EmitError emitError, const llvm::Twine &subject, int64_t value, int64_t least = 0);

/// Parses an extent of a grid, which may be `?`, and appends it. `name` is that of the mask.
mlir::ParseResult parseExtent(mlir::AsmParser &parser, llvm::StringRef name, llvm::SmallVectorImpl<int64_t> &grid);
/// Prints `grid = [extent, ...]`.
void printGrid(mlir::AsmPrinter &printer, llvm::ArrayRef<int64_t> grid);
/// Refuses a grid of other than 1 to 3 axes, extents that are not positive, and more tokens than there are positions.
mlir::LogicalResult verifyGrid(EmitError emitError, llvm::StringRef name, llvm::ArrayRef<int64_t> grid);

} // namespace attn

#endif // DIALECTS_ATTN_MASKVERIFICATION_H
