// RUN: attn-opt %s --attn-expand-math=isa=avx2 --split-input-file --verify-diagnostics

func.func @double(%x: f64) -> f64 {
  // expected-error @below {{expects float functions to have an expansion without a library, but got 'math.tanh' on 'f64'}}
  %y = math.tanh %x : f64
  return %y : f64
}

// -----

func.func @remainder(%x: vector<8xf32>) -> vector<8xf32> {
  // expected-error @below {{expects float functions to have an expansion without a library, but got 'arith.remf' on 'vector<8xf32>'}}
  %y = arith.remf %x, %x : vector<8xf32>
  return %y : vector<8xf32>
}
