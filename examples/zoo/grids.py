# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Patterns over maps and videos, whose tokens lie on a grid in row-major order."""

import numpy as np

from pattern import Pattern, Shape

MAPS = tuple(Shape(grid=(rows, 64), heads=1) for rows in (1, 3, 9, 11))
BENCH = Shape(grid=(64, 64), heads=4)


def at(shape, i):
    """The coordinates of token i."""
    return [int(c) for c in np.unravel_index(i, shape.grid)]


def box(shape, *axes):
    """The tokens whose coordinates are among those of each axis, cut off at the borders."""
    kept = [np.array([c for c in axis if 0 <= c < extent], int) for axis, extent in zip(axes, shape.grid)]
    return np.ravel_multi_index(np.ix_(*kept), shape.grid).ravel()


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
    frame, position = at(shape, i)
    for other in range(shape.grid[0]):
        distance, window = abs(frame - other), 64
        if distance > 1 and other > 0:
            decayed = 2.0 ** (64).bit_length() / 2 ** distance.bit_length()
            window = max(decayed, 32)
            if decayed < 32 and distance % int(32 / decayed):
                continue
        yield box(shape, [other], range(int(position - window), int(position + window) + 1))


PATTERNS = [
    Pattern("halo_net", "HaloNet", halo_net, MAPS, BENCH),
    Pattern("swin_shifted", "Swin, shifted", swin_shifted, tuple(Shape(grid=(rows, 64), heads=1) for rows in (8, 16)), BENCH),
    Pattern("axial_row", "axial, rows", axial_row, MAPS, BENCH),
    Pattern("axial_column", "axial, columns", axial_column, MAPS, BENCH),
    Pattern("criss_cross", "criss-cross", criss_cross, MAPS, BENCH),
    Pattern("radial_video", "radial video", radial_video, MAPS + (Shape(grid=(40, 64), heads=1),), BENCH),
]
