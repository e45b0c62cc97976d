// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads from the frame, and memref descriptors field by field.
#include "attn/Codegen/FrameAccess.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <limits>

using namespace mlir;

static Type pointerType(OpBuilder &builder) { return LLVM::LLVMPointerType::get(builder.getContext()); }

Value attn::frameFieldAddress(OpBuilder &builder, Location loc, Value frame, FrameField field) {
  return LLVM::GEPOp::create(builder, loc, pointerType(builder), builder.getI8Type(), frame,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(field)});
}

Value attn::loadFramePointer(OpBuilder &builder, Location loc, Value frame, FrameField field) {
  return LLVM::LoadOp::create(builder, loc, pointerType(builder), frameFieldAddress(builder, loc, frame, field));
}

Value attn::loadElement(OpBuilder &builder, Location loc, Value pointer, int64_t index, Type type) {
  Value address = LLVM::GEPOp::create(builder, loc, pointerType(builder), type, pointer,
                                      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
  return LLVM::LoadOp::create(builder, loc, type, address);
}

Value attn::makeMemRef(OpBuilder &builder, Location loc, MemRefType type, Value pointer, ValueRange sizes) {
  LLVMTypeConverter converter(builder.getContext());
  auto i64 = builder.getI64Type();
  auto number = [&](int64_t value) -> Value { return LLVM::ConstantOp::create(builder, loc, i64, value); };
  auto descriptor = MemRefDescriptor::poison(builder, loc, converter.convertType(type));
  descriptor.setAllocatedPtr(builder, loc, pointer);
  descriptor.setAlignedPtr(builder, loc, pointer);
  descriptor.setOffset(builder, loc, number(0));
  SmallVector<Value> dims;
  for (int64_t size : type.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      dims.push_back(number(size));
      continue;
    }
    dims.push_back(arith::IndexCastOp::create(builder, loc, i64, sizes.front()));
    sizes = sizes.drop_front();
  }
  Value stride = number(1);
  for (int64_t axis = type.getRank() - 1; axis >= 0; --axis) {
    descriptor.setSize(builder, loc, axis, dims[axis]);
    descriptor.setStride(builder, loc, axis, stride);
    if (axis > 0)
      stride = LLVM::MulOp::create(builder, loc, stride, dims[axis]);
  }
  Value built = descriptor;
  return UnrealizedConversionCastOp::create(builder, loc, TypeRange{type}, ValueRange{built}).getResult(0);
}

Value attn::loadFrameMemory(OpBuilder &builder, Location loc, Value frame, FrameField field) {
  Value pointer = loadFramePointer(builder, loc, frame, field);
  Value all = arith::ConstantIndexOp::create(builder, loc, std::numeric_limits<int64_t>::max());
  return makeMemRef(builder, loc, MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()), pointer, all);
}
