/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What this CPU (and the operating system's saved state) can run. */
#ifndef ATTN_RT_SRC_CPU_H
#define ATTN_RT_SRC_CPU_H

#include "note.h"

typedef struct attn_rti_cpu {
  uint64_t features[ATTN_RT_FEATURE_WORDS];
} attn_rti_cpu;

void attn_rti_cpu_detect(attn_rti_cpu *cpu);

/* e_machine of this process; 0 where modules cannot run. */
uint32_t attn_rti_host_machine(void);

/* The variant to run: the one named, or the first that fits. */
attn_rt_status attn_rti_choose_variant(const attn_rti_note *note, const attn_rti_cpu *cpu, const char *name,
                                       uint32_t *chosen, attn_rt_error *error);

#endif /* ATTN_RT_SRC_CPU_H */
