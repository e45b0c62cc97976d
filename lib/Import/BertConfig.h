// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// config.json of a BertModel: every field is used, known not to matter, or
// reported. Private to lib/Import.
#ifndef ATTN_IMPORT_BERTCONFIG_H
#define ATTN_IMPORT_BERTCONFIG_H

#include "Activations.h"
#include "attn/Import/Json.h"
#include "mlir/IR/Location.h"

namespace attn {

/// What of a BERT configuration shapes the graph.
struct BertConfig {
  int64_t hidden = 0, layers = 0, heads = 0, inner = 0;
  int64_t vocabulary = 0, positions = 0, types = 0;
  double epsilon = 0;
  Activation activation = Activation::GeluErf;

  int64_t headSize() const { return hidden / heads; }
};

/// Emits an error for each field that is wrong or asks for what is not
/// implemented, and a warning for each whose meaning is unknown.
mlir::FailureOr<BertConfig> readBertConfig(const JsonValue &root, llvm::StringRef path, mlir::Location loc);

} // namespace attn

#endif // ATTN_IMPORT_BERTCONFIG_H
