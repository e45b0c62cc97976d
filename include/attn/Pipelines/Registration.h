// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every tool that reads IR registers. The only place that names all dialects and all passes.
#ifndef ATTN_PIPELINES_REGISTRATION_H
#define ATTN_PIPELINES_REGISTRATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace attn {

/// Registers the dialects that a module may hold at any phase, with the interfaces their ops need.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers the project's passes and pipelines and the upstream passes that its tests use.
void registerAllPasses();

} // namespace attn

#endif // ATTN_PIPELINES_REGISTRATION_H
