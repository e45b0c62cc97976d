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

from lines import hash_of, lines_of

HERE = os.path.dirname(os.path.abspath(__file__))


def tokenize(program, path, lines):
    """[(ids, text as bytes)] of each line."""
    texts = [line.encode() for line in lines]
    given = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    printed = subprocess.run([program, path], input=given, stdout=subprocess.PIPE, check=True, timeout=600).stdout.decode()
    rows = [row.split("\t") for row in printed.splitlines()]
    return [([int(number) for number in ids.split()], bytes.fromhex(decoded)) for ids, decoded in rows]


def differences(kind, lines, got, wanted):
    """Complaints about the first lines that are not as the package has them."""
    for line, ours, theirs in zip(lines, got, wanted):
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
    version, complaints, compared = frozen.pop("tokenizers"), [], 0
    for name, kinds in frozen.items():
        path = os.path.join(HERE, "trained", name + ".json")
        package = tokenizers.Tokenizer.from_file(path) if tokenizers else None
        for kind, lines in lines_of():
            got = tokenize(program, path, lines)
            compared += sum(len(ids) for ids, _ in got)
            if [hash_of(ids for ids, _ in got), hash_of(decoded for _, decoded in got)] != kinds[kind]:
                complaints.append("%s, %s: expects the ids and texts of tokenizers %s, but got others" % (name, kind, version))
            if package:
                ids = [encoding.ids for encoding in package.encode_batch(lines)]
                wanted = [(one, package.decode(one).encode()) for one in ids]
                complaints += list(differences(name + ", " + kind, lines, got, wanted))[:3]
    print("\n".join(complaints))
    print("%d ids compared with those of tokenizers %s%s" % (compared, version, ", also live" if tokenizers else ""))
    sys.exit(1 if complaints or not compared else 0)


if __name__ == "__main__":
    main()
