/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a tokenizer is made of: the steps of its tokenizer.json, in the file's order and with the file's names. */
#ifndef ATTN_EXAMPLES_GENERATE_TOKENIZER_PARTS_H
#define ATTN_EXAMPLES_GENERATE_TOKENIZER_PARTS_H

#include "added.h"
#include "bpe.h"
#include "json.h"
#include "split.h"
#include "tokenizer.h"

/* normalizer, and Replace of decoder */
typedef enum normal_kind { NORMAL_COMPOSE, NORMAL_PREPEND, NORMAL_REPLACE } normal_kind;

typedef struct normal_step {
  normal_kind kind;
  text from, to; /* PREPEND: `to` only */
} normal_step;

/* pre_tokenizer */
typedef enum cut_kind { CUT_SPLIT, CUT_DIGITS, CUT_BYTE_LEVEL, CUT_METASPACE } cut_kind;
typedef enum cut_prepend { PREPEND_NEVER, PREPEND_FIRST, PREPEND_ALWAYS } cut_prepend;

typedef struct cut_step {
  cut_kind kind;
  split_pattern pattern; /* SPLIT, BYTE_LEVEL */
  bool each;             /* DIGITS: one by one; BYTE_LEVEL: by the pattern; METASPACE: at every mark */
  bool add_space;        /* BYTE_LEVEL */
  text mark;             /* METASPACE */
  cut_prepend prepend;   /* METASPACE */
} cut_step;

enum { MAX_STEPS = 16 };

struct tokenizer {
  char *file; /* strings point into it */
  json_document document;
  arena memory;
  bool of_bytes;
  int32_t size;
  bpe model;
  added_tokens raw, normalized; /* looked for before and after the normalizer */
  const unsigned char *special; /* by id */
  size_t growth;                /* how many times longer the steps may make a text */
  normal_step normal[MAX_STEPS];
  size_t normal_count;
  cut_step cuts[MAX_STEPS];
  size_t cut_count;
  id_list before, after; /* what post_processor puts around a text */
  struct {
    normal_step replace[MAX_STEPS];
    size_t replace_count;
    text metaspace; /* data NULL where the decoder is none */
    bool drop_first_mark;
    bool byte_fallback;
    text strip;
    size_t strip_count;
  } decoder;
};

/* Appends what the normalizer makes of a text. */
void tokenizer_normalize(const tokenizer *tokens, text input, bytes *to);

/* Appends `input` with all of `from` replaced by `to`; `from` is not empty. */
void replace_all(text input, text from, text to, bytes *out);

/* The parts of the file, read into `tokens`. */
bool read_model(tokenizer *tokens, const json *model, const json *added, failure *failure);
bool read_added(tokenizer *tokens, const json *added, failure *failure);
bool read_normalizer(tokenizer *tokens, const json *step, failure *failure);
bool read_pre_tokenizer(tokenizer *tokens, const json *step, failure *failure);
bool read_post_processor(tokenizer *tokens, const json *step, failure *failure);
bool read_decoder(tokenizer *tokens, const json *decoder, failure *failure);

/* A file must not turn a short text into one that fills memory: what its steps put in is short, and all their Replaces
 * together make a text at most MAX_GROWTH times as long. */
enum { MAX_INSERTED = 64, MAX_GROWTH = 64 };
bool check_inserted(const char *subject, text inserted, failure *failure);
bool check_growth(tokenizer *tokens, text from, text to, failure *failure);

/* "expects SUBJECT to PROPERTY, but got ACTUAL"; returns false. */
bool refuse(failure *failure, const char *subject, const char *property, const json *actual);

#endif
