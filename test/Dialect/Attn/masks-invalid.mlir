// RUN: attn-opt %s -split-input-file -verify-diagnostics
// Each diagnostic of the masks with its full text.

// expected-error @+1 {{expects the offset of causal to be between -1099511627776 and 1099511627776, but got -1099511627777}}
func.func private @f() attributes {m = #attn.causal<-1099511627777>}

// -----

// expected-error @+1 {{expects the left side of window to be between 0 and 1099511627776, but got -1}}
func.func private @f() attributes {m = #attn.window<-1, 0>}

// -----

// expected-error @+1 {{expects the right side of window to be between 0 and 1099511627776, but got -7}}
func.func private @f() attributes {m = #attn.window<0, -7>}

// -----

// expected-error @+1 {{expects the right side of window to be between 0 and 1099511627776, but got 9223372036854775807}}
func.func private @f() attributes {m = #attn.window<0, 9223372036854775807>}

// -----

// expected-error @+1 {{expects the size of prefix to be between 0 and 1099511627776, but got -4}}
func.func private @f() attributes {m = #attn.prefix<-4>}

// -----

// expected-error @+1 {{expects the number of operands of and to be at least 1, but got 0}}
func.func private @f() attributes {m = #attn.and<>}

// -----

// expected-error @+1 {{expects the number of operands of or to be at least 1, but got 0}}
func.func private @f() attributes {m = #attn.or<>}

// -----

// expected-error @+1 {{expects the number of operands of not to be 1, but got 2}}
func.func private @f() attributes {m = #attn.not<#attn.causal, #attn.length>}

// -----

// expected-error @+1 {{expects the number of operands of not to be 1, but got 0}}
func.func private @f() attributes {m = #attn.not<>}

// -----

// expected-error @+1 {{expects operands of and to be masks, but got #attn.softmax}}
func.func private @f() attributes {m = #attn.and<#attn.causal, #attn.softmax>}

// -----

// expected-error @+1 {{expects operands of or to be masks, but got 3 : i64}}
func.func private @f() attributes {m = #attn.or<3>}

// -----

// expected-error @+1 {{expects the comparison to be 'ge', 'le' or 'eq', but got '>'}}
func.func private @f() attributes {m = #attn.set<i >}

// -----

// expected-error @+1 {{expects the comparison to be 'ge', 'le' or 'eq', but got 'g'}}
func.func private @f() attributes {m = #attn.set<i gt 0>}

// -----

#pair = affine_set<(i, j) : (i - j >= 0)>
// expected-error @+1 {{expects the set to have the 4 dimensions b, h, i, j, but got 2}}
func.func private @f() attributes {m = #attn.set<#pair>}

// -----

#triple = affine_set<(b, h, i, j)[q, k, s] : (i - s >= 0)>
// expected-error @+1 {{expects the set to have no symbols but queries and keys, but got 3}}
func.func private @f() attributes {m = #attn.set<#triple>}

// -----

// expected-error @+1 {{expects the set to multiply by constants and to divide by positive constants, but got i floordiv keys}}
func.func private @f() attributes {m = #attn.set<i floordiv keys ge 0>}

// -----

#product = affine_set<(b, h, i, j)[q, k] : (i * k - j >= 0)>
// expected-error @+1 {{expects the set to multiply by constants and to divide by positive constants, but got i * keys - j}}
func.func private @f() attributes {m = #attn.set<#product>}

// -----

// expected-error @+1 {{expects the set to multiply by constants and to divide by positive constants, but got i floordiv 0}}
func.func private @f() attributes {m = #attn.set<i floordiv 0 ge 0>}

// -----

// expected-error @+1 {{expects the set to multiply by constants and to divide by positive constants, but got i mod -3 - 1}}
func.func private @f() attributes {m = #attn.set<i mod -3 ge 1>}

// -----

// expected-error @+1 {{expects constraints to stay below 2^60 for positions up to 2^40, but got i * 1048576 - j}}
func.func private @f() attributes {m = #attn.set<i * 1048576 ge j>}

// -----

// expected-error @+1 {{expects constraints to stay below 2^60 for positions up to 2^40, but got i * 9223372036854775807}}
func.func private @f() attributes {m = #attn.set<i * 9223372036854775807 ge 0>}

// -----

// expected-error @+1 {{expects masks to nest at most 64 deep, but got 65}}
func.func private @f() attributes {m = #attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.not<#attn.causal>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>}

// -----

// Shared masks count as often as they stand there; written out, this one would double with each line.
#m1 = #attn.and<#attn.causal, #attn.causal>
#m2 = #attn.and<#m1, #m1>
#m3 = #attn.and<#m2, #m2>
#m4 = #attn.and<#m3, #m3>
#m5 = #attn.and<#m4, #m4>
#m6 = #attn.and<#m5, #m5>
#m7 = #attn.and<#m6, #m6>
#m8 = #attn.and<#m7, #m7>
#m9 = #attn.and<#m8, #m8>
// expected-error @+1 {{expects a mask to consist of at most 1024 masks, but got 2047 or more}}
#m10 = #attn.and<#m9, #m9>

// -----

// expected-error @+1 {{expects the set to have at most 1024 operations, but got 1025 or more}}
func.func private @f() attributes {m = #attn.set<i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0, i ge 0>}
