// RUN: attn-opt %s -canonicalize | FileCheck %s
// What is decided without knowing any number.

// CHECK-LABEL: func @rotates_nothing(
// CHECK-SAME: %[[X:.*]]: tensor<?x2x?x8xf32>
// CHECK-NEXT: return %[[X]]
func.func @rotates_nothing(%x: tensor<?x2x?x8xf32>, %t: tensor<?x0xf32>) -> tensor<?x2x?x8xf32> {
  %y = attn.rotary half %x, %t, %t : tensor<?x2x?x8xf32>, tensor<?x0xf32>
  return %y : tensor<?x2x?x8xf32>
}
