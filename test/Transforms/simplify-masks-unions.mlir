// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks{remarks=true split-unions=true})' -verify-diagnostics | FileCheck %s
// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks)' | FileCheck %s --check-prefix=KEPT
// Unions are split when it is asked for and the tiles say so.
// KEPT-NOT: attn.merge

!q = tensor<1x2x?x8xf32>

// CHECK-LABEL: func @sinks
func.func @sinks(%q: !q, %k: !q) -> !q {
  // CHECK: %[[A:.*]], %[[LA:.*]] = attn.attention %{{.*}} mask(#attn.and<#attn.causal, #attn.prefix<4>>) : ({{.*}}) -> (tensor<1x2x?x8xf32>, tensor<1x2x?xf32>)
  // CHECK: %[[B:.*]], %[[LB:.*]] = attn.attention %{{.*}} mask(#attn.and<#attn.causal, #attn.window<255, 0>, #attn.not<#attn.prefix<4>>>) :
  // CHECK: %[[O:.*]], %{{.*}} = attn.merge %[[A]], %[[B]] weighted_by %[[LA]], %[[LB]]
  // CHECK: return %[[O]]
  // expected-remark @+1 {{union split: #attn.and<#attn.causal, #attn.prefix<4>> and #attn.and<#attn.causal, #attn.window<255, 0>, #attn.not<#attn.prefix<4>>> compute 293 + 2660 tiles, both together 2932}}
  %0 = attn.attention %q, %k, %k mask(#attn.and<#attn.causal, #attn.or<#attn.prefix<4>, #attn.window<255, 0>>>) : (!q, !q, !q) -> !q
  return %0 : !q
}

// -----

!q = tensor<1x2x64x8xf32>
!h = tensor<1x2x?x8xbf16>
!d = tensor<1x2x?x8xf32>

// Not where tiles are shared, where a sum of weights is more than that of its keys, where parts would be rounded, where a
// region may make all scores the least number, or where there is no union. A log-sum-exp that was there is that of the merge.
// CHECK-LABEL: func @kept
func.func @kept(%q: !q, %h: !h, %d: !d, %sink: tensor<2xf32>) -> (!q, !h, !d, tensor<1x2x?xf32>) {
  // CHECK: mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>)
  // expected-remark @+1 {{union kept: #attn.prefix<4> and #attn.and<#attn.window<40, 0>, #attn.not<#attn.prefix<4>>> compute 5 + 8 tiles, both together 8}}
  %0 = attn.attention %q, %q, %q mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>)
  %1 = attn.attention %h, %h, %h mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>) : (!h, !h, !h) -> !h
  // CHECK: mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>)
  %2 = attn.attention %d, %d, %d mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>) normalizer(#attn.softmax<sink>, %sink[h] : tensor<2xf32>) : (!d, !d, !d) -> !d
  // CHECK: mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>){{$}}
  // CHECK-NEXT: score(
  %score = attn.attention %2, %d, %d mask(#attn.or<#attn.prefix<4>, #attn.window<40, 0>>) score(%s: f32, %bb: index, %hh: index, %i: index, %j: index) {
    %least = arith.constant -3.40282347E+38 : f32
    attn.yield %least : f32
  } : (!d, !d, !d) -> !d
  // CHECK: attn.attention %{{.*}} mask(#attn.set<i - j - 500 eq 0>)
  // CHECK: attn.attention %{{.*}} mask(#attn.set<i - j eq 0>)
  // CHECK: %[[O:.*]], %[[LSE:.*]] = attn.merge
  // CHECK: return %{{.*}}, %{{.*}}, %[[O]], %[[LSE]]
  // expected-remark @+1 {{union split: #attn.set<i - j - 500 eq 0> and #attn.set<i - j eq 0> compute 354 + 402 tiles, both together 756}}
  %3:2 = attn.attention %score, %d, %d mask(#attn.or<#attn.set<i - j eq 500>, #attn.set<i - j eq 0>>) : (!d, !d, !d) -> (!d, tensor<1x2x?xf32>)
  return %0, %1, %3#0, %3#1 : !q, !h, !d, tensor<1x2x?xf32>
}
