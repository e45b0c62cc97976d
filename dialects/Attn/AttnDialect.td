// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect itself: name, description, the base classes of its ops and attributes.
#ifndef ATTN_DIALECT_TD
#define ATTN_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::attn";
  let summary = "attention graphs: what is attended to, scored, normalised";
  let description = [{
    `attn` captures the attention of a model as one op whose three parts are
    independent of each other: a *mask* that is a definition and not a tensor,
    a *score* that is a region, and a *normaliser* that is a handful of scalar
    functions. Everything else of a model stays in upstream dialects
    (`linalg`, `tensor`, `arith`, `math`).

    An op earns a place here only if it hides an intermediate of queries times
    keys elements, makes a discrete choice, or has to stay recognisable for a
    rewrite. See `Rationale.md` beside this file.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

class Attn_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Attn_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

#endif // ATTN_DIALECT_TD
