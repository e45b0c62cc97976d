# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Patterns over maps and videos, whose tokens lie on a grid in row-major order."""

import functools

import numpy as np

from pattern import Pattern, Shape

MAPS = tuple(Shape(grid=grid, heads=1) for grid in ((1, 64), (3, 40), (9, 23), (17, 16), (11, 70)))
BENCH = Shape(grid=(64, 64), heads=4)


def at(shape, i):
    """The coordinates of token i."""
    return [int(c) for c in np.unravel_index(i, shape.grid)]


def box(shape, *axes):
    """The tokens whose coordinates are among those of each axis, cut off at the borders."""
    kept = [np.array([c for c in axis if 0 <= c < extent], int) for axis, extent in zip(axes, shape.grid)]
    return np.ravel_multi_index(np.ix_(*kept), shape.grid).ravel()


def extents(shape, random):
    return {"grid": np.array(shape.grid, np.int64)}


def near(extent, c, window, stride=1, dilation=1, causal=False):
    """The neighbours of coordinate c on one axis, among those of its remainder: the window of the leader of its group, moved inside; or, where only the past
    counts, what of the last one's window is not ahead of c."""
    tokens, x = np.arange(c % dilation, extent, dilation), c // dilation
    group = np.arange(x - x % stride, min(x - x % stride + stride, len(tokens)))
    if causal:
        return tokens[max(group[-1] - window + 1, 0):x + 1]
    leader = min(group[0] + stride // 2, len(tokens) - 1)
    start = np.clip(leader - window // 2, 0, len(tokens) - window)
    return tokens[start:start + window]


def neighborhood(shape, symbols, b, h, i, window, stride=None, dilation=None, causal=None):
    ones = (1,) * len(shape.grid)
    axes = zip(shape.grid, at(shape, i), window, stride or ones, dilation or ones, causal or (False,) * len(ones))
    yield box(shape, *(near(*axis) for axis in axes))


def neighbors(name, title, grids, bench, **attributes):
    """A pattern of a grid whose extents are arguments."""
    shapes = tuple(Shape(grid=grid, heads=1 + number % 2) for number, grid in enumerate(grids))
    return Pattern(name, title, functools.partial(neighborhood, **attributes), shapes, Shape(grid=bench, heads=4), extents)


def swin(shape, symbols, b, h, i):
    """Cuts the map into windows, as the paper's program does, and takes the one that has the token."""
    rows, columns = (extent // 8 for extent in shape.grid)
    windows = np.arange(shape.keys).reshape(rows, 8, columns, 8).swapaxes(1, 2).reshape(-1, 64)
    yield next(window for window in windows if i in window)


def halo_net(shape, symbols, b, h, i):
    yield box(shape, *(range(c - c % 8 - 3, c - c % 8 + 8 + 3) for c in at(shape, i)))


def swin_shifted(shape, symbols, b, h, i):
    """Rolls the map, numbers the regions as the paper's program does, cuts windows, and looks up which tokens are in a query's window and region."""
    region, count = np.zeros(shape.grid, int), 0
    for rows in (slice(0, -8), slice(-8, -4), slice(-4, None)):
        for columns in (slice(0, -8), slice(-8, -4), slice(-4, None)):
            region[rows, columns] = count
            count += 1
    token = np.roll(np.arange(shape.keys).reshape(shape.grid), (-4, -4), (0, 1))
    y, x = ((c - 4) % extent for c, extent in zip(at(shape, i), shape.grid))
    window = slice(y - y % 8, y - y % 8 + 8), slice(x - x % 8, x - x % 8 + 8)
    yield token[window][region[window] == region[y, x]]


def axial_row(shape, symbols, b, h, i):
    y, x = at(shape, i)
    yield box(shape, [y], range(shape.grid[1]))


def axial_column(shape, symbols, b, h, i):
    y, x = at(shape, i)
    yield box(shape, range(shape.grid[0]), [x])


def criss_cross(shape, symbols, b, h, i):
    yield from axial_row(shape, symbols, b, h, i)
    yield from axial_column(shape, symbols, b, h, i)


def radial_video(shape, symbols, b, h, i):
    (frame, position), (frames, tokens) = at(shape, i), shape.grid
    for other in range(frames):
        distance, window = abs(frame - other), tokens
        if distance > 1 and other > 0:
            decayed = 2.0 ** tokens.bit_length() / 2 ** distance.bit_length()
            window = max(decayed, 32)
            if decayed < 32 and distance % int(32 / decayed):
                continue
        yield box(shape, [other], range(int(position - window), int(position + window) + 1))


MAP_SIZES, VIDEO_SIZES = ((7, 7), (9, 23), (16, 16)), ((5, 5, 5), (6, 9, 7), (5, 8, 11))
PATTERNS = [
    neighbors("na_1d", "NA, one axis", ((127,), (128,), (391,)), (4096,), window=(127,)),
    neighbors("na_2d", "NA, two axes", MAP_SIZES, (64, 64), window=(7, 7)),
    neighbors("na_3d", "NA, three axes", VIDEO_SIZES, (16, 16, 16), window=(5, 5, 5)),
    neighbors("na_causal_video", "NA, causal in time", VIDEO_SIZES, (16, 16, 16), window=(5, 5, 5), causal=(True, False, False)),
    neighbors("dina", "DiNA", ((28, 28), (29, 31)), (64, 64), window=(7, 7), dilation=(4, 4)),
    neighbors("gna_2d", "GNA, two axes", ((16, 16), (19, 21), (24, 32)), (64, 64), window=(16, 16), stride=(8, 8)),
    neighbors("gna_3d", "GNA, three axes", ((8, 8, 8), (9, 8, 11)), (16, 16, 16), window=(8, 8, 8), stride=(4, 4, 4)),
    Pattern("swin", "Swin windows", swin, (Shape(grid=(8, 8)), Shape(grid=(24, 16)), Shape(grid=(8, 40))), BENCH, extents),
    Pattern("halo_net", "HaloNet", halo_net, MAPS, BENCH, extents),
    Pattern("swin_shifted", "Swin, shifted", swin_shifted, tuple(Shape(grid=grid, heads=1) for grid in ((8, 64), (16, 24), (24, 40))), BENCH, extents),
    Pattern("axial_row", "axial, rows", axial_row, MAPS, BENCH, extents),
    Pattern("axial_column", "axial, columns", axial_column, MAPS, BENCH, extents),
    Pattern("criss_cross", "criss-cross", criss_cross, MAPS, BENCH, extents),
    Pattern("radial_video", "radial video", radial_video, tuple(Shape(grid=grid, heads=1) for grid in ((1, 64), (3, 127), (11, 100), (40, 64))), BENCH, extents),
]
