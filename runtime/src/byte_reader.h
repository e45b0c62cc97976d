/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A bounded reader of the primitives of a module's description.  The first
 * failure sticks: later reads return zeros, and the caller asks once. */
#ifndef ATTN_RT_SRC_BYTE_READER_H
#define ATTN_RT_SRC_BYTE_READER_H

#include "arena.h"
#include "attn_rt/attn_rt.h"

typedef struct attn_rti_reader {
  const unsigned char *at, *end;
  attn_rti_arena *arena;
  attn_rt_error *error;
  attn_rt_status status;
} attn_rti_reader;

uint16_t attn_rti_read_u16(attn_rti_reader *reader, const char *what);
uint32_t attn_rti_read_u32(attn_rti_reader *reader, const char *what);
uint64_t attn_rti_read_u64(attn_rti_reader *reader, const char *what);
int64_t attn_rti_read_i64(attn_rti_reader *reader, const char *what);
/* Copies into the arena and terminates; never NULL. */
const char *attn_rti_read_string(attn_rti_reader *reader, const char *what, int allow_empty);
/* A count in [min, max] of elements that take at least element_bytes each, so
 * that a small note cannot ask for much memory. */
uint32_t attn_rti_read_count(attn_rti_reader *reader, const char *what, uint32_t min, uint32_t max,
                             size_t element_bytes);
/* count * size zeroed bytes of the arena; NULL after a failure. */
void *attn_rti_read_array(attn_rti_reader *reader, size_t count, size_t size);
/* "expects <what> to <property>, but got <value>". */
void attn_rti_refuse_i64(attn_rti_reader *reader, const char *what, const char *property, int64_t value);
void attn_rti_refuse_name(attn_rti_reader *reader, const char *what, const char *property, const char *name);

#endif /* ATTN_RT_SRC_BYTE_READER_H */
