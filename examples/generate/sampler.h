/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Chooses the next token. Greedy takes the largest logit, of equal ones the smallest id. Otherwise the logits are
 * divided by the temperature, the most likely tokens whose probabilities sum up to top-p are kept, and one of them is
 * drawn by SplitMix64 (Steele, Lea, Flood 2014), one number for each token: the same seed and logits give the same
 * text.
 */
#ifndef ATTN_EXAMPLES_GENERATE_SAMPLER_H
#define ATTN_EXAMPLES_GENERATE_SAMPLER_H

#include "failure.h"
#include "memory.h"

typedef struct sampler {
  bool greedy;
  double temperature, top_p; /* above 0; above 0 and at most 1 */
  uint64_t state;            /* the seed, at first */
  struct sampler_candidate *candidates;
  size_t room;
} sampler;

/* The next id below `count`. Fails when a logit is NaN, or none is finite. */
bool sampler_choose(sampler *sampler, const float *logits, int32_t count, int32_t *id, failure *failure);

void sampler_free(sampler *sampler);

/* The next number of the stream. */
uint64_t splitmix64(uint64_t *state);

#endif
