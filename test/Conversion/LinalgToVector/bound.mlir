// RUN: attn-opt %s --attn-vectorize-tiles=max-rounds=1 --verify-diagnostics

// A set of patterns that has not ended within its bound is an error, not an endless compilation.

// expected-error @below {{expects the folding of slices into transfers in 'f' to end within 1 rounds, but got more}}
func.func @f(%t: tensor<8x32xf32>, %o: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %h = tensor.extract_slice %t[0, 16] [8, 16] [1, 1] : tensor<8x32xf32> to tensor<8x16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%h : tensor<8x16xf32>) outs(%o : tensor<8x16xf32>) {
  ^bb0(%x: f32, %u: f32):
    %y = arith.negf %x : f32
    linalg.yield %y : f32
  } -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}
