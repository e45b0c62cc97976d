// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks{remarks=true})' -verify-diagnostics | FileCheck %s
// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks)' -o %t.once
// RUN: attn-opt %t.once -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks)' -o %t.twice
// RUN: cmp %t.once %t.twice
// Constants that are masks become definitions, where there is one that shows exactly their elements.

!q = tensor<1x2x4x8xf32>

// CHECK-LABEL: func @dense
func.func @dense(%q: !q) -> !q {
  %triangle = arith.constant dense<[[true, false, false, false], [true, true, false, false], [true, true, true, false], [true, true, true, true]]> : tensor<4x4xi1>
  // CHECK: mask(#attn.causal) :
  // expected-remark @+1 {{mask simplified from #attn.dense to #attn.causal: a constant of #attn.dense is #attn.causal (every element)}}
  %0 = attn.attention %q, %q, %q mask(#attn.dense, %triangle[i, j] : tensor<4x4xi1>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.not<#attn.causal>) :
  // expected-remark @+1 {{from #attn.not<#attn.dense> to #attn.not<#attn.causal>: a constant of #attn.dense is #attn.causal (every element)}}
  %1 = attn.attention %0, %q, %q mask(#attn.not<#attn.dense>, %triangle[i, j] : tensor<4x4xi1>) : (!q, !q, !q) -> !q
  // Any integer; and what is found is simplified with the rest.
  %band = arith.constant dense<[[7, 0, 0, 0], [1, 1, 0, 0], [0, 1, -1, 0], [0, 0, 1, 1]]> : tensor<4x4xi64>
  // CHECK: mask(#attn.window<1, 0>) :
  // expected-remark @+1 {{to #attn.window<1, 0>: a constant of #attn.dense is #attn.window<1, 0> (every element); #attn.causal is implied by #attn.window<1, 0> (Presburger, for all sizes)}}
  %2 = attn.attention %1, %q, %q mask(#attn.and<#attn.causal, #attn.dense>, %band[i, j] : tensor<4x4xi64>) : (!q, !q, !q) -> !q
  // Keys alone, of a batch and a head that are alike.
  %keys = arith.constant dense<[[[true, true, true, false], [true, true, true, false]]]> : tensor<1x2x4xi1>
  // CHECK: mask(#attn.prefix<3>) :
  // expected-remark @+1 {{to #attn.prefix<3>: a constant of #attn.dense is #attn.prefix<3> (every element)}}
  %3 = attn.attention %2, %q, %q mask(#attn.dense, %keys[b, h, j] : tensor<1x2x4xi1>) : (!q, !q, !q) -> !q
  // All of it is visible.
  %ones = arith.constant dense<true> : tensor<1x1x4x4xi1>
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} : (
  // expected-remark @+1 {{to all keys: a constant of #attn.dense is #attn.prefix<1099511627776> (every element); #attn.prefix<1099511627776> holds everywhere (Presburger, for all sizes)}}
  %4 = attn.attention %3, %q, %q mask(#attn.dense, %ones[0, 0, i, j] : tensor<1x1x4x4xi1>) : (!q, !q, !q) -> !q
  return %4 : !q
}

// -----

!q = tensor<1x2x4x8xf32>

// CHECK-LABEL: func @heads
func.func @heads(%q: !q) -> !q {
  %two = arith.constant dense<[[[true, false, false, false], [true, true, false, false], [true, true, true, false], [true, true, true, true]],
                               [[true, true, true, false], [true, true, true, false], [true, true, true, false], [true, true, true, false]]]> : tensor<2x4x4xi1>
  // CHECK: mask(#attn.or<#attn.and<#attn.set<h ge 0, -h ge 0>, #attn.causal>, #attn.and<#attn.set<h - 1 ge 0, -h + 1 ge 0>, #attn.prefix<3>>>) :
  // expected-remark @+1 {{a constant of #attn.dense is #attn.or<}}
  %0 = attn.attention %q, %q, %q mask(#attn.dense, %two[h, i, j] : tensor<2x4x4xi1>) : (!q, !q, !q) -> !q
  return %0 : !q
}

// -----

!q = tensor<1x2x?x8xf32>

// The beginning of a stored triangle, as long as the sequence: what holds for all of it holds for each beginning.
// CHECK-LABEL: func @beginning
func.func @beginning(%q: !q, %n: index) -> !q {
  %triangle = arith.constant dense<[[true, false, false, false], [true, true, false, false], [true, true, true, false], [true, true, true, true]]> : tensor<4x4xi1>
  %part = tensor.extract_slice %triangle[0, 0] [%n, %n] [1, 1] : tensor<4x4xi1> to tensor<?x?xi1>
  // CHECK: mask(#attn.causal) :
  // expected-remark @+1 {{to #attn.causal: a constant of #attn.dense is #attn.causal (every element)}}
  %0 = attn.attention %q, %q, %q mask(#attn.dense, %part[i, j] : tensor<?x?xi1>) : (!q, !q, !q) -> !q
  return %0 : !q
}

// -----

!q = tensor<1x2x4x8xf32>

// Constants that stay, and why.
// CHECK-LABEL: func @stay
func.func @stay(%q: !q, %i: index) -> !q {
  %noise = arith.constant dense<[[true, false, false, true], [false, true, false, false], [true, true, true, false], [true, false, true, true]]> : tensor<4x4xi1>
  // CHECK: mask(#attn.dense, %{{.*}}[i, j]
  // expected-remark @+1 {{a constant dense mask stays: it shows none of the usual patterns}}
  %0 = attn.attention %q, %q, %q mask(#attn.dense, %noise[i, j] : tensor<4x4xi1>) : (!q, !q, !q) -> !q
  %table = arith.constant dense<[[true, false], [true, true]]> : tensor<2x2xi1>
  // CHECK: mask(#attn.dense, %{{.*}}[i floordiv 2, j floordiv 2]
  // expected-remark @+1 {{a constant dense mask stays: its elements are not those of the positions of a whole problem}}
  %1 = attn.attention %0, %q, %q mask(#attn.dense, %table[i floordiv 2, j floordiv 2] : tensor<2x2xi1>) : (!q, !q, !q) -> !q
  // CHECK: at({{.*}}) mask(#attn.dense,
  // expected-remark @+1 {{a constant dense mask stays: its elements are not those of the positions of a whole problem}}
  %2 = attn.attention %1, %q, %q at(%i, %i, %i, %i) mask(#attn.dense, %noise[i, j] : tensor<4x4xi1>) : (!q, !q, !q) -> !q
  return %2 : !q
}

// -----

!q = tensor<1x2x4x8xf32>

// A bias of zeros and infinities, and one of zeros and the least number.
// CHECK-LABEL: func @biases
func.func @biases(%q: !q, %n: tensor<1xi64>) -> !q {
  %inf = arith.constant dense<[[0.0, 0xFF800000, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0, 0.0]]> : tensor<4x4xf32>
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} mask(#attn.causal) :
  // expected-remark @+1 {{mask simplified from none to #attn.causal: a constant bias of zeros and fills is #attn.causal (every element)}}
  %0 = attn.attention %q, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %inf[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} mask(#attn.and<#attn.length, #attn.causal>, %{{.*}}[b] : tensor<1xi64>) :
  // expected-remark @+1 {{mask simplified from #attn.length to #attn.and<#attn.length, #attn.causal>: a constant bias of zeros and fills is #attn.causal (every element)}}
  %1 = attn.attention %0, %q, %q mask(#attn.length, %n[b] : tensor<1xi64>) score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %inf[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %r, %s : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  %least = arith.constant dense<[[0.0, -3.40282347E+38, -3.40282347E+38, -3.40282347E+38], [0.0, 0.0, -3.40282347E+38, -3.40282347E+38], [0.0, 0.0, 0.0, -3.40282347E+38], [0.0, 0.0, 0.0, 0.0]]> : tensor<4x4xf32>
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} mask(#attn.causal) :
  // expected-remark @+1 {{mask simplified from none to #attn.causal}}
  %2 = attn.attention %1, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %least[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  // A length may hide all keys but those with the fill, of which the query then sees the mean.
  // CHECK: mask(#attn.length
  // CHECK-NEXT: score(
  // expected-remark @+1 {{a constant bias stays: its fill is finite, and a query may see no other key}}
  %3 = attn.attention %2, %q, %q mask(#attn.length, %n[b] : tensor<1xi64>) score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %least[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  // So it does where a query has no key of its own.
  %strict = arith.constant dense<[[-3.40282347E+38, -3.40282347E+38, -3.40282347E+38, -3.40282347E+38], [0.0, -3.40282347E+38, -3.40282347E+38, -3.40282347E+38], [0.0, 0.0, -3.40282347E+38, -3.40282347E+38], [0.0, 0.0, 0.0, -3.40282347E+38]]> : tensor<4x4xf32>
  // CHECK: score(
  // expected-remark @+1 {{a constant bias stays: its fill is finite, and a query may see no other key}}
  %4 = attn.attention %3, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %strict[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  // A slope is no fill.
  %slope = arith.constant dense<[[0.0, -1.0, -2.0, -3.0], [1.0, 0.0, -1.0, -2.0], [2.0, 1.0, 0.0, -1.0], [3.0, 2.0, 1.0, 0.0]]> : tensor<4x4xf32>
  // CHECK: score(
  // expected-remark @+1 {{a constant bias stays: it holds more than zeros and fills}}
  %5 = attn.attention %4, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %slope[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  return %5 : !q
}

// -----

!q = tensor<1x2x4x8xf32>

// What else a score region does, or a weight that is not an exponential, needs the bias as it is.
// CHECK-LABEL: func @not_only_added
// CHECK-COUNT-2: score(
func.func @not_only_added(%q: !q) -> !q {
  %inf = arith.constant dense<0xFF800000> : tensor<4x4xf32>
  %0 = attn.attention %q, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %inf[i, j] : tensor<4x4xf32>) {
    %y = arith.mulf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  %1 = attn.attention %0, %q, %q normalizer(#attn.sigmoid) score(%s: f32, %b: index, %h: index, %i: index, %j: index, %r: f32 = %inf[i, j] : tensor<4x4xf32>) {
    %y = arith.addf %s, %r : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q
  return %1 : !q
}
