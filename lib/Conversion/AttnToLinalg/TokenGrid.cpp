// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TokenGrid.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace attn;

Value TokenGrid::countInner(TileBuilder &b) const {
  Value tokens = b.index(1);
  for (Value extent : ArrayRef(extents).drop_front())
    tokens = b.mul(tokens, extent);
  return tokens;
}

Value TokenGrid::firstToken(TileBuilder &b, ValueRange outer) const {
  Value token = b.index(0);
  for (auto [axis, coordinate] : llvm::enumerate(outer))
    token = b.mul(b.add(token, coordinate), extents[axis + 1]);
  return token;
}

bool TokenGrid::isStatic() const {
  return llvm::all_of(extents, [](Value extent) { return getConstantIntValue(extent).has_value(); });
}
