#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Searches with attn-search and a compiled MiniLM, and compares every score with reference.py; needs numpy only.

    check_search.py ATTN_SEARCH MODULE MODEL_DIR

The reference embeds the ids that `attn-search --tokens` prints (check_tokens.py vouches for those). Each query's whole
ranking is compared, and the best sentence by name. Scores must agree within 1e-4: half a unit of the four printed digits,
5e-5, and two embeddings of 384 elements that float32 makes wrong by up to 4.5e-7 each (make_oracle.py prints that), which
in a product of unit vectors is 2 x 4.5e-7 x sqrt(384) = 1.8e-5 at most; the sum, 6.8e-5, is rounded up.
One thread, two threads and the saved index must print the same bytes. Exit status: 0 or 1.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np

from reference import Bert

HERE = os.path.dirname(os.path.abspath(__file__))
SENTENCES = os.path.join(HERE, "..", "..", "..", "examples", "search", "sentences.txt")
TOLERANCE = 1e-4
BEST = {
    "somebody is having a meal": "A man is eating a piece of bread at the kitchen table.",
    "my trip was delayed": "I missed my flight and slept at the airport.",
    "how do I put a list in order?": "Sorting an array puts its elements in order.",
    "who won the game?": "Our team lost the match in the last minute.",
    "music lessons": "He learned the guitar by listening to old records.",
    "outer space": "The telescope sends pictures of distant galaxies to Earth.",
}


def output_of(*command, stdin=""):
    process = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=300)
    if process.returncode:
        sys.exit("check_search: %s failed: %s" % (os.path.basename(command[0]), process.stderr.strip()))
    return process.stdout


def reference_embeddings(program, model_dir, lines):
    model = Bert(model_dir)
    tokens = output_of(program, "--tokens", "--vocab", os.path.join(model_dir, "vocab.txt"), "-", stdin="\n".join(lines))
    rows = [np.array([line.split()], np.int64) for line in tokens.splitlines()]
    assert len(rows) == len(lines), "a line without tokens"
    return np.concatenate([model(row, np.ones_like(row))[1] for row in rows])


def read_rankings(output):
    """[(score, sentence)] for each query; an empty line ends an answer."""
    answers = output.split("\n\n")[:-1]
    split = [[line.split("  ", 1) for line in answer.splitlines()] for answer in answers]
    return [[(float(score), sentence) for score, sentence in answer] for answer in split]


def main(program, module, model_dir):
    with open(SENTENCES, encoding="utf-8") as file:
        sentences = file.read().splitlines()
    queries = list(BEST)
    vectors = reference_embeddings(program, model_dir, sentences + queries)
    common = [program, "--module", module, "--vocab", os.path.join(model_dir, "vocab.txt"), "--top", str(len(sentences))]
    questions = "\n".join(queries)
    output = output_of(*common, "--threads=1", SENTENCES, stdin=questions)
    failures, compared, worst = [], 0, 0.0
    for query, vector, ranking in zip(queries, vectors[len(sentences):], read_rankings(output)):
        expected = dict(zip(sentences, vectors[: len(sentences)] @ vector))
        if ranking[0][1] != BEST[query]:
            failures.append("expects '%s' to find '%s', but got '%s'" % (query, BEST[query], ranking[0][1]))
        if sorted(sentence for _, sentence in ranking) != sorted(sentences):
            failures.append("expects '%s' to rank every sentence once, but got %d" % (query, len(ranking)))
        if any(first[0] < second[0] for first, second in zip(ranking, ranking[1:])):
            failures.append("expects '%s' to print the best sentence first, but got another order" % query)
        for score, sentence in ranking:
            error = abs(score - expected.get(sentence, np.inf))
            compared, worst = compared + 1, max(worst, error)
            if not error <= TOLERANCE:
                failures.append("expects '%s' and '%s' to score %.5f, but got %.4f"
                                % (query, sentence, expected.get(sentence, np.nan), score))
    with tempfile.TemporaryDirectory() as folder:
        index = os.path.join(folder, "index")
        others = {"two threads": ["--threads=2", SENTENCES],
                  "a new index": ["--index", index, SENTENCES],
                  "a saved index": ["--index", index]}
        for what, options in others.items():
            if output_of(*common, *options, stdin=questions) != output:
                failures.append("expects %s to give the output of one thread, but got another" % what)
    if compared != len(sentences) * len(queries):
        failures.append("expects %d scores to be compared, but got %d" % (len(sentences) * len(queries), compared))
    print("%d scores compared, max error %.1e, %d failures" % (compared, worst, len(failures)))
    for failure in failures[:10]:
        print("FAIL", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: check_search.py ATTN_SEARCH MODULE MODEL_DIR")
    sys.exit(main(*sys.argv[1:]))
