/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads the steps of a tokenizer.json: normalizer, pre_tokenizer, post_processor, decoder, and the added tokens. */
#include "tokenizer_parts.h"

#include <string.h>

/* The i-th part of a step that is a Sequence with its parts in `field`, or the step itself, or NULL after the last. */
static const json *part(const json *step, const char *field, size_t i) {
  if (!json_is(json_find(step, "type"), "Sequence"))
    return i == 0 && !json_is_null(step) ? step : NULL;
  const json *parts = json_find(step, field);
  return parts && parts->kind == JSON_ARRAY && i < parts->as.list.count ? &parts->as.list.items[i] : NULL;
}

static const json *type_of(const json *step) { return json_find(step, "type"); }

static bool read_text(const json *step, const char *field, text *to, failure *failure) {
  const json *value = json_find(step, field);
  if (!value || value->kind != JSON_STRING)
    return refuse(failure, field, "be a string", value);
  *to = value->as.string;
  return true;
}

bool check_inserted(const char *subject, text inserted, failure *failure) {
  if (inserted.size > 0 && inserted.size <= MAX_INSERTED)
    return true;
  return fail(failure, STATUS_REFUSED, "expects %s to have 1 to %d bytes, but got %zu", subject, MAX_INSERTED,
              inserted.size);
}

bool check_growth(tokenizer *tokens, text from, text to, failure *failure) {
  size_t factor = (to.size + from.size - 1) / from.size;
  tokens->growth *= factor ? factor : 1;
  if (tokens->growth <= MAX_GROWTH)
    return true;
  return fail(failure, STATUS_REFUSED,
              "expects Replace and Metaspace to make a text at most %d times as long, but got %zu times", MAX_GROWTH,
              tokens->growth);
}

static bool read_replace(tokenizer *tokens, const json *step, normal_step *to, failure *failure) {
  const json *pattern = json_find(step, "pattern");
  to->kind = NORMAL_REPLACE;
  if (!json_find(pattern, "String"))
    return refuse(failure, "the pattern of Replace", "be a String",
                  pattern && pattern->kind == JSON_OBJECT && pattern->as.list.count ? json_value(pattern, 0) : pattern);
  if (!read_text(pattern, "String", &to->from, failure) || !read_text(step, "content", &to->to, failure))
    return false;
  return check_inserted("the pattern of Replace", to->from, failure) && check_growth(tokens, to->from, to->to, failure);
}

bool read_normalizer(tokenizer *tokens, const json *step, failure *failure) {
  const json *one;
  for (size_t i = 0; (one = part(step, "normalizers", i)) != NULL; ++i) {
    const json *type = type_of(one);
    if (tokens->normal_count == MAX_STEPS)
      return refuse(failure, "normalizer", "have at most 16 steps", step);
    normal_step *to = &tokens->normal[tokens->normal_count++];
    if (json_is(type, "NFC")) {
      to->kind = NORMAL_COMPOSE;
    } else if (json_is(type, "Prepend")) {
      to->kind = NORMAL_PREPEND;
      if (!read_text(one, "prepend", &to->to, failure) || !check_inserted("prepend", to->to, failure))
        return false;
    } else if (!json_is(type, "Replace")) {
      return refuse(failure, "a normalizer", "be NFC, Prepend or Replace", type);
    } else if (!read_replace(tokens, one, to, failure)) {
      return false;
    }
  }
  return true;
}

static bool read_split(const json *step, cut_step *to, failure *failure) {
  const json *expression = json_find(json_find(step, "pattern"), "Regex"), *behavior = json_find(step, "behavior");
  bool inverted = json_is_true(json_find(step, "invert"));
  to->kind = CUT_SPLIT;
  if (!expression || expression->kind != JSON_STRING || !split_find(expression->as.string, &to->pattern))
    return refuse(failure, "the pattern of Split", "be that of GPT-2, Llama 3 or Qwen 2", expression);
  /* The patterns match every byte, so that to keep the matches and to remove what is between them is the same. */
  if (!(json_is(behavior, "Isolated") && !inverted) && !(json_is(behavior, "Removed") && inverted))
    return refuse(failure, "the behavior of Split", "be Isolated", behavior);
  return true;
}

static bool read_metaspace(const json *step, cut_step *to, failure *failure) {
  const json *scheme = json_find(step, "prepend_scheme"), *split = json_find(step, "split");
  bool older = !scheme && json_is_true(json_find(step, "add_prefix_space"));
  to->kind = CUT_METASPACE;
  to->each = !split || json_is_true(split);
  if (!read_text(step, "replacement", &to->mark, failure) ||
      !check_inserted("the replacement of Metaspace", to->mark, failure))
    return false;
  if (older || json_is(scheme, "always"))
    to->prepend = PREPEND_ALWAYS;
  else if (json_is(scheme, "first"))
    to->prepend = PREPEND_FIRST;
  else if (scheme && !json_is(scheme, "never"))
    return refuse(failure, "the prepend_scheme of Metaspace", "be always, first or never", scheme);
  return true;
}

static bool read_cut(const json *step, cut_step *to, failure *failure) {
  const json *type = type_of(step), *use_regex = json_find(step, "use_regex");
  if (json_is(type, "Split"))
    return read_split(step, to, failure);
  if (json_is(type, "Metaspace"))
    return read_metaspace(step, to, failure);
  if (json_is(type, "Digits")) {
    to->kind = CUT_DIGITS;
    to->each = json_is_true(json_find(step, "individual_digits"));
    return true;
  }
  if (!json_is(type, "ByteLevel"))
    return refuse(failure, "a pre_tokenizer", "be Split, Digits, ByteLevel or Metaspace", type);
  to->kind = CUT_BYTE_LEVEL;
  to->pattern = SPLIT_GPT2;
  to->each = !use_regex || json_is_true(use_regex);
  to->add_space = json_is_true(json_find(step, "add_prefix_space"));
  return true;
}

bool read_pre_tokenizer(tokenizer *tokens, const json *step, failure *failure) {
  const json *one;
  for (size_t i = 0; (one = part(step, "pretokenizers", i)) != NULL; ++i) {
    if (tokens->cut_count == MAX_STEPS)
      return refuse(failure, "pre_tokenizer", "have at most 16 steps", step);
    if (tokens->model.byte_level)
      return refuse(failure, "ByteLevel", "be the last pre_tokenizer", type_of(one));
    cut_step *to = &tokens->cuts[tokens->cut_count++];
    if (!read_cut(one, to, failure))
      return false;
    if (to->kind == CUT_METASPACE && !check_growth(tokens, text_of(" "), to->mark, failure))
      return false;
    tokens->model.byte_level = to->kind == CUT_BYTE_LEVEL;
  }
  return true;
}

/* One token; `special` is by id. */
static bool read_added_token(tokenizer *tokens, const json *token, unsigned char *special, failure *failure) {
  added_token to = {{NULL, 0}, (int32_t)json_integer(json_find(token, "id"), BPE_MAX_ID), false, false};
  text *by_id = (text *)tokens->model.tokens;
  if (!read_text(token, "content", &to.content, failure))
    return false;
  if (json_is_true(json_find(token, "single_word")))
    return refuse(failure, "an added token", "be found anywhere (single_word)", json_find(token, "content"));
  int32_t known = bpe_find(&tokens->model, to.content);
  if ((known >= 0 && known != to.id) || (known < 0 && by_id[to.id].data))
    return refuse(failure, "an added token", "have its own id of model.vocab", json_find(token, "content"));
  to.strip_left = json_is_true(json_find(token, "lstrip"));
  to.strip_right = json_is_true(json_find(token, "rstrip"));
  by_id[to.id] = to.content;
  special[to.id] = json_is_true(json_find(token, "special"));
  bool normalized = json_is_true(json_find(token, "normalized"));
  if (normalized && to.content.size) {
    bytes normal = {NULL, 0, 0};
    tokenizer_normalize(tokens, to.content, &normal);
    char *kept = arena_allocate(&tokens->memory, normal.size + 1, 1);
    to.content.data = memcpy(kept, normal.size ? normal.data : "", normal.size);
    to.content.size = normal.size;
    bytes_free(&normal);
  }
  if (to.content.size)
    added_append(normalized ? &tokens->normalized : &tokens->raw, to);
  return true;
}

bool read_added(tokenizer *tokens, const json *added, failure *failure) {
  unsigned char *special = arena_allocate(&tokens->memory, (size_t)tokens->size, 1);
  tokens->special = special;
  if (json_is_null(added))
    return true;
  if (added->kind != JSON_ARRAY)
    return refuse(failure, "added_tokens", "be an array", added);
  for (size_t i = 0; i < added->as.list.count; ++i)
    if (!read_added_token(tokens, &added->as.list.items[i], special, failure))
      return false;
  added_sort(&tokens->raw);
  added_sort(&tokens->normalized);
  return true;
}

/* The ids of a special token, which a template names. */
/* A file must not turn every text into a long one. */
enum { MAX_SPECIAL = 64 };

static bool read_special(tokenizer *tokens, const json *table, const json *name, id_list *to, failure *failure) {
  for (size_t i = 0;
       name && name->kind == JSON_STRING && table && table->kind == JSON_OBJECT && i < table->as.list.count; ++i) {
    if (text_compare(json_key(table, i), name->as.string) != 0)
      continue;
    const json *ids = json_find(json_value(table, i), "ids");
    for (size_t k = 0; ids && ids->kind == JSON_ARRAY && k < ids->as.list.count; ++k) {
      int64_t id = json_integer(&ids->as.list.items[k], tokens->size - 1);
      if (id < 0)
        return refuse(failure, "an id of special_tokens", "be that of a token", &ids->as.list.items[k]);
      if (to->size == MAX_SPECIAL)
        return refuse(failure, "TemplateProcessing", "have at most 64 special tokens on a side", name);
      id_list_append(to, (int32_t)id);
    }
    return true;
  }
  return refuse(failure, "a SpecialToken of TemplateProcessing", "be in special_tokens", name);
}

static bool read_template(tokenizer *tokens, const json *step, failure *failure) {
  const json *single = json_find(step, "single"), *table = json_find(step, "special_tokens");
  size_t sequences = 0;
  for (size_t i = 0; single && single->kind == JSON_ARRAY && i < single->as.list.count; ++i) {
    const json *special = json_find(&single->as.list.items[i], "SpecialToken");
    if (special &&
        !read_special(tokens, table, json_find(special, "id"), sequences ? &tokens->after : &tokens->before, failure))
      return false;
    sequences += json_find(&single->as.list.items[i], "Sequence") != NULL;
  }
  return sequences == 1 || refuse(failure, "the single template of TemplateProcessing", "have one Sequence", single);
}

bool read_post_processor(tokenizer *tokens, const json *step, failure *failure) {
  const json *one;
  bool seen = false;
  for (size_t i = 0; (one = part(step, "processors", i)) != NULL; ++i) {
    const json *type = type_of(one);
    if (json_is(type, "ByteLevel")) /* moves offsets, which nobody asks for here */
      continue;
    if (!json_is(type, "TemplateProcessing") || seen)
      return refuse(failure, "post_processor", "be one TemplateProcessing or ByteLevel", type);
    seen = true;
    if (!read_template(tokens, one, failure))
      return false;
  }
  return true;
}
