// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes: normalisers and schedules here, masks in AttnMasks.td.
#ifndef ATTN_ATTRS_TD
#define ATTN_ATTRS_TD

include "dialects/Attn/AttnDialect.td"
include "dialects/Attn/AttnInterfaces.td"
include "dialects/Attn/AttnMasks.td"

//===----------------------------------------------------------------------===//
// Normalisers
//===----------------------------------------------------------------------===//

class Attn_Normalizer<string name, string mnemonic, list<string> own = []>
    : Attn_Attr<name, mnemonic,
                [DeclareAttrInterfaceMethods<Attn_NormalizerAttrInterface, own>]>;

def Attn_SoftmaxAttr : Attn_Normalizer<"Softmax", "softmax", ["getNumInputs"]> {
  let summary = "exp(score - max), divided by the sum over the row";
  let description = [{
    With `#attn.softmax<sink>` one more logit, an operand of the op for each
    (batch, head, query), takes part in the sum but attends to nothing:
    `normalizer(#attn.softmax<sink>, %sink[h] : tensor<12xf32>)`.

    Example: `#attn.softmax<sink>`
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "false">:$sink);
  let hasCustomAssemblyFormat = 1;
}

def Attn_SigmoidAttr : Attn_Normalizer<"Sigmoid", "sigmoid"> {
  let summary = "1 / (1 + exp(-score)), not divided by anything";
  let description = [{
    Keys do not compete: the weight of one does not depend on the others, so no
    maximum of the row is kept and nothing is divided at the end.

    Example: `normalizer(#attn.sigmoid)`
  }];
}

def Attn_ReluAttr : Attn_Normalizer<"Relu", "relu"> {
  let summary = "max(score, 0), not divided by anything";
  let description = [{
    As `#attn.sigmoid`, with weights that are exactly zero for all keys of
    negative score.

    Example: `normalizer(#attn.relu)`
  }];
}

//===----------------------------------------------------------------------===//
// Norms and rotations
//===----------------------------------------------------------------------===//

def Attn_NormKind : I32EnumAttr<"NormKind", "what a norm does to a row", [
    I32EnumAttrCase<"Layer", 0, "layer">, I32EnumAttrCase<"Rms", 1, "rms">]> {
  let cppNamespace = "::attn";
  let genSpecializedAttr = 0;
}

def Attn_NormKindAttr : EnumAttr<Attn_Dialect, Attn_NormKind, "norm_kind">;

def Attn_Pairing : I32EnumAttr<"Pairing", "which elements of a head are rotated together", [
    I32EnumAttrCase<"Half", 0, "half">, I32EnumAttrCase<"Adjacent", 1, "adjacent">]> {
  let cppNamespace = "::attn";
  let genSpecializedAttr = 0;
}

def Attn_PairingAttr : EnumAttr<Attn_Dialect, Attn_Pairing, "pairing">;

def Attn_Reduction : I32EnumAttr<"Reduction", "what becomes of the scores of a row", [
    I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"KthLargest", 1, "kth_largest">,
    I32EnumAttrCase<"Sum", 2, "sum">]> {
  let cppNamespace = "::attn";
  let genSpecializedAttr = 0;
}

def Attn_ReductionAttr : EnumAttr<Attn_Dialect, Attn_Reduction, "reduction">;

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

def Attn_ScheduleAttr : Attn_Attr<"Schedule", "schedule"> {
  let summary = "how one attention is cut into blocks, strips and panels";
  let description = [{
    A parallel task owns `rows` queries of one head and walks over the keys in
    blocks of `keys`. A block is computed `strip` queries at a time; the scores
    of a strip are made `panel` keys at a time, which together is the register
    tile. `lanes` is the number of f32 in a native vector.

    With `split`, for few queries, a task owns all queries of all heads that
    share one key head (`rows` is their number) and at most `split` keys; what
    the tasks of different keys computed is merged in the order of the keys.
    Keys are not packed: `panel / lanes` of them at a time are multiplied by a
    strip, with lanes along the head size.

    With `box`, for masks of which few neighbouring queries see the same, the
    queries of a box of the mask's grid of tokens (of consecutive ones where it
    has none) share a list of the keys that the mask's readings leave to them.
    Lanes are queries: a strip is `strip` queries of a box, a panel is `panel`
    keys of the list, wherever they lie. Neither keys nor values are packed; the
    queries of a box are gathered, and its outputs written to their places. A
    task owns `rows` queries along the first axis of the grid, and all along the
    others. Weighted values are summed for some queries of a strip at a time,
    four native vectors of a value's elements at most for each: about `strip`
    times `columns` sums, and at least those of one query.

    Constraints: `strip` divides `rows`, `panel` divides `keys`, `keys` divides
    `split` where there is one, all are positive. `lanes` divides `panel`, or
    `strip` where there is a box. `strip` times `panel` and `strip` times
    `columns` are at most 4096, `rows`, `keys` and `split` are at most 65536. A
    box has 1 to 4 sizes, all positive, of which the product divides `rows`
    (there, `strip` need not); it excludes `split` and comes with `columns`.

    Example: `#attn.schedule<rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16>`
    or `#attn.schedule<rows = 4, keys = 256, strip = 4, panel = 64, lanes = 16, split = 1024>`
    or `#attn.schedule<rows = 16, keys = 252, strip = 16, panel = 12, lanes = 16, columns = 16, box = [4, 4]>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$keys, "int64_t":$strip,
                        "int64_t":$panel, "int64_t":$lanes,
                        DefaultValuedParameter<"int64_t", "0">:$split,
                        DefaultValuedParameter<"int64_t", "0">:$columns,
                        OptionalParameter<"::mlir::DenseI64ArrayAttr">:$box);
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = [{
    /// Whether it is one for few queries.
    bool isShort() const { return getSplit() != 0; }
    /// Whether boxes of queries have keys of their own.
    bool hasBox() const { return bool(getBox()); }
    int64_t getBoxArea() const;
    /// Strips of a box; lanes of the last one may be idle.
    int64_t getStripsOfBox() const { return (getBoxArea() + getStrip() - 1) / getStrip(); }
  }];
  let genVerifyDecl = 1;
}

def Attn_MatmulScheduleAttr : Attn_Attr<"MatmulSchedule", "matmul_schedule"> {
  let summary = "how one matmul with a packed weight is cut into tasks, blocks and register tiles";
  let description = [{
    The loops, outermost first: row blocks of `rows` rows, blocks of `kblock`
    summands, panels of `panel` columns, register tiles of `strip` rows and
    `columns` columns. About `tasks` parallel tasks are made: row blocks, and
    where these are too few, groups of panels. All of it follows from shapes
    alone and the order of summation from none of it but `kblock`, so that
    results are bitwise equal for any number of threads.

    Constraints: `strip` divides `rows`, `columns` divides `panel`, all are
    positive. `strip` times `columns` is at most 4096, `rows` at most 65536.

    Example: `#attn.matmul_schedule<rows = 128, kblock = 384, panel = 32, strip = 8, columns = 32, tasks = 16>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$kblock, "int64_t":$panel,
                        "int64_t":$strip, "int64_t":$columns, "int64_t":$tasks);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Layouts of weights
//===----------------------------------------------------------------------===//

def Attn_PanelsAttr : Attn_Attr<"Panels", "panels"> {
  let summary = "the packed layout of a weight matrix that is the right operand of matmuls";
  let description = [{
    Stands in `attn.layout` of an `ml_program.global` whose source is a row
    major matrix `w` of `rows` (outputs) by `columns` (inputs), and says how the
    bytes of the global are made of it. The global has the type
    `tensor<KB x P x kblock x panel>` with `KB = ceil(columns / kblock)` and
    `P = ceil(rows / panel)`, dense and row major:

        packed[kb][p][k][n] = w[p * panel + n][kb * kblock + k]

    and zero where that index lies outside of `w`. So a panel, `kblock * panel`
    consecutive elements, is what the innermost loops of a matmul read from
    front to back. It is what
    `linalg.pack %w padding_value(0) outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [kblock, panel]`
    yields.

    Constraints: all four are positive.

    Example: `#attn.panels<rows = 1536, columns = 384, kblock = 384, panel = 32>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns,
                        "int64_t":$kblock, "int64_t":$panel);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The shape of the packed tensor.
    ::llvm::SmallVector<int64_t, 4> getPackedShape() const;
  }];
}

#endif // ATTN_ATTRS_TD
