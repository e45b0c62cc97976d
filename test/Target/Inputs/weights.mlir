// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module with weights: one as it is, two joined, one in panels of 4 columns and 2 rows of depth, and one that repeats the first. Its function
// gives the first element of the panels.
module attributes {attn.weights_bytes = 512 : i64, attn.functions = [{
    name = "first", symbols = [], args = [], results = [{name = "w", dtype = "f32", dims = [1]}]}]} {
  ml_program.global private @plain(#ml_program.extern<tensor<3xf32>>) : tensor<3xf32> {attn.source = "w.safetensors:a", attn.offset = 0 : i64}
  ml_program.global private @again(#ml_program.extern<tensor<3xf32>>) : tensor<3xf32> {attn.source = "w.safetensors:a", attn.offset = 0 : i64}
  ml_program.global private @joined(#ml_program.extern<tensor<3x2xf32>>) : tensor<3x2xf32> {attn.source = ["w.safetensors:b", "w.safetensors:c"], attn.offset = 64 : i64}
  ml_program.global private @packed(#ml_program.extern<tensor<2x2x2x4xf32>>) : tensor<2x2x2x4xf32> {attn.source = "w.safetensors:d", attn.offset = 128 : i64, attn.layout = #attn.panels<rows = 5, columns = 3, kblock = 2, panel = 4>}
  module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
    llvm.func @first(%frame: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %tensors = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      %to = llvm.load %tensors : !llvm.ptr -> !llvm.ptr
      %weightsAt = llvm.getelementptr %frame[16] : (!llvm.ptr) -> !llvm.ptr, i8
      %weights = llvm.load %weightsAt : !llvm.ptr -> !llvm.ptr
      %from = llvm.getelementptr %weights[128] : (!llvm.ptr) -> !llvm.ptr, i8
      %w = llvm.load %from : !llvm.ptr -> f32
      llvm.store %w, %to : f32, !llvm.ptr
      llvm.return %ok : i32
    }
    llvm.func @first.plan(%dims: !llvm.ptr, %concurrency: i64, %sizes: !llvm.ptr, %workspace: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %zero = llvm.mlir.constant(0 : i64) : i64
      %one = llvm.mlir.constant(1 : i64) : i64
      llvm.store %one, %sizes : i64, !llvm.ptr
      llvm.store %zero, %workspace : i64, !llvm.ptr
      llvm.return %ok : i32
    }
  }
}
