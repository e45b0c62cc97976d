// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A small graph of integer and boolean expressions over named inputs, folded and made unique as it grows. The readings
// of a mask build it; code generation turns it into arith ops, tools and tests compute it with numbers. What is tested
// with numbers is therefore what is emitted.
#ifndef ATTN_ANALYSIS_INDEXGRAPH_H
#define ATTN_ANALYSIS_INDEXGRAPH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <tuple>

namespace attn {

/// An integer expression: the number of its node.
struct IndexExpr {
  unsigned id;
  bool operator==(IndexExpr other) const { return id == other.id; }
};

/// A boolean expression: the number of its node.
struct BoolExpr {
  unsigned id;
  bool operator==(BoolExpr other) const { return id == other.id; }
};

/// The values an expression can take, both ends included. INT64_MIN and INT64_MAX stand for "unknown".
struct IndexRange {
  int64_t lo = INT64_MIN;
  int64_t hi = INT64_MAX;
};

/// Expressions are appended after their operands, so that the numbers of nodes are a topological order.
class IndexGraph {
public:
  enum class Kind : uint8_t {
    Input,
    Constant,
    Add,
    Sub,
    Mul,
    FloorDiv,
    Mod,
    MulBy,
    FloorDivBy,
    ModBy,
    Min,
    Max,
    Select,
    // From here on boolean.
    Truth,
    Ge,
    Lt,
    Eq,
    Ne,
    And,
    Or
  };

  /// Operands are node numbers; `value` is the number of an input, a constant, or the constant right-hand side of Mul,
  /// FloorDiv and Mod, whose forms with an expression there end in By. Select chooses `a` where condition `c` holds,
  /// `b` elsewhere.
  struct Node {
    Kind kind;
    unsigned a = 0, b = 0, c = 0;
    int64_t value = 0;
    IndexRange range = {};
  };

  /// No position, size or literal of a mask exceeds this, so that sums and differences of a few of them cannot
  /// overflow. An expression of unknown range (a run-time symbol) is clamped to it before it enters arithmetic;
  /// comparing it needs no clamp.
  static constexpr int64_t kLimit = int64_t(1) << 40;

  IndexExpr input(unsigned number, IndexRange range = {});
  IndexExpr constant(int64_t value);
  BoolExpr truth(bool value);

  IndexExpr add(IndexExpr lhs, IndexExpr rhs);
  IndexExpr sub(IndexExpr lhs, IndexExpr rhs);
  IndexExpr mul(IndexExpr lhs, int64_t rhs);
  /// Rounds towards minus infinity; `rhs` > 0.
  IndexExpr floorDiv(IndexExpr lhs, int64_t rhs);
  IndexExpr ceilDiv(IndexExpr lhs, int64_t rhs);
  IndexExpr mod(IndexExpr lhs, int64_t rhs);
  /// The same with an expression; divisors are positive by their range.
  IndexExpr mul(IndexExpr lhs, IndexExpr rhs);
  IndexExpr floorDiv(IndexExpr lhs, IndexExpr rhs);
  IndexExpr mod(IndexExpr lhs, IndexExpr rhs);
  IndexExpr min(IndexExpr lhs, IndexExpr rhs);
  IndexExpr max(IndexExpr lhs, IndexExpr rhs);
  IndexExpr select(BoolExpr condition, IndexExpr lhs, IndexExpr rhs);
  /// `expr` brought into [lo, hi], where lo <= hi. Unlike min and max it is kept where the ranges of inputs say that it
  /// is not needed: what keeps memory accesses inside does not trust them.
  IndexExpr guard(IndexExpr expr, IndexExpr lo, IndexExpr hi);

  BoolExpr ge(IndexExpr lhs, IndexExpr rhs);
  BoolExpr lt(IndexExpr lhs, IndexExpr rhs) { return negate(ge(lhs, rhs)); }
  BoolExpr eq(IndexExpr lhs, IndexExpr rhs);
  BoolExpr conjunction(BoolExpr lhs, BoolExpr rhs);
  BoolExpr disjunction(BoolExpr lhs, BoolExpr rhs);
  BoolExpr negate(BoolExpr operand);

  std::optional<int64_t> getConstant(IndexExpr expr) const;
  std::optional<bool> getConstant(BoolExpr expr) const;
  IndexRange getRange(IndexExpr expr) const { return nodes[expr.id].range; }
  llvm::ArrayRef<Node> getNodes() const { return nodes; }

  /// The nodes that `roots` depend on, roots included, in topological order.
  llvm::SmallVector<unsigned> getReachable(llvm::ArrayRef<unsigned> roots) const;
  /// Whether `roots` depend on an input.
  bool reads(llvm::ArrayRef<unsigned> roots, int64_t input) const;

  /// The number of operands of a node that are nodes.
  static unsigned getNumOperands(Kind kind);
  static bool isBool(Kind kind) { return kind >= Kind::Truth; }

private:
  /// An expression as the sum of another and a constant.
  struct Sum {
    IndexExpr base;
    int64_t offset;
  };

  unsigned append(Node node);
  IndexExpr index(Node node) { return {append(node)}; }
  BoolExpr boolean(Node node) { return {append(node)}; }
  Sum split(IndexExpr expr);
  IndexExpr shift(IndexExpr expr, int64_t offset);
  IndexExpr clampUnknown(IndexExpr expr);
  IndexRange rangeOf(const Node &node) const;
  BoolExpr combine(Kind kind, BoolExpr lhs, BoolExpr rhs);

  llvm::SmallVector<Node, 0> nodes;
  using Key = std::tuple<unsigned, unsigned, unsigned, unsigned, int64_t>;
  llvm::DenseMap<Key, unsigned> numbers;
};

/// Computes the nodes of a graph with numbers. Inputs that the evaluated expressions do not depend on may hold
/// anything.
class IndexGraphEvaluator {
public:
  IndexGraphEvaluator(const IndexGraph &graph, llvm::ArrayRef<unsigned> roots)
      : graph(graph), order(graph.getReachable(roots)), values(graph.getNodes().size()) {}

  /// Gives the inputs their values and computes everything the roots need.
  void run(llvm::ArrayRef<int64_t> inputs);
  int64_t get(IndexExpr expr) const { return values[expr.id]; }
  bool get(BoolExpr expr) const { return values[expr.id] != 0; }

private:
  const IndexGraph &graph;
  llvm::SmallVector<unsigned> order;
  llvm::SmallVector<int64_t, 0> values;
};

} // namespace attn

#endif // ATTN_ANALYSIS_INDEXGRAPH_H
