# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws what a module is made of: a mask up to four connectives deep, the attention around it, and the sizes that it runs on."""

import dataclasses
import math
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "attention"))

import grids as g  # noqa: E402
import terms as t  # noqa: E402
from sweep_programs import GAINS, SCORES, Program, random_stores  # noqa: E402

# Around strips of 4, 6, 8 and 14 queries, panels of 8, 16 and 32 keys, blocks of 196 queries and 256 keys.
QUERIES = [0, 1, 2, 3, 5, 7, 8, 13, 14, 15, 27, 28, 29, 33, 42, 61, 97, 100, 191, 195, 196, 197, 211, 257, 300, 401, 601]
KEYS = [0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 32, 33, 47, 61, 64, 65, 97, 100, 193, 255, 256, 257, 260, 300, 401, 512, 513, 601]
LONG_KEYS = [1023, 1024, 1025, 1500, 1800]
# Scores of one run, which keeps the oracle at some milliseconds.
LARGEST = 150_000

HEADS = [1, 3, 8, 8, 16, 16, 16, 17, 20, 32, 33, 48, 64]


# -- Terms -----------------------------------------------------------------------------------------------------------------------------


def small(pick):
    return pick.choice([0, 1, 2, 3, 5, 7, 13, 14, 16, 31, 32, 33, 63, 100, 196, 255, 256, 300, 500])


def draw_causal(pick):
    return t.causal(pick.choice([0, 0, 1, -1, small(pick), -small(pick), 700, -700, 1 << 40, -(1 << 40)]))


def draw_window(pick):
    far = [0, small(pick), small(pick), small(pick), 1 << 40]
    return t.window(pick.choice(far), pick.choice(far))


def draw_index(pick, axis):
    kinds = [lambda: t.plain(axis)] * 4 + [lambda: t.quotient(axis, pick.choice([2, 7, 16, 32, 64]))] * 2
    kinds += [lambda: t.remainder(axis, pick.choice([2, 5, 16])), lambda: t.shifted(axis, pick.choice([1, 9]))]
    kinds += [lambda: t.of_remainder(axis, *pick.choice([(16, 8), (32, 16), (200, 64)]))]
    return pick.choice(kinds)()


def draw_symbol(pick, kind, axes):
    elements = ["i64", "i64", "i64", "i32", "i32", "i8", "i16", "i1"]
    indices = [draw_index(pick, axis) for axis in axes]
    if kind == "bits" and pick.random() < 0.1:
        indices = indices[:1] + [pick.choice([t.distance(), t.of_distance(64)])]
    if not indices or pick.random() < 0.05:
        indices.append(t.fixed(pick.choice([0, 2])))
    return t.Symbol(pick.choice(elements), tuple(indices), kind)


def draw_bound(pick):
    axes = pick.choice(["b", "b", "b", "bh", "h", "", "i", "bi", "bhi", "hi", "j"])
    return pick.choice([t.length, t.prefix_symbol])(draw_symbol(pick, "bound", axes))


def draw_dense(pick):
    return t.dense(draw_symbol(pick, "bits", pick.choice(["bj", "bhij", "ij", "ij", "bij", "hij", "hj", "bi", "i", "j", "b", "bh", "jb", "ji"])))


def draw_affine(pick, depth):
    if depth == 0:
        return pick.choice(["i", "j", "i", "j", "i", "j", "b", "h", "queries", "keys", pick.choice([0, 1, 3, 17])])
    operator = pick.choice(["+", "-", "-", "-", "*", "floordiv", "floordiv", "ceildiv", "mod", "mod"])
    lhs = draw_affine(pick, depth - 1)
    if operator in ("+", "-"):
        return (operator, lhs, draw_affine(pick, pick.randrange(depth)))
    if operator == "*":
        return (operator, lhs, pick.choice([-3, -1, 2, 5]))
    return (operator, lhs, pick.choice([1, 2, 3, 4, 7, 8, 16, 31, 32, 64, 100]))


def draw_set(pick):
    constraints = []
    for _ in range(pick.choice([1, 1, 1, 2, 3])):
        expr = draw_affine(pick, pick.choice([1, 2, 2, 3]))
        # An offset in the range of what the expression takes, or equality would hold for nothing.
        offset = pick.choice([0, 0, 1, -1, small(pick), -small(pick)])
        constraints.append((("+", expr, offset) if offset else expr, pick.choice(["ge", "ge", "le", "eq"])))
    return t.integer_set(constraints)


def draw_prefix(pick):
    return t.prefix(pick.choice([small(pick), small(pick), 1 << 40]))


def draw_bottom_right(pick):
    return t.bottom_right()


TERMS = [draw_causal, draw_causal, draw_bottom_right, draw_window, draw_window, draw_prefix, draw_bound, draw_bound, draw_dense, draw_dense, draw_set, draw_set]


def draw_blocks(pick):
    far = [0, 0, 1, 1, 2, 5, 1 << 40]
    return g.blocks(pick.choice([1, 2, 7, 16, 32, 64, 100, 256]), pick.choice(far), pick.choice(far))


def draw_segments(pick):
    indices = pick.choice([["b", "i"], ["b", "i"], ["i"], ["b", "h", "i"], ["h", "i"], ["b", "i", ""]])
    query = pick.choice([t.plain("i")] * 4 + [t.quotient("i", 7), t.shifted("i", 3)])
    made = tuple(query if index == "i" else t.plain(index) if index else t.fixed(1) for index in indices)
    return g.segments(*(g.SegmentEnd(pick.choice(["i64", "i64", "i32", "i16"]), made, "bound") for _ in range(2)))


TERMS += [draw_blocks, draw_segments]


# -- Grids: those of one program have the same number of tokens --------------------------------------------------------------------------

# One axis, two and three, among them primes, axes of one token, and more tokens than a block has.
GRIDS = [(37,), (64,), (300,), (7, 11), (16, 16), (13, 17), (1, 29), (14, 14), (8, 32), (19, 23), (2, 3, 5), (3, 4, 6), (5, 5, 7), (4, 6, 11)]
SIDES = [1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 23, 29, 37]


def draw_axis(pick, extent):
    window, dilation = pick.choice([1, 2, 3, 3, 4, 5, 7]), pick.choice([1, 1, 1, 2, 3])
    if extent is not None:
        window = min(window, extent)
        dilation = min(dilation, extent // window)
    return g.Axis(extent, window, pick.choice([1, 1, 1, 2, window]) if window > 1 else 1, dilation, pick.random() < 0.25)


def draw_neighborhood(pick, grid, boxes=False):
    """`grid` has the extents, or None for each that is a symbol; for boxes it is the one of all heads."""
    if boxes:
        axes = [draw_axis(pick, extent) for extent in grid]
        # Of three extents that are symbols, few grids of the tests' sizes have room for more.
        small = [dataclasses.replace(axis, window=min(axis.window, 3), stride=1, dilation=1) if len(grid) == 3 and axis.extent is None else axis for axis in axes]
        return g.neighborhood(small, [t.fixed(0)], 0)
    if pick.random() < 0.2 and None not in grid:
        # Another grid of as many tokens.
        axes = [g.Axis(None, 1, 1, 1, False)] * pick.choice([1, 2, 3])
        grid = pick.choice(g.factorizations(math.prod(grid), axes))
    if pick.random() < 0.1:
        grid = [extent if pick.random() < 0.5 else None for extent in grid]
    indices = [t.plain(axis) for axis in pick.choice(["b", "b", "bh", "h"])] or [t.fixed(0)]
    return g.neighborhood([draw_axis(pick, extent) for extent in grid], indices, pick.randrange(1 << 20))


def draw_coordinates(pick, axes):
    """One constraint. Each reads coordinates, whatever becomes of it: none cancels out."""
    axis, other = pick.randrange(axes), pick.randrange(axes)
    i, j = pick.choice([(f"i{axis}", f"j{axis}")] * 5 + [(f"i{axis}", f"j{other}"), ("i", f"j{axis}"), (f"i{axis}", "j"), ("h", f"i{axis}"), ("h", f"j{axis}")])
    size, offset = pick.choice([1, 2, 3, 4, 5, 8]), pick.choice([0, 0, 1, -1, 2, 3, -4, 7])
    shift = lambda expr: ("+", expr, offset) if offset else expr  # noqa: E731
    steps = lambda expr: ("floordiv", shift(expr), size)  # noqa: E731
    kinds = [((shift(("-", i, j))), pick.choice(["eq", "ge", "le"])), (("-", steps(i), steps(j)), pick.choice(["eq", "eq", "ge"]))]
    kinds += [(("-", ("*", ("floordiv", i, size), size), ("-", j, offset)), pick.choice(["ge", "le"]))]
    kinds += [(("-", ("floordiv", steps(j), 2), ("floordiv", i, 3)), "eq"), (("-", ("mod", ("-", i, j), size + 1), abs(offset) % (size + 1)), "eq")]
    kinds += [(("-", ("mod", i, size + 1), ("mod", j, size + 1)), "eq"), (("-", ("ceildiv", i, size), shift(j)), pick.choice(["ge", "le"]))]
    return pick.choice(kinds)


def draw_grid_set(pick, grid, boxes=False):
    """As above; those of one program that have the same grid mostly bind its symbols to the same tensors."""
    if not boxes and pick.random() < 0.2:
        grid = [extent if pick.random() < 0.5 else None for extent in grid]
    indices = [t.fixed(0)] if boxes else [t.plain(axis) for axis in pick.choice(["b", "bh", "h", ""])] or [t.fixed(0)]
    group = pick.choice([0] * 12 + [1]) if boxes else pick.choice([0, 0, 1])
    return g.grid_set(grid, [draw_coordinates(pick, len(grid)) for _ in range(pick.choice([1, 1, 2, 2, 3]))], indices, group)


def draw_on_grid(pick, grid, boxes):
    return (draw_neighborhood if pick.random() < 0.5 else draw_grid_set)(pick, grid, boxes)


def draw_grid(pick, boxes):
    """The grid of a program, or None."""
    if pick.random() < (0.3 if boxes else 0.7):
        return None
    return pick.choice(GRIDS) if pick.random() < 0.5 else [None] * pick.choice([1, 2, 2, 3])


# -- Masks -----------------------------------------------------------------------------------------------------------------------------


def draw_mask(pick, depth, terms):
    """A mask of at most `depth` connectives one within the other."""
    if depth == 0 or pick.random() < 0.2:
        return pick.choice(terms)(pick)
    kind = pick.choice(["and", "and", "or", "or", "not"])
    if kind == "not":
        return t.negation(draw_mask(pick, depth - 1, terms))
    # The depth is reached on one side; else masks double with each level.
    operands = [draw_mask(pick, depth - 1, terms)] + [draw_mask(pick, pick.choice([0, 0, depth - 1]), terms) for _ in range(pick.choice([1, 1, 2]))]
    pick.shuffle(operands)
    return (t.both if kind == "and" else t.either)(operands)


PROBES = [{"B": 2, "Hq": 2, "M": 41, "N": 47}, {"B": 1, "Hq": 2, "M": 200, "N": 150}, {"B": 1, "Hq": 1, "M": 3, "N": 300}]


def hides_something(mask, tokens):
    """Whether at some sizes the mask sees pairs and leaves out pairs: most deep ones that are drawn see nothing, or everything."""
    rng = np.random.default_rng(1)
    for sizes in PROBES if tokens is None else [{"B": 1, "Hq": 2, "M": tokens, "N": tokens}]:
        values = {symbol.name: symbol.draw(sizes, rng) for symbol in mask.symbols}
        seen = mask.visible(sizes, values, *np.ogrid[: sizes["B"], : sizes["Hq"], : sizes["M"], : sizes["N"]])
        if 0.02 < np.broadcast_to(seen, (sizes["B"], sizes["Hq"], sizes["M"], sizes["N"])).mean() < 0.98:
            return True
    return False


def draw_useful_mask(pick, grid, boxes):
    terms = TERMS + [lambda pick: draw_on_grid(pick, grid, boxes)] * (len(TERMS) if grid else 0)
    tokens = None if grid is None else 60 if None in grid else math.prod(grid)
    while True:
        mask = draw_mask(pick, pick.choice([0, 1, 1, 2, 3] if boxes else [1, 2, 3, 4, 4]), terms).named()
        if pick.random() < 0.1 or hides_something(mask, tokens):
            return mask


# -- Programs --------------------------------------------------------------------------------------------------------------------------


def draw_heads(pick, grid):
    """The head sizes; of some programs also heads and queries, few of them."""
    sizes = {"D": pick.choice(HEADS), "E": pick.choice(HEADS)}
    if pick.random() < 0.7:
        sizes["E"] = sizes["D"]
    if pick.random() < 0.3 and (grid is None or None not in grid):
        heads = pick.choice([1, 2, 3])
        sizes |= {"Hk": heads, "Hq": heads * pick.choice([1, 2, 3, 4, 7]), "M": pick.choice([1, 1, 2, 3, 4])}
    return sizes


def draw_origin(pick, grid, sizes):
    if grid is not None and "M" in sizes:
        # The last queries of a grid.
        return (0, 0, max(math.prod(grid) - sizes["M"], 0), 0)
    if pick.random() < 0.8:
        return (0, 0, 0, 0)
    if grid is not None:
        return (pick.choice([0, 1]), pick.choice([0, 2]), pick.choice([0, 5]), pick.choice([0, 16]))
    return (pick.choice([0, 1]), pick.choice([0, 2]), pick.choice([0, 5, 40, 211]), pick.choice([0, 16, 37, 300]))


def draw_box_schedule(pick, mask):
    """Boxes of any shape, whatever suits the mask: the compiler would choose few of them, and for few masks."""
    area = 0
    while not 0 < area <= 1024:
        box = [pick.choice([1, 1, 2, 3, 4, 4, 5, 7, 8, 16, 33, 200]) for _ in range(g.walked_axes(mask))]
        area = math.prod(box)
    lanes, registers = pick.choice([4, 8, 16, 16]), pick.choice([1, 1, 2, 3])
    panel = pick.choice([size for size in (1, 2, 3, 4, 5, 8, 12, 16, 24, 32) if size * registers <= 32])
    strip, columns = lanes * registers, pick.choice([1, 2, 3, 4, 7, 8, 16])
    rows, keys = area * pick.choice([1, 1, 2, 3]), panel * pick.choice([1, 2, 3, 8, 21])
    return f"rows = {rows}, keys = {keys}, strip = {strip}, panel = {panel}, lanes = {lanes}, columns = {columns}, box = {box}"


def draw_program(pick):
    """One attention, whose queries and keys are dynamic; of some, few queries of known number."""
    normalizer = pick.choice(["softmax"] * 5 + ["sigmoid", "relu"])
    score = pick.choice([*SCORES, "none", "none", "none"])
    if normalizer != "softmax" and score in ("least", "hide"):
        score = "none"
    boxes = pick.random() < 0.4
    grid = draw_grid(pick, boxes)
    sizes = draw_heads(pick, grid)
    origin = draw_origin(pick, grid, sizes)
    split = normalizer == "softmax" and not any(origin) and pick.random() < 0.1
    # A log-sum-exp next to the least number does not tell how many keys there were.
    score = "none" if split and score == "least" else score
    sink = normalizer == "softmax" and pick.random() < 0.2
    lse = split or pick.random() < 0.5
    cached = not split and pick.random() < 0.1
    stores = random_stores(pick, normalizer) if pick.random() < 0.4 else dict.fromkeys("qkv", "f32")
    boxes = boxes and not split and not any(origin) and stores["k"] == stores["v"] == "f32"
    mask = draw_useful_mask(pick, grid, boxes)
    scale, gain = pick.choice([1.0, 0.125, 0.37]), pick.choice(["none"] * 6 + list(GAINS)[1:])
    schedule = draw_box_schedule(pick, mask) if boxes else ""
    return Program(mask, score, normalizer, sink, lse, split, origin, scale, sizes, gain=gain, cached=cached, stores=stores, schedule=schedule)


def draw_tokens(pick, program, grids):
    """Queries and keys of a program on grids: as many as the grids' tokens, but now and then."""
    known = [math.prod(axis.extent for axis in axes) for axes in grids if all(axis.extent is not None for axis in axes)]
    tokens = known[0] if known else 0
    for _ in range(0 if known else 30):
        tokens = math.prod(pick.choice(SIDES) for _ in grids[0])
        if tokens <= 400 and all(g.factorizations(tokens, axes) for axes in grids):
            break
    sizes = {"M": max(tokens - program.origin[2], 0), "N": max(tokens - program.origin[3], 0)}
    if pick.randrange(g.BROKEN) == 0:
        sizes[pick.choice("MN")] += 1
    return sizes


def draw_sizes(pick, program):
    grids = list(g.grids_of(program.mask))
    while True:
        heads = pick.choice([1, 1, 1, 2, 3])
        batch = pick.choice([0, 1, 1, 1, 2, 2, 3]) if pick.random() < 0.1 else pick.choice([1, 1, 2])
        sizes = {"B": batch, "Bk": pick.choice([1, batch]), "Hk": heads, "Hq": heads * pick.choice([1, 1, 2, 4])}
        sizes |= {"M": pick.choice(QUERIES), "N": pick.choice(KEYS + LONG_KEYS if program.is_short else KEYS)}
        sizes |= (draw_tokens(pick, program, grids) if grids else {}) | program.sizes
        if sizes["B"] * sizes["Hq"] * sizes["M"] * sizes["N"] <= LARGEST:
            return sizes


def simpler_programs(program):
    """The same program with less in it, what helps most first."""
    plain = {"score": "none", "gain": "none", "normalizer": "softmax", "sink": False, "split": False, "cached": False, "origin": (0, 0, 0, 0), "schedule": ""}
    plain["stores"] = dict.fromkeys("qkv", "f32")
    for field, value in plain.items():
        if getattr(program, field) != value:
            yield dataclasses.replace(program, **{field: value})
    for mask in program.mask.simpler():
        yield dataclasses.replace(program, mask=mask.named())
    if program.sizes["D"] != 1 or program.sizes["E"] != 1:
        yield dataclasses.replace(program, sizes=program.sizes | {"D": 1, "E": 1})


def simpler_sizes(program, sizes):
    """Smaller sizes that are worth a try."""
    for name, least in (("B", 1), ("Hq", 1), ("M", 1), ("N", 1)):
        if name in program.sizes:
            continue
        for value in sorted({least, sizes[name] // 2, sizes[name] - 1}):
            if least <= value < sizes[name]:
                less = sizes | {name: value}
                if name == "B":
                    less["Bk"] = min(less["Bk"], value)
                if name == "Hq":
                    if "Hk" in program.sizes:
                        continue
                    less["Hk"] = 1
                yield less
