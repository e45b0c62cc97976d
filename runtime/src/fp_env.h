/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The floating-point environment of compiled code (abi.h, attn_rt_frame):
 * entered before every entry point, plan and body, left before anything of the
 * application runs.  Leaving restores the thread's exact state, sticky flags
 * included, so exceptions that compiled code raises stay invisible. */
#ifndef ATTN_RT_SRC_FP_ENV_H
#define ATTN_RT_SRC_FP_ENV_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

/* All exceptions masked (0x1f80), FTZ (0x8000), DAZ (0x0040). */
static inline uint32_t attn_rti_fp_enter(void) {
  uint32_t saved = _mm_getcsr();
  _mm_setcsr(0x9fc0);
  return saved;
}

static inline void attn_rti_fp_leave(uint32_t saved) { _mm_setcsr(saved); }

#else

/* Modules do not run here (attn_rti_host_machine). */
static inline uint32_t attn_rti_fp_enter(void) { return 0; }
static inline void attn_rti_fp_leave(uint32_t saved) { (void)saved; }

#endif

#endif /* ATTN_RT_SRC_FP_ENV_H */
