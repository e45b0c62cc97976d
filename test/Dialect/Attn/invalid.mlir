// RUN: attn-opt %s -split-input-file -verify-diagnostics
// One function for each diagnostic of the verifiers of the ops; _cN names the constraint.

func.func @attention_c1_head_size(%q: tensor<1x4x8x64xf32>, %k: tensor<1x4x8x32xf32>) {
  // expected-error@+1 {{'attn.attention' op expects query and key to have the same head size, but got 64 and 32}}
  %o = attn.attention %q, %k, %k : (tensor<1x4x8x64xf32>, tensor<1x4x8x32xf32>, tensor<1x4x8x32xf32>) -> tensor<1x4x8x32xf32>
  return
}

// -----

func.func @attention_c1_keys(%q: tensor<1x4x8x64xf32>, %k: tensor<1x4x9x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects key and value to have the same number of keys, but got 9 and 8}}
  %o = attn.attention %q, %k, %q : (tensor<1x4x8x64xf32>, tensor<1x4x9x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c1_lse(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects query and lse to have the same number of queries, but got 8 and 7}}
  %o, %l = attn.attention %q, %q, %q : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> (tensor<1x4x8x64xf32>, tensor<1x4x7xf32>)
  return
}

// -----

func.func @attention_c1_dynamic_is_not_unequal(%q: tensor<1x4x?x64xf32>, %k: tensor<1x4x9x64xf32>, %v: tensor<?x?x?x8xf32>) {
  %o = attn.attention %q, %k, %v : (tensor<1x4x?x64xf32>, tensor<1x4x9x64xf32>, tensor<?x?x?x8xf32>) -> tensor<?x4x8x?xf32>
  return
}

// -----

func.func @attention_c2_heads(%q: tensor<1x4x8x64xf32>, %k: tensor<1x3x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the number of key heads to divide the number of query heads, but got 3 and 4}}
  %o = attn.attention %q, %k, %k : (tensor<1x4x8x64xf32>, tensor<1x3x8x64xf32>, tensor<1x3x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c2_batch(%q: tensor<4x4x8x64xf32>, %k: tensor<2x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the batch of key to be 1 or the batch of query, but got 2 and 4}}
  %o = attn.attention %q, %k, %k : (tensor<4x4x8x64xf32>, tensor<2x4x8x64xf32>, tensor<2x4x8x64xf32>) -> tensor<4x4x8x64xf32>
  return
}

// -----

func.func @attention_c3(%q: tensor<1x4x8x64xf32>, %k: tensor<1x4x8x64xf64>) {
  // expected-error@+1 {{'attn.attention' op expects query, key and value to be all of f64 or none, but got 'f32' and 'f64'}}
  %o = attn.attention %q, %k, %k : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf64>, tensor<1x4x8x64xf64>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c3_output(%q: tensor<1x4x8x64xbf16>) {
  // expected-error@+1 {{'attn.attention' op expects the output to have the element type of query, but got 'f32' and 'bf16'}}
  %o = attn.attention %q, %q, %q : (tensor<1x4x8x64xbf16>, tensor<1x4x8x64xbf16>, tensor<1x4x8x64xbf16>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c3_lse(%q: tensor<1x4x8x64xf64>) {
  // expected-error@+1 {{'attn.attention' op expects lse to have element type 'f64', but got 'f32'}}
  %o, %lse = attn.attention %q, %q, %q
     : (tensor<1x4x8x64xf64>, tensor<1x4x8x64xf64>, tensor<1x4x8x64xf64>) -> (tensor<1x4x8x64xf64>, tensor<1x4x8xf32>)
  return
}

// -----

func.func @merge_c3(%o: tensor<1x4x8x64xf64>, %lse: tensor<1x4x8xf32>) {
  // expected-error@+1 {{'attn.merge' op expects outputs and log-sum-exps to be both of f64 or neither, but got 'f64' and 'f32'}}
  %r:2 = attn.merge %o, %o weighted_by %lse, %lse : tensor<1x4x8x64xf64>, tensor<1x4x8xf32>
  return
}

// -----

func.func @attention_c4_symbols(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the mask to have 1 symbol(s) bound, but got 0}}
  %o = attn.attention %q, %q, %q mask(#attn.length) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c4_type(%q: tensor<1x4x8x64xf32>, %len: tensor<1xf32>) {
  // expected-error@+1 {{'attn.attention' op expects mask symbol 0 to be an integer or boolean tensor, but got 'tensor<1xf32>'}}
  %o = attn.attention %q, %q, %q mask(#attn.length, %len[b] : tensor<1xf32>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c4_rank(%q: tensor<1x4x8x64xf32>, %len: tensor<1x4xi64>) {
  // expected-error@+1 {{'attn.attention' op expects mask symbol 0 to be indexed by as many expressions as it has dimensions, but got 1 and 2}}
  %o = attn.attention %q, %q, %q mask(#attn.length, %len[b] : tensor<1x4xi64>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c5_count(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the normalizer to have 1 input(s) bound, but got 0}}
  %o = attn.attention %q, %q, %q normalizer(#attn.softmax<sink>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c5_type(%q: tensor<1x4x8x64xf32>, %s: tensor<4xf64>) {
  // expected-error@+1 {{'attn.attention' op expects normalizer input 0 to have element type 'f32', but got 'f64'}}
  %o = attn.attention %q, %q, %q normalizer(#attn.softmax<sink>, %s[h] : tensor<4xf64>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c5_key(%q: tensor<1x4x8x64xf32>, %s: tensor<8xf32>) {
  // expected-error@+1 {{'attn.attention' op expects normalizer input 0 not to depend on the key j}}
  %o = attn.attention %q, %q, %q normalizer(#attn.softmax<sink>, %s[j] : tensor<8xf32>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_arguments(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the score region to have 5 arguments, but got 2}}
  %o = attn.attention %q, %q, %q score(%s: f32, %b: index) {
    attn.yield %s : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_argument_type(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects argument 1 of the score region to be 'index', but got 'i64'}}
  %o = attn.attention %q, %q, %q score(%s: f32, %b: i64, %h: index, %i: index, %j: index) {
    attn.yield %s : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_yield(%q: tensor<1x4x8x64xf32>, %x: f64) {
  // expected-error@+1 {{'attn.attention' op expects the score region to yield one 'f32'}}
  %o = attn.attention %q, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index) {
    attn.yield %x : f64
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func private @effect()
func.func @attention_c6_effects(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the score region to have no side effects, but got func.call}}
  %o = attn.attention %q, %q, %q score(%s: f32, %b: index, %h: index, %i: index, %j: index) {
    func.call @effect() : () -> ()
    attn.yield %s : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_gain_arguments(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects the gain region to have 4 arguments, but got 2}}
  %o = attn.attention %q, %q, %q gain(%b: index, %h: index) {
    %g = arith.constant 2.0 : f32
    attn.yield %g : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_gain_argument_type(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects argument 0 of the gain region to be 'index', but got 'f32'}}
  %o = attn.attention %q, %q, %q gain(%s: f32, %b: index, %h: index, %i: index) {
    attn.yield %s : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_gain_capture_type(%q: tensor<1x4x8x64xf32>, %t: tensor<4xf32>) {
  // expected-error@+1 {{'attn.attention' op expects argument 4 of the gain region to be 'f32', but got 'f64'}}
  %o = attn.attention %q, %q, %q gain(%b: index, %h: index, %i: index, %j: index, %g: f64 = %t[h] : tensor<4xf32>) {
    attn.yield %g : f64
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_gain_yield(%q: tensor<1x4x8x64xf32>, %x: f64) {
  // expected-error@+1 {{'attn.attention' op expects the gain region to yield one 'f32'}}
  %o = attn.attention %q, %q, %q gain(%b: index, %h: index, %i: index, %j: index) {
    attn.yield %x : f64
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c6_gain_rank(%q: tensor<1x4x8x64xf32>, %t: tensor<4x8xf32>) {
  // expected-error@+1 {{'attn.attention' op expects gain input 0 to be indexed by as many expressions as it has dimensions, but got 1 and 2}}
  %o = attn.attention %q, %q, %q gain(%b: index, %h: index, %i: index, %j: index, %g: f32 = %t[h] : tensor<4x8xf32>) {
    attn.yield %g : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func private @effect()
func.func @attention_c6_gain_effects(%q: tensor<1x4x8x64xf32>, %x: f32) {
  // expected-error@+1 {{'attn.attention' op expects the gain region to have no side effects, but got func.call}}
  %o = attn.attention %q, %q, %q gain(%b: index, %h: index, %i: index, %j: index) {
    func.call @effect() : () -> ()
    attn.yield %x : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c8_origin(%q: tensor<1x4x8x64xf32>, %i: index) {
  // expected-error@+1 {{'attn.attention' op expects at(...) to have 4 positions, but got 2}}
  %o = attn.attention %q, %q, %q at(%i, %i) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c8_extent(%q: tensor<1x4x8x64xf32>, %i: index) {
  // expected-error@+1 {{'attn.attention' op expects of(...) to have 2 sizes, but got 1}}
  %o = attn.attention %q, %q, %q at(%i, %i, %i, %i) of(%i) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @attention_c8_mask(%q: tensor<1x4x8x64xf32>, %i: index) {
  // expected-error@+1 {{'attn.attention' op expects of(queries, keys) beside at(...), because the mask reads them: #attn.causal<bottom_right>}}
  %o = attn.attention %q, %q, %q at(%i, %i, %i, %i) mask(#attn.causal<bottom_right>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects strip to divide rows, both positive, but got 8 and 12}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 12, keys = 64, strip = 8, panel = 32, lanes = 16>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_split(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects a schedule to have split or a box, but got both}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, split = 1024, columns = 8, box = [16]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_axes(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects a box to have 1 to 4 sizes, but got 5}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [1, 1, 1, 4, 4]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_size(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects the size of a box to be positive, but got 0}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [0, 4]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_area(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects the area of a box to be at most 65536, but got 4294967296}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [65536, 65536, 65536, 32768]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_strip(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects lanes to divide strip, both positive, but got 16 and -9223372036854775808}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = -9223372036854775808, panel = 8, lanes = 16, columns = 8, box = [16]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_rows(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects the area of the box to divide rows, both positive, but got 12 and 16}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, columns = 8, box = [3, 4]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_lanes(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects lanes to divide strip, both positive, but got 16 and 8}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 8, panel = 8, lanes = 16, columns = 8, box = [4, 4]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_box_columns(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects columns to be positive, but got 0}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 16, keys = 256, strip = 16, panel = 8, lanes = 16, box = [4, 4]>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_tile(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects strip times panel to be at most 4096, but got 6144}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 192, keys = 256, strip = 192, panel = 32, lanes = 16>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_rows(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects rows to be at most 65536, but got 65664}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 65664, keys = 256, strip = 8, panel = 32, lanes = 16>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_overflow(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects strip to be at most 4096, but got 4611686018427387904}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 4611686018427387904, keys = 256, strip = 4611686018427387904, panel = 32, lanes = 16>) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8x64xf32>
  return
}

// -----

func.func @schedule_split(%q: tensor<1x4x2x64xf32>) {
  // expected-error@+1 {{expects keys to divide split, both positive, but got 256 and 1000}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 2, keys = 256, strip = 2, panel = 32, lanes = 16, split = 1000>) : (tensor<1x4x2x64xf32>, tensor<1x4x2x64xf32>, tensor<1x4x2x64xf32>) -> tensor<1x4x2x64xf32>
  return
}

// -----

func.func @schedule_split_size(%q: tensor<1x4x2x64xf32>) {
  // expected-error@+1 {{expects split to be at most 65536, but got 131072}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 2, keys = 256, strip = 2, panel = 32, lanes = 16, split = 131072>) : (tensor<1x4x2x64xf32>, tensor<1x4x2x64xf32>, tensor<1x4x2x64xf32>) -> tensor<1x4x2x64xf32>
  return
}

// -----

func.func @attention_c9_unknown(%q: tensor<1x4x?x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects a schedule with split to come with a known number of queries for one key head, but got query and key 'tensor<1x4x?x64xf32>' and 'tensor<1x4x?x64xf32>'}}
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 2, keys = 256, strip = 2, panel = 32, lanes = 16, split = 1024>) : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
  return
}

// -----

func.func @attention_c9_rows(%q: tensor<1x8x2x64xf32>, %k: tensor<1x2x9x64xf32>) {
  // expected-error@+1 {{'attn.attention' op expects rows of a schedule with split to be the queries for one key head, but got 2 and 8}}
  %o = attn.attention %q, %k, %k schedule(#attn.schedule<rows = 2, keys = 256, strip = 2, panel = 32, lanes = 16, split = 1024>) : (tensor<1x8x2x64xf32>, tensor<1x2x9x64xf32>, tensor<1x2x9x64xf32>) -> tensor<1x8x2x64xf32>
  return
}

// -----

func.func @score_reduce_c1_head_size(%q: tensor<1x4x8x64xf32>, %k: tensor<1x4x8x32xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects query and key to have the same head size, but got 64 and 32}}
  %t = attn.score_reduce max %q, %k : (tensor<1x4x8x64xf32>, tensor<1x4x8x32xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_c1_result(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects query and result to have the same number of queries, but got 8 and 7}}
  %t = attn.score_reduce max %q, %q : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x7xf32>
  return
}

// -----

func.func @score_reduce_c2(%q: tensor<1x4x8x64xf32>, %k: tensor<1x3x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects the number of key heads to divide the number of query heads, but got 3 and 4}}
  %t = attn.score_reduce max %q, %k : (tensor<1x4x8x64xf32>, tensor<1x3x8x64xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_c3_operands(%q: tensor<1x4x8x64xf32>, %k: tensor<1x4x8x64xf64>) {
  // expected-error@+1 {{'attn.score_reduce' op expects query and key to be both of f64 or neither, but got 'f32' and 'f64'}}
  %t = attn.score_reduce max %q, %k : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf64>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_c3_result(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects result to have element type 'f32', but got 'f64'}}
  %t = attn.score_reduce max %q, %q : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8xf64>
  return
}

// -----

func.func @score_reduce_c4(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects the mask to have 1 symbol(s) bound, but got 0}}
  %t = attn.score_reduce max %q, %q mask(#attn.length) : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_c5_many(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects kth_largest to count from 1 to 256, but got 257}}
  %t = attn.score_reduce kth_largest<257> %q, %q : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_c5_none(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects kth_largest to count from 1 to 256, but got 0}}
  %t = attn.score_reduce kth_largest<0> %q, %q : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_kind(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{expects a reduction to be max, kth_largest or sum, but got mean}}
  %t = attn.score_reduce mean %q, %q : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @score_reduce_c4_region(%q: tensor<1x4x8x64xf32>) {
  // expected-error@+1 {{'attn.score_reduce' op expects the score region to have 5 arguments, but got 2}}
  %t = attn.score_reduce max %q, %q score(%s: f32, %b: index) {
    attn.yield %s : f32
  } : (tensor<1x4x8x64xf32>, tensor<1x4x8x64xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @merge_parts(%o: tensor<2x8x16x64xf32>, %l: tensor<2x8x16xf32>) {
  // expected-error@+1 {{expects as many log-sum-exps as outputs, but got 1 and 2}}
  %r:2 = attn.merge %o, %o weighted_by %l : tensor<2x8x16x64xf32>, tensor<2x8x16xf32>
  return
}

// -----

func.func @merge_c1_none() {
  // expected-error@+1 {{'attn.merge' op expects at least one part, but got none}}
  %r:2 = "attn.merge"() : () -> (tensor<2x8x16x64xf32>, tensor<2x8x16xf32>)
  return
}

// -----

func.func @merge_c2(%o: tensor<2x8x16x64xf32>, %l: tensor<2x8x15xf32>) {
  // expected-error@+1 {{'attn.merge' op expects output and lse to have the same number of queries, but got 16 and 15}}
  %r:2 = attn.merge %o weighted_by %l : tensor<2x8x16x64xf32>, tensor<2x8x15xf32>
  return
}

// -----

func.func @norm_c1(%x: tensor<?x64xf32>, %w: tensor<32xf32>) {
  // expected-error@+1 {{'attn.norm' op expects the last dimension of input and weight to have the same size, but got 64 and 32}}
  %y = attn.norm rms %x, %w eps 1.0e-6 : tensor<?x64xf32>, tensor<32xf32>
  return
}

// -----

func.func @norm_c2_weight(%x: tensor<?x64xf32>, %w: tensor<64xf64>) {
  // expected-error@+1 {{'attn.norm' op expects the element type of weight to be 'f32', bf16 or f16, but got 'f64'}}
  %y = attn.norm rms %x, %w eps 1.0e-6 : tensor<?x64xf32>, tensor<64xf64>
  return
}

// -----

func.func @norm_c2_bias(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf16>) {
  // expected-error@+1 {{'attn.norm' op expects bias to have the type of weight, but got 'tensor<64xf16>' and 'tensor<64xf32>'}}
  %y = attn.norm layer %x, %w bias %b : tensor<64xf16> eps 1.0e-6 : tensor<?x64xf32>, tensor<64xf32>
  return
}

// -----

func.func @norm_c3(%x: tensor<?x64xf32>, %w: tensor<64xf32>) {
  // expected-error@+1 {{'attn.norm' op expects eps to be finite and not negative, but got -1.000000e-06}}
  %y = attn.norm rms %x, %w eps -1.0e-6 : tensor<?x64xf32>, tensor<64xf32>
  return
}

// -----

func.func @rotary_c1(%x: tensor<1x2x7x64xf32>, %t: tensor<8x32xf32>) {
  // expected-error@+1 {{'attn.rotary' op expects input and the tables to have the same number of positions, but got 7 and 8}}
  %y = attn.rotary half %x, %t, %t : tensor<1x2x7x64xf32>, tensor<8x32xf32>
  return
}

// -----

func.func @rotary_c2_known(%x: tensor<1x2x8x64xf32>, %t: tensor<8x?xf32>) {
  // expected-error@+1 {{'attn.rotary' op expects the number of columns of the tables to be known, but got 'tensor<8x?xf32>'}}
  %y = attn.rotary half %x, %t, %t : tensor<1x2x8x64xf32>, tensor<8x?xf32>
  return
}

// -----

func.func @rotary_c2_half(%x: tensor<1x2x8x64xf32>, %t: tensor<8x33xf32>) {
  // expected-error@+1 {{'attn.rotary' op expects the tables to have at most half as many columns as a head has elements, but got 33 and 64}}
  %y = attn.rotary half %x, %t, %t : tensor<1x2x8x64xf32>, tensor<8x33xf32>
  return
}

// -----

func.func @rotary_c3(%x: tensor<1x2x8x64xf32>, %t: tensor<8x32xf64>) {
  // expected-error@+1 {{'attn.rotary' op expects the tables to have the element type of input, but got 'f64' and 'f32'}}
  %y = attn.rotary half %x, %t, %t : tensor<1x2x8x64xf32>, tensor<8x32xf64>
  return
}
