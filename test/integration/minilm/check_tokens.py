#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the token ids of attn-search with those of Hugging Face's `tokenizers`, on the model's own vocabulary.

    check_tokens.py ATTN_SEARCH MODEL_DIR [--print-hash]

The lines are those of oracle.npz's sentences, 10,000 generated ones (examples/search/frozen.py), long ones that must be
truncated, and invalid UTF-8. Where the package `tokenizers` can be imported, every id is compared with it, which is told
on standard output; everywhere, the ids of all lines are compared with a hash that was made from it by --print-hash, and
those of the sentences with the ids stored in oracle.npz. Exit status: 0 all agree; 1 not.
"""

import hashlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "examples", "search"))

from frozen import generated_lines  # noqa: E402 (needs the path above)

MAX_TOKENS = 512
FROZEN = "0ae7788db8efe65a367ae3c8a9fc7cf6f6e54c33b582b24e6b37042a40e2f577"  # of tokenizers 0.23.3


def test_lines():
    """Byte strings without line ends, none blank: attn-search passes over blank lines."""
    with open(os.path.join(HERE, "sentences.txt"), "rb") as file:
        lines = file.read().splitlines()
    for line in generated_lines():
        lines.append(line.replace("\n", " ").replace("\r", " ").encode())
    for count in (509, 510, 511, 2000):  # with [CLS] and [SEP]: below, at and above the limit
        lines.append(b"word " * count)
    lines.append(b"unaffordability " * 300)  # the cut falls inside a word
    lines.append(b"x" * 100 + b" " + b"y" * 101 + b" " + "é".encode() * 100)
    lines += [b"caf\xe9 au lait", b"\xe2\x82 \xff\xfe broken \xf0\x9f\x98", b"[CLS][SEP] [MASK]s [mask] [UNK", b"a[PAD]b"]
    return [line for line in lines if line.strip(b" \t\r")]


def ids_of_program(program, vocabulary, lines):
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"\n".join(lines) + b"\n")
        file.flush()
        command = [program, "--tokens", "--vocab", vocabulary, file.name]
        process = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if process.returncode:
        sys.exit("check_tokens: attn-search failed: " + process.stderr.strip())
    return [[int(number) for number in line.split()] for line in process.stdout.splitlines()]


def ids_of_tokenizers(model_dir, lines):
    """None where the package is not installed."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        return None
    tokenizer = Tokenizer.from_file(os.path.join(model_dir, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return [tokenizer.encode(line.decode("utf-8", "replace")).ids for line in lines]


def hash_of(ids):
    return hashlib.sha256("\n".join(" ".join(map(str, row)) for row in ids).encode()).hexdigest()


def stored_ids():
    """The ids of the first sentences, or none where numpy is not installed."""
    try:
        import numpy
    except ImportError:
        return []
    with numpy.load(os.path.join(HERE, "oracle.npz")) as oracle:
        count = sum(name.endswith(".ids") for name in oracle.files)
        return [oracle["sentence_%d.ids" % i][0].tolist() for i in range(count)]


def differences(what, lines, got, expected):
    found = ["%s, line %d: expects %r to have ids %s, but got %s" % (what, number, lines[number][:60], want[:40], have[:40])
             for number, (have, want) in enumerate(zip(got, expected)) if have != want]
    print("%s: compared %d ids of %d lines, %d differ" % (what, sum(map(len, expected)), len(expected), len(found)))
    return found


def main(program, model_dir, *options):
    lines = test_lines()
    theirs = ids_of_tokenizers(model_dir, lines)
    if options == ("--print-hash",):
        sys.exit("check_tokens: needs the package tokenizers") if theirs is None else print(hash_of(theirs))
        return 0
    ours = ids_of_program(program, os.path.join(model_dir, "vocab.txt"), lines)
    failures = []
    if len(ours) != len(lines):
        failures.append("expects %d lines of ids, but got %d" % (len(lines), len(ours)))
    if theirs is not None:
        failures += differences("tokenizers", lines, ours, theirs)
    stored = stored_ids()
    if stored:
        failures += differences("oracle.npz", lines, ours, stored)
    if hash_of(ours) != FROZEN:
        failures.append("expects the ids to have sha256 %s, but got %s" % (FROZEN, hash_of(ours)))
    print("frozen hash: %d ids of %d lines" % (sum(map(len, ours)), len(ours)))
    for failure in failures[:10]:
        print("FAIL", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: check_tokens.py ATTN_SEARCH MODEL_DIR [--print-hash]")
    sys.exit(main(*sys.argv[1:]))
