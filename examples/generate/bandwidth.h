/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How fast this machine reads memory: what bounds the speed of decoding, because every token reads all weights once. */
#ifndef ATTN_EXAMPLES_GENERATE_BANDWIDTH_H
#define ATTN_EXAMPLES_GENERATE_BANDWIDTH_H

#include "attn_rt/attn_rt.h"

#include <stdint.h>

/* Bytes per second in which the executor's threads (NULL: this one) read a buffer of `bytes`, which they have read
 * before: the best of the passes of some 50 ms. Takes at most 1 GiB of memory; a larger buffer would not be faster. */
double measure_bandwidth(const attn_rt_executor *executor, int64_t bytes);

/* A clock that only goes forward, in seconds. */
double seconds_now(void);

#endif
