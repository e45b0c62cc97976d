// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints index graphs. Nodes are printed in their topological order, each from the texts of its operands, so that a
// deep graph needs no deep recursion; what is used twice or grows long gets a name, so that no text explodes.
#include "attn/Report/MaskFormulas.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace attn;
using Kind = IndexGraph::Kind;

namespace {

/// How tightly the outermost operation of a text binds.
enum Strength : uint8_t { kOr, kAnd, kCompare, kSum, kProduct, kAtom };

/// What is added or subtracted.
struct Summand {
  bool isNegative;
  std::string text;
};

/// A printed node. Sums and lists of operands stay apart until somebody needs the text, so that they can be joined with
/// others.
struct Text {
  Strength strength = kAtom;
  std::string text;
  /// Of a sum: the part that is not constant, and the constant.
  std::vector<Summand> summands;
  int64_t offset = 0;
  /// Of min, max, and, or.
  std::vector<std::string> operands;
};

/// The names of inputs.
class InputNames {
public:
  InputNames(llvm::ArrayRef<SymbolKind> kinds, llvm::ArrayRef<std::string> names) : kinds(kinds), names(names) {}

  std::string get(int64_t input) const {
    constexpr llvm::StringLiteral fixed[] = {"b", "h", "i0", "i1", "j0", "j1", "queries", "keys"};
    static_assert(std::size(fixed) == MaskInput::kAxes);
    if (input < int64_t(MaskInput::kAxes))
      return fixed[input].str();
    // Coordinates that a walk over the grid gives.
    if (int64_t axis = input - MaskInput::kAxes; input < int64_t(MaskInput::kSymbols))
      return (fixed[MaskInput::QueryFirst + axis % 4] + "[" + llvm::Twine(axis / 4) + "]").str();
    size_t symbol = (input - MaskInput::kSymbols) / 2;
    bool isHigh = (input - MaskInput::kSymbols) % 2 == 1;
    std::string name = symbol < names.size() ? names[symbol] : "symbol";
    if (symbol >= names.size() || llvm::count(names, name) > 1)
      name += "#" + std::to_string(symbol);
    // A range over the rows of the block.
    bool isRange = symbol < kinds.size() && kinds[symbol] == SymbolKind::Rows;
    return isRange ? (isHigh ? "greatest " : "least ") + name : name;
  }

private:
  llvm::ArrayRef<SymbolKind> kinds;
  llvm::ArrayRef<std::string> names;
};

/// Prints the expressions of one graph.
class GraphPrinter {
public:
  GraphPrinter(const IndexGraph &graph, const InputNames &names, std::vector<FormulaPart> &parts)
      : nodes(graph.getNodes()), graph(graph), names(names), parts(parts), texts(nodes.size()), uses(nodes.size()) {}

  /// Prints all that `roots` need. Once for a graph.
  void run(llvm::ArrayRef<unsigned> roots) {
    llvm::SmallVector<unsigned> operands;
    for (unsigned root : roots)
      ++uses[resolve(root)];
    llvm::SmallVector<unsigned> order = graph.getReachable(roots);
    for (unsigned id : llvm::reverse(order)) {
      if (uses[id] == 0)
        continue;
      for (unsigned operand : getOperands(id))
        ++uses[operand];
    }
    for (unsigned id : order)
      if (uses[id] != 0)
        print(id);
  }

  std::string get(unsigned id) const { return texts[resolve(id)].text; }

private:
  /// The constant and the other operand of a node that has one.
  std::optional<std::pair<int64_t, unsigned>> splitConstant(unsigned id) const {
    const IndexGraph::Node &node = nodes[id];
    for (auto [constant, other] : {std::pair(node.a, node.b), std::pair(node.b, node.a)})
      if (nodes[constant].kind == Kind::Constant)
        return std::pair(nodes[constant].value, other);
    return std::nullopt;
  }

  /// A clamp against overflow says nothing about the mask.
  unsigned resolve(unsigned id) const {
    constexpr int64_t least = int64_t(1) << 24;
    if (nodes[id].kind == Kind::Min)
      if (auto end = splitConstant(id); end && end->first >= IndexGraph::kLimit)
        return end->second;
    if (nodes[id].kind != Kind::Max)
      return id;
    auto low = splitConstant(id);
    if (!low || nodes[low->second].kind != Kind::Min)
      return id;
    auto high = splitConstant(low->second);
    return high && high->first >= least && low->first == -high->first ? high->second : id;
  }

  /// The same for what is multiplied, of which one end may be left.
  unsigned resolveFactor(unsigned id, int64_t factor) const {
    id = resolve(id);
    if (nodes[id].kind != Kind::Min && nodes[id].kind != Kind::Max)
      return id;
    auto end = splitConstant(id);
    int64_t product;
    if (!end || llvm::MulOverflow(end->first, factor, product))
      return id;
    bool isBeyond = product >= IndexGraph::kLimit || product <= -IndexGraph::kLimit;
    return isBeyond ? resolveFactor(end->second, factor) : id;
  }

  llvm::SmallVector<unsigned, 3> getOperands(unsigned id) const {
    const IndexGraph::Node &node = nodes[id];
    llvm::SmallVector<unsigned, 3> operands{node.a, node.b, node.c};
    operands.truncate(IndexGraph::getNumOperands(node.kind));
    for (unsigned &operand : operands)
      operand = node.kind == Kind::Mul ? resolveFactor(operand, node.value) : resolve(operand);
    return operands;
  }

  /// An operand in a place that binds with `strength`.
  static std::string wrap(const Text &text, Strength strength) {
    return text.strength < strength ? "(" + text.text + ")" : text.text;
  }

  /// Adds an operand to a sum.
  static void append(Text &sum, const Text &operand, bool isNegative) {
    sum.offset += isNegative ? -operand.offset : operand.offset;
    if (operand.summands.empty() && operand.strength != kSum)
      sum.summands.push_back({isNegative, operand.text});
    for (const Summand &summand : operand.summands)
      sum.summands.push_back({summand.isNegative != isNegative, summand.text});
  }

  /// "a + b - c - 1": what is added stands first.
  static Text finishSum(Text sum) {
    sum.strength = kSum;
    for (bool isNegative : {false, true})
      for (const Summand &summand : sum.summands) {
        if (summand.isNegative != isNegative)
          continue;
        sum.text += sum.text.empty() ? (isNegative ? "-" : "") : isNegative ? " - " : " + ";
        sum.text += summand.text;
      }
    if (sum.summands.empty())
      sum.text = std::to_string(sum.offset);
    else if (sum.offset != 0)
      sum.text += (sum.offset < 0 ? " - " : " + ") + std::to_string(std::abs(sum.offset));
    return sum;
  }

  /// "min(a, b, c)" of "min(a, b)" and "c", "a and b" of "a and b" and "b".
  Text combine(Kind kind, llvm::ArrayRef<unsigned> operands) const {
    Strength strength = kind == Kind::And ? kAnd : kind == Kind::Or ? kOr : kAtom;
    Text result{strength, "", {}, 0, {}};
    auto add = [&](std::string text) {
      if (!llvm::is_contained(result.operands, text))
        result.operands.push_back(std::move(text));
    };
    for (unsigned operand : operands) {
      const Text &text = texts[operand];
      if (nodes[operand].kind == kind && !text.operands.empty())
        llvm::for_each(text.operands, add);
      else
        add(wrap(text, strength == kAtom ? kOr : kCompare));
    }
    if (strength == kAtom)
      result.text = (kind == Kind::Min ? "min(" : "max(") + llvm::join(result.operands, ", ") + ")";
    else
      result.text = llvm::join(result.operands, kind == Kind::And ? " and " : " or ");
    return result;
  }

  static Text makeText(Strength strength, std::string text) { return {strength, std::move(text), {}, 0, {}}; }
  static Text infix(Strength strength, const std::string &left, llvm::StringRef sign, const std::string &right) {
    return makeText(strength, (left + " " + sign + " " + right).str());
  }

  Text format(unsigned id) const {
    const IndexGraph::Node &node = nodes[id];
    if (IndexGraph::isBool(node.kind))
      return formatTruth(node, getOperands(id));
    llvm::SmallVector<unsigned, 3> operands = getOperands(id);
    auto at = [&](unsigned operand) -> const Text & { return texts[operands[operand]]; };
    auto product = [&](llvm::StringRef sign) {
      return infix(kProduct, wrap(at(0), kProduct), sign,
                   operands.size() > 1 ? wrap(at(1), kAtom) : std::to_string(std::abs(node.value)));
    };
    Text sum;
    switch (node.kind) {
    case Kind::Input:
      return makeText(kAtom, names.get(node.value));
    case Kind::Constant:
      sum.offset = node.value;
      return finishSum(sum);
    case Kind::Add:
    case Kind::Sub:
      append(sum, at(0), false);
      append(sum, at(1), node.kind == Kind::Sub);
      return finishSum(sum);
    case Kind::Mul:
      if (node.value >= 0)
        return product("*");
      append(sum, node.value == -1 ? at(0) : product("*"), true);
      return finishSum(sum);
    case Kind::MulBy:
      return product("*");
    case Kind::FloorDiv:
    case Kind::FloorDivBy:
      return product("floordiv");
    case Kind::Mod:
    case Kind::ModBy:
      return product("mod");
    case Kind::Select:
      return makeText(kAtom, "if(" + at(2).text + ", " + at(0).text + ", " + at(1).text + ")");
    default:
      return combine(node.kind, operands);
    }
  }

  Text formatTruth(const IndexGraph::Node &node, llvm::ArrayRef<unsigned> operands) const {
    auto compare = [&](llvm::StringRef sign) {
      return infix(kCompare, wrap(texts[operands[0]], kSum), sign, wrap(texts[operands[1]], kSum));
    };
    switch (node.kind) {
    case Kind::Truth:
      return makeText(kAtom, node.value ? "always" : "never");
    case Kind::Ge:
      return compare(">=");
    case Kind::Lt:
      return compare("<");
    case Kind::Eq:
      return compare("==");
    case Kind::Ne:
      return compare("!=");
    default:
      return combine(node.kind, operands);
    }
  }

  void print(unsigned id) {
    constexpr size_t kShort = 16, kLong = 160;
    Text text = format(id);
    bool isLeaf = IndexGraph::getNumOperands(nodes[id].kind) == 0;
    if (!isLeaf && (text.text.size() > kLong || (uses[id] > 1 && text.text.size() > kShort))) {
      std::string name = "p" + std::to_string(parts.size() + 1);
      parts.push_back({name, std::move(text.text)});
      text = makeText(kAtom, name);
    }
    texts[id] = std::move(text);
  }

  llvm::ArrayRef<IndexGraph::Node> nodes;
  const IndexGraph &graph;
  const InputNames &names;
  std::vector<FormulaPart> &parts;
  std::vector<Text> texts;
  std::vector<unsigned> uses;
};

using IsNode = llvm::function_ref<bool(unsigned id)>;

/// The other operand of `kind(x, y)` of which one is `known`; none when the node is no such thing.
std::optional<unsigned> peel(const IndexGraph &graph, unsigned id, Kind kind, IsNode known) {
  const IndexGraph::Node &node = graph.getNodes()[id];
  if (node.kind != kind || (!known(node.a) && !known(node.b)))
    return std::nullopt;
  return known(node.a) ? node.b : node.a;
}

/// "max(0, x)" of "x", "max(0, x, y)" of "max(x, y)".
std::string prepend(llvm::StringRef name, llvm::StringRef operand, llvm::StringRef text, bool isSame) {
  if (isSame && text.consume_front(name))
    text = text.drop_front().drop_back();
  return (name + "(" + operand + ", " + text + ")").str();
}

/// The bounds without what only keeps them ordered and inside of the keys: [max(0, x), min(keys, y)) holds the same
/// keys as the interval that code is made of.
void formatBounds(const BoundsReading &reading, const InputNames &names, MaskFormulas &formulas) {
  const IndexGraph &graph = reading.graph;
  auto nodeAt = [&](unsigned id) -> const IndexGraph::Node & { return graph.getNodes()[id]; };
  auto isKeys = [&](unsigned id) { return nodeAt(id).kind == Kind::Input && nodeAt(id).value == MaskInput::Keys; };
  auto isZero = [&](unsigned id) { return nodeAt(id).kind == Kind::Constant && nodeAt(id).value == 0; };
  auto isFrom = [&](unsigned id) { return id == reading.lo.id; };
  auto unguard = [&](unsigned id, IsNode least) {
    std::optional<unsigned> capped = peel(graph, id, Kind::Max, least);
    return capped ? peel(graph, *capped, Kind::Min, isKeys) : std::nullopt;
  };
  std::optional<unsigned> innerFrom = unguard(reading.lo.id, isZero), innerTo = unguard(reading.hi.id, isFrom);
  unsigned from = innerFrom.value_or(reading.lo.id), to = innerTo.value_or(reading.hi.id);
  GraphPrinter printer(graph, names, formulas.boundParts);
  printer.run({from, to});
  formulas.from = printer.get(from);
  formulas.to = printer.get(to);
  IndexRange range = graph.getRange(IndexExpr{from});
  if (innerFrom && range.hi <= 0)
    formulas.from = "0";
  else if (innerFrom && range.lo < 0)
    formulas.from = prepend("max", "0", formulas.from, nodeAt(from).kind == Kind::Max);
  if (innerTo)
    formulas.to = prepend("min", "keys", formulas.to, nodeAt(to).kind == Kind::Min);
  formulas.hasLower = reading.hasLower;
  formulas.hasUpper = reading.hasUpper;
  formulas.singleBand = reading.singleBand;
}

void formatAxes(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols, const InputNames &names,
                MaskFormulas &formulas) {
  std::optional<MaskGrid> grid = findMaskGrid(mask);
  if (!grid || grid->extents.size() < 2)
    return;
  for (unsigned axis = 0; axis < grid->extents.size(); ++axis) {
    AxisBoundsReading reading = *readAxisBounds(mask, symbols, axis);
    GraphPrinter printer(reading.graph, names, formulas.axisParts);
    printer.run({reading.lo.id, reading.hi.id});
    formulas.axes.push_back({printer.get(reading.lo.id), printer.get(reading.hi.id)});
  }
}

} // namespace

MaskFormulas attn::formatMask(MaskDefinition mask, llvm::ArrayRef<SymbolKind> symbols,
                              llvm::ArrayRef<std::string> names) {
  MaskFormulas formulas;
  InputNames inputs(symbols, names);
  formatBounds(readBounds(mask, symbols), inputs, formulas);
  formatAxes(mask, symbols, inputs, formulas);
  TileReading tile = readTile(mask, symbols);
  GraphPrinter printer(tile.graph, inputs, formulas.tileParts);
  printer.run({tile.full.id, tile.empty.id});
  formulas.full = printer.get(tile.full.id);
  formulas.empty = printer.get(tile.empty.id);
  return formulas;
}
