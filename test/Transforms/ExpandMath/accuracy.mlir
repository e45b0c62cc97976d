// RUN: attn-opt %s --attn-expand-math=isa=avx512 -o %t4.mlir && %attn_src/test/Inputs/to-asm %t4.mlir x86-64-v4 %t4.s bare
// RUN: attn-opt %s --attn-expand-math=isa=avx2 -o %t3.mlir && %attn_src/test/Inputs/to-asm %t3.mlir x86-64-v3 %t3.s bare
// RUN: attn-opt %s --attn-expand-math=isa=sse -o %t2.mlir && %attn_src/test/Inputs/to-asm %t2.mlir x86-64-v2 %t2.s bare
// RUN: FileCheck %s --input-file=%t4.s --check-prefix=ASM
// RUN: FileCheck %s --input-file=%t3.s --check-prefix=ASM
// RUN: FileCheck %s --input-file=%t2.s --check-prefix=ASM
// ASM-NOT: {{call|PLT}}
// RUN: %cc -O1 %S/Inputs/accuracy.c %t2.s -o %t2.exe -lm && %t2.exe | FileCheck %s
// RUN: %if x86-64-v3 %{ %cc -O1 %S/Inputs/accuracy.c %t3.s -o %t3.exe -lm && %t3.exe | FileCheck %s %}
// RUN: %if x86-64-v4 %{ %cc -O1 %S/Inputs/accuracy.c %t4.s -o %t4.exe -lm && %t4.exe | FileCheck %s %}

// The largest errors against double, over all that each function may be asked; the bounds are in the C program.
// CHECK: 13 functions, 851760 values compared, 0 beyond their bounds
// CHECK: 0 wrong special values

func.func @run_exp2(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.exp2 %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_exp2_narrow(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 7 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<7xf32>
    %r = math.exp2 %v : vector<7xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<7xf32>
  }
  return
}

func.func @run_exp(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.exp %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_gelu(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %root = arith.constant dense<0.70710678> : vector<16xf32>
    %one = arith.constant dense<1.0> : vector<16xf32>
    %half = arith.constant dense<0.5> : vector<16xf32>
    %a = arith.mulf %v, %root : vector<16xf32>
    %e = math.erf %a : vector<16xf32>
    %s = arith.addf %e, %one : vector<16xf32>
    %h = arith.mulf %v, %half : vector<16xf32>
    %r = arith.mulf %h, %s : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_gelu_narrow(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 5 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<5xf32>
    %root = arith.constant dense<0.70710678> : vector<5xf32>
    %one = arith.constant dense<1.0> : vector<5xf32>
    %half = arith.constant dense<0.5> : vector<5xf32>
    %a = arith.mulf %v, %root : vector<5xf32>
    %e = math.erf %a : vector<5xf32>
    %s = arith.addf %e, %one : vector<5xf32>
    %h = arith.mulf %v, %half : vector<5xf32>
    %r = arith.mulf %h, %s : vector<5xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<5xf32>
  }
  return
}

func.func @run_tanh(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.tanh %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_erf(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.erf %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_log(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.log %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_sin(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.sin %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}

func.func @run_cos(%x: memref<65520xf32>, %y: memref<65520xf32>) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 16 : index
  %n = arith.constant 65520 : index
  scf.for %i = %c0 to %n step %step {
    %v = vector.load %x[%i] : memref<65520xf32>, vector<16xf32>
    %r = math.cos %v : vector<16xf32>
    vector.store %r, %y[%i] : memref<65520xf32>, vector<16xf32>
  }
  return
}
