# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fixed attentions at the corners of the tiles, against the numpy oracle: what the sweep finds by luck, in seconds.

    corners.py --compile=attn-compile --run=attn-guarded-run NAME...

Each NAME is one of CORNERS: a program that is compiled once for the CPU it runs on, the kinds of values, and the shapes. All memory is beside protected
pages and full of NaN or zeros before a run, so that what is read past an end, or was never written, shows.
"""

import os
import sys
import tempfile
import types

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import check_cases, execute, run  # noqa: E402
from sweep_masks import Mask, Symbol  # noqa: E402
from sweep_programs import Program  # noqa: E402
from sweep_values import Comparison, draw_values  # noqa: E402


def program(mask=None, D=20, E=20, score="none", normalizer="softmax", sink=False, split=False, first=0, few=None, cached=False, gain="none", schedule=""):
    """`few` is a shape whose queries and heads are known at compile time; without a schedule the compiler chooses one."""
    known = {dim: few[dim] for dim in ("Hk", "Hq", "M")} if few else {}
    return Program(mask, score, normalizer, sink, True, split, (0, 0, first, 0), 0.25, {"D": D, "E": E} | known, gain, cached, schedule=schedule)


def shape(M, N, B=1, Hk=1, group=1):
    return {"B": B, "Bk": B, "Hk": Hk, "Hq": Hk * group, "M": M, "N": N}


def set_mask(text, visible):
    return Mask(f"#attn.set<{text}>", [], lambda n, v, b, h, i, j: visible(i, j))


def length_mask(symbol):
    return Mask("#attn.length", [symbol], lambda n, v, b, h, i, j: j < symbol.read(v, (b, h, i, j)), hull="band")


def set_head_mask(text):
    return Mask(f"#attn.set<{text}>", [], lambda n, v, b, h, i, j: j - i * 2 + h * 300 - 900 >= 0)


LENGTH = Symbol("m0", "i64", "b", "length")
BITS = Symbol("m0", "i8", "bij", "bits")
HEAD_BITS = Symbol("m0", "i8", "bhij", "bits")
# Rows, keys and head sizes that are no multiple of any strip, panel or vector, and those of one element.
TAILS = [shape(13, 45, B=2, Hk=2, group=2), shape(1, 1), shape(33, 300), shape(257, 17)]
BLOCKS = [shape(40, 1100)]

# Masks of which walks over boxes are the cheaper ones, and the other walk.
WINDOW = Mask("#attn.window<100, 2>", [], lambda n, v, b, h, i, j: (i - 100 <= j) & (j <= i + 2), hull="band")
# Between the two parts lie whole blocks of keys that nobody sees.
UNION = Mask("#attn.or<#attn.prefix<20>, #attn.window<30, 0>>", [], lambda n, v, b, h, i, j: (j < 20) | ((i - 30 <= j) & (j <= i)))
IN_BLOCKS = "rows = 196, keys = 256, strip = 14, panel = 32, lanes = 16"

# Few queries: one of each head; several, which strips cut within a head; and as many rows as make a flat tile. Keys from
# one to three parts.
ONE = {"Hk": 2, "Hq": 8, "M": 1}
SEVERAL = {"Hk": 2, "Hq": 8, "M": 3}
FLAT = {"Hk": 1, "Hq": 13, "M": 1}
PARTS = [{"B": 2, "Bk": 2, "N": n} for n in (1, 45, 300, 1024, 2100)]

CORNERS = {
    # name: program, kinds of values, shapes
    "tails": (program(), ["plain"], TAILS),
    "columns": (program(D=7, E=37), ["plain"], [shape(9, 70)]),
    # Scores of large magnitude: the maximum of a row grows from block to block, and what is not rescaled shows.
    "blocks": (program(), ["large"], BLOCKS),
    "sink": (program(sink=True), ["plain"], TAILS[:2]),
    "sigmoid": (program(normalizer="sigmoid"), ["plain"], TAILS[:2]),
    "short-one": (program(few=ONE), ["large"], PARTS),
    "short-several": (program(few=SEVERAL), ["plain"], PARTS),
    "short-flat": (program(D=7, E=37, few=FLAT), ["plain"], PARTS[1:3]),
    "short-wide": (program(D=130, E=128, few=ONE), ["plain"], PARTS[1:4]),
    # Keys and values are the first of a longer cache, where they lie.
    "short-cached": (program(few=ONE, cached=True), ["plain"], PARTS),
    "short-sink": (program(sink=True, few=SEVERAL), ["plain"], PARTS[1:]),
    "short-relu": (program(normalizer="relu", few=SEVERAL), ["plain"], PARTS[1:]),
    # The last queries of many: whole parts of the keys are seen by nobody, and values there are NaN.
    "short-window": (
        program(
            Mask("#attn.window<700, 0>", [], lambda n, v, b, h, i, j: (i - 700 <= j) & (j <= i), hull="band"), first=1990, few=SEVERAL
        ),
        ["plain", "masked"],
        PARTS[3:],
    ),
    # Heads of a group that see different keys, by their number and by a symbol of their own.
    "short-heads": (program(set_head_mask("j - i * 2 + h * 300 - 900 ge 0"), few=SEVERAL), ["plain"], PARTS[2:]),
    "short-lengths": (program(length_mask(Symbol("m0", "i64", "bh", "length")), few=SEVERAL), ["plain", "masked"], PARTS),
    "short-dense": (program(Mask("#attn.dense", [HEAD_BITS], lambda n, v, b, h, i, j: HEAD_BITS.read(v, (b, h, i, j)) != 0), few=SEVERAL), ["plain"], PARTS[:3]),
    "short-bias": (program(score="full", few=SEVERAL), ["plain"], PARTS[:3]),
    "short-alibi": (program(score="alibi", few=SEVERAL), ["plain"], PARTS[:3]),
    # Two parts of the keys; of some rows one part sees nothing, of some neither.
    "merge": (program(length_mask(LENGTH), split=True), ["plain"], [shape(9, 70, B=12)]),
    # What lies outside of the hull, before and behind it, is NaN and infinite.
    "causal": (program(Mask("#attn.causal", [], lambda n, v, b, h, i, j: j <= i, hull="band")), ["plain", "masked"], [shape(70, 70), shape(200, 530)]),
    "window": (program(WINDOW, first=120), ["plain", "masked"], [shape(300, 530)]),
    "union": (program(UNION), ["plain"], [shape(900, 900)]),
    "window-in-blocks": (program(WINDOW, first=120, schedule=IN_BLOCKS), ["plain", "masked"], [shape(300, 530)]),
    "union-in-blocks": (program(UNION, schedule=IN_BLOCKS), ["plain"], [shape(900, 900)]),
    # Keys and values behind a length are NaN and infinite; some rows of the batch have no key at all.
    "length": (program(length_mask(LENGTH)), ["masked"], [shape(33, 300, B=12)]),
    "dense": (program(Mask("#attn.dense", [BITS], lambda n, v, b, h, i, j: BITS.read(v, (b, h, i, j)) != 0)), ["plain"], [shape(33, 300, B=6)]),
    # A score that reads one element of a tensor for each pair.
    "bias": (program(score="full"), ["plain"], [shape(33, 45)]),
    # A gain of every pair, NaN where the mask hides it; bare blocks, tails and few queries.
    "gain": (program(Mask("#attn.causal", [], lambda n, v, b, h, i, j: j <= i, hull="band"), gain="pairs"), ["plain"], [shape(33, 45, Hk=2, group=2), shape(300, 300)]),
    "gain-odd": (program(gain="odd", score="hide"), ["large"], [shape(33, 300)]),
    "gain-relu": (program(normalizer="relu", gain="keys"), ["plain"], TAILS[:2]),
    "gain-sigmoid": (program(length_mask(LENGTH), normalizer="sigmoid", gain="pairs"), ["masked"], [shape(33, 70, B=6)]),
    "gain-merged": (program(length_mask(LENGTH), split=True, gain="keys"), ["plain"], [shape(9, 70, B=6)]),
    "short-gain": (program(length_mask(Symbol("m0", "i64", "bh", "length")), few=SEVERAL, gain="pairs"), ["plain"], PARTS),
    # Divisions and remainders of positions and of negative differences, by numbers that are no powers of two.
    "modulo": (program(set_mask("(i - j) mod 3 - 1 ge 0", lambda i, j: (i - j) % 3 >= 1)), ["plain"], [shape(50, 140)]),
    "division": (program(set_mask("(i - j) floordiv 7 + 2 ge 0", lambda i, j: (i - j) // 7 + 2 >= 0)), ["plain"], [shape(50, 140)]),
}


def check_shape(options, module, what, sizes, values, folder):
    drawn = draw_values(what, sizes, np.random.default_rng(7), types.SimpleNamespace(choice=lambda among: values if values in among else among[-1], random=lambda: 0.5))
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


if __name__ == "__main__":
    sys.exit(check_cases(CORNERS, check))
