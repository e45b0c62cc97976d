// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Around the layers: token and position embeddings, the tables that all layers rotate by, the head.
#include "DecoderGraph.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

ParameterValues::ParameterValues(ArrayRef<Parameter> parameters, ValueRange all, StringRef prefix) {
  for (auto [parameter, value] : llvm::zip_equal(parameters, all)) {
    StringRef symbol = parameter.symbol;
    symbol.consume_front(prefix);
    values[symbol] = value;
  }
}

std::vector<Parameter> attn::decoderEmbeddingParameters(const DecoderConfig &config) {
  if (config.isGpt2())
    return {Parameter::of("tokens", "wte.weight", {config.vocabulary, config.hidden}),
            Parameter::of("positions", "wpe.weight", {config.positions, config.hidden})};
  return {Parameter::of("tokens", "model.embed_tokens.weight", {config.vocabulary, config.hidden})};
}

std::vector<Parameter> attn::decoderHeadParameters(const DecoderConfig &config) {
  std::vector<Parameter> parameters;
  if (config.isGpt2()) {
    parameters.push_back(Parameter::of("norm.weight", "ln_f.weight", {config.hidden}));
    parameters.push_back(Parameter::of("norm.bias", "ln_f.bias", {config.hidden}));
  } else {
    parameters.push_back(Parameter::of("norm.weight", "model.norm.weight", {config.hidden}));
  }
  if (!config.tied)
    parameters.push_back(Parameter::of("head", "lm_head.weight", {config.vocabulary, config.hidden}));
  return parameters;
}

namespace {

/// Collects the parameters of one layer.
class LayerParameters {
public:
  explicit LayerParameters(std::string prefix) : prefix(std::move(prefix)) {}

  void norm(StringRef symbol, StringRef tensor, int64_t width, bool hasBias) {
    add(symbol + ".weight", {{(tensor + ".weight").str(), width}}, {});
    if (hasBias)
      add(symbol + ".bias", {{(tensor + ".bias").str(), width}}, {});
  }

  /// Parts of the outputs, each a linear layer of the model.
  void linear(StringRef symbol, ArrayRef<std::pair<StringRef, int64_t>> outputs, int64_t inputs, bool hasBias,
              bool isTransposed = false) {
    std::vector<ParameterPart> weights, biases;
    for (auto [tensor, rows] : outputs) {
      weights.push_back({(tensor + ".weight").str(), rows});
      biases.push_back({(tensor + ".bias").str(), rows});
    }
    add(symbol + ".weight", std::move(weights), {inputs}, isTransposed);
    if (hasBias)
      add(symbol + ".bias", std::move(biases), {});
  }

  std::vector<Parameter> take() { return std::move(parameters); }

private:
  void add(const Twine &symbol, std::vector<ParameterPart> parts, ArrayRef<int64_t> columns,
           bool isTransposed = false) {
    Parameter parameter;
    parameter.symbol = symbol.str();
    for (ParameterPart &part : parts)
      part.tensor = prefix + part.tensor;
    parameter.parts = std::move(parts);
    parameter.columns.assign(columns.begin(), columns.end());
    parameter.isTransposed = isTransposed;
    parameters.push_back(std::move(parameter));
  }

  std::string prefix;
  std::vector<Parameter> parameters;
};

} // namespace

/// Linear layers of GPT-2 are stored as inputs x outputs, query, key and value as one.
static std::vector<Parameter> gpt2LayerParameters(const DecoderConfig &config, int64_t layer) {
  LayerParameters p("h." + std::to_string(layer) + ".");
  p.norm("norm1", "ln_1", config.hidden, /*hasBias=*/true);
  p.linear("qkv", {{"attn.c_attn", 3 * config.hidden}}, config.hidden, /*hasBias=*/true, /*isTransposed=*/true);
  p.linear("output", {{"attn.c_proj", config.hidden}}, config.hidden, /*hasBias=*/true, /*isTransposed=*/true);
  p.norm("norm2", "ln_2", config.hidden, /*hasBias=*/true);
  p.linear("up", {{"mlp.c_fc", config.inner}}, config.hidden, /*hasBias=*/true, /*isTransposed=*/true);
  p.linear("down", {{"mlp.c_proj", config.hidden}}, config.inner, /*hasBias=*/true, /*isTransposed=*/true);
  return p.take();
}

std::vector<Parameter> attn::decoderLayerParameters(const DecoderConfig &config, int64_t layer) {
  if (config.isGpt2())
    return gpt2LayerParameters(config, layer);
  LayerParameters p("model.layers." + std::to_string(layer) + ".");
  p.norm("norm1", "input_layernorm", config.hidden, /*hasBias=*/false);
  // One matmul makes query, key and value: their weights are stacked.
  p.linear("qkv",
           {{"self_attn.q_proj", config.queryWidth()},
            {"self_attn.k_proj", config.keyWidth()},
            {"self_attn.v_proj", config.keyWidth()}},
           config.hidden, config.qkvBias);
  if (config.headNorms) {
    p.norm("query_norm", "self_attn.q_norm", config.headSize, /*hasBias=*/false);
    p.norm("key_norm", "self_attn.k_norm", config.headSize, /*hasBias=*/false);
  }
  p.linear("output", {{"self_attn.o_proj", config.hidden}}, config.queryWidth(), config.outputBias);
  p.norm("norm2", "post_attention_layernorm", config.hidden, /*hasBias=*/false);
  p.linear("gate", {{"mlp.gate_proj", config.inner}}, config.hidden, config.innerBias);
  p.linear("up", {{"mlp.up_proj", config.inner}}, config.hidden, config.innerBias);
  p.linear("down", {{"mlp.down_proj", config.hidden}}, config.inner, config.innerBias);
  return p.take();
}

//===----------------------------------------------------------------------===//
// Before the layers
//===----------------------------------------------------------------------===//

/// Rows [past, past + S) of a table. A slice, because slices are checked to be inside.
static Value positionRows(GraphBuilder &graph, Value table, Value ids, Value past) {
  OpBuilder &b = graph.b;
  OpFoldResult one = b.getIndexAttr(1);
  int64_t width = cast<RankedTensorType>(table.getType()).getDimSize(1);
  SmallVector<OpFoldResult> offsets{past, b.getIndexAttr(0)}, strides{one, one};
  SmallVector<OpFoldResult> extents{graph.size(ids, 1), b.getIndexAttr(width)};
  return graph.make<tensor::ExtractSliceOp>(table, offsets, extents, strides);
}

Value attn::embedDecoderTokens(GraphBuilder &graph, const DecoderConfig &config, Value ids, Value past,
                               const ParameterValues &parameters) {
  graph.beginStep("embeddings");
  SmallVector<LoopOperand> inputs{{ids, {0, 1}}};
  if (Value positions = parameters["positions"])
    inputs.push_back({positionRows(graph, positions, ids, past), {1, 2}});
  SmallVector<OpFoldResult> sizes = graph.sizes(ids);
  sizes.push_back(graph.b.getIndexAttr(config.hidden));
  return graph.pointwise(inputs, sizes, graph.b.getF32Type(), [&](GraphBuilder &s, ValueRange in) {
    Value id = s.make<arith::IndexCastOp>(s.b.getIndexType(), in[0]);
    Value column = s.make<linalg::IndexOp>(2);
    Value token = s.widened(s.make<tensor::ExtractOp>(parameters["tokens"], ValueRange{id, column}));
    return in.size() == 1 ? token : Value(s.make<arith::AddFOp>(token, s.widened(in[1])));
  });
}

static Value constantRow(GraphBuilder &graph, ArrayRef<float> numbers) {
  auto type = RankedTensorType::get({int64_t(numbers.size())}, graph.b.getF32Type());
  return graph.make<arith::ConstantOp>(DenseElementsAttr::get(type, numbers));
}

/// The angle of one position and pair: a product in f32, as the models were trained with.
static Value angleOf(GraphBuilder &s, Value past, Value isLong, ValueRange frequencies) {
  Value position = s.make<arith::AddIOp>(past, Value(s.make<linalg::IndexOp>(0)));
  Value integer = s.make<arith::IndexCastOp>(s.b.getI64Type(), position);
  Value number = s.make<arith::SIToFPOp>(s.b.getF32Type(), integer);
  Value frequency = frequencies[0];
  if (isLong)
    frequency = s.make<arith::SelectOp>(isLong, frequencies[1], frequency);
  return s.make<arith::MulFOp>(number, frequency);
}

std::pair<Value, Value> attn::makeRotaryTables(GraphBuilder &graph, const RopeConfig &rope, Value ids, Value past) {
  graph.beginStep("rotary.tables");
  OpFoldResult step = graph.size(ids, 1);
  SmallVector<LoopOperand> inputs{{constantRow(graph, rope.frequencies), {1}}};
  Value isLong;
  if (!rope.longFrequencies.empty()) {
    inputs.push_back({constantRow(graph, rope.longFrequencies), {1}});
    Value length = graph.make<arith::AddIOp>(past, getValueOrCreateConstantIndexOp(graph.b, graph.loc, step));
    Value from = graph.make<arith::ConstantIndexOp>(rope.longFrom);
    isLong = graph.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, length, from);
  }
  SmallVector<OpFoldResult> sizes{step, graph.b.getIndexAttr(rope.frequencies.size())};
  auto table = [&](auto function) {
    return graph.pointwise(inputs, sizes, graph.b.getF32Type(), [&](GraphBuilder &s, ValueRange in) {
      Value wave = function(s, angleOf(s, past, isLong, in));
      return rope.factor == 1 ? wave : Value(s.make<arith::MulFOp>(wave, s.f32(rope.factor)));
    });
  };
  Value cos = table([](GraphBuilder &s, Value x) -> Value { return s.make<math::CosOp>(x); });
  Value sin = table([](GraphBuilder &s, Value x) -> Value { return s.make<math::SinOp>(x); });
  return {cos, sin};
}

//===----------------------------------------------------------------------===//
// Behind the layers
//===----------------------------------------------------------------------===//

Value attn::makeLogits(GraphBuilder &graph, const DecoderConfig &config, Value hidden,
                       const ParameterValues &parameters, Value table) {
  graph.beginStep("last");
  OpBuilder &b = graph.b;
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1), last = zero;
  OpFoldResult step = graph.size(hidden, 1);
  if (auto dynamic = dyn_cast<Value>(step))
    last = Value(graph.make<arith::SubIOp>(dynamic, Value(graph.make<arith::ConstantIndexOp>(1))));
  SmallVector<OpFoldResult> offsets{zero, last, zero}, strides(3, one);
  SmallVector<OpFoldResult> extents{graph.size(hidden, 0), one, b.getIndexAttr(config.hidden)};
  auto type = RankedTensorType::get({ShapedType::kDynamic, config.hidden}, b.getF32Type());
  Value rows = graph.make<tensor::ExtractSliceOp>(type, hidden, offsets, extents, strides);
  graph.beginStep("norm");
  Value normal = graph.norm(normKindOf(config), rows, parameters["norm.weight"], parameters["norm.bias"], config.epsilon);
  graph.beginStep("head");
  return graph.linear(normal, table, /*bias=*/Value());
}
