// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any bytes as a tokenizer.json, and as a text for tokenizers that are good: ids within their bounds, text that is
// UTF-8, at byte level the text that went in, and nothing else.
#include "c_parts.h"

#include <cstdlib>

namespace {

const char kByteLevel[] =
    R"({"model":{"type":"BPE","ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4,"Ċ":5},"merges":["a b","Ġ a"]},
  "normalizer":{"type":"NFC"},"added_tokens":[{"id":6,"content":"<x>","special":true},{"id":7,"content":"<xx","lstrip":true,"rstrip":true}],
  "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"decoder":{"type":"ByteLevel"}})";
const char kPieces[] =
    R"({"model":{"type":"BPE","byte_fallback":true,"unk_token":"?","vocab":{"?":0,"▁":1,"a":2,"▁a":3,"<0x41>":4,"<0xC3>":5,"<0xA9>":6},
  "merges":["▁ a"]},"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
  "added_tokens":[{"id":7,"content":"<s>","normalized":true}],"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},
  "content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}})";

void require(bool condition) {
  if (!condition)
    std::abort();
}

std::string decode(const tokenizer *tokens, const id_list &ids, bool continues) {
  decoding state;
  std::string output;
  decoding_begin(&state, tokens, continues);
  for (size_t i = 0; i <= ids.size; ++i) {
    bytes part = {};
    require(i == ids.size || (ids.data[i] >= 0 && ids.data[i] < tokenizer_size(tokens)));
    if (i < ids.size)
      decoding_next(&state, ids.data[i], &part);
    else
      decoding_end(&state, &part);
    require(utf8_check(part.data ? part.data : "", part.size) == part.size);
    output += take(part);
  }
  return output;
}

void encode(const tokenizer *tokens, const std::string &input) {
  id_list ids = {};
  failure why = {};
  if (tokenizer_encode(tokens, textOf(input), true, &ids, &why))
    decode(tokens, ids, ids.size % 2);
  else
    require(why.message[0] && !std::string(why.message).empty());
  id_list_free(&ids);
}

void encodeWith(const std::string &file, const std::string &input) {
  failure why = {};
  tokenizer *tokens = tokenizer_parse(textOf(file), &why);
  if (tokens)
    encode(tokens, input);
  else
    require(why.status == STATUS_REFUSED && why.message[0]);
  tokenizer_free(tokens);
}

void compareBytes(const std::string &input) {
  tokenizer *tokens = tokenizer_of_bytes(256);
  id_list ids = {};
  failure why = {};
  require(tokenizer_encode(tokens, textOf(input), true, &ids, &why));
  std::string output = decode(tokens, ids, false);
  require(utf8_check(input.data(), input.size()) < input.size() || output == input);
  id_list_free(&ids);
  tokenizer_free(tokens);
}

void splitAll(const std::string &input) {
  if (utf8_check(input.data(), input.size()) < input.size())
    return;
  for (split_pattern pattern : {SPLIT_GPT2, SPLIT_LLAMA3, SPLIT_QWEN2})
    for (size_t at = 0, size; at < input.size(); at += size) {
      size = split_next(pattern, {input.data() + at, input.size() - at});
      require(size > 0 && size <= input.size() - at);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string input(reinterpret_cast<const char *>(data), size);
  encodeWith(input, "a b<s>\u00e9\U0001F600 12  \n");
  encodeWith(kByteLevel, input);
  encodeWith(kPieces, input);
  compareBytes(input);
  splitAll(input);
  return 0;
}
