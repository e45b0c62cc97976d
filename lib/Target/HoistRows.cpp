// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "HoistRows.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace {
/// More pointers than that do not fit into registers beside what else a loop needs.
constexpr size_t kMostRows = 10;

/// The first element of a row, as far as the loop is concerned: a base, and how many elements of a type behind it.
using Row = std::tuple<Value *, Value *, Type *>;

} // namespace

/// The address base[row + within] of a scalar that is loaded, with one summand of each kind.
static std::optional<std::pair<Row, GetElementPtrInst *>> matchElement(Instruction &instruction, const Loop &loop) {
  auto *load = dyn_cast<LoadInst>(&instruction);
  if (!load || !load->getType()->isFloatingPointTy())
    return std::nullopt;
  auto *address = dyn_cast<GetElementPtrInst>(load->getPointerOperand());
  if (!address || !loop.contains(address) || address->getNumIndices() != 1 ||
      !loop.isLoopInvariant(address->getPointerOperand()))
    return std::nullopt;
  auto *sum = dyn_cast<BinaryOperator>(address->getOperand(1));
  if (!sum || sum->getOpcode() != Instruction::Add)
    return std::nullopt;
  Value *row = sum->getOperand(0), *within = sum->getOperand(1);
  if (loop.isLoopInvariant(within))
    std::swap(row, within);
  if (!loop.isLoopInvariant(row) || loop.isLoopInvariant(within) || isa<Constant>(row))
    return std::nullopt;
  return std::pair(Row{address->getPointerOperand(), row, address->getSourceElementType()}, address);
}

/// Whether anything changed.
static bool hoistRows(Loop &loop) {
  BasicBlock *preheader = loop.getLoopPreheader();
  if (!preheader || !loop.isInnermost())
    return false;
  MapVector<Row, SetVector<GetElementPtrInst *>> rows;
  for (BasicBlock *block : loop.blocks())
    for (Instruction &instruction : *block)
      if (auto found = matchElement(instruction, loop))
        rows[found->first].insert(found->second);
  if (rows.size() < 2 || rows.size() > kMostRows)
    return false;
  for (auto &[row, addresses] : rows) {
    auto [base, offset, type] = row;
    Value *start = IRBuilder<>(preheader->getTerminator()).CreateGEP(type, base, offset);
    for (GetElementPtrInst *address : addresses) {
      auto *sum = cast<BinaryOperator>(address->getOperand(1));
      Value *within = sum->getOperand(sum->getOperand(0) == offset ? 1 : 0);
      // Not known to be in bounds: the sum of both is, one of them need not be.
      address->replaceAllUsesWith(IRBuilder<>(address).CreateGEP(type, start, within));
      address->eraseFromParent();
    }
  }
  return true;
}

PreservedAnalyses attn::HoistRowsPass::run(Function &function, FunctionAnalysisManager &analyses) {
  bool changed = false;
  for (Loop *loop : analyses.getResult<LoopAnalysis>(function).getLoopsInPreorder())
    changed |= hoistRows(*loop);
  if (!changed)
    return PreservedAnalyses::all();
  PreservedAnalyses preserved;
  preserved.preserveSet<CFGAnalyses>();
  return preserved;
}
