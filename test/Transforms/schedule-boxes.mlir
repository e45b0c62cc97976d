// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-schedule{remarks=true})' -verify-diagnostics | FileCheck %s
// Where the mask leaves neighbouring queries little in common, boxes of its grid walk over keys of their own; the counted tiles decide.

module attributes {attn.variant = "x86-64-v4"} {
  // CHECK-LABEL: func @image
  // CHECK: strip = [[STRIP:[0-9]+]], {{.*}}, lanes = 16, columns = {{[0-9]+}}, box = [4, 4]>
  func.func @image(%q: tensor<1x4x4096x64xf32>) -> tensor<1x4x4096x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: boxes of 4x4 queries, where blocks of 196x256 would take}}
    %o = attn.attention %q, %q, %q mask(#attn.neighborhood<grid = [64, 64], window = [7, 7]>)
       : (tensor<1x4x4096x64xf32>, tensor<1x4x4096x64xf32>, tensor<1x4x4096x64xf32>) -> tensor<1x4x4096x64xf32>
    return %o : tensor<1x4x4096x64xf32>
  }

  // A window that is much wider than a strip stays with blocks.
  // CHECK-LABEL: func @window
  // CHECK: schedule(#attn.schedule<rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16>)
  func.func @window(%q: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: blocks of 196x256, where boxes of}}
    %o = attn.attention %q, %q, %q mask(#attn.window<2047, 0>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }

  // Bands that lie far apart are listed one by one.
  // CHECK-LABEL: func @powers
  // CHECK: box = [{{16|32}}]>
  func.func @powers(%q: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: boxes of}}
    %o = attn.attention %q, %q, %q mask(#attn.or<#attn.window<1, 0>, #attn.set<i - j - 64 eq 0>, #attn.set<i - j - 512 eq 0>, #attn.set<i - j - 2048 eq 0>>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }

  // A table of blocks says at run time what is visible: boxes ask it for every stretch of keys.
  // CHECK-LABEL: func @table
  // CHECK: box = [{{16|32}}]>
  func.func @table(%q: tensor<1x4x?x64xf32>, %t: tensor<?x?xi1>) -> tensor<1x4x?x64xf32> {
    // expected-remark@+1 {{queries, as a table of blocks says at run time which keys each sees}}
    %o = attn.attention %q, %q, %q mask(#attn.dense, %t[i floordiv 64, j floordiv 64] : tensor<?x?xi1>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }

  // Sizes are anybody's, and so is what counting takes.
  // CHECK-LABEL: func @endless
  // CHECK: schedule(#attn.schedule<rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16>)
  func.func @endless(%q: tensor<1x1x?x64xf32>) -> tensor<1x1x?x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: blocks of 196x256, as counting tiles of boxes takes too long}}
    %o = attn.attention %q, %q, %q mask(#attn.neighborhood<grid = [1048576, 1048576], window = [1048576, 1048575]>)
       : (tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>, tensor<1x1x?x64xf32>) -> tensor<1x1x?x64xf32>
    return %o : tensor<1x1x?x64xf32>
  }

  // Sets have grids, too. Parts that bind the extents to the same elements lie on one.
  // CHECK-LABEL: func @column
  // CHECK: box = [{{16|32}}, 1]>
  func.func @column(%q: tensor<1x4x?x64xf32>, %e: tensor<2xi64>) -> tensor<1x4x?x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: boxes of}}
    %o = attn.attention %q, %q, %q mask(#attn.set<grid = [?, ?], i1 eq j1>, %e[0] : tensor<2xi64>, %e[1] : tensor<2xi64>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }
  // CHECK-LABEL: func @criss_cross
  // CHECK: box = [{{[0-9]+}}, {{[0-9]+}}]>
  func.func @criss_cross(%q: tensor<1x4x?x64xf32>, %e: tensor<2xi64>) -> tensor<1x4x?x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: boxes of}}
    %o = attn.attention %q, %q, %q
         mask(#attn.or<#attn.set<grid = [?, ?], i1 eq j1>, #attn.set<grid = [?, ?], i0 eq j0>>,
              %e[0] : tensor<2xi64>, %e[1] : tensor<2xi64>, %e[0] : tensor<2xi64>, %e[1] : tensor<2xi64>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }
  // Where other elements may hold other extents, there is no grid to walk over.
  // CHECK-LABEL: func @two_grids
  // CHECK-NOT: box = [{{[0-9]+}}, {{[0-9]+}}]>
  func.func @two_grids(%q: tensor<1x4x?x64xf32>, %e: tensor<2xi64>) -> tensor<1x4x?x64xf32> {
    // expected-remark@+1 {{for x86-64-v4: b}}
    %o = attn.attention %q, %q, %q
         mask(#attn.or<#attn.set<grid = [?, ?], i1 eq j1>, #attn.set<grid = [?, ?], i0 eq j0>>,
              %e[0] : tensor<2xi64>, %e[1] : tensor<2xi64>, %e[1] : tensor<2xi64>, %e[0] : tensor<2xi64>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }

  // Slices, few queries, storage in bf16 and no mask have nothing to choose.
  // CHECK-LABEL: func @slice
  // CHECK-NOT: box
  func.func @slice(%q: tensor<1x4x64x64xf32>, %i: index) -> tensor<1x4x64x64xf32> {
    %o = attn.attention %q, %q, %q at(%i, %i, %i, %i) mask(#attn.window<3, 3>)
       : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32>
    return %o : tensor<1x4x64x64xf32>
  }
}
