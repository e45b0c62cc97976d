/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See json.h. Values gather on a stack and move to the document when the array or object that holds them ends. */
#include "json.h"

#include "utf8.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
  char *data;
  size_t size, at;
  unsigned depth;
  json *stack;
  size_t height, room;
  json_document *document;
  failure *failure;
} reader;

static bool read_value(reader *r, json *value);

static bool wrong(reader *r, const char *expected) {
  if (r->at >= r->size)
    return fail(r->failure, STATUS_REFUSED, "expects byte %zu to be %s, but got the end", r->at, expected);
  return fail(r->failure, STATUS_REFUSED, "expects byte %zu to be %s, but got 0x%02x", r->at, expected,
              (unsigned)(unsigned char)r->data[r->at]);
}

static int peek(const reader *r) { return r->at < r->size ? (unsigned char)r->data[r->at] : -1; }

static void skip_space(reader *r) {
  while (r->at < r->size && strchr(" \t\r\n", r->data[r->at]) && r->data[r->at])
    ++r->at;
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static bool skip_digits(reader *r) {
  if (!is_digit(peek(r)))
    return wrong(r, "a digit");
  while (is_digit(peek(r)))
    ++r->at;
  return true;
}

/* The grammar is checked here, because strtod takes more; the value is strtod's. */
static bool read_number(reader *r, json *value) {
  size_t begin = r->at;
  if (peek(r) == '-')
    ++r->at;
  if (peek(r) == '0')
    ++r->at;
  else if (!skip_digits(r))
    return false;
  if (peek(r) == '.') {
    ++r->at;
    if (!skip_digits(r))
      return false;
  }
  if (peek(r) == 'e' || peek(r) == 'E') {
    ++r->at;
    if (peek(r) == '+' || peek(r) == '-')
      ++r->at;
    if (!skip_digits(r))
      return false;
  }
  char digits[64];
  if (r->at - begin >= sizeof digits)
    return fail(r->failure, STATUS_REFUSED,
                "expects the number at byte %zu to have at most %zu characters, but got %zu", begin, sizeof digits - 1,
                r->at - begin);
  memcpy(digits, r->data + begin, r->at - begin);
  digits[r->at - begin] = '\0';
  value->kind = JSON_NUMBER;
  value->as.number = strtod(digits, NULL);
  return true;
}

static bool read_hex(reader *r, uint32_t *unit) {
  *unit = 0;
  for (int i = 0; i < 4; ++i, ++r->at) {
    int c = peek(r), digit = is_digit(c)            ? c - '0'
                             : c >= 'a' && c <= 'f' ? c - 'a' + 10
                             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                    : -1;
    if (digit < 0)
      return wrong(r, "a hexadecimal digit");
    *unit = *unit << 4 | (uint32_t)digit;
  }
  return true;
}

/* What follows \u: one unit, or two that are a surrogate pair. */
static bool read_unicode(reader *r, uint32_t *code) {
  uint32_t low;
  if (!read_hex(r, code))
    return false;
  if (*code >= 0xDC00 && *code <= 0xDFFF)
    return fail(r->failure, STATUS_REFUSED,
                "expects the surrogate before byte %zu to be a pair, but got its second half", r->at);
  if (*code < 0xD800 || *code > 0xDBFF)
    return true;
  bool escaped = r->size - r->at >= 2 && memcmp(r->data + r->at, "\\u", 2) == 0;
  r->at += escaped ? 2 : 0;
  if (escaped && !read_hex(r, &low))
    return false;
  if (!escaped || low < 0xDC00 || low > 0xDFFF)
    return fail(r->failure, STATUS_REFUSED,
                "expects the surrogate before byte %zu to be a pair, but got its first half", r->at);
  *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

/* Reads the escape behind a backslash and writes what it means at *to, which stays behind r->at. */
static bool read_escape(reader *r, char **to) {
  static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  int c = peek(r);
  const char *name = c > 0 ? strchr(names, c) : NULL;
  if (name) {
    *(*to)++ = meanings[name - names];
    ++r->at;
    return true;
  }
  if (c != 'u')
    return wrong(r, "an escape");
  ++r->at;
  uint32_t code;
  if (!read_unicode(r, &code))
    return false;
  bytes encoded = {NULL, 0, 0};
  utf8_append(&encoded, code);
  memcpy(*to, encoded.data, encoded.size);
  *to += encoded.size;
  bytes_free(&encoded);
  return true;
}

static bool read_string(reader *r, json *value) {
  if (peek(r) != '"')
    return wrong(r, "a string");
  char *begin = r->data + ++r->at, *to = begin;
  while (peek(r) != '"') {
    int c = peek(r);
    if (c < 0x20)
      return wrong(r, "a character of a string");
    if (c == '\\') {
      ++r->at;
      if (!read_escape(r, &to))
        return false;
      continue;
    }
    uint32_t code;
    size_t length = utf8_read(r->data + r->at, r->size - r->at, &code);
    if (code == UTF8_INVALID || code == UTF8_INCOMPLETE)
      return wrong(r, "UTF-8");
    memmove(to, r->data + r->at, length);
    to += length;
    r->at += length;
  }
  ++r->at;
  value->kind = JSON_STRING;
  value->as.string.data = begin;
  value->as.string.size = (size_t)(to - begin);
  return true;
}

static void push(reader *r, json value) {
  r->stack = grow(r->stack, &r->room, r->height + 1, sizeof *r->stack);
  r->stack[r->height++] = value;
}

/* Moves all values above `bottom` to the document. */
static void pop(reader *r, size_t bottom, json *value) {
  size_t count = r->height - bottom;
  json *items = count ? arena_allocate(&r->document->memory, count, sizeof *items) : NULL;
  if (count)
    memcpy(items, r->stack + bottom, count * sizeof *items);
  r->height = bottom;
  value->as.list.items = items;
  value->as.list.count = count;
}

static int compare_keys(const void *a, const void *b) { return text_compare(*(const text *)a, *(const text *)b); }

/* Sorting, not hashing: no choice of keys makes it slow. */
static bool check_keys(reader *r, const json *object) {
  text *keys = allocate(object->as.list.count, sizeof *keys);
  for (size_t i = 0; i < object->as.list.count; ++i)
    keys[i] = json_key(object, i);
  qsort(keys, object->as.list.count, sizeof *keys, compare_keys);
  bool unique = true;
  for (size_t i = 1; unique && i < object->as.list.count; ++i) {
    unique = text_compare(keys[i - 1], keys[i]) != 0;
    if (!unique)
      fail(r->failure, STATUS_REFUSED, "expects the keys of an object to differ, but got '%.*s' twice",
           (int)(keys[i].size < 99 ? keys[i].size : 99), keys[i].data);
  }
  free(keys);
  return unique;
}

static bool read_member(reader *r, bool keyed) {
  json item = {JSON_NULL, false, {0}};
  if (keyed) {
    if (!read_string(r, &item))
      return false;
    push(r, item);
    skip_space(r);
    if (peek(r) != ':')
      return wrong(r, "':'");
    ++r->at;
  }
  if (!read_value(r, &item))
    return false;
  push(r, item);
  return true;
}

static bool read_container(reader *r, bool keyed, json *value) {
  int end = keyed ? '}' : ']';
  size_t bottom = r->height;
  if (++r->depth > JSON_MAX_DEPTH)
    return fail(r->failure, STATUS_REFUSED, "expects values to be at most %d deep, but got more", JSON_MAX_DEPTH);
  ++r->at;
  skip_space(r);
  while (peek(r) != end) {
    if (!read_member(r, keyed))
      return false;
    skip_space(r);
    if (peek(r) == end)
      break;
    if (peek(r) != ',')
      return wrong(r, keyed ? "',' or '}'" : "',' or ']'");
    ++r->at;
    skip_space(r);
    if (peek(r) == end)
      return wrong(r, "a value");
  }
  ++r->at;
  --r->depth;
  value->kind = keyed ? JSON_OBJECT : JSON_ARRAY;
  pop(r, bottom, value);
  value->as.list.count /= keyed ? 2 : 1;
  return !keyed || check_keys(r, value);
}

static bool read_word(reader *r, const char *word) {
  size_t size = strlen(word);
  if (r->size - r->at < size || memcmp(r->data + r->at, word, size) != 0)
    return wrong(r, "a value");
  r->at += size;
  return true;
}

static bool read_value(reader *r, json *value) {
  memset(value, 0, sizeof *value);
  skip_space(r);
  switch (peek(r)) {
  case '{':
    return read_container(r, true, value);
  case '[':
    return read_container(r, false, value);
  case '"':
    return read_string(r, value);
  case 'n':
    return read_word(r, "null");
  case 't':
  case 'f':
    value->kind = JSON_BOOL;
    value->boolean = peek(r) == 't';
    return read_word(r, value->boolean ? "true" : "false");
  default:
    return peek(r) == '-' || is_digit(peek(r)) ? read_number(r, value) : wrong(r, "a value");
  }
}

bool json_parse(char *data, size_t size, json_document *document, failure *failure) {
  memset(document, 0, sizeof *document);
  if (size > JSON_MAX_BYTES)
    return fail(failure, STATUS_REFUSED, "expects JSON to have at most %u bytes, but got %zu", JSON_MAX_BYTES, size);
  reader r = {data, size, 0, 0, NULL, 0, 0, document, failure};
  bool good = read_value(&r, &document->root);
  if (good) {
    skip_space(&r);
    good = r.at == size || wrong(&r, "the end");
  }
  free(r.stack);
  if (!good)
    json_free(document);
  return good;
}

void json_free(json_document *document) { arena_free(&document->memory); }
