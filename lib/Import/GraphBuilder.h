// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vocabulary in which importers write graphs: pointwise maps, reductions,
// linear layers and layer norms as linalg on tensors, in the forms that the
// compiler's passes recognise. Private to lib/Import.
#ifndef ATTN_IMPORT_GRAPHBUILDER_H
#define ATTN_IMPORT_GRAPHBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace attn {

/// A tensor read by a linalg.generic: its dimensions are these loops.
struct LoopOperand {
  mlir::Value tensor;
  llvm::SmallVector<unsigned, 4> loops;
};

/// Emits ops at the builder's insertion point. Every op carries the name of the
/// step that it belongs to as its location; traces and `--explain` show these
/// names.
class GraphBuilder {
public:
  /// Emits the scalar code of one element.
  using Body = llvm::function_ref<mlir::Value(GraphBuilder &scalar, mlir::ValueRange elements)>;
  using Activation = llvm::function_ref<mlir::Value(GraphBuilder &scalar, mlir::Value x)>;

  GraphBuilder(mlir::OpBuilder builder, mlir::Location loc) : b(builder), loc(loc) {}

  /// Names what follows.
  void beginStep(llvm::StringRef name);

  template <typename Op, typename... Args> auto make(Args &&...args) {
    return Op::create(b, loc, std::forward<Args>(args)...);
  }

  mlir::Value f32(double value);
  mlir::Value i64(int64_t value);
  mlir::OpFoldResult size(mlir::Value tensor, int64_t dim);
  llvm::SmallVector<mlir::OpFoldResult> sizes(mlir::Value tensor);

  /// out[i...] = body(elements of inputs), over loops of these sizes.
  mlir::Value pointwise(llvm::ArrayRef<LoopOperand> inputs, llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        mlir::Type elementType, Body body);

  /// out[kept...] = sum over the other loops of body(elements of inputs), which
  /// gets the sum so far as its last element and returns the new one.
  mlir::Value reduce(llvm::ArrayRef<LoopOperand> inputs, unsigned loops, llvm::ArrayRef<unsigned> kept,
                     llvm::ArrayRef<mlir::OpFoldResult> keptSizes, mlir::Type elementType, Body body);

  /// x [T, K] times weight [N, K], plus bias [N]; then the activation; then
  /// plus residual [T, N]. All that follows the matmul is one linalg.generic,
  /// which becomes its epilogue.
  mlir::Value linear(mlir::Value x, mlir::Value weight, mlir::Value bias, Activation activation = nullptr,
                     mlir::Value residual = nullptr);

  /// Rows of x [T, N] centred, divided by their standard deviation, times gamma
  /// [N], plus beta [N]. Mean and variance in two passes: the one-pass form
  /// cancels.
  mlir::Value layerNorm(mlir::Value x, mlir::Value gamma, mlir::Value beta, double epsilon);

  mlir::OpBuilder b;
  mlir::Location loc;
};

} // namespace attn

#endif // ATTN_IMPORT_GRAPHBUILDER_H
