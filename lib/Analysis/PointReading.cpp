// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The exact reading: terms and truths are expressions themselves.
#include "MaskInputs.h"
#include "attn/Analysis/MaskReadings.h"

using namespace attn;

namespace {

class PointBuilder final : public MaskBuilder {
public:
  PointBuilder(IndexGraph &graph, Coordinates coordinates) : graph(graph), coordinates(coordinates) {}

  Term batch() override { return position(MaskInput::Batch); }
  Term head() override { return position(MaskInput::Head); }
  Term query() override { return position(MaskInput::QueryFirst); }
  Term key() override { return position(MaskInput::KeyFirst); }
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override {
    return coordinate(MaskInput::QueryFirst, MaskInput::queryAxisFirst(axis), extents, axis);
  }
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override {
    return coordinate(MaskInput::KeyFirst, MaskInput::keyAxisFirst(axis), extents, axis);
  }
  Term queries() override { return position(MaskInput::Queries); }
  Term keys() override { return position(MaskInput::Keys); }
  Term symbol(unsigned index) override { return term(graph.input(MaskInput::symbolLow(index))); }
  Term literal(int64_t value) override { return term(graph.constant(value)); }

  Term add(Term lhs, Term rhs) override { return term(graph.add({lhs.id}, {rhs.id})); }
  Term sub(Term lhs, Term rhs) override { return term(graph.sub({lhs.id}, {rhs.id})); }
  Term mul(Term lhs, int64_t rhs) override { return term(graph.mul({lhs.id}, rhs)); }
  Term floorDiv(Term lhs, int64_t rhs) override { return term(graph.floorDiv({lhs.id}, rhs)); }
  Term mod(Term lhs, int64_t rhs) override { return term(graph.mod({lhs.id}, rhs)); }
  Term min(Term lhs, Term rhs) override { return term(graph.min({lhs.id}, {rhs.id})); }
  Term max(Term lhs, Term rhs) override { return term(graph.max({lhs.id}, {rhs.id})); }

  Truth ge(Term lhs, Term rhs) override { return truth(graph.ge({lhs.id}, {rhs.id})); }
  Truth eq(Term lhs, Term rhs) override { return truth(graph.eq({lhs.id}, {rhs.id})); }
  Truth all(llvm::ArrayRef<Truth> operands) override {
    BoolExpr result = graph.truth(true);
    for (Truth operand : operands)
      result = graph.conjunction(result, {operand.id});
    return truth(result);
  }
  Truth any(llvm::ArrayRef<Truth> operands) override {
    BoolExpr result = graph.truth(false);
    for (Truth operand : operands)
      result = graph.disjunction(result, {operand.id});
    return truth(result);
  }
  Truth negate(Truth operand) override { return truth(graph.negate({operand.id})); }

private:
  Term position(unsigned number) { return term(makePosition(graph, number)); }
  Term coordinate(unsigned flat, unsigned given, llvm::ArrayRef<Term> extents, unsigned axis) {
    if (coordinates == Coordinates::Given)
      return position(given);
    auto sizes = llvm::map_to_vector(extents, [](Term extent) { return IndexExpr{extent.id}; });
    IndexExpr at = makePosition(graph, flat);
    return term(coordinatesOf(graph, at, at, sizes, axis).lo);
  }
  Term term(IndexExpr expr) { return {expr.id}; }
  Truth truth(BoolExpr expr) { return {expr.id}; }

  IndexGraph &graph;
  Coordinates coordinates;
};

} // namespace

PointReading attn::readPoint(MaskDefinition mask, Coordinates coordinates) {
  PointReading reading;
  PointBuilder builder(reading.graph, coordinates);
  reading.visible = {mask(builder).id};
  return reading;
}
