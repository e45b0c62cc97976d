// RUN: attn-opt %s -split-input-file -pass-pipeline='builtin.module(attn-schedule)' -verify-diagnostics | FileCheck %s
// The register tile follows the variant; blocks follow the sizes; a schedule that is there stays.

module attributes {attn.variant = "x86-64-v4"} {
  // CHECK-LABEL: func @v4
  // CHECK: schedule(#attn.schedule<rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16>)
  func.func @v4(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    %o = attn.attention %q, %k, %k
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }

  // Few queries need few rows in equal strips, wide heads short blocks.
  // CHECK-LABEL: func @small_and_wide
  // CHECK: schedule(#attn.schedule<rows = 33, keys = 128, strip = 11, panel = 32, lanes = 16>)
  // CHECK: schedule(#attn.schedule<rows = 8, keys = 256, strip = 4, panel = 32, lanes = 16>)
  func.func @small_and_wide(%q: tensor<1x4x33x512xf32>, %k: tensor<1x4x?x512xf32>, %q0: tensor<1x4x0x64xf32>, %k0: tensor<1x4x?x64xf32>) -> (tensor<1x4x33x512xf32>, tensor<1x4x0x64xf32>) {
    %o = attn.attention %q, %k, %k
       : (tensor<1x4x33x512xf32>, tensor<1x4x?x512xf32>, tensor<1x4x?x512xf32>) -> tensor<1x4x33x512xf32>
    %p = attn.attention %q0, %k0, %k0
       : (tensor<1x4x0x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x0x64xf32>
    return %o, %p : tensor<1x4x33x512xf32>, tensor<1x4x0x64xf32>
  }

  // Up to 32 queries for each key head, over all of its query heads, are the rows of one task, and the keys come in parts.
  // Rows that do not divide into tiles of at most 8 make one flat tile.
  // CHECK-LABEL: func @few
  // CHECK: schedule(#attn.schedule<rows = 4, keys = 256, strip = 4, panel = 64, lanes = 16, split = 1024>)
  // CHECK: schedule(#attn.schedule<rows = 12, keys = 256, strip = 6, panel = 32, lanes = 16, split = 1024>)
  // CHECK: schedule(#attn.schedule<rows = 13, keys = 256, strip = 13, panel = 16, lanes = 16, split = 1024>)
  // CHECK: schedule(#attn.schedule<rows = 36, keys = 256, strip = 12, panel = 32, lanes = 16>)
  func.func @few(%q: tensor<1x32x1x128xf32>, %k: tensor<1x8x?x128xf32>, %q3: tensor<1x32x3x128xf32>, %q13: tensor<1x8x13x128xf32>, %q34: tensor<1x8x34x128xf32>) -> (tensor<1x32x1x128xf32>, tensor<1x32x3x128xf32>, tensor<1x8x13x128xf32>, tensor<1x8x34x128xf32>) {
    %o = attn.attention %q, %k, %k
       : (tensor<1x32x1x128xf32>, tensor<1x8x?x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x32x1x128xf32>
    %p = attn.attention %q3, %k, %k
       : (tensor<1x32x3x128xf32>, tensor<1x8x?x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x32x3x128xf32>
    %r = attn.attention %q13, %k, %k
       : (tensor<1x8x13x128xf32>, tensor<1x8x?x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x8x13x128xf32>
    %s = attn.attention %q34, %k, %k
       : (tensor<1x8x34x128xf32>, tensor<1x8x?x128xf32>, tensor<1x8x?x128xf32>) -> tensor<1x8x34x128xf32>
    return %o, %p, %r, %s : tensor<1x32x1x128xf32>, tensor<1x32x3x128xf32>, tensor<1x8x13x128xf32>, tensor<1x8x34x128xf32>
  }

  // CHECK-LABEL: func @given
  // CHECK: schedule(#attn.schedule<rows = 24, keys = 64, strip = 8, panel = 32, lanes = 16>)
  func.func @given(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    %o = attn.attention %q, %k, %k schedule(#attn.schedule<rows = 24, keys = 64, strip = 8, panel = 32, lanes = 16>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }
}

// -----

module attributes {attn.variant = "x86-64-v3"} {
  // CHECK-LABEL: func @v3
  // CHECK: schedule(#attn.schedule<rows = 198, keys = 256, strip = 6, panel = 16, lanes = 8>)
  func.func @v3(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    %o = attn.attention %q, %k, %k
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }
}

// -----

module attributes {attn.variant = "x86-64-v2"} {
  // CHECK-LABEL: func @v2
  // CHECK: schedule(#attn.schedule<rows = 200, keys = 256, strip = 4, panel = 8, lanes = 4>)
  func.func @v2(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    %o = attn.attention %q, %k, %k
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }
}

// -----

// expected-error@+1 {{expects attn.variant on the module, but got none}}
module {
  func.func @f(%q: tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32> {
    %o = attn.attention %q, %q, %q
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    return %o : tensor<1x4x?x64xf32>
  }
}
