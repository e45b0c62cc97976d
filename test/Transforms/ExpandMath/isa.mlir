// RUN: attn-opt %s --attn-expand-math --split-input-file --verify-diagnostics | FileCheck %s

// The variant around a function says what its CPU has.

// CHECK: module @"x86-64-v4"
// CHECK: llvm.x86.avx512.mask.scalef.ps.512
module @"x86-64-v4" attributes {attn.variant = "x86-64-v4"} {
  func.func @f(%x: vector<16xf32>) -> vector<16xf32> {
    %y = math.exp2 %x : vector<16xf32>
    return %y : vector<16xf32>
  }
}

// -----

// CHECK: module @"x86-64-v2"
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
  func.func @f(%x: vector<4xf32>) -> vector<4xf32> {
    %y = math.fma %x, %x, %x : vector<4xf32>
    return %y : vector<4xf32>
  }
}

// -----

// expected-error @below {{expects the isa of 'f' to be avx512, avx2 or sse, as an option or from an attribute 'attn.variant' around it, but got ''}}
func.func @f() {
  return
}
