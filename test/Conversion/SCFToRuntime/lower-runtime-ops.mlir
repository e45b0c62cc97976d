// RUN: attn-opt %s -attn-lower-runtime-ops -split-input-file -verify-diagnostics | FileCheck %s

// The entry names what the indices of operations and faults stand for; callees' come in the place of the call.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: attn.faults = ["expects a token id below {bound}, but got {actual}"]
// CHECK-SAME: attn.ops = {{\[}}["embed", "gather"], ["layer0.attention", "attention"], ["layer1.attention", "attention"]]
// CHECK: llvm.icmp "eq"
// CHECK: cf.cond_br %{{.*}}, ^[[AFTER:.*]], ^[[CALL:.*]]
// CHECK: ^[[CALL]]:
// CHECK: %[[STATUS:.*]] = llvm.call %{{.*}}(%{{.*}}, %{{.*}}) : !llvm.ptr, (!llvm.ptr, i32) -> i32
// CHECK: cf.cond_br %{{.*}}, ^[[AFTER]], ^[[EXIT:.*]](%[[STATUS]] : i32)
// CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[FAULT:.*]]
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, i64, i64) -> ()
// CHECK: call @layer(%{{.*}}, %{{.*}}, %c1_i32{{.*}})
// CHECK: call @layer(%{{.*}}, %{{.*}}, %c2_i32{{.*}})
// CHECK: ^[[EXIT]](%[[VALUE:.*]]: i32):
// CHECK-NEXT: return %[[VALUE]]
// CHECK: ^[[FAULT]]:
// CHECK: llvm.getelementptr %{{.*}}[80]
// CHECK-COUNT-3: llvm.store
// CHECK: %[[TWO:.*]] = arith.constant 2 : i32
// CHECK: return %[[TWO]]
func.func @f(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 0 : i32
  %a = arith.constant 7 : index
  %b = arith.constant 5 : index
  %m = memref.alloc() : memref<4xf32>
  attn.op_begin "embed" kind "gather"
  %ok = arith.cmpi slt, %a, %b : index
  attn.require %ok, "expects a token id below" actual %a bound %b
  attn.op_end "embed" done %a skipped %b
  %0 = func.call @layer(%frame, %m) {attn.name = "layer0"} : (!llvm.ptr, memref<4xf32>) -> i32
  %1 = func.call @layer(%frame, %m) {attn.name = "layer1"} : (!llvm.ptr, memref<4xf32>) -> i32
  return %zero : i32
}
// CHECK-LABEL: func.func private @layer(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: memref<4xf32>, %[[BASE:.*]]: i32) -> i32
// CHECK: arith.addi %[[BASE]], %c0_i32
func.func private @layer(%frame: !llvm.ptr, %m: memref<4xf32>) -> i32 {
  %zero = arith.constant 0 : i32
  attn.op_begin "attention" kind "attention"
  attn.op_end "attention"
  return %zero : i32
}

// -----

func.func @end(%frame: !llvm.ptr) -> i32 {
  %zero = arith.constant 0 : i32
  // expected-error @+1 {{expects attn.op_end to follow attn.op_begin of the same name, but got 'x'}}
  attn.op_end "x"
  return %zero : i32
}

// -----

func.func private @body(%arg: !llvm.ptr, %index: i64, %worker: i64) {
  // expected-error @+1 {{expects parallel loops to hold no op of the runtime, but got attn.op_begin}}
  attn.op_begin "x" kind "y"
  return
}

// -----

// A bound is a condition with the value as what was found.
// CHECK-LABEL: func.func private @bounded(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %[[N:.*]]: index, %[[MOST:.*]]: index, %{{.*}}: i32)
// CHECK: %[[LOW:.*]] = arith.cmpi sge, %[[N]], %c0
// CHECK: %[[HIGH:.*]] = arith.cmpi sle, %[[N]], %[[MOST]]
// CHECK: %[[IN:.*]] = arith.andi %[[LOW]], %[[HIGH]]
// CHECK: cf.cond_br %[[IN]]
func.func private @bounded(%frame: !llvm.ptr, %n: index, %most: index) -> i32 {
  %zero = arith.constant 0 : i32
  %m = attn.bounded %n, "expects n to be in 0 to" by %most
  return %zero : i32
}

// -----

// Work goes to its own function before the end; one that is unknown is not reported.
// CHECK-LABEL: func.func private @work(
// CHECK-SAME: %[[FRAME:.*]]: !llvm.ptr, %[[F:.*]]: index, %[[B:.*]]: index, %{{.*}}: i32)
// CHECK: llvm.getelementptr %[[FRAME]][104]
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, i64, i64) -> ()
// CHECK: llvm.call %{{.*}}(%{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, i64, i64) -> ()
// CHECK-NOT: llvm.getelementptr %[[FRAME]][104]
func.func private @work(%frame: !llvm.ptr, %flops: index, %bytes: index) -> i32 {
  %zero = arith.constant 0 : i32
  attn.op_begin "known" kind "matmul"
  attn.op_end "known" flops %flops bytes %bytes
  attn.op_begin "unknown" kind "rows"
  attn.op_end "unknown"
  return %zero : i32
}
