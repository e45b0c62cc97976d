// RUN: attn-opt %s -split-input-file | attn-opt -split-input-file | FileCheck %s
// RUN: attn-opt %s -split-input-file -mlir-print-op-generic | attn-opt -split-input-file | FileCheck %s
// RUN: attn-opt %s -split-input-file -mlir-print-local-scope | attn-opt -split-input-file | FileCheck %s
// Masks print what they parse, alone and inside an op. The examples of the masks' documentation stand here word for word.

// CHECK-LABEL: func private @bands() attributes
func.func private @bands() attributes {
  // CHECK-SAME: a = #attn.causal, b = #attn.causal<bottom_right>, c = #attn.causal<-3>, d = #attn.causal,
  a = #attn.causal, b = #attn.causal<bottom_right>, c = #attn.causal<-3>, d = #attn.causal<top_left>,
  // CHECK-SAME: e = #attn.window<255, 0>, f = #attn.window<0, 1099511627776>,
  e = #attn.window<255, 0>, f = #attn.window<0, 1099511627776>,
  // CHECK-SAME: g = #attn.prefix<4>, h = #attn.prefix, i = #attn.length, j = #attn.dense
  g = #attn.prefix<4>, h = #attn.prefix, i = #attn.length, j = #attn.dense
}

// -----

// CHECK-LABEL: func private @connectives() attributes
func.func private @connectives() attributes {
  // CHECK-SAME: a = #attn.and<#attn.causal, #attn.window<255, 0>>,
  a = #attn.and<#attn.causal, #attn.window<255, 0>>,
  // CHECK-SAME: b = #attn.or<#attn.prefix<4>, #attn.window<255, 0>>,
  b = #attn.or<#attn.prefix<4>, #attn.window<255, 0>>,
  // CHECK-SAME: c = #attn.and<#attn.causal, #attn.length>, d = #attn.and<#attn.causal, #attn.dense>,
  c = #attn.and<#attn.causal, #attn.length>, d = #attn.and<#attn.causal, #attn.dense>,
  // CHECK-SAME: e = #attn.or<#attn.causal, #attn.prefix>, f = #attn.not<#attn.prefix<16>>,
  e = #attn.or<#attn.causal, #attn.prefix>, f = #attn.not<#attn.prefix<16>>,
  // CHECK-SAME: g = #attn.and<#attn.or<#attn.causal<1>, #attn.not<#attn.not<#attn.dense>>>>
  g = #attn.and<#attn.or<#attn.causal<1>, #attn.not<#attn.not<#attn.dense>>>>
}

// -----

#band = affine_set<(b, h, i, j)[queries, keys] : (i - j >= 0, i mod 4 - j mod 4 == 0)>
#rows = affine_set<(b, h, i, j) : (i floordiv 8 - 2 >= 0)>

// CHECK-LABEL: func private @sets() attributes
func.func private @sets() attributes {
  // CHECK-SAME: a = #attn.set<-j + i ge 0, (i - j) mod 4 eq 0>,
  a = #attn.set<-j + i ge 0, (i - j) mod 4 eq 0>,
  // CHECK-SAME: b = #attn.set<i - j ge 0, i mod 4 - j mod 4 eq 0>, c = #attn.set<i floordiv 8 - 2 ge 0>,
  b = #attn.set<#band>, c = #attn.set<#rows>,
  // CHECK-SAME: d = #attn.set<i + keys - queries - j ge 0, -j + 7 ge 0, b - h eq 0>,
  d = #attn.set<j le i + keys - queries, 7 ge j, b eq h>,
  // CHECK-SAME: e = #attn.set<(i ceildiv 3) * 3 - (j + 1) ge 0>, f = #attn.set<-1 ge 0>
  e = #attn.set<(i ceildiv 3) * 3 ge j + 1>, f = #attn.set<1 le 0>
}

// -----

// Sets on grids: coordinates of query and key on each axis, outermost first, beside flat positions.
#columns = affine_set<(b, h, i, j, i0, j0, i1, j1)[queries, keys] : (i1 - j1 == 0, j0 >= 0)>

// CHECK-LABEL: func private @sets_on_grids() attributes
func.func private @sets_on_grids() attributes {
  // CHECK-SAME: a = #attn.set<grid = [?, 64], i1 floordiv 8 - j1 floordiv 8 eq 0>,
  a = #attn.set<grid = [?, 64], i1 floordiv 8 - j1 floordiv 8 eq 0>,
  // CHECK-SAME: b = #attn.set<grid = [?, ?, ?], i0 - j0 ge 0, i2 - j2 + 1 ge 0, b - h + i - j + queries - keys ge 0>,
  b = #attn.set<grid = [?, ?, ?], j0 le i0, j2 le i2 + 1, b - h + i - j + queries - keys ge 0>,
  // CHECK-SAME: c = #attn.set<grid = [4, 8], i1 - j1 eq 0, j0 ge 0>, d = #attn.set<grid = [9], (i0 - j0) mod 2 eq 0>,
  c = #attn.set<grid = [4, 8], #columns>, d = #attn.set<grid = [9], (i0 - j0) mod 2 eq 0>,
  // CHECK-SAME: e = #attn.not<#attn.set<grid = [?], i - j ge 0>>
  e = #attn.not<#attn.set<grid = [?], i ge j>>
}

// -----

// CHECK-LABEL: func @criss_cross
// CHECK: mask(#attn.or<#attn.set<grid = [?, ?], i0 - j0 eq 0>, #attn.set<grid = [?, ?], i1 - j1 eq 0>>, %{{.*}}[0] : tensor<2xi64>, %{{.*}}[1] : tensor<2xi64>, %{{.*}}[0] : tensor<2xi64>, %{{.*}}[1] : tensor<2xi64>)
func.func @criss_cross(%q: tensor<?x12x?x64xf32>, %size: tensor<2xi64>) -> tensor<?x12x?x64xf32> {
  %o = attn.attention %q, %q, %q
     mask(#attn.or<#attn.set<grid = [?, ?], i0 eq j0>, #attn.set<grid = [?, ?], i1 eq j1>>,
          %size[0] : tensor<2xi64>, %size[1] : tensor<2xi64>, %size[0] : tensor<2xi64>, %size[1] : tensor<2xi64>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  return %o : tensor<?x12x?x64xf32>
}

// -----

// The symbols of a connective are those of its operands in order.
// CHECK-LABEL: func @symbols
// CHECK: mask(#attn.and<#attn.length, #attn.dense>, %{{.*}}[b] : tensor<?xi64>, %{{.*}}[b, j] : tensor<?x?xi1>)
func.func @symbols(%q: tensor<?x12x?x64xf32>, %len: tensor<?xi64>, %m: tensor<?x?xi1>) -> tensor<?x12x?x64xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.and<#attn.length, #attn.dense>, %len[b] : tensor<?xi64>, %m[b, j] : tensor<?x?xi1>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  return %o : tensor<?x12x?x64xf32>
}

// -----

// CHECK-LABEL: func @general
// CHECK: mask(#attn.dense, %{{.*}}[b, h, i, j] : tensor<?x?x?x?xi1>)
// CHECK: mask(#attn.prefix, %{{.*}}[b] : tensor<?xi64>)
// CHECK: mask(#attn.set<i - j ge 0>)
#causal = affine_set<(b, h, i, j)[queries, keys] : (i - j >= 0)>
func.func @general(%q: tensor<?x12x?x64xf32>, %m: tensor<?x?x?x?xi1>, %p: tensor<?xi64>) -> tensor<?x12x?x64xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.dense, %m[b, h, i, j] : tensor<?x?x?x?xi1>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  %r = attn.attention %o, %q, %q mask(#attn.prefix, %p[b] : tensor<?xi64>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  %s = attn.attention %r, %q, %q mask(#attn.set<#causal>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  return %s : tensor<?x12x?x64xf32>
}

// -----

// Parameters may stand in any order; those that say nothing are left out.
// CHECK-LABEL: func private @grids() attributes
func.func private @grids() attributes {
  // CHECK-SAME: a = #attn.blocks<64>, b = #attn.blocks<64, 1, 0>, c = #attn.blocks<64, 1099511627776, 0>,
  a = #attn.blocks<64, 0, 0>, b = #attn.blocks<64, 1, 0>, c = #attn.blocks<64, 1099511627776, 0>,
  // CHECK-SAME: d = #attn.neighborhood<grid = [56, 56], window = [7, 7]>,
  d = #attn.neighborhood<grid = [56, 56], window = [7, 7]>,
  // CHECK-SAME: e = #attn.neighborhood<grid = [4096], window = [33], stride = [8], dilation = [4]>,
  e = #attn.neighborhood<dilation = [4], stride = [8], causal = [false], window = [33], grid = [4096]>,
  // CHECK-SAME: f = #attn.neighborhood<grid = [?, 8, 8], window = [3, 8, 1], causal = [true, false, false]>,
  f = #attn.neighborhood<grid = [?, 8, 8], window = [3, 8, 1], stride = [1, 1, 1], causal = [true, false, false]>,
  // CHECK-SAME: g = #attn.and<#attn.causal, #attn.segments>
  g = #attn.and<#attn.causal, #attn.segments>
}

// -----

// Symbols of segments are first and end, those of a grid its unknown extents in order. A block table is a dense mask.
// CHECK-LABEL: func @run_time
// CHECK: mask(#attn.segments, %{{.*}}[b, i] : tensor<?x?xi64>, %{{.*}}[b, i] : tensor<?x?xi64>)
// CHECK: mask(#attn.neighborhood<grid = [?, ?], window = [7, 7]>, %{{.*}}[0] : tensor<2xi64>, %{{.*}}[1] : tensor<2xi64>)
// CHECK: mask(#attn.dense, %{{.*}}[b, h, i floordiv 64, j floordiv 64] : tensor<?x?x?x?xi1>)
func.func @run_time(%q: tensor<?x12x?x64xf32>, %first: tensor<?x?xi64>, %end: tensor<?x?xi64>, %size: tensor<2xi64>,
                    %table: tensor<?x?x?x?xi1>) -> tensor<?x12x?x64xf32> {
  %o = attn.attention %q, %q, %q mask(#attn.segments, %first[b, i] : tensor<?x?xi64>, %end[b, i] : tensor<?x?xi64>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  %r = attn.attention %o, %q, %q
     mask(#attn.neighborhood<grid = [?, ?], window = [7, 7]>, %size[0] : tensor<2xi64>, %size[1] : tensor<2xi64>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  %s = attn.attention %r, %q, %q mask(#attn.dense, %table[b, h, i floordiv 64, j floordiv 64] : tensor<?x?x?x?xi1>)
     : (tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>, tensor<?x12x?x64xf32>) -> tensor<?x12x?x64xf32>
  return %s : tensor<?x12x?x64xf32>
}

// -----

// The operands may be a slice of the grid.
// CHECK-LABEL: func @slice_of_grid
// CHECK: mask(#attn.neighborhood<grid = [8, 8], window = [3, 3]>)
func.func @slice_of_grid(%q: tensor<1x1x16x64xf32>, %k: tensor<1x1x64x64xf32>, %c0: index, %c16: index, %c64: index) -> tensor<1x1x16x64xf32> {
  %o = attn.attention %q, %k, %k at(%c0, %c0, %c16, %c0) of(%c64, %c64)
     mask(#attn.neighborhood<grid = [8, 8], window = [3, 3]>)
     : (tensor<1x1x16x64xf32>, tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>) -> tensor<1x1x16x64xf32>
  return %o : tensor<1x1x16x64xf32>
}
