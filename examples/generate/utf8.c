/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See utf8.h. The bounds of the second byte keep out overlong forms, surrogates and what is above U+10FFFF. */
#include "utf8.h"

typedef struct lead {
  unsigned char low, high;       /* the second byte's bounds */
  unsigned char length, payload; /* bytes in all; bits of the first byte that count */
} lead;

static lead lead_of(unsigned char byte) {
  lead result = {0x80, 0xBF, 0, 0};
  if (byte < 0x80) {
    result.length = 1, result.payload = 0x7F;
  } else if (byte >= 0xC2 && byte <= 0xDF) {
    result.length = 2, result.payload = 0x1F;
  } else if ((byte & 0xF0) == 0xE0) {
    result.length = 3, result.payload = 0x0F;
    result.low = byte == 0xE0 ? 0xA0 : 0x80;
    result.high = byte == 0xED ? 0x9F : 0xBF;
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    result.length = 4, result.payload = 0x07;
    result.low = byte == 0xF0 ? 0x90 : 0x80;
    result.high = byte == 0xF4 ? 0x8F : 0xBF;
  }
  return result;
}

size_t utf8_read(const char *data, size_t size, uint32_t *code) {
  const unsigned char *units = (const unsigned char *)data;
  lead first = lead_of(units[0]);
  *code = UTF8_INVALID;
  if (first.length == 0)
    return 1;
  uint32_t value = units[0] & first.payload;
  for (size_t i = 1; i < first.length; ++i) {
    if (i == size) {
      *code = UTF8_INCOMPLETE;
      return size;
    }
    if (units[i] < (i == 1 ? first.low : 0x80) || units[i] > (i == 1 ? first.high : 0xBF))
      return i;
    value = value << 6 | (units[i] & 0x3F);
  }
  *code = value;
  return first.length;
}

void utf8_append(bytes *to, uint32_t code) {
  char units[4];
  size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; --i, code >>= 6)
    units[i] = (char)(0x80 | (code & 0x3F));
  static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
  units[0] = (char)(marks[size] | code);
  bytes_append(to, units, size);
}

size_t utf8_check(const char *data, size_t size) {
  for (size_t at = 0; at < size;) {
    uint32_t code;
    size_t length = utf8_read(data + at, size - at, &code);
    if (code == UTF8_INVALID || code == UTF8_INCOMPLETE)
      return at;
    at += length;
  }
  return size;
}
