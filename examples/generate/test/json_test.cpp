// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The JSON reader: what it takes, and every sentence by which it refuses.
#include "c_parts.h"

#include <gtest/gtest.h>

namespace {

/// A parsed text and its value, or why it was refused.
struct Parsed {
  explicit Parsed(std::string source) : Source(std::move(source)) {
    Good = json_parse(Source.data(), Source.size(), &Document, &Why);
  }
  Parsed(const Parsed &) = delete;
  ~Parsed() {
    if (Good)
      json_free(&Document);
  }
  const json *root() const { return &Document.root; }

  std::string Source;
  json_document Document;
  failure Why = {};
  bool Good;
};

std::string refusal(const std::string &source) {
  Parsed parsed(source);
  EXPECT_FALSE(parsed.Good) << source;
  EXPECT_EQ(parsed.Why.status, STATUS_REFUSED);
  return parsed.Why.message;
}

std::string stringIn(const std::string &source) {
  Parsed parsed(source);
  EXPECT_TRUE(parsed.Good) << source << ": " << parsed.Why.message;
  EXPECT_EQ(parsed.root()->kind, JSON_STRING);
  return parsed.Good ? stringOf(parsed.root()->as.string) : "";
}

TEST(Json, ReadsEveryKind) {
  Parsed parsed(" {\"a\": [1, -2.5e1, true, false, null, \"x\", {}, []], \"b\": 3} \n");
  ASSERT_TRUE(parsed.Good) << parsed.Why.message;
  const json *array = json_find(parsed.root(), "a");
  ASSERT_TRUE(array && array->kind == JSON_ARRAY);
  ASSERT_EQ(array->as.list.count, 8u);
  const json *items = array->as.list.items;
  EXPECT_EQ(items[0].as.number, 1);
  EXPECT_EQ(items[1].as.number, -25);
  EXPECT_TRUE(json_is_true(&items[2]));
  EXPECT_FALSE(json_is_true(&items[3]));
  EXPECT_TRUE(json_is_null(&items[4]));
  EXPECT_TRUE(json_is(&items[5], "x"));
  EXPECT_EQ(items[6].kind, JSON_OBJECT);
  EXPECT_EQ(items[7].as.list.count, 0u);
  EXPECT_EQ(json_integer(json_find(parsed.root(), "b"), 3), 3);
  EXPECT_EQ(json_integer(json_find(parsed.root(), "b"), 2), -1);
  EXPECT_EQ(json_integer(&items[1], 9), -1);
  EXPECT_EQ(json_find(parsed.root(), "c"), nullptr);
}

TEST(Json, ReadsStrings) {
  EXPECT_EQ(stringIn("\"\""), "");
  EXPECT_EQ(stringIn("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(stringIn("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\""), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(stringIn("\"a\\u0000b\""), std::string("a\0b", 3));
  EXPECT_EQ(stringIn("\"\u00e9\U0001F600\""), "\u00e9\U0001F600");
}

TEST(Json, RefusesWhatIsNoJson) {
  EXPECT_EQ(refusal(""), "expects byte 0 to be a value, but got the end");
  EXPECT_EQ(refusal("nul"), "expects byte 0 to be a value, but got 0x6e");
  EXPECT_EQ(refusal("1 2"), "expects byte 2 to be the end, but got 0x32");
  EXPECT_EQ(refusal("[1 2]"), "expects byte 3 to be ',' or ']', but got 0x32");
  EXPECT_EQ(refusal("[1,]"), "expects byte 3 to be a value, but got 0x5d");
  EXPECT_EQ(refusal("{\"a\" 1}"), "expects byte 5 to be ':', but got 0x31");
  EXPECT_EQ(refusal("{\"a\":1;"), "expects byte 6 to be ',' or '}', but got 0x3b");
  EXPECT_EQ(refusal("{a:1}"), "expects byte 1 to be a string, but got 0x61");
  EXPECT_EQ(refusal("\"a\nb\""), "expects byte 2 to be a character of a string, but got 0x0a");
  EXPECT_EQ(refusal("\"\\x\""), "expects byte 2 to be an escape, but got 0x78");
  EXPECT_EQ(refusal("\"\\u12g4\""), "expects byte 5 to be a hexadecimal digit, but got 0x67");
  EXPECT_EQ(refusal("\"\xff\""), "expects byte 1 to be UTF-8, but got 0xff");
}

TEST(Json, RefusesHalfASurrogate) {
  EXPECT_EQ(refusal("\"\\ud83d\""), "expects the surrogate before byte 7 to be a pair, but got its first half");
  EXPECT_EQ(refusal("\"\\ud83d\\u0041\""), "expects the surrogate before byte 13 to be a pair, but got its first half");
  EXPECT_EQ(refusal("\"\\ude00\""), "expects the surrogate before byte 7 to be a pair, but got its second half");
}

TEST(Json, RefusesNumbersThatAreNone) {
  EXPECT_EQ(refusal("01"), "expects byte 1 to be the end, but got 0x31");
  EXPECT_EQ(refusal("-"), "expects byte 1 to be a digit, but got the end");
  EXPECT_EQ(refusal("1."), "expects byte 2 to be a digit, but got the end");
  EXPECT_EQ(refusal("1e+"), "expects byte 3 to be a digit, but got the end");
  EXPECT_EQ(refusal(std::string(64, '1')), "expects the number at byte 0 to have at most 63 characters, but got 64");
}

TEST(Json, RefusesAKeyThatOccursTwice) {
  EXPECT_EQ(refusal("{\"a\": 1, \"b\": 2, \"\\u0061\": 3}"),
            "expects the keys of an object to differ, but got 'a' twice");
}

TEST(Json, RefusesDepth) {
  EXPECT_TRUE(Parsed(std::string(64, '[') + std::string(64, ']')).Good);
  EXPECT_EQ(refusal(std::string(65, '[') + std::string(65, ']')), "expects values to be at most 64 deep, but got more");
}

TEST(Json, RefusesSize) {
  json_document document;
  failure why;
  char nothing[1];
  // The size is refused before a byte is read.
  EXPECT_FALSE(json_parse(nothing, size_t(300) << 20, &document, &why));
  EXPECT_STREQ(why.message, "expects JSON to have at most 268435456 bytes, but got 314572800");
}

} // namespace
