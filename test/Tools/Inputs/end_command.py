#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ends a command again and again and looks whether it leaves files: end_command.py DIR [--preload=LIBRARY] COMMAND... OUTPUT

COMMAND writes OUTPUT into DIR. With a library (end_at_creation.c): by SIGTERM at the moment in which its first, second, ... temporary has been made, until a
run comes through. Without: by signals at times spread over one run. Stops at the first file left and names it.
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
ROUNDS, SECONDS = 24, 30


def run(command, delay=None, number=None, **environment):
    """Its exit code, after all of its processes have ended: they share the pipe."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment}, start_new_session=True)
    try:
        if delay is not None:
            time.sleep(delay)
            # As a terminal does it: every process of the group gets the signal, and the parent forwards its own.
            (os.kill if number == signal.SIGKILL else os.killpg)(process.pid, number)
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        sys.exit("expects all processes to end within 30 s of %s, but got a running one" % number)
    return process.returncode


def check_nothing_left(directory, before, output, how):
    if os.path.lexists(output):
        os.remove(output)
    left = sorted(set(os.listdir(directory)) - before)
    if left:
        sys.exit("expects nothing to be left after %s, but got %s" % (how, " ".join(left)))


def end_at_creations(command, library, check):
    with tempfile.NamedTemporaryFile() as count:
        for at in itertools.count(1):
            count.truncate(0)
            code = run(command, LD_PRELOAD=library, END_AT=str(at), END_COUNT=count.name)
            check("the signal at temporary %d" % at)
            if code == 0:
                return at - 1


def end_at_times(command, check):
    begin = time.monotonic()
    if run(command):
        sys.exit("expects the command to succeed, but got an error")
    whole, ended = time.monotonic() - begin, 0
    for number in range(ROUNDS):
        if time.monotonic() - begin > SECONDS:
            break
        # Every quarter of the run gets each signal; which moment of it is another one in each test.
        delay = whole * (number + random.random()) / ROUNDS
        sent = SIGNALS[number % len(SIGNALS)]
        ended += run(command, delay, sent) < 0
        check("%s at %.4f s" % (sent.name, delay))
    return ended


def main():
    directory, *command = sys.argv[1:]
    library = command.pop(0).partition("=")[2] if command[0].startswith("--preload=") else None
    # Whoever runs the tests may ignore some.
    for number in SIGNALS[:3]:
        signal.signal(number, signal.SIG_DFL)
    before, output = set(os.listdir(directory)), command[-1]

    def check(how):
        check_nothing_left(directory, before, output, how)

    check("nothing")
    ended = end_at_creations(command, library, check) if library else end_at_times(command, check)
    print("ended %d times, left nothing" % ended)


if __name__ == "__main__":
    main()
