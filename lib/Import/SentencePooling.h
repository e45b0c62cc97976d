// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files that sentence-transformers puts beside a model: how hidden states
// become one embedding. Private to lib/Import.
#ifndef ATTN_IMPORT_SENTENCEPOOLING_H
#define ATTN_IMPORT_SENTENCEPOOLING_H

#include "attn/Import/ModelDirectory.h"
#include "mlir/IR/Location.h"
#include <optional>

namespace attn {

/// The mean of the visible tokens' hidden states, perhaps scaled to length 1.
struct SentencePooling {
  bool normalize = false;
};

/// Nothing where the directory says nothing about pooling; failure, with an
/// error emitted, where it asks for what is not implemented.
mlir::FailureOr<std::optional<SentencePooling>> readSentencePooling(const ModelDirectory &directory, int64_t hidden,
                                                                    mlir::Location loc);

} // namespace attn

#endif // ATTN_IMPORT_SENTENCEPOOLING_H
