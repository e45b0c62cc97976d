// RUN: %plugin-opt %s --pass-pipeline='builtin.module(limit-context{keys=16})' | FileCheck %s
// RUN: %plugin-opt %s --pass-pipeline='builtin.module(limit-context{keys=16},limit-context{keys=4})' | FileCheck %s
// RUN: %plugin-opt %s --pass-pipeline='builtin.module(limit-context)' | FileCheck %s --check-prefix=DEFAULT

// Twice is once, as the second line shows.

!t = tensor<1x2x?x8xf32>

// CHECK-LABEL: @causal
// CHECK: attn.attention {{.*}} mask(#attn.and<#attn.causal, #attn.window<15, 0>>)
// DEFAULT-LABEL: @causal
// DEFAULT: mask(#attn.and<#attn.causal, #attn.window<255, 0>>)
func.func @causal(%q: !t, %k: !t, %v: !t) -> !t {
  %o = attn.attention %q, %k, %v mask(#attn.causal) : (!t, !t, !t) -> !t
  return %o : !t
}

// Symbols stay bound to the part that reads them.
// CHECK-LABEL: @with_length
// CHECK: mask(#attn.and<#attn.length, #attn.causal, #attn.window<15, 0>>, %{{.*}} : tensor<i64>)
func.func @with_length(%q: !t, %k: !t, %v: !t, %n: tensor<i64>) -> !t {
  %o = attn.attention %q, %k, %v mask(#attn.and<#attn.length, #attn.causal>, %n[] : tensor<i64>) : (!t, !t, !t) -> !t
  return %o : !t
}

// CHECK-LABEL: @left_alone
// CHECK: attn.attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} :
// CHECK: mask(#attn.causal<bottom_right>)
// CHECK: mask(#attn.and<#attn.causal, #attn.window<3, 0>>)
// CHECK: mask(#attn.or<#attn.causal, #attn.prefix<4>>)
func.func @left_alone(%q: !t, %k: !t, %v: !t) -> (!t, !t, !t, !t) {
  %0 = attn.attention %q, %k, %v : (!t, !t, !t) -> !t
  %1 = attn.attention %q, %k, %v mask(#attn.causal<bottom_right>) : (!t, !t, !t) -> !t
  %2 = attn.attention %q, %k, %v mask(#attn.and<#attn.causal, #attn.window<3, 0>>) : (!t, !t, !t) -> !t
  %3 = attn.attention %q, %k, %v mask(#attn.or<#attn.causal, #attn.prefix<4>>) : (!t, !t, !t) -> !t
  return %0, %1, %2, %3 : !t, !t, !t, !t
}
