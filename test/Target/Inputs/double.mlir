// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the kernel phase leaves of a function that doubles n numbers, written by hand: y[i] = x[i] + x[i], one op, 64 bytes of workspace.
module attributes {attn.functions = [{
    name = "double",
    symbols = [{name = "n", range = array<i64: 0, 1000000>}],
    args = [{name = "x", dtype = "f32", dims = ["n"]}],
    results = [{name = "y", dtype = "f32", dims = ["n"]}]}]} {
  module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
    llvm.func @double(%frame: !llvm.ptr) -> i32 attributes {attn.ops = [["add", "elementwise"]], attn.faults = []} {
      %c0 = llvm.mlir.constant(0 : i64) : i64
      %c1 = llvm.mlir.constant(1 : i64) : i64
      %ok = llvm.mlir.constant(0 : i32) : i32
      %tensors = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      %x = llvm.load %tensors : !llvm.ptr -> !llvm.ptr
      %at = llvm.getelementptr %tensors[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
      %y = llvm.load %at : !llvm.ptr -> !llvm.ptr
      %dimsAt = llvm.getelementptr %frame[8] : (!llvm.ptr) -> !llvm.ptr, i8
      %dims = llvm.load %dimsAt : !llvm.ptr -> !llvm.ptr
      %n = llvm.load %dims : !llvm.ptr -> i64
      llvm.br ^head(%c0 : i64)
    ^head(%i: i64):
      %more = llvm.icmp "slt" %i, %n : i64
      llvm.cond_br %more, ^body, ^end
    ^body:
      %from = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      %to = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      %v = llvm.load %from : !llvm.ptr -> f32
      %sum = llvm.call @add(%v, %v) : (f32, f32) -> f32
      llvm.store %sum, %to : f32, !llvm.ptr
      %next = llvm.add %i, %c1 : i64
      llvm.br ^head(%next : i64)
    ^end:
      llvm.return %ok : i32
    }
    llvm.func @add(%a: f32, %b: f32) -> f32 {
      %sum = llvm.fadd %a, %b : f32
      llvm.return %sum : f32
    }
    llvm.func @double.plan(%dims: !llvm.ptr, %concurrency: i64, %sizes: !llvm.ptr, %workspace: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %bytes = llvm.mlir.constant(64 : i64) : i64
      %n = llvm.load %dims : !llvm.ptr -> i64
      llvm.store %n, %sizes : i64, !llvm.ptr
      llvm.store %bytes, %workspace : i64, !llvm.ptr
      llvm.return %ok : i32
    }
  }
}
