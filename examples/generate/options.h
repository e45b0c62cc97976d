/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command line: --name=value or --name value, in any order; -- ends the options. */
#ifndef ATTN_EXAMPLES_GENERATE_OPTIONS_H
#define ATTN_EXAMPLES_GENERATE_OPTIONS_H

#include "failure.h"
#include "memory.h"

typedef struct options {
  const char *module, *prompt, *prompt_file, *tokenizer; /* NULL: not given */
  int64_t tokens, threads, capacity;                     /* threads, capacity: 0 = all */
  bool greedy, stats, interactive, help, version;
  double temperature, top_p;
  int64_t seed;
  id_list stops;
} options;

extern const char help_text[];

bool options_parse(options *options, int argc, char **argv, failure *failure);
void options_free(options *options);

#endif
