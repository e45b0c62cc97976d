// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and checks all files first, then emits: globals, the layer functions, and two entries that differ in nothing
// but the number of positions of a step. Both have every weight and every state in common.
#include "DecoderImport.h"
#include "DecoderGraph.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace attn;

namespace {

constexpr StringRef kDtypes[] = {"F32", "BF16", "F16"};

/// The model's parameters, in the order of the table.
struct DecoderParameters {
  ArrayRef<Parameter> embedding, head;
  std::vector<ArrayRef<Parameter>> layers;
};

/// Emits the module: one layer function for each form and step, and the entries.
class DecoderEmitter {
public:
  DecoderEmitter(MLIRContext &context, const DecoderConfig &config, DecoderParameters parameters)
      : config(config), parameters(std::move(parameters)), builder(&context) {}

  OwningOpRef<ModuleOp> emit(const WeightTable &weights);

private:
  void emitEntry(StringRef name, int64_t step);
  func::FuncOp declareEntry(StringRef name, int64_t step);
  void describeEntry(func::FuncOp entry, int64_t step);
  func::FuncOp layerFunction(StringRef entry, int64_t step, int64_t layer);
  ParameterValues load(GraphBuilder &graph, ArrayRef<Parameter> chosen);
  SmallVector<Value> loadAll(GraphBuilder &graph, ArrayRef<Parameter> chosen);
  DictionaryAttr border(StringRef name, ArrayRef<StringRef> dims, std::optional<int64_t> max = std::nullopt);

  const DecoderConfig &config;
  DecoderParameters parameters;
  OpBuilder builder;
  /// Layer functions of the entry that is being emitted, with their forms.
  std::vector<std::pair<LayerForm, func::FuncOp>> functions;
};

} // namespace

static std::string stateName(int64_t layer, StringRef kind) { return ("layer" + Twine(layer) + "." + kind).str(); }

static std::string layerPrefix(int64_t layer) { return "layers." + std::to_string(layer) + "."; }

SmallVector<Value> DecoderEmitter::loadAll(GraphBuilder &graph, ArrayRef<Parameter> chosen) {
  SmallVector<Value> values;
  for (const Parameter &parameter : chosen)
    values.push_back(graph.make<ml_program::GlobalLoadConstOp>(
        parameter.getType(builder.getContext()), SymbolRefAttr::get(builder.getStringAttr(parameter.symbol))));
  return values;
}

ParameterValues DecoderEmitter::load(GraphBuilder &graph, ArrayRef<Parameter> chosen) {
  return ParameterValues(chosen, loadAll(graph, chosen));
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

DictionaryAttr DecoderEmitter::border(StringRef name, ArrayRef<StringRef> dims, std::optional<int64_t> max) {
  SmallVector<NamedAttribute> attributes{builder.getNamedAttr("attn.name", builder.getStringAttr(name)),
                                         builder.getNamedAttr("attn.dims", builder.getStrArrayAttr(dims))};
  if (max)
    attributes.push_back(builder.getNamedAttr("attn.range", builder.getDenseI64ArrayAttr({0, *max})));
  return builder.getDictionaryAttr(attributes);
}

func::FuncOp DecoderEmitter::declareEntry(StringRef name, int64_t step) {
  constexpr int64_t dynamic = ShapedType::kDynamic;
  Type i64 = builder.getI64Type(), state = decoderStateType(config, builder.getContext());
  SmallVector<Type> inputs{RankedTensorType::get({dynamic, step}, i64), RankedTensorType::get({}, i64)};
  SmallVector<Type> results{RankedTensorType::get({dynamic, config.vocabulary}, builder.getF32Type())};
  inputs.append(2 * config.layers.size(), state);
  results.append(2 * config.layers.size(), state);
  return func::FuncOp::create(builder, NameLoc::get(builder.getStringAttr(name)), name,
                              builder.getFunctionType(inputs, results));
}

/// Names, symbols, accepted values, and what of it is a session's.
void DecoderEmitter::describeEntry(func::FuncOp entry, int64_t step) {
  bool isDynamic = ShapedType::isDynamic(step);
  StringRef stepName = isDynamic ? "seq" : "";
  entry.setArgAttrs(0, border("input_ids", {"batch", stepName}, config.vocabulary - 1));
  entry.setArgAttrs(1, border("past", {}, config.positions - 1));
  entry.setResultAttrs(0, border("logits", {"batch", ""}));
  unsigned next = 1;
  for (int64_t layer = 0; layer < int64_t(config.layers.size()); ++layer)
    for (StringRef kind : {"key", "value"}) {
      std::string name = stateName(layer, kind);
      entry.setArgAttrs(next + 1, border(name, {"batch", "", "capacity", ""}));
      entry.setResultAttr(next++, "attn.updates", builder.getStringAttr(name));
    }
  auto text = [&](StringRef value) -> Attribute { return builder.getStringAttr(value); };
  Attribute stepAttr = isDynamic ? text("seq") : builder.getI64IntegerAttr(step);
  SmallVector<NamedAttribute> session{
      builder.getNamedAttr("batch", text("batch")), builder.getNamedAttr("capacity", text("capacity")),
      builder.getNamedAttr("length", text("past")), builder.getNamedAttr("step", stepAttr)};
  entry->setAttr("attn.session", builder.getDictionaryAttr(session));
  auto range = builder.getDenseI64ArrayAttr({1, config.positions});
  SmallVector<NamedAttribute> ranges{builder.getNamedAttr("capacity", range)};
  if (isDynamic)
    ranges.push_back(builder.getNamedAttr("seq", range));
  entry->setAttr("attn.dim_ranges", builder.getDictionaryAttr(ranges));
}

/// The function for one layer, made where no layer of its form came before.
func::FuncOp DecoderEmitter::layerFunction(StringRef entry, int64_t step, int64_t layer) {
  const LayerForm &form = config.layers[layer];
  for (auto &[known, function] : functions)
    if (known == form)
      return function;
  std::string name = entry.str() + "_layer" + (functions.empty() ? "" : std::to_string(functions.size()));
  std::string prefix = layerPrefix(layer);
  std::vector<Parameter> relative(parameters.layers[layer].begin(), parameters.layers[layer].end());
  for (Parameter &parameter : relative)
    parameter.symbol = parameter.symbol.substr(prefix.size());
  functions.push_back({form, makeDecoderLayer(builder, config, {name, form, step, relative})});
  return functions.back().second;
}

void DecoderEmitter::emitEntry(StringRef name, int64_t step) {
  functions.clear();
  std::vector<func::FuncOp> callees;
  for (int64_t layer = 0; layer < int64_t(config.layers.size()); ++layer)
    callees.push_back(layerFunction(name, step, layer));
  func::FuncOp entry = declareEntry(name, step);
  describeEntry(entry, step);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(entry.addEntryBlock());
  GraphBuilder graph(builder, entry.getLoc());
  Value ids = entry.getArgument(0);
  graph.beginStep("positions");
  Value length = graph.make<tensor::ExtractOp>(entry.getArgument(1), ValueRange());
  Value past = graph.make<arith::IndexCastOp>(builder.getIndexType(), length);
  ParameterValues embedding = load(graph, parameters.embedding);
  Value hidden = embedDecoderTokens(graph, config, ids, past, embedding);
  SmallVector<Value> tables;
  if (config.rope) {
    auto [cos, sin] = makeRotaryTables(graph, *config.rope, ids, past);
    tables = {cos, sin};
  }
  SmallVector<Value> states;
  for (auto [layer, callee] : llvm::enumerate(callees)) {
    graph.beginStep("layer" + std::to_string(layer));
    SmallVector<Value> operands{hidden, past};
    llvm::append_range(operands, tables);
    operands.append({entry.getArgument(2 + 2 * layer), entry.getArgument(3 + 2 * layer)});
    llvm::append_range(operands, loadAll(graph, parameters.layers[layer]));
    auto call = graph.make<func::CallOp>(callee, operands);
    hidden = call.getResult(0);
    states.append({call.getResult(1), call.getResult(2)});
  }
  ParameterValues head = load(graph, parameters.head);
  Value table = config.tied ? embedding["tokens"] : head["head"];
  SmallVector<Value> results{makeLogits(graph, config, hidden, head, table)};
  llvm::append_range(results, states);
  func::ReturnOp::create(builder, entry.getLoc(), results);
}

OwningOpRef<ModuleOp> DecoderEmitter::emit(const WeightTable &weights) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  weights.declare(builder);
  emitEntry("prefill", ShapedType::kDynamic);
  emitEntry("decode", 1);
  return module;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Adds all parameters and says where in the table they will be.
static void addParameters(WeightTable &weights, const DecoderConfig &config) {
  for (Parameter &parameter : decoderEmbeddingParameters(config))
    weights.add(std::move(parameter));
  for (int64_t layer = 0; layer < int64_t(config.layers.size()); ++layer)
    for (Parameter &parameter : decoderLayerParameters(config, layer)) {
      parameter.symbol = layerPrefix(layer) + parameter.symbol;
      weights.add(std::move(parameter));
    }
  for (Parameter &parameter : decoderHeadParameters(config))
    weights.add(std::move(parameter));
}

static DecoderParameters divide(const WeightTable &weights, const DecoderConfig &config) {
  ArrayRef<Parameter> rest = weights.getParameters();
  auto take = [&](size_t count) {
    ArrayRef<Parameter> front = rest.take_front(count);
    rest = rest.drop_front(count);
    return front;
  };
  DecoderParameters result;
  result.embedding = take(decoderEmbeddingParameters(config).size());
  size_t perLayer = decoderLayerParameters(config, 0).size();
  for (size_t layer = 0; layer < config.layers.size(); ++layer)
    result.layers.push_back(take(perLayer));
  result.head = rest;
  return result;
}

/// Layers share functions, whose arguments have types.
static LogicalResult checkEqualDtypes(const DecoderParameters &parameters, StringRef path, Location loc) {
  for (ArrayRef<Parameter> layer : parameters.layers)
    for (auto [first, parameter] : llvm::zip_equal(parameters.layers.front(), layer))
      if (parameter.dtype != first.dtype)
        return emitError(loc) << path << ": expects tensor " << quotedText(parameter.parts.front().tensor)
                              << " to have the dtype that it has in the first layer, " << first.dtype << ", but got "
                              << parameter.dtype;
  return success();
}

/// A head that differs from the table is not tied to it, whatever config.json says: so a model looks that was trained
/// on with a head of its own.
static void untieOwnHead(DecoderConfig &config, const WeightFiles &files, StringRef prefix, Location loc) {
  std::string table = (prefix + decoderEmbeddingParameters(config).front().parts.front().tensor).str();
  const SafetensorsEntry *head = files.find("lm_head.weight").entry, *tied = files.find(table).entry;
  if (!config.tied || !head || !tied ||
      (head->dtype == tied->dtype && head->shape == tied->shape && head->bytes == tied->bytes))
    return;
  config.tied = false;
  emitWarning(loc) << files.getPath() << ": the head is 'lm_head.weight', which differs from " << quotedText(table)
                   << ", although 'tie_word_embeddings' is true";
}

OwningOpRef<ModuleOp> attn::importDecoder(DecoderFamily family, const ModelDirectory &directory, const JsonValue &root,
                                          StringRef configPath, MLIRContext &context) {
  Location loc = UnknownLoc::get(&context);
  FailureOr<DecoderConfig> config = readDecoderConfig(family, root, configPath, loc);
  if (failed(config))
    return nullptr;
  FailureOr<WeightFiles> files = WeightFiles::open(directory, loc);
  if (failed(files))
    return nullptr;
  // GPT2Model alone stores its tensors without the name that it has below the language model.
  bool isPrefixed = config->isGpt2() && files->find("transformer.wte.weight").entry;
  StringRef prefix = isPrefixed ? "transformer." : "";
  untieOwnHead(*config, *files, prefix, loc);
  WeightTable weights(*files, prefix.str(), kDtypes);
  addParameters(weights, *config);
  SmallVector<StringRef> owned{"model."};
  if (config->isGpt2())
    owned = {"wte.", "wpe.", "h.", "ln_f."};
  if (failed(weights.check(owned, loc)))
    return nullptr;
  DecoderParameters parameters = divide(weights, *config);
  if (failed(checkEqualDtypes(parameters, files->getPath(), loc)))
    return nullptr;
  return DecoderEmitter(context, *config, std::move(parameters)).emit(weights);
}
