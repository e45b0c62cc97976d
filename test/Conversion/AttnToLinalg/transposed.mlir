// RUN: attn-opt %s -convert-attn-to-linalg -canonicalize -cse | FileCheck %s
// Transposes around an attention are absorbed, also where sizes of its output are asked for: nothing is copied into another order but keys.

// CHECK-LABEL: func @layer
// CHECK-SAME: %[[X:[^: ]*]]: tensor<?x?x12x32xf32>
// CHECK-NOT: linalg.transpose ins(%{{.*}} : tensor<?x
// CHECK: %[[OUT:[^ ]*]] = tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?x12x32xf32>
// CHECK-NOT: linalg.transpose ins(%{{.*}} : tensor<?x
// CHECK: %[[DONE:[^ ]*]]:2 = scf.forall {{.*}} shared_outs(%{{.*}} = %[[OUT]],
// CHECK-NOT: linalg.transpose ins(%{{.*}} : tensor<?x
// CHECK: return %[[DONE]]#0
func.func @layer(%x: tensor<?x?x12x32xf32>) -> tensor<?x?x12x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x12x32xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x12x32xf32>
  %e = tensor.empty(%b, %n) : tensor<?x12x?x32xf32>
  %q = linalg.transpose ins(%x : tensor<?x?x12x32xf32>) outs(%e : tensor<?x12x?x32xf32>) permutation = [0, 2, 1, 3]
  %o = attn.attention %q, %q, %q schedule(#attn.schedule<rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16>)
     : (tensor<?x12x?x32xf32>, tensor<?x12x?x32xf32>, tensor<?x12x?x32xf32>) -> tensor<?x12x?x32xf32>
  %ob = tensor.dim %o, %c0 : tensor<?x12x?x32xf32>
  %on = tensor.dim %o, %c2 : tensor<?x12x?x32xf32>
  %f = tensor.empty(%ob, %on) : tensor<?x?x12x32xf32>
  %t = linalg.transpose ins(%o : tensor<?x12x?x32xf32>) outs(%f : tensor<?x?x12x32xf32>) permutation = [0, 2, 1, 3]
  return %t : tensor<?x?x12x32xf32>
}
