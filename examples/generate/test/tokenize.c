/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * tokenize TOKENIZER.json: for tests. Reads texts from standard input, each as u32 size (little-endian) and its bytes,
 * and prints for each a line: its ids, a tab, and the hexadecimal bytes of what they decode to.
 */
#include "tokenizer.h"

#include <stdio.h>
#include <stdlib.h>

static void read_all(FILE *file, bytes *to) {
  char block[1 << 16];
  for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
    bytes_append(to, block, got);
}

static void print(const tokenizer *tokens, const id_list *ids) {
  decoding state;
  bytes decoded = {NULL, 0, 0};
  decoding_begin(&state, tokens, false);
  for (size_t i = 0; i < ids->size; ++i) {
    printf("%s%d", i ? " " : "", (int)ids->data[i]);
    decoding_next(&state, ids->data[i], &decoded);
  }
  decoding_end(&state, &decoded);
  putchar('\t');
  for (size_t i = 0; i < decoded.size; ++i)
    printf("%02x", (unsigned)(unsigned char)decoded.data[i]);
  putchar('\n');
  bytes_free(&decoded);
}

static int tokenize(const tokenizer *tokens, FILE *input) {
  unsigned char size[4];
  bytes line = {NULL, 0, 0};
  id_list ids = {NULL, 0, 0};
  failure failure;
  int status = 0;
  while (status == 0 && fread(size, 1, 4, input) == 4) {
    size_t count = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
    line.data = grow(line.data, &line.room, count + 1, 1);
    text read = {line.data, fread(line.data, 1, count, input)};
    ids.size = 0;
    if (tokenizer_encode(tokens, read, true, &ids, &failure)) {
      print(tokens, &ids);
      continue;
    }
    fprintf(stderr, "tokenize: %s\n", failure.message);
    status = failure.status;
  }
  bytes_free(&line);
  id_list_free(&ids);
  return status;
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file)
    return 2;
  bytes contents = {NULL, 0, 0};
  read_all(file, &contents);
  fclose(file);
  failure failure;
  text json = {contents.data, contents.size};
  tokenizer *tokens = tokenizer_parse(json, &failure);
  bytes_free(&contents);
  if (!tokens) {
    fprintf(stderr, "tokenize: %s\n", failure.message);
    return failure.status;
  }
  int status = tokenize(tokens, stdin);
  tokenizer_free(tokens);
  return status;
}
