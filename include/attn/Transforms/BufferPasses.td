// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes from tensors to memory: whose it is, where it lies, and that nothing is allocated or copied unasked.
#ifndef ATTN_TRANSFORMS_BUFFERPASSES_TD
#define ATTN_TRANSFORMS_BUFFERPASSES_TD

include "mlir/Pass/PassBase.td"

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

#endif // ATTN_TRANSFORMS_BUFFERPASSES_TD
