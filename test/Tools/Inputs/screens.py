#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asks each program named for its --help, and fails where that does not fit a screen."""

import subprocess
import sys

LINES, COLUMNS = 50, 80
for program in sys.argv[1:]:
    lines = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    widest = max(lines, key=len)
    assert 10 < len(lines) <= LINES, f"expects {program} --help to have at most {LINES} lines, but got {len(lines)}"
    assert len(widest) <= COLUMNS, f"expects {program} --help to have at most {COLUMNS} columns, but got '{widest}'"
print(f"{len(sys.argv) - 1} screens")
