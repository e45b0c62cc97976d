// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-place-weights: walks the entry points as a run would, notes the order in which weights are first read, and lays
// them out in that order.
#include "attn/Transforms/Passes.h"
#include "dialects/Attn/AttnAttrs.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_PLACEWEIGHTSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

constexpr int64_t kAlignment = 64;
constexpr int64_t kPage = 4096;

using Globals = llvm::SetVector<Operation *>;

/// Follows the loads of globals through calls to the ops that read them.
class ReadingOrder {
public:
  ReadingOrder(ModuleOp module, Globals &order) : symbols(module), order(order) {}

  void visit(func::FuncOp function, ArrayRef<Operation *> arguments) {
    if (function.isExternal() || !active.insert(function))
      return;
    llvm::DenseMap<Value, Operation *> known;
    for (auto [argument, global] : llvm::zip_equal(function.getArguments(), arguments))
      known[argument] = global;
    function.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) { visitOp(op, known); });
    active.remove(function);
  }

private:
  void visitOp(Operation *op, llvm::DenseMap<Value, Operation *> &known) {
    if (auto load = dyn_cast<ml_program::GlobalLoadConstOp>(op)) {
      known[load] = symbols.lookup(load.getGlobal().getLeafReference());
      return;
    }
    if (auto call = dyn_cast<func::CallOp>(op)) {
      SmallVector<Operation *> passed =
          llvm::map_to_vector(call.getOperands(), [&](Value value) { return known.lookup(value); });
      if (auto callee = symbols.lookup<func::FuncOp>(call.getCallee()))
        visit(callee, passed);
      return;
    }
    for (Value operand : op->getOperands())
      if (Operation *global = known.lookup(operand))
        order.insert(global);
  }

  SymbolTable symbols;
  Globals &order;
  llvm::SetVector<Operation *> active; // Guards against recursion.
};

} // namespace

static int64_t elementBits(ml_program::GlobalOp global) {
  return cast<RankedTensorType>(global.getType()).getElementTypeBitWidth();
}

/// The bytes of a global of known size; none where the type has no size or too large a one.
static std::optional<int64_t> sizeInBytes(ml_program::GlobalOp global) {
  auto type = dyn_cast<RankedTensorType>(global.getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return std::nullopt;
  std::optional<int64_t> size = llvm::divideCeilSigned(elementBits(global), 8);
  for (int64_t dim : type.getShape())
    size = size ? llvm::checkedMul(*size, dim) : std::nullopt;
  return size && *size < (int64_t(1) << 46) ? size : std::nullopt;
}

namespace {
struct PlaceWeightsPass : public attn::impl::PlaceWeightsPassBase<PlaceWeightsPass> {
  void runOnOperation() override {
    Globals order = getOrder();
    int64_t end = 0, largestPanel = 0;
    llvm::MapVector<ArrayAttr, int64_t> places;
    for (bool panels : {true, false})
      for (Operation *op : order) {
        auto global = cast<ml_program::GlobalOp>(op);
        auto layout = global->getAttrOfType<attn::PanelsAttr>("attn.layout");
        if (bool(layout) != panels)
          continue;
        std::optional<int64_t> size = sizeInBytes(global);
        if (!size) {
          global.emitOpError("expects a weight to have a type of static shape and fewer than "
                             "2^46 bytes, but got ")
              << global.getType();
          return signalPassFailure();
        }
        if (layout)
          largestPanel =
              std::max<int64_t>(largestPanel, layout.getKblock() * layout.getPanel() * (elementBits(global) / 8));
        auto [place, isNew] = places.insert({contents(global), end});
        if (isNew)
          end += llvm::alignTo(*size, kAlignment);
        setOffset(global, place->second);
      }
    setTotal(llvm::alignTo(end + largestPanel + kPage, kAlignment));
  }

  /// What makes two globals the same bytes. A global without a source is like no other.
  ArrayAttr contents(ml_program::GlobalOp global) {
    Attribute source = global->getAttr("attn.source");
    Attribute layout = global->getAttr("attn.layout");
    Builder b(&getContext());
    if (!source)
      return b.getArrayAttr({global.getSymNameAttr()});
    return b.getArrayAttr({source, layout ? layout : b.getUnitAttr(), global.getTypeAttr()});
  }

  /// All weights: those that entry points read, in the order of reading, then the others.
  Globals getOrder() {
    Globals read, order;
    ReadingOrder reading(getOperation(), read);
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic())
        reading.visit(function, SmallVector<Operation *>(function.getNumArguments(), nullptr));
    for (auto global : getOperation().getOps<ml_program::GlobalOp>())
      if (global->hasAttr("attn.source"))
        order.insert(global);
    read.remove_if([&](Operation *op) { return !order.contains(op); });
    read.insert(order.begin(), order.end());
    return read;
  }

  void setOffset(Operation *global, int64_t offset) {
    global->setAttr("attn.offset", Builder(&getContext()).getI64IntegerAttr(offset));
  }
  void setTotal(int64_t bytes) {
    getOperation()->setAttr("attn.weights_bytes", Builder(&getContext()).getI64IntegerAttr(bytes));
  }
};
} // namespace
