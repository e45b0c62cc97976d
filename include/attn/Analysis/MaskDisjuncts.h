// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A mask's definition written down, so that parts of it can be read on their own: a union of bands has one hull from
// the first key to the last, but each of its disjuncts has a hull of its own.
#ifndef ATTN_ANALYSIS_MASKDISJUNCTS_H
#define ATTN_ANALYSIS_MASKDISJUNCTS_H

#include "attn/Analysis/MaskReadings.h"
#include <memory>
#include <vector>

namespace attn {

/// Statements of which at least one holds where the mask does. One that nobody reads differently from the whole mask is
/// the mask itself.
class MaskDisjuncts {
public:
  /// Ands are distributed over ors as long as there are at most `most` disjuncts; beyond that a part stays whole.
  MaskDisjuncts(MaskDefinition mask, size_t most);
  ~MaskDisjuncts();

  size_t size() const { return disjuncts.size(); }
  /// Says disjunct `number` to another builder.
  Truth build(size_t number, MaskBuilder &b) const;

private:
  struct Recorder;
  /// A conjunction of recorded statements, each of which holds or does not.
  struct Literal {
    unsigned truth;
    bool holds;
  };
  using Conjunction = std::vector<Literal>;

  std::vector<Conjunction> expand(Literal literal) const;
  std::vector<Conjunction> join(const std::vector<unsigned> &operands, bool holds) const;

  std::unique_ptr<Recorder> recorded;
  size_t most;
  std::vector<Conjunction> disjuncts;
};

} // namespace attn

#endif // ATTN_ANALYSIS_MASKDISJUNCTS_H
