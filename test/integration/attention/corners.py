# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fixed attentions at the corners of the tiles, against the numpy oracle: what the sweep finds by luck, in seconds.

    corners.py --compile=attn-compile --run=attn-guarded-run NAME...

Each NAME is one of CORNERS: a program that is compiled once for the CPU it runs on, the kinds of values, and the shapes. All memory is beside protected
pages and full of NaN or zeros before a run, so that what is read past an end, or was never written, shows.
"""

import argparse
import os
import sys
import tempfile
import types

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import execute, run  # noqa: E402
from sweep_masks import Mask, Symbol  # noqa: E402
from sweep_programs import Program  # noqa: E402
from sweep_values import Comparison, draw_values  # noqa: E402


def program(mask=None, D=20, E=20, score="none", normalizer="softmax", sink=False, split=False, first=0):
    return Program(mask, score, normalizer, sink, True, split, (0, 0, first, 0), 0.25, {"D": D, "E": E})


def shape(M, N, B=1, Hk=1, group=1):
    return {"B": B, "Bk": B, "Hk": Hk, "Hq": Hk * group, "M": M, "N": N}


def set_mask(text, visible):
    return Mask(f"#attn.set<{text}>", [], lambda n, v, b, h, i, j: visible(i, j))


def length_mask(symbol):
    return Mask("#attn.length", [symbol], lambda n, v, b, h, i, j: j < symbol.read(v, (b, h, i, j)), hull="band")


LENGTH = Symbol("m0", "i64", "b", "length")
BITS = Symbol("m0", "i8", "bij", "bits")
# Rows, keys and head sizes that are no multiple of any strip, panel or vector, and those of one element.
TAILS = [shape(13, 45, B=2, Hk=2, group=2), shape(1, 1), shape(33, 300), shape(257, 17)]
BLOCKS = [shape(40, 1100)]

CORNERS = {
    # name: program, kinds of values, shapes
    "tails": (program(), ["plain"], TAILS),
    "columns": (program(D=7, E=37), ["plain"], [shape(9, 70)]),
    # Scores of large magnitude: the maximum of a row grows from block to block, and what is not rescaled shows.
    "blocks": (program(), ["large"], BLOCKS),
    "sink": (program(sink=True), ["plain"], TAILS[:2]),
    "sigmoid": (program(normalizer="sigmoid"), ["plain"], TAILS[:2]),
    # Two parts of the keys; of some rows one part sees nothing, of some neither.
    "merge": (program(length_mask(LENGTH), split=True), ["plain"], [shape(9, 70, B=12)]),
    # What lies outside of the hull, before and behind it, is NaN and infinite.
    "causal": (program(Mask("#attn.causal", [], lambda n, v, b, h, i, j: j <= i, hull="band")), ["plain", "masked"], [shape(70, 70), shape(200, 530)]),
    "window": (
        program(Mask("#attn.window<100, 2>", [], lambda n, v, b, h, i, j: (i - 100 <= j) & (j <= i + 2), hull="band"), first=120),
        ["plain", "masked"],
        [shape(300, 530)],
    ),
    # Between the two parts lie whole blocks of keys that nobody sees.
    "union": (
        program(Mask("#attn.or<#attn.prefix<20>, #attn.window<30, 0>>", [], lambda n, v, b, h, i, j: (j < 20) | ((i - 30 <= j) & (j <= i)))),
        ["plain"],
        [shape(900, 900)],
    ),
    # Keys and values behind a length are NaN and infinite; some rows of the batch have no key at all.
    "length": (program(length_mask(LENGTH)), ["masked"], [shape(33, 300, B=12)]),
    "dense": (program(Mask("#attn.dense", [BITS], lambda n, v, b, h, i, j: BITS.read(v, (b, h, i, j)) != 0)), ["plain"], [shape(33, 300, B=6)]),
    # A score that reads one element of a tensor for each pair.
    "bias": (program(score="full"), ["plain"], [shape(33, 45)]),
    # Divisions and remainders of positions and of negative differences, by numbers that are no powers of two.
    "modulo": (program(set_mask("(i - j) mod 3 - 1 ge 0", lambda i, j: (i - j) % 3 >= 1)), ["plain"], [shape(50, 140)]),
    "division": (program(set_mask("(i - j) floordiv 7 + 2 ge 0", lambda i, j: (i - j) // 7 + 2 >= 0)), ["plain"], [shape(50, 140)]),
}


def check_shape(options, module, what, sizes, values, folder):
    drawn = draw_values(what, sizes, np.random.default_rng(7), types.SimpleNamespace(choice=lambda _: values, random=lambda: 0.5))
    results = ["o", "lse"]
    got = execute(options.run, module, drawn.arguments, results, folder, (1, 3))
    return Comparison(what, sizes, drawn).with_oracle(results, got.results, "o"), got.bitwise


def check(options, name):
    """The number of elements compared with the oracle, and of those compared between runs."""
    what, kinds, shapes = CORNERS[name]
    compared = np.zeros(2, np.int64)
    with tempfile.TemporaryDirectory() as folder:
        source, module = os.path.join(folder, "a.mlir"), os.path.join(folder, "a.so")
        with open(source, "w") as file:
            file.write(what.mlir())
        run([options.compile, source, "-o", module, "--target=native"])
        for sizes in shapes:
            for values in kinds:
                try:
                    compared += check_shape(options, module, what, sizes | what.sizes, values, folder)
                except AssertionError as error:
                    raise SystemExit(f"{name}: {what} {sizes} {values}: {error}") from error
    return compared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("names", nargs="+", choices=sorted(CORNERS), metavar="NAME")
    options = parser.parse_args()
    for name in options.names:
        oracle, bitwise = check(options, name)
        print(f"{name}: {oracle} elements compared with the oracle, {bitwise} between threads and places")
        if not oracle or not bitwise:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
