// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A builder that gives symbols other numbers: what masks need whose parts share a list of symbols, or whose symbols are
// bound to the same elements.
#ifndef DIALECTS_ATTN_RENAMEDSYMBOLS_H
#define DIALECTS_ATTN_RENAMEDSYMBOLS_H

#include "dialects/Attn/MaskBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn {

/// Hands everything on to another builder, but says `rename(index)` for symbol `index`.
class RenamedSymbols final : public MaskBuilder {
public:
  RenamedSymbols(MaskBuilder &b, llvm::function_ref<unsigned(unsigned)> rename) : b(b), rename(rename) {}

  Term batch() override { return b.batch(); }
  Term head() override { return b.head(); }
  Term query() override { return b.query(); }
  Term key() override { return b.key(); }
  Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return b.queryAt(extents, axis); }
  Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) override { return b.keyAt(extents, axis); }
  Term queries() override { return b.queries(); }
  Term keys() override { return b.keys(); }
  Term symbol(unsigned index) override { return b.symbol(rename(index)); }
  Term literal(int64_t value) override { return b.literal(value); }
  Term add(Term lhs, Term rhs) override { return b.add(lhs, rhs); }
  Term sub(Term lhs, Term rhs) override { return b.sub(lhs, rhs); }
  Term mul(Term lhs, int64_t rhs) override { return b.mul(lhs, rhs); }
  Term floorDiv(Term lhs, int64_t rhs) override { return b.floorDiv(lhs, rhs); }
  Term mod(Term lhs, int64_t rhs) override { return b.mod(lhs, rhs); }
  Term min(Term lhs, Term rhs) override { return b.min(lhs, rhs); }
  Term max(Term lhs, Term rhs) override { return b.max(lhs, rhs); }
  Truth ge(Term lhs, Term rhs) override { return b.ge(lhs, rhs); }
  Truth eq(Term lhs, Term rhs) override { return b.eq(lhs, rhs); }
  Truth all(llvm::ArrayRef<Truth> operands) override { return b.all(operands); }
  Truth any(llvm::ArrayRef<Truth> operands) override { return b.any(operands); }
  Truth negate(Truth operand) override { return b.negate(operand); }

private:
  MaskBuilder &b;
  llvm::function_ref<unsigned(unsigned)> rename;
};

} // namespace attn

#endif // DIALECTS_ATTN_RENAMEDSYMBOLS_H
