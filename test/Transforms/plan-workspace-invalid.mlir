// RUN: attn-opt %s -attn-plan-workspace -split-input-file -verify-diagnostics

func.func @f(%x: memref<1xindex>) {
  %c0 = arith.constant 0 : index
  %n = memref.load %x[%c0] : memref<1xindex>
  // expected-error @+1 {{expects the size of a temporary to follow from the sizes of the arguments, but got 'memref<?xf32>'}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{expects a temporary to fit into memory, but got 'memref<4294967296x4294967296xf32>'}}
  %a = memref.alloc() : memref<4294967296x4294967296xf32>
  return
}

// -----

// expected-error @+1 {{expects functions not to call themselves, but got '@f'}}
func.func @f() {
  func.call @f() : () -> ()
  return
}

// -----

func.func private @g() {
  return
}
func.func @f(%n: index) {
  scf.forall (%i) in (%n) {
    // expected-error @+1 {{expects calls to be outside of parallel loops, but got a call of '@g'}}
    func.call @g() : () -> ()
  }
  return
}

// -----

func.func private @g(%x: memref<?xf32> {attn.dims = ["n"]}) {
  return
}
func.func @f(%x: memref<?xf32>) {
  // expected-error @+1 {{expects the sizes of operands to follow from the sizes of the arguments, but got a call of '@g'}}
  func.call @g(%x) : (memref<?xf32>) -> ()
  return
}

// -----

// What is left of a bound is not bounded by it.
func.func @left(%rows: memref<?xf32> {attn.dims = ["capacity"]}, %length: memref<i64>) {
  %c0 = arith.constant 0 : index
  %capacity = memref.dim %rows, %c0 : memref<?xf32>
  %element = memref.load %length[] : memref<i64>
  %index = arith.index_cast %element : i64 to index
  %n = attn.bounded %index, "expects the length to be in 0 to" by %capacity
  %rest = arith.subi %capacity, %n : index
  // expected-error @+1 {{expects the size of a temporary to follow from the sizes of the arguments, but got 'memref<?xf32>'}}
  %a = memref.alloc(%rest) : memref<?xf32>
  return
}

// -----

// What falls when the length grows is not bounded by it either.
func.func @falls(%rows: memref<?xf32> {attn.dims = ["capacity"]}, %length: memref<i64>) {
  %c0 = arith.constant 0 : index
  %minus = arith.constant -2 : index
  %capacity = memref.dim %rows, %c0 : memref<?xf32>
  %element = memref.load %length[] : memref<i64>
  %index = arith.index_cast %element : i64 to index
  %n = attn.bounded %index, "expects the length to be in 0 to" by %capacity
  %less = arith.muli %n, %minus : index
  %size = arith.addi %capacity, %less : index
  // expected-error @+1 {{expects the size of a temporary to follow from the sizes of the arguments, but got 'memref<?xf32>'}}
  %a = memref.alloc(%size) : memref<?xf32>
  return
}
