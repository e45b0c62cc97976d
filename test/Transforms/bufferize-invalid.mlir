// RUN: attn-opt %s -attn-bufferize -verify-diagnostics

// The sum of the old rows is read after the update, which would need a copy of all rows.
func.func @old(%x: memref<1xf32>, %rows: memref<?xf32> {attn.name = "rows", attn.state}, %sum: memref<f32>, %at: index) {
  %t = bufferization.to_tensor %rows restrict writable : memref<?xf32> to tensor<?xf32>
  %n = bufferization.to_tensor %x restrict : memref<1xf32> to tensor<1xf32>
  %s = bufferization.to_tensor %sum restrict writable : memref<f32> to tensor<f32>
  // expected-error@+1 {{expects state "rows" to be updated in place, but got an update while its old content is still read}}
  %new = tensor.insert_slice %n into %t[%at] [1] [1] : tensor<1xf32> into tensor<?xf32>
  bufferization.materialize_in_destination %new in restrict writable %rows : (tensor<?xf32>, memref<?xf32>) -> ()
  %all = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%t : tensor<?xf32>) outs(%s : tensor<f32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    linalg.yield %c : f32
  } -> tensor<f32>
  bufferization.materialize_in_destination %all in restrict writable %sum : (tensor<f32>, memref<f32>) -> ()
  return
}
