// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Words of every code point, alone and inside a word, and of 10,000 generated
// lines, against hashes of what Hugging Face's `tokenizers` makes of the same
// lines; and the cases whose reason is worth a name. frozen.py makes the same
// lines and hashes: keep the two alike.
#include "unicode.h"

#include "frozen_hashes.h"
#include "hash.h"

#include <gtest/gtest.h>
#include <vector>

using namespace attn::search;

namespace {

using Words = std::vector<std::string>;

Words split(std::string_view text) {
  Words words;
  WordReader reader(text);
  for (std::string word; reader.next(word);)
    words.push_back(word);
  return words;
}

uint64_t hashLine(const std::string &line, uint64_t hash) {
  for (const std::string &word : split(line))
    hash = fnv1a(word + '\x1F', hash);
  return fnv1a("\x1E", hash);
}

uint64_t hashCodePoints(const char *before, const char *after, int &count) {
  uint64_t hash = fnv1a("");
  for (char32_t code = 0; code < 0x110000; ++code) {
    if (code >= 0xD800 && code < 0xE000)
      continue;
    std::string line = before;
    appendUtf8(line, code);
    hash = hashLine(line + after, hash);
    ++count;
  }
  return hash;
}

class SplitMix64 {
public:
  uint64_t next() {
    state += 0x9E3779B97F4A7C15;
    uint64_t z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }

private:
  uint64_t state = 1;
};

char32_t codePointFor(uint64_t number) {
  static constexpr char32_t tricky[] = {0x1D165, 0x1D16D, 0x302E, 0x1B44, 0x8D4,  0x1E94A, 0xD55C, 0x1D15F,
                                        0x4E00,  0xF900,  0x345,  0x334,  0xFFFD, 0x130,   0x3A3,  0xA0};
  uint64_t choice = number >> 60;
  char32_t value = static_cast<char32_t>(number);
  char32_t code = choice < 8    ? 0x20 + value % 0x5F
                  : choice < 10 ? 0x20
                  : choice < 12 ? value % 0x3000
                  : choice < 13 ? 0x300 + value % 0x70
                  : choice < 14 ? value % 0x10000
                  : choice < 15 ? value % 0x110000
                                : tricky[value % 16];
  return code >= 0xD800 && code < 0xE000 ? U'x' : code;
}

TEST(Unicode, EveryCodePointBecomesTheSameWords) {
  int count = 0;
  EXPECT_EQ(hashCodePoints("", "", count), kHashOfCodePoints);
  EXPECT_EQ(hashCodePoints("a", "b", count), kHashOfCodePointsInWords);
  EXPECT_EQ(count, 2 * (0x110000 - 0x800));
  RecordProperty("code_points_compared", count);
}

TEST(Unicode, GeneratedLinesBecomeTheSameWords) {
  SplitMix64 random;
  uint64_t hash = fnv1a("");
  for (int line = 0; line < 10000; ++line) {
    std::string text;
    for (uint64_t left = 1 + random.next() % 48; left > 0; --left)
      appendUtf8(text, codePointFor(random.next()));
    hash = hashLine(text, hash);
  }
  EXPECT_EQ(hash, kHashOfGeneratedLines);
}

TEST(Unicode, LowersStripsAccentsAndSplits) {
  EXPECT_EQ(split("Crème  BRÛLÉE, s'il vous plaît!"),
            (Words{"creme", "brulee", ",", "s", "'", "il", "vous", "plait", "!"}));
}

TEST(Unicode, IdeographsAreWords) { EXPECT_EQ(split("东京tower"), (Words{"东", "京", "tower"})); }

TEST(Unicode, ControlCharactersVanishWithoutSplitting) {
  EXPECT_EQ(split(std::string_view("a\0b\u200Bc\x7F"
                                   "d",
                                   9)),
            (Words{"abcd"}));
}

TEST(Unicode, HangulIsDecomposed) { EXPECT_EQ(split("한"), (Words{"\u1112\u1161\u11AB"})); }

// Both marks survive accent stripping; U+1D165 (class 216) sorts before U+302E
// (class 224), except across a mark of class 0 that is itself stripped.
TEST(Unicode, SurvivingMarksAreInCanonicalOrder) {
  EXPECT_EQ(split("a\u302E\U0001D165"), (Words{"a\U0001D165\u302E"}));
  EXPECT_EQ(split("a\u302E\u034F\U0001D165"), (Words{"a\u302E\U0001D165"}));
}

std::u32string decode(std::string_view text) {
  std::u32string result;
  for (size_t at = 0; at < text.size();)
    result += decodeUtf8(text, at);
  return result;
}

TEST(Unicode, InvalidUtf8IsReplacedByLongestPrefixes) {
  constexpr char32_t bad = 0xFFFD;
  EXPECT_EQ(decode("\x80"
                   "A"),
            (std::u32string{bad, U'A'}));
  EXPECT_EQ(decode("\xE2\x82"
                   "A"),
            (std::u32string{bad, U'A'}));
  EXPECT_EQ(decode("\xC0\xAF"), (std::u32string{bad, bad}));
  EXPECT_EQ(decode("\xED\xA0\x80"), (std::u32string{bad, bad, bad}));
  EXPECT_EQ(decode("\xF4\x90\x80\x80"), (std::u32string{bad, bad, bad, bad}));
  EXPECT_EQ(decode("\xF0\x9F\x98"), (std::u32string{bad}));
  EXPECT_EQ(decode("\xFF"), (std::u32string{bad}));
}

TEST(Unicode, EncodingAndDecodingAreInverse) {
  for (char32_t code : {U'\0', U'\x7F', U'\x80', U'\u07FF', U'\u0800', U'\uFFFF', U'\U00010000', U'\U0010FFFF'}) {
    std::string text;
    appendUtf8(text, code);
    EXPECT_EQ(decode(text), std::u32string(1, code));
  }
}

// A million marks that all wait for a starter must not cost quadratic time.
TEST(Unicode, ManyMarksAreSortedQuickly) {
  std::string text = "a";
  for (int i = 0; i < 500000; ++i)
    text += "\u302E\U0001D165";
  Words words = split(text);
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(words[0].size(), text.size());
}

} // namespace
