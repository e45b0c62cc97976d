/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One answer: a prompt goes into the session, tokens come out of it and are printed as they come. */
#ifndef ATTN_EXAMPLES_GENERATE_ANSWER_H
#define ATTN_EXAMPLES_GENERATE_ANSWER_H

#include "model.h"
#include "sampler.h"
#include "tokenizer.h"

typedef struct conversation {
  model model;
  tokenizer *tokens;
  sampler sampler;
  id_list stops;
  int64_t limit;   /* tokens of one answer */
  int32_t pending; /* chosen last, and not yet in the session; -1: none */
  bool to_terminal;
  bool starts_again; /* a prompt for which the session has no room left empties it */
} conversation;

/* Why an answer ended. */
typedef enum ending { ENDED_BY_STOP, ENDED_BY_LIMIT, ENDED_BY_CAPACITY, ENDED_BY_INTERRUPT } ending;

/* What an answer took. */
typedef struct answer_stats {
  int64_t prompt_tokens, decoded_tokens;
  double prompt_seconds, decode_seconds;
  int64_t positions_read; /* of the states, in all decoded tokens */
  ending ending;
} answer_stats;

/* Continues the conversation with a prompt, and prints the answer to standard output. Ctrl-C ends it (interrupt.h,
 * which the caller has switched on); a prompt that was interrupted is as if it had not been. */
bool answer(conversation *talk, text prompt, answer_stats *stats, failure *failure);

/* Prints what the answer took, and how much of the machine's read bandwidth it used. */
void print_stats(const conversation *talk, const answer_stats *stats);

#endif
