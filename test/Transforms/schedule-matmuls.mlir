// RUN: attn-opt %s -pass-pipeline='builtin.module(builtin.module(func.func(attn-schedule-matmuls)))' | FileCheck %s
// The rule's answers for three CPUs and two weights; a schedule that is there stays.

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: module @v4
// CHECK: linalg.matmul {{.*}}{attn.schedule = #attn.matmul_schedule<rows = 128, kblock = 768, panel = 32, strip = 8, columns = 32, tasks = 16>}
module @v4 attributes {attn.variant = "x86-64-v4"} {
  func.func @f(%x: tensor<?x1536xf32>, %w: tensor<2x12x768x32xf32>, %init: tensor<?x384xf32>) -> tensor<?x384xf32> {
    %we = tensor.empty() : tensor<384x1536xf32>
    %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [768, 32] into %we : tensor<2x12x768x32xf32> -> tensor<384x1536xf32>
    %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %wu : tensor<?x1536xf32>, tensor<384x1536xf32>) outs(%init : tensor<?x384xf32>) -> tensor<?x384xf32>
    return %y : tensor<?x384xf32>
  }
}
// CHECK-LABEL: module @v3
// CHECK: linalg.matmul {{.*}}{attn.schedule = #attn.matmul_schedule<rows = 126, kblock = 70, panel = 32, strip = 6, columns = 16, tasks = 16>}
module @v3 attributes {attn.variant = "x86-64-v3"} {
  func.func @f(%x: tensor<?x70xf32>, %w: tensor<1x4x70x32xf32>, %init: tensor<?x100xf32>) -> tensor<?x100xf32> {
    %we = tensor.empty() : tensor<100x70xf32>
    %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [70, 32] into %we : tensor<1x4x70x32xf32> -> tensor<100x70xf32>
    %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %wu : tensor<?x70xf32>, tensor<100x70xf32>) outs(%init : tensor<?x100xf32>) -> tensor<?x100xf32>
    return %y : tensor<?x100xf32>
  }
}
// CHECK-LABEL: module @v2
// CHECK: linalg.matmul {{.*}}{attn.schedule = #attn.matmul_schedule<rows = 128, kblock = 70, panel = 32, strip = 4, columns = 8, tasks = 16>}
// CHECK: linalg.matmul {{.*}}{attn.schedule = #attn.matmul_schedule<rows = 2, kblock = 70, panel = 32, strip = 2, columns = 8, tasks = 1>}
module @v2 attributes {attn.variant = "x86-64-v2"} {
  func.func @f(%x: tensor<?x70xf32>, %w: tensor<1x4x70x32xf32>, %init: tensor<?x100xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>) {
    %we = tensor.empty() : tensor<100x70xf32>
    %wu = linalg.unpack %w outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [70, 32] into %we : tensor<1x4x70x32xf32> -> tensor<100x70xf32>
    %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %wu : tensor<?x70xf32>, tensor<100x70xf32>) outs(%init : tensor<?x100xf32>) -> tensor<?x100xf32>
    %z = linalg.matmul indexing_maps = [#a, #bt, #c] {attn.schedule = #attn.matmul_schedule<rows = 2, kblock = 70, panel = 32, strip = 2, columns = 8, tasks = 1>}
      ins(%x, %wu : tensor<?x70xf32>, tensor<100x70xf32>) outs(%init : tensor<?x100xf32>) -> tensor<?x100xf32>
    return %y, %z : tensor<?x100xf32>, tensor<?x100xf32>
  }
}
