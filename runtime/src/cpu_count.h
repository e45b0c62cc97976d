/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How many threads this process should use. */
#ifndef ATTN_RT_SRC_CPU_COUNT_H
#define ATTN_RT_SRC_CPU_COUNT_H

#include <stdint.h>

/* CPUs of the affinity mask, but no more than the cgroup's quota; at least 1. */
int32_t attn_rti_cpu_count(void);

/* CPUs that a quota line grants: cgroup v2 "max 100000" or "150000 100000"
 * (microseconds per period).  0 when it grants without limit or is no such
 * line. */
int32_t attn_rti_parse_quota(const char *line);

#endif /* ATTN_RT_SRC_CPU_COUNT_H */
