// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Prefetcher.h"

using namespace mlir;
using namespace attn;

std::pair<Value, SmallVector<Value>> Prefetcher::address(Value memref, ValueRange indices) {
  int64_t bytes = elementBytes(cast<MemRefType>(memref.getType()));
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  Value element = metadata.getOffset();
  SmallVector<Value> byteStrides;
  for (auto [index, stride] : llvm::zip_equal(indices, metadata.getStrides())) {
    element = add(element, mul(index, stride));
    byteStrides.push_back(mul(stride, constant(bytes)));
  }
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  return {add(base, mul(element, constant(bytes))), byteStrides};
}

void Prefetcher::prefetch(Value address, bool write, unsigned locality) {
  Value integer = arith::IndexCastOp::create(b, loc, b.getI64Type(), address);
  Value pointer = LLVM::IntToPtrOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), integer);
  LLVM::Prefetch::create(b, loc, pointer, /*rw=*/write ? 1 : 0, locality, /*cache=*/1);
}
