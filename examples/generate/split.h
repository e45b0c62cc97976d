/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The regular expressions by which byte-level tokenizers cut a text before they merge, each as a matcher written by
 * hand: there are few of them in the world, and an engine for all regular expressions would be larger than the rest of
 * this program.
 */
#ifndef ATTN_EXAMPLES_GENERATE_SPLIT_H
#define ATTN_EXAMPLES_GENERATE_SPLIT_H

#include "memory.h"

#include <stdbool.h>

typedef enum split_pattern {
  SPLIT_GPT2,   /* GPT-2, and ByteLevel with use_regex */
  SPLIT_LLAMA3, /* Llama 3, GPT-4: numbers of up to three digits, lines */
  SPLIT_QWEN2   /* Qwen 2 and 3: the same with single digits */
} split_pattern;

/* Finds the matcher of a regular expression; false when there is none. */
bool split_find(text expression, split_pattern *pattern);

/* The length of the first piece of a text, which is UTF-8 and not empty; every byte of a text is in some piece. */
size_t split_next(split_pattern pattern, text rest);

#endif
