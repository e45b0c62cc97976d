// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a tokenizer.json may ask for, and every sentence by which the rest is refused.
#include "c_parts.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

const char kModel[] = R"({"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"<s>":3},"merges":["a b"]})";
const char kByteLevel[] = R"({"type":"ByteLevel","add_prefix_space":false})";

/// A tokenizer.json with these parts; the others do nothing.
struct File {
  std::string Model = kModel, Added = "[]", Normalizer = "null", PreTokenizer = kByteLevel, PostProcessor = "null",
              Decoder = R"({"type":"ByteLevel"})";

  std::string text() const {
    return R"({"model":)" + Model + R"(,"added_tokens":)" + Added + R"(,"normalizer":)" + Normalizer +
           R"(,"pre_tokenizer":)" + PreTokenizer + R"(,"post_processor":)" + PostProcessor + R"(,"decoder":)" +
           Decoder + "}";
  }
};

std::string refusal(const std::string &file) {
  failure why = {};
  tokenizer *tokens = tokenizer_parse(textOf(file), &why);
  EXPECT_EQ(tokens, nullptr) << file;
  tokenizer_free(tokens);
  EXPECT_EQ(why.status, STATUS_REFUSED);
  return why.message;
}

std::string refusalOf(std::string File::*part, const std::string &value) {
  File file;
  file.*part = value;
  return refusal(file.text());
}

std::string model(const std::string &rest) { return R"({"type":"BPE",)" + rest + "}"; }

std::vector<int32_t> encode(const File &file, const std::string &input) {
  failure why = {};
  tokenizer *tokens = tokenizer_parse(textOf(file.text()), &why);
  EXPECT_TRUE(tokens) << why.message;
  id_list ids = {};
  EXPECT_TRUE(tokenizer_encode(tokens, textOf(input), true, &ids, &why)) << why.message;
  std::vector<int32_t> result(ids.data, ids.data + ids.size);
  id_list_free(&ids);
  tokenizer_free(tokens);
  return result;
}

using Ids = std::vector<int32_t>;

TEST(TokenizerFile, MergesByRankAndThenFromTheLeft) {
  File file;
  EXPECT_EQ(encode(file, "abba"), (Ids{2, 1, 0}));
  file.Model = model(R"("vocab":{"a":0,"b":1,"ab":2,"ba":3,"aba":4},"merges":[["b","a"],["a","b"],["ab","a"]])");
  EXPECT_EQ(encode(file, "abab"), (Ids{0, 3, 1}));
}

TEST(TokenizerFile, TakesAModelWithMergesForOne) {
  File file;
  file.Model = R"({"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]})";
  EXPECT_EQ(encode(file, "ab"), (Ids{2}));
  EXPECT_EQ(refusalOf(&File::Model, R"({"vocab":{"a":0}})"), "expects model.type to be 'BPE', but got none");
}

TEST(TokenizerFile, LeavesOutOrMarksWhatIsUnknown) {
  File file;
  EXPECT_EQ(encode(file, "axxb"), (Ids{2})); // what is left out does not keep its neighbours apart
  file.Model = model(R"("vocab":{"a":0,"b":1,"?":2},"merges":[],"unk_token":"?")");
  EXPECT_EQ(encode(file, "axxb"), (Ids{0, 2, 2, 1}));
  file.Model = model(R"("vocab":{"a":0,"b":1,"?":2},"merges":[],"unk_token":"?","fuse_unk":true)");
  EXPECT_EQ(encode(file, "axxbx"), (Ids{0, 2, 1, 2}));
}

TEST(TokenizerFile, PutsTheTemplateAroundTheText) {
  File file;
  file.PostProcessor = R"({"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
    "single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"e"}}],
    "special_tokens":{"<s>":{"ids":[3]},"e":{"ids":[1,0]}}}]})";
  EXPECT_EQ(encode(file, "ab"), (Ids{3, 2, 1, 0}));
  EXPECT_EQ(encode(file, ""), (Ids{3, 1, 0}));
}

TEST(TokenizerFile, RefusesModels) {
  auto refused = [](const std::string &value) { return refusalOf(&File::Model, value); };
  EXPECT_EQ(refusal("[]"), "expects the file to be an object, but got an array");
  EXPECT_EQ(refused(R"({"type":"Unigram"})"), "expects model.type to be 'BPE', but got 'Unigram'");
  EXPECT_EQ(refused(R"({"type":"BPE"})"), "expects model.vocab to be an object, but got none");
  EXPECT_EQ(refused(model(R"("vocab":{},"merges":[])")), "expects model.vocab to have a token, but got none");
  EXPECT_EQ(refused(model(R"("vocab":{"a":-1})")),
            "expects an id of model.vocab to be an integer below 2097152, but got -1");
  EXPECT_EQ(refused(model(R"("vocab":{"a":2097152})")),
            "expects an id of model.vocab to be an integer below 2097152, but got 2097152");
  EXPECT_EQ(refused(model(R"("vocab":{"a":0,"b":0})")), "expects the ids of model.vocab to differ, but got 0");
  EXPECT_EQ(refused(model(R"("vocab":{"a":0},"dropout":0.1)")),
            "expects model.dropout to be 0, but got 0.10000000000000001");
  EXPECT_EQ(refused(model(R"("vocab":{"a":0},"unk_token":"u")")),
            "expects model.unk_token to be in model.vocab, but got 'u'");
  EXPECT_EQ(refused(model(R"("vocab":{"a":0},"end_of_word_suffix":"</w>")")),
            "expects end_of_word_suffix to be empty, but got '</w>'");
  EXPECT_EQ(refused(model(R"("vocab":{"a":0},"continuing_subword_prefix":"##")")),
            "expects continuing_subword_prefix to be empty, but got '##'");
}

TEST(TokenizerFile, RefusesMerges) {
  auto refused = [](const std::string &merges) {
    return refusalOf(&File::Model, model(R"("vocab":{"a":0,"b":1},"merges":)" + merges));
  };
  EXPECT_EQ(refused("{}"), "expects model.merges to be an array, but got an object");
  EXPECT_EQ(refused("[3]"), "expects a merge to be two tokens, but got 3");
  EXPECT_EQ(refused("[\"ab\"]"), "expects a merge to be two tokens, but got 'ab'");
  EXPECT_EQ(refused("[\"a b c\"]"), "expects a merge to be two tokens, but got 'a b c'");
  EXPECT_EQ(refused("[\"a b\"]"),
            "expects both tokens of a merge and what they become to be in model.vocab, but got 'a b'");
  EXPECT_EQ(refused("[[\"a\",\"c\"]]"),
            "expects both tokens of a merge and what they become to be in model.vocab, but got 'c'");
}

TEST(TokenizerFile, RefusesAddedTokens) {
  auto refused = [](const std::string &value) { return refusalOf(&File::Added, value); };
  EXPECT_EQ(refused("3"), "expects added_tokens to be an array, but got 3");
  EXPECT_EQ(refused("[{}]"), "expects the id of an added token to be an integer below 2097152, but got none");
  EXPECT_EQ(refused(R"([{"id":4}])"), "expects content to be a string, but got none");
  EXPECT_EQ(refused(R"([{"id":4,"content":"x","single_word":true}])"),
            "expects an added token to be found anywhere (single_word), but got 'x'");
  EXPECT_EQ(refused(R"([{"id":4,"content":"a"}])"),
            "expects an added token to have its own id of model.vocab, but got 'a'");
  EXPECT_EQ(refused(R"([{"id":1,"content":"x"}])"),
            "expects an added token to have its own id of model.vocab, but got 'x'");
}

TEST(TokenizerFile, RefusesNormalizers) {
  auto refused = [](const std::string &value) { return refusalOf(&File::Normalizer, value); };
  EXPECT_EQ(refused(R"({"type":"NFKC"})"), "expects a normalizer to be NFC, Prepend or Replace, but got 'NFKC'");
  EXPECT_EQ(refused(R"({"type":"Prepend"})"), "expects prepend to be a string, but got none");
  EXPECT_EQ(refused(R"({"type":"Replace","pattern":{"Regex":"a+"},"content":""})"),
            "expects the pattern of Replace to be a String, but got 'a+'");
  EXPECT_EQ(refused(R"({"type":"Replace","pattern":{"String":""},"content":""})"),
            "expects the pattern of Replace to have 1 to 64 bytes, but got 0");
  std::string steps = R"({"type":"NFC"})";
  for (int i = 0; i < 16; ++i)
    steps += R"(,{"type":"NFC"})";
  EXPECT_EQ(refused(R"({"type":"Sequence","normalizers":[)" + steps + "]}"),
            "expects normalizer to have at most 16 steps, but got an object");
}

TEST(TokenizerFile, RefusesWhatWouldFillMemory) {
  auto replace = [](const std::string &from, size_t size) {
    return R"({"type":"Replace","pattern":{"String":")" + from + R"("},"content":")" + std::string(size, 'a') + R"("})";
  };
  auto normalizers = [](const std::string &steps) { return R"({"type":"Sequence","normalizers":[)" + steps + "]}"; };
  EXPECT_EQ(refusalOf(&File::Normalizer, R"({"type":"Prepend","prepend":")" + std::string(65, 'a') + "\"}"),
            "expects prepend to have 1 to 64 bytes, but got 65");
  EXPECT_EQ(refusalOf(&File::Normalizer, normalizers(replace("a", 64) + "," + replace("bb", 3))),
            "expects Replace and Metaspace to make a text at most 64 times as long, but got 128 times");
  File file;
  file.PreTokenizer = "null";
  file.Normalizer = replace("a", 33);
  file.Decoder = R"({"type":"Sequence","decoders":[)" + replace("a", 2) + "]}";
  EXPECT_EQ(refusal(file.text()),
            "expects Replace and Metaspace to make a text at most 64 times as long, but got 66 times");
}

TEST(TokenizerFile, FindsTheLongestAddedToken) {
  File file;
  file.Added =
      R"([{"id":4,"content":"<a"},{"id":5,"content":"<ab>"},{"id":6,"content":"b>"},{"id":7,"content":"_","lstrip":true,"rstrip":true}])";
  EXPECT_EQ(encode(file, "<ab><abb><a"), (Ids{5, 4, 1, 6, 4}));
  EXPECT_EQ(encode(file, "a \n_ \u3000_a"), (Ids{0, 7, 7, 0}));
}

TEST(TokenizerFile, RefusesPreTokenizers) {
  auto refused = [](const std::string &value) { return refusalOf(&File::PreTokenizer, value); };
  EXPECT_EQ(refused(R"({"type":"Whitespace"})"),
            "expects a pre_tokenizer to be Split, Digits, ByteLevel or Metaspace, but got 'Whitespace'");
  EXPECT_EQ(refused(R"({"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Isolated"})"),
            "expects the pattern of Split to be that of GPT-2, Llama 3 or Qwen 2, but got '\\w+'");
  std::string gpt2 =
      R"({"Regex":"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"})";
  EXPECT_EQ(refused(R"({"type":"Split","behavior":"Removed","pattern":)" + gpt2 + "}"),
            "expects the behavior of Split to be Isolated, but got 'Removed'");
  EXPECT_EQ(refused(R"({"type":"Metaspace","replacement":""})"),
            "expects the replacement of Metaspace to have 1 to 64 bytes, but got 0");
  EXPECT_EQ(refused(R"({"type":"Metaspace","replacement":"_","prepend_scheme":"last"})"),
            "expects the prepend_scheme of Metaspace to be always, first or never, but got 'last'");
  std::string spaces = R"({"type":"Metaspace","replacement":")" + std::string(64, ' ') + R"("})";
  std::string grown = refused(R"({"type":"Sequence","pretokenizers":[)" + spaces + "," + spaces + "]}");
  EXPECT_NE(grown.find("but got 4096"), std::string::npos) << grown;
  std::string both = std::string(kByteLevel) + "," + kByteLevel, many = R"({"type":"Digits"})";
  EXPECT_EQ(refused(R"({"type":"Sequence","pretokenizers":[)" + both + "]}"),
            "expects ByteLevel to be the last pre_tokenizer, but got 'ByteLevel'");
  for (int i = 0; i < 16; ++i)
    many += R"(,{"type":"Digits"})";
  EXPECT_EQ(refused(R"({"type":"Sequence","pretokenizers":[)" + many + "]}"),
            "expects pre_tokenizer to have at most 16 steps, but got an object");
}

TEST(TokenizerFile, RefusesPostProcessors) {
  auto refused = [](const std::string &value) { return refusalOf(&File::PostProcessor, value); };
  EXPECT_EQ(refused(R"({"type":"BertProcessing"})"),
            "expects post_processor to be one TemplateProcessing or ByteLevel, but got 'BertProcessing'");
  EXPECT_EQ(refused(R"({"type":"TemplateProcessing","single":[]})"),
            "expects the single template of TemplateProcessing to have one Sequence, but got an array");
  EXPECT_EQ(refused(R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}]})"),
            "expects a SpecialToken of TemplateProcessing to be in special_tokens, but got 'x'");
  EXPECT_EQ(
      refused(
          R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}],"special_tokens":{"x":{"ids":[4]}}})"),
      "expects an id of special_tokens to be that of a token, but got 4");
  std::string many = R"({"SpecialToken":{"id":"x"}})";
  for (int i = 0; i < 64; ++i)
    many += R"(,{"SpecialToken":{"id":"x"}})";
  EXPECT_EQ(refused(R"({"type":"TemplateProcessing","single":[)" + many + R"(],"special_tokens":{"x":{"ids":[1]}}})"),
            "expects TemplateProcessing to have at most 64 special tokens on a side, but got 'x'");
}

TEST(TokenizerFile, RefusesDecoders) {
  auto refused = [](const std::string &value) {
    File file;
    file.PreTokenizer = "null";
    file.Decoder = value;
    return refusal(file.text());
  };
  auto sequence = [&](const std::string &steps) {
    return refused(R"({"type":"Sequence","decoders":[)" + steps + "]}");
  };
  EXPECT_EQ(refusalOf(&File::Decoder, "null"),
            "expects the decoder of a byte-level tokenizer to be ByteLevel, but got none");
  EXPECT_EQ(refused(R"({"type":"WordPiece"})"),
            "expects decoder to be ByteLevel, Metaspace or a Sequence, but got 'WordPiece'");
  EXPECT_EQ(refused(R"({"type":"Metaspace"})"),
            "expects the replacement of a Metaspace decoder to be a character, but got none");
  EXPECT_EQ(sequence(R"({"type":"Strip","content":" ","start":1,"stop":0})"),
            "expects the steps of decoder to be Replace, ByteFallback, Fuse and Strip, in this order, but got 'Strip'");
  EXPECT_EQ(sequence(R"({"type":"Replace","pattern":{"Regex":"x"},"content":""})"),
            "expects the pattern of a decoder's Replace to be a String, but got none");
  EXPECT_EQ(sequence(R"({"type":"Replace","pattern":{"String":"x"}})"),
            "expects the content of a decoder's Replace to be a string, but got none");
  EXPECT_EQ(sequence(R"({"type":"Fuse"},{"type":"Strip","content":""})"),
            "expects the content of Strip to be a character, but got ''");
  EXPECT_EQ(sequence(R"({"type":"Fuse"},{"type":"Strip","content":" ","start":17})"),
            "expects the start of Strip to be at most 16, but got 17");
  EXPECT_EQ(sequence(R"({"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":1})"),
            "expects the stop of Strip to be 0, but got 1");
  std::string many;
  for (int i = 0; i < 17; ++i)
    many += std::string(i ? "," : "") + R"({"type":"Replace","pattern":{"String":"x"},"content":""})";
  EXPECT_EQ(sequence(many), "expects decoder to have at most 16 steps, but got an object");
}

} // namespace
