#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and prints its stdout, its stderr and `exit CODE`: lit can only tell zero from the rest."""

import subprocess
import sys

result = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout=60)
print(result.stdout + result.stderr + "exit %d" % result.returncode)
