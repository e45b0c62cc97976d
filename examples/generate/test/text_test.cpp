// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// UTF-8, classes, composition, the pieces of the known patterns, and text that comes token by token.
#include "c_parts.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

namespace {

uint32_t read(const std::string &data, size_t &length) {
  uint32_t code;
  length = utf8_read(data.data(), data.size(), &code);
  return code;
}

TEST(Utf8, ReadsWhatItWrites) {
  for (uint32_t code : {0x0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    bytes buffer = {};
    utf8_append(&buffer, code);
    size_t length, size = buffer.size;
    EXPECT_EQ(read(take(buffer) + "x", length), code);
    EXPECT_EQ(length, size);
  }
}

TEST(Utf8, TellsWrongFromUnfinished) {
  size_t length;
  for (const char *wrong : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xF5", "\xC3x"}) {
    EXPECT_EQ(read(wrong, length), UTF8_INVALID) << wrong;
    EXPECT_EQ(length, 1u);
  }
  EXPECT_EQ(read("\xF0\x9F\x98x", length), UTF8_INVALID);
  EXPECT_EQ(length, 3u); // a prefix of a sequence that could have become valid
  for (const char *unfinished : {"\xC3", "\xE2\x82", "\xF0\x9F\x98"})
    EXPECT_EQ(read(unfinished, length), UTF8_INCOMPLETE) << unfinished;
  EXPECT_EQ(utf8_check("a\xC3\xA9\xC3", 4), 3u);
}

TEST(Unicode, KnowsClasses) {
  EXPECT_EQ(unicode_class('a'), unsigned(UNICODE_LETTER));
  EXPECT_EQ(unicode_class('7'), unsigned(UNICODE_NUMBER | UNICODE_DIGIT));
  EXPECT_EQ(unicode_class(' '), unsigned(UNICODE_SPACE));
  EXPECT_EQ(unicode_class('!'), 0u);
  EXPECT_EQ(unicode_class(0x4E00), unsigned(UNICODE_LETTER));
  EXPECT_EQ(unicode_class(0x2163), unsigned(UNICODE_NUMBER | UNICODE_DIGIT)); // a Roman numeral
  EXPECT_EQ(unicode_class(0x3000), unsigned(UNICODE_SPACE));
  EXPECT_EQ(unicode_class(0x301), 0u);
  EXPECT_EQ(unicode_class(UTF8_INVALID), 0u);
}

TEST(Unicode, ComposesLongRunsOfMarks) {
  // A run of marks is sorted, not bubbled: 200,000 of them in two classes, in the wrong order throughout.
  std::string input = "a", marks;
  for (int i = 0; i < 100000; ++i)
    input += "\u0301\u0327";
  bytes composed = {};
  unicode_compose(textOf(input), &composed);
  std::string result = take(composed);
  EXPECT_EQ(result.size(), 2u + 2u * 100000u + 2u * 99999u); // á, then 0327 each, then the other 0301
  EXPECT_EQ(result.substr(0, 6), "\u00e1\u0327\u0327");
}

std::vector<std::string> piecesOf(split_pattern pattern, const std::string &input) {
  std::vector<std::string> found;
  for (size_t at = 0; at < input.size();) {
    size_t size = split_next(pattern, {input.data() + at, input.size() - at});
    found.push_back(input.substr(at, size));
    at += size;
  }
  return found;
}

TEST(Split, CutsAsTheExpressionsDo) {
  using Pieces = std::vector<std::string>;
  const std::string input = "I'M it's 1234!\n\n  x";
  EXPECT_EQ(piecesOf(SPLIT_GPT2, input), (Pieces{"I", "'", "M", " it", "'s", " 1234", "!", "\n\n ", " x"}));
  EXPECT_EQ(piecesOf(SPLIT_LLAMA3, input), (Pieces{"I", "'M", " it", "'s", " ", "123", "4", "!\n\n", " ", " x"}));
  EXPECT_EQ(piecesOf(SPLIT_QWEN2, input),
            (Pieces{"I", "'M", " it", "'s", " ", "1", "2", "3", "4", "!\n\n", " ", " x"}));
  EXPECT_EQ(piecesOf(SPLIT_LLAMA3, "'\u017fx 'Sx"), (Pieces{"'\u017f", "x", " '", "Sx"})); // a long s is an s
  EXPECT_EQ(piecesOf(SPLIT_LLAMA3, "a \n b\t!"), (Pieces{"a", " \n", " b", "\t", "!"}));
}

tokenizer *load(const char *name) {
  std::ifstream file(std::string(TOKENIZERS "/") + name + ".json", std::ios::binary);
  std::stringstream contents;
  contents << file.rdbuf();
  failure why = {};
  tokenizer *tokens = tokenizer_parse(textOf(contents.str()), &why);
  EXPECT_TRUE(tokens) << name << ": " << why.message;
  return tokens;
}

/// What comes out after each token, with what remains at the end last.
std::vector<std::string> streamOf(const tokenizer *tokens, const std::string &input, bool continues) {
  id_list ids = {};
  failure why = {};
  EXPECT_TRUE(tokenizer_encode(tokens, textOf(input), false, &ids, &why)) << why.message;
  decoding state;
  decoding_begin(&state, tokens, continues);
  std::vector<std::string> parts;
  for (size_t i = 0; i <= ids.size; ++i) {
    bytes part = {};
    if (i < ids.size)
      decoding_next(&state, ids.data[i], &part);
    else
      decoding_end(&state, &part);
    parts.push_back(take(part));
  }
  id_list_free(&ids);
  return parts;
}

TEST(Decoding, HoldsBackWhatIsNoWholeCharacter) {
  // The first is in no vocabulary, so that each of its bytes is a token.
  const std::string rare = "\U0001F9A9";
  for (const char *name : {"llama3", "gpt2", "llama2", "mistral"}) {
    tokenizer *tokens = load(name);
    std::vector<std::string> parts = streamOf(tokens, rare, false);
    std::string whole;
    for (const std::string &part : parts) {
      EXPECT_EQ(utf8_check(part.data(), part.size()), part.size()) << name;
      whole += part;
    }
    EXPECT_EQ(whole.substr(whole.size() - rare.size()), rare) << name;
    tokenizer_free(tokens);
  }
}

TEST(Decoding, ReplacesWhatBecomesNoCharacter) {
  tokenizer *tokens = tokenizer_of_bytes(256);
  decoding state;
  bytes output = {};
  decoding_begin(&state, tokens, false);
  for (int id : {0xE2, 0x82, 0x61, 0xFF, 0xC3, 0xA9, 0xF0, 0x9F, -1, 999})
    decoding_next(&state, id, &output);
  decoding_end(&state, &output);
  EXPECT_EQ(take(output), "\uFFFDa\uFFFD\u00e9\uFFFD");
  tokenizer_free(tokens);
}

TEST(Decoding, KeepsTheSpaceOfATextThatGoesOn) {
  tokenizer *tokens = load("llama2");
  auto joined = [&](bool continues) {
    std::string all;
    for (const std::string &part : streamOf(tokens, "the the", continues))
      all += part;
    return all;
  };
  EXPECT_EQ(joined(false), "the the");
  EXPECT_EQ(joined(true), " the the");
  tokenizer_free(tokens);
}

TEST(Encoding, TakesLongPiecesInReasonableTime) {
  // One piece of a million characters: time that grows with its square would exceed the test's limit by far.
  for (const char *name : {"gpt2", "llama2"}) {
    tokenizer *tokens = load(name);
    std::string input;
    while (input.size() < 1000000)
      input += "abaabbbabaaaa";
    id_list ids = {};
    failure why = {};
    ASSERT_TRUE(tokenizer_encode(tokens, textOf(input), true, &ids, &why)) << why.message;
    EXPECT_GT(ids.size, 1000u);
    id_list_free(&ids);
    tokenizer_free(tokens);
  }
}

TEST(Encoding, RefusesWhatIsNoText) {
  tokenizer *tokens = load("gpt2");
  id_list ids = {};
  failure why = {};
  EXPECT_FALSE(tokenizer_encode(tokens, textOf("ab\xFF"), true, &ids, &why));
  EXPECT_STREQ(why.message, "expects byte 2 of the text to be UTF-8, but got 0xff");
  tokenizer_free(tokens);
  tokens = tokenizer_of_bytes(128);
  EXPECT_FALSE(tokenizer_encode(tokens, textOf("ab\xC3\xA9"), true, &ids, &why));
  EXPECT_STREQ(why.message, "expects byte 2 of the text to be below 128, but got 195");
  id_list_free(&ids);
  tokenizer_free(tokens);
}

} // namespace
