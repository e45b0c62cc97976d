# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All numbers of bf16 and f16, and rounding to them by looking for the nearest: an oracle that shares no arithmetic with what it checks.

Distances between a float64 and its two neighbours in the table are exact, because the neighbours are within a factor of two or zero.
"""

import numpy as np

ALL = np.arange(65536, dtype=np.uint32).astype(np.uint16)
# Where infinity lies for rounding: the number that would follow the largest.
BEYOND = {"bf16": 2.0**128, "f16": 2.0**16}


def values(bits, kind):
    """The float64 that 16 bits stand for."""
    if kind == "f16":
        return bits.view(np.float16).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def is_nan(bits, kind):
    infinity = {"bf16": 0x7F80, "f16": 0x7C00}[kind]
    return (bits & 0x7FFF) > infinity


def nearest(numbers, kind):
    """The bits of the nearest number of `kind` for each float64, of two the even one; any NaN for a NaN."""
    infinity = {"bf16": 0x7F80, "f16": 0x7C00}[kind]
    grid = values(ALL[: infinity + 1], kind)
    grid[infinity] = BEYOND[kind]
    size = np.minimum(np.abs(np.where(np.isnan(numbers), 0, numbers)), BEYOND[kind])
    above = np.minimum(np.searchsorted(grid, size, side="left"), infinity)
    below = np.maximum(above - 1, 0)
    down, up = size - grid[below], grid[above] - size
    take_above = (up < down) | ((up == down) & (above % 2 == 0))
    bits = np.where(take_above, above, below).astype(np.uint16)
    bits = np.where(np.isnan(numbers), 0x7FFF, bits).astype(np.uint16)
    return bits | np.where(np.signbit(numbers), 0x8000, 0).astype(np.uint16)


def same(got, want, kind):
    """Where two arrays of bits stand for the same number, with its sign, or for a NaN."""
    return (got == want) | (is_nan(got, kind) & is_nan(want, kind))


def stored(bits, kind):
    """An array that np.save writes as `kind`."""
    return bits.view("V2") if kind == "bf16" else bits.view(np.float16)


def bits_of(array):
    return np.ascontiguousarray(array).view(np.uint16)
