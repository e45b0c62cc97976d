/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See split.h. Each alternative of an expression is a function that returns the length of its match, or 0. */
#include "split.h"

#include "unicode.h"
#include "utf8.h"

#include <string.h>

static const char gpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
static const char llama3[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                             " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
static const char qwen2[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                            " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

bool split_find(text expression, split_pattern *pattern) {
  static const char *const known[] = {gpt2, llama3, qwen2};
  for (int i = 0; i < 3; ++i)
    if (text_equals(expression, known[i])) {
      *pattern = (split_pattern)i;
      return true;
    }
  return false;
}

enum { WORD = UNICODE_LETTER | UNICODE_NUMBER | UNICODE_SPACE };

/* The code point at `at` and its length; at the end 0 and no class. */
static size_t look(text rest, size_t at, uint32_t *code, unsigned *classes) {
  *code = UTF8_INVALID;
  *classes = 0;
  if (at >= rest.size)
    return 0;
  size_t length = utf8_read(rest.data + at, rest.size - at, code);
  *classes = unicode_class(*code);
  return length;
}

/* How far code points whose classes, masked, are `wanted` go on from `at`; at most `limit` of them. */
static size_t run(text rest, size_t at, unsigned mask, bool wanted, size_t limit) {
  uint32_t code;
  unsigned classes;
  for (size_t length; limit-- > 0; at += length) {
    length = look(rest, at, &code, &classes);
    if (length == 0 || ((classes & mask) != 0) != wanted)
      break;
  }
  return at;
}

static size_t letters(text rest, size_t at) { return run(rest, at, UNICODE_LETTER, true, SIZE_MAX); }
static size_t others(text rest, size_t at) { return run(rest, at, WORD, false, SIZE_MAX); }

static bool starts(text rest, size_t at, const char *with) {
  size_t size = strlen(with);
  return rest.size - at >= size && memcmp(rest.data + at, with, size) == 0;
}

/* 's 't 're 've 'm 'll 'd; without regard to case, U+017F is an s. */
static size_t contraction(text rest, bool any_case) {
  static const char *const ends[] = {"s", "t", "re", "ve", "m", "ll", "d"};
  if (rest.data[0] != '\'')
    return 0;
  if (any_case && starts(rest, 1, "\xC5\xBF"))
    return 3;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; ++i) {
    size_t size = strlen(ends[i]), at = 0;
    for (; at < size && 1 + at < rest.size; ++at) {
      char c = rest.data[1 + at];
      if (any_case && c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
      if (c != ends[i][at])
        break;
    }
    if (at == size)
      return 1 + size;
  }
  return 0;
}

/* \s+(?!\S)|\s+ where the text begins with a space: all of them but the last before something else, if there are two.
 */
static size_t spaces(text rest) {
  size_t end = run(rest, 0, UNICODE_SPACE, true, SIZE_MAX);
  if (end == rest.size)
    return end;
  size_t last = end;
  do
    --last;
  while (((unsigned char)rest.data[last] & 0xC0) == 0x80);
  return last ? last : end;
}

static size_t next_gpt2(text rest) {
  size_t end = contraction(rest, false), skip = rest.data[0] == ' ';
  if (end)
    return end;
  if ((end = letters(rest, skip)) > skip)
    return end;
  if ((end = run(rest, skip, UNICODE_NUMBER, true, SIZE_MAX)) > skip)
    return end;
  if ((end = others(rest, skip)) > skip)
    return end;
  return spaces(rest);
}

static bool is_line_end(char c) { return c == '\r' || c == '\n'; }

static size_t line_ends(text rest, size_t at) {
  while (at < rest.size && is_line_end(rest.data[at]))
    ++at;
  return at;
}

/* \s*[\r\n]+: up to the last line end of the spaces here. */
static size_t lines(text rest) {
  size_t end = run(rest, 0, UNICODE_SPACE, true, SIZE_MAX);
  while (end > 0 && !is_line_end(rest.data[end - 1]))
    --end;
  return end;
}

static size_t next_llama3(text rest, size_t digits) {
  size_t end = contraction(rest, true), skip = rest.data[0] == ' ';
  uint32_t code;
  unsigned classes;
  if (end)
    return end;
  size_t first = look(rest, 0, &code, &classes);
  if (classes & UNICODE_LETTER)
    return letters(rest, 0);
  if (!(classes & UNICODE_NUMBER) && !is_line_end(rest.data[0]) && (end = letters(rest, first)) > first)
    return end;
  if ((end = run(rest, 0, UNICODE_NUMBER, true, digits)) > 0)
    return end;
  if ((end = others(rest, skip)) > skip)
    return line_ends(rest, end);
  if ((end = lines(rest)) > 0)
    return end;
  return spaces(rest);
}

size_t split_next(split_pattern pattern, text rest) {
  return pattern == SPLIT_GPT2 ? next_gpt2(rest) : next_llama3(rest, pattern == SPLIT_LLAMA3 ? 3 : 1);
}
