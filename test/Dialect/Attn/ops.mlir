// RUN: attn-opt %s -split-input-file | attn-opt -split-input-file | FileCheck %s
// RUN: attn-opt %s -split-input-file -mlir-print-op-generic | attn-opt -split-input-file | FileCheck %s
// Ops print what they parse, in custom and in generic form.

// CHECK-LABEL: func @plain
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 mask(#attn.length, %{{.*}}[b] : tensor<?xi64>) : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
func.func @plain(%q: tensor<?x12x?x64xf32>, %k: tensor<?x12x?x64xf32>, %v: tensor<?x12x?x64xf32>, %len: tensor<?xi64>) -> tensor<?x12x?x64xf32> {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.length, %len[b] : tensor<?xi64>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  return %o : tensor<?x12x?x64xf32>
}

// -----

// CHECK-LABEL: func @score
// CHECK: %{{.*}}, %{{.*}} = attn.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 mask(#attn.causal)
// CHECK-NEXT: score(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[R:.*]]: f32 = %{{.*}}[h, -i + j + 127] : tensor<8x255xf32>) {
// CHECK: attn.yield %{{.*}} : f32
func.func @score(%q: tensor<2x8x128x64xf32>, %k: tensor<2x2x128x64xf32>, %v: tensor<2x2x128x32xf32>, %bias: tensor<8x255xf32>) -> (tensor<2x8x128x32xf32>, tensor<2x8x128xf32>) {
  %o, %lse = attn.attention %q, %k, %v scale 1.250000e-01 mask(#attn.causal)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %bias[h, -i + j + 127] : tensor<8x255xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>, tensor<2x2x128x32xf32>) -> (tensor<2x8x128x32xf32>, tensor<2x8x128xf32>)
  return %o, %lse : tensor<2x8x128x32xf32>, tensor<2x8x128xf32>
}

// -----

// CHECK-LABEL: func @gain
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} mask(#attn.causal)
// CHECK-NEXT: gain(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[G:.*]]: f32 = %{{.*}}[h, j] : tensor<8x128xf32>) {
// CHECK-NEXT: attn.yield %[[G]] : f32
// CHECK: attn.attention
// CHECK-NEXT: score(%[[S:.*]]: f64, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index) {
// CHECK-NEXT: attn.yield %[[S]] : f64
// CHECK-NEXT: }
// CHECK-NEXT: gain(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index) {
// CHECK-NEXT: arith.constant 2.000000e+00 : f64
func.func @gain(%q: tensor<2x8x128x64xf32>, %k: tensor<2x2x128x64xf32>, %v: tensor<2x2x128x32xf32>, %gains: tensor<8x128xf32>, %x: tensor<1x1x2x4xf64>) -> (tensor<2x8x128x32xf32>, tensor<1x1x2x4xf64>) {
  %o = attn.attention %q, %k, %v mask(#attn.causal)
      gain(%b: index, %h: index, %i: index, %j: index, %g: f32 = %gains[h, j] : tensor<8x128xf32>) {
    attn.yield %g : f32
  } : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>, tensor<2x2x128x32xf32>) -> tensor<2x8x128x32xf32>
  %p = attn.attention %x, %x, %x score(%s: f64, %b, %h, %i, %j) {
    attn.yield %s : f64
  } gain(%b, %h, %i, %j) {
    %two = arith.constant 2.0 : f64
    attn.yield %two : f64
  } : (tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>) -> tensor<1x1x2x4xf64>
  return %o, %p : tensor<2x8x128x32xf32>, tensor<1x1x2x4xf64>
}

// -----

// CHECK-LABEL: func @sink
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} at(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) of(%{{.*}}, %{{.*}}) mask(#attn.causal<bottom_right>) normalizer(#attn.softmax<sink>, %{{.*}}[h] : tensor<4xf32>) schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>) :
func.func @sink(%q: tensor<1x4x8x16xf32>, %k: tensor<1x4x8x16xf32>, %v: tensor<1x4x8x16xf32>, %s: tensor<4xf32>, %i: index) -> tensor<1x4x8x16xf32> {
  %o = attn.attention %q, %k, %v at(%i, %i, %i, %i) of(%i, %i) mask(#attn.causal<bottom_right>) normalizer(#attn.softmax<sink>, %s[h] : tensor<4xf32>)
       schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
  return %o : tensor<1x4x8x16xf32>
}

// -----

// CHECK-LABEL: func @pointwise
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} normalizer(#attn.sigmoid) :
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} normalizer(#attn.relu) :
func.func @pointwise(%q: tensor<1x4x8x16xf32>) -> (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) {
  %o = attn.attention %q, %q, %q normalizer(#attn.sigmoid)
     : (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
  %p = attn.attention %q, %q, %q normalizer(#attn.relu)
     : (tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
  return %o, %p : tensor<1x4x8x16xf32>, tensor<1x4x8x16xf32>
}

// -----

// CHECK-LABEL: func @reduce
// CHECK: %[[T:.*]] = attn.score_reduce kth_largest<8> %{{.*}}, %{{.*}} scale 1.250000e-01 mask(#attn.causal) : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>) -> tensor<2x8x128xf32>
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 mask(#attn.causal)
// CHECK-NEXT: score(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[LEAST:.*]]: f32 = %[[T]][b, h, i] : tensor<2x8x128xf32>) {
// CHECK: arith.cmpf oge, %[[S]], %[[LEAST]] : f32
// CHECK: attn.score_reduce max %{{.*}}, %{{.*}} at(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) of(%{{.*}}, %{{.*}}) mask(#attn.length, %{{.*}}[b] : tensor<2xi64>) schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>) : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>) -> tensor<2x8x128xf32>
// CHECK: attn.score_reduce sum %{{.*}}, %{{.*}}
// CHECK-NEXT: score(%[[X:.*]]: f64, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index) {
// CHECK-NEXT: attn.yield %[[X]] : f64
func.func @reduce(%q: tensor<2x8x128x64xf32>, %k: tensor<2x2x128x64xf32>, %v: tensor<2x2x128x32xf32>, %len: tensor<2xi64>, %at: index, %x: tensor<1x1x2x4xf64>) -> (tensor<2x8x128x32xf32>, tensor<2x8x128xf32>, tensor<1x1x2xf64>) {
  %t = attn.score_reduce kth_largest<8> %q, %k scale 1.250000e-01 mask(#attn.causal)
     : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>) -> tensor<2x8x128xf32>
  %o = attn.attention %q, %k, %v scale 1.250000e-01 mask(#attn.causal)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %least: f32 = %t[b, h, i] : tensor<2x8x128xf32>) {
    %none = arith.constant 0xFF800000 : f32
    %keep = arith.cmpf oge, %s, %least : f32
    %y = arith.select %keep, %s, %none : f32
    attn.yield %y : f32
  } : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>, tensor<2x2x128x32xf32>) -> tensor<2x8x128x32xf32>
  %u = attn.score_reduce max %q, %k at(%at, %at, %at, %at) of(%at, %at) mask(#attn.length, %len[b] : tensor<2xi64>)
       schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
     : (tensor<2x8x128x64xf32>, tensor<2x2x128x64xf32>) -> tensor<2x8x128xf32>
  %w = attn.score_reduce sum %x, %x score(%s: f64, %b, %h, %m, %j) {
    attn.yield %s : f64
  } : (tensor<1x1x2x4xf64>, tensor<1x1x2x4xf64>) -> tensor<1x1x2xf64>
  return %o, %u, %w : tensor<2x8x128x32xf32>, tensor<2x8x128xf32>, tensor<1x1x2xf64>
}

// -----

// CHECK-LABEL: func @merge
// CHECK: attn.merge %{{.*}}, %{{.*}} weighted_by %{{.*}}, %{{.*}} : tensor<2x8x16x64xf32>, tensor<2x8x16xf32>
func.func @merge(%a: tensor<2x8x16x64xf32>, %c: tensor<2x8x16x64xf32>, %la: tensor<2x8x16xf32>, %lc: tensor<2x8x16xf32>) -> (tensor<2x8x16x64xf32>, tensor<2x8x16xf32>) {
  %o:2 = attn.merge %a, %c weighted_by %la, %lc : tensor<2x8x16x64xf32>, tensor<2x8x16xf32>
  return %o#0, %o#1 : tensor<2x8x16x64xf32>, tensor<2x8x16xf32>
}

// -----

// CHECK-LABEL: func @runtime
// CHECK: attn.require %{{.*}}, "expects index 0 of score input 0 to be below" actual %{{.*}} bound %{{.*}}
// CHECK: attn.bounded %{{.*}}, "expects the size of dimension 2 of a slice to be in 0 to" by %{{.*}}
// CHECK: attn.op_begin "layer.attention" kind "attention"
// CHECK: attn.op_end "layer.attention" done %{{.*}} skipped %{{.*}} flops %{{.*}} bytes %{{.*}}
// CHECK: attn.op_end "plain"
func.func @runtime(%length: index, %capacity: index, %ok: i1, %last: index, %size: index, %done: index, %skipped: index, %flops: index, %bytes: index) {
  attn.require %ok, "expects index 0 of score input 0 to be below" actual %last bound %size
  %n = attn.bounded %length, "expects the size of dimension 2 of a slice to be in 0 to" by %capacity
  attn.op_begin "layer.attention" kind "attention"
  attn.op_end "layer.attention" done %done skipped %skipped flops %flops bytes %bytes
  attn.op_end "plain"
  return
}

// -----

// CHECK-LABEL: func @norm
// CHECK: attn.norm layer %{{.*}}, %{{.*}} bias %{{.*}} : tensor<64xf32> eps 1.000000e-05 : tensor<?x8x64xf32>, tensor<64xf32>
// CHECK: attn.norm rms %{{.*}}, %{{.*}} eps 9.9999999999999995E-7 : tensor<?x8x64xf32>, tensor<64xbf16>
func.func @norm(%x: tensor<?x8x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %h: tensor<64xbf16>) -> (tensor<?x8x64xf32>, tensor<?x8x64xf32>) {
  %y = attn.norm layer %x, %w bias %b : tensor<64xf32> eps 1.000000e-05 : tensor<?x8x64xf32>, tensor<64xf32>
  %z = attn.norm rms %x, %h eps 1.0e-6 : tensor<?x8x64xf32>, tensor<64xbf16>
  return %y, %z : tensor<?x8x64xf32>, tensor<?x8x64xf32>
}

// -----

// CHECK-LABEL: func @rotary
// CHECK: attn.rotary half %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8x?x64xf32>, tensor<?x32xf32>
// CHECK: attn.rotary adjacent %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8x?x64xf32>, tensor<?x8xf32>
func.func @rotary(%x: tensor<?x8x?x64xf32>, %cos: tensor<?x32xf32>, %sin: tensor<?x32xf32>, %some: tensor<?x8xf32>) -> (tensor<?x8x?x64xf32>, tensor<?x8x?x64xf32>) {
  %r = attn.rotary half %x, %cos, %sin : tensor<?x8x?x64xf32>, tensor<?x32xf32>
  %s = attn.rotary adjacent %x, %some, %some : tensor<?x8x?x64xf32>, tensor<?x8xf32>
  return %r, %s : tensor<?x8x?x64xf32>, tensor<?x8x?x64xf32>
}

// -----

// Queries of f32 against a cache of bf16; outputs in the queries' type, log-sum-exps in f32.
// CHECK-LABEL: func @halves
// CHECK: attn.attention %{{.*}} : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xbf16>, tensor<1x2x8x16xf16>) -> tensor<1x4x8x16xf32>
// CHECK: attn.attention %{{.*}} : (tensor<1x2x8x16xbf16>, tensor<1x2x8x16xbf16>, tensor<1x2x8x16xbf16>) -> (tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>)
// CHECK: attn.merge %{{.*}} : tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>
func.func @halves(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x8x16xbf16>, %v: tensor<1x2x8x16xf16>) -> (tensor<1x4x8x16xf32>, tensor<1x2x8x16xbf16>) {
  %o = attn.attention %q, %k, %v : (tensor<1x4x8x16xf32>, tensor<1x2x8x16xbf16>, tensor<1x2x8x16xf16>) -> tensor<1x4x8x16xf32>
  %p, %lse = attn.attention %k, %k, %k : (tensor<1x2x8x16xbf16>, tensor<1x2x8x16xbf16>, tensor<1x2x8x16xbf16>) -> (tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>)
  %m:2 = attn.merge %p, %p weighted_by %lse, %lse : tensor<1x2x8x16xbf16>, tensor<1x2x8xf32>
  return %o, %m#0 : tensor<1x4x8x16xf32>, tensor<1x2x8x16xbf16>
}
