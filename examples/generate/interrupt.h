/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Ctrl-C while the model answers asks it to stop; at any other time it ends the program, as everywhere. There is one of
 * it for the process, because signals are the process's.
 */
#ifndef ATTN_EXAMPLES_GENERATE_INTERRUPT_H
#define ATTN_EXAMPLES_GENERATE_INTERRUPT_H

#include <stdbool.h>

/* From here on the first SIGINT is noted; a second one ends the program, should the first not be heard. */
void interrupt_catch(void);

/* From here on SIGINT does what it did before. */
void interrupt_release(void);

/* Whether one was noted since interrupt_catch. */
bool interrupt_seen(void);

/* As attn_rt_run_options.poll wants it; `context` is not used. */
int interrupt_poll(void *context);

/* Ends the program as the signal would have, so that the caller (a shell, a script) learns of it. */
void interrupt_die(void);

#endif
