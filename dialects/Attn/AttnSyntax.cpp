// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Custom parsers and printers of the ops. The shape of attention's syntax: operands, then clauses in a fixed order,
// each absent when it says nothing.
#include "dialects/Attn/AttnOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace attn;

#define GET_OP_CLASSES
#include "dialects/Attn/AttnOps.cpp.inc"

namespace {

/// The names that index expressions of captured elements may use, in dimension order.
constexpr StringLiteral kPositionNames[] = {"b", "h", "i", "j"};

/// Captured tensor elements while they are being parsed: `%tensor[exprs of b, h, i, j] : type`.
struct ParsedElements {
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<AffineMap> maps;
  SmallVector<Type> types;

  ParseResult parseOne(OpAsmParser &parser) {
    MLIRContext *context = parser.getContext();
    SmallVector<std::pair<StringRef, AffineExpr>> names;
    for (auto [position, name] : llvm::enumerate(kPositionNames))
      names.push_back({name, getAffineDimExpr(position, context)});
    SmallVector<AffineExpr> exprs;
    auto parseExpr = [&] { return parser.parseAffineExpr(names, exprs.emplace_back()); };
    if (parser.parseOperand(operands.emplace_back()) ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalSquare, parseExpr) ||
        parser.parseColonType(types.emplace_back()))
      return failure();
    maps.push_back(AffineMap::get(/*dimCount=*/4, /*symbolCount=*/0, exprs, context));
    return success();
  }
  ParseResult resolve(OpAsmParser &parser, SMLoc loc, OperationState &result) {
    return parser.resolveOperands(operands, types, loc, result.operands);
  }
  ParseResult parseTail(OpAsmParser &parser) {
    while (succeeded(parser.parseOptionalComma()))
      if (parseOne(parser))
        return failure();
    return success();
  }
};

/// Prints an affine expression of the four positions by their names.
void printPositionExpr(raw_ostream &os, AffineExpr expr) {
  std::string text;
  llvm::raw_string_ostream(text) << expr;
  for (size_t at = 0; at < text.size(); ++at) {
    bool isDim = text[at] == 'd' && at + 1 < text.size() && isdigit(text[at + 1]);
    if (isDim)
      os << kPositionNames[text[++at] - '0'];
    else
      os << text[at];
  }
}

void printElement(OpAsmPrinter &printer, Value tensor, AffineMap map) {
  printer << tensor;
  if (map.getNumResults() != 0) {
    printer << '[';
    llvm::interleaveComma(map.getResults(), printer.getStream(),
                          [&](AffineExpr expr) { printPositionExpr(printer.getStream(), expr); });
    printer << ']';
  }
  printer << " : " << tensor.getType();
}

void printElements(OpAsmPrinter &printer, OperandRange tensors, ArrayAttr maps) {
  for (auto [tensor, map] : llvm::zip(tensors, maps.getAsValueRange<AffineMapAttr>())) {
    printer << ", ";
    printElement(printer, tensor, map);
  }
}

/// `score(%s: f32, %b: index, %h: index, %i: index, %j: index, %x: f32 = %t[h] : type, ...) { ... }`, or another name
/// without the score; types may be left out.
ParseResult parsePairRegion(OpAsmParser &parser, StringRef name, bool hasScore, ParsedElements &inputs,
                            Region &region) {
  if (failed(parser.parseOptionalKeyword(name)))
    return success();
  SmallVector<OpAsmParser::Argument> args;
  const unsigned firstPosition = hasScore ? 1 : 0, firstInput = firstPosition + 4;
  auto parseArgument = [&]() -> ParseResult {
    unsigned number = args.size();
    OpAsmParser::Argument &arg = args.emplace_back();
    if (parser.parseArgument(arg))
      return failure();
    Builder &b = parser.getBuilder();
    arg.type = number < firstPosition ? Type(b.getF32Type()) : Type(b.getIndexType());
    Type stated;
    if (succeeded(parser.parseOptionalColon()) && parser.parseType(stated))
      return failure();
    if (number >= firstInput) {
      if (parser.parseEqual() || inputs.parseOne(parser))
        return failure();
      arg.type = getElementTypeOrSelf(inputs.types.back());
    }
    if (stated)
      arg.type = stated;
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseArgument))
    return failure();
  return parser.parseRegion(region, args);
}

void printPairRegion(OpAsmPrinter &printer, const PairRegion &region) {
  if (!region.isPresent())
    return;
  printer.printNewline();
  printer << "    " << region.name << '(';
  for (BlockArgument arg : region.body->getArguments()) {
    unsigned number = arg.getArgNumber();
    if (number != 0)
      printer << ", ";
    printer.printRegionArgument(arg);
    if (number >= region.getFirstInput()) {
      unsigned input = number - region.getFirstInput();
      printer << " = ";
      printElement(printer, region.inputs[input], region.getMap(input));
    }
  }
  printer << ") ";
  printer.printRegion(*region.body, /*printEntryBlockArgs=*/false);
}

/// What the clauses of an op with scores said.
struct ParsedScoring {
  SmallVector<OpAsmParser::UnresolvedOperand> operands, origin, extent;
  ParsedElements mask, score;
  double scale = 1.0;
  MaskAttrInterface maskAttr;
  ScheduleAttr schedule;

  ParseResult parsePositions(OpAsmParser &parser) {
    if (succeeded(parser.parseOptionalKeyword("at")) && parser.parseOperandList(origin, AsmParser::Delimiter::Paren))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("of")) && parser.parseOperandList(extent, AsmParser::Delimiter::Paren))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("scale")) && parser.parseFloat(scale))
      return failure();
    return success();
  }

  ParseResult parseMask(OpAsmParser &parser) {
    if (succeeded(parser.parseOptionalKeyword("mask")) &&
        (parser.parseLParen() || parser.parseAttribute(maskAttr) || mask.parseTail(parser) || parser.parseRParen()))
      return failure();
    return success();
  }

  ParseResult parseSchedule(OpAsmParser &parser) {
    if (succeeded(parser.parseOptionalKeyword("schedule")) &&
        (parser.parseLParen() || parser.parseAttribute(schedule) || parser.parseRParen()))
      return failure();
    return success();
  }

  ParseResult resolvePositions(OpAsmParser &parser, FunctionType type, SMLoc loc, OperationState &result) {
    Type index = parser.getBuilder().getIndexType();
    return failure(parser.resolveOperands(operands, type.getInputs(), loc, result.operands) ||
                   parser.resolveOperands(origin, index, result.operands) ||
                   parser.resolveOperands(extent, index, result.operands) || mask.resolve(parser, loc, result));
  }

  template <typename PropertiesT> void setProperties(Builder &b, PropertiesT &properties) {
    properties.setScale(b.getF64FloatAttr(scale));
    properties.setMask(maskAttr);
    properties.setMaskMaps(b.getAffineMapArrayAttr(mask.maps));
    properties.setScoreMaps(b.getAffineMapArrayAttr(score.maps));
    properties.setSchedule(schedule);
  }
};

/// What those of an attention said besides.
struct ParsedAttention : ParsedScoring {
  ParsedElements normalizer, gain;
  NormalizerAttrInterface normalizerAttr;

  ParseResult parseNormalizer(OpAsmParser &parser) {
    normalizerAttr = SoftmaxAttr::get(parser.getContext(), /*sink=*/false);
    if (succeeded(parser.parseOptionalKeyword("normalizer")) &&
        (parser.parseLParen() || parser.parseAttribute(normalizerAttr) || normalizer.parseTail(parser) ||
         parser.parseRParen()))
      return failure();
    return success();
  }
};

template <typename ListT> int32_t count(const ListT &list) { return static_cast<int32_t>(list.size()); }

/// The clauses that all ops with scores have in front of their regions.
template <typename OpT> void printOperands(OpAsmPrinter &printer, OpT op) {
  if (!op.getOrigin().empty())
    printer << " at(" << op.getOrigin() << ')';
  if (!op.getExtent().empty())
    printer << " of(" << op.getExtent() << ')';
  if (op.getScale().convertToDouble() != 1.0) {
    printer << " scale ";
    printer.printFloat(op.getScale());
  }
  if (op.getMaskAttr()) {
    printer << " mask(" << op.getMaskAttr();
    printElements(printer, op.getMaskSymbols(), op.getMaskMaps());
    printer << ')';
  }
}

void printSchedule(OpAsmPrinter &printer, ScheduleAttr schedule) {
  if (schedule)
    printer << " schedule(" << schedule << ')';
}

} // namespace

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

ParseResult AttentionOp::parse(OpAsmParser &parser, OperationState &result) {
  ParsedAttention parsed;
  Region *score = result.addRegion(), *gain = result.addRegion();
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperandList(parsed.operands, /*requiredOperandCount=*/3) || parsed.parsePositions(parser) ||
      parsed.parseMask(parser) || parsed.parseNormalizer(parser) || parsed.parseSchedule(parser) ||
      parsePairRegion(parser, "score", /*hasScore=*/true, parsed.score, *score) ||
      parsePairRegion(parser, "gain", /*hasScore=*/false, parsed.gain, *gain) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(type) ||
      parsed.resolvePositions(parser, type, loc, result) || parsed.normalizer.resolve(parser, loc, result) ||
      parsed.score.resolve(parser, loc, result) || parsed.gain.resolve(parser, loc, result))
    return failure();
  result.addTypes(type.getResults());
  Builder &b = parser.getBuilder();
  auto &properties = result.getOrAddProperties<AttentionOp::Properties>();
  parsed.setProperties(b, properties);
  properties.setNormalizer(parsed.normalizerAttr);
  properties.setNormalizerMaps(b.getAffineMapArrayAttr(parsed.normalizer.maps));
  properties.setGainMaps(b.getAffineMapArrayAttr(parsed.gain.maps));
  properties.operandSegmentSizes = {1,
                                    1,
                                    1,
                                    count(parsed.origin),
                                    count(parsed.extent),
                                    count(parsed.mask.operands),
                                    count(parsed.normalizer.operands),
                                    count(parsed.score.operands),
                                    count(parsed.gain.operands)};
  return success();
}

void AttentionOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getQuery() << ", " << getKey() << ", " << getValue();
  printOperands(printer, *this);
  if (getNormalizer() != SoftmaxAttr::get(getContext(), /*sink=*/false)) {
    printer << " normalizer(" << getNormalizer();
    printElements(printer, getNormalizerInputs(), getNormalizerMaps());
    printer << ')';
  }
  printSchedule(printer, getScheduleAttr());
  printPairRegion(printer, getScoreRegion());
  printPairRegion(printer, getGainRegion());
  printer.printOptionalAttrDict((*this)->getAttrs(), SmallVector<StringRef>(AttentionOp::getAttributeNames()));
  printer << " : ";
  printer.printFunctionalType(TypeRange{getQuery().getType(), getKey().getType(), getValue().getType()},
                              getResultTypes());
}

//===----------------------------------------------------------------------===//
// score_reduce
//===----------------------------------------------------------------------===//

/// `max`, `sum` or `kth_largest<K>`.
static ParseResult parseReduction(OpAsmParser &parser, ScoreReduceOp::Properties &properties) {
  std::string keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeywordOrString(&keyword))
    return failure();
  std::optional<Reduction> reduction = symbolizeReduction(keyword);
  if (!reduction)
    return parser.emitError(loc) << "expects a reduction to be max, kth_largest or sum, but got " << keyword;
  int64_t place = 1;
  if (*reduction == Reduction::KthLargest &&
      (parser.parseLess() || parser.parseInteger(place) || parser.parseGreater()))
    return failure();
  properties.setReduction(ReductionAttr::get(parser.getContext(), *reduction));
  properties.setPlace(parser.getBuilder().getI64IntegerAttr(place));
  return success();
}

ParseResult ScoreReduceOp::parse(OpAsmParser &parser, OperationState &result) {
  ParsedScoring parsed;
  Region *score = result.addRegion();
  FunctionType type;
  auto &properties = result.getOrAddProperties<ScoreReduceOp::Properties>();
  if (parseReduction(parser, properties))
    return failure();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperandList(parsed.operands, /*requiredOperandCount=*/2) || parsed.parsePositions(parser) ||
      parsed.parseMask(parser) || parsed.parseSchedule(parser) ||
      parsePairRegion(parser, "score", /*hasScore=*/true, parsed.score, *score) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(type) ||
      parsed.resolvePositions(parser, type, loc, result) || parsed.score.resolve(parser, loc, result))
    return failure();
  result.addTypes(type.getResults());
  parsed.setProperties(parser.getBuilder(), properties);
  properties.operandSegmentSizes = {
      1, 1, count(parsed.origin), count(parsed.extent), count(parsed.mask.operands), count(parsed.score.operands)};
  return success();
}

void ScoreReduceOp::print(OpAsmPrinter &printer) {
  printer << ' ' << stringifyReduction(getReduction());
  if (getReduction() == Reduction::KthLargest)
    printer << '<' << getPlace() << '>';
  printer << ' ' << getQuery() << ", " << getKey();
  printOperands(printer, *this);
  printSchedule(printer, getScheduleAttr());
  printPairRegion(printer, getScoreRegion());
  printer.printOptionalAttrDict((*this)->getAttrs(), SmallVector<StringRef>(ScoreReduceOp::getAttributeNames()));
  printer << " : ";
  printer.printFunctionalType(TypeRange{getQuery().getType(), getKey().getType()}, getOperation()->getResultTypes());
}

//===----------------------------------------------------------------------===//
// merge
//===----------------------------------------------------------------------===//

ParseResult MergeOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand> outputs, lses;
  Type output, lse;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperandList(outputs) || parser.parseKeyword("weighted_by") || parser.parseOperandList(lses) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(output) || parser.parseComma() ||
      parser.parseType(lse))
    return failure();
  if (outputs.size() != lses.size())
    return parser.emitError(loc) << "expects as many log-sum-exps as outputs, but got " << lses.size() << " and "
                                 << outputs.size();
  if (parser.resolveOperands(outputs, output, result.operands) || parser.resolveOperands(lses, lse, result.operands))
    return failure();
  result.addTypes({output, lse});
  return success();
}

void MergeOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getOutputs() << " weighted_by " << getLses();
  printer.printOptionalAttrDict((*this)->getAttrs());
  printer << " : " << getOutput().getType() << ", " << getLse().getType();
}
