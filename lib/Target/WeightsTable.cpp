// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the globals that say what the weights are. Offsets come from IR that
// anybody may have written, so every size is checked before it is used.
#include "WeightsTable.h"
#include "attn/Analysis/Signature.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace attn {

static std::optional<uint64_t> getBytes(ArrayRef<int64_t> shape, attn_rt_dtype dtype) {
  std::optional<uint64_t> bytes = (dtype & 0xff) / 8;
  for (int64_t size : shape)
    bytes = bytes ? llvm::checkedMulUnsigned<uint64_t>(*bytes, size) : bytes;
  return bytes;
}

static LogicalResult readSources(ml_program::GlobalOp global, WeightEntry &entry) {
  Attribute attr = global->getAttr("attn.source");
  if (auto source = dyn_cast<StringAttr>(attr)) {
    entry.sources.push_back(source.str());
    return success();
  }
  auto sources = dyn_cast<ArrayAttr>(attr);
  if (!sources || sources.empty() || !llvm::all_of(sources, [](Attribute source) { return isa<StringAttr>(source); }))
    return global.emitOpError("expects attn.source to be a string or an array "
                              "of strings, but got ")
           << attr;
  for (Attribute source : sources)
    entry.sources.push_back(cast<StringAttr>(source).str());
  return success();
}

static LogicalResult readLayout(ml_program::GlobalOp global, WeightEntry &entry) {
  Attribute attr = global->getAttr("attn.layout");
  if (!attr)
    return success();
  entry.panels = dyn_cast<PanelsAttr>(attr);
  if (!entry.panels)
    return global.emitOpError("expects attn.layout to be #attn.panels, but got ") << attr;
  bool isNumber = entry.dtype == ATTN_RT_F32 || entry.dtype == ATTN_RT_BF16 || entry.dtype == ATTN_RT_F16;
  if (ArrayRef<int64_t>(entry.panels.getPackedShape()) != ArrayRef<int64_t>(entry.shape) || !isNumber)
    return global.emitOpError("expects the type of packed panels to be a "
                              "tensor of f32, bf16 or f16 with the layout's shape, but got ")
           << global.getType();
  return success();
}

static FailureOr<WeightEntry> readEntry(ml_program::GlobalOp global) {
  WeightEntry entry;
  entry.name = global.getSymName().str();
  auto type = dyn_cast<RankedTensorType>(global.getType());
  std::optional<attn_rt_dtype> dtype = type ? getDtype(type.getElementType()) : std::nullopt;
  if (!dtype || !type.hasStaticShape())
    return global.emitOpError("expects the type of a weight to be a static "
                              "tensor of the runtime's element types, but got ")
           << global.getType();
  entry.dtype = *dtype;
  entry.shape.assign(type.getShape().begin(), type.getShape().end());
  if (failed(readSources(global, entry)) || failed(readLayout(global, entry)))
    return failure();
  auto offset = global->getAttrOfType<IntegerAttr>("attn.offset");
  if (!offset || !offset.getType().isInteger(64))
    return global.emitOpError("expects attn.offset to be there with type i64, "
                              "but got no such attribute");
  if (offset.getInt() < 0 || offset.getInt() % kWeightAlignment != 0)
    return global.emitOpError("expects attn.offset to be a multiple of ")
           << kWeightAlignment << ", but got " << offset.getInt();
  entry.offset = offset.getInt();
  std::optional<uint64_t> bytes = getBytes(entry.shape, entry.dtype);
  std::optional<uint64_t> end = bytes ? llvm::checkedAddUnsigned(*bytes, entry.offset) : bytes;
  if (!end || *end > kMaxWeightsBytes)
    return global.emitOpError("expects weights inside a module to end below ")
           << kMaxWeightsBytes << " bytes, but got " << global.getType() << " at " << entry.offset;
  entry.bytes = *bytes;
  return entry;
}

/// Whether two globals are the same bytes.
static bool isSame(const WeightEntry &a, const WeightEntry &b) {
  return a.offset == b.offset && a.sources == b.sources && a.shape == b.shape && a.dtype == b.dtype &&
         a.panels == b.panels;
}

/// Sorts by offset, drops repetitions, refuses overlap.
static LogicalResult arrange(ModuleOp module, WeightsTable &table) {
  llvm::sort(table.entries, [](const WeightEntry &a, const WeightEntry &b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  std::vector<WeightEntry> kept;
  for (WeightEntry &entry : table.entries) {
    if (!kept.empty() && isSame(kept.back(), entry))
      continue;
    uint64_t end = kept.empty() ? 0 : kept.back().offset + kept.back().bytes;
    if (entry.offset < end)
      return module.emitError("expects weight '") << entry.name << "' to lie behind '" << kept.back().name
                                                  << "', which ends at " << end << ", but got " << entry.offset;
    kept.push_back(std::move(entry));
  }
  table.entries = std::move(kept);
  return success();
}

FailureOr<WeightsTable> readWeightsTable(ModuleOp module) {
  WeightsTable table;
  for (auto global : module.getOps<ml_program::GlobalOp>()) {
    if (!global->hasAttr("attn.source"))
      continue;
    FailureOr<WeightEntry> entry = readEntry(global);
    if (failed(entry))
      return failure();
    table.entries.push_back(std::move(*entry));
  }
  if (failed(arrange(module, table)))
    return failure();
  if (table.entries.empty())
    return table;
  table.bytes = table.entries.back().offset + table.entries.back().bytes;
  if (Attribute attr = module->getAttr("attn.weights_bytes")) {
    auto bytes = dyn_cast<IntegerAttr>(attr);
    if (!bytes || !bytes.getType().isInteger(64) || uint64_t(bytes.getInt()) < table.bytes ||
        uint64_t(bytes.getInt()) > kMaxWeightsBytes)
      return module.emitError("expects attn.weights_bytes to be from ")
             << table.bytes << " to " << kMaxWeightsBytes << " of type i64, but got " << attr;
    table.bytes = bytes.getInt();
  }
  return table;
}

} // namespace attn
