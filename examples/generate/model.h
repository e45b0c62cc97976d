/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A compiled decoder and one session of it: the part of this program that shows the runtime's API. A decoder has two
 * functions, prefill (any number of tokens) and decode (one), that share weights and states; both return the logits of
 * the token after the last.
 */
#ifndef ATTN_EXAMPLES_GENERATE_MODEL_H
#define ATTN_EXAMPLES_GENERATE_MODEL_H

#include "attn_rt/attn_rt.h"
#include "attn_rt/session.h"
#include "failure.h"
#include "memory.h"

typedef struct model {
  attn_rt_pool *pool; /* NULL: the calling thread alone */
  attn_rt_module *module;
  attn_rt_session *session;
  const attn_rt_function *prefill, *decode;
  int32_t vocabulary;
  int64_t longest;        /* tokens of one call of prefill */
  int64_t capacity;       /* positions that the session holds */
  int64_t weight_bytes;   /* of the module */
  int64_t position_bytes; /* of the states, for each position */
  float *logits;          /* [vocabulary], of the last model_feed */
} model;

/* Opens a module. threads = 0: the CPUs that this process may use; capacity = 0: as much as the module allows. On
 * failure nothing stays open. */
bool model_open(model *model, const char *path, int32_t threads, int64_t capacity, failure *failure);
void model_close(model *model);

int64_t model_length(const model *model);

/* Puts tokens behind those that the session holds, and computes the logits. All or nothing: when it fails or is
 * interrupted (interrupt.h; *interrupted then says so), the session is as it was. There must be room, and a token. */
bool model_feed(model *model, const int32_t *ids, size_t count, bool *interrupted, failure *failure);

/* Forgets all tokens. */
bool model_restart(model *model, failure *failure);

#endif
