/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sampler.h. */
#include "sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct sampler_candidate {
  double weight;
  int32_t id;
} sampler_candidate;

uint64_t splitmix64(uint64_t *state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

void sampler_free(sampler *sampler) {
  free(sampler->candidates);
  memset(sampler, 0, sizeof *sampler);
}

static bool find_largest(const float *logits, int32_t count, int32_t *largest, failure *failure) {
  *largest = 0;
  for (int32_t i = 0; i < count; ++i) {
    if (isnan(logits[i]))
      return fail(failure, STATUS_REFUSED, "expects the logit of token %d to be a number, but got NaN", (int)i);
    if (logits[i] > logits[*largest])
      *largest = i;
  }
  if (!isfinite(logits[*largest]))
    return fail(failure, STATUS_REFUSED, "expects the largest logit to be finite, but got %g",
                (double)logits[*largest]);
  return true;
}

static int compare(const void *a, const void *b) {
  const sampler_candidate *x = a, *y = b;
  if (x->weight != y->weight)
    return x->weight > y->weight ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

/* Weights of the tokens that can be among the kept ones, best first. A token whose probability is below what top-p
 * leaves out, shared by all the others, cannot: that saves sorting a large vocabulary. */
static size_t rank(sampler *sampler, const float *logits, int32_t count, int32_t largest, double *sum) {
  sampler->candidates = grow(sampler->candidates, &sampler->room, (size_t)count, sizeof *sampler->candidates);
  sampler_candidate *all = sampler->candidates;
  *sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    all[i].id = i;
    all[i].weight = exp(((double)logits[i] - (double)logits[largest]) / sampler->temperature);
    *sum += all[i].weight;
  }
  double least = count > 1 ? *sum * (1 - sampler->top_p) / (count - 1) : 0;
  size_t kept = 0;
  for (int32_t i = 0; i < count; ++i)
    if (all[i].weight >= least || i == largest)
      all[kept++] = all[i];
  qsort(all, kept, sizeof *all, compare);
  return kept;
}

bool sampler_choose(sampler *sampler, const float *logits, int32_t count, int32_t *id, failure *failure) {
  if (!find_largest(logits, count, id, failure))
    return false;
  if (sampler->greedy)
    return true;
  double sum, within = 0;
  size_t kept = rank(sampler, logits, count, *id, &sum), last = 0;
  for (; last < kept; ++last) {
    within += sampler->candidates[last].weight;
    if (within >= sampler->top_p * sum)
      break;
  }
  last = last < kept ? last : kept - 1;
  double drawn = (double)(splitmix64(&sampler->state) >> 11) / 9007199254740992.0 * within, seen = 0; /* 2^53 */
  size_t at = 0;
  while (at < last && (seen += sampler->candidates[at].weight) <= drawn)
    ++at;
  *id = sampler->candidates[at].id;
  return true;
}
