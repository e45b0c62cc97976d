// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An index is no more trusted than what it names: its files are opened as any other of the directory, every tensor has
// to be where it says, and in no second file, since readers disagree about which one counts.
#include "WeightFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace attn;
using Kind = JsonValue::Kind;

namespace {

constexpr StringLiteral kSingle = "model.safetensors", kIndex = "model.safetensors.index.json";
constexpr uint64_t kMaxWeightBytes = uint64_t(1) << 40, kMaxIndexBytes = 64 << 20;
constexpr size_t kMaxFiles = 1000;

} // namespace

LogicalResult WeightFiles::openFile(const ModelDirectory &directory, StringRef name, Location loc) {
  llvm::Expected<MappedFile> bytes = directory.map(name, kMaxWeightBytes);
  if (!bytes)
    return emitError(loc) << llvm::toString(bytes.takeError());
  llvm::Expected<Safetensors> tensors = Safetensors::parse(bytes->getBytes(), bytes->getPath());
  if (!tensors)
    return emitError(loc) << llvm::toString(tensors.takeError());
  files.push_back(std::make_unique<File>(File{name.str(), std::move(*bytes), std::move(*tensors)}));
  return success();
}

/// Opens every file that the map from tensors to files names, once.
LogicalResult WeightFiles::openShards(const ModelDirectory &directory, const JsonValue &map, Location loc) {
  llvm::StringSet<> names;
  SmallVector<StringRef> order;
  for (const JsonMember &member : map.members) {
    const JsonValue &file = member.value;
    // A source is `file:tensor`.
    if (!file.is(Kind::String) || !StringRef(file.string).ends_with(".safetensors") ||
        StringRef(file.string).contains(':'))
      return emitError(loc) << path << ": expects tensor " << quotedText(member.key)
                            << " to be in a file named '*.safetensors' without a colon, but got " << file.describe();
    if (names.insert(file.string).second)
      order.push_back(file.string);
  }
  if (order.size() > kMaxFiles)
    return emitError(loc) << path << ": expects at most " << kMaxFiles << " files of weights, but got " << order.size();
  return success(llvm::all_of(order, [&](StringRef name) { return succeeded(openFile(directory, name, loc)); }));
}

/// Every tensor is in the file that the index says, and in the index.
LogicalResult WeightFiles::checkTensors(const JsonValue &map, Location loc) {
  llvm::StringMap<StringRef> expected;
  for (const JsonMember &member : map.members)
    expected[member.key] = member.value.string;
  llvm::StringMap<StringRef> seen;
  for (const auto &file : files)
    for (const SafetensorsEntry &entry : file->tensors.getEntries()) {
      auto [first, isNew] = seen.try_emplace(entry.name, file->name);
      if (!isNew)
        return emitError(loc) << path << ": expects tensor " << quotedText(entry.name) << " to be in one file, but got "
                              << quotedText(first->second) << " and " << quotedText(file->name);
      auto named = expected.find(entry.name);
      if (named == expected.end())
        return emitError(loc) << path << ": expects the index to name every tensor of " << quotedText(file->name)
                              << ", but got " << quotedText(entry.name) << " besides";
    }
  for (const JsonMember &member : map.members)
    if (StringRef found = seen.lookup(member.key); found != member.value.string)
      return emitError(loc) << path << ": expects tensor " << quotedText(member.key) << " to be in "
                            << quotedText(member.value.string) << ", but got "
                            << (found.empty() ? "none there" : quotedText(found));
  return success();
}

/// Many indices say it wrong, and nothing depends on it: a warning.
void WeightFiles::checkTotal(const JsonValue &index, Location loc) const {
  const JsonValue *metadata = index.find("metadata");
  const JsonValue *total = metadata ? metadata->find("total_size") : nullptr;
  uint64_t bytes = 0;
  for (const Place &place : all())
    bytes += place.entry->bytes.size();
  bool isRight = total && ((total->is(Kind::Integer) && uint64_t(total->integer) == bytes) ||
                           (total->is(Kind::Real) && total->real == double(bytes)));
  if (total && !isRight)
    emitWarning(loc) << path << ": 'total_size' is " << total->describe() << ", but the tensors have " << bytes
                     << " bytes";
}

LogicalResult WeightFiles::openIndex(const ModelDirectory &directory, Location loc) {
  llvm::Expected<MappedFile> file = directory.map(kIndex, kMaxIndexBytes);
  if (!file)
    return emitError(loc) << llvm::toString(file.takeError());
  llvm::Expected<JsonValue> index =
      parseJson(file->getBytes(), file->getPath(), {/*maxDepth=*/8, /*maxValues=*/2000000});
  if (!index)
    return emitError(loc) << llvm::toString(index.takeError());
  path = file->getPath().str();
  const JsonValue *map = index->find("weight_map");
  if (!map || !map->is(Kind::Object) || map->members.empty())
    return emitError(loc) << path << ": expects 'weight_map' to be an object of tensors and their files, but got "
                          << (map ? map->describe() : "no such field");
  if (failed(openShards(directory, *map, loc)) || failed(checkTensors(*map, loc)))
    return failure();
  checkTotal(*index, loc);
  return success();
}

FailureOr<WeightFiles> WeightFiles::open(const ModelDirectory &directory, Location loc) {
  WeightFiles result;
  bool isIndexed = !directory.contains(kSingle) && directory.contains(kIndex);
  if (failed(isIndexed ? result.openIndex(directory, loc) : result.openFile(directory, kSingle, loc)))
    return failure();
  if (!isIndexed)
    result.path = result.files.front()->bytes.getPath().str();
  return std::move(result);
}

WeightFiles::Place WeightFiles::find(StringRef name) const {
  for (const auto &file : files)
    if (const SafetensorsEntry *entry = file->tensors.find(name))
      return {entry, file->name, file->bytes.getPath()};
  return {};
}

std::vector<WeightFiles::Place> WeightFiles::all() const {
  std::vector<Place> places;
  for (const auto &file : files)
    for (const SafetensorsEntry &entry : file->tensors.getEntries())
      places.push_back({&entry, file->name, file->bytes.getPath()});
  return places;
}
