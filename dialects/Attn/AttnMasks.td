// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The mask attributes. What each means is in AttnMasks.cpp, how it is written and verified in AttnMaskSyntax.cpp,
// AttnMaskGrids.cpp and AttnMaskSets.cpp.
#ifndef ATTN_MASKS_TD
#define ATTN_MASKS_TD

include "dialects/Attn/AttnDialect.td"
include "dialects/Attn/AttnInterfaces.td"

class Attn_Mask<string name, string mnemonic, list<string> own = ["build"]>
    : Attn_Attr<name, mnemonic,
                [DeclareAttrInterfaceMethods<Attn_MaskAttrInterface, own>]>;

//===----------------------------------------------------------------------===//
// Bands
//===----------------------------------------------------------------------===//

def Attn_CausalAttr : Attn_Mask<"Causal", "causal", ["build", "readsExtent"]> {
  let summary = "a query sees the keys up to its own position";
  let description = [{
    `#attn.causal` aligns the first query with the first key (top left): key
    `j` is visible to query `i` when `j <= i`. `#attn.causal<K>` shifts the
    diagonal: `j <= i + K`. `#attn.causal<bottom_right>` aligns the last query
    with the last key: `j <= i + keys - queries`. `K` lies within 2^40.

    Example: `#attn.causal<bottom_right>`
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "0">:$offset,
                        DefaultValuedParameter<"bool", "false">:$bottomRight);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Attn_WindowAttr : Attn_Mask<"Window", "window"> {
  let summary = "a query sees the keys around its own position";
  let description = [{
    Key `j` is visible to query `i` when `i - left <= j <= i + right`:
    `left + 1 + right` keys away from the borders. Neither is negative; both
    are at most 2^40, which is as good as no bound.

    Example: `#attn.window<255, 0>`
  }];
  let parameters = (ins "int64_t":$left, "int64_t":$right);
  let assemblyFormat = "`<` $left `,` $right `>`";
  let genVerifyDecl = 1;
}

def Attn_PrefixAttr : Attn_Mask<"Prefix", "prefix", ["build", "getNumSymbols"]> {
  let summary = "every query sees the first keys, and no other";
  let description = [{
    Key `j` is visible when `j < P`. `P` is the literal of `#attn.prefix<P>`,
    or the op's run-time symbol, as in `mask(#attn.prefix, %p[b] :
    tensor<?xi64>)`. Usually one side of an `#attn.or`: sink tokens, or a
    prompt that all of a sequence may look at.

    Example: `#attn.or<#attn.prefix<4>, #attn.window<255, 0>>`
  }];
  let parameters = (ins OptionalParameter<"std::optional<int64_t>">:$size);
  let assemblyFormat = "(`<` $size^ `>`)?";
  let genVerifyDecl = 1;
}

def Attn_LengthAttr : Attn_Mask<"Length", "length", ["build", "getNumSymbols"]> {
  let summary = "keys from the run-time length on are seen by no query";
  let description = [{
    Key `j` is visible when `j < L`, `L` being the op's run-time symbol, as in
    `mask(#attn.length, %len[b] : tensor<?xi64>)`. A length above the number of
    keys means all keys, a negative one none.

    Example: `#attn.and<#attn.causal, #attn.length>`
  }];
}

def Attn_SegmentsAttr : Attn_Mask<"Segments", "segments",
                                  ["build", "getNumSymbols", "collectRequirements"]> {
  let summary = "each query sees the keys of its own segment";
  let description = [{
    Key `j` is visible to query `i` when `first[i] <= j < end[i]`; `first` and
    `end` are the op's run-time symbols, each bound to an element that depends
    on the query: packed documents, ragged batches. Neither may fall from a
    query to the next, or the run fails: the ends of a block of queries are then
    those of its first and its last row. An end beyond the keys means all of
    them.

    ```mlir
    ... mask(#attn.segments, %first[b, i] : tensor<?x?xi64>, %end[b, i] : tensor<?x?xi64>) ...
    ```

    Example: `#attn.and<#attn.causal, #attn.segments>`
  }];
  let extraClassDeclaration = [{
    /// The numbers of its symbols.
    enum : unsigned { kFirst, kEnd, kNumSymbols };
  }];
}

//===----------------------------------------------------------------------===//
// Blocks and grids
//===----------------------------------------------------------------------===//

def Attn_BlocksAttr : Attn_Mask<"Blocks", "blocks"> {
  let summary = "a block of queries sees blocks of keys around its own";
  let description = [{
    With `qb = i floordiv size` and `kb = j floordiv size`, key `j` is visible
    to query `i` when `qb - left <= kb <= qb + right`. `#attn.blocks<64>` is
    block-diagonal: `left` and `right` are 0. The size is between 1 and 2^40;
    `left` and `right` are between 0 and 2^40, which is as good as no bound:
    `#attn.blocks<64, 1099511627776, 0>` is causal in chunks.

    Example: `#attn.blocks<64, 1, 0>`
  }];
  let parameters = (ins "int64_t":$size, DefaultValuedParameter<"int64_t", "0">:$left,
                        DefaultValuedParameter<"int64_t", "0">:$right);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Attn_NeighborhoodAttr : Attn_Mask<"Neighborhood", "neighborhood",
                                      ["build", "getNumSymbols", "collectRequirements"]> {
  let summary = "a query sees a box of keys around it on a grid of tokens";
  let description = [{
    Queries and keys are the tokens of one grid of 1 to 3 axes, in row-major
    order. A key is visible when it is so on each axis. On an axis of extent
    `L`, with window `w`, stride `s` and dilation `d`, a query at `i` belongs to
    the dilation group `r = i mod d`, is number `x = i floordiv d` of the
    `n = ceil((L - r) / d)` tokens of that group, and sees numbers `start` to
    `end - 1` of it, that is keys `j` with `j mod d = r` and
    `start <= j floordiv d < end`:

    * Not causal: `c = min((x floordiv s) * s + s floordiv 2, n - 1)`,
      `start = max(min(c - w floordiv 2, n - w), 0)`, `end = start + w`. At the
      borders the window slides inwards and keeps its size.
    * Causal: `c = min((x floordiv s) * s + s - 1, n - 1)`,
      `start = max(c - w + 1, 0)`, `end = x + 1`.

    This is the rule of NATTEN (github.com/SHI-Labs/NATTEN, reference/mask.hpp),
    in general form Generalized Neighborhood Attention (arXiv 2504.16922).
    `s = 1, d = 1` is neighborhood attention, `d > 1` its dilated form, `s = w`
    non-overlapping windows, `w = L` everything.

    `1 <= s <= w`, `1 <= d`, `w * d <= L` (as NATTEN demands, for causal axes,
    too); a grid has at most 2^40 tokens. `stride`, `dilation` and `causal`
    default to ones and false. Extents that are `?` are the op's run-time
    symbols in order; what is verified of others is then required at run time:
    `w * d <= L`, and that the grid has as many tokens as the problem has
    queries and keys. Operands that are slices state with `of(...)` how many
    that are.

    Example: `#attn.neighborhood<grid = [56, 56], window = [7, 7]>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$grid, ArrayRefParameter<"int64_t">:$window,
                        ArrayRefParameter<"int64_t">:$stride, ArrayRefParameter<"int64_t">:$dilation,
                        ArrayRefParameter<"bool">:$causal);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// General masks
//===----------------------------------------------------------------------===//

def Attn_DenseAttr : Attn_Mask<"Dense", "dense", ["build", "getNumSymbols"]> {
  let summary = "a tensor says for each score whether it counts";
  let description = [{
    A score is visible where the op's run-time symbol, a boolean or an integer,
    is not zero: `mask(#attn.dense, %m[b, h, i, j] : tensor<?x?x?x?xi1>)`. The
    tensor may lack axes; one that lacks `j` masks whole rows. Blocks that are
    chosen at run time are a dense mask with one element a block:
    `%table[b, h, i floordiv 64, j floordiv 64]`.

    Example: `#attn.and<#attn.causal, #attn.dense>`
  }];
}

def Attn_SetAttr : Attn_Mask<"Set", "set", ["build", "getNumSymbols", "readsExtent", "collectRequirements"]> {
  let summary = "an integer set of positions";
  let description = [{
    A score is visible when its position satisfies all constraints, affine
    comparisons of `b`, `h`, `i`, `j`, `queries` and `keys`; `floordiv`,
    `ceildiv` and `mod` are by positive constants. The comparisons are `ge`,
    `le` and `eq`: MLIR cannot read `>=` inside the angle brackets of an
    attribute. For the same reason an `affine_set` with dimensions `b, h, i, j`
    and symbols `queries, keys` is accepted by name only:

    ```mlir
    #band = affine_set<(b, h, i, j)[queries, keys] : (i - j >= 0)>
    ... mask(#attn.set<#band>) ...
    ```

    With a grid of 1 to 3 axes, outermost first, constraints may speak of
    coordinates, too: `i0`, `i1` and `i2` are those of the query, `j0`, `j1` and
    `j2` those of the key, the tokens lying in row-major order. A named set then
    has the dimensions `b, h, i, j, i0, j0, i1, j1, ...`. As for neighborhoods,
    extents that are `?` are the op's run-time symbols in order, a grid has at
    most 2^40 tokens, and as many as the problem has queries and keys, which a
    run requires of extents that are symbols; those are positive. Each token of
    a column sees that column:

    ```mlir
    ... mask(#attn.set<grid = [?, ?], i1 eq j1>, %size[0] : tensor<2xi64>, %size[1] : tensor<2xi64>) ...
    ```

    Unions are made with `#attn.or`; its sets are on one grid where their
    extents are equal or symbols that are bound to the same elements. No
    constraint may reach 2^60 for positions and coordinates up to 2^40, and all
    of them have at most 1024 operations.

    Example: `#attn.set<-j + i ge 0, (i - j) mod 4 eq 0>`
    or `#attn.set<grid = [?, 64], i1 floordiv 8 - j1 floordiv 8 eq 0>`
  }];
  let parameters = (ins "::mlir::IntegerSet":$set, ArrayRefParameter<"int64_t">:$grid);
  let builders = [AttrBuilder<(ins "::mlir::IntegerSet":$set), [{
    return $_get($_ctxt, set, ::llvm::ArrayRef<int64_t>());
  }]>];
  let extraClassDeclaration = [{
    /// Dimensions of the set before those of coordinates: b, h, i, j. The query's coordinate on an axis and then the
    /// key's follow for each axis of the grid.
    enum : unsigned { kPositions = 4 };
  }];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Connectives
//===----------------------------------------------------------------------===//

class Attn_Connective<string name, string mnemonic>
    : Attn_Mask<name, mnemonic, ["build", "getNumSymbols", "readsExtent", "collectRequirements"]> {
  let parameters = (ins ArrayRefParameter<"::attn::MaskAttrInterface">:$operands);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Attn_AndAttr : Attn_Connective<"And", "and"> {
  let summary = "visible where all of the masks are";
  let description = [{
    The symbols are those of the operands in order: `mask(#attn.and<#attn.length,
    #attn.dense>, %len[b] : tensor<?xi64>, %m[b, j] : tensor<?x?xi1>)`. Masks
    nest at most 64 deep and consist of at most 1024 masks.

    Example: `#attn.and<#attn.causal, #attn.window<255, 0>>`
  }];
}

def Attn_OrAttr : Attn_Connective<"Or", "or"> {
  let summary = "visible where any of the masks is";
  let description = [{
    The symbols are those of the operands in order, the limits those of
    `#attn.and`.

    Example: `#attn.or<#attn.causal, #attn.prefix>`
  }];
}

def Attn_NotAttr : Attn_Mask<"Not", "not",
                             ["build", "getNumSymbols", "readsExtent", "collectRequirements"]> {
  let summary = "visible where the mask is not";
  let description = [{
    The symbols are those of the operand, the limits those of `#attn.and`.

    Example: `#attn.not<#attn.prefix<16>>`
  }];
  let parameters = (ins "::attn::MaskAttrInterface":$operand);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // ATTN_MASKS_TD
