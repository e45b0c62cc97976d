/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Text to token ids and back, as the package `tokenizers` does it for the models that generate text: the byte pair
 * encodings of a tokenizer.json, at byte level (GPT-2, Llama 3, Qwen) or over SentencePiece's pieces (Llama 2,
 * Mistral), and plain bytes for models that have no tokenizer. What a file asks for beyond that is refused by name. A
 * tokenizer does not change once it is made: any number of threads may use it.
 */
#ifndef ATTN_EXAMPLES_GENERATE_TOKENIZER_H
#define ATTN_EXAMPLES_GENERATE_TOKENIZER_H

#include "failure.h"
#include "memory.h"

typedef struct tokenizer tokenizer;

/* Ids are bytes; those of `vocabulary` (at most 256) and above are refused when a text is encoded. */
tokenizer *tokenizer_of_bytes(int32_t vocabulary);

/* Reads a tokenizer.json; NULL when it is refused. The bytes are copied. */
tokenizer *tokenizer_parse(text file, failure *failure);

void tokenizer_free(tokenizer *tokens); /* NULL is welcome */

/* The largest id and one. */
int32_t tokenizer_size(const tokenizer *tokens);

/* The id of a token by its name in the file, or -1. */
int32_t tokenizer_find(const tokenizer *tokens, text name);

/* Appends the ids of a text; with `whole`, between those that the file puts around a text (a begin-of-text token). */
bool tokenizer_encode(const tokenizer *tokens, text input, bool whole, id_list *to, failure *failure);

/* Ids to text, one at a time, so that it can be shown as it comes. What is not yet a whole character is held back.
 * Bytes that become none are replaced by U+FFFD: at byte level one for each sequence that breaks off, as `tokenizers`
 * does; for pieces one for each such byte (there `tokenizers`, which sees all of the text, also replaces whole
 * characters that stand beside them). Special tokens have no text. */
typedef struct decoding {
  const tokenizer *tokens;
  size_t strip;             /* how many leading spaces may still be taken away */
  bool begun;               /* something was decoded, or the text continues another */
  unsigned char pending[4]; /* the beginning of a character */
  size_t pending_size;
} decoding;

/* `continues`: the text goes on where another ended, so that nothing is taken off its front. */
void decoding_begin(decoding *state, const tokenizer *tokens, bool continues);
void decoding_next(decoding *state, int32_t id, bytes *to);
void decoding_end(decoding *state, bytes *to);

#endif
