// RUN: attn-opt %s --attn-expand-math=isa=avx512 --cse | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: attn-opt %s --attn-expand-math=isa=avx2 --cse | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: attn-opt %s --attn-expand-math=isa=sse --cse | FileCheck %s --check-prefixes=CHECK,SSE

// CHECK-LABEL: func.func @exp2
// CHECK-SAME: (%[[X:.*]]: vector<16xf32>)
// AVX512: %[[R:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%[[X]], %c9_i32, %[[X]], %c-1_i16, %c4_i32)
// AVX512-COUNT-5: math.fma {{.*}} vector<16xf32>
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%{{.*}}, %[[X]],
// AVX2: math.floor
// AVX2-COUNT-5: math.fma
// AVX2: arith.shli
// AVX2: arith.mulf
// SSE: math.floor
// SSE-NOT: math.fma
// SSE: arith.shli
// CHECK: return
func.func @exp2(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp2 %x : vector<16xf32>
  return %y : vector<16xf32>
}

// A narrower register is widened; a scalar takes the portable way.

// CHECK-LABEL: func.func @narrow
// AVX512: vector.shuffle {{.*}} [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
// AVX512: mask.scalef.ps.512
// AVX512: vector.shuffle {{.*}} [0, 1, 2]
// CHECK: math.floor {{.*}} : f32
func.func @narrow(%x: vector<3xf32>, %s: f32) -> (vector<3xf32>, f32) {
  %y = math.exp2 %x : vector<3xf32>
  %t = math.exp2 %s : f32
  return %y, %t : vector<3xf32>, f32
}
