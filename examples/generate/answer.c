/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See answer.h. */
#include "answer.h"

#include "bandwidth.h"
#include "interrupt.h"
#include "utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A model may write anything; a terminal does not get to see control characters but for new lines and tabs. */
static void append_visible(bytes *to, text output) {
  for (size_t i = 0; i < output.size; ++i) {
    unsigned char c = (unsigned char)output.data[i];
    /* The second kind of control characters is two bytes in UTF-8. */
    bool is_second = c == 0xC2 && i + 1 < output.size && (unsigned char)output.data[i + 1] < 0xA0;
    i += is_second;
    if (is_second || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
      utf8_append(to, UTF8_REPLACEMENT);
    else
      bytes_append(to, &output.data[i], 1);
  }
}

static bool print(const conversation *talk, bytes *output, failure *failure) {
  bytes visible = {NULL, 0, 0};
  text all = {output->data, output->size};
  if (talk->to_terminal)
    append_visible(&visible, all);
  const bytes *shown = talk->to_terminal ? &visible : output;
  bool good = (shown->size == 0 || fwrite(shown->data, 1, shown->size, stdout) == shown->size) && fflush(stdout) == 0;
  if (!good)
    fail(failure, STATUS_SYSTEM, "cannot write to standard output: %s", strerror(errno));
  bytes_free(&visible);
  output->size = 0;
  return good;
}

static bool is_stop(const conversation *talk, int32_t id) {
  for (size_t i = 0; i < talk->stops.size; ++i)
    if (talk->stops.data[i] == id)
      return true;
  return false;
}

/* The tokens to put into the session for a prompt: what was chosen last comes first. */
static bool encode(const conversation *talk, text prompt, id_list *ids, failure *failure) {
  ids->size = 0;
  if (talk->pending >= 0)
    id_list_append(ids, talk->pending);
  if (!tokenizer_encode(talk->tokens, prompt, model_length(&talk->model) == 0, ids, failure))
    return false;
  return ids->size > 0 || fail(failure, STATUS_REFUSED, "expects the prompt to have a token, but got none");
}

static int64_t room_of(const conversation *talk) { return talk->model.capacity - model_length(&talk->model); }

/* Encodes a prompt that fits, after emptying the session if it has to and may. */
static bool encode_fitting(conversation *talk, text prompt, id_list *ids, failure *failure) {
  if (!encode(talk, prompt, ids, failure))
    return false;
  if (talk->starts_again && (int64_t)ids->size > room_of(talk) && model_length(&talk->model) > 0) {
    fprintf(stderr, "attn-generate: the session is full: it begins again\n");
    talk->pending = -1;
    if (!model_restart(&talk->model, failure) || !encode(talk, prompt, ids, failure))
      return false;
  }
  return (int64_t)ids->size <= room_of(talk) ||
         fail(failure, STATUS_REFUSED, "expects the prompt to fit into %lld positions, but got %zu tokens",
              (long long)room_of(talk), ids->size);
}

static bool take_prompt(conversation *talk, text prompt, answer_stats *stats, failure *failure) {
  id_list ids = {NULL, 0, 0};
  bool interrupted = false, good = encode_fitting(talk, prompt, &ids, failure);
  if (good) {
    double begin = seconds_now();
    good = model_feed(&talk->model, ids.data, ids.size, &interrupted, failure);
    stats->prompt_seconds = seconds_now() - begin;
  }
  if (good) {
    stats->prompt_tokens = (int64_t)ids.size;
    talk->pending = -1;
  }
  stats->ending = interrupted ? ENDED_BY_INTERRUPT : ENDED_BY_LIMIT;
  id_list_free(&ids);
  return good || interrupted;
}

/* Puts the chosen token into the session. *goes_on is false where it stays pending. */
static bool take_token(conversation *talk, answer_stats *stats, bool *goes_on, failure *failure) {
  bool interrupted = false;
  *goes_on = false;
  if (room_of(talk) == 0) {
    stats->ending = ENDED_BY_CAPACITY;
    return true;
  }
  *goes_on = model_feed(&talk->model, &talk->pending, 1, &interrupted, failure);
  if (interrupted)
    stats->ending = ENDED_BY_INTERRUPT;
  if (!*goes_on)
    return interrupted;
  talk->pending = -1;
  stats->decoded_tokens += 1;
  stats->positions_read += model_length(&talk->model);
  return true;
}

/* Chooses and prints tokens until something ends the answer. */
static bool give_tokens(conversation *talk, answer_stats *stats, decoding *state, bytes *output, failure *failure) {
  bool goes_on = true;
  for (int64_t count = 0; goes_on; ++count) {
    if (interrupt_seen()) {
      stats->ending = ENDED_BY_INTERRUPT;
      return true;
    }
    if (!sampler_choose(&talk->sampler, talk->model.logits, talk->model.vocabulary, &talk->pending, failure))
      return false;
    if (is_stop(talk, talk->pending)) {
      stats->ending = ENDED_BY_STOP;
      return true;
    }
    decoding_next(state, talk->pending, output);
    if (!print(talk, output, failure))
      return false;
    if (count + 1 == talk->limit)
      return true;
    if (!take_token(talk, stats, &goes_on, failure))
      return false;
  }
  return true;
}

bool answer(conversation *talk, text prompt, answer_stats *stats, failure *failure) {
  memset(stats, 0, sizeof *stats);
  if (!take_prompt(talk, prompt, stats, failure))
    return false;
  if (stats->ending == ENDED_BY_INTERRUPT)
    return true;
  decoding state;
  bytes output = {NULL, 0, 0};
  decoding_begin(&state, talk->tokens, true);
  double begin = seconds_now();
  bool good = give_tokens(talk, stats, &state, &output, failure);
  stats->decode_seconds = seconds_now() - begin;
  decoding_end(&state, &output);
  good = good && print(talk, &output, failure);
  bytes_free(&output);
  return good;
}

static void print_rate(const char *what, int64_t tokens, double seconds) {
  fprintf(stderr, "%s: %lld tokens in %.3f s, %.1f tokens/s\n", what, (long long)tokens, seconds,
          seconds > 0 ? (double)tokens / seconds : 0.0);
}

void print_stats(const conversation *talk, const answer_stats *stats) {
  const model *model = &talk->model;
  print_rate("prefill", stats->prompt_tokens, stats->prompt_seconds);
  print_rate("decode", stats->decoded_tokens, stats->decode_seconds);
  if (stats->decoded_tokens > 0 && stats->decode_seconds > 0) {
    double tokens = (double)stats->decoded_tokens;
    double each = (double)model->weight_bytes + (double)model->position_bytes * (double)stats->positions_read / tokens;
    double used = each * tokens / stats->decode_seconds;
    double machine = measure_bandwidth(model->pool ? attn_rt_pool_executor(model->pool) : NULL, (int64_t)each);
    fprintf(stderr,
            "memory: %.3f MB read for each token, %.2f GB/s, %.0f %% of the %.2f GB/s at which this machine reads as "
            "much\n",
            each * 1e-6, used * 1e-9, 100 * used / machine, machine * 1e-9);
  }
  fprintf(stderr, "session: %lld of %lld positions\n", (long long)model_length(model), (long long)model->capacity);
}
