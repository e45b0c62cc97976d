// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on graphs of tensor ops, before a CPU matters: what signatures say, what the run has to ask of data, what masks say.
#ifndef ATTN_TRANSFORMS_GRAPHPASSES_TD
#define ATTN_TRANSFORMS_GRAPHPASSES_TD

include "mlir/Pass/PassBase.td"

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

#endif // ATTN_TRANSFORMS_GRAPHPASSES_TD
