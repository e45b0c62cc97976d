// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s
// RUN: attn-opt %s -convert-attn-to-linalg -attn-tile-linalg | FileCheck %s --check-prefix=TILE

// A norm is sums of rows, a value for each row, and all elements: one pass over the rows in the end.
// CHECK-LABEL: func.func @norm(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64xbf16>)
// CHECK: %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] :
// CHECK: %[[INVERSE:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[SQUARES]] :
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[INVERSE]], %[[W]] :
// CHECK: return %[[Y]]
// TILE-LABEL: func.func @norm(
// TILE: attn.op_begin
// TILE: scf.forall (
// TILE-NOT: scf.forall (
// TILE: attn.op_end
// TILE-NOT: scf.forall (
// TILE: return
func.func @norm(%x: tensor<?x64xf32>, %w: tensor<64xbf16>) -> tensor<?x64xf32> {
  %y = attn.norm rms %x, %w eps 1.0e-6 : tensor<?x64xf32>, tensor<64xbf16>
  return %y : tensor<?x64xf32>
}

// A projection is read where it lies; both elements of a pair are made from what was read once.
// CHECK-LABEL: func.func @rotary(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x2x20xf32>, %[[COS:.*]]: tensor<?x8xf32>, %[[SIN:.*]]: tensor<?x8xf32>)
// CHECK-NOT: linalg.transpose
// CHECK: attn.op_begin "rotary" kind "rotary"
// CHECK: scf.forall (%[[B:.*]], %[[H:.*]], %{{.*}}) in
// CHECK: scf.for
// CHECK: %[[AT:.*]] = arith.addi
// CHECK: scf.for %[[C:.*]] = %c0 to %c8 step %c4
// CHECK: %[[C8:.*]] = arith.addi %[[C]], %c8
// CHECK: %[[LOW:.*]] = tensor.extract_slice %[[X]][%[[B]], %[[AT]], %[[H]], %[[C]]] [1, 1, 1, 4]
// CHECK: %[[HIGH:.*]] = tensor.extract_slice %[[X]][%[[B]], %[[AT]], %[[H]], %[[C8]]] [1, 1, 1, 4]
// CHECK: %[[COSINE:.*]] = tensor.extract_slice %[[COS]][%[[AT]], %[[C]]] [1, 4]
// CHECK: %[[SINE:.*]] = tensor.extract_slice %[[SIN]][%[[AT]], %[[C]]] [1, 4]
// CHECK: linalg.generic {{.*}} ins(%[[LOW]], %[[HIGH]], %[[COSINE]], %[[SINE]] :
// CHECK: arith.subf
// CHECK: linalg.generic {{.*}} ins(%[[LOW]], %[[HIGH]], %[[COSINE]], %[[SINE]] :
// CHECK: arith.addf
// The last four elements are not rotated.
// CHECK: tensor.extract_slice %[[X]][%[[B]], %[[AT]], %[[H]], 16] [1, 1, 1, 4]
// CHECK: attn.op_end "rotary"
func.func @rotary(%x: tensor<?x?x2x20xf32>, %cos: tensor<?x8xf32>, %sin: tensor<?x8xf32>) -> tensor<?x2x?x20xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x2x20xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x2x20xf32>
  %e = tensor.empty(%b, %s) : tensor<?x2x?x20xf32>
  %t = linalg.transpose ins(%x : tensor<?x?x2x20xf32>) outs(%e : tensor<?x2x?x20xf32>) permutation = [0, 2, 1, 3]
  %y = attn.rotary half %t, %cos, %sin : tensor<?x2x?x20xf32>, tensor<?x8xf32>
  return %y : tensor<?x2x?x20xf32>
}
