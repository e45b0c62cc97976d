/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See interrupt.h. */
#define _POSIX_C_SOURCE 200809L
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t seen;
static struct sigaction before;

static void note(int signal) {
  (void)signal;
  seen = 1;
}

void interrupt_catch(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  seen = 0;
  sigaction(SIGINT, &action, &before);
  if (before.sa_handler == SIG_IGN) /* as a shell starts what runs in the background */
    sigaction(SIGINT, &before, NULL);
}

void interrupt_release(void) { sigaction(SIGINT, &before, NULL); }

bool interrupt_seen(void) { return seen != 0; }

int interrupt_poll(void *context) {
  (void)context;
  return seen != 0;
}

void interrupt_die(void) {
  signal(SIGINT, SIG_DFL);
  raise(SIGINT);
}
