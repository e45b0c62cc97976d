// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a BertModel, piece by piece; which files it came from is not
// known here. Private to lib/Import.
#ifndef ATTN_IMPORT_BERTGRAPH_H
#define ATTN_IMPORT_BERTGRAPH_H

#include "BertConfig.h"
#include "GraphBuilder.h"
#include "WeightTable.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attn {

/// How a layer learns which keys each query sees.
enum class KeyMask {
  /// From the number of visible tokens of each sequence, which come first:
  /// tensor<?xi64>.
  Length,
  /// From the attention mask itself: tensor<?x?xi64>, not zero where visible.
  Dense,
};

/// The parameters before the first layer and those of one layer, in the order
/// in which the functions below take them. Names are relative to the model and
/// to the layer.
std::vector<Parameter> bertEmbeddingParameters(const BertConfig &config);
std::vector<Parameter> bertLayerParameters(const BertConfig &config);

/// Makes the private function `name` that all layers call: (hidden states [B,
/// S, H], mask, parameters...) to hidden states.
mlir::func::FuncOp makeBertLayer(mlir::OpBuilder &builder, const BertConfig &config, KeyMask mask,
                                 llvm::StringRef name);

/// Hidden states [B, S, H] of token and type ids [B, S], before the first
/// layer.
mlir::Value embedTokens(GraphBuilder &graph, const BertConfig &config, mlir::Value ids, mlir::Value types,
                        mlir::ValueRange parameters);

/// The number of ones of each row of the mask [B, S].
mlir::Value countVisible(GraphBuilder &graph, mlir::Value mask);

/// How many elements of the mask differ from what it would be if each row were
/// as many ones as it has, then zeros.
mlir::Value countNonPrefix(GraphBuilder &graph, mlir::Value mask, mlir::Value lengths);

/// The mean [B, H] of the hidden states of visible tokens; zero where there is
/// none.
mlir::Value poolMean(GraphBuilder &graph, mlir::Value hidden, mlir::Value mask, mlir::Value lengths);

/// Rows of x [B, H] scaled to length 1; rows of zeros stay zero.
mlir::Value normalizeRows(GraphBuilder &graph, mlir::Value x);

} // namespace attn

#endif // ATTN_IMPORT_BERTGRAPH_H
