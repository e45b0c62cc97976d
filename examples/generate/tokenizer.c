/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See tokenizer.h: from text to ids. A text is split at added tokens, normalised, cut to pieces, and those are merged.
 */
#include "tokenizer.h"

#include "tokenizer_parts.h"
#include "unicode.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

tokenizer *tokenizer_of_bytes(int32_t vocabulary) {
  tokenizer *tokens = allocate(1, sizeof *tokens);
  tokens->of_bytes = true;
  tokens->size = vocabulary < 256 ? vocabulary : 256;
  return tokens;
}

void tokenizer_free(tokenizer *tokens) {
  if (!tokens)
    return;
  json_free(&tokens->document);
  arena_free(&tokens->memory);
  added_free(&tokens->raw);
  added_free(&tokens->normalized);
  id_list_free(&tokens->before);
  id_list_free(&tokens->after);
  free(tokens->file);
  free(tokens);
}

int32_t tokenizer_size(const tokenizer *tokens) { return tokens->size; }

int32_t tokenizer_find(const tokenizer *tokens, text name) {
  for (size_t i = 0; i < tokens->raw.count; ++i)
    if (text_compare(tokens->raw.tokens[i].content, name) == 0)
      return tokens->raw.tokens[i].id;
  return tokens->of_bytes ? -1 : bpe_find(&tokens->model, name);
}

void replace_all(text input, text from, text to, bytes *out) {
  size_t kept = 0, at = 0;
  if (input.size == 0)
    return;
  while (at + from.size <= input.size) {
    const char *found = memchr(input.data + at, from.data[0], input.size - from.size - at + 1);
    if (!found)
      break;
    at = (size_t)(found - input.data);
    if (memcmp(found, from.data, from.size) != 0) {
      ++at;
      continue;
    }
    bytes_append(out, input.data + kept, at - kept);
    bytes_append(out, to.data, to.size);
    kept = at += from.size;
  }
  bytes_append(out, input.data + kept, input.size - kept);
}

void tokenizer_normalize(const tokenizer *tokens, text input, bytes *to) {
  bytes current = {NULL, 0, 0}, next = {NULL, 0, 0};
  bytes_append(&current, input.data, input.size);
  for (size_t i = 0; i < tokens->normal_count; ++i) {
    const normal_step *step = &tokens->normal[i];
    text now = {current.data, current.size};
    next.size = 0;
    if (step->kind == NORMAL_COMPOSE) {
      unicode_compose(now, &next);
    } else if (step->kind == NORMAL_REPLACE) {
      replace_all(now, step->from, step->to, &next);
    } else {
      bytes_append(&next, step->to.data, now.size ? step->to.size : 0);
      bytes_append(&next, now.data, now.size);
    }
    bytes swapped = current;
    current = next;
    next = swapped;
  }
  bytes_append(to, current.data, current.size);
  bytes_free(&current);
  bytes_free(&next);
}

typedef struct encoder {
  const tokenizer *tokens;
  bpe_scratch scratch;
  id_list *to;
} encoder;

static void cut(encoder *e, size_t step, text piece, bool first);

static void cut_by_pattern(encoder *e, size_t step, split_pattern pattern, text piece, bool first) {
  while (piece.size) {
    text head = {piece.data, split_next(pattern, piece)};
    cut(e, step + 1, head, first);
    piece.data += head.size;
    piece.size -= head.size;
    first = false;
  }
}

static void cut_digits(encoder *e, size_t step, bool each, text piece, bool first) {
  size_t begin = 0;
  bool was = false;
  for (size_t at = 0, length; at < piece.size; at += length) {
    uint32_t code;
    length = utf8_read(piece.data + at, piece.size - at, &code);
    bool is = unicode_class(code) & UNICODE_DIGIT;
    if (at > begin && (is != was || (is && each))) {
      text head = {piece.data + begin, at - begin};
      cut(e, step + 1, head, first && begin == 0);
      begin = at;
    }
    was = is;
  }
  text tail = {piece.data + begin, piece.size - begin};
  cut(e, step + 1, tail, first && begin == 0);
}

static void cut_byte_level(encoder *e, size_t step, const cut_step *how, text piece, bool first) {
  bytes spaced = {NULL, 0, 0};
  if (how->add_space && piece.data[0] != ' ') {
    bytes_append(&spaced, " ", 1);
    bytes_append(&spaced, piece.data, piece.size);
    piece.data = spaced.data;
    piece.size = spaced.size;
  }
  if (how->each)
    cut_by_pattern(e, step, how->pattern, piece, first);
  else
    cut(e, step + 1, piece, first);
  bytes_free(&spaced);
}

static bool begins_with(text input, size_t at, text with) {
  return input.size - at >= with.size && memcmp(input.data + at, with.data, with.size) == 0;
}

static void cut_metaspace(encoder *e, size_t step, const cut_step *how, text piece, bool first) {
  bytes marked = {NULL, 0, 0}, whole = {NULL, 0, 0};
  replace_all(piece, text_of(" "), how->mark, &marked);
  text all = {marked.data, marked.size};
  if ((how->prepend == PREPEND_ALWAYS || (how->prepend == PREPEND_FIRST && first)) && !begins_with(all, 0, how->mark))
    bytes_append(&whole, how->mark.data, how->mark.size);
  bytes_append(&whole, marked.data, marked.size);
  size_t begin = 0;
  text input = {whole.data, whole.size};
  for (size_t at = 1; how->each && at < input.size; ++at)
    if (begins_with(input, at, how->mark)) {
      text head = {input.data + begin, at - begin};
      cut(e, step + 1, head, first && begin == 0);
      begin = at;
    }
  text tail = {input.data + begin, input.size - begin};
  cut(e, step + 1, tail, first && begin == 0);
  bytes_free(&marked);
  bytes_free(&whole);
}

/* Cuts a piece by the steps from `step` on; `first` where it is the beginning of the text. */
static void cut(encoder *e, size_t step, text piece, bool first) {
  if (piece.size == 0)
    return;
  if (step == e->tokens->cut_count) {
    bpe_encode(&e->tokens->model, &e->scratch, piece, e->to);
    return;
  }
  const cut_step *how = &e->tokens->cuts[step];
  switch (how->kind) {
  case CUT_SPLIT:
    cut_by_pattern(e, step, how->pattern, piece, first);
    break;
  case CUT_DIGITS:
    cut_digits(e, step, how->each, piece, first);
    break;
  case CUT_BYTE_LEVEL:
    cut_byte_level(e, step, how, piece, first);
    break;
  case CUT_METASPACE:
    cut_metaspace(e, step, how, piece, first);
    break;
  }
}

static void encode_normalized(encoder *e, text input, bool first) {
  size_t used = 0, from = 0;
  added_match match;
  if (input.size == 0)
    return;
  while (added_find(&e->tokens->normalized, input, &from, used, &match)) {
    if (match.begin > used) {
      text gap = {input.data + used, match.begin - used};
      cut(e, 0, gap, first && used == 0);
    }
    id_list_append(e->to, match.id);
    used = match.end > used ? match.end : used;
  }
  text gap = {input.data + used, input.size - used};
  cut(e, 0, gap, first && used == 0);
}

static void encode_gap(encoder *e, text gap, bool first) {
  if (gap.size == 0)
    return;
  bytes normal = {NULL, 0, 0};
  tokenizer_normalize(e->tokens, gap, &normal);
  text input = {normal.data, normal.size};
  encode_normalized(e, input, first);
  bytes_free(&normal);
}

static bool encode_bytes(const tokenizer *tokens, text input, id_list *to, failure *failure) {
  for (size_t i = 0; i < input.size; ++i) {
    int32_t id = (unsigned char)input.data[i];
    if (id >= tokens->size)
      return fail(failure, STATUS_REFUSED, "expects byte %zu of the text to be below %d, but got %d", i,
                  (int)tokens->size, (int)id);
    id_list_append(to, id);
  }
  return true;
}

static void append_all(id_list *to, const id_list *from) {
  for (size_t i = 0; i < from->size; ++i)
    id_list_append(to, from->data[i]);
}

bool tokenizer_encode(const tokenizer *tokens, text input, bool whole, id_list *to, failure *failure) {
  if (tokens->of_bytes)
    return encode_bytes(tokens, input, to, failure);
  if (input.size == 0)
    input.data = "";
  size_t wrong = utf8_check(input.data, input.size);
  if (wrong < input.size)
    return fail(failure, STATUS_REFUSED, "expects byte %zu of the text to be UTF-8, but got 0x%02x", wrong,
                (unsigned)(unsigned char)input.data[wrong]);
  encoder e = {tokens, {NULL, NULL, 0, 0, 0, 0, {NULL, 0, 0}}, to};
  if (whole)
    append_all(to, &tokens->before);
  size_t used = 0, from = 0;
  added_match match;
  while (added_find(&tokens->raw, input, &from, used, &match)) {
    text gap = {input.data + used, match.begin > used ? match.begin - used : 0};
    encode_gap(&e, gap, used == 0);
    id_list_append(to, match.id);
    used = match.end > used ? match.end : used;
  }
  text gap = {input.data + used, input.size - used};
  encode_gap(&e, gap, used == 0);
  if (whole)
    append_all(to, &tokens->after);
  bpe_scratch_free(&e.scratch);
  return true;
}
