// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the grid of a mask: a reading in which a term is a literal, a symbol or something else, and truths say nothing.
#include "attn/Analysis/MaskReadings.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace attn;

namespace {

class GridBuilder final : public MaskBuilder {
public:
  Term batch() override { return other(); }
  Term head() override { return other(); }
  Term query() override { return other(); }
  Term key() override { return other(); }
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return note(extents); }
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return note(extents); }
  Term queries() override { return other(); }
  Term keys() override { return other(); }
  Term symbol(unsigned index) override { return term(MaskExtent{/*isSymbol=*/true, index}); }
  Term literal(int64_t value) override { return term(MaskExtent{/*isSymbol=*/false, value}); }
  Term add(Term, Term) override { return other(); }
  Term sub(Term, Term) override { return other(); }
  Term mul(Term, int64_t) override { return other(); }
  Term floorDiv(Term, int64_t) override { return other(); }
  Term mod(Term, int64_t) override { return other(); }
  Term min(Term, Term) override { return other(); }
  Term max(Term, Term) override { return other(); }
  Truth ge(Term, Term) override { return {0}; }
  Truth eq(Term, Term) override { return {0}; }
  Truth all(llvm::ArrayRef<Truth>) override { return {0}; }
  Truth any(llvm::ArrayRef<Truth>) override { return {0}; }
  Truth negate(Truth) override { return {0}; }

  std::optional<MaskGrid> get() const { return isOne ? grid : std::nullopt; }

private:
  Term note(llvm::ArrayRef<Term> extents) {
    MaskGrid found;
    for (Term extent : extents) {
      isOne &= terms[extent.id].has_value();
      found.extents.push_back(terms[extent.id].value_or(MaskExtent{false, 0}));
    }
    isOne &= !grid || grid->extents == found.extents;
    grid = std::move(found);
    return other();
  }
  Term other() { return term(std::nullopt); }
  Term term(std::optional<MaskExtent> extent) {
    terms.push_back(extent);
    return {static_cast<unsigned>(terms.size() - 1)};
  }

  llvm::SmallVector<std::optional<MaskExtent>> terms;
  std::optional<MaskGrid> grid;
  bool isOne = true;
};

} // namespace

std::optional<int64_t> MaskGrid::countTokens(llvm::ArrayRef<int64_t> symbols) const {
  int64_t tokens = 1;
  for (const MaskExtent &extent : extents) {
    int64_t size = extent.isSymbol ? symbols[extent.value] : extent.value;
    if (size < 0 || llvm::MulOverflow(tokens, size, tokens) || tokens > kMaskLimit)
      return std::nullopt;
  }
  return tokens;
}

std::optional<MaskGrid> attn::findMaskGrid(MaskDefinition mask) {
  GridBuilder builder;
  mask(builder);
  return builder.get();
}
