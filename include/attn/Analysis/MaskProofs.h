// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Proofs about masks: that some hold nowhere where others do, in all problems that an op can meet. Implication,
// emptiness and fullness are questions of this form. A proof is sound; that none was found says nothing.
#ifndef ATTN_ANALYSIS_MASKPROOFS_H
#define ATTN_ANALYSIS_MASKPROOFS_H

#include "attn/Analysis/ExampleSearch.h"
#include "attn/Analysis/IndexGraph.h"
#include "attn/Analysis/MaskReadings.h"
#include "dialects/Attn/AttnAttrs.h"
#include <array>
#include <vector>

namespace attn {

/// A mask, and for each of its symbols the number by which the scope knows it.
struct BoundMask {
  MaskAttrInterface mask;
  llvm::SmallVector<unsigned, 2> symbols;

  bool operator==(const BoundMask &other) const { return mask == other.mask && symbols == other.symbols; }
};

/// The operands of a connective, each with its own symbols; none for other masks.
llvm::SmallVector<BoundMask> getMaskOperands(const BoundMask &mask);

/// The problems in which masks are read.
struct MaskScope {
  /// What positions and sizes can be, numbered like MaskInput; a position's range is that of its first number.
  std::array<IndexRange, MaskInput::kSymbols> inputs;
  /// What symbols can be. A symbol may differ from score to score unless its range holds one number.
  std::vector<IndexRange> symbols;
  /// Positions are those of the whole problem: queries lie below the number of queries, keys below that of keys.
  bool isWhole = true;
  /// There are as many queries as keys.
  bool isSquare = false;

  MaskScope();
  void setBatches(int64_t least, int64_t count) { inputs[MaskInput::Batch] = {least, least + count - 1}; }
  void setHeads(int64_t least, int64_t count) { inputs[MaskInput::Head] = {least, least + count - 1}; }
  /// A whole problem of that many queries and keys, both ends included.
  void setQueries(IndexRange count);
  void setKeys(IndexRange count);
};

/// How something was proved, in the order in which it is tried.
enum class ProofMethod : uint8_t { Structural, Intervals, Presburger, Exhaustive };

struct MaskProof {
  ProofMethod method;
  /// It does not depend on the sizes and symbols that the scope happens to know.
  bool forAllSizes;

  /// `Presburger, for all sizes`
  std::string getText() const;
};

/// Answers questions about masks in one scope. Work is bounded: questions beyond the bounds are not answered.
class MaskProver {
public:
  explicit MaskProver(const MaskScope &scope) : scope(scope) {}

  /// That no score is visible in all of `holds` and in none of `fails`.
  std::optional<MaskProof> proveNowhere(llvm::ArrayRef<BoundMask> holds, llvm::ArrayRef<BoundMask> fails);

  /// Whether an example showed the last claim to be wrong. It is then wrong with fewer masks, too.
  bool wasRefuted() const { return isRefuted; }

  const MaskScope &getScope() const { return scope; }

private:
  struct Statement;

  std::optional<ProofMethod> prove(const Statement &statement, const MaskScope &in, bool refute);
  ExampleSearch::Answer searchExample(const Statement &statement, const PointReading &point);
  ExampleSearch::Answer searchHeads(ExampleSearch &search, MaskProblem problem, int64_t steps);
  MaskProblem makeExample(const Statement &statement, int64_t size, llvm::ArrayRef<int64_t> symbols) const;
  bool proveByPresburger(const IndexGraph &graph, BoolExpr visible, const MaskScope &in);

  MaskScope scope;
  bool isRefuted = false;
  /// What may still be asked of the solver and looked at in searches.
  int64_t solverBudget = 96, searchBudget = int64_t(1) << 14;
};

} // namespace attn

#endif // ATTN_ANALYSIS_MASKPROOFS_H
