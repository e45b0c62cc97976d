// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that decide how attentions and matmuls are cut, and those that follow from it: where weights lie, loops, what is fetched ahead.
#ifndef ATTN_TRANSFORMS_TILEPASSES_TD
#define ATTN_TRANSFORMS_TILEPASSES_TD

include "mlir/Pass/PassBase.td"

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

def SchedulePass : Pass<"attn-schedule", "::mlir::ModuleOp"> {
  let summary = "decide how each attention is cut into blocks, strips and panels";
  let description = [{
    Sets `schedule` on every `attn.attention` that has none, for the CPU
    variant of the nearest module around it (`attn.variant`). One that is there already
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
    was compared: one for its copies in all variants (`attn-clone-variants`),
    with the values of each side by side where they differ.

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
  let summary = "loops fetch the rows of keys that they will read where they lie";
  let description = [{
    Works on level 4, after `attn-unroll-contractions`, on what is not packed.

    Loops that add up products of rows lane by lane (partial sums of rank 3, for
    few queries) fetch the rows 4 KiB ahead, as far as the loop around them moves
    on along these rows: keys, each of which is read once.

    Loops whose steps look up rows in a list (the keys of a box of queries), which
    a contraction inside reads element by element, fetch the rows of the next
    step: the list is read ahead, never behind its end. Rows that are read whole
    are left to the hardware.

    Example: test/Transforms/prefetch-rows.mlir.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

#endif // ATTN_TRANSFORMS_TILEPASSES_TD
