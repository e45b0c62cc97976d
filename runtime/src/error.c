/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Error sentences: formatted into the caller's struct, never allocated. */
#define _GNU_SOURCE
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message is one line whatever names a module or a path brought into it. */
static void make_one_line(char *text) {
  for (; *text; ++text)
    if ((unsigned char)*text < 0x20 || *text == 0x7f)
      *text = '?';
}

/* snprintf may have cut a multi-byte character in two: drops the remains. */
static void drop_partial_character(char *text, size_t size) {
  size_t length = strlen(text);
  if (length + 1 < size)
    return;
  size_t start = length;
  while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
    --start;
  if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
    return;
  unsigned char lead = (unsigned char)text[start - 1];
  size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (length - (start - 1) < need)
    text[start - 1] = '\0';
}

attn_rt_status attn_rti_fail(attn_rt_error *error, attn_rt_status status, const char *format, ...) {
  if (!error)
    return status;
  va_list list;
  va_start(list, format);
  vsnprintf(error->message, sizeof error->message, format, list);
  va_end(list);
  make_one_line(error->message);
  drop_partial_character(error->message, sizeof error->message);
  return status;
}

void attn_rti_prefix(attn_rt_error *error, const char *format, ...) {
  if (!error)
    return;
  char joined[sizeof error->message];
  va_list list;
  va_start(list, format);
  int written = vsnprintf(joined, sizeof joined, format, list);
  va_end(list);
  if (written < 0 || (size_t)written >= sizeof joined)
    return;
  size_t left = sizeof joined - (size_t)written;
  size_t copied = strnlen(error->message, left - 1);
  memcpy(joined + written, error->message, copied);
  joined[(size_t)written + copied] = '\0';
  memcpy(error->message, joined, sizeof joined);
  make_one_line(error->message);
  drop_partial_character(error->message, sizeof error->message);
}

const char *attn_rti_errno_text(int code, char *buffer, size_t size) {
  /* strerror would translate, and strerror_r too: the descriptions without a
   * locale are a GNU extension of 2020. */
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
  const char *text = strerrordesc_np(code);
  if (text)
    return text;
#endif
  snprintf(buffer, size, "error %d", code);
  return buffer;
}

const char *attn_rt_status_name(attn_rt_status status) {
  static const char *const names[] = {"ok",           "invalid argument", "out of range",  "not found",
                                      "incompatible", "unsupported CPU",  "out of memory", "cancelled",
                                      "input/output", "internal error"};
  if ((size_t)status >= sizeof names / sizeof names[0])
    return "unknown status";
  return names[status];
}

uint32_t attn_rt_version(void) { return ((uint32_t)ATTN_RT_VERSION_MAJOR << 16) | ATTN_RT_VERSION_MINOR; }
