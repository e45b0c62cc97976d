// RUN: attn-opt %s -split-input-file -convert-attn-to-linalg -verify-diagnostics
// What a walk over boxes cannot do; attn-schedule does not ask for it.

func.func @axes(%q: tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32> {
  // expected-error@+1 {{expects the box of the schedule to have 2 sizes, but got 1}}
  %o = attn.attention %q, %q, %q mask(#attn.neighborhood<grid = [8, 8], window = [3, 3]>) schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [16]>)
     : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32>
  return %o : tensor<1x4x64x64xf32>
}

// -----

// A grid for each head is no grid of the whole attention.
func.func @heads(%q: tensor<1x4x64x64xf32>, %s: tensor<4xi64>) -> tensor<1x4x64x64xf32> {
  // expected-error@+1 {{expects the box of the schedule to have 1 sizes, but got 2}}
  %o = attn.attention %q, %q, %q mask(#attn.neighborhood<grid = [?, ?], window = [3, 3]>, %s[h] : tensor<4xi64>, %s[h] : tensor<4xi64>) schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [4, 4]>)
     : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32>
  return %o : tensor<1x4x64x64xf32>
}

// -----

func.func @slice(%q: tensor<1x4x64x64xf32>, %i: index) -> tensor<1x4x64x64xf32> {
  // expected-error@+1 {{expects an attention with a box not to be a slice of another one, but got positions}}
  %o = attn.attention %q, %q, %q at(%i, %i, %i, %i) mask(#attn.window<3, 3>) schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [16]>)
     : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32>
  return %o : tensor<1x4x64x64xf32>
}

// -----

func.func @stored(%q: tensor<1x4x64x64xf32>, %k: tensor<1x4x64x64xbf16>) -> tensor<1x4x64x64xf32> {
  // expected-error@+1 {{expects keys and values of an attention with a box to be f32, but got 'tensor<1x4x64x64xbf16>'}}
  %o = attn.attention %q, %k, %q mask(#attn.window<3, 3>) schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [16]>)
     : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xbf16>, tensor<1x4x64x64xf32>) -> tensor<1x4x64x64xf32>
  return %o : tensor<1x4x64x64xf32>
}

// -----

func.func @reduction(%q: tensor<1x4x64x64xf32>) -> tensor<1x4x64xf32> {
  // expected-error@+1 {{expects the schedule of attn.score_reduce to have no box, but got 16}}
  %s = attn.score_reduce sum %q, %q mask(#attn.window<3, 3>) schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [16]>)
     : (tensor<1x4x64x64xf32>, tensor<1x4x64x64xf32>) -> tensor<1x4x64xf32>
  return %s : tensor<1x4x64xf32>
}
