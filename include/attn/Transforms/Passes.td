// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The passes of lib/Transforms: what they take and leave is of the same level. One pass, one file.
#ifndef ATTN_TRANSFORMS_PASSES_TD
#define ATTN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def CloneVariantsPass : Pass<"attn-clone-variants", "::mlir::ModuleOp"> {
  let summary = "make one copy of the module's contents for each CPU variant";
  let description = [{
    Wraps everything in the module into nested modules, one for each variant,
    best first. A nested module is named after its variant and carries it as
    `attn.variant`; passes that follow ask it for lanes and registers.
    Attributes of the outer module, such as the signature, stay where they are,
    and so do globals with `attn.source`, in addition to the copies: the weights
    exist once, and the outer module keeps the list of them.
    A module that already holds a variant is left alone, so that a pipeline may
    continue from printed IR.

    The cost is one copy of the graph for each variant; weights are named in
    it, not held.

    Example:

    ```mlir
    module {
      func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
        return %x : tensor<4xf32>
      }
    }
    ```

    becomes, for the variants `x86-64-v3,x86-64-v2`,

    ```mlir
    module {
      module @"x86-64-v3" attributes {attn.variant = "x86-64-v3"} {
        func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
          return %x : tensor<4xf32>
        }
      }
      module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {
        func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
          return %x : tensor<4xf32>
        }
      }
    }
    ```
  }];
  let options = [
    ListOption<"variants", "variants", "std::string",
               "the CPU variants, best first; none: all that are known">
  ];
}

def ExtractSignaturePass : Pass<"attn-extract-signature", "::mlir::ModuleOp"> {
  let summary = "write down the signatures of the public functions";
  let description = [{
    Sets `attn.functions` on the module: for each public function the names,
    element types and dimensions of its arguments and results, from the
    attributes `attn.name`, `attn.dims`, `attn.range` and `attn.dim_ranges`.
    Lowering changes the functions; the attribute is what the runtime will
    check calls against. Pre-condition: public functions take and return ranked
    tensors. Nothing else changes.

    A result with `attn.updates` is the new content of the argument of that name,
    which becomes `state` and whose memory it shares; it is no result of the
    signature. `attn.session` of the function says how states grow: `capacity` and
    `batch` name their dimensions, `length` the `tensor<i64>` with the positions
    held before a call, `step` the dimension (or number) of positions a call adds.
    What a state holds below the length is not changed: along the capacity it is
    written by `tensor.insert_slice` at the length and by nothing else.

    A value without a name is called `arg0` or `result0` after its position. A
    dynamic dimension of an argument without a name is a symbol of its own; one
    of a result is unit, which leaves it to the plan.

    Example:

    ```mlir
    func.func @f(%x: tensor<?x4xf32> {attn.name = "x", attn.dims = ["rows", ""]}) -> (tensor<?x4xf32> {attn.dims = ["rows", ""]})
    ```

    gives the module

    ```mlir
    attn.functions = [{args = [{dims = ["rows", 4], dtype = "f32", name = "x"} ], name = "f", results = [{dims = ["rows", 4], dtype = "f32", name = "result0"} ], symbols = [{name = "rows", range = array<i64: 0, 9223372036854775807>} ]} ]
    ```
  }];
}

def GuardElementsPass : Pass<"attn-guard-elements", "::mlir::func::FuncOp"> {
  let summary = "reads of single elements stay inside, or the run fails";
  let description = [{
    Indices of `tensor.extract` that are data are asked at run time: by
    `attn.bounded` where they are, or, in the body of a linalg op, before it, by
    the least and the greatest index of all its points. What the range of an
    argument (`attn.range`) or the extent of a loop proves is not asked, so the
    tables of an imported model cost nothing. A `tensor.cast` to static sizes is
    asked for them. Post-condition: no value of an argument makes a module read
    outside of a tensor through `tensor.extract` or a cast.

    Example (test/Transforms/guard-elements.mlir):

    ```mlir
    %element = tensor.extract %table[%id] : tensor<100xf32>
    // becomes
    %index = attn.bounded %id, "expects the index of dimension 0 of tensor.extract to be in 0 to" by %last
    %element = tensor.extract %table[%index] : tensor<100xf32>
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def GuardMasksPass : Pass<"attn-guard-masks", "::mlir::func::FuncOp"> {
  let summary = "run-time symbols of masks are what the masks require, or the run fails";
  let description = [{
    A mask may require something of its symbols and of the sizes of the problem:
    that a grid has as many tokens as there are queries and keys, that the ends
    of segments do not fall from a query to the next. `attn.require` asks it
    before the attention, in loops over the positions on which a symbol depends.
    Before that it asks whether everything that index maps name - of symbols,
    normaliser inputs, captures of scores and gains - is inside of its tensor.
    Post-condition: what lowerings and mask readings take for granted about
    symbols holds, and they may read what maps name. The cost is one read and
    one comparison for each element of symbols that have to hold something.

    Example (test/Transforms/guard-masks.mlir):

    ```mlir
    %o = attn.attention %q, %k, %v mask(#attn.segments, %first[i] : tensor<?xi64>, %end[i] : tensor<?xi64>)
    // becomes, for each of both symbols
    scf.for %i = %c1 to %queries step %c1 {
      %before = arith.subi %i, %c1 : index
      ...
      attn.require %rises, "expects mask symbol 0 to be at least its value for the query before," actual %here bound %there
    }
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def GuardSlicesPass : Pass<"attn-guard-slices", "::mlir::func::FuncOp"> {
  let summary = "slices stay inside, or the run fails";
  let description = [{
    Offsets and sizes of `tensor.extract_slice` and `tensor.insert_slice` that
    depend on sizes or data are bounded: where the types do not prove that a
    slice lies inside of its tensor, `attn.bounded` and `attn.require` ask at run
    time. A cache that is filled up to a length is read and written this way, so
    a wrong length is an error and never a write outside. Post-condition: what
    a later level touches through a slice exists. The cost is a comparison for
    each such dimension.

    Example (test/Transforms/guard-slices.mlir):

    ```mlir
    %part = tensor.extract_slice %cache[0, 0] [%n, 64] [1, 1] : tensor<?x64xf32> to tensor<?x64xf32>
    // becomes
    %capacity = tensor.dim %cache, %c0 : tensor<?x64xf32>
    %m = attn.bounded %n, "expects the size of dimension 0 of tensor.extract_slice to be in 0 to" by %capacity
    %part = tensor.extract_slice %cache[0, 0] [%m, 64] [1, 1] : tensor<?x64xf32> to tensor<?x64xf32>
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def SimplifyMasksPass : Pass<"attn-simplify-masks", "::mlir::ModuleOp"> {
  let summary = "masks that say the same with less";
  let description = [{
    Parts of a mask that are true, false, repeated or implied by the rest go: a
    conjunct that the others imply, a disjunct that lies within the others, a
    part of a disjunction that contradicts what stands beside the disjunction. A
    mask that is true everywhere is dropped, attention that sees no key becomes
    zeros and log-sum-exps of minus infinity (unless a sink gives a log-sum-exp
    of its own), reductions of no score what the op says of them. Two negations
    cancel, a negation moves into a connective where that makes no more of them,
    nested lists become one, and a window is cut by `causal` and by other
    windows.

    Constants become definitions: a dense mask of a constant, or of the
    beginning of one, and a constant bias of zeros and -inf, or of zeros and the
    least numbers where each query keeps another key, that a score region of
    softmax adds and nothing else. Tried are all and no keys, causal with an
    offset and bottom right, windows, prefixes, prefix-LM, padding behind
    causal, blocks, sinks with a window, rows that see all, distances (dilated,
    strided, a few runs of them), periodic keys and neighborhoods of one and two
    axes, for all heads or for up to four ranges of them. The answer is compared
    with every element; a constant of more than 2^22 elements, or one that shows
    anything else, stays.

    What is known of an op's problem counts: static sizes, sizes that are equal,
    `attn.dim_ranges` and `attn.range` of entry functions, constants that
    symbols read. Proofs are, in this order, structural, by the intervals of all
    terms over the whole problem, by the Presburger solver, which also knows of
    no sizes, and by looking at every score of a static problem, tile by tile
    and no further than 2^14 tiles for a mask. Before the solver is asked, such
    a look at problems of 48 and of 2^18 tokens refutes most of what is wrong.
    The solver is asked 96 times for a mask at most and never about divisions of
    divisions of divisions. A mask of more than 64 parts is left alone, and so
    is one of which nothing is proved: it costs time, never a result. Under a
    schedule with a box, which was given for the grid that the mask reads, the
    mask stays.

    `split-unions` makes two attentions and an `attn.merge` of a union of which
    one part is taken from the other, where that computes at most a fiftieth
    more tiles of 14 x 32, which is what skipping the tiles between the parts
    may cost. It counts them at the op's sizes, or at 4096. Softmaxes alone are
    merged, of outputs that are not rounded and without a score region, which
    may make all scores the least number. It is off because attention that skips
    tiles nearly always wins: it writes its output once.

    Post-condition: each score that was visible is, and no other. With
    `remarks`, a remark on each op that changed says what was found and how it
    was proved.

    Example (test/Transforms/simplify-masks.mlir):

    ```mlir
    attn.attention %q, %k, %v mask(#attn.and<#attn.causal, #attn.window<255, 0>>)
    // becomes
    attn.attention %q, %k, %v mask(#attn.window<255, 0>)
    ```
  }];
  let options = [
    Option<"remarks", "remarks", "bool", "false", "say what was found and how it was proved">,
    Option<"splitUnions", "split-unions", "bool", "false", "two attentions for the parts of a union, where tiles say so">
  ];
  let statistics = [Statistic<"numSimplified", "num-simplified", "masks that changed">,
                    Statistic<"numSplit", "num-split", "unions that became two attentions">];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PackWeightsPass : Pass<"attn-pack-weights", "::mlir::ModuleOp"> {
  let summary = "weights of matmuls are stored as panels";
  let description = [{
    Gives every weight matrix that is only ever the transposed right operand of
    `linalg.matmul` the layout in which the innermost loops of a matmul read it:
    the global gets `attn.layout = #attn.panels<...>` and the packed type, and
    so do the arguments of private functions through which it passes. Before
    each matmul a `linalg.unpack` says what the panels mean; it is never
    executed, because `attn-tile-linalg` reads through it.

    A matrix that is read by row as well, such as a tied embedding, is kept
    twice: as panels, and as `<name>.rows`. One that meets another value in an
    argument keeps its layout. Matrices of bf16 and f16 are packed as they are
    and widened where they are multiplied; an elementwise `arith.extf` between
    the weight and the matmul becomes a part of the matmul.

    Example (test/Transforms/pack-weights.mlir):

    ```mlir
    ml_program.global private @w(#ml_program.extern<tensor<40x70xf32>>) : tensor<40x70xf32>
    func.func @f(%x: tensor<?x70xf32>, %init: tensor<?x40xf32>) -> tensor<?x40xf32> {
      %w = ml_program.global_load_const @w : tensor<40x70xf32>
      %y = linalg.matmul
          indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
          ins(%x, %w : tensor<?x70xf32>, tensor<40x70xf32>) outs(%init : tensor<?x40xf32>) -> tensor<?x40xf32>
      return %y : tensor<?x40xf32>
    }
    ```

    Here `@w` becomes
    `{attn.layout = #attn.panels<rows = 40, columns = 70, kblock = 70, panel = 32>} : tensor<1x2x70x32xf32>`
    and `%w` the `linalg.unpack` of the loaded panels.
  }];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PlaceWeightsPass : Pass<"attn-place-weights", "::mlir::ModuleOp"> {
  let summary = "weights get their places in one arena, in the order of execution";
  let description = [{
    Gives each `ml_program.global` with a source its `attn.offset`, a multiple
    of 64 bytes, and the module the size of all as `attn.weights_bytes`. Panels
    come first, in the order in which a run of the entry points reads them, so
    that "the next panel" is the next memory also across ops and functions; all
    other weights follow. Globals with equal sources, layouts and types share a
    place. Behind everything lie zeros, as many as one panel and one page,
    because prefetches run that far past the last panel.

    Example:

    ```mlir
    ml_program.global private @w(#ml_program.extern<tensor<40xf32>>) : tensor<40xf32> {attn.source = "a:w"}
    // becomes, in a module with attn.weights_bytes = 4288 : i64
    ml_program.global private @w(#ml_program.extern<tensor<40xf32>>) : tensor<40xf32> {attn.offset = 0 : i64, attn.source = "a:w"}
    ```
  }];
}

def ScheduleMatmulsPass : Pass<"attn-schedule-matmuls", "::mlir::func::FuncOp"> {
  let summary = "each matmul by panels says how it will be cut";
  let description = [{
    Sets `attn.schedule` on every `linalg.matmul` by panels that has none, by
    the blocking rule for the CPU variant around the function.

    Example, for `x86-64-v4`:

    ```mlir
    attn.schedule = #attn.matmul_schedule<rows = 128, kblock = 768, panel = 32, strip = 8, columns = 32, tasks = 16>
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect"];
}

def TileLinalgPass : Pass<"attn-tile-linalg", "::mlir::func::FuncOp"> {
  let summary = "matmuls and row-wise ops become loops around register tiles";
  let description = [{
    Level 1 to level 2 for all ops of a graph but attention. Every op of the
    graph becomes an `scf.forall` between `attn.op_begin` and `attn.op_end`,
    named after its location.

    A `linalg.matmul` by panels (`attn-pack-weights`) is cut as its
    `attn.schedule` says, or else by the rule for the CPU variant: a tile is

    ```mlir
    %sum = linalg.fill ins(%zero) outs(%slice : tensor<8x32xf32>)
    %product = linalg.matmul ins(%a, %panel : tensor<8x384xf32>, tensor<384x32xf32>) outs(%sum)
    %tile = linalg.generic {bias, activation, residual} ins(%product, %bias, %residual) outs(%product)
    ```

    in place in a slice of the result. Elementwise ops that alone consume the
    matmul's result are computed in its tiles. Rows are never read or written
    beyond the last one: those that do not fill a strip go 4, 2 and 1 at a time.

    A `linalg.generic` whose last loop, over the columns, is static and reads
    and writes consecutive elements becomes one pass over its rows, by vectors;
    ops that yield one value for each row of it (the sums of a LayerNorm) are
    computed in the same pass and never stored. Sums are added up in the lanes
    of vectors and then across them. A reduction over another loop (a mean over
    tokens) adds vectors of columns. `tensor.extract` of consecutive elements of
    a row (an embedding) is a vector load.

    All else, such as counting a mask, is left to `convert-linalg-to-loops`.

    Examples: test/Transforms/tile-matmul.mlir, test/Transforms/tile-rows.mlir.
  }];
  let dependentDialects = [
    "::attn::AttnDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::ub::UBDialect",
    "::mlir::vector::VectorDialect"];
}

def PrefetchPanelsPass : Pass<"attn-prefetch-panels", "::mlir::func::FuncOp"> {
  let summary = "contractions fetch the rows ahead, matmuls the next panel of weights";
  let description = [{
    Works on level 4, after `attn-unroll-contractions`: loops over memrefs with
    n-D vectors, of which each reads several rows of its right operand through a
    view. After each row's contraction the row that is two unrolled steps ahead
    is fetched to the first level, which holds no panel whole.

    Where the rows are those of a packed panel (a static, dense memref of rank 4,
    as `attn-pack-weights` makes it), each unrolled step also fetches one line of
    the panel that follows in memory to the second level. That is all of it when
    there are as many strips of rows as a step has lines; fewer fetch the rest
    before they start. Rows of less than a line, as for registers of 4 lanes, are
    left to the hardware. Before each strip, the elements that its epilogue will
    read or overwrite are fetched too.

    Where two steps of a contraction read 4 KiB, it fetches one step ahead.

    What follows the last panel of a weight is the next weight that the run
    reads, and behind the last of all the arena is padded
    (`attn-place-weights`). A prefetch of an address that is not mapped has no
    effect.

    Example: test/Transforms/prefetch-panels.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def PrefetchRowsPass : Pass<"attn-prefetch-rows", "::mlir::func::FuncOp"> {
  let summary = "loops fetch the rows of keys and values that they will read where they lie";
  let description = [{
    Works on level 4, after `attn-unroll-contractions`, on what is not packed.

    Loops that add up products of rows lane by lane (partial sums of rank 3, for
    few queries) fetch the rows 4 KiB ahead, as far as the loop around them moves
    on along these rows: keys, each of which is read once.

    Loops whose steps look up rows in a list (the keys of a box of queries) and
    read them element by element, in a contraction of their own or in one inside,
    fetch the rows of the next step: the list is read ahead, never behind its end.

    Example: test/Transforms/prefetch-rows.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def SchedulePass : Pass<"attn-schedule", "::mlir::ModuleOp"> {
  let summary = "decide how each attention is cut into blocks, strips and panels";
  let description = [{
    Sets `schedule` on every `attn.attention` that has none, for the CPU
    variant of the module around it (`attn.variant`). One that is there already
    stays, so that a test or a user decides.

    The register tile fills the vector registers with accumulators: 14 x 32 with
    32 registers of 16 lanes, 6 x 16 with 16 of 8, 4 x 8 with 16 of 4. Few static
    queries are cut into equal strips that may be lower. At most 32 queries for
    each key head, over all query heads that share it, get a schedule with
    `split`: few queries wait for memory, not for arithmetic. A block
    of keys and values stays in half of a 1 MiB second-level cache; a block of
    queries is large enough that every key fetched from the third level is used
    about 200 times.

    Where the mask leaves neighbouring queries little in common, the tiles of
    that walk are mostly masked. The tiles of walks over boxes of the mask's
    grid, of one or two registers of queries in every shape, are counted, too,
    on the sizes of the op or on assumed ones (4096 tokens, 64 x 64, 16 x 16 x
    16), and the cheapest is taken. With `remarks`, a remark on the op says what
    was compared.

    Example (test/Transforms/schedule.mlir): in a module with `attn.variant =
    "x86-64-v4"`,

    ```mlir
    %o = attn.attention %q, %k, %v
       : (tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>, tensor<1x4x?x64xf32>) -> tensor<1x4x?x64xf32>
    ```

    gets `schedule(#attn.schedule<rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16>)`,
    and one with a query `tensor<1x32x1x128xf32>` and 8 key heads
    `schedule(#attn.schedule<rows = 4, keys = 256, strip = 4, panel = 64, lanes = 16, split = 1024>)`.
  }];
  let options = [
    Option<"remarks", "remarks", "bool", "false", "say why a walk over boxes or blocks was chosen">
  ];
  let statistics = [
    Statistic<"numScheduled", "scheduled", "attentions that got a schedule">
  ];
}

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

def ResultsToDestinationsPass : Pass<"attn-results-to-destinations", "::mlir::ModuleOp"> {
  let summary = "functions receive the runtime's frame and the memory of their results";
  let description = [{
    Gives every function a first argument `%frame`, turns its tensor arguments
    into memrefs and each tensor result into one more memref argument, marked
    `attn.result`. Callers allocate what a callee writes; the sizes come from
    the symbols in `attn.dims`. After this pass tensors never cross a function
    border, so that each function is bufferised on its own.

    A result with `attn.updates` is the new content of the argument of that name:
    it gets no argument of its own but is computed in that one, which is marked
    `attn.state`. A call hands over the caller's own state, for good.

    For a public function `@f` a function `@f.plan` is made, from the function's
    symbols and the number of workers to the sizes of all result dimensions but
    those of states.

    Example (test/Transforms/results-to-destinations.mlir):

    ```mlir
    func.func @f(%x: tensor<?xf32> {attn.dims = ["n"]}) -> (tensor<?xf32> {attn.dims = ["n"]})
    // becomes
    func.func @f(%frame: !llvm.ptr, %x: memref<?xf32> {attn.dims = ["n"]},
                 %r: memref<?xf32> {attn.dims = ["n"], attn.result})
    func.func private @f.plan(%n: index, %concurrency: index) -> index
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect"];
}

def BindWeightsPass : Pass<"attn-bind-weights", "::mlir::ModuleOp"> {
  let summary = "weights become views of the frame's weight memory";
  let description = [{
    Replaces each `ml_program.global_load_const` of a global with `attn.offset`
    by a read-only tensor at that offset of the memory to which the frame's
    `weights` points, and removes the globals.

    Example:

    ```mlir
    %w = ml_program.global_load_const @w : tensor<4x8xf32>
    // becomes, with attn.offset = 256
    %m = memref.view %weights[%c256][] : memref<?xi8> to memref<4x8xf32>
    %w = bufferization.to_tensor %m restrict : memref<4x8xf32> to tensor<4x8xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def BufferizePass : Pass<"attn-bufferize", "::mlir::ModuleOp"> {
  let summary = "tensors become buffers, written in place wherever possible";
  let description = [{
    Upstream empty-tensor elimination and one-shot bufferisation of each
    function body, with identity layouts. Function borders are memrefs already
    (`attn-results-to-destinations`).

    Example (test/Transforms/bufferize.mlir): a result computed into `tensor.empty` is computed into the
    function's destination. A state that would have to be copied, because its old
    content is read after its update, is an error.
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect"];
}

def CheckNoAllocInLoopsPass : Pass<"attn-check-no-alloc-in-loops", "::mlir::ModuleOp"> {
  let summary = "loops of generated code neither allocate nor copy buffers";
  let description = [{
    An allocation or a copy inside a loop is a bufferisation conflict that
    nobody asked for, and it costs more than the loop's work. It is an error at
    the place of the op. Allowed is scratch memory of a parallel body, created
    outside of the body's own loops, and copies there; also a copy into a part
    of a buffer, which is an insertion that the program asked for.

    Example (test/Transforms/check-no-alloc-in-loops.mlir): `memref.alloc` in an `scf.for` is an error, in an `scf.forall` it
    is scratch memory of the worker.
  }];
}

def PlanWorkspacePass : Pass<"attn-plan-workspace", "::mlir::ModuleOp"> {
  let summary = "allocations become views of one workspace argument";
  let description = [{
    Replaces allocations by views of a last argument `%workspace`. Buffers of a
    function share memory when one is dead before the other is written; buffers
    in the body of an `scf.forall` exist once for each worker; what callees need
    and what workers need shares the memory at the end, because only one of them
    is alive at a time.

    `@f.plan` gets one more result, the number of bytes for given symbols and
    number of workers. All sizes have to follow from the sizes of arguments, or
    to be bounded by them (`attn.bounded`) and then to grow with the bound.

    Example:

    ```mlir
    %a = memref.alloc(%n) : memref<?xf32>
    // becomes
    %a = memref.view %workspace[%c0][%n] : memref<?xi8> to memref<?xf32>
    ```
  }];
  let dependentDialects = [
    "::attn::AttnDialect", "::mlir::arith::ArithDialect",
    "::mlir::affine::AffineDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect"];
}

def ExpandCopiesPass : Pass<"attn-expand-copies", "::mlir::ModuleOp"> {
  let summary = "copies of buffers become loops";
  let description = [{
    Lowering `memref.copy` upstream calls a library function, and a compiled
    module has none. Dense rows are copied 64 bytes at a time.

    Example (test/Transforms/expand-copies.mlir):

    ```mlir
    memref.copy %a, %b : memref<?xf32> to memref<?xf32>
    // becomes
    scf.for %i = %c0 to %whole step %c16 {
      %x = vector.load %a[%i] : memref<?xf32>, vector<16xf32>
      vector.store %x, %b[%i] : memref<?xf32>, vector<16xf32>
    }
    // and a loop for the rest
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
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

def UnifySymbolsPass : Pass<"attn-unify-symbols", "::mlir::ModuleOp"> {
  let summary = "complete the names of arguments, results and their dimensions";
  let description = [{
    Gives every dynamic dimension of every argument a name in `attn.dims`, the
    same one to dimensions that an op forces to be equal, so that the runtime
    can check a call before it starts. Names that the user wrote stay; others
    are `d0`, `d1`, and so on. Dimensions of results get the name of the
    argument's they are equal to, or none, and then the plan computes them. A
    dynamic dimension that must equal a static one gets this size as its range.
    Values of public functions without `attn.name` are called `arg0`,
    `result0`.

    What an attention needs of run-time sizes beyond equality (the number of
    query heads is a multiple of the number of key heads) becomes
    `attn.require`.

    Example (test/Transforms/unify-symbols.mlir):

    ```mlir
    func.func @f(%q: tensor<1x8x?x64xf32>, %k: tensor<1x8x?x64xf32>, %v: tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32> {
      %o = attn.attention %q, %k, %v : (tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>, tensor<1x8x?x64xf32>) -> tensor<1x8x?x64xf32>
      return %o : tensor<1x8x?x64xf32>
    }
    ```

    names the third dimension of `%q` and of the result `d0`, that of `%k` and
    `%v` `d1`.
  }];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LowerBooleansPass : Pass<"attn-lower-booleans", "::mlir::ModuleOp"> {
  let summary = "booleans cross the border of public functions as bytes";
  let description = [{
    Arguments and results of public functions with element type i1 become i8.
    Mask symbols read the bytes as they are, 0 or 1; other uses get a tensor of
    `byte != 0`.

    Example:

    ```mlir
    func.func @f(%keep: tensor<?xi1>) -> tensor<?xi1>
    // becomes
    func.func @f(%keep: tensor<?xi8>) -> tensor<?xi8>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ExpandReshapesPass : Pass<"attn-expand-reshapes", "::mlir::ModuleOp"> {
  let summary = "splitting a dimension of memory becomes stride arithmetic";
  let description = [{
    Every `memref.expand_shape` becomes a `memref.reinterpret_cast` whose sizes
    are the op's output shape. Upstream's expansion of strided metadata infers
    one size of each group from the others, and crashes on a group with two
    dynamic sizes, which is what a batch of sequences is.

    Example (test/Transforms/expand-reshapes.mlir):

    ```mlir
    %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, %s, 384] : memref<?x384xf32> into memref<?x?x384xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def UnrollContractionsPass : Pass<"attn-unroll-contractions", "::mlir::func::FuncOp"> {
  let summary = "several steps of a contraction share their counter and addresses";
  let description = [{
    Works on level 4: loops over memrefs with n-D vectors. An innermost loop of
    step 1 around a `vector.contract` is unrolled by `steps`, which is halved
    while the body would hold more than `max-products`; what is left over stays
    a loop of step 1. What the unrolled steps read of one matrix
    they read through one view, so that an address is a base and a constant.

    Example: test/Transforms/unroll-contractions.mlir.
  }];
  let options = [
    Option<"steps", "steps", "int64_t", "8", "steps that become one">,
    Option<"maxProducts", "max-products", "int64_t", "2048", "products of scalars in an unrolled body, at most">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

#endif // ATTN_TRANSFORMS_PASSES_TD
