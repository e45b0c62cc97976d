/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* UTF-8, one code point at a time. */
#ifndef ATTN_EXAMPLES_GENERATE_UTF8_H
#define ATTN_EXAMPLES_GENERATE_UTF8_H

#include "memory.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Not UTF-8, and never a code point: what utf8_read says of bytes that are wrong, or that end too early. */
#define UTF8_INVALID 0xFFFFFFFFu
#define UTF8_INCOMPLETE 0xFFFFFFFEu

/* Reads the code point at the start of `data`, which is not empty, and returns the number of bytes it takes. For
 * UTF8_INVALID that is the longest prefix of a sequence that could have become valid (at least 1), as the Unicode
 * standard recommends to replace at once; for UTF8_INCOMPLETE it is all of `size`. */
size_t utf8_read(const char *data, size_t size, uint32_t *code);

/* Appends a code point, which is valid. */
void utf8_append(bytes *to, uint32_t code);

/* The offset of the first byte that is no UTF-8, or `size`. */
size_t utf8_check(const char *data, size_t size);

#endif
