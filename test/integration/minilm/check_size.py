# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_size.py MODULE ATTN_RUN: what a module holds besides its weights stays small, because equal layers share one function.

The three variants of MiniLM take about 117 kB each; six copies of the two kinds of layer instead of one would take five times that. The bound
leaves room for half as much again."""
import os
import re
import subprocess
import sys

BOUND = 540_000

module, attn_run = sys.argv[1:]
info = subprocess.run([attn_run, module, "--info"], check=True, capture_output=True, text=True).stdout
weights = int(re.search(r"weights: (\d+) bytes", info)[1])
rest = os.path.getsize(module) - weights
print(f"{rest} bytes besides {weights} bytes of weights; at most {BOUND} expected")
sys.exit(not 0 < rest <= BOUND)
