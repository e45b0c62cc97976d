// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A layer: x = norm(x + out(attention(qkv(x)))); x = norm(x +
// ffn2(act(ffn1(x)))). Rows of all sequences lie in one matrix [B * S, H] but
// for attention itself.
#include "BertGraph.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

namespace {

enum EmbeddingParameter { Words, Positions, Types, EmbeddingGamma, EmbeddingBeta };

enum LayerParameter {
  QkvWeight,
  QkvBias,
  OutputWeight,
  OutputBias,
  Norm1Gamma,
  Norm1Beta,
  Ffn1Weight,
  Ffn1Bias,
  Ffn2Weight,
  Ffn2Bias,
  Norm2Gamma,
  Norm2Beta
};

} // namespace

static Parameter own(std::string name, ArrayRef<int64_t> shape) { return Parameter::of(name, name, shape); }

std::vector<Parameter> attn::bertEmbeddingParameters(const BertConfig &config) {
  int64_t h = config.hidden;
  std::string at = "embeddings.";
  return {own(at + "word_embeddings.weight", {config.vocabulary, h}),
          own(at + "position_embeddings.weight", {config.positions, h}),
          own(at + "token_type_embeddings.weight", {config.types, h}), own(at + "LayerNorm.weight", {h}),
          own(at + "LayerNorm.bias", {h})};
}

std::vector<Parameter> attn::bertLayerParameters(const BertConfig &config) {
  int64_t h = config.hidden, inner = config.inner;
  // One matmul makes query, key and value: their weights are stacked.
  auto qkv = [h](std::string kind, SmallVector<int64_t, 2> columns) {
    std::string at = "attention.self.";
    Parameter stacked;
    stacked.symbol = at + "qkv." + kind;
    for (StringRef part : {"query.", "key.", "value."})
      stacked.parts.push_back({at + part.str() + kind, h});
    stacked.columns = std::move(columns);
    return stacked;
  };
  return {qkv("weight", {h}),
          qkv("bias", {}),
          own("attention.output.dense.weight", {h, h}),
          own("attention.output.dense.bias", {h}),
          own("attention.output.LayerNorm.weight", {h}),
          own("attention.output.LayerNorm.bias", {h}),
          own("intermediate.dense.weight", {inner, h}),
          own("intermediate.dense.bias", {inner}),
          own("output.dense.weight", {h, inner}),
          own("output.dense.bias", {h}),
          own("output.LayerNorm.weight", {h}),
          own("output.LayerNorm.bias", {h})};
}

//===----------------------------------------------------------------------===//
// A layer
//===----------------------------------------------------------------------===//

namespace {

/// Emits the body of one layer function.
class LayerBody {
public:
  LayerBody(GraphBuilder graph, const BertConfig &config, KeyMask mask, StringRef name, ValueRange arguments)
      : g(graph), config(config), mask(mask), name(name), input(arguments[0]), maskValue(arguments[1]),
        parameters(arguments.drop_front(2)) {}

  Value emit();

private:
  Value toHeads(Value qkv, unsigned part);
  Value attention(Value qkv);
  MaskAttrInterface visible();
  AffineMap symbolMap();
  /// Steps are named after the function.
  void beginStep(StringRef step) { g.beginStep((name + "." + step).str()); }

  GraphBuilder g;
  const BertConfig &config;
  KeyMask mask;
  StringRef name;
  Value input, maskValue;
  ValueRange parameters;
};

} // namespace

/// One of query, key and value, [B, heads, S, d], of the matmul's result [B *
/// S, 3 * H].
Value LayerBody::toHeads(Value qkv, unsigned part) {
  Value rows = g.columns(qkv, part * config.hidden, config.hidden);
  return g.swapHeads(g.splitHeads(rows, input, config.heads, config.headSize()), input);
}

MaskAttrInterface LayerBody::visible() {
  MLIRContext *context = g.b.getContext();
  if (mask == KeyMask::Length)
    return LengthAttr::get(context);
  return DenseAttr::get(context);
}

/// From (b, h, i, j) to the element of the mask's symbol.
AffineMap LayerBody::symbolMap() {
  SmallVector<unsigned> dims{0};
  if (mask == KeyMask::Dense)
    dims.push_back(3);
  return AffineMap::getMultiDimMapWithTargets(4, dims, g.b.getContext());
}

/// [B * S, 3 * H] to [B * S, H].
Value LayerBody::attention(Value qkv) {
  OpBuilder &b = g.b;
  Value query = toHeads(qkv, 0), key = toHeads(qkv, 1), value = toHeads(qkv, 2);
  ArrayAttr none = b.getAffineMapArrayAttr({});
  auto op =
      g.make<AttentionOp>(query.getType(), /*lse=*/Type(), query, key, value,
                          /*origin=*/ValueRange(), /*extent=*/ValueRange(), ValueRange(maskValue),
                          /*normalizerInputs=*/ValueRange(), /*scoreInputs=*/ValueRange(),
                          /*gainInputs=*/ValueRange(), b.getF64FloatAttr(1.0 / std::sqrt(double(config.headSize()))),
                          visible(), SoftmaxAttr::get(b.getContext(), /*sink=*/false),
                          b.getAffineMapArrayAttr(symbolMap()), none, none, none, ScheduleAttr());
  return g.joinHeads(op.getOutput());
}

Value LayerBody::emit() {
  auto parameter = [&](LayerParameter which) { return parameters[which]; };
  auto activation = [&](GraphBuilder &scalar, Value x) { return activate(scalar, config.activation, x); };
  beginStep("qkv");
  Value x = g.collapseRows(input);
  Value qkv = g.linear(x, parameter(QkvWeight), parameter(QkvBias));
  beginStep("attention");
  Value attended = attention(qkv);
  beginStep("output");
  x = g.linear(attended, parameter(OutputWeight), parameter(OutputBias),
               /*activation=*/nullptr, /*residual=*/x);
  beginStep("norm1");
  x = g.norm(NormKind::Layer, x, parameter(Norm1Gamma), parameter(Norm1Beta), config.epsilon);
  beginStep("ffn1");
  Value inner = g.linear(x, parameter(Ffn1Weight), parameter(Ffn1Bias), activation);
  beginStep("ffn2");
  x = g.linear(inner, parameter(Ffn2Weight), parameter(Ffn2Bias),
               /*activation=*/nullptr, /*residual=*/x);
  beginStep("norm2");
  x = g.norm(NormKind::Layer, x, parameter(Norm2Gamma), parameter(Norm2Beta), config.epsilon);
  return g.expandRows(x, input);
}

func::FuncOp attn::makeBertLayer(OpBuilder &builder, const BertConfig &config, KeyMask mask, StringRef name) {
  OpBuilder::InsertionGuard guard(builder);
  MLIRContext *context = builder.getContext();
  constexpr int64_t dynamic = ShapedType::kDynamic;
  Type states = RankedTensorType::get({dynamic, dynamic, config.hidden}, builder.getF32Type());
  SmallVector<int64_t> maskShape(mask == KeyMask::Length ? 1 : 2, dynamic);
  SmallVector<Type> inputs{states, RankedTensorType::get(maskShape, builder.getI64Type())};
  for (const Parameter &parameter : bertLayerParameters(config))
    inputs.push_back(parameter.getType(context));
  Location loc = NameLoc::get(builder.getStringAttr(name));
  auto function = func::FuncOp::create(builder, loc, name, builder.getFunctionType(inputs, states));
  function.setPrivate();
  builder.setInsertionPointToStart(function.addEntryBlock());
  LayerBody body(GraphBuilder(builder, loc), config, mask, name, function.getArguments());
  func::ReturnOp::create(builder, loc, body.emit());
  return function;
}

//===----------------------------------------------------------------------===//
// Before and after the layers
//===----------------------------------------------------------------------===//

Value attn::embedTokens(GraphBuilder &graph, const BertConfig &config, Value ids, Value types, ValueRange parameters) {
  graph.beginStep("embeddings");
  SmallVector<OpFoldResult> sizes = graph.sizes(ids);
  sizes.push_back(graph.b.getIndexAttr(config.hidden));
  Value sum = graph.pointwise({{ids, {0, 1}}, {types, {0, 1}}}, sizes, graph.b.getF32Type(),
                              [&](GraphBuilder &s, ValueRange in) {
                                Type index = s.b.getIndexType();
                                Value id = s.make<arith::IndexCastOp>(index, in[0]);
                                Value type = s.make<arith::IndexCastOp>(index, in[1]);
                                Value position = s.make<linalg::IndexOp>(1);
                                Value column = s.make<linalg::IndexOp>(2);
                                auto row = [&](EmbeddingParameter table, Value number) -> Value {
                                  return s.make<tensor::ExtractOp>(parameters[table], ValueRange{number, column});
                                };
                                Value typed = s.make<arith::AddFOp>(row(Words, id), row(Types, type));
                                return s.make<arith::AddFOp>(typed, row(Positions, position));
                              });
  graph.beginStep("embeddings.norm");
  Value normal = graph.norm(NormKind::Layer, graph.collapseRows(sum), parameters[EmbeddingGamma],
                            parameters[EmbeddingBeta], config.epsilon);
  return graph.expandRows(normal, sum);
}

Value attn::countVisible(GraphBuilder &graph, Value mask) {
  graph.beginStep("mask.lengths");
  return graph.reduce({{mask, {0, 1}}}, 2, {0}, graph.size(mask, 0), graph.b.getI64Type(),
                      [](GraphBuilder &s, ValueRange in) { return s.make<arith::AddIOp>(in[1], in[0]); });
}

Value attn::countNonPrefix(GraphBuilder &graph, Value mask, Value lengths) {
  graph.beginStep("mask.prefix");
  Type i64 = graph.b.getI64Type();
  Value zero = graph.i64(0);
  Value count = graph.reduce({{mask, {0, 1}}, {lengths, {0}}}, 2, {}, {}, i64, [&](GraphBuilder &s, ValueRange in) {
    Value key = s.make<arith::IndexCastOp>(i64, Value(s.make<linalg::IndexOp>(1)));
    Value visible = s.make<arith::CmpIOp>(arith::CmpIPredicate::ne, in[0], zero);
    Value expected = s.make<arith::CmpIOp>(arith::CmpIPredicate::slt, key, in[1]);
    Value differs = s.make<arith::XOrIOp>(visible, expected);
    Value one = s.make<arith::ExtUIOp>(i64, differs);
    return s.make<arith::AddIOp>(in[2], one);
  });
  return graph.make<tensor::ExtractOp>(count, ValueRange());
}

Value attn::poolMean(GraphBuilder &graph, Value hidden, Value mask, Value lengths) {
  graph.beginStep("pooling");
  Type type = graph.b.getF32Type();
  Value zero = graph.f32(0), none = graph.i64(0), one = graph.i64(1);
  SmallVector<OpFoldResult> sizes{graph.size(hidden, 0), graph.size(hidden, 2)};
  // A selection, not a product with the mask: hidden states of masked tokens
  // may be anything.
  Value sum =
      graph.reduce({{hidden, {0, 1, 2}}, {mask, {0, 1}}}, 3, {0, 2}, sizes, type, [&](GraphBuilder &s, ValueRange in) {
        Value visible = s.make<arith::CmpIOp>(arith::CmpIPredicate::ne, in[1], none);
        Value term = s.make<arith::SelectOp>(visible, in[0], zero);
        return s.make<arith::AddFOp>(in[2], term);
      });
  return graph.pointwise({{sum, {0, 1}}, {lengths, {0}}}, sizes, type, [&](GraphBuilder &s, ValueRange in) {
    Value count = s.make<arith::MaxSIOp>(in[1], one);
    Value divisor = s.make<arith::SIToFPOp>(type, count);
    return s.make<arith::DivFOp>(in[0], divisor);
  });
}

Value attn::normalizeRows(GraphBuilder &graph, Value x) {
  graph.beginStep("normalize");
  Type type = graph.b.getF32Type();
  Value squares = graph.reduce({{x, {0, 1}}}, 2, {0}, graph.size(x, 0), type, [](GraphBuilder &s, ValueRange in) {
    Value square = s.make<arith::MulFOp>(in[0], in[0]);
    return s.make<arith::AddFOp>(in[1], square);
  });
  // The bound is that of torch.nn.functional.normalize.
  Value least = graph.f32(1e-12);
  return graph.pointwise({{x, {0, 1}}, {squares, {0}}}, graph.sizes(x), type, [&](GraphBuilder &s, ValueRange in) {
    Value norm = s.make<math::SqrtOp>(in[1]);
    Value divisor = s.make<arith::MaximumFOp>(norm, least);
    return s.make<arith::DivFOp>(in[0], divisor);
  });
}
