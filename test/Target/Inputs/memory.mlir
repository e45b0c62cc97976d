// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls the memory functions that a module brings along, on n bytes: `up` and `down` move all but `shift` bytes within the copy of x, towards higher
// and lower addresses; `copy` is the copy; `set` is n bytes of 0x5a; `compare` is the sign of memcmp(x, y).
module attributes {attn.functions = [{
    name = "memory", symbols = [{name = "n", range = array<i64: 0, 4096>}, {name = "shift", range = array<i64: 0, 4096>}],
    args = [{name = "x", dtype = "u8", dims = ["n"]}, {name = "y", dtype = "u8", dims = ["n"]}, {name = "s", dtype = "u8", dims = ["shift"]}],
    results = [{name = "copy", dtype = "u8", dims = ["n"]}, {name = "up", dtype = "u8", dims = ["n"]}, {name = "down", dtype = "u8", dims = ["n"]},
               {name = "set", dtype = "u8", dims = ["n"]}, {name = "compare", dtype = "i32", dims = []}]}]} {
  module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
    llvm.func @memcmp(!llvm.ptr, !llvm.ptr, i64) -> i32
    llvm.func @tensor(%frame: !llvm.ptr, %index: i64) -> !llvm.ptr {
      %tensors = llvm.load %frame : !llvm.ptr -> !llvm.ptr
      %at = llvm.getelementptr %tensors[%index] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.ptr
      %tensor = llvm.load %at : !llvm.ptr -> !llvm.ptr
      llvm.return %tensor : !llvm.ptr
    }
    llvm.func @memory(%frame: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %c0 = llvm.mlir.constant(0 : i64) : i64
      %c1 = llvm.mlir.constant(1 : i64) : i64
      %c3 = llvm.mlir.constant(3 : i64) : i64
      %c4 = llvm.mlir.constant(4 : i64) : i64
      %c5 = llvm.mlir.constant(5 : i64) : i64
      %c6 = llvm.mlir.constant(6 : i64) : i64
      %c7 = llvm.mlir.constant(7 : i64) : i64
      %byte = llvm.mlir.constant(90 : i8) : i8
      %dimsAt = llvm.getelementptr %frame[8] : (!llvm.ptr) -> !llvm.ptr, i8
      %dims = llvm.load %dimsAt : !llvm.ptr -> !llvm.ptr
      %n = llvm.load %dims : !llvm.ptr -> i64
      %shiftAt = llvm.getelementptr %dims[8] : (!llvm.ptr) -> !llvm.ptr, i8
      %shift = llvm.load %shiftAt : !llvm.ptr -> i64
      %rest = llvm.sub %n, %shift : i64
      %x = llvm.call @tensor(%frame, %c0) : (!llvm.ptr, i64) -> !llvm.ptr
      %y = llvm.call @tensor(%frame, %c1) : (!llvm.ptr, i64) -> !llvm.ptr
      %copy = llvm.call @tensor(%frame, %c3) : (!llvm.ptr, i64) -> !llvm.ptr
      %up = llvm.call @tensor(%frame, %c4) : (!llvm.ptr, i64) -> !llvm.ptr
      %down = llvm.call @tensor(%frame, %c5) : (!llvm.ptr, i64) -> !llvm.ptr
      %set = llvm.call @tensor(%frame, %c6) : (!llvm.ptr, i64) -> !llvm.ptr
      %compare = llvm.call @tensor(%frame, %c7) : (!llvm.ptr, i64) -> !llvm.ptr
      "llvm.intr.memcpy"(%copy, %x, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      "llvm.intr.memcpy"(%up, %x, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      "llvm.intr.memcpy"(%down, %x, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      %upTo = llvm.getelementptr %up[%shift] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      "llvm.intr.memmove"(%upTo, %up, %rest) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      %downFrom = llvm.getelementptr %down[%shift] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      "llvm.intr.memmove"(%down, %downFrom, %rest) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
      "llvm.intr.memset"(%set, %byte, %n) <{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()
      %order = llvm.call @memcmp(%x, %y, %n) : (!llvm.ptr, !llvm.ptr, i64) -> i32
      %i0 = llvm.mlir.constant(0 : i32) : i32
      %more = llvm.icmp "sgt" %order, %i0 : i32
      %less = llvm.icmp "slt" %order, %i0 : i32
      %plus = llvm.zext %more : i1 to i32
      %minus = llvm.zext %less : i1 to i32
      %sign = llvm.sub %plus, %minus : i32
      llvm.store %sign, %compare : i32, !llvm.ptr
      llvm.return %ok : i32
    }
    llvm.func @memory.plan(%dims: !llvm.ptr, %concurrency: i64, %sizes: !llvm.ptr, %workspace: !llvm.ptr) -> i32 {
      %ok = llvm.mlir.constant(0 : i32) : i32
      %zero = llvm.mlir.constant(0 : i64) : i64
      %n = llvm.load %dims : !llvm.ptr -> i64
      %at1 = llvm.getelementptr %sizes[1] : (!llvm.ptr) -> !llvm.ptr, i64
      %at2 = llvm.getelementptr %sizes[2] : (!llvm.ptr) -> !llvm.ptr, i64
      %at3 = llvm.getelementptr %sizes[3] : (!llvm.ptr) -> !llvm.ptr, i64
      llvm.store %n, %sizes : i64, !llvm.ptr
      llvm.store %n, %at1 : i64, !llvm.ptr
      llvm.store %n, %at2 : i64, !llvm.ptr
      llvm.store %n, %at3 : i64, !llvm.ptr
      llvm.store %zero, %workspace : i64, !llvm.ptr
      llvm.return %ok : i32
    }
  }
}
