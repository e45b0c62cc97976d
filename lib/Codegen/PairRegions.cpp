// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Clones of the regions that an op asks about one pair.
#include "attn/Codegen/PairRegions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace attn;

Value attn::emitPairRegion(OpBuilder &builder, const PairRegion &region, Value score, ValueRange position,
                           llvm::function_ref<Value(unsigned)> loadInput) {
  Block &body = region.body->front();
  SmallVector<Value> arguments(position);
  if (region.hasScore)
    arguments.insert(arguments.begin(), score);
  for (unsigned input = 0; input < region.inputs.size(); ++input)
    arguments.push_back(loadInput(input));
  IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &op : body.without_terminator())
    builder.clone(op, mapping);
  return mapping.lookupOrDefault(cast<YieldOp>(body.getTerminator()).getValue());
}

Value attn::emitGain(OpBuilder &builder, Location loc, Value weight, Value gain) {
  Value zero = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(weight.getType(), 0.0));
  Value none = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, weight, zero);
  Value product = arith::MulFOp::create(builder, loc, weight, gain);
  return arith::SelectOp::create(builder, loc, none, zero, product);
}
