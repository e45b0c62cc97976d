// RUN: attn-opt %s --attn-register-tile=lanes=16 --split-input-file --verify-diagnostics

func.func @out_of_bounds(%m: memref<?xf32>, %i: index) {
  %pad = arith.constant 0.0 : f32
  // expected-error @below {{'vector.transfer_read' op expects every dimension to be in bounds, but got in_bounds = [false]}}
  %x = vector.transfer_read %m[%i], %pad : memref<?xf32>, vector<16xf32>
  vector.transfer_write %x, %m[%i] {in_bounds = [true]} : vector<16xf32>, memref<?xf32>
  return
}

// -----

func.func @tensor(%m: tensor<16xf32>, %i: index) -> vector<16xf32> {
  %pad = arith.constant 0.0 : f32
  // expected-error @below {{'vector.transfer_read' op expects its operand to be a memref, but got 'tensor<16xf32>'}}
  %x = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
  return %x : vector<16xf32>
}

// -----

func.func @dynamic(%m: memref<4x16xf32>, %o: memref<16xf32>, %i: index) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %x = vector.transfer_read %m[%c0, %c0], %pad {in_bounds = [true, true]} : memref<4x16xf32>, vector<4x16xf32>
  // expected-error @below {{'vector.extract' op expects the position to be known at compile time, but got 1 dynamic indices}}
  %y = vector.extract %x[%i] : vector<16xf32> from vector<4x16xf32>
  vector.store %y, %o[%c0] : memref<16xf32>, vector<16xf32>
  return
}

// -----

// expected-error @below {{'func.func' op expects vectors to have one dimension of 2 to 16 elements here, but got 'vector<8x32xf32>'}}
func.func @signature(%x: vector<8x32xf32>) {
  return
}

// -----

func.func @gaps(%t: memref<4x8xf32, strided<[16, 1]>>, %l: memref<16xi32>, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %all = arith.constant dense<true> : vector<16xi1>
  %pass = arith.constant dense<0.0> : vector<16xf32>
  %i = vector.load %l[%c0] : memref<16xi32>, vector<16xi32>
  // expected-error @below {{'vector.gather' op expects the elements to lie one after the other, but got 'memref<4x8xf32, strided<[16, 1]>>'}}
  %a = vector.gather %t[%c0, %c0] [%i], %all, %pass : memref<4x8xf32, strided<[16, 1]>>, vector<16xi32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  vector.store %a, %o[%c0] : memref<16xf32>, vector<16xf32>
  return
}

// -----

func.func @strided_mask(%t: memref<16xf32, strided<[2]>>, %o: memref<16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %m = vector.create_mask %n : vector<16xi1>
  // expected-error @below {{'vector.transfer_read' op expects masked lanes to be neighbours in memory, but got 'memref<16xf32, strided<[2]>>'}}
  %x = vector.transfer_read %t[%c0], %pad, %m {in_bounds = [true]} : memref<16xf32, strided<[2]>>, vector<16xf32>
  vector.store %x, %o[%c0] : memref<16xf32>, vector<16xf32>
  return
}

// -----

func.func @two_results(%m: memref<16xi32>) {
  %c0 = arith.constant 0 : index
  %x = vector.load %m[%c0] : memref<16xi32>, vector<16xi32>
  // expected-error @below {{'arith.addui_extended' op expects an elementwise op to have 1 result, but got 2}}
  %s, %o = arith.addui_extended %x, %x : vector<16xi32>, vector<16xi1>
  vector.store %s, %m[%c0] : memref<16xi32>, vector<16xi32>
  return
}

// -----

func.func @elements(%m: memref<4xvector<16xf32>>) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant dense<0.0> : vector<16xf32>
  // expected-error @below {{'vector.transfer_read' op expects a memref of 'f32', but got one of 'vector<16xf32>'}}
  %x = vector.transfer_read %m[%c0], %pad {in_bounds = [true]} : memref<4xvector<16xf32>>, vector<4x16xf32>
  vector.transfer_write %x, %m[%c0] {in_bounds = [true]} : vector<4x16xf32>, memref<4xvector<16xf32>>
  return
}

// -----

func.func @resource(%m: memref<2xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'arith.constant' op expects a vector constant to be dense, but got dense_resource<blob> : vector<2xf32>}}
  %x = arith.constant dense_resource<blob> : vector<2xf32>
  vector.store %x, %m[%c0] : memref<2xf32>, vector<2xf32>
  return
}

{-# dialect_resources: { builtin: { blob: "0x040000000000803F00000040" } } #-}
