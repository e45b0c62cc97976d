/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a model's folder says besides its weights: its tokenizer, and the tokens that end a text. */
#ifndef ATTN_EXAMPLES_GENERATE_MODEL_FOLDER_H
#define ATTN_EXAMPLES_GENERATE_MODEL_FOLDER_H

#include "tokenizer.h"

/* Makes the tokenizer of a model with so many tokens, from a tokenizer.json, from a folder, or for NULL from nothing:
 * then, and for a folder without tokenizer.json, tokens are bytes. Appends the ids that end a text as
 * generation_config.json there, else config.json, has them. NULL when something is refused. */
tokenizer *load_tokenizer(const char *path, int32_t vocabulary, id_list *stops, failure *failure);

#endif
