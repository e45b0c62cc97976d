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

// expected-error @+1 {{expects constraints to stay below 2^60 for positions up to 2^40, but got i0 * 1048576 - j1}}
func.func private @f() attributes {m = #attn.set<grid = [4, 4], i0 * 1048576 ge j1>}

// -----

// expected-error @+1 {{expects coordinates of set to come with a grid, but got j1}}
func.func private @f() attributes {m = #attn.set<i ge 0, i ge j1 + 3>}

// -----

// expected-error @+1 {{expects the axis of coordinates of set to be below 2, but got i2}}
func.func private @f() attributes {m = #attn.set<grid = [?, 8], i0 eq j0, i2 floordiv 4 eq 0>}

// -----

// expected-error @+1 {{expects the axis of coordinates of set to be below 1, but got j9}}
func.func private @f() attributes {m = #attn.set<grid = [8], j9 ge 0>}

// -----

// expected-error @+1 {{expects the grid of set to have 1 to 3 axes, but got 4}}
func.func private @f() attributes {m = #attn.set<grid = [2, 2, ?, 2], i3 eq j3>}

// -----

// expected-error @+1 {{expects the grid of set to have 1 to 3 axes, but got 0}}
func.func private @f() attributes {m = #attn.set<grid = [], i eq j>}

// -----

// expected-error @+1 {{expects the extent of set on axis 1 to be between 1 and 1099511627776, but got 0}}
func.func private @f() attributes {m = #attn.set<grid = [?, 0], i1 eq j1>}

// -----

// expected-error @+1 {{expects the extent of set on axis 0 to be between 1 and 1099511627776, but got -9223372036854775808}}
func.func private @f() attributes {m = #attn.set<grid = [-9223372036854775808], i0 eq j0>}

// -----

// expected-error @+1 {{expects the grid of set to have at most 1099511627776 tokens, but got 1099511627776 times 2}}
func.func private @f() attributes {m = #attn.set<grid = [1048576, 1048576, 2], i0 eq j0>}

// -----

#flat = affine_set<(b, h, i, j) : (i - j >= 0)>
// expected-error @+1 {{expects the set to have the 8 dimensions b, h, i, j, i0, j0, i1, j1, but got 4}}
func.func private @f() attributes {m = #attn.set<grid = [4, 8], #flat>}

// -----

#line = affine_set<(b, h, i, j, i0, j0) : (i0 - j0 >= 0)>
// expected-error @+1 {{expects the set to have the 4 dimensions b, h, i, j, but got 6}}
func.func private @f() attributes {m = #attn.set<#line>}

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

// -----

// expected-error @+1 {{expects the size of blocks to be between 1 and 1099511627776, but got 0}}
func.func private @f() attributes {m = #attn.blocks<0>}

// -----

// expected-error @+1 {{expects the size of blocks to be between 1 and 1099511627776, but got 1099511627777}}
func.func private @f() attributes {m = #attn.blocks<1099511627777>}

// -----

// expected-error @+1 {{expects the left side of blocks to be between 0 and 1099511627776, but got -1}}
func.func private @f() attributes {m = #attn.blocks<64, -1, 0>}

// -----

// expected-error @+1 {{expects the right side of blocks to be between 0 and 1099511627776, but got -2}}
func.func private @f() attributes {m = #attn.blocks<64, 0, -2>}

// -----

// expected-error @+1 {{expects a parameter of neighborhood to be one of grid, window, stride, dilation, causal, but got kernel}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], kernel = [3]>}

// -----

// expected-error @+1 {{expects window of neighborhood to be given once, but got it twice}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], window = [3]>}

// -----

// expected-error @+1 {{expects grid of neighborhood to be given, but got none}}
func.func private @f() attributes {m = #attn.neighborhood<window = [3]>}

// -----

// expected-error @+1 {{expects window of neighborhood to be given, but got none}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8]>}

// -----

// expected-error @+1 {{expects causal of neighborhood to be true or false on each axis, but got something else}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], causal = [1]>}

// -----

// expected-error @+1 {{expects the grid of neighborhood to have 1 to 3 axes, but got 0}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [], window = []>}

// -----

// expected-error @+1 {{expects the grid of neighborhood to have 1 to 3 axes, but got 4}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8, 8, 8, 8], window = [1, 1, 1, 1]>}

// -----

// expected-error @+1 {{expects window of neighborhood to have as many axes as the grid, but got 1 and 2}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8, 8], window = [3]>}

// -----

// expected-error @+1 {{expects stride of neighborhood to have as many axes as the grid, but got 2 and 1}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], stride = [1, 1]>}

// -----

// expected-error @+1 {{expects dilation of neighborhood to have as many axes as the grid, but got 0 and 1}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], dilation = []>}

// -----

// expected-error @+1 {{expects causal of neighborhood to have as many axes as the grid, but got 2 and 1}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], causal = [true, true]>}

// -----

// expected-error @+1 {{expects the extent of neighborhood on axis 1 to be between 1 and 1099511627776, but got 0}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8, 0], window = [3, 3]>}

// -----

// expected-error @+1 {{expects the extent of neighborhood on axis 0 to be between 1 and 1099511627776, but got -9223372036854775807}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [-9223372036854775807], window = [3]>}

// -----

// expected-error @+1 {{expects the window of neighborhood on axis 0 to be between 1 and 1099511627776, but got 0}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [0]>}

// -----

// expected-error @+1 {{expects the dilation of neighborhood on axis 1 to be between 1 and 1099511627776, but got 0}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8, 8], window = [3, 3], dilation = [1, 0]>}

// -----

// expected-error @+1 {{expects the stride of neighborhood on axis 0 to be between 1 and the window 3, but got 4}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], stride = [4]>}

// -----

// expected-error @+1 {{expects the stride of neighborhood on axis 0 to be between 1 and the window 3, but got 0}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [3], stride = [0]>}

// -----

// expected-error @+1 {{expects window times dilation of neighborhood on axis 1 to be at most the extent 8, but got 3 times 3}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8, 8], window = [3, 3], dilation = [1, 3]>}

// -----

// expected-error @+1 {{expects window times dilation of neighborhood on axis 0 to be at most the extent 8, but got 9 times 1}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [8], window = [9]>}

// -----

// expected-error @+1 {{expects window times dilation of neighborhood on axis 0 to be at most 1099511627776, but got 1048577 times 1048576}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [?], window = [1048577], dilation = [1048576]>}

// -----

// expected-error @+1 {{expects the grid of neighborhood to have at most 1099511627776 tokens, but got 1099511627776 times 2}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [1048576, 1048576, 2], window = [1, 1, 1]>}

// -----

// The number that means an extent which is not known.
// expected-error @+1 {{expects the extent of neighborhood on axis 0 to be between 1 and 1099511627776, but got -9223372036854775808}}
func.func private @f() attributes {m = #attn.neighborhood<grid = [-9223372036854775808], window = [3]>}

// -----

func.func @f(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects the grid [8, 9] of the mask to have as many tokens as there are queries, but got 72 and 64}}
  %o = attn.attention %q, %k, %k mask(#attn.neighborhood<grid = [8, 9], window = [3, 3]>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

// Each grid of a composition is asked.
func.func @f(%q: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects the grid [8, 7] of the mask to have as many tokens as there are queries, but got 56 and 64}}
  %o = attn.attention %q, %q, %q mask(#attn.or<#attn.set<grid = [8, 8], i0 eq j0>, #attn.set<grid = [8, 7], i1 eq j1>>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<1x1x64x64xf32>, %s: tensor<?xi64>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects mask symbol 1 to be the same for all queries and keys as an extent of a grid, but got affine_map<(d0, d1, d2, d3) -> (d3)>}}
  %o = attn.attention %q, %q, %q mask(#attn.set<grid = [?, ?], i0 eq j0>, %s[b] : tensor<?xi64>, %s[j] : tensor<?xi64>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<1x1x64x64xf32>, %s: tensor<?xi64>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects the mask to have 2 symbol(s) bound, but got 1}}
  %o = attn.attention %q, %q, %q mask(#attn.set<grid = [?, ?], i0 eq j0>, %s[b] : tensor<?xi64>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x65x64xf32>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects the grid [8, 8] of the mask to have as many tokens as there are keys, but got 64 and 65}}
  %o = attn.attention %q, %k, %k mask(#attn.and<#attn.causal, #attn.not<#attn.neighborhood<grid = [8, 8], window = [3, 3]>>>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x65x64xf32>, tensor<1x1x65x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<1x1x?x64xf32>, %k: tensor<1x1x63x64xf32>) -> tensor<1x1x?x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects the grid [8, 8] of the mask to have as many tokens as there are keys, but got 64 and 63}}
  %o = attn.attention %q, %k, %k mask(#attn.neighborhood<grid = [8, 8], window = [3, 3]>)
     : (tensor<1x1x?x64xf32>, tensor<1x1x63x64xf32>, tensor<1x1x63x64xf32>) -> tensor<1x1x?x64xf32>
  return %o : tensor<1x1x?x64xf32>
}

// -----

func.func @f(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x64x64xf32>, %s: tensor<?xi64>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects mask symbol 1 to be the same for all keys, but got affine_map<(d0, d1, d2, d3) -> (d3)>}}
  %o = attn.attention %q, %k, %k mask(#attn.segments, %s[i] : tensor<?xi64>, %s[j] : tensor<?xi64>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<1x1x64x64xf32>, %k: tensor<1x1x64x64xf32>, %s: tensor<?xi64>) -> tensor<1x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects mask symbol 1 to be the same for all queries and keys as an extent of a grid, but got affine_map<(d0, d1, d2, d3) -> (d2 floordiv 8)>}}
  %o = attn.attention %q, %k, %k mask(#attn.or<#attn.length, #attn.neighborhood<grid = [?, 8], window = [3, 3]>>, %s[b] : tensor<?xi64>, %s[i floordiv 8] : tensor<?xi64>)
     : (tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<2x1x64x64xf32>, %s: tensor<1xi64>) -> tensor<2x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects index 0 of mask symbol 0 to be below 1, but got 1}}
  %o = attn.attention %q, %q, %q mask(#attn.length, %s[b] : tensor<1xi64>)
     : (tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>) -> tensor<2x1x64x64xf32>
  return %o : tensor<2x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<2x1x64x64xf32>, %s: tensor<?x?x4x4xi1>) -> tensor<2x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects index 2 of mask symbol 0 to be below 4, but got 7}}
  %o = attn.attention %q, %q, %q mask(#attn.dense, %s[b, h, i floordiv 8, j floordiv 16] : tensor<?x?x4x4xi1>)
     : (tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>) -> tensor<2x1x64x64xf32>
  return %o : tensor<2x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<2x1x64x64xf32>, %s: tensor<2x64xi1>) -> tensor<2x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects index 1 of mask symbol 0 to be below 64, but got 65}}
  %o = attn.attention %q, %q, %q mask(#attn.dense, %s[b, j + 2] : tensor<2x64xi1>)
     : (tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>) -> tensor<2x1x64x64xf32>
  return %o : tensor<2x1x64x64xf32>
}

// -----

func.func @f(%q: tensor<2x1x64x64xf32>, %s: tensor<64xi64>) -> tensor<2x1x64x64xf32> {
  // expected-error @+1 {{'attn.attention' op expects index 0 of mask symbol 1 to be at least 0, but got -1}}
  %o = attn.attention %q, %q, %q mask(#attn.segments, %s[i] : tensor<64xi64>, %s[i - 1] : tensor<64xi64>)
     : (tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>, tensor<2x1x64x64xf32>) -> tensor<2x1x64x64xf32>
  return %o : tensor<2x1x64x64xf32>
}
