# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what attn-mask --format=json says with masks written once more, in numpy: visible scores one by one, tiles by looking at their scores, and the
printed formulas by computing them for every block of queries and every tile."""

import concurrent.futures
import json
import os
import re
import subprocess

import numpy as np

# The mask as in IR, the same in Python over i, j, h, M, N and symbols, values of the symbols by their numbers, whether every full and empty tile is
# recognised.
MASKS = [
    ("#attn.causal", "j <= i", {}, True),
    ("#attn.causal<-3>", "j <= i - 3", {}, True),
    ("#attn.causal<bottom_right>", "j <= i + N - M", {}, True),
    ("#attn.and<#attn.causal, #attn.window<5, 0>>", "(j <= i) & (i - j <= 5)", {}, True),
    ("#attn.window<9, 4>", "(i - j <= 9) & (j - i <= 4)", {}, True),
    ("#attn.prefix<7>", "j < 7", {}, True),
    ("#attn.or<#attn.prefix<4>, #attn.and<#attn.causal, #attn.window<6, 0>>>", "(j < 4) | ((j <= i) & (i - j <= 6))", {}, False),
    ("#attn.and<#attn.causal, #attn.length>", "(j <= i) & (j < length)", {"length": 23}, True),
    ("#attn.and<#attn.length, #attn.not<#attn.prefix>>", "(j < length) & ~(j < prefix)", {"length": 29, "prefix": 11}, True),
    ("#attn.not<#attn.window<3, 8>>", "~((i - j <= 3) & (j - i <= 8))", {}, True),
    ("#attn.set<i floordiv 8 - j floordiv 8 eq 0>", "i // 8 == j // 8", {}, False),
    ("#attn.set<i floordiv 8 - j floordiv 8 + 1 ge 0, j floordiv 8 - i floordiv 8 ge 0>", "(i // 8 + 1 >= j // 8) & (j // 8 >= i // 8)", {}, False),
    ("#attn.set<-j + i ge 0, (i - j) mod 4 eq 0>", "(j <= i) & ((i - j) % 4 == 0)", {}, False),
    ("#attn.set<(j + 5) mod 7 - (i * 3) floordiv 2 + 20 ge 0>", "(j + 5) % 7 + 20 >= (i * 3) // 2", {}, False),
    ("#attn.set<j * 2 - i * 3 + h ge 0, i + j - 10 ge 0>", "(j * 2 - i * 3 + h >= 0) & (i + j >= 10)", {}, False),
    ("#attn.set<h - 2 eq 0>", "(h == 2) & (i == i)", {}, True),
]
SIZES = [(1, 1), (33, 64), (70, 41)]
TILES = ["14x32", "4x8", "7x5"]
HEAD = 2
# Hulls of these problems that hold no key too many. A formula that is printed wrongly may still cover what is seen, but is wider.
EXACT_HULLS = 255
NAMES = {"min": min, "max": max, "always": True, "never": False, "if_": lambda c, a, b: a if c else b}


def value_of(formula, parts, values):
    """A printed formula in Python's words."""
    scope = dict(NAMES, **values)
    for part in parts:
        scope[part["name"]] = evaluate(part["formula"], scope)
    return evaluate(formula, scope)


def evaluate(formula, scope):
    for old, new in ((r"\bfloordiv\b", "//"), (r"\bmod\b", "%"), (r"\bif\(", "if_(")):
        formula = re.sub(old, new, formula)
    return eval(formula, {"__builtins__": {}}, scope)


def say(mask, m, n, tile, symbols):
    command = ["attn-mask", mask, f"--queries={m}", f"--keys={n}", f"--tile={tile}", f"--head={HEAD}", "--format=json", f"--sweep={','.join(TILES)}"]
    command += [f"--symbol={name}={value}" for name, value in symbols.items()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def demand(condition, what):
    if not condition:
        raise SystemExit(what)


def check_tiles(what, said, dense, rows, columns, exact, values):
    """The tiles one by one, by their scores and by the formulas; returns how many there are and how many of them are recognised."""
    m, n = dense.shape
    counts = {"full": 0, "mixed": 0, "empty": 0}
    for i in range(0, m, rows):
        for j in range(0, n, columns):
            scores = dense[i:i + rows, j:j + columns]
            place = dict(values, i0=i, i1=i + scores.shape[0] - 1, j0=j, j1=j + scores.shape[1] - 1)
            full, empty = (value_of(said["tile_tests"][name], said["tile_tests"]["where"], place) for name in ("full", "empty"))
            demand(not full or scores.all(), f"{what}: tile {i}, {j} is called full")
            demand(full or not empty or not scores.any(), f"{what}: tile {i}, {j} is called empty")
            if exact:
                demand(full == scores.all() and (full or empty == (not scores.any())), f"{what}: tile {i}, {j} is not recognised")
            counts["full" if full else "empty" if empty else "mixed"] += 1
    total = sum(counts.values())
    expected = dict(counts, computed=total - counts["empty"], total=total)
    demand(said["tiles"] == expected, f"{what}: expects {expected}, but got {said['tiles']}")
    return total, total - counts["mixed"]


def check_work(what, said, visible, rows, columns):
    computed, total = said["tiles"]["computed"], said["tiles"]["total"]
    demand(said["speed_up_at_most"] == (total / computed if computed else None), f"{what}: {said['speed_up_at_most']}")
    useful = visible / (computed * rows * columns) if computed else None
    demand(said["useful_share"] == useful, f"{what}: expects a useful share of {useful}, but got {said['useful_share']}")


def check_bounds(what, said, dense, rows, values):
    """The hulls of blocks of queries; returns how many are compared and how many are as narrow as can be."""
    compared = narrow = 0
    bounds = said["bounds"]
    for i in range(0, dense.shape[0], rows):
        seen = dense[i:i + rows].any(axis=0)
        place = dict(values, i0=i, i1=min(i + rows, dense.shape[0]) - 1)
        first, end = (value_of(bounds[name], bounds["where"], place) for name in ("from", "to"))
        inside = np.zeros_like(seen)
        inside[max(first, 0):max(end, 0)] = True
        demand(not (seen & ~inside).any(), f"{what}: queries from {i} see keys outside of {first} to {end}")
        demand(not bounds["single_band"] or (seen == inside).all(), f"{what}: queries from {i} do not see all of {first} to {end}")
        compared += 1
        narrow += bool(seen.any() and inside.sum() == seen.nonzero()[0][-1] - seen.nonzero()[0][0] + 1)
    return compared, narrow


def check(mask, text, symbols, exact, m, n, tile):
    rows, columns = map(int, tile.split("x"))
    said = say(mask, m, n, tile, symbols)
    values = dict(symbols, h=HEAD, b=0, queries=m, keys=n)
    i, j = np.meshgrid(np.arange(m), np.arange(n), indexing="ij")
    dense = eval(text, {"i": i, "j": j, "h": HEAD, "M": m, "N": n, **symbols})
    what = f"{mask} {m}x{n} tiles of {tile}"
    demand(said["format"] == 1 and said["mask"] == mask and said["pairs"] == m * n, f"{what}: {said}")
    demand(said["visible"] == dense.sum(), f"{what}: expects {dense.sum()} visible scores, but got {said['visible']}")
    tiles = check_tiles(what, said, dense, rows, columns, exact, values)
    check_work(what, said, said["visible"], rows, columns)
    for line in said["sweep"]:
        shape = line["tile"]["rows"], line["tile"]["columns"]
        check_work(f"{what}, sweep {shape}", line, said["visible"], *shape)
        if shape == (rows, columns):
            demand(line["tiles"] == said["tiles"], f"{what}: sweep {shape} counts {line['tiles']}")
    return (m * n, *tiles, *check_bounds(what, said, dense, rows, values))


def main():
    # Every mask in every size, with one of the tiles; sweeps have the others.
    problems = [(*mask, *size, TILES[(first + second) % 2]) for first, mask in enumerate(MASKS) for second, size in enumerate(SIZES)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = list(pool.map(lambda problem: check(*problem), problems))
    scores, tiles, recognised, bounds, narrow = map(sum, zip(*counts))
    demand(narrow >= EXACT_HULLS, f"expects {EXACT_HULLS} hulls to be exact, but got {narrow}")
    print(f"{len(MASKS)} masks, {len(counts)} problems: {scores} scores, {tiles} tiles, {bounds} bounds compared; "
          f"{recognised} tiles recognised, {narrow} hulls exact")


if __name__ == "__main__":
    main()
