# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""count-loops.py FILE.s: what the innermost loops with fused multiply-adds are made of, one line each, for FileCheck.

A loop is what lies between a label and a jump back to it, without another such jump between them. Spills are moves to and from the stack; a bound that is compared where it
lies is none. A chain is how many multiply-adds into one register follow each other: each waits for the one before."""
import itertools
import re
import sys

text = open(sys.argv[1]).read()
calls = [c for c in re.findall(r"\bcallq?\s+\*?(\S+)", text)]
print("calls:", " ".join(sorted(set(calls))) or "none")
blocks = re.split(r"\n(?=\.LBB)", text)
labels = {block.split(":")[0]: number for number, block in enumerate(blocks)}


def jumps_back(number):
    """The labels that a block jumps to, at its own or in front of it, and the ends of these jumps."""
    for jump in re.finditer(r"\bj\w+\s+(\.LBB\w+)", blocks[number]):
        if labels.get(jump.group(1), number + 1) <= number:
            yield labels[jump.group(1)], jump.end()


for last, block in enumerate(blocks):
    first, end = max(jumps_back(last), default=(last + 1, 0))
    if first > last or any(start >= first for number in range(first, last) for start, _ in jumps_back(number)):
        continue
    body = "\n".join(blocks[first:last] + [block[:end]])
    count = lambda pattern: len(re.findall(pattern, body))
    fma = count(r"\bvfmadd\w*ps\b") + count(r"\bmulps\b")
    sums = re.findall(r"\bvfmadd231ps\b.*, %(\w+)(?:\s*#.*)?$", body, re.M)
    chain = max((len(list(run)) for _, run in itertools.groupby(sums)), default=0)
    if fma:
        print("loop: fma %d, broadcasts %d, loads %d, stores %d, spills %d, calls %d, chain %d" % (
            fma, count(r"\bvbroadcastss\b") + count(r"\bshufps\b"), count(r"\bv?mov[ua]ps\s+[^%\n]*\([^)]*\), %"),
            count(r"\bv?mov[ua]ps\s+%\w+, [^%\n]*\("), count(r"\b\w*mov\w*\s[^\n]*\(%rsp"), count(r"\bcall"), chain))
