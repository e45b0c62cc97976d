/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How attn-generate reports what it cannot do: a one-line message and an exit status, both of which are a contract. A
 * function that can fail returns bool, takes a failure, and passes on what those it calls have written there.
 */
#ifndef ATTN_EXAMPLES_GENERATE_FAILURE_H
#define ATTN_EXAMPLES_GENERATE_FAILURE_H

#include <stdbool.h>

/* The exit status of every attn- tool. */
enum {
  STATUS_OK = 0,
  STATUS_REFUSED = 1, /* an input is not what it should be */
  STATUS_USAGE = 2,   /* the command line is wrong */
  STATUS_BUG = 3,     /* ours */
  STATUS_SYSTEM = 4   /* files, memory */
};

typedef struct failure {
  int status;
  char message[640];
} failure;

/* Fills `failure` and returns false, so that a caller can return the call. */
__attribute__((format(printf, 3, 4))) bool fail(failure *failure, int status, const char *format, ...);

/* Puts "context: " before the message; returns false. */
bool fail_within(failure *failure, const char *context);

#endif
