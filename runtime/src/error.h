/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How a failing function writes its one line of text and keeps errno. */
#ifndef ATTN_RT_SRC_ERROR_H
#define ATTN_RT_SRC_ERROR_H

#include "attn_rt/attn_rt.h"

/* Writes the sentence (control characters become '?', a cut never splits a
 * UTF-8 character) and returns `status`.  `error` may be NULL. */
attn_rt_status attn_rti_fail(attn_rt_error *error, attn_rt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix" in front of what `error` already says. */
void attn_rti_prefix(attn_rt_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies the system's words for `code`; independent of the locale. */
const char *attn_rti_errno_text(int code, char *buffer, size_t size);

#endif /* ATTN_RT_SRC_ERROR_H */
