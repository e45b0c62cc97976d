// RUN: attn-opt %s -allow-unregistered-dialect -attn-plan-workspace -canonicalize -cse -split-input-file | FileCheck %s

// %a is dead when %c is written: they share a slot of one size; %b has its own.
// CHECK-LABEL: func.func @reuse(
// CHECK-SAME: %[[X:.*]]: memref<?xf32> {attn.dims = ["n"]}, %[[W:.*]]: memref<?xi8>)
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[N:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK-DAG: %[[B4:.*]] = arith.muli %[[N]], %c4
// CHECK: %[[SLOT:.*]] = arith.muli
// CHECK: %[[A:.*]] = memref.view %[[W]][%[[C0]]][%[[N]]]
// CHECK: memref.view %[[W]][%[[SLOT]]][%[[N]]]
// CHECK: linalg.copy ins(%{{.*}}) outs(%[[A]]
// CHECK-LABEL: func.func private @reuse.plan(
// CHECK-SAME: %[[N:.*]]: index, %{{.*}}: index) -> index
// CHECK: %[[BYTES:.*]] = arith.muli %[[N]], %c4
// CHECK: %[[UP:.*]] = arith.addi %[[BYTES]], %c63
// CHECK: %[[LINES:.*]] = arith.divui %[[UP]], %c64
// CHECK: %[[SLOT:.*]] = arith.muli %[[LINES]], %c64
// CHECK: %[[ALL:.*]] = arith.addi %[[SLOT]], %[[SLOT]]
// CHECK: return %[[ALL]]
func.func @reuse(%x: memref<?xf32> {attn.dims = ["n"]}) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.copy ins(%x : memref<?xf32>) outs(%a : memref<?xf32>)
  %b = memref.alloc(%n) : memref<?xf32>
  linalg.copy ins(%a : memref<?xf32>) outs(%b : memref<?xf32>)
  %c = memref.alloc(%n) : memref<?xf32>
  linalg.copy ins(%b : memref<?xf32>) outs(%c : memref<?xf32>)
  return
}

// -----

// Scratch memory of a parallel body lies behind the slots, once for each worker.
// CHECK-LABEL: func.func @workers(
// CHECK-SAME: %{{.*}}, %[[W:.*]]: memref<?xi8>)
// CHECK: scf.forall
// CHECK-NEXT: %[[NUMBER:.*]] = attn.worker
// CHECK-NEXT: %[[SKIP:.*]] = arith.muli %[[NUMBER]], %c192
// CHECK-NEXT: %[[AT:.*]] = arith.addi %[[SKIP]], %c64
// CHECK-NEXT: memref.view %[[W]][%[[AT]]][] : memref<?xi8> to memref<20xf32>
// CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[SKIP]], %c192
// CHECK-NEXT: memref.view %[[W]][%[[NEXT]]][] : memref<?xi8> to memref<3xf64>
// CHECK-LABEL: func.func private @workers.plan(
// CHECK-SAME: %[[K:.*]]: index) -> index
// CHECK: %[[AREA:.*]] = arith.muli %[[K]], %c192
// CHECK: %[[ALL:.*]] = arith.addi %[[AREA]], %c64
// CHECK: return %[[ALL]]
func.func @workers(%x: memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  linalg.copy ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  scf.forall (%i) in (8) {
    %s = memref.alloc() : memref<20xf32>
    %t = memref.alloc() : memref<3xf64>
    "test.use"(%s, %t) : (memref<20xf32>, memref<3xf64>) -> ()
  }
  linalg.copy ins(%a : memref<4xf32>) outs(%x : memref<4xf32>)
  return
}

// -----

// Callees work in what is left behind the caller's slots, and the plan asks theirs.
// CHECK-LABEL: func.func @caller(
// CHECK-SAME: %[[X:.*]]: memref<?xf32> {attn.dims = ["m"]}, %[[W:.*]]: memref<?xi8>)
// CHECK: %[[REST:.*]] = memref.view %[[W]][%{{.*}}][%{{.*}}] : memref<?xi8> to memref<?xi8>
// CHECK: call @callee(%{{.*}}, %[[REST]])
// CHECK-LABEL: func.func private @caller.plan(
// CHECK-SAME: %[[M:.*]]: index, %[[K:.*]]: index) -> index
// CHECK: %[[INSIDE:.*]] = call @callee.plan(%[[M]], %[[K]])
// CHECK: %[[ALL:.*]] = arith.addi %{{.*}}, %[[INSIDE]]
// CHECK: return %[[ALL]]
func.func @caller(%x: memref<?xf32> {attn.dims = ["m"]}) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.copy ins(%x : memref<?xf32>) outs(%a : memref<?xf32>)
  func.call @callee(%a) : (memref<?xf32>) -> ()
  return
}
func.func private @callee(%x: memref<?xf32> {attn.dims = ["n"]}) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.copy ins(%x : memref<?xf32>) outs(%a : memref<?xf32>)
  return
}

// -----

// Buffers of one branch live at the same time, whatever their order in it: each has a slot, which another branch uses again.
// CHECK-LABEL: func.func @branches(
// CHECK-SAME: %{{.*}}, %{{.*}}, %[[W:.*]]: memref<?xi8>)
// CHECK: scf.if
// CHECK-DAG: memref.view %[[W]][%c0][] : memref<?xi8> to memref<16xf32>
// CHECK-DAG: memref.view %[[W]][%c64][] : memref<?xi8> to memref<16xf32>
// CHECK: scf.if
// CHECK: memref.view %[[W]][%c0][] : memref<?xi8> to memref<16xf32>
// CHECK-LABEL: func.func private @branches.plan(
// CHECK: %[[ALL:.*]] = arith.constant 128 : index
// CHECK: return %[[ALL]]
func.func @branches(%x: memref<16xf32>, %c: memref<2xi1>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %first = memref.load %c[%c0] : memref<2xi1>
  %second = memref.load %c[%c1] : memref<2xi1>
  scf.if %first {
    %a = memref.alloc() : memref<16xf32>
    %b = memref.alloc() : memref<16xf32>
    "test.use"(%a, %b) : (memref<16xf32>, memref<16xf32>) -> ()
  }
  scf.if %second {
    %d = memref.alloc() : memref<16xf32>
    "test.use"(%d, %x) : (memref<16xf32>, memref<16xf32>) -> ()
  }
  return
}

// -----

// A size that depends on data is planned as its bound, through what only grows with it.
// CHECK-LABEL: func.func @filled(
// CHECK: memref.view %{{.*}}[%c0][%[[PANELS:.*]]] : memref<?xi8> to memref<?x32xf32>
// CHECK-LABEL: func.func private @filled.plan(
// CHECK-SAME: %[[CAPACITY:.*]]: index, %{{.*}}: index) -> index
// CHECK: %[[PANELS:.*]] = affine.apply #{{.*}}()[%[[CAPACITY]]]
// CHECK: %[[BYTES:.*]] = arith.muli %[[PANELS]], %c128
// CHECK: %[[UP:.*]] = arith.addi %[[BYTES]], %c63
// CHECK: %[[LINES:.*]] = arith.divui %[[UP]], %c64
// CHECK: %[[ALL:.*]] = arith.muli %[[LINES]], %c64
// CHECK: return %[[ALL]]
func.func @filled(%rows: memref<?xf32> {attn.dims = ["capacity"]}, %length: memref<i64>) {
  %c0 = arith.constant 0 : index
  %capacity = memref.dim %rows, %c0 : memref<?xf32>
  %element = memref.load %length[] : memref<i64>
  %index = arith.index_cast %element : i64 to index
  %n = attn.bounded %index, "expects the size of dimension 0 of tensor.extract_slice to be in 0 to" by %capacity
  %panels = affine.apply affine_map<()[s0] -> (s0 ceildiv 32)>()[%n]
  %a = memref.alloc(%panels) : memref<?x32xf32>
  "test.use"(%a) : (memref<?x32xf32>) -> ()
  return
}

// -----

// The lesser of two numbers, of which one depends on data, is planned for by the other.
// CHECK-LABEL: func.func private @lesser.plan(
// CHECK-SAME: %[[CAPACITY:.*]]: index, %{{.*}}: index) -> index
// CHECK: %[[BYTES:.*]] = arith.muli %[[CAPACITY]], %c64
// CHECK-NEXT: arith.addi %[[BYTES]], %c63
func.func @lesser(%rows: memref<?xf32> {attn.dims = ["capacity"]}, %length: memref<i64>) {
  %c0 = arith.constant 0 : index
  %capacity = memref.dim %rows, %c0 : memref<?xf32>
  %element = memref.load %length[] : memref<i64>
  %index = arith.index_cast %element : i64 to index
  %n = arith.minsi %index, %capacity : index
  %a = memref.alloc(%n) : memref<?x16xf32>
  "test.use"(%a) : (memref<?x16xf32>) -> ()
  return
}

// -----

// Sizes are asked for through views, of which dimensions of size one may be gone.
// CHECK-LABEL: func.func @last(
// CHECK-LABEL: func.func private @last.plan(
// CHECK-SAME: %[[BATCH:.*]]: index, %{{.*}}: index, %{{.*}}: index) -> index
// CHECK: %[[BYTES:.*]] = arith.muli %[[BATCH]], %c32
// CHECK: return
func.func @last(%x: memref<?x?x8xf32> {attn.dims = ["batch", "seq", ""]}, %at: index) {
  %c0 = arith.constant 0 : index
  %batch = memref.dim %x, %c0 : memref<?x?x8xf32>
  %row = memref.subview %x[0, %at, 0] [%batch, 1, 8] [1, 1, 1] : memref<?x?x8xf32> to memref<?x8xf32, strided<[?, 1], offset: ?>>
  %collapsed = memref.cast %row : memref<?x8xf32, strided<[?, 1], offset: ?>> to memref<?x?xf32, strided<[?, ?], offset: ?>>
  %rows = memref.dim %collapsed, %c0 : memref<?x?xf32, strided<[?, ?], offset: ?>>
  %a = memref.alloc(%rows) : memref<?x8xf32>
  "test.use"(%a) : (memref<?x8xf32>) -> ()
  return
}

// -----

// Either branch may run: the larger size is planned.
// CHECK-LABEL: func.func @either(
// CHECK-LABEL: func.func private @either.plan(
// CHECK-SAME: %[[N:.*]]: index, %[[M:.*]]: index, %{{.*}}: index) -> index
// CHECK: arith.maxui %[[N]], %[[M]]
func.func @either(%x: memref<?xf32> {attn.dims = ["n"]}, %y: memref<?xf32> {attn.dims = ["m"]}, %c: memref<i1>) {
  %c0 = arith.constant 0 : index
  %first = memref.load %c[] : memref<i1>
  %z = scf.if %first -> memref<?xf32> {
    scf.yield %x : memref<?xf32>
  } else {
    scf.yield %y : memref<?xf32>
  }
  %n = memref.dim %z, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  "test.use"(%a) : (memref<?xf32>) -> ()
  return
}
