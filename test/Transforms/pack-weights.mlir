// RUN: attn-opt %s -split-input-file -attn-pack-weights | FileCheck %s
// Weights of matmuls become panels, also through arguments; a weight with another use stays.

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// The example of the pass. 40 outputs make two panels of 32, the second of which is mostly padding.
// CHECK: ml_program.global private @w(#extern) : tensor<1x2x70x32xf32> {attn.layout = #attn.panels<rows = 40, columns = 70, kblock = 70, panel = 32>, attn.source = "s:w"}
// CHECK-LABEL: func @f
// CHECK: %[[W:.*]] = ml_program.global_load_const @w : tensor<1x2x70x32xf32>
// CHECK: %[[E:.*]] = tensor.empty() : tensor<40x70xf32>
// CHECK: %[[U:.*]] = linalg.unpack %[[W]] outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [70, 32] into %[[E]] : tensor<1x2x70x32xf32> -> tensor<40x70xf32>
// CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %[[U]] :
ml_program.global private @w(#ml_program.extern<tensor<40x70xf32>>) : tensor<40x70xf32> {attn.source = "s:w"}
func.func @f(%x: tensor<?x70xf32>, %init: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %w = ml_program.global_load_const @w : tensor<40x70xf32>
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %w : tensor<?x70xf32>, tensor<40x70xf32>) outs(%init : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// Two layers share a function, which hands its weight on to another: all of them change together. 3072 summands are three blocks.
// CHECK-DAG: @w0(#extern) : tensor<3x24x1024x32xf32> {attn.layout = #attn.panels<rows = 768, columns = 3072, kblock = 1024, panel = 32>}
// CHECK-DAG: @w1(#extern) : tensor<3x24x1024x32xf32> {attn.layout = #attn.panels<rows = 768, columns = 3072, kblock = 1024, panel = 32>}
// CHECK-LABEL: func private @inner
// CHECK-SAME: %[[W:[^: ]*]]: tensor<3x24x1024x32xf32>, %{{.*}}: tensor<?x768xf32>
// CHECK: linalg.unpack %[[W]] outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [1024, 32]
// CHECK-LABEL: func private @layer
// CHECK-SAME: %[[V:[^: ]*]]: tensor<3x24x1024x32xf32>,
// CHECK: call @inner(%{{.*}}, %[[V]], %{{.*}}) : (tensor<?x3072xf32>, tensor<3x24x1024x32xf32>, tensor<?x768xf32>)
ml_program.global private @w0(#ml_program.extern<tensor<768x3072xf32>>) : tensor<768x3072xf32>
ml_program.global private @w1(#ml_program.extern<tensor<768x3072xf32>>) : tensor<768x3072xf32>
func.func private @inner(%x: tensor<?x3072xf32>, %w: tensor<768x3072xf32>, %init: tensor<?x768xf32>) -> tensor<?x768xf32> {
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %w : tensor<?x3072xf32>, tensor<768x3072xf32>) outs(%init : tensor<?x768xf32>) -> tensor<?x768xf32>
  return %y : tensor<?x768xf32>
}
func.func private @layer(%x: tensor<?x3072xf32>, %w: tensor<768x3072xf32>, %init: tensor<?x768xf32>) -> tensor<?x768xf32> {
  %y = call @inner(%x, %w, %init) : (tensor<?x3072xf32>, tensor<768x3072xf32>, tensor<?x768xf32>) -> tensor<?x768xf32>
  return %y : tensor<?x768xf32>
}
func.func @g(%x: tensor<?x3072xf32>, %init: tensor<?x768xf32>) -> (tensor<?x768xf32>, tensor<?x768xf32>) {
  %w0 = ml_program.global_load_const @w0 : tensor<768x3072xf32>
  %w1 = ml_program.global_load_const @w1 : tensor<768x3072xf32>
  %y0 = call @layer(%x, %w0, %init) : (tensor<?x3072xf32>, tensor<768x3072xf32>, tensor<?x768xf32>) -> tensor<?x768xf32>
  %y1 = call @layer(%x, %w1, %init) : (tensor<?x3072xf32>, tensor<768x3072xf32>, tensor<?x768xf32>) -> tensor<?x768xf32>
  return %y0, %y1 : tensor<?x768xf32>, tensor<?x768xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// A table that is read by row and multiplied is kept twice.
// CHECK: ml_program.global private @tied({{.*}}) : tensor<1x2x64x32xf32> {attn.layout = #attn.panels<rows = 64, columns = 64, kblock = 64, panel = 32>, attn.source = "m:t"}
// CHECK: ml_program.global private @tied.rows({{.*}}) : tensor<64x64xf32> {attn.source = "m:t"}
// CHECK-LABEL: func.func @both(
// CHECK-DAG: %[[ROWS:.*]] = ml_program.global_load_const @tied.rows
// CHECK-DAG: ml_program.global_load_const @tied : tensor<1x2x64x32xf32>
// CHECK: tensor.extract %[[ROWS]]
ml_program.global private @tied(#ml_program.extern<tensor<64x64xf32>>) : tensor<64x64xf32> {attn.source = "m:t"}
func.func @both(%x: tensor<?x64xf32>, %i: index) -> (tensor<?x64xf32>, f32) {
  %t = ml_program.global_load_const @tied : tensor<64x64xf32>
  %e = tensor.extract %t[%i, %i] : tensor<64x64xf32>
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %t : tensor<?x64xf32>, tensor<64x64xf32>) outs(%x : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y, %e : tensor<?x64xf32>, f32
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>

// The first weight meets a run-time value in the argument, the second is not transposed: none is packed.
// CHECK-LABEL: ml_program.global private @mixed
// CHECK-NOT: attn.layout
// CHECK-NOT: linalg.unpack
ml_program.global private @mixed(#ml_program.extern<tensor<64x64xf32>>) : tensor<64x64xf32>
ml_program.global private @plain(#ml_program.extern<tensor<64x64xf32>>) : tensor<64x64xf32>
func.func private @product(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%x : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @h(%x: tensor<?x64xf32>, %r: tensor<64x64xf32>, %i: index) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %m = ml_program.global_load_const @mixed : tensor<64x64xf32>
  %y1 = call @product(%x, %m) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %y2 = call @product(%x, %r) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  %p = ml_program.global_load_const @plain : tensor<64x64xf32>
  %y3 = linalg.matmul ins(%x, %p : tensor<?x64xf32>, tensor<64x64xf32>) outs(%x : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y1, %y2, %y3 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, j) -> (i, j)>

// Weights of bf16 are packed as they are, also where an op widens them before the matmul, which becomes a part of it. One that adds up in bf16 stays.
// CHECK-DAG: @mixed(#{{.*}}) : tensor<1x2x70x32xbf16> {attn.layout = #attn.panels<rows = 40, columns = 70, kblock = 70, panel = 32>}
// CHECK-DAG: @widened(#{{.*}}) : tensor<1x2x40x32xf16> {attn.layout = #attn.panels<rows = 40, columns = 40, kblock = 40, panel = 32>}
// CHECK-DAG: @narrow(#{{.*}}) : tensor<40x70xbf16>{{$}}
// CHECK-LABEL: func @halves
// CHECK-NOT: arith.extf
// CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x70xf32>, tensor<40x70xbf16>) outs(%{{.*}} : tensor<?x40xf32>)
// CHECK: linalg.matmul {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x40xf32>, tensor<40x40xf16>) outs(%{{.*}} : tensor<?x40xf32>)
ml_program.global private @mixed(#ml_program.extern<tensor<40x70xbf16>>) : tensor<40x70xbf16>
ml_program.global private @widened(#ml_program.extern<tensor<40x40xf16>>) : tensor<40x40xf16>
ml_program.global private @narrow(#ml_program.extern<tensor<40x70xbf16>>) : tensor<40x70xbf16>
func.func @halves(%x: tensor<?x70xf32>, %h: tensor<?x70xbf16>, %init: tensor<?x40xf32>, %start: tensor<?x40xbf16>) -> (tensor<?x40xf32>, tensor<?x40xbf16>) {
  %w = ml_program.global_load_const @mixed : tensor<40x70xbf16>
  %v = ml_program.global_load_const @widened : tensor<40x40xf16>
  %n = ml_program.global_load_const @narrow : tensor<40x70xbf16>
  %y = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%x, %w : tensor<?x70xf32>, tensor<40x70xbf16>) outs(%init : tensor<?x40xf32>) -> tensor<?x40xf32>
  %e = tensor.empty() : tensor<40x40xf32>
  %wide = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%v : tensor<40x40xf16>) outs(%e : tensor<40x40xf32>) {
  ^bb0(%in: f16, %out: f32):
    %f = arith.extf %in : f16 to f32
    linalg.yield %f : f32
  } -> tensor<40x40xf32>
  %z = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%y, %wide : tensor<?x40xf32>, tensor<40x40xf32>) outs(%init : tensor<?x40xf32>) -> tensor<?x40xf32>
  %s = linalg.matmul indexing_maps = [#a, #bt, #c] ins(%h, %n : tensor<?x70xbf16>, tensor<40x70xbf16>) outs(%start : tensor<?x40xbf16>) -> tensor<?x40xbf16>
  return %z, %s : tensor<?x40xf32>, tensor<?x40xbf16>
}
