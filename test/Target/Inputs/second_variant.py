#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""second_variant.py FILE OLD NEW: prints the module of FILE with a second variant in front, x86-64-v4, in which OLD is replaced by NEW."""

import sys

path, old, new = sys.argv[1:]
lines = open(path).read().splitlines()
start = next(i for i, line in enumerate(lines) if line.startswith("  module @"))
variant = lines[start:-1]
first = [line.replace("x86-64-v2", "x86-64-v4") for line in variant]
second = [line.replace(old, new) for line in variant]
print("\n".join(lines[:start] + second + first + lines[-1:]))
