# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attentions that were once wrong or are wrong in a tired person's first version, by name, on every CPU variant that runs here.

    known.py --compile=attn-compile --run=attn-guarded-run [--only=NAME]

Each runs as in the sweep: against the oracle and the reference lowering, beside protected pages, for 1, 2, 3 and 7 threads. Where arguments hold what must
have no effect (NaN or infinity behind a length), a second run without it has to give the same bits.
"""

import argparse
import collections
import dataclasses
import os
import random
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import execute, variants_here  # noqa: E402
from sweep import check_values, compile_both, report  # noqa: E402
from sweep_masks import Mask, Symbol  # noqa: E402
from sweep_programs import Program  # noqa: E402
from sweep_values import draw_values  # noqa: E402

NOTHING = (np.nan, np.inf, -np.inf)


@dataclasses.dataclass
class Known:
    program: Program
    shapes: list  # (batch, heads, queries, keys)
    prepare: object = None  # (values, rng): changes what was drawn, in place
    poison: object = None  # (values, rng): puts what must have no effect in place


def attention(mask=None, score="none", normalizer="softmax", sink=False, origin=(0, 0, 0, 0), **sizes):
    return Program(mask, score, normalizer, sink, True, False, origin, 0.25, {"D": 20, "E": 37} | sizes)


def bound(mnemonic):
    symbol = Symbol("m0", "i64", "b", "length")
    return Mask(f"#attn.{mnemonic}", [symbol], lambda n, v, b, h, i, j: j < v["m0"][b])


def affine(text, visible):
    return Mask(f"#attn.set<{text}>", [], lambda n, v, b, h, i, j: visible(i, j))


def window(left, right):
    return Mask(f"#attn.window<{left}, {right}>", [], lambda n, v, b, h, i, j: (i - left <= j) & (j <= i + right))


def both(one, other):
    text = f"#attn.and<{one.text}, {other.text}>"
    return Mask(text, one.symbols + other.symbols, lambda *at: one.visible(*at) & other.visible(*at))


PREFIX = Mask("#attn.prefix<45>", [], lambda n, v, b, h, i, j: j < 45)
CAUSAL = Mask("#attn.causal", [], lambda n, v, b, h, i, j: j <= i)
LATE = Mask("#attn.causal<-9>", [], lambda n, v, b, h, i, j: j <= i - 9)


def set_lengths(*lengths):
    def prepare(values, rng):
        values.arguments["m0"][:] = np.resize(lengths, values.arguments["m0"].shape)

    return prepare


def poison_behind_length(values, rng):
    """Keys and values behind a length, which is 0 for negative ones."""
    for row, length in enumerate(values.arguments["m0"]):
        for tensor in (values.k, values.v):
            behind = tensor[row, :, max(0, length) :]
            behind[...] = rng.choice(NOTHING, behind.shape)


def poison_outside(first, end):
    """Keys and values outside of [first, end), the hull of a mask that is known when compiling."""

    def poison(values, rng):
        for tensor in (values.k, values.v):
            for outside in (tensor[:, :, :first], tensor[:, :, end:]):
                outside[...] = rng.choice(NOTHING, outside.shape)

    return poison


def only_negative_scores(values, rng):
    values.q[...], values.k[...] = np.abs(values.q), -np.abs(values.k)


def nan_in_a_query(values, rng):
    values.q[0, 0, 3, 5] = np.nan


def nan_in_a_visible_value(values, rng):
    """The first key is visible to every query: all of them get it."""
    values.v[0, 0, 0, 2] = np.nan


KNOWN = {
    # Negative dividends by no power of two: floor, not towards zero; and no detour through 2^40 in lanes of 32 bits.
    "set-mod": Known(attention(affine("(i - j) mod 3 eq 0", lambda i, j: (i - j) % 3 == 0)), [(1, 1, 70, 90), (2, 2, 5, 300)]),
    "set-mod-five": Known(attention(affine("(j - i * 2) mod 5 - 2 ge 0", lambda i, j: (j - i * 2) % 5 >= 2)), [(1, 2, 90, 70)]),
    "set-floordiv": Known(attention(affine("(j - i) floordiv 7 + 2 ge 0", lambda i, j: (j - i) // 7 + 2 >= 0)), [(1, 1, 70, 90), (1, 2, 200, 40)]),
    "set-blocks-of-six": Known(attention(affine("(i - 50) floordiv 6 - (j - 50) floordiv 6 eq 0", lambda i, j: (i - 50) // 6 == (j - 50) // 6)), [(1, 1, 90, 90)]),
    # What lies behind a run-time length, in the middle of a panel or not, is padding and holds anything.
    "behind-length": Known(attention(bound("length")), [(6, 2, 33, 300)], set_lengths(1, 45, 0, 256, 299, 300), poison_behind_length),
    "behind-prefix": Known(attention(bound("prefix")), [(6, 2, 33, 300)], set_lengths(7, 64, 0, 257, 31, 300), poison_behind_length),
    "behind-length-of-one-query": Known(attention(bound("length")), [(4, 1, 1, 70)], set_lengths(33, 0, 69, 2), poison_behind_length),
    "behind-length-sigmoid": Known(attention(bound("length"), normalizer="sigmoid"), [(4, 1, 20, 70)], set_lengths(33, 0, 69, 2), poison_behind_length),
    # The same for hulls that are known when compiling; in the middle of a panel, and in the middle of a strip.
    "outside-causal": Known(attention(CAUSAL), [(2, 2, 13, 90)], None, poison_outside(0, 13)),
    "outside-shifted-causal": Known(attention(LATE), [(1, 2, 70, 300)], None, poison_outside(0, 61)),
    "outside-prefix": Known(attention(PREFIX, normalizer="relu"), [(1, 2, 33, 300)], None, poison_outside(0, 45)),
    "outside-window": Known(attention(window(5, 2), origin=(0, 0, 75, 0)), [(1, 2, 33, 300)], None, poison_outside(70, 110)),
    "outside-window-of-one-query": Known(attention(window(5, 2), origin=(0, 0, 75, 0)), [(1, 2, 1, 300)], None, poison_outside(70, 78)),
    "outside-both": Known(attention(both(window(5, 9), PREFIX), origin=(0, 0, 35, 0)), [(1, 2, 33, 300)], None, poison_outside(30, 45)),
    # Lengths that name no key, or more than there are: hulls stay inside the keys.
    "lengths-out-of-range": Known(attention(bound("length")), [(4, 1, 9, 40)], set_lengths(-(1 << 40), 1 << 40, -1, 41)),
    # Rows that see nothing, or whose weights are all 0.
    "dead-rows-softmax": Known(attention(LATE), [(1, 2, 40, 40)]),
    "dead-rows-sigmoid": Known(attention(LATE, normalizer="sigmoid"), [(1, 2, 40, 40)]),
    "dead-rows-relu": Known(attention(LATE, normalizer="relu"), [(1, 2, 40, 40)]),
    "negative-scores-relu": Known(attention(normalizer="relu"), [(1, 2, 40, 70)], only_negative_scores),
    "dead-rows-with-a-sink": Known(attention(LATE, sink=True), [(1, 3, 40, 40)]),
    "dead-batches-with-a-sink": Known(attention(bound("length"), sink=True), [(4, 2, 9, 70)], set_lengths(0, 33, 0, 1)),
    # All scores are the least finite number: the answer is a mean, not 0.
    "least-scores": Known(attention(CAUSAL, score="least"), [(1, 1, 20, 50)]),
    # Blocks smaller than two strips and two panels.
    "one-query-three-keys": Known(attention(B=1, Bk=1, Hk=1, Hq=1, M=1, N=3), [(1, 1, 1, 3)]),
    "one-query-one-key": Known(attention(CAUSAL, B=1, Bk=1, Hk=1, Hq=2, M=1, N=1), [(1, 2, 1, 1)]),
    "nothing-at-all": Known(attention(B=1, Bk=1, Hk=1, Hq=1, M=0, N=0), [(1, 1, 0, 0)]),
    "queries-without-keys": Known(attention(sink=True, B=1, Bk=1, Hk=1, Hq=1, M=5, N=0), [(1, 1, 5, 0)]),
    # Maxima leave NaN out; it has to come through the weights.
    "nan-in-a-query": Known(attention(CAUSAL), [(1, 2, 20, 50)], nan_in_a_query),
    "nan-in-a-value": Known(attention(CAUSAL), [(1, 1, 20, 50)], nan_in_a_visible_value),
}


def draw(known, sizes, rng):
    class Plain(random.Random):
        def choice(self, options):
            return "plain"

    values = draw_values(known.program, sizes, rng, Plain())
    # What is written into them below is what the program gets.
    if not np.shares_memory(values.q, values.arguments["q"]) and values.q.size:
        raise AssertionError("expects the oracle's queries to be the program's, but got a copy")
    if known.prepare:
        known.prepare(values, rng)
    return values


def check_poison(options, known, sizes, modules, variants, folder):
    """How many elements are bitwise equal with and without what must have no effect, and the values that have it."""
    clean, poisoned = (draw(known, sizes, np.random.default_rng(1)) for _ in range(2))
    known.poison(poisoned, np.random.default_rng(2))
    compared = 0
    for variant in variants:
        runs = [execute(options.run, modules[0], values.arguments, ["o", "lse"], folder, (1,), variant) for values in (clean, poisoned)]
        for name, one, other in zip(("o", "lse"), runs[0].results, runs[1].results):
            if one.tobytes() != other.tobytes():
                raise AssertionError(f"{variant}: {name} changes with what must have no effect")
            compared += one.size
    # The oracle multiplies by weights of 0, so it gets the clean values.
    return compared, dataclasses.replace(poisoned, v=clean.v)


def check_known(options, known, variants):
    totals = collections.Counter(programs=1)
    with tempfile.TemporaryDirectory() as folder:
        modules, totals["kernels"] = compile_both(options, known.program, variants, folder)
        for batch, heads, queries, keys in known.shapes:
            sizes = {"B": batch, "Bk": batch, "Hq": heads, "Hk": 1, "M": queries, "N": keys} | known.program.sizes
            if known.poison:
                equal, values = check_poison(options, known, sizes, modules, variants, folder)
                totals["bitwise"] += equal
            else:
                values = draw(known, sizes, np.random.default_rng(1))
            totals.update(check_values(options, variants, known.program, sizes, values, modules, folder))
    return totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--only", choices=list(KNOWN))
    options = parser.parse_args()
    variants, totals, failures = variants_here(options.compile), collections.Counter(), 0
    for name in [options.only] if options.only else KNOWN:
        try:
            mine = check_known(options, KNOWN[name], variants)
            print(f"{name}: {mine['compared']} elements compared with the oracle", flush=True)
            totals.update(mine)
        except AssertionError as error:
            failures += 1
            print(f"FAILED {name}: {error}", flush=True)
    return report(variants, totals, failures)


if __name__ == "__main__":
    sys.exit(main())
