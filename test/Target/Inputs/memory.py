#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""memory.py MODULE: runs the module of memory.mlir on sizes around the step of 64 bytes and compares with Python's own slices."""

import random
import subprocess
import sys

module, compared = sys.argv[1], 0
random.seed(1)


def value(name, data, dtype="u8"):
    return "%s=%dx%s%s" % (name, len(data), dtype, "=" + ",".join(map(str, data)) if data else "=0")


for n in (0, 1, 63, 64, 65, 127, 128, 200):
    for shift in sorted({0, min(1, n), min(63, n), min(64, n), min(65, n), n}):
        x = [random.randrange(256) for _ in range(n)]
        y = list(x)
        if n:
            y[random.randrange(n)] ^= random.choice((0, 255))
        sign = (x > y) - (x < y)
        expected = {"copy": x, "up": x[:shift] + x[: n - shift], "down": x[shift:] + x[n - shift :], "set": [90] * n}
        command = ["attn-run", module, value("x", x), value("y", y), value("s", [0] * shift), "--print=0"]
        for name, data in expected.items():
            command += ["--expect", value(name, data)]
            compared += n
        command += ["--expect", "compare=i32=%d" % sign]
        result = subprocess.run(command, capture_output=True, text=True)
        assert result.returncode == 0, (n, shift, result.stdout, result.stderr)
print("%d bytes compared" % compared)
