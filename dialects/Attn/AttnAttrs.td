// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes: masks, normalisers, schedules.
#ifndef ATTN_ATTRS_TD
#define ATTN_ATTRS_TD

include "dialects/Attn/AttnDialect.td"
include "dialects/Attn/AttnInterfaces.td"

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

class Attn_Mask<string name, string mnemonic, list<string> own = ["build"]>
    : Attn_Attr<name, mnemonic,
                [DeclareAttrInterfaceMethods<Attn_MaskAttrInterface, own>]>;

def Attn_CausalAttr : Attn_Mask<"Causal", "causal", ["build", "readsExtent"]> {
  let summary = "a query sees the keys up to its own position";
  let description = [{
    `#attn.causal` aligns the first query with the first key (top left): key
    `j` is visible to query `i` when `j <= i`. `#attn.causal<K>` shifts the
    diagonal: `j <= i + K`. `#attn.causal<bottom_right>` aligns the last query
    with the last key: `j <= i + keys - queries`.
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "0">:$offset,
                        DefaultValuedParameter<"bool", "false">:$bottomRight);
  let hasCustomAssemblyFormat = 1;
}

def Attn_LengthAttr : Attn_Mask<"Length", "length", ["build", "getNumSymbols"]> {
  let summary = "keys from the run-time length on are seen by no query";
  let description = [{
    Key `j` is visible when `j < L`, `L` being the op's run-time symbol, as in
    `mask(#attn.length, %len[b] : tensor<?xi64>)`. A length above the number of
    keys means all keys, a negative one none.
  }];
}

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
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "false">:$sink);
  let hasCustomAssemblyFormat = 1;
}

def Attn_SigmoidAttr : Attn_Normalizer<"Sigmoid", "sigmoid"> {
  let summary = "1 / (1 + exp(-score)), not divided by anything";
}

def Attn_ReluAttr : Attn_Normalizer<"Relu", "relu"> {
  let summary = "max(score, 0), not divided by anything";
}

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

    Constraints: `strip` divides `rows`, `panel` divides `keys`, `lanes`
    divides `panel`, all are positive.

    Example: `#attn.schedule<rows = 192, keys = 256, strip = 8, panel = 32, lanes = 16>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$keys, "int64_t":$strip,
                        "int64_t":$panel, "int64_t":$lanes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // ATTN_ATTRS_TD
