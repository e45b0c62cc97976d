# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the symbols of a mask may hold, and what a run says of what they may not: each value has a defined answer or an exact sentence, from both lowerings.

    values.py --compile=attn-compile

Lengths and prefixes are defined for every integer: below 1 nobody sees anything, beyond the keys all do. So are the ends of segments that do not fall, and any
bits. Refused are tensors that do not reach as far as an index map, segments that fall and extents that are no grid of the tokens; the sentence has the value.
All tensors lie beside protected pages, so that a check that reads before it asks ends the process.
"""

import argparse
import os
import sys

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guarded"), os.path.join(HERE, "..", "attention"), HERE]

import attn_rt  # noqa: E402
import numpy as np  # noqa: E402

import grids as g  # noqa: E402
import terms as t  # noqa: E402
from guarded import variants_here  # noqa: E402
from modules import Case, Modules  # noqa: E402
from sweep_programs import Program  # noqa: E402
from sweep_values import Comparison  # noqa: E402

LEAST, MOST = -(1 << 63), (1 << 63) - 1
NUMBERS = [0, -1, 1, 39, 40, 41, 1 << 40, -(1 << 40), (1 << 40) + 1, 1 << 31, -(1 << 31), 1 << 32, -(1 << 32), 1 << 61, LEAST, LEAST + 1, MOST, MOST - 1]


def symbol(element, *indices, kind="bound"):
    return t.Symbol(element, tuple(t.plain(index) if isinstance(index, str) else index for index in indices), kind)


def grid(*axes, indices=(t.fixed(0),)):
    return g.neighborhood([g.Axis(*axis) for axis in axes], indices, 0)


def ints(values, dtype=np.int64):
    return np.array(values, dtype)


def same(value, shape, dtype=np.int64):
    return np.full(shape, value, dtype)


# -- What is defined: a mask, and arrays of its symbols for 40 keys -----------------------------------------------------------------------

# Three axes of 5 by 4 by 2 tokens.
BOX = [(None, 3, 1, 1, False), (None, 2, 2, 1, False), (None, 1, 1, 1, True)]
COLUMN = g.grid_set((None, None), [(("-", "i1", "j1"), "eq")], [t.fixed(0)])
DEFINED = {
    "length of a batch": (t.length(symbol("i64", "b")), lambda M: [[same(n, 1)] for n in NUMBERS]),
    "length of a head": (t.length(symbol("i64", "h")), lambda M: [[same(n, 2)] for n in NUMBERS]),
    "length of a query": (t.length(symbol("i64", "i")), lambda M: [[ints(NUMBERS * 3)[:M]], [ints(NUMBERS[::-1] * 3)[:M]]]),
    "length of a key": (t.length(symbol("i64", "j")), lambda M: [[ints(NUMBERS * 3)[:40]]]),
    "prefix or causal": (t.either([t.prefix_symbol(symbol("i64", "b")), t.causal(0)]), lambda M: [[same(n, 1)] for n in NUMBERS]),
    "not a length": (t.negation(t.length(symbol("i64", "b", "i"))), lambda M: [[ints(NUMBERS * 3)[None, :M]]]),
    "narrow length": (t.length(symbol("i8", "i")), lambda M: [[ints([127, -128, -1, 0, 1, 7] * 7, np.int8)[:M]]]),
    "length of one bit": (t.length(symbol("i1", "i")), lambda M: [[ints([False, True] * 20, np.bool_)[:M]]]),
    "bits of any number": (t.dense(symbol("i64", "j", kind="bits")), lambda M: [[ints(NUMBERS * 3)[:40]]]),
    "no visible pair": (t.dense(symbol("i1", "b", kind="bits")), lambda M: [[same(False, 1, np.bool_)]]),
    "segments": (
        g.segments(symbol("i64", "i"), symbol("i64", "i")),
        lambda M: [[same(first, M), same(end, M)] for first in NUMBERS for end in (0, 20, 40, 1 << 40, LEAST, MOST)]
        + [[np.sort(ints((NUMBERS * 3)[:M])), np.sort(ints((NUMBERS[::-1] * 3)[:M]))]],
    ),
    "grids of the tokens": (grid(*BOX), lambda M: [[ints([a]), ints([b]), ints([c])] for a, b, c in ((5, 4, 2), (20, 2, 1), (10, 4, 1), (4, 10, 1), (3, 2, 7))]),
    "grids of sets": (COLUMN, lambda M: [[ints([a]), ints([b])] for a, b in ((1, 40), (40, 1), (5, 8), (7, 1))]),
    "window of none": (t.both([t.window(0, 0), t.causal(-1)]), lambda M: [[]]),
    "causal far away": (t.causal(-(1 << 40)), lambda M: [[]]),
}


# -- What is refused: a mask, arrays of its symbols for 33 queries and 40 keys, and the sentence --------------------------------------------


def below(index, which, size, got):
    return f"expects index {index} of mask symbol {which} to be below {size}, but got {got}"


def falls(which, before, got):
    return f"expects mask symbol {which} to be at least its value for the query before, {before}, but got {got}"


def tokens(of, size, got):
    return f"expects the number of tokens on the grid of the mask to be that of {of}, {size}, but got {got}"


ENDS = g.segments(symbol("i64", "i"), symbol("i64", "i"))
SQUARE = grid((None, 3, 1, 1, False), (None, 3, 1, 1, False))
REFUSED = {
    "too few lengths": (t.length(symbol("i64", "b")), 40, [same(5, 0)], below(0, 0, 0, 0)),
    "too few lengths of queries": (t.length(symbol("i64", "i")), 40, [same(5, 39)], below(0, 0, 39, 39)),
    "too few rows of bits": (t.dense(symbol("i8", "i", "j", kind="bits")), 40, [same(1, (39, 40), np.int8)], below(0, 0, 39, 39)),
    "too few columns of bits": (t.dense(symbol("i8", "i", "j", kind="bits")), 40, [same(1, (40, 39), np.int8)], below(1, 0, 39, 39)),
    "too small a table": (t.dense(symbol("i1", t.quotient("i", 16), t.quotient("j", 16), kind="bits")), 40, [same(1, (2, 3), np.bool_)], below(0, 0, 2, 2)),
    "the second symbol": (
        t.both([t.length(symbol("i64", "b")), t.dense(symbol("i1", t.remainder("h", 2), kind="bits"))]), 40, [same(3, 1), same(1, 1, np.bool_)], below(0, 1, 1, 1)
    ),
    "too few ends": (ENDS, 40, [same(0, 40), same(40, 39)], below(0, 1, 39, 39)),
    "no ends": (ENDS, 40, [same(0, 0), same(40, 0)], below(0, 0, 0, 39)),
    "first falls": (ENDS, 40, [ints([0] * 30 + [7] * 5 + [6] * 5), same(40, 40)], falls(0, 7, 6)),
    "end falls at last": (ENDS, 40, [same(0, 40), ints([40] * 39 + [39])], falls(1, 40, 39)),
    "end falls far": (ENDS, 40, [same(0, 40), ints([MOST] * 20 + [LEAST] * 20)], falls(1, MOST, LEAST)),
    "first falls where nothing is visible": (t.both([ENDS, t.prefix(0)]), 40, [ints([0] * 30 + [7] * 5 + [6] * 5), same(40, 40)], falls(0, 7, 6)),
    "no extent": (SQUARE, 40, [same(5, 1), same(8, 0)], below(0, 1, 0, 0)),
    "extent of none": (SQUARE, 40, [same(0, 1), same(40, 1)], "expects mask symbol 0 to be at least 3, but got 0"),
    "negative extents": (SQUARE, 40, [same(-5, 1), same(-8, 1)], "expects mask symbol 0 to be at least 3, but got -5"),
    "least extent": (SQUARE, 40, [same(5, 1), same(LEAST, 1)], f"expects mask symbol 1 to be at least 3, but got {LEAST}"),
    "no room for the window": (SQUARE, 40, [same(20, 1), same(2, 1)], "expects mask symbol 1 to be at least 3, but got 2"),
    "another grid": (SQUARE, 40, [same(5, 1), same(9, 1)], tokens("queries", 40, 45)),
    "extents of 2^40": (SQUARE, 40, [same(1 << 40, 1), same(1 << 40, 1)], tokens("queries", 40, (1 << 40) + 1)),
    "extents whose product wraps": (SQUARE, 40, [same(1 << 32, 1), same(1 << 32, 1)], tokens("queries", 40, (1 << 40) + 1)),
    "greatest extent": (SQUARE, 40, [same(MOST, 1), same(3, 1)], tokens("queries", 40, (1 << 40) + 1)),
    "grid of other keys": (SQUARE, 41, [same(5, 1), same(8, 1)], tokens("keys", 41, 40)),
    "set of no rows": (COLUMN, 40, [same(0, 1), same(40, 1)], "expects mask symbol 0 to be at least 1, but got 0"),
    "set of least extents": (COLUMN, 40, [same(40, 1), same(LEAST, 1)], f"expects mask symbol 1 to be at least 1, but got {LEAST}"),
    "set of negative extents": (COLUMN, 40, [same(-5, 1), same(-8, 1)], "expects mask symbol 0 to be at least 1, but got -5"),
    "set on another grid": (COLUMN, 40, [same(5, 1), same(9, 1)], tokens("queries", 40, 45)),
    "set of extents of 2^40": (COLUMN, 40, [same(1 << 40, 1), same(1 << 40, 1)], tokens("queries", 40, (1 << 40) + 1)),
    "set of extents whose product wraps": (COLUMN, 40, [same(1 << 32, 1), same(1 << 32, 1)], tokens("queries", 40, (1 << 40) + 1)),
    "set of greatest extents": (COLUMN, 40, [same(MOST, 1), same(MOST, 1)], tokens("queries", 40, (1 << 40) + 1)),
    "set on a grid of other keys": (COLUMN, 41, [same(5, 1), same(8, 1)], tokens("keys", 41, 40)),
    "parts of other grids": (
        t.either([COLUMN, g.grid_set((None,), [(("-", "i0", "j0"), "eq")], [t.fixed(0)], 1)]), 40, [same(5, 1), same(8, 1), same(39, 1)], tokens("queries", 40, 39)
    ),
    "known grid of other queries": (grid((6, 3, 1, 1, False), (7, 3, 1, 1, False)), 42, [], tokens("queries", 40, 42)),
}


# -- Running them ----------------------------------------------------------------------------------------------------------------------


def made(compiler, variant, mask, few, D=8):
    """The two modules of a plain attention with the mask; `few` queries of each head are known."""
    program = Program(mask.named(), "none", "softmax", False, True, False, (0, 0, 0, 0), 0.37, {"D": D, "E": D} | ({"Hk": 1, "Hq": 2, "M": few} if few else {}))
    modules = Modules(compiler, variant)
    modules.open(program)
    return modules


def case_of(modules, sizes, arrays):
    case = Case(modules.program, sizes | modules.program.sizes, "values")
    values = case.draw()
    values.arguments.update({name.name: array for name, array in zip(modules.program.symbols, arrays)})
    return case, values


def check_defined(modules, sizes, arrays, what):
    """Elements compared."""
    case, values = case_of(modules, sizes, arrays)
    with np.errstate(all="ignore"):
        comparison = Comparison(case.program, case.sizes, values)
    compared = 0
    for at_end in (False, True):
        for function, how in ((modules.kernels, "kernels"), (modules.reference, "reference lowering")):
            compared += comparison.with_oracle(["o", "lse"], modules.run(function, values, at_end), f"{what}, {how}, {[a.tolist() for a in arrays]}")
    return compared


def check_refused(modules, sizes, arrays, sentence, what):
    _, values = case_of(modules, sizes, arrays)
    for at_end in (False, True):
        for function, how in ((modules.kernels, "kernels"), (modules.reference, "reference lowering")):
            try:
                modules.run(function, values, at_end)
            except attn_rt.Error as error:
                if str(error) != sentence:
                    raise AssertionError(f"{what}, {how}: expects '{sentence}', but got '{error}'") from error
                continue
            raise AssertionError(f"{what}, {how}: expects '{sentence}', but got results")


SHAPE = {"B": 1, "Bk": 1, "Hk": 1, "Hq": 2, "M": 40, "N": 40}


def check_all_defined(compiler, variant):
    """The number of runs, and of elements compared."""
    runs = compared = 0
    for name, (mask, arrays) in DEFINED.items():
        is_grid = name.startswith("grids")
        for few in (None,) if is_grid else (None, 3):
            modules = made(compiler, variant, mask, few)
            for symbols in arrays(few or 40):
                tokens = {"M": int(np.prod(symbols)), "N": int(np.prod(symbols))} if is_grid else {}
                compared += check_defined(modules, SHAPE | tokens, symbols, name)
                runs += 1
    return runs, compared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    options = parser.parse_args()
    variant = variants_here(options.compile)[0]
    runs, compared = check_all_defined(options.compile, variant)
    for name, (mask, keys, symbols, sentence) in REFUSED.items():
        check_refused(made(options.compile, variant, mask, None), SHAPE | {"N": keys}, symbols, sentence, name)
    print(f"{runs} runs of defined values, {len(REFUSED)} refusals, {compared} elements compared")
    return 0 if compared else 1


if __name__ == "__main__":
    sys.exit(main())
