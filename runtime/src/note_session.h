/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The part of a module's description that is about states (abi.h, "States"). */
#ifndef ATTN_RT_SRC_NOTE_SESSION_H
#define ATTN_RT_SRC_NOTE_SESSION_H

#include "byte_reader.h"
#include "note.h"

/* A dimension of a value, or the step of a function. */
void attn_rti_read_dim(attn_rti_reader *reader, attn_rt_dim *dim, const attn_rti_symbol *symbols, uint32_t symbol_count,
                       int is_result);
void attn_rti_set_symbol(attn_rt_dim *dim, const attn_rti_symbol *symbols, int32_t symbol);

/* Reads what ends a function from minor 1 on, and checks all of its states.
 * Everything in front of it has been read. */
void attn_rti_read_session(attn_rti_reader *reader, struct attn_rt_function *function, uint16_t abi_minor);

/* Checks that the functions with states have the same ones, and lists them. */
void attn_rti_join_states(attn_rti_reader *reader, attn_rti_note *note);

#endif /* ATTN_RT_SRC_NOTE_SESSION_H */
