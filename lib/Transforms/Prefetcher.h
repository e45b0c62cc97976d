// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the passes that prefetch share: addresses as plain integers, and how far ahead is far enough.
#ifndef ATTN_LIB_TRANSFORMS_PREFETCHER_H
#define ATTN_LIB_TRANSFORMS_PREFETCHER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace attn {

inline constexpr int64_t kLine = 64;
/// Bytes between a row and what is fetched while it is used: as far as memory takes, and near enough that it is not
/// lost again.
inline constexpr int64_t kFarthest = 4096;

/// Numbers are kept in whole bytes: f32, bf16 or f16.
inline bool holdsNumbers(mlir::MemRefType type) {
  mlir::Type element = type.getElementType();
  return element.isF32() || element.isBF16() || element.isF16();
}

inline int64_t elementBytes(mlir::MemRefType type) { return type.getElementTypeBitWidth() / 8; }

/// Emits integer address arithmetic and prefetches.
class Prefetcher {
public:
  Prefetcher(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  mlir::Value constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, loc, value); }
  mlir::Value add(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::AddIOp>(loc, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::SubIOp>(loc, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, y); }
  mlir::Value ceilDiv(mlir::Value x, mlir::Value y) { return b.createOrFold<mlir::arith::CeilDivUIOp>(loc, x, y); }

  /// The address of an element of a memref, and the bytes from it to the next along each dimension.
  std::pair<mlir::Value, llvm::SmallVector<mlir::Value>> address(mlir::Value memref, mlir::ValueRange indices);
  /// `locality`: 3 keeps the line in L1, 2 in L2.
  void prefetch(mlir::Value address, bool write, unsigned locality);

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace attn

#endif // ATTN_LIB_TRANSFORMS_PREFETCHER_H
