// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The format: u64 size of the header, the header (JSON, padded with spaces),
// then the bytes of all tensors without gaps. The rules are those of the
// format's own library, so that what it reads is read here and what it refuses
// is refused; beyond it, equal keys are refused, since readers disagree about
// which one counts.
#include "attn/Import/Safetensors.h"
#include "attn/Import/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"

using namespace attn;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
using Kind = JsonValue::Kind;

namespace {

struct ElementType {
  StringRef name;
  uint64_t bytes;
};

constexpr ElementType kElementTypes[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
    {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
    {"F32", 4},  {"I64", 8}, {"U64", 8}, {"F64", 8},     {"C64", 8},
};

/// Reads one header; holds what messages need.
class HeaderReader {
public:
  HeaderReader(StringRef path, StringRef data) : path(path), data(data) {}

  Expected<std::vector<SafetensorsEntry>> read(const JsonValue &header);

private:
  Error readEntry(const JsonMember &member, SafetensorsEntry &entry);
  Error readShape(const JsonValue &value, SafetensorsEntry &entry);
  Error readBytes(const JsonValue &value, SafetensorsEntry &entry);
  Error checkMetadata(const JsonValue &value);
  Error checkContiguous(llvm::ArrayRef<SafetensorsEntry> entries);

  Error refuse(const Twine &sentence) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), path + ": " + sentence);
  }
  Error refuse(const SafetensorsEntry &entry, const Twine &sentence) {
    return refuse("expects tensor " + Twine(quotedText(entry.name)) + " " + sentence);
  }

  StringRef path, data;
};

} // namespace

Error HeaderReader::readShape(const JsonValue &value, SafetensorsEntry &entry) {
  if (!value.is(Kind::Array))
    return refuse(entry, "to have an array as its shape, but got " + value.describe());
  for (const JsonValue &size : value.elements) {
    if (!size.is(Kind::Integer) || size.integer < 0)
      return refuse(entry, "to have sizes of at least 0, but got " + size.describe());
    entry.shape.push_back(size.integer);
  }
  return Error::success();
}

/// Sets the bytes of an entry whose shape and element type are known.
Error HeaderReader::readBytes(const JsonValue &value, SafetensorsEntry &entry) {
  const auto *type = llvm::find_if(kElementTypes, [&](ElementType type) { return type.name == entry.dtype; });
  if (type == std::end(kElementTypes))
    return refuse(entry, "to have a known dtype, but got " + quotedText(entry.dtype, '"'));
  bool isPair = value.is(Kind::Array) && value.elements.size() == 2 &&
                llvm::all_of(value.elements,
                             [](const JsonValue &offset) { return offset.is(Kind::Integer) && offset.integer >= 0; });
  if (!isPair)
    return refuse(entry, "to have two offsets of at least 0, but got " + value.describe());
  uint64_t begin = value.elements[0].integer, end = value.elements[1].integer;
  if (begin > end || end > data.size())
    return refuse(entry, "to end between its begin, " + Twine(begin) + ", and the end of the file, " +
                             Twine(data.size()) + ", but got " + Twine(end));
  std::optional<uint64_t> bytes = type->bytes;
  for (int64_t size : entry.shape)
    if (bytes)
      bytes = llvm::checkedMulUnsigned(*bytes, uint64_t(size));
  if (!bytes)
    return refuse(entry, "to have fewer than 2^64 bytes, but got a shape of "
                         "more");
  if (*bytes != end - begin)
    return refuse(entry, "to have the " + Twine(*bytes) + " bytes of its shape, but got " + Twine(end - begin));
  entry.bytes = data.slice(begin, end);
  return Error::success();
}

Error HeaderReader::readEntry(const JsonMember &member, SafetensorsEntry &entry) {
  entry.name = member.key;
  const JsonValue &value = member.value;
  const JsonValue *dtype = value.find("dtype"), *shape = value.find("shape"), *offsets = value.find("data_offsets");
  if (!dtype || !dtype->is(Kind::String) || !shape || !offsets)
    return refuse(entry, "to be an object of dtype, shape and data_offsets, "
                         "but got " +
                             value.describe());
  entry.dtype = dtype->string;
  if (Error error = readShape(*shape, entry))
    return error;
  return readBytes(*offsets, entry);
}

/// Free text about the file: of no interest, but not a hiding place either.
Error HeaderReader::checkMetadata(const JsonValue &value) {
  bool isText = value.is(Kind::Object) &&
                llvm::all_of(value.members, [](const JsonMember &member) { return member.value.is(Kind::String); });
  if (!isText)
    return refuse("expects __metadata__ to be an object of strings, but got " + value.describe());
  return Error::success();
}

/// Entries are sorted by their bytes here.
Error HeaderReader::checkContiguous(llvm::ArrayRef<SafetensorsEntry> entries) {
  const char *at = data.begin();
  for (const SafetensorsEntry &entry : entries) {
    if (entry.bytes.begin() != at)
      return refuse(entry, "to begin where the tensor before it ends, at " + Twine(at - data.begin()) + ", but got " +
                               Twine(entry.bytes.begin() - data.begin()));
    at = entry.bytes.end();
  }
  if (at != data.end())
    return refuse("expects the tensors to fill the " + Twine(data.size()) + " bytes behind the header, but got " +
                  Twine(at - data.begin()));
  return Error::success();
}

Expected<std::vector<SafetensorsEntry>> HeaderReader::read(const JsonValue &header) {
  std::vector<SafetensorsEntry> entries;
  for (const JsonMember &member : header.members) {
    Error error =
        member.key == "__metadata__" ? checkMetadata(member.value) : readEntry(member, entries.emplace_back());
    if (error)
      return std::move(error);
  }
  // Empty tensors may share their place with another: names make the order
  // unique.
  auto key = [](const SafetensorsEntry &entry) {
    return std::make_tuple(entry.bytes.begin(), entry.bytes.end(), StringRef(entry.name));
  };
  llvm::sort(entries, [&](const SafetensorsEntry &lhs, const SafetensorsEntry &rhs) { return key(lhs) < key(rhs); });
  if (Error error = checkContiguous(entries))
    return std::move(error);
  return entries;
}

Expected<Safetensors> Safetensors::parse(StringRef file, StringRef path) {
  auto refuse = [&](const Twine &sentence) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), path + ": " + sentence);
  };
  constexpr uint64_t kPrefix = sizeof(uint64_t);
  if (file.size() < kPrefix)
    return refuse("expects a safetensors file to have at least 8 bytes, but "
                  "got " +
                  Twine(file.size()));
  uint64_t headerSize = llvm::support::endian::read64le(file.data());
  uint64_t limit = std::min(kMaxHeaderBytes, uint64_t(file.size() - kPrefix));
  if (headerSize > limit)
    return refuse("expects a header of at most " + Twine(limit) + " bytes, but got " + Twine(headerSize));
  StringRef text = file.substr(kPrefix, headerSize);
  if (!text.starts_with("{"))
    return refuse("expects the header to begin with '{', but got " + quotedText(text.take_front(1)));
  Expected<JsonValue> header = parseJson(text, path, {/*maxDepth=*/8, /*maxValues=*/2000000});
  if (!header)
    return header.takeError();
  HeaderReader reader(path, file.drop_front(kPrefix + headerSize));
  Expected<std::vector<SafetensorsEntry>> entries = reader.read(*header);
  if (!entries)
    return entries.takeError();
  Safetensors result;
  result.entries = std::move(*entries);
  for (const auto &[index, entry] : llvm::enumerate(result.entries))
    result.indices[entry.name] = index;
  return result;
}

const SafetensorsEntry *Safetensors::find(StringRef name) const {
  auto found = indices.find(name);
  return found == indices.end() ? nullptr : &entries[found->second];
}
