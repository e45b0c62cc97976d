// RUN: attn-opt %s -split-input-file -verify-diagnostics
// What the custom syntax cannot say, but the generic form and passes can.

func.func @attention_c6_inputs_without_region(%q: tensor<1x1x2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{'attn.attention' op expects a score region to use the score inputs, but got none}}
  %o = "attn.attention"(%q, %q, %q, %s) <{gainMaps = [], maskMaps = [], normalizer = #attn.softmax, normalizerMaps = [], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0>, scale = 1.0 : f64, scoreMaps = [affine_map<(b, h, i, j) -> (h)>]}> ({
  }, {
  }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @attention_c6_gain_inputs_without_region(%q: tensor<1x1x2x4xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{'attn.attention' op expects a gain region to use the gain inputs, but got none}}
  %o = "attn.attention"(%q, %q, %q, %s) <{gainMaps = [affine_map<(b, h, i, j) -> (h)>], maskMaps = [], normalizer = #attn.softmax, normalizerMaps = [], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 1>, scale = 1.0 : f64, scoreMaps = []}> ({
  }, {
  }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @attention_c4_no_map(%q: tensor<1x1x2x4xf32>, %len: tensor<?xi64>) {
  // expected-error@+1 {{'attn.attention' op expects one index map for each mask symbol, but got 0 for 1}}
  %o = "attn.attention"(%q, %q, %q, %len) <{gainMaps = [], mask = #attn.length, maskMaps = [], normalizer = #attn.softmax, normalizerMaps = [], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 0, 0, 0>, scale = 1.0 : f64, scoreMaps = []}> ({
  }, {
  }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<?xi64>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @attention_c4_map_of_symbols(%q: tensor<1x1x2x4xf32>, %len: tensor<?xi64>) {
  // expected-error@+1 {{'attn.attention' op expects the index map of mask symbol 0 to have the 4 dimensions b, h, i, j, but got 3 and 1 symbols}}
  %o = "attn.attention"(%q, %q, %q, %len) <{gainMaps = [], mask = #attn.length, maskMaps = [affine_map<(b, h, i)[j] -> (b)>], normalizer = #attn.softmax, normalizerMaps = [], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 0, 0, 0>, scale = 1.0 : f64, scoreMaps = []}> ({
  }, {
  }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<?xi64>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @attention_c7_scale(%q: tensor<1x1x2x4xf32>) {
  // expected-error@+1 {{'attn.attention' op expects scale to be finite, but got INF}}
  %o = "attn.attention"(%q, %q, %q) <{gainMaps = [], maskMaps = [], normalizer = #attn.softmax, normalizerMaps = [], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0>, scale = 0x7FF0000000000000 : f64, scoreMaps = []}> ({
  }, {
  }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2x4xf32>
  return
}

// -----

func.func @score_reduce_c5_place(%q: tensor<1x1x2x4xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects a place of kth_largest only, but got 3 for max}}
  %t = "attn.score_reduce"(%q, %q) <{maskMaps = [], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>, place = 3 : i64, reduction = #attn<reduction max>, scale = 1.0 : f64, scoreMaps = []}> ({
  }) : (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>) -> tensor<1x1x2xf32>
  return
}

// -----

func.func @merge_c1_output_types(%a: tensor<2x8x16x64xf32>, %l: tensor<2x8x16xf32>) {
  // expected-error@+1 {{'attn.merge' op expects every part to have the type of the output, but got 'tensor<2x8x16x64xf32>' and 'tensor<2x8x16x32xf32>'}}
  %o:2 = "attn.merge"(%a, %l) : (tensor<2x8x16x64xf32>, tensor<2x8x16xf32>) -> (tensor<2x8x16x32xf32>, tensor<2x8x16xf32>)
  return
}

// -----

func.func @merge_c1_lse_types(%a: tensor<2x8x16x64xf32>, %l: tensor<2x8x16xf32>) {
  // expected-error@+1 {{'attn.merge' op expects every log-sum-exp to have the type of the second result, but got 'tensor<2x8x16xf32>' and 'tensor<2x8x15xf32>'}}
  %o:2 = "attn.merge"(%a, %l) : (tensor<2x8x16x64xf32>, tensor<2x8x16xf32>) -> (tensor<2x8x16x64xf32>, tensor<2x8x15xf32>)
  return
}
