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
    Attributes of the outer module, such as the signature, stay where they are.
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

#endif // ATTN_TRANSFORMS_PASSES_TD
