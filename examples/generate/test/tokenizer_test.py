#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tokenizers against what the package `tokenizers` said when freeze.py asked it, and against the package itself where it is installed.

    tokenizer_test.py TOKENIZE       TOKENIZE is tokenize.c's program
"""

import json
import os
import struct
import subprocess
import sys

from lines import hashes_of, lines_of, rows_of

HERE = os.path.dirname(os.path.abspath(__file__))


def tokenize(program, path, lines):
    """(ids, text in hexadecimal) of each line."""
    texts = [line.encode() for line in lines]
    given = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    printed = subprocess.run([program, path], input=given, stdout=subprocess.PIPE, check=True, timeout=600).stdout.decode()
    return [tuple(row.split("\t")) for row in printed.splitlines()]


def differences(kind, lines, got, wanted):
    """Complaints about the first lines that are not as the package has them."""
    for line, ours, theirs in zip(lines, got, wanted, strict=True):
        if ours != theirs:
            yield "%s: expects %r to give %r, but got %r" % (kind, line, theirs, ours)


def main():
    program = sys.argv[1]
    try:
        import tokenizers
    except ImportError:
        tokenizers = None
    with open(os.path.join(HERE, "frozen.json"), encoding="ascii") as file:
        frozen = json.load(file)
    version, complaints, compared, all_lines = frozen.pop("tokenizers"), [], 0, list(lines_of())
    for name, kinds in frozen.items():
        path = os.path.join(HERE, "trained", name + ".json")
        package = tokenizers.Tokenizer.from_file(path) if tokenizers else None
        for kind, lines in all_lines:
            got = tokenize(program, path, lines)
            compared += sum(ids.count(" ") + 1 for ids, _ in got)
            if hashes_of(got) != kinds[kind]:
                complaints.append("%s, %s: expects the ids and texts of tokenizers %s, but got others" % (name, kind, version))
            if package:
                complaints += list(differences(name + ", " + kind, lines, got, rows_of(package, lines)))[:3]
    print("\n".join(complaints))
    print("%d ids compared with those of tokenizers %s%s" % (compared, version, ", also live" if tokenizers else ""))
    sys.exit(1 if complaints or not compared else 0)


if __name__ == "__main__":
    main()
