// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The signature of an entry point: the names, element types and dimensions of
// its arguments and results, as the runtime will check them. It is read from a
// public function over tensors, and lives on as the attribute `attn.functions`
// of the outermost module when lowering has taken the tensors away.
#ifndef ATTN_ANALYSIS_SIGNATURE_H
#define ATTN_ANALYSIS_SIGNATURE_H

#include "attn_rt/abi.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace attn {

/// On the outermost module: one dictionary for each entry point, in the order
/// of the source.
inline constexpr llvm::StringLiteral kFunctionsAttr = "attn.functions";

/// On an entry point (`llvm.func` after the kernel phase): what its op indices
/// stand for, an array of pairs of strings, name and kind, and the sentence of
/// each fault site (see abi.h). Every variant of a function has the same.
inline constexpr llvm::StringLiteral kOpsAttr = "attn.ops";
inline constexpr llvm::StringLiteral kFaultsAttr = "attn.faults";

/// The greatest size of a dimension: code holds positions in 32 bits.
inline constexpr int64_t kLargestSize = INT32_MAX;

/// A dimension's symbol is an index into the function's symbols,
/// ATTN_RT_DIM_STATIC or ATTN_RT_DIM_COMPUTED.
struct SignatureDim {
  int32_t symbol = ATTN_RT_DIM_STATIC;
  int64_t size = 0;
};

struct SignatureValue {
  std::string name;
  attn_rt_dtype dtype = ATTN_RT_F32;
  std::vector<SignatureDim> dims;
  /// The values that an integer argument accepts, both ends included.
  std::optional<std::pair<int64_t, int64_t>> range;
  /// Of arguments: memory that a session keeps and a call updates; the number of positions it holds before a call.
  bool isState = false, isLength = false;
};

/// How the states of a function grow with a call; see abi.h.
struct SignatureSession {
  SignatureDim step;
  int32_t capacity = ATTN_RT_DIM_STATIC;
  int32_t batch = ATTN_RT_DIM_STATIC;
};

struct SignatureSymbol {
  std::string name;
  int64_t min = 0;
  int64_t max = kLargestSize;
};

struct FunctionSignature {
  std::string name;
  std::vector<SignatureSymbol> symbols;
  /// Results that are the new content of a state are not among the results.
  std::vector<SignatureValue> args, results;
  /// Of functions with states.
  std::optional<SignatureSession> session;
};

/// "f32" and the like; nothing for what the runtime does not know.
llvm::StringRef getDtypeName(attn_rt_dtype dtype);
std::optional<attn_rt_dtype> findDtype(llvm::StringRef name);
std::optional<attn_rt_dtype> getDtype(mlir::Type elementType);

/// Reads the signature of a public function over tensors. Values without a name
/// are called `arg0`, `result0`; an unnamed dynamic dimension of an argument
/// becomes a symbol of its own, one of a result is left to the plan.
mlir::FailureOr<FunctionSignature> extractSignature(mlir::func::FuncOp function);

/// The forms of `attn.functions`. Reading checks everything, because a user may
/// have written it.
mlir::DictionaryAttr signatureToAttr(mlir::MLIRContext *context, const FunctionSignature &signature);
mlir::FailureOr<std::vector<FunctionSignature>> readSignatures(mlir::ModuleOp module);

/// Emits an error at `op` unless the states of the function are as the runtime expects them.
mlir::LogicalResult verifySession(mlir::Operation *op, const FunctionSignature &signature);

/// Whether the loader accepts the text in a description: UTF-8 without control
/// characters, not too long.
bool isPlainText(llvm::StringRef text);

/// Emits an error at `op` unless the runtime's loader would accept the
/// signature.
mlir::LogicalResult verifySignature(mlir::Operation *op, const FunctionSignature &signature);

} // namespace attn

#endif // ATTN_ANALYSIS_SIGNATURE_H
