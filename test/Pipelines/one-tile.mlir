// RUN: attn-compile %s -o %t.so && attn-run %t.so q=1x1x1x1xf32=2 k=1x1x3x1xf32=1,5,7 v=1x1x3x1xf32=4,9,9 l=1xi64=1 --expect o=1x1x1x1xf32=4
// A problem smaller than one register tile: its loops run once and fold away, and the state must still be updated in place.

func.func @f(%q: tensor<1x1x1x1xf32> {attn.name = "q"}, %k: tensor<1x1x3x1xf32> {attn.name = "k"}, %v: tensor<1x1x3x1xf32> {attn.name = "v"}, %l: tensor<1xi64> {attn.name = "l"}) -> (tensor<1x1x1x1xf32> {attn.name = "o"}) {
  %o = attn.attention %q, %k, %v mask(#attn.length, %l[b] : tensor<1xi64>) : (tensor<1x1x1x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x1xf32>
  return %o : tensor<1x1x1x1xf32>
}
