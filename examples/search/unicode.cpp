// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BertNormalizer and BertPreTokenizer, one code point at a time. The tables
// hold, for each code point, the joint effect of cleaning, decomposing (NFD),
// stripping accents and lowering. What is left is what no table can hold:
// Hangul (by arithmetic) and the canonical order of the few combining marks
// that are not stripped.
#include "unicode.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace attn::search {
namespace {

enum class Kind : uint8_t {
  Other,
  Drop,         // control characters and U+FFFD: gone before all else
  Space,        // becomes U+0020
  Ideograph,    // a word of its own
  Mark,         // an accent, stripped
  BlockingMark, // stripped, but no mark is ordered across it
  Punctuation   // a word of its own
};
constexpr Kind D = Kind::Drop, S = Kind::Space, I = Kind::Ideograph, M = Kind::Mark, B = Kind::BlockingMark,
               P = Kind::Punctuation;

struct KindRange {
  char32_t first, last;
  Kind kind;
};

/// Canonical combining classes, of the marks that are not stripped.
struct ClassRange {
  char32_t first, last;
  uint8_t combiningClass;
};

/// `count` consecutive code points, each becoming the one at kTargets[offset].
struct Run {
  char32_t first;
  uint16_t count, offset;
};

/// A code point that becomes two or three.
struct Expansion {
  char32_t first;
  char32_t targets[3];
};

#include "unicode_tables.inc"

/// The last entry that begins at or before `codePoint`, or null.
template <typename Entry, size_t Size> const Entry *findBefore(const Entry (&table)[Size], char32_t codePoint) {
  const Entry *after = std::upper_bound(std::begin(table), std::end(table), codePoint,
                                        [](char32_t c, const Entry &entry) { return c < entry.first; });
  return after == std::begin(table) ? nullptr : after - 1;
}

Kind kindOf(char32_t codePoint) {
  const KindRange *range = findBefore(kKinds, codePoint);
  return range && codePoint <= range->last ? range->kind : Kind::Other;
}

unsigned combiningClassOf(char32_t codePoint) {
  const ClassRange *range = findBefore(kClasses, codePoint);
  return range && codePoint <= range->last ? range->combiningClass : 0;
}

bool isContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/// Length of the sequence that `lead` begins (0: none), and the range of its
/// second byte, which is what rules out overlong forms, surrogates and
/// everything above U+10FFFF.
int sequenceLength(unsigned char lead, unsigned char &low, unsigned char &high) {
  low = 0x80;
  high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF)
    return 2;
  if (lead >= 0xE0 && lead <= 0xEF) {
    low = lead == 0xE0 ? 0xA0 : low;
    high = lead == 0xED ? 0x9F : high;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    low = lead == 0xF0 ? 0x90 : low;
    high = lead == 0xF4 ? 0x8F : high;
    return 4;
  }
  return 0;
}

} // namespace

char32_t decodeUtf8(std::string_view text, size_t &position) {
  constexpr char32_t replacement = 0xFFFD;
  unsigned char lead = text[position++];
  if (lead < 0x80)
    return lead;
  unsigned char low, high;
  int length = sequenceLength(lead, low, high);
  if (length == 0)
    return replacement;
  char32_t codePoint = lead & (0x7F >> length);
  for (int i = 1; i < length; ++i) {
    if (position == text.size())
      return replacement;
    unsigned char byte = text[position];
    bool fits = i == 1 ? byte >= low && byte <= high : isContinuation(byte);
    if (!fits)
      return replacement;
    codePoint = codePoint << 6 | (byte & 0x3F);
    ++position;
  }
  return codePoint;
}

void appendUtf8(std::string &text, char32_t codePoint) {
  auto append = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (codePoint < 0x80) {
    append(codePoint);
    return;
  }
  if (codePoint < 0x800) {
    append(0xC0 | codePoint >> 6);
  } else {
    if (codePoint < 0x10000) {
      append(0xE0 | codePoint >> 12);
    } else {
      append(0xF0 | codePoint >> 18);
      append(0x80 | (codePoint >> 12 & 0x3F));
    }
    append(0x80 | (codePoint >> 6 & 0x3F));
  }
  append(0x80 | (codePoint & 0x3F));
}

bool WordReader::next(std::string &word) {
  word.clear();
  while (true) {
    if (taken == ready.size()) {
      if (!refill())
        return !word.empty();
      continue;
    }
    char32_t codePoint = ready[taken];
    if (codePoint == ' ') {
      ++taken;
      if (!word.empty())
        return true;
      continue;
    }
    bool alone = kindOf(codePoint) == Kind::Punctuation;
    if (alone && !word.empty())
      return true;
    appendUtf8(word, codePoint);
    ++taken;
    if (alone)
      return true;
  }
}

/// Normalises one more code point; at the end of the text, lets go of the marks
/// that waited for another. Returns false when nothing is left at all.
bool WordReader::refill() {
  ready.clear();
  taken = 0;
  if (position < text.size()) {
    normalise(decodeUtf8(text, position));
    return true;
  }
  flushMarks();
  return !ready.empty();
}

void WordReader::normalise(char32_t codePoint) {
  Kind kind = kindOf(codePoint);
  if (kind == Kind::Drop || kind == Kind::Mark)
    return;
  if (kind == Kind::BlockingMark)
    return flushMarks();
  if (kind == Kind::Space)
    return order(' ');
  if (kind == Kind::Ideograph)
    order(' ');
  if (codePoint >= 0xAC00 && codePoint < 0xD7A4) { // Hangul syllables
    unsigned index = codePoint - 0xAC00;
    order(0x1100 + index / 588);
    order(0x1161 + index % 588 / 28);
    if (index % 28)
      order(0x11A7 + index % 28);
    return;
  }
  const Expansion *expansion = findBefore(kExpansions, codePoint);
  if (expansion && expansion->first == codePoint) {
    for (char32_t target : expansion->targets)
      if (target)
        order(target);
    return;
  }
  const Run *run = findBefore(kRuns, codePoint);
  if (run && codePoint - run->first < run->count)
    codePoint = kTargets[run->offset + (codePoint - run->first)];
  order(codePoint);
  if (kind == Kind::Ideograph)
    order(' ');
}

/// Passes a decomposed code point on in canonical order: marks wait in `marks`
/// until a starter comes.
void WordReader::order(char32_t codePoint) {
  if (combiningClassOf(codePoint)) {
    marks += codePoint;
    return;
  }
  flushMarks();
  ready += codePoint;
}

void WordReader::flushMarks() {
  using Place = std::pair<unsigned, size_t>; // equal classes keep their order
  std::vector<Place> places;
  for (size_t i = 0; i < marks.size(); ++i)
    places.emplace_back(combiningClassOf(marks[i]), i);
  std::sort(places.begin(), places.end());
  for (Place place : places)
    ready += marks[place.second];
  marks.clear();
}

} // namespace attn::search
