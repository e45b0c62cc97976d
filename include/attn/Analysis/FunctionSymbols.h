// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The symbols of a function: the names that `attn.dims` gives to the dynamic
// dimensions of its arguments. Equal names mean equal sizes. Their order, that
// of first appearance, is the order in which sizes reach a compiled function
// (`attn_rt_frame::dims`) and its plan.
#ifndef ATTN_ANALYSIS_FUNCTIONSYMBOLS_H
#define ATTN_ANALYSIS_FUNCTIONSYMBOLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"
#include <optional>

namespace attn {

inline constexpr llvm::StringLiteral kNameAttr = "attn.name";
inline constexpr llvm::StringLiteral kDimsAttr = "attn.dims";
/// On an argument: it is the memory of a result.
inline constexpr llvm::StringLiteral kResultAttr = "attn.result";
/// On a result: the name of the argument of which it is the new content, in the same memory. Such an argument is state.
inline constexpr llvm::StringLiteral kUpdatesAttr = "attn.updates";
/// On an argument: a result is its new content.
inline constexpr llvm::StringLiteral kStateAttr = "attn.state";
/// On a function: how its states grow. A dictionary of the names of symbols `capacity` and `batch`, of the argument
/// `length`, and `step`, a symbol's name or a size.
inline constexpr llvm::StringLiteral kSessionAttr = "attn.session";

/// The name that `attn.dims` has for a dimension; empty when static or unnamed.
llvm::StringRef getArgDimName(mlir::func::FuncOp func, unsigned arg, int64_t axis);
llvm::StringRef getResultDimName(mlir::func::FuncOp func, unsigned result, int64_t axis);

/// The argument of which a result is the new content: none when the result is an ordinary one, failure (without an
/// error) when no argument has the name.
mlir::FailureOr<std::optional<unsigned>> getUpdatedArg(mlir::func::FuncOp func, unsigned result);

/// The symbols of all arguments that are not results.
llvm::SetVector<llvm::StringRef> getSymbols(mlir::func::FuncOp func);

/// The name of the function that plans `func`.
std::string getPlanName(mlir::func::FuncOp func);

} // namespace attn

#endif // ATTN_ANALYSIS_FUNCTIONSYMBOLS_H
