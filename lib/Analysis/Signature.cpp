// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a function over tensors to its signature: symbols are collected from the
// arguments first, so that results can only refer to sizes that are known
// before the call.
#include "attn/Analysis/Signature.h"
#include "attn/Analysis/FunctionSymbols.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace attn {

namespace {

struct DtypeEntry {
  attn_rt_dtype dtype;
  StringRef name;
};

constexpr DtypeEntry kDtypes[] = {
    {ATTN_RT_BOOL, "bool"}, {ATTN_RT_I8, "i8"},   {ATTN_RT_I16, "i16"},  {ATTN_RT_I32, "i32"}, {ATTN_RT_I64, "i64"},
    {ATTN_RT_U8, "u8"},     {ATTN_RT_U16, "u16"}, {ATTN_RT_U32, "u32"},  {ATTN_RT_U64, "u64"}, {ATTN_RT_F16, "f16"},
    {ATTN_RT_F32, "f32"},   {ATTN_RT_F64, "f64"}, {ATTN_RT_BF16, "bf16"}};

/// Reads the attributes of one function into a signature.
class Extractor {
public:
  explicit Extractor(func::FuncOp function) : function(function) {}

  FailureOr<FunctionSignature> run() {
    signature.name = function.getSymName().str();
    for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
      if (failed(addValue(index, type, function.getArgAttrDict(index),
                          /*isResult=*/false)))
        return failure();
    for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
      if (failed(addValue(index, type, function.getResultAttrDict(index),
                          /*isResult=*/true)))
        return failure();
    if (failed(readDimRanges()) || failed(readStates()) || failed(readSession()) ||
        failed(verifySignature(function, signature)))
      return failure();
    return std::move(signature);
  }

private:
  LogicalResult addValue(unsigned index, Type type, DictionaryAttr attrs, bool isResult) {
    std::string what = (isResult ? "result " : "argument ") + std::to_string(index);
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return function.emitOpError("expects ") << what << " to be a ranked tensor, but got " << type;
    std::optional<attn_rt_dtype> dtype = getDtype(tensor.getElementType());
    if (!dtype)
      return function.emitOpError("expects the element type of ")
             << what << " to be one of the runtime's, but got " << tensor.getElementType();
    SignatureValue value;
    value.dtype = *dtype;
    value.name = (isResult ? "result" : "arg") + std::to_string(index);
    if (auto name = getAttr<StringAttr>(attrs, "attn.name"))
      value.name = name.str();
    if (failed(readDims(value, what, tensor, attrs, isResult)) || failed(readRange(value, what, attrs)))
      return failure();
    if (isResult && getAttr<Attribute>(attrs, kUpdatesAttr))
      return success(); // In the memory of its argument.
    (isResult ? signature.results : signature.args).push_back(std::move(value));
    return success();
  }

  template <typename AttrT> static AttrT getAttr(DictionaryAttr attrs, StringRef name) {
    return attrs ? attrs.getAs<AttrT>(name) : AttrT();
  }

  LogicalResult readDims(SignatureValue &value, StringRef what, RankedTensorType tensor, DictionaryAttr attrs,
                         bool isResult) {
    auto names = getAttr<ArrayAttr>(attrs, "attn.dims");
    if (names && (int64_t(names.size()) != tensor.getRank() ||
                  !llvm::all_of(names, [](Attribute name) { return isa<StringAttr>(name); })))
      return function.emitOpError("expects attn.dims of ")
             << what << " to be " << tensor.getRank() << " strings, but got " << names;
    for (auto [index, size] : llvm::enumerate(tensor.getShape())) {
      if (!ShapedType::isDynamic(size)) {
        value.dims.push_back({ATTN_RT_DIM_STATIC, size});
        continue;
      }
      std::string name = names ? cast<StringAttr>(names[index]).str() : "";
      if (name.empty() && !isResult)
        name = value.name + "." + std::to_string(index);
      value.dims.push_back({getSymbol(name, isResult), 0});
    }
    return success();
  }

  /// The index of a symbol. Results use symbols and never make them.
  int32_t getSymbol(StringRef name, bool isResult) {
    for (auto [index, symbol] : llvm::enumerate(signature.symbols))
      if (symbol.name == name)
        return index;
    if (isResult)
      return ATTN_RT_DIM_COMPUTED;
    signature.symbols.push_back({name.str()});
    return signature.symbols.size() - 1;
  }

  LogicalResult readRange(SignatureValue &value, StringRef what, DictionaryAttr attrs) {
    Attribute attr = attrs ? attrs.get("attn.range") : Attribute();
    if (!attr)
      return success();
    auto range = dyn_cast<DenseI64ArrayAttr>(attr);
    if (!range || range.size() != 2)
      return function.emitOpError("expects attn.range of ")
             << what << " to be array<i64: least, greatest>, but got " << attr;
    value.range = {range[0], range[1]};
    return success();
  }

  LogicalResult readDimRanges() {
    auto ranges = function->getAttrOfType<DictionaryAttr>("attn.dim_ranges");
    if (!ranges)
      return success();
    for (NamedAttribute entry : ranges) {
      auto symbol = llvm::find_if(
          signature.symbols, [&](const SignatureSymbol &symbol) { return symbol.name == entry.getName().strref(); });
      if (symbol == signature.symbols.end())
        return function.emitOpError("expects attn.dim_ranges to name "
                                    "dimensions of arguments, but got '")
               << entry.getName().strref() << "'";
      auto range = dyn_cast<DenseI64ArrayAttr>(entry.getValue());
      if (!range || range.size() != 2)
        return function.emitOpError("expects attn.dim_ranges of '")
               << symbol->name << "' to be array<i64: least, greatest>, but got " << entry.getValue();
      symbol->min = range[0];
      symbol->max = range[1];
    }
    return success();
  }

  /// Arguments of which a result is the new content.
  LogicalResult readStates() {
    for (auto [index, type] : llvm::enumerate(function.getResultTypes())) {
      Attribute updates = function.getResultAttr(index, kUpdatesAttr);
      FailureOr<std::optional<unsigned>> arg = getUpdatedArg(function, index);
      if (failed(arg) || (updates && !*arg))
        return function.emitOpError("expects attn.updates of result ")
               << index << " to name an argument, but got " << updates;
      if (!updates)
        continue;
      if (function.getArgumentTypes()[**arg] != type)
        return function.emitOpError("expects result ")
               << index << " to have the type of the argument it updates, but "
               << "got " << type << " and " << function.getArgumentTypes()[**arg];
      if (std::exchange(signature.args[**arg].isState, true))
        return function.emitOpError("expects one result to update argument ") << **arg << ", but got two";
    }
    return success();
  }

  LogicalResult readSession() {
    Attribute attr = function->getAttr(kSessionAttr);
    bool hasStates = llvm::any_of(signature.args, [](const SignatureValue &arg) { return arg.isState; });
    if (!attr && !hasStates)
      return success();
    auto fields = dyn_cast_or_null<DictionaryAttr>(attr);
    if (!fields || !hasStates)
      return function.emitOpError("expects attn.session to be a dictionary beside results with attn.updates, but got ")
             << (hasStates ? attr : StringAttr::get(function.getContext(), "no such result"));
    SignatureSession session;
    if (failed(readSessionSymbol(fields, "capacity", session.capacity)) ||
        failed(readSessionSymbol(fields, "batch", session.batch)) || failed(readStep(fields.get("step"), session)))
      return failure();
    Attribute given = fields.get("length");
    auto length = dyn_cast_or_null<StringAttr>(given);
    auto arg =
        llvm::find_if(signature.args, [&](const SignatureValue &value) { return length && value.name == length; });
    if (arg == signature.args.end() || arg->dtype != ATTN_RT_I64 || !arg->dims.empty())
      return function.emitOpError("expects length of attn.session to name an argument of type tensor<i64>, but got ")
             << given;
    arg->isLength = true;
    signature.session = session;
    return success();
  }

  LogicalResult readSessionSymbol(DictionaryAttr fields, StringRef field, int32_t &index) {
    Attribute attr = fields.get(field);
    if (!attr)
      return success();
    auto name = dyn_cast<StringAttr>(attr);
    auto symbol =
        llvm::find_if(signature.symbols, [&](const SignatureSymbol &other) { return name && other.name == name; });
    if (symbol == signature.symbols.end())
      return function.emitOpError("expects ")
             << field << " of attn.session to name a dimension of an argument, but got " << attr;
    index = symbol - signature.symbols.begin();
    return success();
  }

  LogicalResult readStep(Attribute attr, SignatureSession &session) {
    auto size = dyn_cast_or_null<IntegerAttr>(attr);
    if (!size || !size.getType().isInteger(64))
      return readSessionSymbol(function->getAttrOfType<DictionaryAttr>(kSessionAttr), "step", session.step.symbol);
    session.step.size = size.getInt();
    return success();
  }

  func::FuncOp function;
  FunctionSignature signature;
};

} // namespace

StringRef getDtypeName(attn_rt_dtype dtype) {
  for (const DtypeEntry &entry : kDtypes)
    if (entry.dtype == dtype)
      return entry.name;
  return "";
}

std::optional<attn_rt_dtype> findDtype(StringRef name) {
  for (const DtypeEntry &entry : kDtypes)
    if (entry.name == name)
      return entry.dtype;
  return std::nullopt;
}

std::optional<attn_rt_dtype> getDtype(Type type) {
  if (type.isInteger(1))
    return ATTN_RT_BOOL;
  if (auto integer = dyn_cast<IntegerType>(type))
    return findDtype((integer.isUnsigned() ? "u" : "i") + std::to_string(integer.getWidth()));
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return isa<FloatType>(type) ? findDtype(name) : std::nullopt;
}

FailureOr<FunctionSignature> extractSignature(func::FuncOp function) { return Extractor(function).run(); }

} // namespace attn
