// RUN: attn-opt %s -attn-bufferize -canonicalize | FileCheck %s
// Results are computed in the destination; an argument is not overwritten.

// CHECK-LABEL: func.func @in_place(
// CHECK-SAME: %[[X:.*]]: memref<4xf32>, %[[OUT:.*]]: memref<4xf32>
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic {{.*}} ins(%[[X]] : memref<4xf32>) outs(%[[OUT]] : memref<4xf32>)
// CHECK-NOT: memref.copy
// CHECK: return
func.func @in_place(%x: memref<4xf32>, %out: memref<4xf32>) {
  %t = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%t : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  bufferization.materialize_in_destination %y in restrict writable %out : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @arguments_stay(
// CHECK-SAME: %[[X:.*]]: memref<4xf32>, %[[OUT:.*]]: memref<4xf32>
// CHECK: %[[COPY:.*]] = memref.alloc() {{.*}} : memref<4xf32>
// CHECK: memref.copy %[[X]], %[[COPY]]
// CHECK: memref.store %{{.*}}, %[[COPY]]
func.func @arguments_stay(%x: memref<4xf32>, %out: memref<4xf32>, %v: f32) {
  %c0 = arith.constant 0 : index
  %t = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %changed = tensor.insert %v into %t[%c0] : tensor<4xf32>
  bufferization.materialize_in_destination %changed in restrict writable %out : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// One empty tensor for two results, as CSE makes of them: each is written where it is wanted.
// CHECK-LABEL: func.func @shared_empty(
// CHECK-SAME: %[[X:.*]]: memref<4xf32>, %[[A:.*]]: memref<9xf32>, %[[B:.*]]: memref<9xf32>
// CHECK-NOT: memref.alloc
// CHECK: %[[LOW:.*]] = memref.subview %[[A]][2] [4] [1]
// CHECK: %[[HIGH:.*]] = memref.subview %[[B]][5] [4] [1]
// CHECK: linalg.generic {{.*}} ins(%[[X]] : memref<4xf32>) outs(%[[LOW]] :
// CHECK: linalg.generic {{.*}} ins(%[[X]] : memref<4xf32>) outs(%[[HIGH]] :
// CHECK: return
func.func @shared_empty(%x: memref<4xf32>, %a: memref<9xf32>, %b: memref<9xf32>) {
  %t = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %s = bufferization.to_tensor %a restrict writable : memref<9xf32> to tensor<9xf32>
  %u = bufferization.to_tensor %b restrict writable : memref<9xf32> to tensor<9xf32>
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%t : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %o: f32):
    %n = arith.negf %in : f32
    linalg.yield %n : f32
  } -> tensor<4xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%t : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %o: f32):
    %n = arith.addf %in, %in : f32
    linalg.yield %n : f32
  } -> tensor<4xf32>
  %i = tensor.insert_slice %y into %s[2] [4] [1] : tensor<4xf32> into tensor<9xf32>
  %j = tensor.insert_slice %z into %u[5] [4] [1] : tensor<4xf32> into tensor<9xf32>
  bufferization.materialize_in_destination %i in restrict writable %a : (tensor<9xf32>, memref<9xf32>) -> ()
  bufferization.materialize_in_destination %j in restrict writable %b : (tensor<9xf32>, memref<9xf32>) -> ()
  return
}
