// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the parts of attn-tile-linalg share: matmuls (TileMatmul.cpp) and groups of row-wise ops (RowGroup.cpp,
// TileRows.cpp).
#ifndef LIB_TRANSFORMS_TILELINALG_H
#define LIB_TRANSFORMS_TILELINALG_H

#include "dialects/Attn/AttnAttrs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace attn {

/// Folding index arithmetic at one place.
class IndexMath {
public:
  IndexMath(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  mlir::Value constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, loc, value); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::AddIOp>(loc, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::SubIOp>(loc, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, y); }
  mlir::Value mul(mlir::Value x, int64_t y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, constant(y)); }
  mlir::Value ceilDiv(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::CeilDivUIOp>(loc, x, y); }
  mlir::Value floorTo(mlir::Value x, int64_t y) {
    return mul(b.createOrFold<mlir::arith::DivUIOp>(loc, x, constant(y)), y);
  }
  mlir::Value min(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MinUIOp>(loc, x, y); }
  mlir::Value max(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MaxUIOp>(loc, x, y); }

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
};

/// Floating-point operations, and bytes of what goes in and out.
struct OpWork {
  mlir::Value flops, bytes;
};

/// Announces the op of the graph that begins or ends here, named by the first name in `loc`, else by `kind`.
void beginOp(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef kind);
void endOp(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef kind, OpWork work);

/// The work of ops that become one op of the graph, the last of which has its result.
OpWork countWork(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<mlir::linalg::LinalgOp> ops);

/// The panels that a matmul's right operand is unpacked from; null when it is something else.
mlir::Value getPackedRight(mlir::linalg::MatmulOp matmul);

/// The layout of the panels.
PanelsAttr getRightLayout(mlir::linalg::MatmulOp matmul);

/// The f32 in a vector of the CPU that the code around `op` is for.
int64_t getLanes(mlir::Operation *op);

/// Replaces a matmul whose right operand is unpacked from panels, and the elementwise ops that alone consume its
/// result, by loops around register tiles. `lanes`: f32 in a vector of the CPU. Fails, with a diagnostic, when the
/// matmul's schedule does not fit.
mlir::LogicalResult tileMatmul(mlir::IRRewriter &rewriter, mlir::linalg::MatmulOp matmul, int64_t lanes);

/// Replaces a linalg op that works row by row, and the ops that feed nothing but it and its rows, by loops over
/// vectors. Returns whether it did. `announce`: whether it is an op of the graph by itself.
bool tileRows(mlir::IRRewriter &rewriter, mlir::linalg::LinalgOp root, int64_t lanes, bool announce);

} // namespace attn

#endif // LIB_TRANSFORMS_TILELINALG_H
