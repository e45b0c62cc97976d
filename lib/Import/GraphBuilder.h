// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vocabulary in which importers write graphs: pointwise maps, reductions,
// linear layers, norms, rows and heads on tensors, in the forms that the
// compiler's passes recognise. Private to lib/Import.
#ifndef ATTN_IMPORT_GRAPHBUILDER_H
#define ATTN_IMPORT_GRAPHBUILDER_H

#include "dialects/Attn/AttnAttrs.h"
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
  using ElementFn = llvm::function_ref<mlir::Value(GraphBuilder &scalar, mlir::Value x)>;
  using CombineFn = llvm::function_ref<mlir::Value(GraphBuilder &scalar, mlir::Value x, mlir::Value residual)>;

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

  /// x [T, K] times weight [N, K], plus bias [N] where there is one; then the
  /// activation; then `combine` with residual [T, N], which is to add it unless
  /// said otherwise. All that follows the matmul is one linalg.generic, which
  /// becomes its epilogue. The weight may be stored in bf16 or f16.
  mlir::Value linear(mlir::Value x, mlir::Value weight, mlir::Value bias, ElementFn activation = nullptr,
                     mlir::Value residual = nullptr, CombineFn combine = nullptr);

  /// A norm of rows; `bias` may be null.
  mlir::Value norm(NormKind kind, mlir::Value x, mlir::Value weight, mlir::Value bias, double epsilon);

  /// A scalar of a storage type as f32.
  mlir::Value widened(mlir::Value x);

  /// [B, S, width] to [B * S, width].
  mlir::Value collapseRows(mlir::Value x);
  /// [B * S, width] to [B, S, width], sizes as in `like`.
  mlir::Value expandRows(mlir::Value x, mlir::Value like);
  /// Columns [first, first + count) of x [T, width].
  mlir::Value columns(mlir::Value x, int64_t first, int64_t count);
  /// [B * S, heads * size] to [B, S, heads, size], B and S as in `like`.
  mlir::Value splitHeads(mlir::Value rows, mlir::Value like, int64_t heads, int64_t size);
  /// [B, S, heads, size] to [B, heads, S, size], B and S read from `like`.
  mlir::Value swapHeads(mlir::Value x, mlir::Value like);
  /// [B, heads, S, size] to [B * S, heads * size].
  mlir::Value joinHeads(mlir::Value x);

  mlir::OpBuilder b;
  mlir::Location loc;
};

} // namespace attn

#endif // ATTN_IMPORT_GRAPHBUILDER_H
