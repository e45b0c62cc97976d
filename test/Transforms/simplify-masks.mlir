// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks{remarks=true})' -verify-diagnostics | FileCheck %s
// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks)' -o %t.once
// RUN: attn-opt %t.once -split-input-file -pass-pipeline='builtin.module(attn-simplify-masks{remarks=true})' -verify-diagnostics -o %t.twice
// RUN: cmp %t.once %t.twice
// What is implied, repeated, true or false goes; what was proved is said; what is not proved stays.

!q = tensor<1x2x?x8xf32>

// CHECK-LABEL: func @conjuncts
func.func @conjuncts(%q: !q, %k: !q, %n: tensor<1xi64>) -> !q {
  // CHECK: mask(#attn.window<255, 0>) :
  // expected-remark @+1 {{mask simplified from #attn.and<#attn.causal, #attn.window<255, 0>> to #attn.window<255, 0>: #attn.causal is implied by #attn.window<255, 0> (Presburger, for all sizes)}}
  %0 = attn.attention %q, %k, %k mask(#attn.and<#attn.causal, #attn.window<255, 0>>) : (!q, !q, !q) -> !q
  // At the boundary: one key more is not implied, and cuts the window.
  // CHECK: mask(#attn.window<255, 0>) :
  // expected-remark @+1 {{to #attn.window<255, 0>: #attn.causal and #attn.window<255, 1> are #attn.window<255, 0> (structurally, for all sizes)}}
  %1 = attn.attention %0, %k, %k mask(#attn.and<#attn.causal, #attn.window<255, 1>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.window<3, 2>) :
  // expected-remark @+1 {{to #attn.window<3, 2>: #attn.window<9, 2> and #attn.window<3, 5> are #attn.window<3, 2> (structurally, for all sizes)}}
  %2 = attn.attention %1, %k, %k mask(#attn.and<#attn.window<9, 2>, #attn.window<3, 5>>) : (!q, !q, !q) -> !q
  // Of two that say the same the one with a name stays.
  // CHECK: mask(#attn.causal) :
  // expected-remark @+1 {{to #attn.causal: #attn.set<i - j ge 0> is implied by #attn.causal (Presburger, for all sizes)}}
  %3 = attn.attention %2, %k, %k mask(#attn.and<#attn.causal, #attn.set<i - j ge 0>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.and<#attn.causal, #attn.length>, %{{.*}}[0] : tensor<1xi64>) :
  // expected-remark @+1 {{to #attn.and<#attn.causal, #attn.length>: #attn.and<#attn.length, #attn.causal> joins the list around it (structurally, for all sizes); #attn.causal is repeated (structurally, for all sizes)}}
  %4 = attn.attention %3, %k, %k mask(#attn.and<#attn.causal, #attn.and<#attn.length, #attn.causal>>, %n[0] : tensor<1xi64>) : (!q, !q, !q) -> !q
  // A negative offset is no side of a window.
  // CHECK: mask(#attn.and<#attn.causal<-1>, #attn.window<4, 4>>) :
  %5 = attn.attention %4, %k, %k mask(#attn.and<#attn.causal<-1>, #attn.window<4, 4>>) : (!q, !q, !q) -> !q
  return %5 : !q
}

// -----

!q = tensor<1x2x?x8xf32>

// CHECK-LABEL: func @disjuncts
func.func @disjuncts(%q: !q, %k: !q, %n: tensor<1xi64>, %m: tensor<1xi64>) -> !q {
  // CHECK: mask(#attn.prefix<9>) :
  // expected-remark @+1 {{to #attn.prefix<9>: #attn.prefix<4> is implied by #attn.prefix<9> (Presburger, for all sizes)}}
  %0 = attn.attention %q, %k, %k mask(#attn.or<#attn.prefix<4>, #attn.prefix<9>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.causal) :
  // expected-remark @+1 {{to #attn.causal: #attn.and<#attn.length, #attn.causal> is implied by #attn.causal (structurally, for all sizes); #attn.prefix<0> holds nowhere (by intervals, for all sizes)}}
  %1 = attn.attention %0, %k, %k mask(#attn.or<#attn.causal, #attn.prefix<0>, #attn.and<#attn.length, #attn.causal>>, %n[0] : tensor<1xi64>) : (!q, !q, !q) -> !q
  // A disjunct that its surroundings exclude.
  // CHECK: mask(#attn.and<#attn.causal, #attn.or<#attn.prefix<4>, #attn.window<9, 0>>>) :
  // expected-remark @+1 {{#attn.set<-i + j - 3 ge 0> contradicts #attn.causal (Presburger, for all sizes)}}
  %2 = attn.attention %1, %k, %k mask(#attn.and<#attn.causal, #attn.or<#attn.prefix<4>, #attn.window<9, 0>, #attn.set<-i + j - 3 ge 0>>>) : (!q, !q, !q) -> !q
  // Two lengths are not one, unless they read the same element.
  // CHECK: mask(#attn.or<#attn.length, #attn.length>, %{{.*}}[0] : tensor<1xi64>, %{{.*}}[0] : tensor<1xi64>) :
  %3 = attn.attention %2, %k, %k mask(#attn.or<#attn.length, #attn.length>, %n[0] : tensor<1xi64>, %m[0] : tensor<1xi64>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.length, %{{.*}}[0] : tensor<1xi64>) :
  // expected-remark @+1 {{to #attn.length: #attn.length is repeated (structurally, for all sizes)}}
  %4 = attn.attention %3, %k, %k mask(#attn.or<#attn.length, #attn.length>, %m[0] : tensor<1xi64>, %m[0] : tensor<1xi64>) : (!q, !q, !q) -> !q
  return %4 : !q
}

// -----

!q = tensor<1x2x?x8xf32>

// CHECK-LABEL: func @negations
func.func @negations(%q: !q, %k: !q, %n: tensor<1xi64>) -> !q {
  // CHECK: mask(#attn.prefix<4>) :
  // expected-remark @+1 {{to #attn.prefix<4>: two negations of #attn.prefix<4> cancel (structurally, for all sizes)}}
  %0 = attn.attention %q, %k, %k mask(#attn.not<#attn.not<#attn.prefix<4>>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.or<#attn.causal, #attn.not<#attn.length>>, %{{.*}}[0] : tensor<1xi64>) :
  // expected-remark @+1 {{the negation of #attn.and<#attn.not<#attn.causal>, #attn.length> moves inside (structurally, for all sizes)}}
  %1 = attn.attention %0, %k, %k mask(#attn.not<#attn.and<#attn.not<#attn.causal>, #attn.length>>, %n[0] : tensor<1xi64>) : (!q, !q, !q) -> !q
  // Inside there would be two negations for one.
  // CHECK: mask(#attn.not<#attn.and<#attn.causal, #attn.length>>, %{{.*}}[0] : tensor<1xi64>) :
  %2 = attn.attention %1, %k, %k mask(#attn.not<#attn.and<#attn.causal, #attn.length>>, %n[0] : tensor<1xi64>) : (!q, !q, !q) -> !q
  return %2 : !q
}

// -----

!q = tensor<1x2x?x8xf32>

// CHECK-LABEL: func @everything
// CHECK-NEXT: attn.attention %{{.*}}, %{{.*}}, %{{.*}} : (
// CHECK-NEXT: attn.attention %{{.*}}, %{{.*}}, %{{.*}} : (
// CHECK-NEXT: mask(#attn.or<
func.func @everything(%q: !q, %k: !q) -> !q {
  // expected-remark @+1 {{to all keys: #attn.or<#attn.set<i mod 2 eq 0>, #attn.set<i mod 2 - 1 eq 0>> holds everywhere (Presburger, for all sizes)}}
  %0 = attn.attention %q, %k, %k mask(#attn.or<#attn.set<i mod 2 eq 0>, #attn.set<i mod 2 eq 1>>) : (!q, !q, !q) -> !q
  // expected-remark @+1 {{to all keys: #attn.or<#attn.causal, #attn.not<#attn.causal>> holds everywhere (structurally, for all sizes)}}
  %1 = attn.attention %0, %k, %k mask(#attn.or<#attn.causal, #attn.not<#attn.causal>>) : (!q, !q, !q) -> !q
  %2 = attn.attention %1, %k, %k mask(#attn.or<#attn.set<i mod 3 eq 0>, #attn.set<i mod 3 eq 1>>) : (!q, !q, !q) -> !q
  return %2 : !q
}

// -----

!q = tensor<1x2x?x8xf32>

// Zeros of the size of the result, log-sum-exps of minus infinity.
// CHECK-LABEL: func @nothing
// CHECK-SAME: (%[[Q:[^:]*]]: tensor<1x2x?x8xf32>
// CHECK: %[[DIM:.*]] = tensor.dim %[[Q]]
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[DIM]]) : tensor<1x2x?x8xf32>
// CHECK: %[[O:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%[[EMPTY]]
// CHECK: %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[LSE:.*]] = linalg.fill ins(%[[INF]] : f32)
// CHECK: return %[[O]], %[[LSE]]
func.func @nothing(%q: !q, %k: !q) -> (!q, tensor<1x2x?xf32>) {
  // expected-remark @+1 {{to no key: #attn.and<#attn.causal, #attn.set<j - i - 1 ge 0>> holds nowhere (Presburger, for all sizes)}}
  %0:2 = attn.attention %q, %k, %k mask(#attn.and<#attn.causal, #attn.set<j - i - 1 ge 0>>) : (!q, !q, !q) -> (!q, tensor<1x2x?xf32>)
  return %0#0, %0#1 : !q, tensor<1x2x?xf32>
}

// At the boundary each query sees its own key; and with a sink the log-sum-exp of a query that sees no key is the sink's.
// CHECK-LABEL: func @almost_nothing
func.func @almost_nothing(%q: !q, %k: !q, %sink: tensor<2xf32>) -> (!q, tensor<1x2x?xf32>) {
  // CHECK: mask(#attn.and<#attn.causal, #attn.set<{{.*}} ge 0>>) :
  %0 = attn.attention %q, %k, %k mask(#attn.and<#attn.causal, #attn.set<j - i ge 0>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.prefix<0>) normalizer
  %1:2 = attn.attention %0, %k, %k mask(#attn.prefix<0>) normalizer(#attn.softmax<sink>, %sink[h] : tensor<2xf32>) : (!q, !q, !q) -> (!q, tensor<1x2x?xf32>)
  return %1#0, %1#1 : !q, tensor<1x2x?xf32>
}

// -----

!q = tensor<1x2x32x8xf32>
!k = tensor<1x2x40x8xf32>

// CHECK-LABEL: func @static_sizes
func.func @static_sizes(%q: !q, %k: !k, %n: tensor<1xi64> {attn.range = array<i64: 40, 99>}, %m: tensor<1xi64> {attn.range = array<i64: 39, 99>}) -> !q {
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} : (
  // expected-remark @+1 {{from #attn.causal<39> to all keys: #attn.causal<39> holds everywhere (by intervals, for the op's sizes)}}
  %0 = attn.attention %q, %k, %k mask(#attn.causal<39>) : (!q, !k, !k) -> !q
  // CHECK: mask(#attn.causal<38>) :
  %1 = attn.attention %0, %k, %k mask(#attn.causal<38>) : (!q, !k, !k) -> !q
  // CHECK: mask(#attn.causal) :
  // expected-remark @+1 {{to #attn.causal: #attn.prefix<32> is implied by #attn.causal (Presburger, for the op's sizes)}}
  %2 = attn.attention %1, %k, %k mask(#attn.and<#attn.causal, #attn.prefix<32>>) : (!q, !k, !k) -> !q
  // CHECK: mask(#attn.and<#attn.causal, #attn.prefix<31>>) :
  %3 = attn.attention %2, %k, %k mask(#attn.and<#attn.causal, #attn.prefix<31>>) : (!q, !k, !k) -> !q
  // The solver is not asked about divisions of divisions of divisions.
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} : (
  // expected-remark @+1 {{holds everywhere (every score, for the op's sizes)}}
  %4 = attn.attention %3, %k, %k mask(#attn.set<(((i + 1) floordiv 2 + 1) floordiv 2 + 1) floordiv 2 ge i - 27>) : (!q, !k, !k) -> !q
  // Lengths: a constant, and arguments with a range.
  %c = arith.constant dense<40> : tensor<1xi64>
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} : (
  // expected-remark @+1 {{to all keys: #attn.length holds everywhere (by intervals, for the op's sizes)}}
  %5 = attn.attention %4, %k, %k mask(#attn.length, %c[b] : tensor<1xi64>) : (!q, !k, !k) -> !q
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} : (
  // expected-remark @+1 {{to all keys: #attn.length holds everywhere (by intervals, for the op's sizes)}}
  %6 = attn.attention %5, %k, %k mask(#attn.length, %n[b] : tensor<1xi64>) : (!q, !k, !k) -> !q
  // CHECK: mask(#attn.length,
  %7 = attn.attention %6, %k, %k mask(#attn.length, %m[b] : tensor<1xi64>) : (!q, !k, !k) -> !q
  return %7 : !q
}

// -----

!q = tensor<1x2x?x8xf32>

// Named dimensions of entry functions have ranges; those of a function that others call do not hold for its callers. Sizes
// that an op makes equal are equal: bottom right is top left.
// CHECK-LABEL: func @ranges
func.func @ranges(%q: !q {attn.dims = ["", "", "m", ""]}, %k: !q {attn.dims = ["", "", "n", ""]}) -> !q attributes {attn.dim_ranges = {n = array<i64: 1, 64>}} {
  // CHECK: attn.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} : (
  // expected-remark @+1 {{from #attn.prefix<64> to all keys: #attn.prefix<64> holds everywhere (by intervals, for the op's sizes)}}
  %0 = attn.attention %q, %k, %k mask(#attn.prefix<64>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.prefix<63>)
  %1 = attn.attention %0, %k, %k mask(#attn.prefix<63>) : (!q, !q, !q) -> !q
  return %1 : !q
}
// CHECK-LABEL: func @called
func.func @called(%q: !q {attn.dims = ["", "", "m", ""]}, %k: !q {attn.dims = ["", "", "n", ""]}) -> !q attributes {attn.dim_ranges = {n = array<i64: 1, 64>}} {
  // CHECK: mask(#attn.prefix<64>)
  %0 = attn.attention %q, %k, %k mask(#attn.prefix<64>) : (!q, !q, !q) -> !q
  return %0 : !q
}
// CHECK-LABEL: func @calls
func.func @calls(%q: !q, %k: !q) -> !q {
  %0 = func.call @called(%q, %k) : (!q, !q) -> !q
  // CHECK: mask(#attn.or<#attn.causal, #attn.causal<bottom_right>>)
  %1 = attn.attention %0, %k, %k mask(#attn.or<#attn.causal, #attn.causal<bottom_right>>) : (!q, !q, !q) -> !q
  // CHECK: mask(#attn.causal<bottom_right>)
  // expected-remark @+1 {{to #attn.causal<bottom_right>: #attn.causal is implied by #attn.causal<bottom_right> (Presburger, for the op's sizes)}}
  %2 = attn.attention %1, %1, %1 mask(#attn.or<#attn.causal, #attn.causal<bottom_right>>) : (!q, !q, !q) -> !q
  return %2 : !q
}

// -----

!q = tensor<1x2x?x8xf32>
!t = tensor<1x2x?xf32>

// Reductions of scores have masks, too. The greatest of no scores is minus infinity, their sum is 0.
// CHECK-LABEL: func @reductions
func.func @reductions(%q: !q, %k: !q, %n: tensor<1xi64>) -> (!t, !t, !t) {
  // CHECK: attn.score_reduce kth_largest<8> %{{[^ ]*}}, %{{[^ ]*}} mask(#attn.and<#attn.window<255, 0>, #attn.length>, %{{[^ ]*}}[b] : tensor<1xi64>) :
  // expected-remark @+1 {{to #attn.and<#attn.window<255, 0>, #attn.length>: #attn.length is repeated (structurally, for all sizes); #attn.causal is implied by #attn.window<255, 0> (Presburger, for all sizes)}}
  %0 = attn.score_reduce kth_largest<8> %q, %k mask(#attn.and<#attn.causal, #attn.window<255, 0>, #attn.length, #attn.length>, %n[b] : tensor<1xi64>, %n[b] : tensor<1xi64>) : (!q, !q) -> !t
  // CHECK: %[[INF:.*]] = arith.constant 0xFF800000 : f32
  // CHECK: %[[MAX:.*]] = linalg.fill ins(%[[INF]] : f32)
  // expected-remark @+1 {{to no key: #attn.prefix<0> holds nowhere (by intervals, for all sizes)}}
  %1 = attn.score_reduce max %q, %k mask(#attn.prefix<0>) : (!q, !q) -> !t
  // CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK: %[[SUM:.*]] = linalg.fill ins(%[[ZERO]] : f32)
  // expected-remark @+1 {{to no key: #attn.prefix<0> holds nowhere (by intervals, for all sizes)}}
  %2 = attn.score_reduce sum %q, %k mask(#attn.prefix<0>) : (!q, !q) -> !t
  // CHECK: return %{{[^ ]*}}, %[[MAX]], %[[SUM]]
  return %0, %1, %2 : !t, !t, !t
}

// -----

!q = tensor<1x2x4x8xf32>

// Slices: positions are those of the whole, moved by what is known of `at`.
// CHECK-LABEL: func @slices
func.func @slices(%q: !q, %k: !q, %at: index) -> !q {
  %c0 = arith.constant 0 : index
  %c100 = arith.constant 100 : index
  // CHECK: mask(#attn.causal)
  %0 = attn.attention %q, %k, %k at(%c0, %c0, %at, %c0) mask(#attn.causal) : (!q, !q, !q) -> !q
  // CHECK: at(%{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}}) : (
  // expected-remark @+1 {{from #attn.causal to all keys: #attn.causal holds everywhere (by intervals, for the op's sizes)}}
  %1 = attn.attention %0, %k, %k at(%c0, %c0, %c100, %c0) mask(#attn.causal) : (!q, !q, !q) -> !q
  return %1 : !q
}

// -----

!q = tensor<1x2x256x8xf32>

// A box was given for the grid of the mask, which the part that is left would not have.
// CHECK-LABEL: func @box
func.func @box(%q: !q) -> !q {
  // CHECK: mask(#attn.or<#attn.causal<1000>, #attn.neighborhood<grid = [16, 16], window = [3, 3]>>)
  // CHECK-SAME: box = [4, 4]
  %0 = attn.attention %q, %q, %q mask(#attn.or<#attn.causal<1000>, #attn.neighborhood<grid = [16, 16], window = [3, 3]>>)
       schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 16, lanes = 16, columns = 16, box = [4, 4]>) : (!q, !q, !q) -> !q
  return %0 : !q
}

// -----

!q = tensor<1x1x9223372036854775807x8xf32>

// Nobody computes with such positions: nothing is known of them.
// CHECK-LABEL: func @endless
func.func @endless(%q: !q) -> !q {
  // CHECK: mask(#attn.and<#attn.causal, #attn.window<300, 5>>)
  %0 = attn.attention %q, %q, %q mask(#attn.and<#attn.causal, #attn.window<300, 5>>) : (!q, !q, !q) -> !q
  return %0 : !q
}
