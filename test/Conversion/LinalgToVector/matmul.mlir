// RUN: attn-opt %s --attn-vectorize-tiles --split-input-file | FileCheck %s

// The accumulator is read once, carried as a value and written once.

// CHECK-LABEL: func.func @matmul
// CHECK-SAME: (%[[A:.*]]: tensor<8x64xf32>, %[[B:.*]]: tensor<64x32xf32>, %[[C:.*]]: tensor<8x32xf32>)
// CHECK: %[[ACC:.*]] = vector.transfer_read %[[C]]
// CHECK: %[[SUM:.*]] = scf.for %[[K:.*]] = %c0 to %c64 step %c1 iter_args(%[[X:.*]] = %[[ACC]]) -> (vector<8x32xf32>)
// CHECK-NEXT: %[[L:.*]] = vector.transfer_read %[[A]][%c0, %[[K]]]{{.*}} : tensor<8x64xf32>, vector<8x1xf32>
// CHECK-NEXT: %[[R:.*]] = vector.transfer_read %[[B]][%[[K]], %c0]{{.*}} : tensor<64x32xf32>, vector<1x32xf32>
// CHECK-NEXT: %[[Y:.*]] = vector.contract {{.*}} %[[L]], %[[R]], %[[X]] : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
// CHECK-NEXT: scf.yield %[[Y]]
// CHECK: vector.transfer_write %[[SUM]], %[[C]]
func.func @matmul(%a: tensor<8x64xf32>, %b: tensor<64x32xf32>, %c: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %m = linalg.matmul ins(%a, %b : tensor<8x64xf32>, tensor<64x32xf32>) outs(%c : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %m : tensor<8x32xf32>
}

// -----

// The number of steps may be known at run time only; a panel of a larger tensor is read in place.

// CHECK-LABEL: func.func @dynamic_steps
// CHECK-NOT: extract_slice
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8x32xf32>)
// CHECK: vector.transfer_read {{.*}} : tensor<?x?x32xf32>, vector<1x32xf32>
// CHECK: vector.contract
// CHECK: scf.yield
func.func @dynamic_steps(%a: tensor<8x?xf32>, %b: tensor<?x?x32xf32>, %p: index, %k: index) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %w = tensor.extract_slice %b[%p, 0, 0] [1, %k, 32] [1, 1, 1] : tensor<?x?x32xf32> to tensor<?x32xf32>
  %m = linalg.matmul ins(%a, %w : tensor<8x?xf32>, tensor<?x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %m : tensor<8x32xf32>
}

// -----

// An op that is not on static tiles stays.

// CHECK-LABEL: func.func @dynamic_columns
// CHECK: linalg.matmul
func.func @dynamic_columns(%a: tensor<8x64xf32>, %b: tensor<64x?xf32>, %c: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %m = linalg.matmul ins(%a, %b : tensor<8x64xf32>, tensor<64x?xf32>) outs(%c : tensor<8x?xf32>) -> tensor<8x?xf32>
  return %m : tensor<8x?xf32>
}

// -----

// An op that is too large is cut along its leading dimensions.

// CHECK-LABEL: func.func @large
// CHECK: scf.for {{.*}} to %c512
// CHECK: vector.transfer_write {{.*}} : vector<1x64xf32>, tensor<512x64xf32>
func.func @large(%c: tensor<512x64xf32>) -> tensor<512x64xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%c : tensor<512x64xf32>) -> tensor<512x64xf32>
  return %f : tensor<512x64xf32>
}

// -----

// What the matmul widens is widened once for each vector, not once for each row of sums.

// CHECK-LABEL: func.func @halves
// CHECK: scf.for %[[K:.*]] = %c0 to %c64 step %c1
// CHECK: %[[R:.*]] = vector.transfer_read %{{.*}}[%[[K]], %c0]{{.*}} : tensor<64x32xbf16>, vector<1x32xbf16>
// CHECK: %[[W:.*]] = arith.extf %[[R]] : vector<1x32xbf16> to vector<1x32xf32>
// CHECK: %[[L:.*]] = vector.transfer_read %{{.*}}[%c0, %[[K]]]{{.*}} : tensor<8x64xf32>, vector<8x1xf32>
// CHECK-NEXT: vector.contract {{.*}} %[[L]], %[[W]], %{{.*}} : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
// CHECK-NEXT: scf.yield
func.func @halves(%a: tensor<8x64xf32>, %b: tensor<64x32xbf16>, %c: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %m = linalg.matmul ins(%a, %b : tensor<8x64xf32>, tensor<64x32xbf16>) outs(%c : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %m : tensor<8x32xf32>
}
