// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A layer: x = x + out(attention(norm1(x))); x = x + ffn(norm2(x)). Keys are rotated before they go into their state,
// so that no later step has to; attention reads the updated state, whose new positions are the last it sees.
#include "DecoderGraph.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace attn;

namespace {

class DecoderLayer {
public:
  DecoderLayer(GraphBuilder graph, const DecoderConfig &config, const DecoderLayerSpec &spec,
               Block::BlockArgListType arguments);

  /// Hidden states and both states.
  SmallVector<Value> emit();

private:
  Value headsOf(Value qkv, int64_t first, int64_t heads, StringRef normName);
  Value rotate(Value x, StringRef step);
  Value update(Value state, Value added);
  Value visibleRows(Value state, Value added);
  Value attend(Value query, Value key, Value value);
  Value feedForward(Value x);
  MaskAttrInterface mask();
  /// Steps are named after the function.
  void beginStep(StringRef step) { g.beginStep(spec.name + "." + step.str()); }
  Value linear(StringRef name, Value x, GraphBuilder::ElementFn activation = nullptr, Value residual = Value(),
               GraphBuilder::CombineFn combine = nullptr) {
    return g.linear(x, parameters[(name + ".weight").str()], parameters[(name + ".bias").str()], activation, residual,
                    combine);
  }
  Value norm(StringRef name, Value x, NormKind kind) {
    return g.norm(kind, x, parameters[(name + ".weight").str()], parameters[(name + ".bias").str()], config.epsilon);
  }

  GraphBuilder g;
  const DecoderConfig &config;
  const DecoderLayerSpec &spec;
  Value input, past, cos, sin, keyState, valueState;
  ParameterValues parameters;
};

} // namespace

/// Arguments before the parameters.
static unsigned countFixedArguments(const DecoderConfig &config) { return config.rope ? 6 : 4; }

DecoderLayer::DecoderLayer(GraphBuilder graph, const DecoderConfig &config, const DecoderLayerSpec &spec,
                           Block::BlockArgListType arguments)
    : g(graph), config(config), spec(spec), input(arguments[0]), past(arguments[1]),
      parameters(spec.parameters, ValueRange(arguments.drop_front(countFixedArguments(config)))) {
  unsigned next = 2;
  if (config.rope) {
    cos = arguments[next++];
    sin = arguments[next++];
  }
  keyState = arguments[next++];
  valueState = arguments[next];
}

/// Some columns of the matmul's result as [B, heads, S, d], perhaps normed.
Value DecoderLayer::headsOf(Value qkv, int64_t first, int64_t heads, StringRef normName) {
  Value rows = g.columns(qkv, first, heads * config.headSize);
  Value split = g.splitHeads(rows, input, heads, config.headSize);
  if (config.headNorms && !normName.empty()) {
    beginStep(normName);
    split = norm(normName, split, NormKind::Rms);
  }
  return g.swapHeads(split, input);
}

Value DecoderLayer::rotate(Value x, StringRef step) {
  if (!config.rope)
    return x;
  beginStep(step);
  return g.make<RotaryOp>(x.getType(), Pairing::Half, x, cos, sin);
}

/// The state with new positions from `past` on.
Value DecoderLayer::update(Value state, Value added) {
  OpBuilder &b = g.b;
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0)), strides(4, b.getIndexAttr(1));
  offsets[2] = past;
  return g.make<tensor::InsertSliceOp>(added, state, offsets, g.sizes(added), strides);
}

/// The positions of a state that exist after the step.
Value DecoderLayer::visibleRows(Value state, Value added) {
  OpBuilder &b = g.b;
  SmallVector<OpFoldResult> offsets(4, b.getIndexAttr(0)), strides(4, b.getIndexAttr(1)), extents = g.sizes(added);
  Value step = getValueOrCreateConstantIndexOp(b, g.loc, extents[2]);
  extents[2] = Value(g.make<arith::AddIOp>(past, step));
  return g.make<tensor::ExtractSliceOp>(state, offsets, extents, strides);
}

/// A single query is the last position: it sees all that exists, or all within its window.
MaskAttrInterface DecoderLayer::mask() {
  MLIRContext *context = g.b.getContext();
  bool isSingle = spec.step == 1;
  if (!spec.form.window)
    return isSingle ? MaskAttrInterface() : CausalAttr::get(context, /*offset=*/0, /*bottomRight=*/true);
  auto window = WindowAttr::get(context, spec.form.window - 1, 0);
  if (isSingle)
    return window;
  return AndAttr::get(context, {CausalAttr::get(context, /*offset=*/0, /*bottomRight=*/false), window});
}

/// [B, Hq, S, d] to [B * S, Hq * d].
Value DecoderLayer::attend(Value query, Value key, Value value) {
  OpBuilder &b = g.b;
  SmallVector<Value> origin;
  if (spec.form.window) {
    // A window is about positions in the sequence, not in the step.
    Value zero = g.make<arith::ConstantIndexOp>(0);
    origin = {zero, zero, past, zero};
  }
  ArrayAttr none = b.getAffineMapArrayAttr({});
  auto op = g.make<AttentionOp>(
      query.getType(), /*lse=*/Type(), query, key, value, origin, /*extent=*/ValueRange(),
      /*maskSymbols=*/ValueRange(), /*normalizerInputs=*/ValueRange(),
      /*scoreInputs=*/ValueRange(), /*gainInputs=*/ValueRange(), b.getF64FloatAttr(spec.form.scale), mask(),
      SoftmaxAttr::get(b.getContext(), /*sink=*/false), none, none, none, none, ScheduleAttr());
  return g.joinHeads(op.getOutput());
}

/// The linear layers behind the second norm, without the residual.
Value DecoderLayer::feedForward(Value x) {
  auto activation = [&](GraphBuilder &s, Value y) { return activate(s, config.activation, y); };
  beginStep("up");
  if (config.isGpt2())
    return linear("up", x, activation);
  Value up = linear("up", x);
  // In the epilogue of the second matmul, which reads what the first one made.
  beginStep("gate");
  return linear("gate", x, activation, up,
                [](GraphBuilder &s, Value gate, Value other) -> Value { return s.make<arith::MulFOp>(gate, other); });
}

SmallVector<Value> DecoderLayer::emit() {
  Value x = g.collapseRows(input);
  beginStep("norm1");
  Value normal = norm("norm1", x, normKindOf(config));
  beginStep("qkv");
  Value qkv = linear("qkv", normal);
  Value query = headsOf(qkv, 0, config.heads, "query_norm");
  query = rotate(query, "query_rotary");
  Value key = headsOf(qkv, config.queryWidth(), config.keyHeads, "key_norm");
  key = rotate(key, "key_rotary");
  beginStep("state");
  Value value = headsOf(qkv, config.queryWidth() + config.keyWidth(), config.keyHeads, "");
  Value keys = update(keyState, key), values = update(valueState, value);
  Value allKeys = visibleRows(keys, key), allValues = visibleRows(values, value);
  beginStep("attention");
  Value attended = attend(query, allKeys, allValues);
  beginStep("output");
  x = linear("output", attended, /*activation=*/nullptr, /*residual=*/x);
  beginStep("norm2");
  normal = norm("norm2", x, normKindOf(config));
  Value inner = feedForward(normal);
  beginStep("down");
  x = linear("down", inner, /*activation=*/nullptr, /*residual=*/x);
  return {g.expandRows(x, input), keys, values};
}

RankedTensorType attn::decoderStateType(const DecoderConfig &config, MLIRContext *context) {
  constexpr int64_t dynamic = ShapedType::kDynamic;
  return RankedTensorType::get({dynamic, config.keyHeads, dynamic, config.headSize}, Float32Type::get(context));
}

/// States are known by name inside of a function, too: a result with `attn.updates` is the memory of that argument.
static void nameStates(func::FuncOp function, OpBuilder &builder, unsigned firstState) {
  constexpr StringRef names[] = {"key", "value"};
  for (auto [number, name] : llvm::enumerate(names)) {
    function.setArgAttr(firstState + number, "attn.name", builder.getStringAttr(name));
    function.setResultAttr(1 + number, "attn.updates", builder.getStringAttr(name));
  }
}

func::FuncOp attn::makeDecoderLayer(OpBuilder &builder, const DecoderConfig &config, const DecoderLayerSpec &spec) {
  OpBuilder::InsertionGuard guard(builder);
  MLIRContext *context = builder.getContext();
  Type f32 = builder.getF32Type(), state = decoderStateType(config, context);
  Type hidden = RankedTensorType::get({ShapedType::kDynamic, spec.step, config.hidden}, f32);
  SmallVector<Type> inputs{hidden, builder.getIndexType()};
  if (config.rope)
    inputs.append(2, RankedTensorType::get({spec.step, int64_t(config.rope->frequencies.size())}, f32));
  unsigned firstState = inputs.size();
  inputs.append(2, state);
  for (const Parameter &parameter : spec.parameters)
    inputs.push_back(parameter.getType(context));
  Location loc = NameLoc::get(builder.getStringAttr(spec.name));
  auto type = builder.getFunctionType(inputs, {hidden, state, state});
  auto function = func::FuncOp::create(builder, loc, spec.name, type);
  function.setPrivate();
  nameStates(function, builder, firstState);
  builder.setInsertionPointToStart(function.addEntryBlock());
  DecoderLayer layer(GraphBuilder(builder, loc), config, spec, function.getArguments());
  func::ReturnOp::create(builder, loc, layer.emit());
  return function;
}
