/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads a tokenizer.json: the whole, and in it the vocabulary, the merges and the added tokens. */
#include "tokenizer_parts.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool refuse(failure *failure, const char *subject, const char *property, const json *actual) {
  char shown[160];
  if (actual && actual->kind == JSON_STRING)
    snprintf(shown, sizeof shown, "'%.*s'", (int)(actual->as.string.size < 150 ? actual->as.string.size : 150),
             actual->as.string.data);
  else if (actual && actual->kind == JSON_NUMBER)
    snprintf(shown, sizeof shown, "%.17g", actual->as.number);
  else if (actual && actual->kind == JSON_BOOL)
    snprintf(shown, sizeof shown, "%s", actual->boolean ? "true" : "false");
  else
    snprintf(shown, sizeof shown, "%s", json_describe(actual));
  return fail(failure, STATUS_REFUSED, "expects %s to %s, but got %s", subject, property, shown);
}

static int compare_entries(const void *a, const void *b) {
  return text_compare(((const bpe_entry *)a)->token, ((const bpe_entry *)b)->token);
}

/* The vocabulary by token and by id; ids of added tokens have a place in the second. */
static bool read_vocabulary(tokenizer *tokens, const json *vocabulary, int32_t count, failure *failure) {
  bpe_entry *entries = arena_allocate(&tokens->memory, vocabulary->as.list.count, sizeof *entries);
  text *by_id = arena_allocate(&tokens->memory, (size_t)count, sizeof *by_id);
  for (size_t i = 0; i < vocabulary->as.list.count; ++i) {
    bpe_entry entry = {json_key(vocabulary, i), (int32_t)json_integer(json_value(vocabulary, i), BPE_MAX_ID)};
    if (by_id[entry.id].data)
      return refuse(failure, "the ids of model.vocab", "differ", json_value(vocabulary, i));
    entries[i] = entry;
    by_id[entry.id] = entry.token;
  }
  qsort(entries, vocabulary->as.list.count, sizeof *entries, compare_entries);
  tokens->model.entries = entries;
  tokens->model.entry_count = vocabulary->as.list.count;
  tokens->model.tokens = by_id;
  tokens->model.token_count = tokens->size = count;
  return true;
}

/* The largest id of vocabulary and added tokens, and one; 0 when one is no id. */
static int32_t count_ids(const json *vocabulary, const json *added, failure *failure) {
  int64_t largest = -1;
  for (size_t i = 0; i < vocabulary->as.list.count; ++i) {
    int64_t id = json_integer(json_value(vocabulary, i), BPE_MAX_ID);
    if (id < 0)
      return refuse(failure, "an id of model.vocab", "be an integer below 2097152", json_value(vocabulary, i));
    largest = id > largest ? id : largest;
  }
  for (size_t i = 0; added && added->kind == JSON_ARRAY && i < added->as.list.count; ++i) {
    int64_t id = json_integer(json_find(&added->as.list.items[i], "id"), BPE_MAX_ID);
    if (id < 0)
      return refuse(failure, "the id of an added token", "be an integer below 2097152",
                    json_find(&added->as.list.items[i], "id"));
    largest = id > largest ? id : largest;
  }
  if (largest < 0)
    return refuse(failure, "model.vocab", "have a token", NULL);
  return (int32_t)largest + 1;
}

/* A merge while it is sorted. */
typedef struct loose_merge {
  int32_t left;
  bpe_merge merge;
} loose_merge;

/* By pair; of equal pairs the last of the file first, which is the one that counts. */
static int compare_merges(const void *a, const void *b) {
  const loose_merge *x = a, *y = b;
  if (x->left != y->left)
    return x->left < y->left ? -1 : 1;
  if (x->merge.right != y->merge.right)
    return x->merge.right < y->merge.right ? -1 : 1;
  return (x->merge.rank < y->merge.rank) - (x->merge.rank > y->merge.rank);
}

/* "a b", or ["a", "b"]. */
static bool parse_merge(const json *merge, text *left, text *right) {
  if (merge->kind == JSON_ARRAY && merge->as.list.count == 2 && merge->as.list.items[0].kind == JSON_STRING &&
      merge->as.list.items[1].kind == JSON_STRING) {
    *left = merge->as.list.items[0].as.string;
    *right = merge->as.list.items[1].as.string;
    return true;
  }
  if (merge->kind != JSON_STRING)
    return false;
  text both = merge->as.string;
  const char *space = both.size ? memchr(both.data, ' ', both.size) : NULL;
  if (!space)
    return false;
  left->data = both.data;
  left->size = (size_t)(space - both.data);
  right->data = space + 1;
  right->size = both.size - left->size - 1;
  return !right->size || !memchr(right->data, ' ', right->size);
}

static bool find_ids(const bpe *model, const json *merge, loose_merge *found, bytes *joined, failure *failure) {
  text left, right;
  if (!parse_merge(merge, &left, &right))
    return refuse(failure, "a merge", "be two tokens", merge);
  joined->size = 0;
  bytes_append(joined, left.data, left.size);
  bytes_append(joined, right.data, right.size);
  text whole = {joined->data, joined->size};
  found->left = bpe_find(model, left);
  found->merge.right = bpe_find(model, right);
  found->merge.result = bpe_find(model, whole);
  if (found->left < 0 || found->merge.right < 0 || found->merge.result < 0)
    return refuse(failure, "both tokens of a merge and what they become", "be in model.vocab",
                  merge->kind == JSON_STRING ? merge : &merge->as.list.items[1]);
  return true;
}

static void keep_merges(tokenizer *tokens, loose_merge *loose, size_t count) {
  bpe *model = &tokens->model;
  bpe_merge *merges = arena_allocate(&tokens->memory, count, sizeof *merges);
  uint32_t *first = arena_allocate(&tokens->memory, (size_t)model->token_count + 1, sizeof *first);
  size_t kept = 0;
  int32_t left = 0;
  qsort(loose, count, sizeof *loose, compare_merges);
  for (size_t i = 0; i < count; ++i) {
    if (i && loose[i].left == loose[i - 1].left && loose[i].merge.right == loose[i - 1].merge.right)
      continue;
    while (left <= loose[i].left)
      first[left++] = (uint32_t)kept;
    merges[kept++] = loose[i].merge;
  }
  while (left <= model->token_count)
    first[left++] = (uint32_t)kept;
  model->merges = merges;
  model->first_merge = first;
}

static bool read_merges(tokenizer *tokens, const json *merges, failure *failure) {
  if (!merges || merges->kind != JSON_ARRAY)
    return refuse(failure, "model.merges", "be an array", merges);
  size_t count = merges->as.list.count;
  loose_merge *loose = allocate(count, sizeof *loose);
  bytes joined = {NULL, 0, 0};
  bool good = true;
  for (size_t i = 0; good && i < count; ++i) {
    loose[i].merge.rank = (int32_t)i;
    good = find_ids(&tokens->model, &merges->as.list.items[i], &loose[i], &joined, failure);
  }
  if (good)
    keep_merges(tokens, loose, count);
  bytes_free(&joined);
  free(loose);
  return good;
}

static bool read_options(bpe *model, const json *file, failure *failure) {
  static const char *const affixes[] = {"continuing_subword_prefix", "end_of_word_suffix"};
  for (int i = 0; i < 2; ++i) {
    const json *affix = json_find(file, affixes[i]);
    if (!json_is_null(affix) && !json_is(affix, ""))
      return refuse(failure, affixes[i], "be empty", affix);
  }
  const json *dropout = json_find(file, "dropout"), *unknown = json_find(file, "unk_token");
  if (!json_is_null(dropout) && json_integer(dropout, 0) != 0)
    return refuse(failure, "model.dropout", "be 0", dropout);
  model->byte_fallback = json_is_true(json_find(file, "byte_fallback"));
  model->fuse_unknown = json_is_true(json_find(file, "fuse_unk"));
  model->ignore_merges = json_is_true(json_find(file, "ignore_merges"));
  model->unknown = unknown && unknown->kind == JSON_STRING ? bpe_find(model, unknown->as.string) : -1;
  if (!json_is_null(unknown) && model->unknown < 0)
    return refuse(failure, "model.unk_token", "be in model.vocab", unknown);
  return true;
}

bool read_model(tokenizer *tokens, const json *model, const json *added, failure *failure) {
  const json *type = json_find(model, "type"), *vocabulary = json_find(model, "vocab");
  /* Files of GPT-2's time do not say it. */
  if (!json_is(type, "BPE") && (type || !json_find(model, "merges")))
    return refuse(failure, "model.type", "be 'BPE'", type);
  if (!vocabulary || vocabulary->kind != JSON_OBJECT)
    return refuse(failure, "model.vocab", "be an object", vocabulary);
  int32_t count = count_ids(vocabulary, added, failure);
  return count && read_vocabulary(tokens, vocabulary, count, failure) && read_options(&tokens->model, model, failure) &&
         read_merges(tokens, json_find(model, "merges"), failure);
}

/* The symbol of each byte: its letter, or its <0x..> token. */
static void find_bytes(bpe *model) {
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    bytes letter = {NULL, 0, 0};
    utf8_append(&letter, bpe_letter_of_byte((unsigned char)byte));
    text token = {letter.data, letter.size};
    snprintf(name, sizeof name, "<0x%02X>", (unsigned)byte);
    model->symbol_of_byte[byte] = bpe_find(model, model->byte_level ? token : text_of(name));
    bytes_free(&letter);
  }
}

static bool read_file(tokenizer *tokens, failure *failure) {
  const json *root = &tokens->document.root, *added = json_find(root, "added_tokens");
  if (root->kind != JSON_OBJECT)
    return refuse(failure, "the file", "be an object", root);
  bool good = read_model(tokens, json_find(root, "model"), added, failure) &&
              read_normalizer(tokens, json_find(root, "normalizer"), failure) &&
              read_pre_tokenizer(tokens, json_find(root, "pre_tokenizer"), failure) &&
              read_added(tokens, added, failure) &&
              read_post_processor(tokens, json_find(root, "post_processor"), failure) &&
              read_decoder(tokens, json_find(root, "decoder"), failure);
  if (good)
    find_bytes(&tokens->model);
  return good;
}

tokenizer *tokenizer_parse(text file, failure *failure) {
  tokenizer *tokens = allocate(1, sizeof *tokens);
  tokens->growth = 1;
  tokens->file = allocate(file.size, 1);
  if (file.size)
    memcpy(tokens->file, file.data, file.size);
  if (json_parse(tokens->file, file.size, &tokens->document, failure) && read_file(tokens, failure))
    return tokens;
  tokenizer_free(tokens);
  return NULL;
}
