/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See tokenizer.h: from ids to text, one id at a time. */
#include "tokenizer_parts.h"
#include "utf8.h"

#include <string.h>

void decoding_begin(decoding *state, const tokenizer *tokens, bool continues) {
  memset(state, 0, sizeof *state);
  state->tokens = tokens;
  state->begun = continues;
  state->strip = continues ? 0 : tokens->decoder.strip_count;
}

/* Appends text, but for what is still to be stripped off its front. */
static void emit(decoding *state, text piece, bytes *to) {
  text strip = state->tokens->decoder.strip;
  while (state->strip && piece.size) {
    bool strips = piece.size >= strip.size && memcmp(piece.data, strip.data, strip.size) == 0;
    state->strip = strips ? state->strip - 1 : 0;
    piece.data += strips ? strip.size : 0;
    piece.size -= strips ? strip.size : 0;
  }
  bytes_append(to, piece.data, piece.size);
}

static void emit_replacement(decoding *state, size_t count, bytes *to) {
  while (count-- > 0)
    emit(state, text_of("\xEF\xBF\xBD"), to);
}

/* Emits what the pending bytes are, but for the beginning of a character that may still be completed. */
static void settle(decoding *state, bool at_end, bytes *to) {
  bool each = !state->tokens->model.byte_level && !state->tokens->of_bytes;
  while (state->pending_size) {
    uint32_t code;
    text units = {(const char *)state->pending, 0};
    units.size = utf8_read(units.data, state->pending_size, &code);
    if (code == UTF8_INCOMPLETE && !at_end)
      return;
    if (code == UTF8_INCOMPLETE || code == UTF8_INVALID)
      emit_replacement(state, each ? units.size : 1, to);
    else
      emit(state, units, to);
    state->pending_size -= units.size;
    memmove(state->pending, state->pending + units.size, state->pending_size);
  }
}

/* A character takes at most four bytes, and settle leaves at most three. */
static void add_byte(decoding *state, unsigned char byte, bytes *to) {
  state->pending[state->pending_size++] = byte;
  settle(state, false, to);
}

/* The bytes that the letters of a byte-level token stand for; a token with any other letter is itself. */
static void add_letters(decoding *state, text token, bytes *to) {
  bool letters = true;
  uint32_t code;
  for (size_t at = 0; letters && at < token.size;) {
    at += utf8_read(token.data + at, token.size - at, &code);
    letters = bpe_byte_of_letter(code) >= 0;
  }
  for (size_t at = 0; letters && at < token.size;) {
    at += utf8_read(token.data + at, token.size - at, &code);
    add_byte(state, (unsigned char)bpe_byte_of_letter(code), to);
  }
  for (size_t at = 0; !letters && at < token.size; ++at)
    add_byte(state, (unsigned char)token.data[at], to);
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                : -1;
}

/* The byte of a token such as <0x0A>, or -1. */
static int byte_of_token(text token) {
  if (token.size != 6 || memcmp(token.data, "<0x", 3) != 0 || token.data[5] != '>')
    return -1;
  int high = hex_digit(token.data[3]), low = hex_digit(token.data[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void add_piece(decoding *state, text token, bytes *to) {
  const tokenizer *tokens = state->tokens;
  bytes now = {NULL, 0, 0}, next = {NULL, 0, 0};
  settle(state, true, to);
  bytes_append(&now, token.data, token.size);
  for (size_t i = 0; i <= tokens->decoder.replace_count; ++i) {
    text input = {now.data, now.size};
    const normal_step *step = &tokens->decoder.replace[i];
    next.size = 0;
    if (i < tokens->decoder.replace_count)
      replace_all(input, step->from, step->to, &next);
    else if (tokens->decoder.metaspace.data)
      replace_all(input, tokens->decoder.metaspace,
                  text_of(!state->begun && tokens->decoder.drop_first_mark ? "" : " "), &next);
    else
      break;
    bytes swapped = now;
    now = next;
    next = swapped;
  }
  text output = {now.data, now.size};
  emit(state, output, to);
  bytes_free(&now);
  bytes_free(&next);
}

void decoding_next(decoding *state, int32_t id, bytes *to) {
  const tokenizer *tokens = state->tokens;
  if (id < 0 || id >= tokens->size)
    return;
  if (tokens->of_bytes) {
    add_byte(state, (unsigned char)id, to);
    return;
  }
  text token = tokens->model.tokens[id];
  if (!token.data || tokens->special[id])
    return;
  int byte = tokens->decoder.byte_fallback ? byte_of_token(token) : -1;
  if (tokens->model.byte_level)
    add_letters(state, token, to);
  else if (byte >= 0)
    add_byte(state, (unsigned char)byte, to);
  else
    add_piece(state, token, to);
  state->begun = true;
}

void decoding_end(decoding *state, bytes *to) { settle(state, true, to); }
