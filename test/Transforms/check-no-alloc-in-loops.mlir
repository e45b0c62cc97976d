// RUN: attn-opt %s -attn-check-no-alloc-in-loops -split-input-file -verify-diagnostics

// Scratch memory of a worker, and a copy into it.
func.func @allowed(%x: memref<4xf32>, %n: index) {
  %outside = memref.alloc() : memref<4xf32>
  memref.copy %x, %outside : memref<4xf32> to memref<4xf32>
  scf.forall (%i) in (%n) {
    %scratch = memref.alloc() : memref<4xf32>
    memref.copy %x, %scratch : memref<4xf32> to memref<4xf32>
  }
  return
}

// -----

// A slice that the program inserts.
func.func @insertion(%x: memref<4xf32>, %y: memref<8x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %j = %c0 to %c8 step %c1 {
    %row = memref.subview %y[%j, 0] [1, 4] [1, 1] : memref<8x4xf32> to memref<4xf32, strided<[1], offset: ?>>
    memref.copy %x, %row : memref<4xf32> to memref<4xf32, strided<[1], offset: ?>>
  }
  return
}

// -----

func.func @alloc(%x: memref<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.forall (%i) in (%n) {
    scf.for %j = %c0 to %n step %c1 {
      // expected-error @+1 {{expects loops to neither allocate nor copy buffers, but got memref.alloc}}
      %a = memref.alloc() : memref<4xf32>
    }
  }
  return
}

// -----

func.func @alloca(%n: index) {
  scf.forall (%i) in (%n) {
    scf.forall (%j) in (%n) {
      // expected-error @+1 {{expects loops to neither allocate nor copy buffers, but got memref.alloca}}
      %a = memref.alloca() : memref<4xf32>
    }
  }
  return
}

// -----

func.func @copy(%x: memref<4xf32>, %y: memref<4xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %j = %c0 to %n step %c1 {
    // expected-error @+1 {{expects loops to neither allocate nor copy buffers, but got memref.copy}}
    memref.copy %x, %y : memref<4xf32> to memref<4xf32>
  }
  return
}
