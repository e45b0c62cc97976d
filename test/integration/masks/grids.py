# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The masks that count in blocks, in segments and on grids of tokens, and what they demand of their symbols.

A term that demands something has `refuses`: whether a run has to fail for what the symbols hold. Random values keep to the demands but for now and then.
"""

import dataclasses
import functools

import numpy as np

import terms as t

# One in so many draws breaks a demand.
BROKEN = 25


def blocks(size, left, right):
    text = f"#attn.blocks<{size}, {left}, {right}>" if left or right else f"#attn.blocks<{size}>"

    def visible(n, b, h, i, j):
        return (i // size - left <= j // size) & (j // size <= i // size + right)

    return t.term("blocks", text, visible, parts=[blocks(size, 0, 0)] if left or right else [])


# -- Segments --------------------------------------------------------------------------------------------------------------------------


class Segments(t.Bound):
    def refuses(self, sizes, values, b, h, i, j):
        rows = [symbol.read(values, (b, h, i, j)) for symbol in self.symbols_here]
        return any((row[:, :, 1:] < row[:, :, :-1]).any() for row in rows)


@dataclasses.dataclass
class SegmentEnd(t.Symbol):
    """Ends that do not fall from one query to the next, on the axis of the indices that is the query's."""

    def draw(self, sizes, rng):
        drawn = t.draw_bounds(t.DTYPES[self.element], tuple(index.size(t.extents(sizes)) for index in self.indices), sizes, rng)
        axis = next(at for at, index in enumerate(self.indices) if index.text.startswith("i"))
        if rng.integers(0, BROKEN) == 0:
            return drawn
        drawn = np.sort(drawn, axis=axis)
        # Documents: many queries share their ends.
        if drawn.shape[axis] and rng.random() < 0.5:
            step = int(rng.integers(1, 50))
            drawn = np.take(drawn, np.arange(drawn.shape[axis]) // step * step, axis)
        return drawn


def segments(first, end):
    return Segments("segments", lambda operands: "#attn.segments", (first, end), lambda at, lo, hi: (lo <= at[3]) & (at[3] < hi))


# -- Neighborhoods ---------------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Axis:
    extent: object  # None: a symbol
    window: int
    stride: int
    dilation: int
    causal: bool

    @property
    def least(self):
        return self.window * self.dilation

    def visible(self, extent, i, j):
        """The rule of NATTEN on one axis, by the words of AttnMasks.td."""
        group, x = i % self.dilation, i // self.dilation
        n = (extent - group + self.dilation - 1) // self.dilation
        if self.causal:
            c = np.minimum(x // self.stride * self.stride + self.stride - 1, n - 1)
            start, end = np.maximum(c - self.window + 1, 0), x + 1
        else:
            c = np.minimum(x // self.stride * self.stride + self.stride // 2, n - 1)
            start = np.maximum(np.minimum(c - self.window // 2, n - self.window), 0)
            end = start + self.window
        number = j // self.dilation
        return (j % self.dilation == group) & (start <= number) & (number < end)


@functools.lru_cache(maxsize=None)
def _factorizations(tokens, leasts):
    if len(leasts) == 1:
        return [(tokens,)] if tokens >= leasts[0] else []
    sizes = [size for size in range(leasts[0], tokens + 1) if tokens % size == 0]
    return [(size, *rest) for size in sizes for rest in _factorizations(tokens // size, leasts[1:])]


def factorizations(tokens, axes):
    """All grids of so many tokens that have room for the windows."""
    return _factorizations(tokens, tuple(axis.least for axis in axes))


@dataclasses.dataclass
class Extent(t.Symbol):
    """One extent of a grid. Those of one grid agree, as they draw from numbers that depend on the sizes alone."""

    axes: tuple = ()
    axis: int = 0
    group: int = 0
    is_shared: bool = False

    def shared(self):
        return (self.group, self.axis, len(self.axes), self.binding().partition("[")[2]) if self.is_shared else None

    def draw(self, sizes, rng):
        shape = tuple(index.size(t.extents(sizes)) for index in self.indices)
        common = np.random.default_rng([sizes["M"], sizes["N"], sizes["B"], sizes["Hq"], self.group])
        grids = factorizations(sizes["M"], self.axes)
        if common.integers(0, BROKEN) == 0 or not grids:
            odd = [0, -1, sizes["M"], 1 << 40, -(1 << 40), (1 << 63) - 1, -(1 << 63), 1 << 32, 1, 2, 1 << 21]
            return rng.choice(np.array(odd, np.int64), shape)
        number = common.integers(0, len(grids), shape) if common.random() < 0.3 else np.full(shape, common.integers(0, len(grids)))
        return np.array([grid[self.axis] for grid in grids], np.int64)[number]


class OnGrid(t.Mask):
    """A term with a grid: `axes` from the outermost, of which those without an extent have a symbol."""

    def extents(self, values, at):
        """Each axis' extents at batches and heads."""
        symbols = iter(self.symbols_here)
        return [axis.extent if axis.extent is not None else next(symbols).read(values, at) for axis in self.axes]

    @property
    def axes(self):
        return self.meaning[0]

    def coordinates(self, values, b, h, i, j):
        """For each axis its extent, and the coordinates of queries and of keys."""
        found = []
        # The innermost axis first: what is left are the outer ones.
        for extent in reversed(self.extents(values, (b, h, i, j))):
            extent = np.maximum(extent, 1)
            found.append((extent, i % extent, j % extent))
            i, j = i // extent, j // extent
        return found[::-1]

    def refuses(self, sizes, values, b, h, i, j):
        """An extent without room for the window, for some batch or head that reads it, or a grid of other than the tokens there are."""
        extents = [np.asarray(extent) for extent in self.extents(values, (b, h, i, j))]
        if any((extent < axis.least).any() for extent, axis in zip(extents, self.axes)):
            return True
        # Exactly: the product of three extents may be beyond 64 bits.
        grids = np.broadcast_arrays(*extents)
        tokens = functools.reduce(np.multiply, (grid.astype(object) for grid in grids))
        return any(number != size for number in np.ravel(tokens) for size in (sizes["M"], sizes["N"]))


class Neighborhood(OnGrid):
    def visible(self, sizes, values, b, h, i, j):
        seen = True
        for axis, at in zip(self.axes, self.coordinates(values, b, h, i, j)):
            seen = seen & axis.visible(*at)
        return seen


def extent_symbols(axes, indices, group, is_shared=False):
    unknown = [at for at, axis in enumerate(axes) if axis.extent is None]
    return tuple(Extent("i64", tuple(indices), "extent", "", tuple(axes), at, group, is_shared) for at in unknown)


def extent_texts(axes):
    return [axis.extent if axis.extent is not None else "?" for axis in axes]


def neighborhood(axes, indices, group, is_shared=False):
    """`axes` from the outermost; `indices` are those of the extents that are symbols."""
    symbols = extent_symbols(axes, indices, group, is_shared)
    columns = [("grid", extent_texts(axes), None), ("window", [axis.window for axis in axes], None)]
    columns += [("stride", [axis.stride for axis in axes], 1), ("dilation", [axis.dilation for axis in axes], 1)]
    columns += [("causal", [axis.causal for axis in axes], False)]
    texts = [f"{name} = [{', '.join(str(value).lower() for value in column)}]" for name, column, usual in columns if any(value != usual for value in column)]
    plain = [dataclasses.replace(axis, stride=1, dilation=1, causal=False) for axis in axes]
    parts = () if plain == list(axes) else (neighborhood(plain, indices, group, is_shared),)
    return Neighborhood("neighborhood", lambda operands: f"#attn.neighborhood<{', '.join(texts)}>", symbols, (tuple(axes),), (), parts)


# -- Sets on grids ---------------------------------------------------------------------------------------------------------------------


class GridSet(OnGrid):
    def visible(self, sizes, values, b, h, i, j):
        names = {"b": b, "h": h, "i": i, "j": j, "queries": sizes["M"], "keys": sizes["N"]}
        for axis, (_, of_query, of_key) in enumerate(self.coordinates(values, b, h, i, j)):
            names |= {f"i{axis}": of_query, f"j{axis}": of_key}
        return t.constraints_hold(self.meaning[1], names)


def grid_set(extents, constraints, indices, group=0):
    """Constraints as in terms.integer_set, of coordinates, too. Symbols of one group and of the same indices are bound to one tensor."""
    axes = tuple(Axis(extent, 1, 1, 1, False) for extent in extents)
    text = f"#attn.set<grid = [{', '.join(map(str, extent_texts(axes)))}], {t.constraints_text(constraints)}>"
    parts = tuple(grid_set(extents, [one], indices, group) for one in constraints) if len(constraints) > 1 else ()
    return GridSet("grid_set", lambda operands: text, extent_symbols(axes, indices, group, is_shared=True), (axes, tuple(constraints)), (), parts)


def grids_of(mask):
    """The axes of each grid in a mask."""
    if isinstance(mask, OnGrid):
        yield mask.axes
    for operand in mask.operands:
        yield from grids_of(operand)


def walked_axes(mask):
    """How many sizes a box has: as many as the one grid of the mask that is known before the run or for all batches and heads, else one. A
    set that reads no coordinate counts as one that does: there is none."""

    def grids(mask):
        if isinstance(mask, OnGrid):
            extents = iter(mask.symbols_here)
            known = tuple(axis.extent if axis.extent is not None else next(extents).name for axis in mask.axes)
            yield known, all(index.text.isdigit() for symbol in mask.symbols_here for index in symbol.indices)
        for operand in mask.operands:
            yield from grids(operand)

    found = list(grids(mask))
    is_one = found and all(grid == found[0][0] and constant for grid, constant in found)
    return len(found[0][0]) if is_one else 1
