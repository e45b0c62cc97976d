// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes come from the file and are believed only after they add up, in
// arithmetic that cannot overflow, to the bytes that are really there.
#include "index.h"

#include "hash.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace attn::search {
namespace {

constexpr std::string_view kMagic = "ATTNIDX1";
constexpr size_t kHeaderBytes = 40, kHashBytes = 8;
constexpr uint64_t kMaxDimension = 1 << 16;
constexpr float kMaxElement = 1.001f; // of a unit vector, with rounding

void appendInteger(std::string &bytes, uint64_t value, int width) {
  for (int i = 0; i < width; ++i)
    bytes += static_cast<char>(value >> 8 * i);
}

uint64_t readInteger(std::string_view bytes, size_t offset, int width) {
  uint64_t value = 0;
  for (int i = 0; i < width; ++i)
    value |= uint64_t(static_cast<unsigned char>(bytes[offset + i])) << 8 * i;
  return value;
}

/// Whether text and embeddings fill `body` bytes exactly.
bool fills(uint64_t body, uint64_t text, uint64_t count, uint64_t dimension) {
  if (text > body || dimension == 0 || dimension > kMaxDimension)
    return false;
  uint64_t row = dimension * sizeof(float);
  return (body - text) % row == 0 && (body - text) / row == count;
}

/// Takes lines off `text`; false unless there are `count`, the last one ended.
bool readSentences(std::string_view text, uint64_t count, std::vector<std::string> &sentences) {
  while (!text.empty()) {
    size_t end = text.find('\n');
    if (end == text.npos)
      return false;
    sentences.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return sentences.size() == count;
}

std::optional<Index> refuse(std::string &error, const char *property, const std::string &actual) {
  error = std::string("to ") + property + ", but got " + actual;
  return std::nullopt;
}

} // namespace

std::string Index::serialise() const {
  std::string text;
  for (const std::string &sentence : sentences)
    text += sentence + '\n';
  std::string bytes(kMagic);
  for (uint64_t value : {key, uint64_t(dimension), uint64_t(sentences.size()), uint64_t(text.size())})
    appendInteger(bytes, value, 8);
  bytes += text;
  for (float value : embeddings) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    appendInteger(bytes, bits, 4);
  }
  appendInteger(bytes, fnv1a(bytes), kHashBytes);
  return bytes;
}

std::optional<Index> Index::parse(std::string_view bytes, std::string &error) {
  if (bytes.substr(0, kMagic.size()) != kMagic)
    return refuse(error, "begin with ATTNIDX1", "other bytes");
  if (bytes.size() < kHeaderBytes + kHashBytes)
    return refuse(error, "have at least 48 bytes", std::to_string(bytes.size()));
  size_t bodyEnd = bytes.size() - kHashBytes;
  if (readInteger(bytes, bodyEnd, 8) != fnv1a(bytes.substr(0, bodyEnd)))
    return refuse(error, "end in a hash of its contents", "another hash");
  Index index;
  index.key = readInteger(bytes, 8, 8);
  index.dimension = readInteger(bytes, 16, 8);
  uint64_t count = readInteger(bytes, 24, 8);
  uint64_t text = readInteger(bytes, 32, 8);
  if (!fills(bodyEnd - kHeaderBytes, text, count, index.dimension))
    return refuse(error, "have sizes that add up",
                  std::to_string(count) + " rows of " + std::to_string(index.dimension) + " in " +
                      std::to_string(bytes.size()) + " bytes");
  if (!readSentences(bytes.substr(kHeaderBytes, text), count, index.sentences))
    return refuse(error, "have a line for each embedding",
                  std::to_string(index.sentences.size()) + " lines for " + std::to_string(count));
  index.embeddings.reserve(count * index.dimension);
  for (size_t at = kHeaderBytes + text; at < bodyEnd; at += sizeof(float)) {
    uint32_t bits = static_cast<uint32_t>(readInteger(bytes, at, 4));
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (!(std::fabs(value) <= kMaxElement)) // false for NaN, too
      return refuse(error, "hold vectors of unit length", "an element " + std::to_string(value));
    index.embeddings.push_back(value);
  }
  return index;
}

std::vector<Match> rank(const Index &index, const float *query, size_t top) {
  std::vector<Match> matches;
  matches.reserve(index.sentences.size());
  for (size_t i = 0; i < index.sentences.size(); ++i) {
    const float *row = index.embeddings.data() + i * index.dimension;
    double product = 0; // of unit vectors: the cosine
    for (size_t d = 0; d < index.dimension; ++d)
      product += double(row[d]) * double(query[d]);
    matches.push_back({i, static_cast<float>(product)});
  }
  top = std::min(top, matches.size());
  std::partial_sort(matches.begin(), matches.begin() + top, matches.end(), [](const Match &a, const Match &b) {
    return a.score != b.score ? a.score > b.score : a.sentence < b.sentence;
  });
  matches.resize(top);
  return matches;
}

} // namespace attn::search
