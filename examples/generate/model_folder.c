/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See model_folder.h. */
#include "model_folder.h"

#include "files.h"
#include "json.h"

#include <stdlib.h>

/* eos_token_id: an id, or several. */
static bool read_stops(const json *config, id_list *stops, failure *failure) {
  const json *ids = json_find(config, "eos_token_id");
  bool several = ids && ids->kind == JSON_ARRAY;
  size_t count = several ? ids->as.list.count : !json_is_null(ids);
  for (size_t i = 0; i < count; ++i) {
    int64_t id = json_integer(several ? &ids->as.list.items[i] : ids, INT32_MAX);
    if (id < 0)
      return fail(failure, STATUS_REFUSED, "expects eos_token_id to be an id or an array of ids, but got %s",
                  json_describe(several ? &ids->as.list.items[i] : ids));
    id_list_append(stops, (int32_t)id);
  }
  return true;
}

static bool read_config(const char *path, id_list *stops, failure *failure) {
  bytes contents = {NULL, 0, 0};
  json_document document;
  bool read = read_file(path, 1 << 20, &contents, failure), good = read;
  if (read) {
    good = json_parse(contents.data, contents.size, &document, failure);
    if (good) {
      good = read_stops(&document.root, stops, failure);
      json_free(&document);
    }
    good = good || fail_within(failure, path);
  }
  bytes_free(&contents);
  return good;
}

/* Of the two files that may have it the first that exists. */
static bool find_stops(const char *folder, id_list *stops, failure *failure) {
  static const char *const names[] = {"generation_config.json", "config.json"};
  for (int i = 0; i < 2; ++i) {
    char *path = join_path(folder, names[i]);
    bool exists = is_file(path), good = !exists || read_config(path, stops, failure);
    free(path);
    if (exists)
      return good;
  }
  return true;
}

static tokenizer *read_tokenizer(const char *path, int32_t vocabulary, failure *failure) {
  bytes contents = {NULL, 0, 0};
  tokenizer *tokens = NULL;
  if (read_file(path, JSON_MAX_BYTES, &contents, failure)) {
    text file = {contents.data, contents.size};
    tokens = tokenizer_parse(file, failure);
    if (tokens && tokenizer_size(tokens) > vocabulary) {
      fail(failure, STATUS_REFUSED, "expects the tokenizer to have at most the %d tokens of the model, but got %d",
           (int)vocabulary, (int)tokenizer_size(tokens));
      tokenizer_free(tokens);
      tokens = NULL;
    }
    if (!tokens)
      fail_within(failure, path);
  }
  bytes_free(&contents);
  return tokens;
}

static tokenizer *make_bytes(int32_t vocabulary, failure *failure) {
  if (vocabulary <= 256)
    return tokenizer_of_bytes(vocabulary);
  fail(failure, STATUS_REFUSED, "expects a tokenizer.json for a model of more than 256 tokens, but got none for %d",
       (int)vocabulary);
  return NULL;
}

tokenizer *load_tokenizer(const char *path, int32_t vocabulary, id_list *stops, failure *failure) {
  if (!path)
    return make_bytes(vocabulary, failure);
  bool folder = is_folder(path);
  char *where = folder ? NULL : folder_of(path);
  char *file = folder ? join_path(path, "tokenizer.json") : NULL;
  tokenizer *tokens = NULL;
  if (folder && !is_file(file))
    tokens = make_bytes(vocabulary, failure);
  else
    tokens = read_tokenizer(folder ? file : path, vocabulary, failure);
  if (tokens && !find_stops(folder ? path : where, stops, failure)) {
    tokenizer_free(tokens);
    tokens = NULL;
  }
  free(file);
  free(where);
  return tokens;
}
