// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that make arithmetic of what CPUs have no instructions for and modules no library.
#ifndef ATTN_TRANSFORMS_MATHPASSES_TD
#define ATTN_TRANSFORMS_MATHPASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMathPass : Pass<"attn-expand-math", "::mlir::func::FuncOp"> {
  let summary = "functions of floats as arithmetic, without a library";
  let description = [{
    Replaces each op of the math dialect that is not an instruction by
    arithmetic, on scalars and on vectors of any width, so that a module calls
    no library and all its lanes are computed at once. An op for which there is
    no expansion is an error.

    | op | how | largest error against the true value |
    |---|---|---|
    | `exp2` | fraction by a polynomial of degree 5, scaled by the whole part | 1.5e-7 relative |
    | `exp` | the same, ln 2 in two parts | 2.5e-7 relative |
    | GELU with `erf` | normal distribution: table of 31 polynomials (AVX-512) or one of degree 14; times x | 3e-7 max(1, |x|) |
    | `sin`, `cos` | multiples of pi / 2 subtracted and Taylor polynomials, in f64 | half a unit in the last place and 1e-11, to arguments of 2^20 |
    | other | upstream's approximations and expansions | as upstream says |

    `exp2` and `exp` are exactly 0 where the result is below 2^-126 (on AVX-512
    with denormals flushed, as parallel bodies run), infinite from 2^128 on, and
    1 at 0; a NaN stays one. The variants of `exp2` agree bit for bit, but for
    SSE, which rounds products. GELU is found as x * 0.5 * (1 + erf(x / sqrt
    2)), whatever the order of its factors; it is 0 far below, and NaN at minus
    infinity. Where a CPU has no fused multiply-add (`sse`), `math.fma` becomes
    a product and a sum; the library call that it would be is as exact as slow.

    Example (test/Transforms/ExpandMath/exp2.mlir):

    ```mlir
    %y = math.exp2 %x : vector<16xf32>
    // becomes, for avx512
    %r = llvm.call_intrinsic "llvm.x86.avx512.mask.reduce.ps.512"(%x, %c9_i32, %x, %c-1_i16, %c4_i32) : ...
    %p = math.fma %c5, %r, %c4 : vector<16xf32>
    ...
    %y = llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"(%p, %x, %p, %c-1_i16, %c4_i32) : ...
    ```
  }];
  let options = [
    Option<"isa", "isa", "std::string", /*default=*/"",
           "avx512, avx2 or sse; empty: as 'attn.variant' around the function says">,
    Option<"maxRewrites", "max-rewrites", "int64_t", "10000",
           "bound on upstream's rewrites for each op; an approximation is a few dozen ops">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandF64MathPass : Pass<"attn-expand-f64-math", "::mlir::ModuleOp"> {
  let summary = "exp, log and tanh of f64 become arithmetic";
  let description = [{
    The reference lowering may compute in f64, a compiled module has no libm to
    call, and upstream expands f32 only. Errors are about one unit in the last
    place. Everything else is left to `attn-expand-math`.

    Example (test/Transforms/expand-f64-math.mlir):

    ```mlir
    %y = math.exp %x : f64
    // becomes a polynomial of degree 13 and a power of two
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def ExpandHalfFloatsPass : Pass<"attn-expand-half-floats", "::mlir::ModuleOp"> {
  let summary = "bf16 and f16 are stored as 16 bits and computed with in f32";
  let description = [{
    No variant of a CPU computes in bf16 or f16, and what LLVM makes of them
    calls a library that a module does not have. After this pass both are i16
    wherever they are kept or moved, and only conversions know what the bits
    mean:

    | conversion | how |
    |---|---|
    | bf16 to f32 | the upper half of the bits |
    | f32 to bf16 | integer arithmetic: to nearest even; a NaN stays one, quiet |
    | f16 to f32, f32 to f16 | the CPU's instructions (F16C) where it has them, else integer arithmetic and one exact difference or sum of f32 |
    | f64 to either | to f32, towards zero with the last bit set where that is not exact, then as from f32: rounded once |

    An arithmetic op on bf16 or f16 widens its operands to f32, and its result
    is rounded, each op by itself: for sums, differences, products, quotients
    and square roots that is the correctly rounded result. Denormals of f16 are
    numbers on every variant, because in f32 they are normal; those of bf16 are
    denormals of f32, which arithmetic flushes to zero and conversions keep.

    Example (test/Transforms/expand-half-floats.mlir):

    ```mlir
    %y = arith.addf %x, %x : bf16
    // becomes, of an i16 %x,
    %w = arith.extui %x : i16 to i32
    %s = arith.shli %w, %c16_i32 : i32
    %f = arith.bitcast %s : i32 to f32
    %sum = arith.addf %f, %f : f32
    // and the rounding of %sum
    ```
  }];
  let options = [
    Option<"f16c", "f16c", "bool", /*default=*/"false",
           "convert f16 by instructions also where no 'attn.variant' says that the CPU has them">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // ATTN_TRANSFORMS_MATHPASSES_TD
