// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vocabulary in which a mask says what it means. A mask attribute calls these functions once; each reading of the
// mask (scalar test, tile test, key bounds, Presburger set) is a subclass that decides what a term and a truth are.
// Attributes must not look inside them.
#ifndef DIALECTS_ATTN_MASKBUILDER_H
#define DIALECTS_ATTN_MASKBUILDER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace attn {

/// No position, size or literal of a mask exceeds this, so that masks are computed in 64 bits without overflow.
constexpr int64_t kMaskLimit = int64_t(1) << 40;

/// An integer: a position, a size, a symbol or arithmetic on them. The handle indexes the builder's own table.
struct Term {
  unsigned id;
};

/// A statement that holds or not for a (batch, head, query, key).
struct Truth {
  unsigned id;
};

/// No grid of tokens has more axes.
constexpr unsigned kMaxGridAxes = 4;

/// What a mask may be made of.
class MaskBuilder {
public:
  virtual ~MaskBuilder() = default;

  virtual Term batch() = 0;
  virtual Term head() = 0;
  /// The position of the query or key, counted over the whole sequence even when the op computes a slice.
  virtual Term query() = 0;
  virtual Term key() = 0;
  /// The coordinate of the query (key) on one axis of a grid in which the tokens lie in row-major order. `extents`, one
  /// to kMaxGridAxes literals or symbols that are the same for all queries and keys, stand outermost first.
  virtual Term queryAt(llvm::ArrayRef<Term> extents, unsigned axis) = 0;
  virtual Term keyAt(llvm::ArrayRef<Term> extents, unsigned axis) = 0;
  /// The number of queries and keys of the whole problem.
  virtual Term queries() = 0;
  virtual Term keys() = 0;
  /// The value of run-time symbol `index`.
  virtual Term symbol(unsigned index) = 0;
  virtual Term literal(int64_t value) = 0;

  virtual Term add(Term lhs, Term rhs) = 0;
  virtual Term sub(Term lhs, Term rhs) = 0;
  virtual Term mul(Term lhs, int64_t rhs) = 0;
  /// Division rounding towards minus infinity, and its remainder; `rhs` > 0.
  virtual Term floorDiv(Term lhs, int64_t rhs) = 0;
  virtual Term mod(Term lhs, int64_t rhs) = 0;
  virtual Term min(Term lhs, Term rhs) = 0;
  virtual Term max(Term lhs, Term rhs) = 0;

  virtual Truth ge(Term lhs, Term rhs) = 0;
  virtual Truth eq(Term lhs, Term rhs) = 0;
  virtual Truth all(llvm::ArrayRef<Truth> operands) = 0;
  virtual Truth any(llvm::ArrayRef<Truth> operands) = 0;
  virtual Truth negate(Truth operand) = 0;
};

/// How long an axis of a grid is: `value` tokens, or what symbol number `value` holds.
struct MaskExtent {
  bool isSymbol;
  int64_t value;
  bool operator==(const MaskExtent &other) const { return isSymbol == other.isSymbol && value == other.value; }
};

/// Something that must hold of the run-time symbols of a mask and of the sizes of the problem, or the run fails.
struct MaskRequirement {
  enum class Kind : uint8_t {
    /// Symbol `symbol` is at least `least`, wherever it is read.
    AtLeast,
    /// Symbol `symbol` does not fall from a query to the next. Its least value over some rows is therefore that of the
    /// first one, its greatest that of the last.
    NonDecreasing,
    /// The grid of `extents` has as many tokens as the whole problem has queries, and as it has keys.
    FillsGrid
  };
  Kind kind;
  unsigned symbol = 0;
  int64_t least = 0;
  llvm::SmallVector<MaskExtent, kMaxGridAxes> extents = {};
};

} // namespace attn

#endif // DIALECTS_ATTN_MASKBUILDER_H
