// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The signature as an attribute and back, and the limits that the runtime's
// loader sets on it.
#include "attn/Analysis/Signature.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"

using namespace mlir;

namespace attn {

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static Attribute dimToAttr(Builder &builder, const FunctionSignature &signature, const SignatureDim &dim) {
  if (dim.symbol == ATTN_RT_DIM_STATIC)
    return builder.getI64IntegerAttr(dim.size);
  if (dim.symbol == ATTN_RT_DIM_COMPUTED)
    return builder.getUnitAttr();
  return builder.getStringAttr(signature.symbols[dim.symbol].name);
}

static Attribute valuesToAttr(Builder &builder, const FunctionSignature &signature, ArrayRef<SignatureValue> values) {
  SmallVector<Attribute> attrs;
  for (const SignatureValue &value : values) {
    SmallVector<Attribute> dims;
    for (const SignatureDim &dim : value.dims)
      dims.push_back(dimToAttr(builder, signature, dim));
    NamedAttrList fields;
    fields.set("name", builder.getStringAttr(value.name));
    fields.set("dtype", builder.getStringAttr(getDtypeName(value.dtype)));
    fields.set("dims", builder.getArrayAttr(dims));
    if (value.range)
      fields.set("range", builder.getDenseI64ArrayAttr({value.range->first, value.range->second}));
    if (value.isState)
      fields.set("state", builder.getUnitAttr());
    if (value.isLength)
      fields.set("length", builder.getUnitAttr());
    attrs.push_back(fields.getDictionary(builder.getContext()));
  }
  return builder.getArrayAttr(attrs);
}

/// `{step = "seq", capacity = "capacity", batch = "batch"}`; what is static is left out, but for the step.
static Attribute sessionToAttr(Builder &builder, const FunctionSignature &signature) {
  NamedAttrList fields;
  fields.set("step", dimToAttr(builder, signature, signature.session->step));
  if (signature.session->capacity >= 0)
    fields.set("capacity", dimToAttr(builder, signature, {signature.session->capacity}));
  if (signature.session->batch >= 0)
    fields.set("batch", dimToAttr(builder, signature, {signature.session->batch}));
  return fields.getDictionary(builder.getContext());
}

DictionaryAttr signatureToAttr(MLIRContext *context, const FunctionSignature &signature) {
  Builder builder(context);
  SmallVector<Attribute> symbols;
  for (const SignatureSymbol &symbol : signature.symbols)
    symbols.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", builder.getStringAttr(symbol.name)),
         builder.getNamedAttr("range", builder.getDenseI64ArrayAttr({symbol.min, symbol.max}))}));
  NamedAttrList fields;
  fields.set("name", builder.getStringAttr(signature.name));
  fields.set("symbols", builder.getArrayAttr(symbols));
  fields.set("args", valuesToAttr(builder, signature, signature.args));
  fields.set("results", valuesToAttr(builder, signature, signature.results));
  if (signature.session)
    fields.set("session", sessionToAttr(builder, signature));
  return fields.getDictionary(context);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static FailureOr<std::pair<int64_t, int64_t>> readPair(Attribute attr) {
  auto pair = dyn_cast_or_null<DenseI64ArrayAttr>(attr);
  if (!pair || pair.size() != 2)
    return failure();
  return std::make_pair(pair[0], pair[1]);
}

static FailureOr<SignatureDim> readDim(Attribute attr, ArrayRef<SignatureSymbol> symbols) {
  if (auto size = dyn_cast_or_null<IntegerAttr>(attr))
    if (size.getType().isInteger(64))
      return SignatureDim{ATTN_RT_DIM_STATIC, size.getInt()};
  if (isa_and_nonnull<UnitAttr>(attr))
    return SignatureDim{ATTN_RT_DIM_COMPUTED, 0};
  if (auto name = dyn_cast_or_null<StringAttr>(attr))
    for (auto [index, symbol] : llvm::enumerate(symbols))
      if (symbol.name == name.getValue())
        return SignatureDim{int32_t(index), 0};
  return failure();
}

static LogicalResult readValues(Attribute attr, ArrayRef<SignatureSymbol> symbols,
                                std::vector<SignatureValue> &values) {
  auto array = dyn_cast_or_null<ArrayAttr>(attr);
  if (!array)
    return failure();
  for (Attribute element : array) {
    auto fields = dyn_cast<DictionaryAttr>(element);
    auto name = fields ? fields.getAs<StringAttr>("name") : StringAttr();
    auto dtype = fields ? fields.getAs<StringAttr>("dtype") : StringAttr();
    auto dims = fields ? fields.getAs<ArrayAttr>("dims") : ArrayAttr();
    std::optional<attn_rt_dtype> code = dtype ? findDtype(dtype.getValue()) : std::nullopt;
    if (!name || !code || !dims)
      return failure();
    SignatureValue &value = values.emplace_back();
    value.name = name.str();
    value.dtype = *code;
    for (Attribute dim : dims) {
      FailureOr<SignatureDim> read = readDim(dim, symbols);
      if (failed(read))
        return failure();
      value.dims.push_back(*read);
    }
    if (Attribute range = fields.get("range")) {
      FailureOr<std::pair<int64_t, int64_t>> read = readPair(range);
      if (failed(read))
        return failure();
      value.range = *read;
    }
    value.isState = fields.contains("state");
    value.isLength = fields.contains("length");
  }
  return success();
}

static LogicalResult readSession(Attribute attr, FunctionSignature &signature) {
  if (!attr)
    return success();
  auto fields = dyn_cast<DictionaryAttr>(attr);
  FailureOr<SignatureDim> step = readDim(fields ? fields.get("step") : Attribute(), signature.symbols);
  if (failed(step))
    return failure();
  signature.session.emplace().step = *step;
  for (auto [name, index] : {std::pair<StringRef, int32_t *>{"capacity", &signature.session->capacity},
                             {"batch", &signature.session->batch}})
    if (Attribute field = fields.get(name)) {
      FailureOr<SignatureDim> dim = readDim(field, signature.symbols);
      if (failed(dim) || dim->symbol < 0)
        return failure();
      *index = dim->symbol;
    }
  return success();
}

/// The states of a function in the order of their names: "key: f32[batch, 2, capacity]".
static std::string getStates(const FunctionSignature &signature) {
  std::vector<std::string> states;
  for (const SignatureValue &arg : signature.args) {
    if (!arg.isState)
      continue;
    auto sizes = llvm::map_range(arg.dims, [&](const SignatureDim &dim) -> std::string {
      if (dim.symbol == ATTN_RT_DIM_STATIC)
        return std::to_string(dim.size);
      return dim.symbol == signature.session->capacity ? "capacity" : "batch";
    });
    states.push_back(arg.name + ": " + getDtypeName(arg.dtype).str() + "[" + llvm::join(sizes, ", ") + "]");
  }
  llvm::sort(states);
  return llvm::join(states, ", ");
}

static LogicalResult readSignature(Attribute attr, FunctionSignature &signature) {
  auto fields = dyn_cast<DictionaryAttr>(attr);
  auto name = fields ? fields.getAs<StringAttr>("name") : StringAttr();
  auto symbols = fields ? fields.getAs<ArrayAttr>("symbols") : ArrayAttr();
  if (!name || !symbols)
    return failure();
  signature.name = name.str();
  for (Attribute element : symbols) {
    auto symbol = dyn_cast<DictionaryAttr>(element);
    auto symbolName = symbol ? symbol.getAs<StringAttr>("name") : StringAttr();
    FailureOr<std::pair<int64_t, int64_t>> range = readPair(symbol ? symbol.get("range") : Attribute());
    if (!symbolName || failed(range))
      return failure();
    signature.symbols.push_back({symbolName.str(), range->first, range->second});
  }
  return success(succeeded(readValues(fields.get("args"), signature.symbols, signature.args)) &&
                 succeeded(readValues(fields.get("results"), signature.symbols, signature.results)) &&
                 succeeded(readSession(fields.get("session"), signature)));
}

/// Sessions keep one memory for the states of all functions.
static LogicalResult verifySameStates(ModuleOp module, ArrayRef<FunctionSignature> signatures) {
  const FunctionSignature *first = nullptr;
  for (const FunctionSignature &signature : signatures) {
    if (!signature.session)
      continue;
    if (!first)
      first = &signature;
    if (getStates(signature) != getStates(*first))
      return module.emitError("expects all functions with states to have the same, but got those of '")
             << first->name << "' (" << getStates(*first) << ") and of '" << signature.name << "' ("
             << getStates(signature) << ")";
  }
  return success();
}

FailureOr<std::vector<FunctionSignature>> readSignatures(ModuleOp module) {
  std::vector<FunctionSignature> signatures;
  auto functions = module->getAttrOfType<ArrayAttr>(kFunctionsAttr);
  if (!functions || functions.empty())
    return module.emitError("expects ") << kFunctionsAttr << " to describe at least one function, but got none";
  for (Attribute attr : functions) {
    if (failed(readSignature(attr, signatures.emplace_back())))
      return module.emitError("expects an element of ") << kFunctionsAttr << " to be a signature, but got " << attr;
    if (failed(verifySignature(module, signatures.back())))
      return failure();
  }
  llvm::StringSet<> names;
  for (const FunctionSignature &signature : signatures)
    if (!names.insert(signature.name).second)
      return module.emitError("expects the names of functions to differ, but got '") << signature.name << "' twice";
  if (failed(verifySameStates(module, signatures)))
    return failure();
  if (signatures.size() > ATTN_RT_MAX_FUNCTIONS)
    return module.emitError("expects at most ") << ATTN_RT_MAX_FUNCTIONS << " functions, but got " << signatures.size();
  return signatures;
}

//===----------------------------------------------------------------------===//
// The loader's limits
//===----------------------------------------------------------------------===//

bool isPlainText(StringRef text) {
  auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  if (text.size() > ATTN_RT_MAX_STRING ||
      !llvm::isLegalUTF8String(&at, reinterpret_cast<const llvm::UTF8 *>(text.end())))
    return false;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = text[i], next = i + 1 < text.size() ? text[i + 1] : 0;
    // The second kind of control characters is two bytes in UTF-8.
    if (c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0))
      return false;
  }
  return true;
}

static LogicalResult verifyNames(Operation *op, StringRef kind, ArrayRef<StringRef> names) {
  llvm::StringSet<> seen;
  for (StringRef name : names) {
    if (name.empty() || !isPlainText(name))
      return op->emitError("expects the names of ")
             << kind << " to be 1 to " << ATTN_RT_MAX_STRING << " bytes of UTF-8 without control characters, but got '"
             << name.take_front(64) << (name.size() > 64 ? "..." : "") << "'";
    if (!seen.insert(name).second)
      return op->emitError("expects the names of ") << kind << " to differ, but got '" << name << "' twice";
  }
  return success();
}

static LogicalResult verifyCount(Operation *op, StringRef kind, size_t count, size_t limit) {
  if (count <= limit)
    return success();
  return op->emitError("expects the number of ") << kind << " to be at most " << limit << ", but got " << count;
}

static LogicalResult verifyValue(Operation *op, const SignatureValue &value, bool isResult) {
  if (value.dims.size() > ATTN_RT_MAX_RANK)
    return op->emitError("expects the rank of '")
           << value.name << "' to be at most " << ATTN_RT_MAX_RANK << ", but got " << value.dims.size();
  for (const SignatureDim &dim : value.dims) {
    if (!isResult && dim.symbol == ATTN_RT_DIM_COMPUTED)
      return op->emitError("expects the dimensions of argument '")
             << value.name << "' to be sizes or symbols, but got unit";
    if (dim.size < 0)
      return op->emitError("expects the sizes of '") << value.name << "' not to be negative, but got " << dim.size;
    if (dim.size > kLargestSize)
      return op->emitError("expects the sizes of '")
             << value.name << "' to be at most " << kLargestSize << ", but got " << dim.size;
  }
  if (!value.range)
    return success();
  int code = value.dtype >> 8;
  if (isResult || (code > 1 && value.dtype != ATTN_RT_BOOL))
    return op->emitError("expects a value with attn.range to be an argument of "
                         "integers, but got '")
           << value.name << "' of " << getDtypeName(value.dtype);
  if (value.range->first > value.range->second)
    return op->emitError("expects attn.range of '")
           << value.name << "' to be in order, but got " << value.range->first << " and " << value.range->second;
  return success();
}

LogicalResult verifySignature(Operation *op, const FunctionSignature &signature) {
  auto getName = [](const auto &named) { return StringRef(named.name); };
  if (failed(verifyCount(op, "arguments", signature.args.size(), ATTN_RT_MAX_VALUES)) ||
      failed(verifyCount(op, "results", signature.results.size(), ATTN_RT_MAX_VALUES)) ||
      failed(verifyCount(op, "symbols", signature.symbols.size(), ATTN_RT_MAX_SYMBOLS)) ||
      failed(verifyNames(op, "functions", StringRef(signature.name))) ||
      failed(verifyNames(op, "arguments", llvm::map_to_vector(signature.args, getName))) ||
      failed(verifyNames(op, "results", llvm::map_to_vector(signature.results, getName))) ||
      failed(verifyNames(op, "symbols", llvm::map_to_vector(signature.symbols, getName))))
    return failure();
  for (const SignatureSymbol &symbol : signature.symbols) {
    if (symbol.min < 0 || symbol.min > symbol.max)
      return op->emitError("expects the sizes of '")
             << symbol.name << "' to be in order and not negative, but got " << symbol.min << " and " << symbol.max;
    if (symbol.max > kLargestSize)
      return op->emitError("expects the sizes of '")
             << symbol.name << "' to be at most " << kLargestSize << ", but got " << symbol.max;
  }
  for (const SignatureValue &value : signature.args)
    if (failed(verifyValue(op, value, /*isResult=*/false)))
      return failure();
  for (const SignatureValue &value : signature.results)
    if (failed(verifyValue(op, value, /*isResult=*/true)))
      return failure();
  return verifySession(op, signature);
}

} // namespace attn
