// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// nlohmann's parser drives us event by event and keeps its own stack on the
// heap, so that nothing here recurses before the depth is checked. It reports
// errors by a call; nothing throws.
#include "attn/Import/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"
#include <limits>
#include <nlohmann/json.hpp>

using namespace attn;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// Builds the tree. Each event returns whether to go on; `problem` says why
/// not.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
public:
  TreeBuilder(JsonValue &root, JsonLimits limits) : root(root), limits(limits) {}

  std::string problem;

  bool null() override { return add(JsonValue::Kind::Null) != nullptr; }
  bool boolean(bool value) override {
    JsonValue *added = add(JsonValue::Kind::Boolean);
    return added && (added->boolean = value, true);
  }
  bool number_integer(number_integer_t value) override {
    JsonValue *added = add(JsonValue::Kind::Integer);
    return added && (added->integer = value, true);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > uint64_t(std::numeric_limits<int64_t>::max()))
      return number_float(double(value), {});
    return number_integer(number_integer_t(value));
  }
  bool number_float(number_float_t value, const string_t &) override {
    JsonValue *added = add(JsonValue::Kind::Real);
    return added && (added->real = value, true);
  }
  bool string(string_t &value) override {
    JsonValue *added = add(JsonValue::Kind::String);
    return added && (added->string = std::move(value), true);
  }
  bool binary(binary_t &) override { llvm_unreachable("JSON text holds no binary values"); }
  bool start_object(std::size_t) override { return open(JsonValue::Kind::Object); }
  bool start_array(std::size_t) override { return open(JsonValue::Kind::Array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t &name) override {
    if (!stack.back().keys.insert(name).second)
      return refuse("expects the keys of an object to be unique, but got " + quotedText(name) + " twice");
    stack.back().container->members.push_back({std::move(name), {}});
    return true;
  }

  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override {
    return refuse("expects the file to be JSON, but got an error at byte " + Twine(position));
  }

private:
  struct Frame {
    JsonValue *container;
    llvm::StringSet<> keys;
  };

  bool refuse(const Twine &sentence) {
    problem = sentence.str();
    return false;
  }

  /// Appends a value where the document stands. Pointers to open containers
  /// stay valid: only the innermost one grows.
  JsonValue *add(JsonValue::Kind kind) {
    if (++count > limits.maxValues) {
      refuse("expects the file to hold at most " + Twine(limits.maxValues) + " values, but got more");
      return nullptr;
    }
    JsonValue *added = &root;
    if (!stack.empty()) {
      JsonValue &container = *stack.back().container;
      if (container.is(JsonValue::Kind::Object))
        added = &container.members.back().value;
      else
        added = &container.elements.emplace_back();
    }
    added->kind = kind;
    return added;
  }

  bool open(JsonValue::Kind kind) {
    if (stack.size() == limits.maxDepth)
      return refuse("expects values to be nested at most " + Twine(limits.maxDepth) + " deep, but got more");
    JsonValue *added = add(kind);
    if (!added)
      return false;
    stack.push_back({added, {}});
    return true;
  }

  bool close() {
    stack.pop_back();
    return true;
  }

  JsonValue &root;
  JsonLimits limits;
  size_t count = 0;
  std::vector<Frame> stack;
};

} // namespace

const JsonValue *JsonValue::find(StringRef key) const {
  for (const JsonMember &member : members)
    if (member.key == key)
      return &member.value;
  return nullptr;
}

std::string JsonValue::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  switch (kind) {
  case Kind::Null:
    return "null";
  case Kind::Boolean:
    return boolean ? "true" : "false";
  case Kind::Integer:
    return std::to_string(integer);
  case Kind::Real:
    os << llvm::format("%g", real);
    return text;
  case Kind::String:
    return quotedText(string, '"');
  case Kind::Array:
    return elements.empty() ? "[]" : "an array";
  case Kind::Object:
    return members.empty() ? "{}" : "an object";
  }
  llvm_unreachable("every kind is described");
}

llvm::Expected<JsonValue> attn::parseJson(StringRef text, StringRef path, JsonLimits limits) {
  JsonValue root;
  TreeBuilder builder(root, limits);
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
    return root;
  return llvm::createStringError(llvm::inconvertibleErrorCode(), path + ": " + builder.problem);
}

std::string attn::quotedText(StringRef text, char quote) {
  constexpr size_t kLongest = 200;
  std::string result;
  llvm::raw_string_ostream os(result);
  os << quote;
  llvm::printEscapedString(text.take_front(kLongest), os);
  os << (text.size() > kLongest ? "..." : "") << quote;
  return result;
}
