/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads the decoder of a tokenizer.json; decoding.c does what it says. */
#include "tokenizer_parts.h"

/* Where a decoder of several steps has got to: each kind may only be followed by later ones. */
enum { AT_REPLACE, AT_BYTES, AT_FUSE, AT_STRIP };

static bool read_strip(tokenizer *tokens, const json *step, failure *failure) {
  const json *content = json_find(step, "content");
  int64_t start = json_integer(json_find(step, "start"), 16);
  if (!content || content->kind != JSON_STRING || content->as.string.size == 0)
    return refuse(failure, "the content of Strip", "be a character", content);
  if (start < 0)
    return refuse(failure, "the start of Strip", "be at most 16", json_find(step, "start"));
  if (json_integer(json_find(step, "stop"), 0) != 0)
    return refuse(failure, "the stop of Strip", "be 0", json_find(step, "stop"));
  tokens->decoder.strip = content->as.string;
  tokens->decoder.strip_count = (size_t)start;
  return true;
}

static bool read_decoder_replace(tokenizer *tokens, const json *step, failure *failure) {
  const json *from = json_find(json_find(step, "pattern"), "String"), *to = json_find(step, "content");
  if (!from || from->kind != JSON_STRING || from->as.string.size == 0)
    return refuse(failure, "the pattern of a decoder's Replace", "be a String", from);
  if (!to || to->kind != JSON_STRING)
    return refuse(failure, "the content of a decoder's Replace", "be a string", to);
  if (tokens->decoder.replace_count == MAX_STEPS)
    return refuse(failure, "decoder", "have at most 16 steps", step);
  normal_step replace = {NORMAL_REPLACE, from->as.string, to->as.string};
  tokens->decoder.replace[tokens->decoder.replace_count++] = replace;
  return check_growth(tokens, replace.from, replace.to, failure);
}

static bool read_decoder_metaspace(tokenizer *tokens, const json *decoder, failure *failure) {
  const json *mark = json_find(decoder, "replacement"), *scheme = json_find(decoder, "prepend_scheme");
  if (!mark || mark->kind != JSON_STRING || mark->as.string.size == 0)
    return refuse(failure, "the replacement of a Metaspace decoder", "be a character", mark);
  tokens->decoder.metaspace = mark->as.string;
  tokens->decoder.drop_first_mark =
      scheme ? !json_is(scheme, "never") : json_is_true(json_find(decoder, "add_prefix_space"));
  return true;
}

/* Replace, ByteFallback, Fuse, Strip: any of them, in this order. */
static bool read_decoder_sequence(tokenizer *tokens, const json *decoders, failure *failure) {
  int at = AT_REPLACE;
  for (size_t i = 0; decoders && decoders->kind == JSON_ARRAY && i < decoders->as.list.count; ++i) {
    const json *step = &decoders->as.list.items[i], *type = json_find(step, "type");
    int is = json_is(type, "Replace")        ? AT_REPLACE
             : json_is(type, "ByteFallback") ? AT_BYTES
             : json_is(type, "Fuse")         ? AT_FUSE
             : json_is(type, "Strip")        ? AT_STRIP
                                             : -1;
    if (is < at || (is == AT_STRIP && at != AT_FUSE))
      return refuse(failure, "the steps of decoder", "be Replace, ByteFallback, Fuse and Strip, in this order", type);
    at = is;
    tokens->decoder.byte_fallback |= is == AT_BYTES;
    if (is == AT_REPLACE && !read_decoder_replace(tokens, step, failure))
      return false;
    if (is == AT_STRIP && !read_strip(tokens, step, failure))
      return false;
  }
  return true;
}

/* A byte-level decoder may stand in a Sequence of one. */
static const json *type_of_only(const json *decoders) {
  bool only = decoders && decoders->kind == JSON_ARRAY && decoders->as.list.count == 1;
  return only ? json_find(&decoders->as.list.items[0], "type") : NULL;
}

bool read_decoder(tokenizer *tokens, const json *decoder, failure *failure) {
  const json *type = json_find(decoder, "type");
  if (json_is(type, "Sequence") && !tokens->model.byte_level)
    return read_decoder_sequence(tokens, json_find(decoder, "decoders"), failure);
  if (json_is(type, "Metaspace") && !tokens->model.byte_level)
    return read_decoder_metaspace(tokens, decoder, failure);
  if (json_is(type, "Sequence"))
    type = type_of_only(json_find(decoder, "decoders"));
  if (tokens->model.byte_level && !json_is(type, "ByteLevel"))
    return refuse(failure, "the decoder of a byte-level tokenizer", "be ByteLevel", type);
  return tokens->model.byte_level || refuse(failure, "decoder", "be ByteLevel, Metaspace or a Sequence", type);
}
