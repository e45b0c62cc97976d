// RUN: attn-opt %s --attn-register-tile --split-input-file --verify-diagnostics | FileCheck %s

// The variant around a function says how many lanes its CPU has.

// CHECK: module @"x86-64-v3"
// CHECK-COUNT-2: vector.load {{.*}} vector<8xf32>
module @"x86-64-v3" attributes {attn.variant = "x86-64-v3"} {
  func.func @f(%m: memref<16xf32>) {
    %c0 = arith.constant 0 : index
    %x = vector.load %m[%c0] : memref<16xf32>, vector<16xf32>
    vector.store %x, %m[%c0] : memref<16xf32>, vector<16xf32>
    return
  }
}

// -----

// expected-error @below {{expects the lanes of 'f' to be a power of two, as an option or from an attribute 'attn.variant' around it, but got 0}}
func.func @f() {
  return
}
