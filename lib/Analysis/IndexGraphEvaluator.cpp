// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index graphs with numbers.
#include "WrappingArithmetic.h"
#include "attn/Analysis/IndexGraph.h"
#include <algorithm>
#include <cassert>

using namespace attn;
using Kind = IndexGraph::Kind;

/// The value of a node of kind `kind`, given those of its operands.
static int64_t compute(Kind kind, int64_t a, int64_t b, int64_t c, int64_t value) {
  switch (kind) {
  case Kind::Input:
    break;
  case Kind::Constant:
  case Kind::Truth:
    return value;
  case Kind::Add:
    return wrapAdd(a, b);
  case Kind::Sub:
    return wrapSub(a, b);
  case Kind::Mul:
    return wrapMul(a, value);
  case Kind::FloorDiv:
    return floorDivOf(a, value);
  case Kind::Mod:
    return modOf(a, value);
  case Kind::MulBy:
    return wrapMul(a, b);
  case Kind::FloorDivBy:
    return floorDivOf(a, b);
  case Kind::ModBy:
    return modOf(a, b);
  case Kind::Min:
    return std::min(a, b);
  case Kind::Max:
    return std::max(a, b);
  case Kind::Select:
    return c ? a : b;
  case Kind::Ge:
    return a >= b;
  case Kind::Lt:
    return a < b;
  case Kind::Eq:
    return a == b;
  case Kind::Ne:
    return a != b;
  case Kind::And:
    return a & b;
  case Kind::Or:
    return a | b;
  }
  assert(false && "inputs have no operands");
  return 0;
}

void IndexGraphEvaluator::run(llvm::ArrayRef<int64_t> inputs) {
  for (unsigned id : order) {
    const IndexGraph::Node &node = graph.getNodes()[id];
    values[id] = node.kind == Kind::Input
                     ? inputs[node.value]
                     : compute(node.kind, values[node.a], values[node.b], values[node.c], node.value);
  }
}
