// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading the runtime's frame (`attn_rt_frame`) from generated code, and making
// memrefs of the pointers in it.
#ifndef ATTN_CODEGEN_FRAMEACCESS_H
#define ATTN_CODEGEN_FRAMEACCESS_H

#include "attn_rt/abi.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace attn {

/// The fields of the frame; the value is the offset.
enum class FrameField : int64_t {
  Tensors = offsetof(attn_rt_frame, tensors),
  Dims = offsetof(attn_rt_frame, dims),
  Weights = offsetof(attn_rt_frame, weights),
  Workspace = offsetof(attn_rt_frame, workspace),
  Concurrency = offsetof(attn_rt_frame, concurrency),
  ParallelFor = offsetof(attn_rt_frame, parallel_for),
  ParallelContext = offsetof(attn_rt_frame, parallel_context),
  OpBegin = offsetof(attn_rt_frame, op_begin),
  OpEnd = offsetof(attn_rt_frame, op_end),
  OpContext = offsetof(attn_rt_frame, op_context),
  Fault = offsetof(attn_rt_frame, fault),
  OpWork = offsetof(attn_rt_frame, op_work),
};

/// The address of a field.
mlir::Value frameFieldAddress(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value frame, FrameField field);

/// The value of a field that is a pointer.
mlir::Value loadFramePointer(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value frame, FrameField field);

/// Element `index` of an array of `type` in memory.
mlir::Value loadElement(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value pointer, int64_t index,
                        mlir::Type type);

/// A memref with identity layout over memory at `pointer`; `sizes` are those of
/// the dynamic dimensions, of type index.
mlir::Value makeMemRef(mlir::OpBuilder &builder, mlir::Location loc, mlir::MemRefType type, mlir::Value pointer,
                       mlir::ValueRange sizes);

/// A field that points to bytes, as `memref<?xi8>`. How many there are, only
/// the plan knows; the memref does not bound anything.
mlir::Value loadFrameMemory(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value frame, FrameField field);

} // namespace attn

#endif // ATTN_CODEGEN_FRAMEACCESS_H
