/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See bandwidth.h. */
#define _POSIX_C_SOURCE 200809L
#include "bandwidth.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LANES = 32, PIECE = 1 << 16 }; /* words that are summed side by side; bytes of one parallel body */

typedef struct probe {
  const uint64_t *words;
  size_t pieces;
  volatile uint64_t sink; /* so that the reads happen */
} probe;

static void read_piece(void *arg, int64_t index, int64_t worker) {
  probe *p = arg;
  const uint64_t *words = p->words + (size_t)index * (PIECE / sizeof *words);
  uint64_t sums[LANES] = {0}, sum = 0;
  (void)worker;
  for (size_t i = 0; i < PIECE / sizeof *words; i += LANES)
    for (size_t lane = 0; lane < LANES; ++lane)
      sums[lane] ^= words[i + lane];
  for (size_t lane = 0; lane < LANES; ++lane)
    sum ^= sums[lane];
  if (sum == 1) /* never: all words are the same, and there is an even number of them */
    p->sink = sum;
}

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void read_once(const attn_rt_executor *executor, probe *p) {
  if (executor) {
    executor->parallel_for(executor->context, (int64_t)p->pieces, read_piece, p);
    return;
  }
  for (size_t i = 0; i < p->pieces; ++i)
    read_piece(p, (int64_t)i, 0);
}

double measure_bandwidth(const attn_rt_executor *executor, int64_t bytes) {
  const int64_t most = 1 << 30;
  size_t pieces = (size_t)((bytes < most ? bytes : most) + PIECE - 1) / PIECE;
  pieces = pieces ? pieces : 1;
  void *buffer = allocate(pieces, PIECE);
  memset(buffer, 1, pieces * PIECE);
  probe p = {buffer, pieces, 0};
  double best = 0, begin = seconds_now(), now = begin;
  if (executor && executor->begin)
    executor->begin(executor->context);
  for (int pass = 0; pass < 3 || now - begin < 0.05; ++pass) {
    double before = now;
    read_once(executor, &p);
    now = seconds_now();
    double rate = (double)(pieces * PIECE) / (now - before);
    best = now > before && rate > best ? rate : best;
  }
  if (executor && executor->end)
    executor->end(executor->context);
  free(buffer);
  return best;
}
