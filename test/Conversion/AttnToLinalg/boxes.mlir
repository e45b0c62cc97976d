// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s
// A walk over boxes: neither keys nor values are packed; a box lists its keys line by line, and its lanes are queries.

// CHECK-LABEL: func.func @image(
// CHECK-NOT: tensor<{{.*}}x64x16xf32>
// A task owns 4 lines of the image.
// CHECK: scf.forall (%{{.*}}, %[[SLAB:.*]]) in (4, 16)
// CHECK: bufferization.alloc_tensor() : tensor<64x16xf32>
// CHECK: bufferization.alloc_tensor() : tensor<16x64xf32>
// CHECK: bufferization.alloc_tensor() : tensor<256x16xf32>
// Keys of a line from the first that some query of the box sees; each is written down with its coordinates.
// CHECK: scf.for
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%c0, %{{.*}}] : tensor<3x4104xi32>
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%c1, %{{.*}}] : tensor<3x4104xi32>
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%c2, %{{.*}}] : tensor<3x4104xi32>
// Queries are gathered, and turned so that lanes are queries.
// CHECK: linalg.transpose ins(%{{.*}} : tensor<16x16xf32>)
// Eight keys at a time, wherever they lie, times one element of all queries; as they are where all queries see them.
// CHECK-COUNT-8: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<1x1xf32>, tensor<1x16xf32>)
// CHECK-NOT: arith.select
// CHECK-COUNT-8: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<1x1xf32>, tensor<1x16xf32>)
// Scores of keys that are not visible are replaced, never added to.
// CHECK: arith.select
// CHECK: math.exp2
// Weights of four queries at a time times a row of values, wherever it lies: 256 sums.
// CHECK: scf.for {{.*}} -> (tensor<1x64xf32>, tensor<1x64xf32>, tensor<1x64xf32>, tensor<1x64xf32>)
// CHECK-COUNT-4: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<1x1xf32>, tensor<1x64xf32>)
// CHECK: attn.op_end "attention" done
func.func @image(%q: tensor<1x4x4096x64xf32>) -> tensor<1x4x4096x64xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.neighborhood<grid = [64, 64], window = [7, 7]>)
      schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 16, box = [4, 4]>)
     : (tensor<1x4x4096x64xf32>, tensor<1x4x4096x64xf32>, tensor<1x4x4096x64xf32>) -> tensor<1x4x4096x64xf32>
  return %o : tensor<1x4x4096x64xf32>
}

// The bands of a union are sorted and joined, so that no key is taken twice.
// CHECK-LABEL: func.func @bands(
// CHECK: bufferization.alloc_tensor() : tensor<24x2xindex>
// CHECK: scf.for
func.func @bands(%q: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.or<#attn.prefix<4>, #attn.window<30, 0>>)
      schedule(#attn.schedule<rows = 192, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [16]>)
     : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
  return %o : tensor<1x4x?x64xf32>
}
