// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of lib/Conversion: each takes one level of the IR to the next. Each description names what the pass expects and what it leaves.
#ifndef ATTN_CONVERSION_PASSES_TD
#define ATTN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def VectorizeTilesPass : Pass<"attn-vectorize-tiles", "::mlir::func::FuncOp"> {
  let summary = "linalg on static register tiles (tensors) to n-D vector values";
  let description = [{
    Takes level 2 (loops and linalg on static tiles) to level 3 (n-D vectors, still on tensors).

    * A contraction is tiled by one along each of its reduction dimensions, which may be dynamic: it becomes a loop of rank-1 updates.
    * An op on static tiles that covers more than `max-points` points is cut along its leading parallel dimensions until it fits.
    * Every op that is then static is vectorised by `linalg::vectorize`. Ops that stay dynamic are left for the lowering to loops.
    * Slices fold into the transfers, and a tile that is written whole and read back is forwarded as a value: through reshapes, through
      constant slices, and out of `scf.if`. Subsets that a loop does not move are hoisted out of it, so that accumulators and row state
      become vector iteration arguments, which is what keeps them in registers.

    Every set of patterns runs under a bound, and reaching it is an error: upstream has sets that never come to an end.

    Example, one step of a contraction (test/Conversion/LinalgToVector/matmul.mlir):

    ```mlir
    %m = linalg.matmul ins(%a, %b : tensor<8x64xf32>, tensor<64x32xf32>) outs(%c : tensor<8x32xf32>) -> tensor<8x32xf32>
    // becomes
    %acc = vector.transfer_read %c[%c0, %c0], %pad : tensor<8x32xf32>, vector<8x32xf32>
    %sum = scf.for %k = %c0 to %c64 step %c1 iter_args(%x = %acc) -> (vector<8x32xf32>) {
      %l = vector.transfer_read %a[%c0, %k], %pad : tensor<8x64xf32>, vector<8x1xf32>
      %r = vector.transfer_read %b[%k, %c0], %pad : tensor<64x32xf32>, vector<1x32xf32>
      %y = vector.contract %l, %r, %x : vector<8x1xf32>, vector<1x32xf32> into vector<8x32xf32>
      scf.yield %y : vector<8x32xf32>
    }
    ```
  }];
  let options = [
    Option<"maxPoints", "max-points", "int64_t", "4096", "largest number of points of an op that is vectorised whole">,
    Option<"maxRounds", "max-rounds", "int64_t", "16",
           "bound on the rounds of each set of patterns; real kernels need two to four">,
  ];
  let statistics = [
    Statistic<"numVectorized", "ops-vectorized", "linalg ops that became vectors">,
    Statistic<"numLeft", "ops-left", "linalg ops that are not on static tiles">,
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}

def RegisterTilePass : Pass<"attn-register-tile", "::mlir::func::FuncOp"> {
  let summary = "n-D vector values to native vectors, by value";
  let description = [{
    Takes level 4 (memrefs and n-D vectors) to level 5 (native vectors): every
    n-D vector value becomes a list of vectors of at most `lanes` elements, row
    by row; a row that does not divide ends in a narrower one. Loops and
    branches carry the lists. One walk, no patterns: it cannot loop for ever.

    What it does with the ops that have more than one way:

    * A contraction is a chain of `math.fma`, one for each register and step;
      the operand without lanes is loaded as a scalar and broadcast.
    * A reduction that keeps the lanes is done lane by lane, one across lanes
      by halves. `maxnumf` into an accumulator is one compare and select for a
      value, which the CPU has as one instruction; a NaN among the values is
      passed over, one in the accumulator stays. `maximumf` propagates every
      NaN and costs two instructions more. The sign of a zero may be either's.
    * Uniform values and progressions of integers (`vector.step`, broadcasts,
      sums, differences and multiples of them) stay scalars until lanes are
      wanted. A gather with indices that count up by one becomes a load, with
      one index for all lanes a broadcast. A comparison with a progression is
      exact for every base.
    * Lanes of `index` are held in 32 bits: positions are below 2^31, which the
      entry of a module checks. What may be larger (a length of no limit) is
      clamped, which leaves every comparison with a position true. The product
      of two unknowns has 64 bits.
    * A transpose that moves lanes goes in squares of registers and rounds of
      shuffles where both dimensions divide, else element by element.

    Expected: transfers in bounds and on memrefs, static positions, no vectors
    in the function's signature. A gather's memref has no gaps.

    Example, for 16 lanes (test/Conversion/VectorToRegisters/basic.mlir):

    ```mlir
    %x = vector.transfer_read %m[%i, %c0], %pad {in_bounds = [true, true]} : memref<?x32xf32>, vector<2x32xf32>
    %y = arith.addf %x, %x : vector<2x32xf32>
    // becomes
    %x0 = vector.load %m[%i, %c0] : memref<?x32xf32>, vector<16xf32>
    %x1 = vector.load %m[%i, %c16] : memref<?x32xf32>, vector<16xf32>
    %x2 = vector.load %m[%i1, %c0] : memref<?x32xf32>, vector<16xf32>
    %x3 = vector.load %m[%i1, %c16] : memref<?x32xf32>, vector<16xf32>
    %y0 = arith.addf %x0, %x0 : vector<16xf32>
    ...
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "0", "f32 elements of a register; 0: as 'attn.variant' around the function says">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect", "::mlir::vector::VectorDialect"];
}

def ConvertAttnToLinalgPass : Pass<"convert-attn-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "attention to loops around linalg on static register tiles";
  let description = [{
    Takes a scheduled `attn.attention` (level 1) to level 2: `scf.forall` over
    batch, head and block of queries; in it a loop over blocks of keys inside
    the mask's hull; for each block the strips of queries, and for each strip
    the panels of keys, whose scores are one static `linalg.matmul` of
    `strip` x `D` by `D` x `panel`.

    * *Pre-condition*: every attention carries a schedule and has static `D`
      and `E`; all sizes else may be dynamic, and zero.
    * *Post-condition*: no attn op is left but `op_begin`, `op_end` and
      `require`; all linalg on whole tensors that was there before is untouched.
    * Keys are packed into transposed panels once per key head; query heads of
      a group share them. Transposes before and after an attention are absorbed
      into its slices.
    * A block that the mask's tile reading proves full is computed without
      mask, an empty one not at all, any other with the mask in each panel and
      the strip's own hull as loop bounds.
    * `attn.norm` becomes linalg on whole tensors, of which `attn-tile-linalg`
      makes one pass over the rows; `attn.rotary` loops over vectors of pairs.
    * A schedule with `box` walks over boxes of queries on the grid of the mask,
      or in a line where the mask has none. Each box lists the keys that some
      query of it sees: axis by axis the bounds of the mask for the box, of a
      union those of each band, sorted and joined; then stretches of 64 keys
      (single ones, if the mask has gaps) for which the tile reading does not
      prove that none is visible. Those that it proves visible to the whole box
      come first in the list, and panels of them need no mask. Tiles are `strip`
      queries, which lie in the lanes, by `panel` listed keys, which are read
      where they lie, element by element; mask and score region see the
      coordinates and the flat positions of both. Then the weights of some of
      these queries multiply rows of values. Extents may be known at run time
      only; lanes behind the end of the grid repeat a query and its output.
    * A schedule with `split` (few queries) makes tasks of batch, key head and
      part of the keys instead: rows are the queries of all heads that share the
      key head, keys are read where they lie (`linalg.generic` on partial sums
      of `strip` x `panel / lanes` x `lanes`), and a second `scf.forall` merges
      the parts in their order.
    * `attn.score_reduce` makes the same tasks without values and, for few
      queries, without parts: a strip walks over the panels of its hull, with
      the products, score region and mask of an attention in the same order.
    * Row maxima, sums and the rescaling factor live beside the accumulator in
      scratch of the task, so that nothing is allocated in a loop.

    Examples: test/Conversion/AttnToLinalg/plain.mlir, boxes.mlir, short.mlir

    ```mlir
    %o = attn.attention %q, %k, %v mask(#attn.causal) schedule(#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>)
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numAttentions", "attentions", "attentions that became loops">,
    Statistic<"numReductions", "reductions", "reductions of scores that became loops">
  ];
}

def OutlineParallelPass : Pass<"attn-outline-parallel", "::mlir::ModuleOp"> {
  let summary = "parallel loops become calls of the runtime";
  let description = [{
    Moves the body of each outermost `scf.forall` on buffers into a function
    `(arg, index, worker)` and calls the frame's `parallel_for` with the number
    of pieces, that function, and the address of a struct on the stack with all
    that the body uses from outside. Inner parallel loops become sequential:
    one level of them keeps every worker busy. `attn.worker` becomes the
    argument of that name. A body is named after the operation it is a part of.

    The runtime has set the floating-point mode before it calls a body.

    Example (test/Conversion/SCFToRuntime/outline-parallel.mlir):

    ```mlir
    scf.forall (%i) in (%n) {
      memref.store %x, %m[%i] : memref<?xf32>
    }
    // becomes
    llvm.call %parallel_for(%context, %n, %body, %arg) : !llvm.ptr, (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def EmitEntriesPass : Pass<"attn-emit-entries", "::mlir::ModuleOp"> {
  let summary = "public functions get the entry points of the runtime's ABI";
  let description = [{
    For each public function `@f`, which becomes the private `@f.main`, emits
    `@f(frame) -> i32`, which makes memrefs of the frame's pointers and sizes,
    and `@f.plan(dims, concurrency, result_sizes, workspace_bytes) -> i32`,
    which is non-zero when a size overflows. All functions with a frame return
    an i32 status.

    Example (test/Conversion/SCFToRuntime/emit-entries.mlir):

    ```mlir
    func.func @f(%frame: !llvm.ptr, %x: memref<?xf32> {attn.dims = ["n"]}, %workspace: memref<?xi8>)
    // becomes
    func.func @f(%frame: !llvm.ptr) -> i32
    func.func @f.plan(%dims: !llvm.ptr, %concurrency: i64, %sizes: !llvm.ptr, %bytes: !llvm.ptr) -> i32
    func.func private @f.main(%frame: !llvm.ptr, %x: memref<?xf32>, %workspace: memref<?xi8>) -> i32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def LowerRuntimeOpsPass : Pass<"attn-lower-runtime-ops", "::mlir::ModuleOp"> {
  let summary = "op_begin, op_end and require become calls, branches and fault records";
  let description = [{
    Expects control flow between blocks. `attn.op_begin` calls the frame's
    function of that name if there is one and ends the function when it says so;
    a broken `attn.require` fills the fault record; a call whose status is not
    zero ends the caller. Private functions get one more argument, the index of
    their first operation, because each call of them is an operation of its own;
    a call's `attn.name` stands before the names of its operations.

    Entry points get `attn.ops` and `attn.faults`, which name what the indices
    stand for.

    Example:

    ```mlir
    attn.require %ok, "expects a token id below" actual %a bound %b
    // becomes
    cf.cond_br %ok, ^next, ^fault
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def LowerToReferencePass : Pass<"attn-lower-to-reference", "::mlir::ModuleOp"> {
  let summary = "attn ops become naive linalg with every intermediate in memory";
  let description = [{
    The meaning of `attn.attention` and `attn.merge`, spelled out: scores,
    visibility, row maxima, weights, sums and outputs are whole tensors, each
    made by one `linalg.generic`. Nothing is skipped, fused or blocked, so that
    other lowerings can be compared with it. Every attention and shape is
    accepted.

    Example (test/Conversion/AttnToReference/attention.mlir):

    ```mlir
    %o = attn.attention %q, %k, %v mask(#attn.causal)
       : (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    // becomes, among others
    %scores = linalg.generic ... iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // ATTN_CONVERSION_PASSES_TD
