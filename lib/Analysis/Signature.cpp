// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a function over tensors to its signature: symbols are collected from the
// arguments first, so that results can only refer to sizes that are known
// before the call.
#include "attn/Analysis/Signature.h"
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
    if (failed(readDimRanges()) || failed(verifySignature(function, signature)))
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
