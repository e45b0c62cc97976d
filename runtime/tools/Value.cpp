// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parser of the value syntax and the generators random and iota.
#include "Value.h"

#include "ToolError.h"

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace attn::tool {

[[noreturn]] static void usage(const std::string &message) { throw ToolError(ExitUsage, message); }

static bool isNameCharacter(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) || character == '_' || character == '.' ||
         character == '-' || character == '/';
}

/// "2x3xf32" -> dtype and shape; false when `text` is no type.
static bool parseType(const std::string &text, int32_t &dtype, std::vector<int64_t> &shape) {
  size_t at = 0;
  shape.clear();
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    int64_t size = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      if (__builtin_mul_overflow(size, int64_t(10), &size) ||
          __builtin_add_overflow(size, int64_t(text[at] - '0'), &size))
        return false;
    if (at == text.size() || text[at++] != 'x' || shape.size() == ATTN_RT_MAX_RANK)
      return false;
    shape.push_back(size);
  }
  dtype = parseDType(text.substr(at));
  return dtype != 0;
}

void splitName(const std::string &text, std::string &name, std::string &value) {
  size_t equals = text.find('=');
  int32_t dtype;
  std::vector<int64_t> shape;
  name.clear();
  value = text;
  if (equals == std::string::npos || equals == 0 || text[0] == '@')
    return;
  std::string before = text.substr(0, equals);
  for (char character : before)
    if (!isNameCharacter(character))
      return;
  if (parseType(before, dtype, shape))
    return;
  name = before;
  value = text.substr(equals + 1);
}

static void parseFile(const std::string &text, Value &value) {
  value.Kind = Value::File;
  value.Path = text.substr(1);
  size_t colon = value.Path.find(".npz:");
  if (colon != std::string::npos) {
    value.Member = value.Path.substr(colon + 5);
    value.Path.resize(colon + 4);
    if (value.Member.empty())
      usage("expects an array name after '.npz:', but got none");
  }
  if (value.Path.empty())
    usage("expects a file name after '@', but got none");
}

/// "7", "7,normal" or "normal" after "random:".
static void parseRandom(const std::string &text, Value &value) {
  value.Kind = Value::Random;
  std::string rest = text;
  if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    char *end = nullptr;
    errno = 0;
    value.Seed = std::strtoull(rest.c_str(), &end, 10);
    if (errno)
      usage("expects a seed below 2^64, but got '" + rest + "'");
    rest = end;
    if (rest.empty())
      return;
    if (rest[0] != ',')
      usage("expects random:SEED,DISTRIBUTION, but got 'random:" + text + "'");
    rest = rest.substr(1);
  }
  value.IsNormal = rest == "normal";
  if (!value.IsNormal && rest != "uniform")
    usage("expects the distribution to be uniform or normal, but got '" + rest + "'");
}

static bool parseGenerator(const std::string &text, Value &value) {
  if (text == "iota")
    value.Kind = Value::Iota;
  else if (text.rfind("random:", 0) == 0)
    parseRandom(text.substr(7), value);
  else if (text != "random")
    return false;
  return true;
}

static void parseElements(const std::string &text, Value &value) {
  value.Kind = Value::Elements;
  size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    size_t comma = text.find(',', begin);
    size_t end = comma == std::string::npos ? text.size() : comma;
    value.Numbers.push_back(text.substr(begin, end - begin));
    if (comma == std::string::npos)
      break;
    begin = comma + 1;
  }
}

Value parseValue(const std::string &text) {
  Value value;
  if (!text.empty() && text[0] == '@') {
    parseFile(text, value);
    return value;
  }
  if (parseGenerator(text, value))
    return value;
  size_t equals = text.find('=');
  if (equals == std::string::npos || !parseType(text.substr(0, equals), value.DType, value.Shape))
    usage("expects a value to be @FILE, random, iota or a type and elements "
          "such as 2x3xf32=0.5, but got '" +
          text + "'");
  value.HasType = true;
  std::string rest = text.substr(equals + 1);
  if (!parseGenerator(rest, value))
    parseElements(rest, value);
  return value;
}

/// A small generator with a defined sequence on every platform (SplitMix64).
namespace {
class RandomBits {
public:
  RandomBits(uint64_t seed, uint64_t stream) : State(seed * 0x9e3779b97f4a7c15u + stream * 0xbf58476d1ce4e5b9u + 1) {}
  uint64_t next() {
    uint64_t z = State += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// In [0, 1), a multiple of 2^-24.
  double unit() { return double(next() >> 40) * 0x1p-24; }

private:
  uint64_t State;
};
} // namespace

/// The integers that a generator may make: the declared range, else 0 and 1.
static void integerRange(const Declared &declared, int64_t &min, uint64_t &span) {
  bool isBool = declared.DType == ATTN_RT_BOOL;
  min = declared.HasRange && !isBool ? declared.Min : 0;
  int64_t max = declared.HasRange && !isBool ? declared.Max : 1;
  span = uint64_t(max) - uint64_t(min) + 1; // 0 means all 2^64
}

static void fillRandom(Array &array, const Value &value, const Declared &declared) {
  RandomBits bits(value.Seed, declared.Stream);
  int64_t count = array.count(), min;
  uint64_t span;
  integerRange(declared, min, span);
  for (int64_t i = 0; i < count; ++i) {
    if (!isFloat(array.DType)) {
      uint64_t draw = bits.next();
      storeInteger(array, i, int64_t(uint64_t(min) + (span ? draw % span : draw)));
    } else if (value.IsNormal) {
      double radius = std::sqrt(-2 * std::log(1 - bits.unit()));
      storeDouble(array, i, radius * std::cos(6.283185307179586 * bits.unit()));
    } else {
      storeDouble(array, i, 2 * bits.unit() - 1);
    }
  }
}

static void fillIota(Array &array, const Declared &declared) {
  int64_t count = array.count(), min = 0;
  uint64_t span = 0;
  if (declared.HasRange || array.DType == ATTN_RT_BOOL)
    integerRange(declared, min, span);
  for (int64_t i = 0; i < count; ++i)
    if (isFloat(array.DType))
      storeDouble(array, i, double(i));
    else
      storeInteger(array, i, int64_t(uint64_t(min) + (span ? uint64_t(i) % span : uint64_t(i))));
}

/// Least and greatest integer of a type, as far as int64_t reaches.
static void typeLimits(int32_t dtype, int64_t &min, int64_t &max) {
  int bits = dtype & 0xff;
  bool isSigned = dtype >> 8 == 0;
  if (dtype == ATTN_RT_BOOL) {
    min = 0;
    max = 1;
  } else if (bits == 64) {
    min = isSigned ? std::numeric_limits<int64_t>::min() : 0;
    max = std::numeric_limits<int64_t>::max();
  } else {
    min = isSigned ? -(int64_t(1) << (bits - 1)) : 0;
    max = (int64_t(1) << (isSigned ? bits - 1 : bits)) - 1;
  }
}

static void storeText(Array &array, int64_t index, const std::string &text) {
  char *end = nullptr;
  errno = 0;
  if (isFloat(array.DType)) {
    double number = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end)
      usage("expects a number, but got '" + text + "'");
    storeDouble(array, index, number);
    return;
  }
  int64_t min, max;
  typeLimits(array.DType, min, max);
  long long number = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || *end || errno || number < min || number > max)
    usage(std::string("expects an integer of type ") + attn_rt_dtype_name(array.DType) + ", but got '" + text + "'");
  storeInteger(array, index, number);
}

static void fillElements(Array &array, const std::vector<std::string> &numbers) {
  int64_t count = array.count();
  bool isSplat = numbers.size() == 1;
  if (!isSplat && int64_t(numbers.size()) != count)
    usage("expects " + shapeText(array.DType, array.Shape) + " to have " + std::to_string(count) +
          " elements, but got " + std::to_string(numbers.size()));
  for (int64_t i = 0; i < count; ++i)
    storeText(array, i, numbers[isSplat ? 0 : size_t(i)]);
}

Array makeValue(const Value &value, const Declared &declared) {
  Declared wanted = declared;
  if (value.HasType) {
    wanted.DType = value.DType;
    wanted.Shape = value.Shape;
  }
  Array array = makeArray(wanted.DType, wanted.Shape);
  if (value.Kind == Value::Random)
    fillRandom(array, value, wanted);
  else if (value.Kind == Value::Iota)
    fillIota(array, wanted);
  else
    fillElements(array, value.Numbers);
  return array;
}

} // namespace attn::tool
