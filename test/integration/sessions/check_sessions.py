# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled states through sessions: every way to reach a position gives what attention over all of it gives in numpy, and the same way gives the
same bits; what fails leaves the session as it was.

    check_sessions.py ATTN_COMPILE        (attn_rt importable)
"""

import os
import subprocess
import sys
import tempfile
import threading

import numpy as np

import attn_rt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "attention"))
import oracle  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
compared = 0


class Text:
    """Queries, keys and values of `batch` texts of `length` positions, and what attention makes of them in f64."""

    def __init__(self, batch, length, seed):
        random = np.random.default_rng(seed)
        self.q, self.k, self.v = (random.standard_normal((batch, heads, length, 32), dtype=np.float32) for heads in (4, 2, 2))
        exact = [array.astype(np.float64) for array in (self.q, self.k, self.v)]
        self.expected, _ = oracle.attention(*exact, 0.17677669, lambda b, h, i, j: i >= j)
        naive, _ = oracle.attention(self.q, self.k, self.v, 0.17677669, lambda b, h, i, j: i >= j)
        # Twice what the naive form in f32 loses, and a floor of 8 roundings of the largest value.
        self.tolerance = 2 * float(np.abs(naive - self.expected).max()) + 8 * 2.0**-24 * float(np.abs(self.v).max())

    def part(self, begin, end):
        return [np.ascontiguousarray(array[:, :, begin:end]) for array in (self.q, self.k, self.v)]


def expect(condition, sentence):
    if not condition:
        raise SystemExit("check_sessions: " + sentence)


def advance(session, text, end):
    """Runs the positions from the session's length up to `end` in one call, and compares them."""
    global compared
    begin = session.length
    out = session.run("decode" if end == begin + 1 else "prefill", *text.part(begin, end))
    error = np.abs(out - text.expected[:, :, begin:end])
    expect(error.size > 0 and float(error.max()) <= text.tolerance,
           "expects positions %d to %d within %g, but got %g" % (begin, end, text.tolerance, float(error.max(initial=0))))
    expect(session.length == end, "expects length %d, but got %d" % (end, session.length))
    compared += error.size
    return out


def refused(sentence, call, *values):
    try:
        call(*values)
    except attn_rt.Error as error:
        expect(str(error) == sentence, "expects %r, but got %r" % (sentence, str(error)))
        return
    expect(False, "expects %r, but got a result" % sentence)


def ways(module):
    """Chunks of any size, step by step, rewound and forked."""
    for batch, length, chunks in ((1, 70, (1, 2, 33, 34, 70)), (3, 300, (256, 257, 290, 300)), (2, 40, range(1, 41))):
        text = Text(batch, length, seed=length)
        session = attn_rt.Session(module, batch=batch, capacity=length)
        for end in chunks:
            last = advance(session, text, end)
        start = length - last.shape[2]
        session.rewind(start)
        expect((advance(session, text, length) == last).all(), "expects the same bits after rewinding, but got others")
        session.rewind(start)
        other = session.fork()
        # The fork goes another way; the session does not see it.
        other.run("prefill", *Text(batch, length, seed=length + 1).part(start, length))
        expect((advance(session, text, length) == last).all(), "expects a fork to be apart, but got its positions")


def failures(module):
    """A full cache, a length of the caller's own that is wrong, a cancelled run."""
    text = Text(1, 10, seed=5)
    session = attn_rt.Session(module, batch=1, capacity=8)
    advance(session, text, 6)
    refused("expects room for 3 more positions, but got length 6 of capacity 8", session.run, "prefill", *text.part(6, 9))
    expect(session.length == 6, "expects length 6 after a refusal, but got %d" % session.length)
    try:
        session["prefill"].using(poll=lambda: True)(*text.part(6, 8))
        expect(False, "expects a cancelled run to fail, but got a result")
    except attn_rt.Error as error:
        expect(error.status == attn_rt.Status.CANCELLED, "expects CANCELLED, but got %s" % error)
    expect(session.length == 6, "expects length 6 after a cancelled run, but got %d" % session.length)
    advance(session, text, 8)
    caches = [np.zeros((1, 2, 8, 32), np.float32) for _ in range(2)]
    for past, sentence in ((-1, "expects argument 'past' to be at least 0, but got -1"),
                           (8, "expects room for 1 more positions, but got length 8 of capacity 8"),
                           (1 << 62, "expects room for 1 more positions, but got length %d of capacity 8" % (1 << 62))):
        refused(sentence, module["decode"], *text.part(0, 1), np.array(past, np.int64), *caches)


def threads(module):
    """Many sessions on one module at once, each as if it were alone."""
    text, failed = Text(1, 64, seed=9), []

    def work(number):
        try:
            session = attn_rt.Session(module, batch=1, capacity=64)
            for end in range(1 + number % 5, 65, 1 + number % 3):
                advance(session, text, end)
        except BaseException as error:  # SystemExit ends a thread silently.
            failed.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(64)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expect(not failed, "expects 64 sessions to agree with numpy, but got %s" % failed[:1])


def main():
    compiler = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cache.so")
        subprocess.run([compiler, os.path.join(HERE, "Inputs", "cache.mlir"), "-o", path], check=True)
        for variant in attn_rt.load(path, inspect=True).variants:
            try:
                module = attn_rt.load(path, threads=2, variant=variant)
            except attn_rt.Error as error:
                expect(error.status == attn_rt.Status.UNSUPPORTED_CPU, "expects %s to open, but got %s" % (variant, error))
                continue
            ways(module)
            failures(module)
            threads(module)
            print("%s: %d elements compared" % (variant, compared), flush=True)
    expect(compared > 0, "expects to compare elements, but got 0")


if __name__ == "__main__":
    main()
