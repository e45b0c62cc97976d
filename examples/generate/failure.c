/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See failure.h. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fail(failure *failure, int status, const char *format, ...) {
  va_list values;
  va_start(values, format);
  failure->status = status;
  vsnprintf(failure->message, sizeof failure->message, format, values);
  va_end(values);
  return false;
}

bool fail_within(failure *failure, const char *context) {
  char whole[sizeof failure->message];
  snprintf(whole, sizeof whole, "%.200s: %.430s", context, failure->message);
  memcpy(failure->message, whole, sizeof whole);
  return false;
}
