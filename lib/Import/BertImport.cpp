// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and checks all files first, then emits: globals, the layer function in
// two forms, and main, which calls one of them once for each layer.
#include "BertImport.h"
#include "BertGraph.h"
#include "SentencePooling.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace attn;

namespace {

/// A value at the border of main.
struct BorderValue {
  StringRef name;
  SmallVector<StringRef, 3> dims;
};

std::string layerPrefix(int64_t layer) { return "encoder.layer." + std::to_string(layer) + "."; }

/// What all stages of emission share.
class ModuleEmitter {
public:
  ModuleEmitter(MLIRContext &context, const BertConfig &config, std::optional<SentencePooling> pooling)
      : config(config), pooling(pooling), builder(&context) {}

  OwningOpRef<ModuleOp> emit(const WeightTable &weights);

private:
  void emitMain();
  func::FuncOp declareMain();
  void describeBorder(func::FuncOp main);
  DictionaryAttr border(const BorderValue &value, std::optional<int64_t> max = std::nullopt);
  SmallVector<Value> load(GraphBuilder &graph, ArrayRef<Parameter> parameters, StringRef prefix);
  Value runLayers(GraphBuilder &graph, func::FuncOp layer, Value hidden, Value mask,
                  ArrayRef<SmallVector<Value>> parameters);
  Value encode(GraphBuilder &graph, Value hidden, Value mask, Value lengths);

  const BertConfig &config;
  std::optional<SentencePooling> pooling;
  OpBuilder builder;
  /// The layer for masks that are prefixes of ones, and for all others.
  func::FuncOp layer, maskedLayer;
};

} // namespace

/// The parameters of the whole model.
static void addParameters(WeightTable &weights, const BertConfig &config) {
  for (Parameter &parameter : bertEmbeddingParameters(config))
    weights.add(std::move(parameter));
  for (int64_t layer = 0; layer < config.layers; ++layer)
    for (Parameter &parameter : bertLayerParameters(config)) {
      std::string prefix = layerPrefix(layer);
      parameter.symbol = prefix + parameter.symbol;
      for (ParameterPart &part : parameter.parts)
        part.tensor = prefix + part.tensor;
      weights.add(std::move(parameter));
    }
}

SmallVector<Value> ModuleEmitter::load(GraphBuilder &graph, ArrayRef<Parameter> parameters, StringRef prefix) {
  SmallVector<Value> values;
  for (const Parameter &parameter : parameters)
    values.push_back(graph.make<ml_program::GlobalLoadConstOp>(
        parameter.getType(builder.getContext()), SymbolRefAttr::get(builder.getStringAttr(prefix + parameter.symbol))));
  return values;
}

/// Layer after layer; each call is named by its number.
Value ModuleEmitter::runLayers(GraphBuilder &graph, func::FuncOp layer, Value hidden, Value mask,
                               ArrayRef<SmallVector<Value>> parameters) {
  for (auto [number, values] : llvm::enumerate(parameters)) {
    graph.beginStep("layer" + std::to_string(number));
    SmallVector<Value> operands{hidden, mask};
    llvm::append_range(operands, values);
    hidden = graph.make<func::CallOp>(layer, operands).getResult(0);
  }
  return hidden;
}

/// All layers, after a look at the mask: nearly always each row is ones and
/// then zeros, where the number of ones says all and bounds the loops over
/// keys.
Value ModuleEmitter::encode(GraphBuilder &graph, Value hidden, Value mask, Value lengths) {
  Value count = countNonPrefix(graph, mask, lengths);
  Value isPrefix = graph.make<arith::CmpIOp>(arith::CmpIPredicate::eq, count, graph.i64(0));
  graph.beginStep("encoder");
  SmallVector<SmallVector<Value>> parameters;
  for (int64_t number = 0; number < config.layers; ++number)
    parameters.push_back(load(graph, bertLayerParameters(config), layerPrefix(number)));
  auto arm = [&](func::FuncOp function, Value symbol) {
    return [&, function, symbol](OpBuilder &nested, Location loc) {
      GraphBuilder inner(nested, loc);
      Value states = runLayers(inner, function, hidden, symbol, parameters);
      scf::YieldOp::create(nested, loc, states);
    };
  };
  return graph.make<scf::IfOp>(isPrefix, arm(layer, lengths), arm(maskedLayer, mask)).getResult(0);
}

func::FuncOp ModuleEmitter::declareMain() {
  constexpr int64_t dynamic = ShapedType::kDynamic;
  Type f32 = builder.getF32Type();
  Type tokens = RankedTensorType::get({dynamic, dynamic}, builder.getI64Type());
  SmallVector<Type> inputs(3, tokens);
  SmallVector<Type> results{RankedTensorType::get({dynamic, dynamic, config.hidden}, f32)};
  if (pooling)
    results.push_back(RankedTensorType::get({dynamic, config.hidden}, f32));
  return func::FuncOp::create(builder, NameLoc::get(builder.getStringAttr("main")), "main",
                              builder.getFunctionType(inputs, results));
}

DictionaryAttr ModuleEmitter::border(const BorderValue &value, std::optional<int64_t> max) {
  SmallVector<NamedAttribute> attributes{builder.getNamedAttr("attn.name", builder.getStringAttr(value.name)),
                                         builder.getNamedAttr("attn.dims", builder.getStrArrayAttr(value.dims))};
  if (max)
    attributes.push_back(builder.getNamedAttr("attn.range", builder.getDenseI64ArrayAttr({0, *max})));
  return builder.getDictionaryAttr(attributes);
}

/// Names, symbols and accepted values of arguments and results.
void ModuleEmitter::describeBorder(func::FuncOp main) {
  SmallVector<StringRef, 3> dims{"batch", "seq"};
  main.setArgAttrs(0, border({"input_ids", dims}, config.vocabulary - 1));
  main.setArgAttrs(1, border({"attention_mask", dims}, 1));
  main.setArgAttrs(2, border({"token_type_ids", dims}, config.types - 1));
  main.setResultAttrs(0, border({"last_hidden_state", {"batch", "seq", ""}}));
  if (pooling)
    main.setResultAttrs(1, border({"embedding", {"batch", ""}}));
  NamedAttribute seq = builder.getNamedAttr("seq", builder.getDenseI64ArrayAttr({1, config.positions}));
  main->setAttr("attn.dim_ranges", builder.getDictionaryAttr(seq));
}

void ModuleEmitter::emitMain() {
  func::FuncOp main = declareMain();
  describeBorder(main);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(main.addEntryBlock());
  GraphBuilder graph(builder, main.getLoc());
  Value ids = main.getArgument(0), mask = main.getArgument(1), types = main.getArgument(2);
  graph.beginStep("embeddings");
  Value hidden = embedTokens(graph, config, ids, types, load(graph, bertEmbeddingParameters(config), ""));
  Value lengths = countVisible(graph, mask);
  hidden = encode(graph, hidden, mask, lengths);
  SmallVector<Value> results{hidden};
  if (pooling) {
    Value mean = poolMean(graph, hidden, mask, lengths);
    results.push_back(pooling->normalize ? normalizeRows(graph, mean) : mean);
  }
  func::ReturnOp::create(builder, main.getLoc(), results);
}

OwningOpRef<ModuleOp> ModuleEmitter::emit(const WeightTable &weights) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  weights.declare(builder);
  layer = makeBertLayer(builder, config, KeyMask::Length, "layer");
  maskedLayer = makeBertLayer(builder, config, KeyMask::Dense, "layer_masked");
  emitMain();
  return module;
}

OwningOpRef<ModuleOp> attn::importBert(const ModelDirectory &directory, const JsonValue &root, StringRef configPath,
                                       MLIRContext &context) {
  Location loc = UnknownLoc::get(&context);
  FailureOr<BertConfig> config = readBertConfig(root, configPath, loc);
  if (failed(config))
    return nullptr;
  FailureOr<std::optional<SentencePooling>> pooling = readSentencePooling(directory, config->hidden, loc);
  if (failed(pooling))
    return nullptr;
  FailureOr<WeightFiles> files = WeightFiles::open(directory, loc);
  if (failed(files))
    return nullptr;
  // A model with a head on top stores its BertModel below this name.
  bool hasHead = files->find("bert.embeddings.word_embeddings.weight").entry;
  static constexpr StringRef dtypes[] = {"F32"};
  WeightTable weights(*files, hasHead ? "bert." : "", dtypes);
  addParameters(weights, *config);
  if (failed(weights.check({"embeddings.", "encoder."}, loc)))
    return nullptr;
  return ModuleEmitter(context, *config, *pooling).emit(weights);
}
