// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each mask means: one function each, in the order of AttnAttrs.td.
#include "dialects/Attn/AttnAttrs.h"

using namespace mlir;
using namespace attn;

//===----------------------------------------------------------------------===//
// causal
//===----------------------------------------------------------------------===//

Truth CausalAttr::build(MaskBuilder &b) const {
  Term last = b.query();
  if (getBottomRight())
    last = b.add(last, b.sub(b.keys(), b.queries()));
  if (getOffset() != 0)
    last = b.add(last, b.literal(getOffset()));
  return b.ge(last, b.key());
}

bool CausalAttr::readsExtent() const { return getBottomRight(); }

//===----------------------------------------------------------------------===//
// length
//===----------------------------------------------------------------------===//

Truth LengthAttr::build(MaskBuilder &b) const {
  return b.ge(b.sub(b.symbol(0), b.literal(1)), b.key());
}

unsigned LengthAttr::getNumSymbols() const { return 1; }
