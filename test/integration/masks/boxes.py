# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Walks over boxes that no cost model would choose: schedules by hand, against the oracle and the reference lowering, beside protected pages.

    boxes.py --compile=attn-compile [--only=REGEX]

Each line of CASES is one module: its name, a mask, the box, sizes, and what else differs. Boxes of one query, of more than the grid has, of one axis and of three;
strips that are wider than their box; panels of one key; windows that fill their axis; heads of one element and of many; masks that are no grid's.
"""

import argparse
import collections
import os
import re
import sys

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guarded"), os.path.join(HERE, "..", "attention"), HERE]

import attn_rt  # noqa: E402

import grids as g  # noqa: E402
import terms as t  # noqa: E402
from guarded import variants_here  # noqa: E402
from modules import Case, Modules, check_case  # noqa: E402
from sweep_programs import Program  # noqa: E402

# Runs of each shape, with other values.
DRAWS = 3


def symbol(element, *indices, kind="bits"):
    return t.Symbol(element, tuple(t.plain(index) if isinstance(index, str) else index for index in indices), kind)


def table(*indices, element="i1"):
    return t.dense(symbol(element, *indices))


def grid(*axes):
    """Each axis: its extent or None, window, and optionally stride, dilation and whether it is causal."""
    return g.neighborhood([g.Axis(*axis, *(1, 1, False)[len(axis) - 2 :]) for axis in axes], [t.fixed(0)], 0)


def on_grid(extents, *constraints, group=0):
    """A set: pairs of a query's and a key's term that are equal, or constraints."""
    made = [pair if isinstance(pair[0], tuple) else (("-", *pair), "eq") for pair in constraints]
    return g.grid_set(extents, made, [t.fixed(0)], group)


def windows(axis, size, shift):
    """A constraint: the key lies in the query's window."""
    return ("-", *(("floordiv", ("+", f"{side}{axis}", shift), size) for side in "ij")), "eq"


def powers(count):
    return t.either([t.integer_set([(("-", ("-", "i", "j"), 1 << power), "eq")]) for power in range(count)])


def near(count, step):
    """More parts than bands are told apart."""
    return t.either([t.integer_set([(("-", ("-", "i", "j"), step * number), "eq")]) for number in range(count)])


def segments(*indices):
    made = tuple(t.plain(index) if isinstance(index, str) else index for index in indices)
    return g.segments(*(g.SegmentEnd("i64", made, "bound") for _ in range(2)))


def schedule(box, strip=16, panel=12, times=21, lanes=16, columns=16, slabs=1):
    area = 1
    for size in box:
        area *= size
    return f"rows = {area * slabs}, keys = {panel * times}, strip = {strip}, panel = {panel}, lanes = {lanes}, columns = {columns}, box = {list(box)}"


def size(M, N=None, B=1, Bk=None, Hk=1, group=1):
    return {"B": B, "Bk": B if Bk is None else Bk, "Hk": Hk, "Hq": Hk * group, "M": M, "N": M if N is None else N}


FLAT = [size(1), size(0, 5), size(5, 0), size(16, 17), size(100, 257), size(257, 100), size(37, 64, B=2, Bk=1, Hk=2, group=2)]
# An image of 5 by 8, one batch and several heads.
IMAGE = [size(40), size(40, B=2, Bk=1, Hk=2, group=3)]
SMALL = dict(strip=4, panel=1, times=1, lanes=4, columns=1)
WIDE = dict(strip=48, panel=8, times=2, columns=7)

CASES = [
    # Boxes on two axes: of one query, of more than there is, of a line, and such as cut the image unevenly.
    ("image of single queries", grid((5, 3), (8, 3)), (1, 1), IMAGE, {}, SMALL),
    ("image in one box", grid((5, 3), (8, 3)), (16, 16), IMAGE, {}, {}),
    ("image by lines", grid((5, 3), (8, 3)), (1, 40), IMAGE, {}, WIDE),
    ("image by columns", grid((5, 3), (8, 3)), (40, 1), IMAGE, {}, dict(strip=8, lanes=8)),
    ("image unevenly", grid((5, 3), (8, 3)), (3, 7), IMAGE, {}, dict(slabs=2)),
    ("axes of one token", grid((1, 1), (40, 5)), (4, 4), IMAGE, {}, {}),
    ("windows that fill their axes", grid((5, 5), (8, 8)), (2, 2), IMAGE, {}, {}),
    ("strides and dilations that fill their axes", grid((16, 4, 4, 4), (9, 3, 1, 3)), (4, 4), [size(144)], {}, {}),
    ("wide dilation", grid((4, 2, 1, 2), (64, 2, 2, 32)), (2, 8), [size(256)], {}, {}),
    ("causal axes", grid((6, 3, 2, 1, True), (7, 3, 1, 2, True)), (4, 4), [size(42)], {}, {}),
    ("one causal axis", grid((6, 3, 3, 1, True), (7, 3)), (4, 4), [size(42, Hk=2)], dict(normalizer="sigmoid", gain="pairs"), {}),
    # Three axes, and one.
    ("volume", grid((3, 3), (4, 2), (6, 3)), (2, 2, 4), [size(72), size(72, B=2)], dict(sink=True), {}),
    ("volume in one box", grid((3, 3), (4, 2), (6, 3)), (4, 4, 8), [size(72)], {}, dict(strip=32, panel=6)),
    ("volume of single queries", grid((3, 1), (4, 2, 1, 2), (6, 3, 3)), (1, 1, 1), [size(72)], {}, SMALL),
    ("volume along the first axis", grid((3, 3, 1, 1, True), (4, 2), (6, 3)), (16, 1, 1), [size(72)], {}, {}),
    ("line", grid((37, 5, 1, 3)), (16,), [size(37)], {}, {}),
    ("line of single queries", grid((37, 5, 5, 1, True)), (1,), [size(37)], {}, SMALL),
    # Extents that are known at run time.
    ("any image", grid((None, 3), (None, 3)), (4, 4), [size(9), size(15), size(40), size(144)], {}, {}),
    ("any image by lines", grid((None, 3, 1, 2, True), (None, 2, 2)), (1, 33), [size(12), size(40), size(145)], {}, WIDE),
    ("any height", grid((None, 3), (8, 3)), (4, 4), [size(24), size(40), size(200)], {}, {}),
    ("any volume", grid((None, 2), (None, 1), (None, 2, 2)), (2, 2, 4), [size(8), size(60), size(144)], {}, {}),
    ("any line", grid((None, 3)), (33,), [size(3), size(40)], {}, {}),
    # Sets on grids: axes, windows that begin anywhere, halos, steps, what differs by head; parts that bind the same extents lie on one grid.
    ("column", on_grid((None, None), ("i1", "j1")), (16, 1), [size(40), size(144), size(37, B=2, Hk=2)], {}, {}),
    ("row", on_grid((None, 8), ("i0", "j0")), (3, 7), [size(40), size(144)], {}, {}),
    ("column or row", t.either([on_grid((None, None), ("i1", "j1")), on_grid((None, None), ("i0", "j0"))]), (4, 4), [size(40), size(144)], {}, WIDE),
    ("column or row of other grids", t.either([on_grid((None, None), ("i1", "j1")), on_grid((None, None), ("i0", "j0"), group=1)]), (16,), [size(40), size(144)], {}, {}),
    ("shifted windows", on_grid((None, None), windows(0, 4, 2), windows(1, 3, -1)), (4, 4), [size(40), size(144)], {}, {}),
    ("halo", on_grid((None, 12), (("-", ("*", ("floordiv", "i1", 4), 4), ("+", "j1", 2)), "le"), (("-", ("-", "i0", "j0"), 1), "le")), (2, 4), [size(60), size(144)], {}, {}),
    ("steps", on_grid((None, None), (("mod", ("-", "i0", "j0"), 2), "eq"), (("-", ("mod", "j1", 3), 1), "eq")), (1, 16), [size(40), size(144)], {}, {}),
    ("planes", on_grid((None, None, None), ("i0", "j0"), ("i2", "j2")), (2, 2, 4), [size(8), size(60), size(144)], {}, {}),
    ("axes of heads", on_grid((6, 8), (("-", ("*", "h", 2), "j0"), "ge"), ("i1", "j1")), (4, 4), [size(48, Hk=2, group=2)], {}, {}),
    ("axis and positions", on_grid((6, 8), ("i0", "j0"), (("-", "i", "j"), "ge")), (2, 8), [size(48)], {}, {}),
    ("other axes", on_grid((7, 8), ("i0", "j1"), (("-", "i1", "j0"), "ge")), (4, 4), [size(56)], {}, {}),
    ("set and image", t.both([on_grid((None, None), windows(0, 4, 0)), g.neighborhood([g.Axis(None, 3, 1, 1, False)] * 2, [t.fixed(0)], 0, is_shared=True)]), (4, 4),
     [size(40), size(144)], {}, {}),
    ("not a column", t.negation(on_grid((5, 8), ("i1", "j1"))), (4, 4), IMAGE, {}, {}),
    # Grids with other masks.
    ("image and causal", t.both([grid((5, 3), (8, 3)), t.causal(0)]), (4, 4), IMAGE, {}, {}),
    ("image or far ones", t.either([grid((5, 3), (8, 3)), t.prefix(3), t.causal(-30)]), (4, 4), IMAGE, {}, {}),
    ("not the image", t.negation(grid((5, 3), (8, 3))), (4, 4), IMAGE, {}, {}),
    ("images or", t.either([grid((5, 1), (8, 8)), grid((5, 5), (8, 1)), grid((5, 3, 1, 1, True), (8, 2))]), (4, 4), IMAGE, {}, {}),
    ("image and lengths", t.both([grid((5, 3), (8, 3)), t.length(symbol("i64", "b", "h", kind="bound"))]), (4, 4), IMAGE, {}, {}),
    ("image and segments", t.both([grid((5, 3), (8, 5)), segments("b", "i")]), (4, 4), IMAGE, {}, {}),
    ("image or segments", t.either([grid((5, 3), (8, 3)), segments("i")]), (4, 4), IMAGE, {}, {}),
    ("image and blocks", t.either([t.both([grid((5, 3), (8, 3)), g.blocks(7, 1, 1)]), g.blocks(20, 0, 0)]), (4, 4), IMAGE, {}, {}),
    ("image and a table", t.both([grid((5, 5), (8, 5)), table(t.quotient("i", 16), t.quotient("j", 16))]), (4, 4), IMAGE, {}, {}),
    ("image and bits", t.both([grid((5, 5), (8, 5)), table("h", "i", "j", element="i64")]), (4, 4), IMAGE, {}, {}),
    # No grid: consecutive queries.
    ("window", t.window(30, 2), (16,), FLAT, {}, {}),
    ("causal far away", t.causal(-(1 << 40)), (16,), FLAT, {}, {}),
    # Lanes of 32 bits have room for positions, and not for what is that far from them.
    ("far away or bits", t.either([t.causal(-(1 << 40)), table("i", "j")]), (16,), FLAT, {}, {}),
    ("far away and bits", t.both([t.either([t.window(1 << 40, 1 << 32), table("i", "j")]), table("j")]), (16,), FLAT, {}, {}),
    ("everything", t.window(1 << 40, 1 << 40), (200,), FLAT, {}, WIDE),
    ("powers of two", powers(9), (24,), FLAT, {}, {}),
    ("more parts than bands", near(40, 3), (16,), FLAT, {}, {}),
    ("bands that touch", near(20, 1), (5,), FLAT, {}, SMALL),
    ("segments", segments("b", "h", "i"), (16,), FLAT, {}, dict(slabs=3)),
    ("segments of blocks", segments(t.quotient("i", 7)), (16,), FLAT, {}, {}),
    ("not segments", t.negation(segments("b", "i")), (16,), FLAT, {}, {}),
    ("lengths of queries", t.length(symbol("i64", "b", "i", kind="bound")), (16,), FLAT, {}, {}),
    ("blocks", g.blocks(100, 1, 0), (33,), FLAT, {}, {}),
    # Tables of blocks, also such as read an element again, which says nothing of those between.
    ("table", table("b", "h", t.quotient("i", 64), t.quotient("j", 64)), (16,), FLAT, {}, {}),
    ("table and window", t.either([table(t.quotient("i", 32), t.quotient("j", 32)), t.window(3, 0)]), (48,), FLAT, {}, WIDE),
    ("table of rows", table(t.quotient("i", 16), t.fixed(1)), (16,), FLAT, {}, {}),
    ("table that repeats queries", table(t.of_remainder("i", 16, 8), t.quotient("j", 64)), (24,), FLAT, {}, {}),
    ("table that repeats keys", table(t.quotient("i", 64), t.of_remainder("j", 32, 16)), (16,), FLAT, {}, {}),
    ("table of distances", table(t.of_distance(64)), (16,), FLAT, {}, {}),
    # Heads, values and what is done with scores.
    ("heads of one", t.window(30, 2), (16,), FLAT[4:], dict(D=1, E=1, lse=False), {}),
    ("heads of one, values of some", grid((5, 3), (8, 3)), (4, 4), IMAGE[:1], dict(D=1, E=5), {}),
    ("values of one", t.window(30, 2), (16,), FLAT[4:], dict(D=40, E=1), {}),
    ("values of many", t.window(30, 2), (16,), FLAT[4:], dict(D=3, E=256), dict(columns=7)),
    ("heads of many", grid((5, 3), (8, 3)), (4, 4), IMAGE, dict(D=256, E=96), {}),
    ("heads of 300", grid((5, 3), (8, 3)), (4, 4), IMAGE[:1], dict(D=300, E=300), {}),
    ("strips of one", t.window(30, 2), (4,), FLAT[4:], dict(D=3, E=3), dict(strip=1, panel=1, lanes=1, columns=1)),
    ("strips of one, values of one", t.window(30, 2), (4,), FLAT[4:], dict(E=1, normalizer="relu"), dict(strip=1, panel=1, lanes=1, columns=1)),
    ("scores that hide", grid((5, 3), (8, 3)), (4, 4), IMAGE, dict(score="hide", sink=True), {}),
    ("relative scores", grid((5, 3), (8, 3)), (4, 4), IMAGE, dict(score="relative", gain="keys"), {}),
    ("scores of pairs", segments("i"), (24,), FLAT[3:], dict(score="full", normalizer="relu", gain="odd"), {}),
    ("cached keys", t.window(30, 2), (16,), FLAT, dict(cached=True), {}),
    ("output in bf16", grid((5, 3), (8, 3)), (4, 4), IMAGE, dict(stores={"q": "bf16", "k": "f32", "v": "f32"}), {}),
]


def made(mask, box, sizes, D=8, E=8, normalizer="softmax", sink=False, lse=True, score="none", **more):
    return Program(mask.named(), score, normalizer, sink, lse, False, (0, 0, 0, 0), 0.37, {"D": D, "E": E}, schedule=schedule(box, **sizes), **more)


def check(compiler, variant, name, mask, box, shapes, more, sizes):
    """Counters of one module."""
    modules, totals, program = Modules(compiler, variant), collections.Counter(modules=1), made(mask, box, sizes, **more)
    cases = [Case(program, shape | program.sizes, f"{name} {number * DRAWS + draw}") for number, shape in enumerate(shapes) for draw in range(DRAWS)]
    case = cases[0]
    try:
        modules.open(program)
        for case in cases:
            totals.update(check_case(modules, case))
    except (AssertionError, attn_rt.Error) as error:
        print(f"FAILED {name}: {variant}: {program} {case.sizes}: {error}", flush=True)
        totals["failures"] += 1
    return totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    variants, totals = variants_here(options.compile), collections.Counter()
    for number, (name, *what) in enumerate(CASES):
        if re.search(options.only, name):
            totals.update(check(options.compile, variants[number % len(variants)], name, *what))
    print(
        f"{totals['modules']} modules, {totals['cases']} cases, {totals['failures']} failures, {totals['refused']} refused as they should, {totals['tiles']} tiles, {totals['explained']} counts as "
        f"explained; {totals['compared'] + totals['reference'] + totals['both']} elements compared"
    )
    return 0 if not totals["failures"] and all(totals[kind] for kind in ("compared", "reference", "both")) else 1


if __name__ == "__main__":
    sys.exit(main())
