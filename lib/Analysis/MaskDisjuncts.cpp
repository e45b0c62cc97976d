// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/MaskDisjuncts.h"
#include "llvm/ADT/STLExtras.h"

using namespace attn;

namespace {

enum class Said : uint8_t {
  Batch,
  Head,
  Query,
  Key,
  QueryAt,
  KeyAt,
  Queries,
  Keys,
  Symbol,
  Literal,
  Add,
  Sub,
  Mul,
  FloorDiv,
  Mod,
  Min,
  Max,
  Ge,
  Eq,
  All,
  Any,
  Negate
};

/// One call of a builder: its operands, terms or truths, and its number.
struct Node {
  Said said;
  std::vector<unsigned> operands;
  int64_t value = 0;
};

} // namespace

/// Writes down what is said. Terms and truths share one numbering.
struct MaskDisjuncts::Recorder final : public MaskBuilder {
  std::vector<Node> nodes;

  unsigned add(Said said, std::vector<unsigned> operands = {}, int64_t value = 0) {
    nodes.push_back({said, std::move(operands), value});
    return nodes.size() - 1;
  }
  Term term(Said said, std::vector<unsigned> operands = {}, int64_t value = 0) {
    return {add(said, std::move(operands), value)};
  }
  Truth truth(Said said, std::vector<unsigned> operands) { return {add(said, std::move(operands))}; }
  template <typename Handle> static std::vector<unsigned> ids(llvm::ArrayRef<Handle> handles) {
    std::vector<unsigned> result;
    for (Handle handle : handles)
      result.push_back(handle.id);
    return result;
  }

  Term batch() override { return term(Said::Batch); }
  Term head() override { return term(Said::Head); }
  Term query() override { return term(Said::Query); }
  Term key() override { return term(Said::Key); }
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return term(Said::QueryAt, ids(extents), axis); }
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return term(Said::KeyAt, ids(extents), axis); }
  Term queries() override { return term(Said::Queries); }
  Term keys() override { return term(Said::Keys); }
  Term symbol(unsigned index) override { return term(Said::Symbol, {}, index); }
  Term literal(int64_t value) override { return term(Said::Literal, {}, value); }
  Term add(Term lhs, Term rhs) override { return term(Said::Add, {lhs.id, rhs.id}); }
  Term sub(Term lhs, Term rhs) override { return term(Said::Sub, {lhs.id, rhs.id}); }
  Term mul(Term lhs, int64_t rhs) override { return term(Said::Mul, {lhs.id}, rhs); }
  Term floorDiv(Term lhs, int64_t rhs) override { return term(Said::FloorDiv, {lhs.id}, rhs); }
  Term mod(Term lhs, int64_t rhs) override { return term(Said::Mod, {lhs.id}, rhs); }
  Term min(Term lhs, Term rhs) override { return term(Said::Min, {lhs.id, rhs.id}); }
  Term max(Term lhs, Term rhs) override { return term(Said::Max, {lhs.id, rhs.id}); }
  Truth ge(Term lhs, Term rhs) override { return truth(Said::Ge, {lhs.id, rhs.id}); }
  Truth eq(Term lhs, Term rhs) override { return truth(Said::Eq, {lhs.id, rhs.id}); }
  Truth all(llvm::ArrayRef<Truth> operands) override { return truth(Said::All, ids(operands)); }
  Truth any(llvm::ArrayRef<Truth> operands) override { return truth(Said::Any, ids(operands)); }
  Truth negate(Truth operand) override { return truth(Said::Negate, {operand.id}); }
};

namespace {

/// Says recorded nodes to a builder, each once.
class Replayer {
public:
  Replayer(llvm::ArrayRef<Node> nodes, MaskBuilder &b) : nodes(nodes), b(b), said(nodes.size()) {}

  unsigned say(unsigned id) {
    if (!said[id])
      said[id] = sayNew(nodes[id]);
    return *said[id];
  }

private:
  llvm::ArrayRef<Node> nodes;
  MaskBuilder &b;
  std::vector<std::optional<unsigned>> said;

  Term term(const Node &node, unsigned operand) { return {say(node.operands[operand])}; }
  template <typename Handle> llvm::SmallVector<Handle> list(const Node &node) {
    llvm::SmallVector<Handle> result;
    for (unsigned operand : node.operands)
      result.push_back({say(operand)});
    return result;
  }

  unsigned sayNew(const Node &node) {
    switch (node.said) {
    case Said::Batch:
      return b.batch().id;
    case Said::Head:
      return b.head().id;
    case Said::Query:
      return b.query().id;
    case Said::Key:
      return b.key().id;
    case Said::QueryAt:
      return b.queryAt(list<Term>(node), node.value).id;
    case Said::KeyAt:
      return b.keyAt(list<Term>(node), node.value).id;
    case Said::Queries:
      return b.queries().id;
    case Said::Keys:
      return b.keys().id;
    case Said::Symbol:
      return b.symbol(node.value).id;
    case Said::Literal:
      return b.literal(node.value).id;
    case Said::Add:
      return b.add(term(node, 0), term(node, 1)).id;
    case Said::Sub:
      return b.sub(term(node, 0), term(node, 1)).id;
    case Said::Mul:
      return b.mul(term(node, 0), node.value).id;
    case Said::FloorDiv:
      return b.floorDiv(term(node, 0), node.value).id;
    case Said::Mod:
      return b.mod(term(node, 0), node.value).id;
    case Said::Min:
      return b.min(term(node, 0), term(node, 1)).id;
    case Said::Max:
      return b.max(term(node, 0), term(node, 1)).id;
    case Said::Ge:
      return b.ge(term(node, 0), term(node, 1)).id;
    case Said::Eq:
      return b.eq(term(node, 0), term(node, 1)).id;
    case Said::All:
      return b.all(list<Truth>(node)).id;
    case Said::Any:
      return b.any(list<Truth>(node)).id;
    case Said::Negate:
      return b.negate({say(node.operands[0])}).id;
    }
    return 0;
  }
};

} // namespace

MaskDisjuncts::MaskDisjuncts(MaskDefinition mask, size_t most) : recorded(std::make_unique<Recorder>()), most(most) {
  Truth root = mask(*recorded);
  disjuncts = expand({root.id, true});
}

MaskDisjuncts::~MaskDisjuncts() = default;

std::vector<MaskDisjuncts::Conjunction> MaskDisjuncts::expand(Literal literal) const {
  const Node &node = recorded->nodes[literal.truth];
  if (node.said == Said::Negate)
    return expand({node.operands[0], !literal.holds});
  std::vector<Conjunction> result{{literal}};
  if (node.said != Said::All && node.said != Said::Any)
    return result;
  if ((node.said == Said::All) == literal.holds)
    return join(node.operands, literal.holds);
  std::vector<Conjunction> parts;
  for (unsigned operand : node.operands)
    llvm::append_range(parts, expand({operand, literal.holds}));
  return parts.size() <= most && !parts.empty() ? parts : result;
}

/// The disjuncts of a conjunction: all pairs of those of its operands.
std::vector<MaskDisjuncts::Conjunction> MaskDisjuncts::join(const std::vector<unsigned> &operands, bool holds) const {
  std::vector<Conjunction> result{{}};
  for (unsigned operand : operands) {
    std::vector<Conjunction> parts = expand({operand, holds}), next;
    // What would be too many stays one statement.
    if (parts.size() * result.size() > most)
      parts = {{{operand, holds}}};
    for (const Conjunction &before : result)
      for (const Conjunction &part : parts) {
        next.push_back(before);
        llvm::append_range(next.back(), part);
      }
    result = std::move(next);
  }
  return result;
}

Truth MaskDisjuncts::build(size_t number, MaskBuilder &b) const {
  Replayer replayer(recorded->nodes, b);
  llvm::SmallVector<Truth> literals;
  for (const Literal &literal : disjuncts[number]) {
    Truth truth{replayer.say(literal.truth)};
    literals.push_back(literal.holds ? truth : b.negate(truth));
  }
  return b.all(literals);
}
