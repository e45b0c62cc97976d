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

/// What the clauses of one attention said.
struct ParsedAttention {
  SmallVector<OpAsmParser::UnresolvedOperand> operands, origin, extent;
  ParsedElements mask, normalizer, score, gain;
  double scale = 1.0;
  MaskAttrInterface maskAttr;
  NormalizerAttrInterface normalizerAttr;
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

  ParseResult parseAttributes(OpAsmParser &parser) {
    if (succeeded(parser.parseOptionalKeyword("mask")) &&
        (parser.parseLParen() || parser.parseAttribute(maskAttr) || mask.parseTail(parser) || parser.parseRParen()))
      return failure();
    normalizerAttr = SoftmaxAttr::get(parser.getContext(), /*sink=*/false);
    if (succeeded(parser.parseOptionalKeyword("normalizer")) &&
        (parser.parseLParen() || parser.parseAttribute(normalizerAttr) || normalizer.parseTail(parser) ||
         parser.parseRParen()))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("schedule")) &&
        (parser.parseLParen() || parser.parseAttribute(schedule) || parser.parseRParen()))
      return failure();
    return success();
  }

  ParseResult resolve(OpAsmParser &parser, FunctionType type, SMLoc loc, OperationState &result) {
    Type index = parser.getBuilder().getIndexType();
    if (parser.resolveOperands(operands, type.getInputs(), loc, result.operands) ||
        parser.resolveOperands(origin, index, result.operands) ||
        parser.resolveOperands(extent, index, result.operands) ||
        parser.resolveOperands(mask.operands, mask.types, loc, result.operands) ||
        parser.resolveOperands(normalizer.operands, normalizer.types, loc, result.operands) ||
        parser.resolveOperands(score.operands, score.types, loc, result.operands) ||
        parser.resolveOperands(gain.operands, gain.types, loc, result.operands))
      return failure();
    result.addTypes(type.getResults());
    return success();
  }

  void setProperties(Builder &b, AttentionOp::Properties &properties) {
    auto count = [](const auto &list) { return static_cast<int32_t>(list.size()); };
    properties.setScale(b.getF64FloatAttr(scale));
    properties.setMask(maskAttr);
    properties.setNormalizer(normalizerAttr);
    properties.setMaskMaps(b.getAffineMapArrayAttr(mask.maps));
    properties.setNormalizerMaps(b.getAffineMapArrayAttr(normalizer.maps));
    properties.setScoreMaps(b.getAffineMapArrayAttr(score.maps));
    properties.setGainMaps(b.getAffineMapArrayAttr(gain.maps));
    properties.setSchedule(schedule);
    properties.operandSegmentSizes = {1,
                                      1,
                                      1,
                                      count(origin),
                                      count(extent),
                                      count(mask.operands),
                                      count(normalizer.operands),
                                      count(score.operands),
                                      count(gain.operands)};
  }
};

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
      parsed.parseAttributes(parser) || parsePairRegion(parser, "score", /*hasScore=*/true, parsed.score, *score) ||
      parsePairRegion(parser, "gain", /*hasScore=*/false, parsed.gain, *gain) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(type) ||
      parsed.resolve(parser, type, loc, result))
    return failure();
  parsed.setProperties(parser.getBuilder(), result.getOrAddProperties<AttentionOp::Properties>());
  return success();
}

void AttentionOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getQuery() << ", " << getKey() << ", " << getValue();
  if (!getOrigin().empty())
    printer << " at(" << getOrigin() << ')';
  if (!getExtent().empty())
    printer << " of(" << getExtent() << ')';
  if (getScale().convertToDouble() != 1.0) {
    printer << " scale ";
    printer.printFloat(getScale());
  }
  if (getMaskAttr()) {
    printer << " mask(" << getMaskAttr();
    printElements(printer, getMaskSymbols(), getMaskMaps());
    printer << ')';
  }
  if (getNormalizer() != SoftmaxAttr::get(getContext(), /*sink=*/false)) {
    printer << " normalizer(" << getNormalizer();
    printElements(printer, getNormalizerInputs(), getNormalizerMaps());
    printer << ')';
  }
  if (getScheduleAttr())
    printer << " schedule(" << getScheduleAttr() << ')';
  printPairRegion(printer, getScoreRegion());
  printPairRegion(printer, getGainRegion());
  SmallVector<StringRef> elided(AttentionOp::getAttributeNames());
  printer.printOptionalAttrDict((*this)->getAttrs(), elided);
  printer << " : ";
  SmallVector<Type> types{getQuery().getType(), getKey().getType(), getValue().getType()};
  printer.printFunctionalType(types, getResultTypes());
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
