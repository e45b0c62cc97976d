// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// attn-pack-weights. A weight reaches its matmuls through arguments of functions that several layers share, so globals
// and arguments that are connected by calls change their layout together or not at all: they form groups, and one use
// that is not a matmul spoils its group.
#include "attn/Analysis/MatmulRule.h"
#include "attn/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

namespace attn {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "attn/Transforms/Passes.h.inc"
} // namespace attn

namespace {

using Loads = SmallVector<ml_program::GlobalLoadConstOp>;

class WeightGroups {
public:
  explicit WeightGroups(ModuleOp module) : module(module), symbols(module) {}

  /// Finds the groups.
  void collect();
  /// Packs those that consist of nothing but operands of matmuls.
  void pack();

private:
  /// What stands for a place where a matrix is held: the global's operation or the function's argument.
  using Holder = void *;
  static Holder holder(BlockArgument argument) { return argument.getAsOpaquePointer(); }

  void collectUses(Holder holder, Value value);
  void collectCall(Holder holder, OpOperand &use, func::CallOp call);
  void spoilMixed();
  void packGlobal(ml_program::GlobalOp global);
  void packArgument(BlockArgument argument);
  void packUses(Value value, RankedTensorType matrix);
  bool isPackable(Holder holder) const;

  ModuleOp module;
  SymbolTable symbols;
  llvm::EquivalenceClasses<Holder> groups;
  llvm::SmallPtrSet<Holder, 16> spoiled, multiplied;
  llvm::MapVector<Operation *, Loads> globals;
  llvm::SetVector<BlockArgument> arguments;
};

} // namespace

static bool isHalf(Type type) { return type.isBF16() || type.isF16(); }

static bool isMatrix(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 2 && tensor.hasStaticShape() && tensor.getNumElements() > 0 &&
         (tensor.getElementType().isF32() || isHalf(tensor.getElementType()));
}

/// Whether `use` is the right operand, stored as outputs x inputs, of a matmul that adds up in f32.
static bool isTransposedRight(OpOperand &use) {
  auto matmul = dyn_cast<linalg::MatmulOp>(use.getOwner());
  if (!matmul || use.getOperandNumber() != 1 || !matmul.hasUserDefinedMaps() ||
      !getElementTypeOrSelf(matmul.getDpsInits()[0]).isF32())
    return false;
  MLIRContext *context = matmul.getContext();
  AffineExpr m, n, k;
  bindDims(context, m, n, k);
  return matmul.getIndexingMapsArray() ==
         AffineMap::inferFromExprList({ArrayRef<AffineExpr>{m, k}, {n, k}, {m, n}}, context);
}

/// A tied embedding is read by row and multiplied: it becomes two globals, each in the layout that its readers like.
static void splitTied(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::MapVector<Operation *, std::pair<SmallVector<OpOperand *>, bool>> readers;
  module.walk([&](ml_program::GlobalLoadConstOp load) {
    Operation *global = symbols.lookup(load.getGlobal().getLeafReference());
    for (OpOperand &use : load->getUses())
      if (isTransposedRight(use))
        readers[global].second = true;
      else if (!isa<func::CallOp>(use.getOwner()))
        readers[global].first.push_back(&use);
  });
  for (auto &[op, reads] : readers) {
    auto global = dyn_cast_or_null<ml_program::GlobalOp>(op);
    auto &[others, isMultiplied] = reads;
    if (!global || global.getIsMutable() || !isMatrix(global.getType()) || !isMultiplied || others.empty())
      continue;
    ml_program::GlobalOp rows = global.clone();
    rows.setSymName((global.getSymName() + ".rows").str());
    symbols.insert(rows, std::next(Block::iterator(global)));
    for (OpOperand *use : others) {
      Operation *load = use->get().getDefiningOp();
      OpBuilder builder(load);
      use->set(
          ml_program::GlobalLoadConstOp::create(builder, load->getLoc(), rows.getType(), FlatSymbolRefAttr::get(rows)));
    }
  }
}

void WeightGroups::collect() {
  for (auto global : module.getOps<ml_program::GlobalOp>())
    if (!global.getIsMutable() && isMatrix(global.getType()))
      globals[global];
  module.walk([&](ml_program::GlobalLoadConstOp load) {
    auto global = symbols.lookup<ml_program::GlobalOp>(load.getGlobal().getLeafReference());
    if (auto found = globals.find(global); global && found != globals.end())
      found->second.push_back(load);
  });
  for (auto &[global, loads] : globals) {
    groups.insert(global);
    for (ml_program::GlobalLoadConstOp load : loads)
      collectUses(global, load);
  }
}

void WeightGroups::collectUses(Holder holder, Value value) {
  for (OpOperand &use : value.getUses()) {
    if (isTransposedRight(use))
      multiplied.insert(holder);
    else if (auto call = dyn_cast<func::CallOp>(use.getOwner()))
      collectCall(holder, use, call);
    else
      spoiled.insert(holder);
  }
}

/// The callee's argument joins the caller's group; when the function is seen from outside, the group is spoiled.
void WeightGroups::collectCall(Holder from, OpOperand &use, func::CallOp call) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  if (!callee || callee.isExternal() || !callee.isPrivate()) {
    spoiled.insert(from);
    return;
  }
  BlockArgument argument = callee.getArgument(use.getOperandNumber());
  groups.unionSets(from, holder(argument));
  if (!arguments.insert(argument))
    return;
  collectUses(holder(argument), argument);
}

bool WeightGroups::isPackable(Holder member) const {
  bool isMultiplied = false;
  for (auto it = groups.findLeader(member); it != groups.member_end(); ++it) {
    if (spoiled.contains(*it))
      return false;
    isMultiplied |= multiplied.contains(*it);
  }
  return isMultiplied;
}

/// What else callers pass where a weight arrives: a value of no group spoils the one it meets.
void WeightGroups::spoilMixed() {
  for (BlockArgument argument : arguments) {
    auto callee = cast<func::FuncOp>(argument.getOwner()->getParentOp());
    auto uses = SymbolTable::getSymbolUses(callee, module);
    for (SymbolTable::SymbolUse use : *uses) {
      auto caller = dyn_cast<func::CallOp>(use.getUser());
      Value passed = caller ? caller.getOperand(argument.getArgNumber()) : Value();
      auto load = passed ? passed.getDefiningOp<ml_program::GlobalLoadConstOp>() : nullptr;
      Operation *global = load ? symbols.lookup(load.getGlobal().getLeafReference()) : nullptr;
      auto outer = dyn_cast_or_null<BlockArgument>(passed);
      if (!(global && globals.count(global)) && !(outer && arguments.contains(outer)))
        spoiled.insert(holder(argument));
    }
  }
}

void WeightGroups::pack() {
  spoilMixed();
  // Decided before anything changes: packing adds uses.
  SmallVector<ml_program::GlobalOp> packedGlobals;
  SmallVector<BlockArgument> packedArguments;
  for (auto &[global, loads] : globals)
    if (isPackable(global))
      packedGlobals.push_back(cast<ml_program::GlobalOp>(global));
  for (BlockArgument argument : arguments)
    if (isPackable(holder(argument)))
      packedArguments.push_back(argument);
  for (ml_program::GlobalOp global : packedGlobals)
    packGlobal(global);
  for (BlockArgument argument : packedArguments)
    packArgument(argument);
}

static RankedTensorType packedType(RankedTensorType matrix) {
  auto layout = attn::choosePanels(matrix.getContext(), matrix.getDimSize(0), matrix.getDimSize(1));
  return matrix.clone(layout.getPackedShape());
}

void WeightGroups::packGlobal(ml_program::GlobalOp global) {
  auto matrix = cast<RankedTensorType>(global.getType());
  RankedTensorType packed = packedType(matrix);
  global->setAttr("attn.layout", attn::choosePanels(global.getContext(), matrix.getDimSize(0), matrix.getDimSize(1)));
  global.setType(packed);
  if (isa_and_nonnull<ml_program::ExternAttr>(global.getValueAttr()))
    global.setValueAttr(ml_program::ExternAttr::get(global.getContext(), packed));
  for (ml_program::GlobalLoadConstOp load : globals[global]) {
    load.getResult().setType(packed);
    packUses(load, matrix);
  }
}

void WeightGroups::packArgument(BlockArgument argument) {
  auto matrix = cast<RankedTensorType>(argument.getType());
  argument.setType(packedType(matrix));
  auto function = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  SmallVector<Type> inputs(function.getBody().getArgumentTypes());
  function.setType(FunctionType::get(function.getContext(), inputs, function.getResultTypes()));
  packUses(argument, matrix);
}

/// Unpacks for each matmul by itself, so that the unpack goes when the matmul does.
void WeightGroups::packUses(Value value, RankedTensorType matrix) {
  for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
    if (!isa<linalg::MatmulOp>(use.getOwner()))
      continue;
    OpBuilder builder(use.getOwner());
    Location loc = use.getOwner()->getLoc();
    auto packed = cast<RankedTensorType>(value.getType());
    SmallVector<OpFoldResult> tiles = {builder.getIndexAttr(packed.getDimSize(2)),
                                       builder.getIndexAttr(packed.getDimSize(3))};
    Value dest = tensor::EmptyOp::create(builder, loc, matrix.getShape(), matrix.getElementType());
    auto unpack = linalg::UnPackOp::create(builder, loc, value, dest,
                                           /*innerDimsPos=*/ArrayRef<int64_t>{1, 0}, tiles,
                                           /*outerDimsPerm=*/ArrayRef<int64_t>{1, 0});
    use.set(unpack.getResult());
  }
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// What a linalg.generic widens to f32, element by element in place; null when the op does anything else.
static Value getWidened(Value value) {
  auto op = value.getDefiningOp<linalg::GenericOp>();
  if (!op || op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 || op.getNumParallelLoops() != op.getNumLoops() ||
      !llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isIdentity(); }))
    return Value();
  auto extend = op.getBody()->getTerminator()->getOperand(0).getDefiningOp<arith::ExtFOp>();
  bool isExtension = extend && extend.getIn() == op.getBody()->getArgument(0) && extend.getType().isF32();
  return isExtension && isHalf(extend.getIn().getType()) ? op.getDpsInputs()[0] : Value();
}

/// A matmul widens the operands that it reads by itself: weights that somebody widened before are read as they are
/// stored.
static void foldConversions(ModuleOp module) {
  SmallVector<linalg::MatmulOp> matmuls;
  module.walk([&](linalg::MatmulOp op) { matmuls.push_back(op); });
  for (linalg::MatmulOp matmul : matmuls) {
    Value left = matmul.getDpsInputs()[0], right = matmul.getDpsInputs()[1];
    Value narrow = getWidened(right);
    if (!narrow)
      continue;
    OpBuilder b(matmul);
    auto folded = linalg::MatmulOp::create(b, matmul.getLoc(), matmul.getResultTypes(), ValueRange{left, narrow},
                                           matmul.getDpsInits());
    folded.setIndexingMapsAttr(matmul.getIndexingMapsAttr());
    folded->setDiscardableAttrs(matmul->getDiscardableAttrDictionary());
    matmul.replaceAllUsesWith(folded.getResults());
    Operation *widening = right.getDefiningOp();
    matmul.erase();
    if (isOpTriviallyDead(widening))
      widening->erase();
  }
}

namespace {
struct PackWeightsPass : public attn::impl::PackWeightsPassBase<PackWeightsPass> {
  void runOnOperation() override {
    // First, so that a weight that is widened for a matmul only is no tied one.
    foldConversions(getOperation());
    splitTied(getOperation());
    WeightGroups groups(getOperation());
    groups.collect();
    groups.pack();
  }
};
} // namespace
