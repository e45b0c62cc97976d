/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What tokenizers ask of a code point, and Unicode's normal form C. The tables behind it are written by
 * generate_unicode.py and answer as the libraries do with which models were trained.
 */
#ifndef ATTN_EXAMPLES_GENERATE_UNICODE_H
#define ATTN_EXAMPLES_GENERATE_UNICODE_H

#include "memory.h"

enum {
  UNICODE_LETTER = 1, /* \p{L} */
  UNICODE_NUMBER = 2, /* \p{N} */
  UNICODE_SPACE = 4,  /* \s */
  UNICODE_DIGIT = 8   /* what the pre-tokenizer Digits takes for one: \p{N} of another year */
};

/* The classes of a code point, or of UTF8_INVALID: none. */
unsigned unicode_class(uint32_t code);

/* Appends the normal form C of a text, which is UTF-8. */
void unicode_compose(text from, bytes *to);

#endif
