// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "attn/Analysis/MaskSymbols.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;

/// The extents that are symbols.
static void appendExtents(const std::string &mask, llvm::ArrayRef<int64_t> grid, std::vector<std::string> &names) {
  for (auto [axis, extent] : llvm::enumerate(grid))
    if (mlir::ShapedType::isDynamic(extent))
      names.push_back(mask + ".grid" + std::to_string(axis));
}

static void append(MaskAttrInterface mask, std::vector<std::string> &names) {
  llvm::SmallVector<MaskAttrInterface> operands;
  if (auto conjunction = llvm::dyn_cast<AndAttr>(mask))
    operands.assign(conjunction.getOperands().begin(), conjunction.getOperands().end());
  else if (auto disjunction = llvm::dyn_cast<OrAttr>(mask))
    operands.assign(disjunction.getOperands().begin(), disjunction.getOperands().end());
  else if (auto negation = llvm::dyn_cast<NotAttr>(mask))
    operands.push_back(negation.getOperand());
  for (MaskAttrInterface operand : operands)
    append(operand, names);
  if (!operands.empty() || mask.getNumSymbols() == 0)
    return;
  if (llvm::isa<SegmentsAttr>(mask)) {
    names.insert(names.end(), {"segments.first", "segments.end"});
    return;
  }
  if (auto neighborhood = llvm::dyn_cast<NeighborhoodAttr>(mask))
    return appendExtents("neighborhood", neighborhood.getGrid(), names);
  if (auto set = llvm::dyn_cast<SetAttr>(mask))
    return appendExtents("set", set.getGrid(), names);
  std::string text;
  llvm::raw_string_ostream(text) << mask;
  names.push_back(llvm::StringRef(text).drop_front(strlen("#attn.")).str());
}

std::vector<std::string> attn::getMaskSymbolNames(MaskAttrInterface mask) {
  std::vector<std::string> names;
  if (mask)
    append(mask, names);
  return names;
}
