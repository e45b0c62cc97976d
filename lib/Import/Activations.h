// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The functions between the two linear layers of a feed-forward network, and the names that configurations give them.
// Private to lib/Import.
#ifndef ATTN_IMPORT_ACTIVATIONS_H
#define ATTN_IMPORT_ACTIVATIONS_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/StringRef.h"

namespace attn {

class GraphBuilder;

enum class Activation { GeluErf, GeluTanh, Relu, Silu };

/// How a configuration spells an activation.
struct ActivationName {
  llvm::StringRef name;
  Activation activation;
};

/// Emits the scalar code of `activation` at x.
mlir::Value activate(GraphBuilder &scalar, Activation activation, mlir::Value x);

} // namespace attn

#endif // ATTN_IMPORT_ACTIVATIONS_H
