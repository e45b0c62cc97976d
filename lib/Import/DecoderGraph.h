// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a decoder, piece by piece; which files it came from is not known here. Private to lib/Import.
#ifndef ATTN_IMPORT_DECODERGRAPH_H
#define ATTN_IMPORT_DECODERGRAPH_H

#include "DecoderConfig.h"
#include "GraphBuilder.h"
#include "WeightTable.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {

/// The norm of the hidden states.
inline NormKind normKindOf(const DecoderConfig &config) { return config.isGpt2() ? NormKind::Layer : NormKind::Rms; }

/// The parameters before the layers, those of one layer, and those behind them. Symbols are the same for all families
/// and, for a layer, relative to it; tensors are as the family names them.
std::vector<Parameter> decoderEmbeddingParameters(const DecoderConfig &config);
std::vector<Parameter> decoderLayerParameters(const DecoderConfig &config, int64_t layer);
std::vector<Parameter> decoderHeadParameters(const DecoderConfig &config);

/// The values of parameters by symbol; what a model does not have is null.
class ParameterValues {
public:
  ParameterValues(llvm::ArrayRef<Parameter> parameters, mlir::ValueRange values, llvm::StringRef prefix = "");
  mlir::Value operator[](llvm::StringRef symbol) const { return values.lookup(symbol); }

private:
  llvm::StringMap<mlir::Value> values;
};

/// A layer function: its name, what it does, and the sizes that differ between prefill and decode.
struct DecoderLayerSpec {
  std::string name;
  LayerForm form;
  /// The number of positions of a step; dynamic in prefill.
  int64_t step = mlir::ShapedType::kDynamic;
  /// In the order of the arguments, with the types of the files.
  llvm::ArrayRef<Parameter> parameters;
};

/// Makes the private function that layers of one form call: (hidden states [B, S, H], past : index, cos, sin [S, P] for
/// rotary models, key and value states [B, Hk, C, D], parameters...) to hidden states and both states, which it
/// updates.
mlir::func::FuncOp makeDecoderLayer(mlir::OpBuilder &builder, const DecoderConfig &config,
                                    const DecoderLayerSpec &spec);

/// The type of a key or value state.
mlir::RankedTensorType decoderStateType(const DecoderConfig &config, mlir::MLIRContext *context);

/// Hidden states [B, S, H] of token ids [B, S] at positions from `past` on.
mlir::Value embedDecoderTokens(GraphBuilder &graph, const DecoderConfig &config, mlir::Value ids, mlir::Value past,
                               const ParameterValues &parameters);

/// cos and sin [S, P] of the angles of positions from `past` on; `ids` has S as dimension 1.
std::pair<mlir::Value, mlir::Value> makeRotaryTables(GraphBuilder &graph, const RopeConfig &rope, mlir::Value ids,
                                                     mlir::Value past);

/// Logits [B, V] of the last position of hidden states [B, S, H]; `table` [V, H] may be that of the embedding.
mlir::Value makeLogits(GraphBuilder &graph, const DecoderConfig &config, mlir::Value hidden,
                       const ParameterValues &parameters, mlir::Value table);

} // namespace attn

#endif // ATTN_IMPORT_DECODERGRAPH_H
