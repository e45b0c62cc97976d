// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// WordPiece on a vocabulary small enough to read. That the real vocabulary
// gives the ids of `tokenizers` is the integration test's matter.
#include "wordpiece.h"

#include <gtest/gtest.h>

using namespace attn::search;

namespace {

using Ids = std::vector<int64_t>;

// Ids are line numbers from 0.
constexpr const char *kVocabulary = "[PAD]\n"  // 0
                                    "[UNK]\n"  // 1
                                    "[CLS]\n"  // 2
                                    "[SEP]\n"  // 3
                                    "[MASK]\n" // 4
                                    "un\n"     // 5
                                    "##aff\n"  // 6
                                    "##able\n" // 7
                                    "##a\n"    // 8
                                    "[\n"      // 9
                                    "a\n"      // 10
                                    "una\n"    // 11
                                    "æ\n"      // 12
                                    "##æ";     // 13

WordPiece smallVocabulary() {
  std::string error;
  std::optional<WordPiece> words = WordPiece::parse(kVocabulary, error);
  EXPECT_TRUE(words) << error;
  return std::move(*words);
}

Ids encode(std::string_view text, size_t maxTokens = 512) { return smallVocabulary().encode(text, maxTokens); }

std::string refusal(const std::string &vocabulary) {
  std::string error;
  EXPECT_FALSE(WordPiece::parse(vocabulary, error));
  return error;
}

TEST(WordPiece, TakesTheLongestPieceFirst) {
  EXPECT_EQ(encode("unaffable"), (Ids{2, 1, 3})); // una, then no ##ffable
  EXPECT_EQ(encode("unaable"), (Ids{2, 11, 7, 3}));
  EXPECT_EQ(encode("unable"), (Ids{2, 1, 3})); // una, then no ##ble
  EXPECT_EQ(encode("aaaff a"), (Ids{2, 10, 8, 6, 10, 3}));
}

TEST(WordPiece, OnePieceMissingMakesTheWordUnknown) { EXPECT_EQ(encode("unz a"), (Ids{2, 1, 10, 3})); }

TEST(WordPiece, EmptyTextIsTwoTokens) {
  EXPECT_EQ(encode(""), (Ids{2, 3}));
  EXPECT_EQ(encode(" \t\r "), (Ids{2, 3}));
}

TEST(WordPiece, LongWordsAreUnknownFrom101CodePoints) {
  Ids hundred{2, 10};
  hundred.insert(hundred.end(), 99, 8);
  hundred.push_back(3);
  EXPECT_EQ(encode(std::string(100, 'a')), hundred);
  EXPECT_EQ(encode(std::string(101, 'a')), (Ids{2, 1, 3}));
  std::string twoByteLetters; // 102 bytes, but 51 code points: not too long
  for (int i = 0; i < 51; ++i)
    twoByteLetters += "Æ";
  Ids fiftyOne{2, 12};
  fiftyOne.insert(fiftyOne.end(), 50, 13);
  fiftyOne.push_back(3);
  EXPECT_EQ(encode(twoByteLetters), fiftyOne);
}

TEST(WordPiece, TruncationKeepsBothEnds) {
  EXPECT_EQ(encode("a a a a", 4), (Ids{2, 10, 10, 3}));
  EXPECT_EQ(encode("a aaaff", 4), (Ids{2, 10, 10, 3})); // inside a word
  EXPECT_EQ(encode("a a", 2), (Ids{2, 3}));
  EXPECT_EQ(encode(std::string(5000, '['), 512).size(), 512u);
}

TEST(WordPiece, SpecialTokensInTheTextAreTaken) {
  EXPECT_EQ(encode("a[MASK]a [SEP]"), (Ids{2, 10, 4, 10, 3, 3}));
  EXPECT_EQ(encode("[[PAD]"), (Ids{2, 9, 0, 3}));
  EXPECT_EQ(encode("[mask]"), (Ids{2, 9, 1, 1, 3})); // as written only
  EXPECT_EQ(encode("a[MASK][MASK]", 4), (Ids{2, 10, 4, 3}));
}

TEST(WordPiece, InvalidUtf8IsDropped) { EXPECT_EQ(encode("u\xFFn\xE2\x82"), (Ids{2, 5, 3})); }

TEST(WordPiece, LinesMayEndInCarriageReturns) {
  std::string error;
  auto words = WordPiece::parse("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\n", error);
  ASSERT_TRUE(words) << error;
  EXPECT_EQ(words->size(), 5u);
  EXPECT_EQ(words->encode("a", 8), (Ids{2, 4, 3}));
}

TEST(WordPiece, FingerprintsTellVocabulariesApart) {
  std::string error;
  auto other = WordPiece::parse(std::string(kVocabulary) + "\nb", error);
  ASSERT_TRUE(other);
  EXPECT_NE(other->fingerprint(), smallVocabulary().fingerprint());
  EXPECT_EQ(smallVocabulary().fingerprint(), smallVocabulary().fingerprint());
}

TEST(WordPiece, RefusesUnfitVocabularies) {
  EXPECT_EQ(refusal("[PAD]\n[UNK]\n[CLS]\n"), "expects the vocabulary to contain [SEP], but got none in 3 lines");
  EXPECT_EQ(refusal(""), "expects the vocabulary to contain [PAD], but got none in 0 lines");
  EXPECT_EQ(refusal("[PAD]\nx\n[UNK]\nx\n"), "expects vocabulary line 4 to be new, but got the same as line 2");
  std::string many;
  for (int line = 0; line <= 1 << 20; ++line)
    many += std::to_string(line) + '\n';
  EXPECT_EQ(refusal(many), "expects the vocabulary to have at most 1048576 "
                           "lines, but got more");
}

} // namespace
