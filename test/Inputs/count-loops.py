# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""count-loops.py FILE.s: what the innermost loops with fused multiply-adds are made of, one line each, for FileCheck.

A loop is a block of assembly that jumps to its own label. Spills are moves to and from the stack; a bound that is compared where it
lies is none. A chain is how many multiply-adds into one register follow each other: each waits for the one before."""
import itertools
import re
import sys

text = open(sys.argv[1]).read()
calls = [c for c in re.findall(r"\bcallq?\s+\*?(\S+)", text)]
print("calls:", " ".join(sorted(set(calls))) or "none")
for block in re.split(r"\n(?=\.LBB)", text):
    label = block.split(":")[0]
    if not re.search(r"\bj\w+\s+%s\b" % re.escape(label), block):
        continue
    body = block[: re.search(r"\bj\w+\s+%s\b" % re.escape(label), block).end()]
    count = lambda pattern: len(re.findall(pattern, body))
    fma = count(r"\bvfmadd\w*ps\b") + count(r"\bmulps\b")
    sums = re.findall(r"\bvfmadd231ps\b.*, %(\w+)(?:\s*#.*)?$", body, re.M)
    chain = max((len(list(run)) for _, run in itertools.groupby(sums)), default=0)
    if fma:
        print("loop: fma %d, broadcasts %d, loads %d, stores %d, spills %d, calls %d, chain %d" % (
            fma, count(r"\bvbroadcastss\b") + count(r"\bshufps\b"), count(r"\bv?mov[ua]ps\s+[^%\n]*\([^)]*\), %"),
            count(r"\bv?mov[ua]ps\s+%\w+, [^%\n]*\("), count(r"\b\w*mov\w*\s[^\n]*\(%rsp"), count(r"\bcall"), chain))
