// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// y = x * x + x on 16 lanes; the plan computes a size in floating point, through a function of its own.
module attributes {attn.functions = [{
    name = "scale", symbols = [],
    args = [{name = "x", dtype = "f32", dims = [16]}],
    results = [{name = "y", dtype = "f32", dims = [16]}]}]} {
  module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
    llvm.func @scale(%frame: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %tensors = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      %from = llvm.load %tensors : !llvm.ptr -> !llvm.ptr
      %at = llvm.getelementptr %tensors[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
      %to = llvm.load %at : !llvm.ptr -> !llvm.ptr
      %x = llvm.load %from {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
      %square = llvm.fmul %x, %x : vector<16xf32>
      %y = llvm.fadd %square, %x : vector<16xf32>
      llvm.store %y, %to {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
      llvm.return %ok : i32
    }
    llvm.func @scale.plan(%dims: !llvm.ptr, %concurrency: i64, %sizes: !llvm.ptr, %workspace: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %four = llvm.mlir.constant(4.0 : f32) : f32
      %zero = llvm.mlir.constant(0 : i64) : i64
      %size = llvm.call @size(%four) : (f32) -> f32
      %n = llvm.fptosi %size : f32 to i64
      llvm.store %n, %sizes : i64, !llvm.ptr
      llvm.store %zero, %workspace : i64, !llvm.ptr
      llvm.return %ok : i32
    }
    llvm.func @size(%x: f32) -> f32 attributes {no_inline} {
      %square = llvm.fmul %x, %x : f32
      llvm.return %square : f32
    }
  }
}
