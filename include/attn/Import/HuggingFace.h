// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Hugging Face door: from a directory with config.json and
// model.safetensors to a module of attn, linalg, tensor and ml_program.global.
// Weights are named, never copied: a global's `attn.source` says which tensor
// of which file it is.
#ifndef ATTN_IMPORT_HUGGINGFACE_H
#define ATTN_IMPORT_HUGGINGFACE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"

namespace attn {

/// Loads the dialects that importHuggingFace() makes ops of.
void loadImportDialects(mlir::MLIRContext &context);

/// Imports the model in `directory`. On failure it has emitted one error for
/// each thing that is wrong, at an unknown location, and returns null. A config
/// field whose meaning is not known is a warning.
///
/// An encoder (BERT) becomes one public function, `main`, with the arguments of
/// the model's `forward` as i64 [batch, seq] tensors and the result
/// `last_hidden_state`; where the directory tells how sentence-transformers
/// pools it, also `embedding`. Hidden states of masked tokens mean nothing.
///
/// A decoder (Llama, Mistral, Qwen 2 and 3, GPT-2) becomes two, `prefill` with
/// `input_ids` [batch, seq] and `decode` with one of [batch, 1], which return
/// the `logits` of the last position and share weights and states: the keys and
/// values of each layer, of which `past` positions are filled before the call.
mlir::OwningOpRef<mlir::ModuleOp> importHuggingFace(llvm::StringRef directory, mlir::MLIRContext &context);

} // namespace attn

#endif // ATTN_IMPORT_HUGGINGFACE_H
