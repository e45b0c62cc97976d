// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "OperationTrace.h"

using namespace mlir;
using namespace attn;

std::string attn::operationName(Operation *op, StringRef kind) {
  Location loc = op->getLoc();
  if (auto name = loc->findInstanceOf<NameLoc>())
    return name.getName().str();
  return kind.str();
}

std::string attn::describe(Attribute attribute) {
  std::string text;
  if (attribute)
    llvm::raw_string_ostream(text) << attribute;
  return text.empty() ? "none" : text;
}

OpBeginOp attn::emitScoringBegin(TileBuilder &b, const AttentionProblem &p, StringRef name, StringRef kind) {
  auto begin = OpBeginOp::create(b, name, kind);
  std::string kernel = (p.isShort() ? "short " : "tiled ") + std::to_string(p.schedule.getStrip()) + "x" +
                       std::to_string(p.schedule.getPanel());
  begin->setAttr("kernel", b.getStringAttr(kernel));
  begin->setAttr("mask", b.getStringAttr(describe(p.scoring.getMaskAttr())));
  begin->setAttr("schedule", p.schedule);
  return begin;
}

Value attn::sumVisited(TileBuilder &b, const AttentionProblem &p, Value visited) {
  Value zero = b.index(0);
  auto over = [&](Value size, Value from, llvm::function_ref<Value(Value, Value)> body) {
    return b.loop(zero, size, 1, from,
                  [&](Value i, ValueRange sum) -> SmallVector<Value> { return {body(i, sum[0])}; })[0];
  };
  return over(p.batch, zero, [&](Value batch, Value sum) {
    return over(b.dim(visited, 1), sum, [&](Value head, Value sum) {
      return over(b.dim(visited, 2), sum, [&](Value block, Value sum) -> Value {
        return b.add(sum, tensor::ExtractOp::create(b, visited, ValueRange{batch, head, block}));
      });
    });
  });
}
