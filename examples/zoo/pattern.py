# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a member of the zoo is, apart from its IR: who sees whom, said a second time and in another way.

A definition here is read from the paper and not from the mask: for a query it lists the keys, as a paper's formula does, or it replays what the paper's
program does with the tokens (rolls, partitions, tables). The tests hold the compiled IR against it, and the table counts tiles with it.
"""

import dataclasses
import typing

import numpy as np

SIZE = 64  # of a head, as in every file of the zoo


@dataclasses.dataclass(frozen=True)
class Shape:
    """One problem. `grid` are the extents of what the tokens lie on; its product is then the number of queries and of keys."""

    queries: int = 0
    heads: int = 2
    batch: int = 1
    keys: typing.Optional[int] = None  # as many as queries unless stated
    key_heads: typing.Optional[int] = None
    grid: tuple = ()

    def __post_init__(self):
        if self.grid:
            object.__setattr__(self, "queries", int(np.prod(self.grid)))
        object.__setattr__(self, "keys", self.queries if self.keys is None else self.keys)
        object.__setattr__(self, "key_heads", self.key_heads or self.heads)

    def __str__(self):
        tokens = "x".join(map(str, self.grid)) if self.grid else str(self.queries)
        return tokens + (f" and {self.keys} keys" if self.keys != self.queries else "") + f", {self.heads} heads" + (
            f" and {self.key_heads}" if self.key_heads != self.heads else "") + (f", batch {self.batch}" if self.batch > 1 else "")


def no_symbols(shape, random):
    return {}


def no_options(values, dtype):
    return {}


def unchanged(output, values, dtype):
    return output


def as_given(values, dtype):
    return tuple(values[name].astype(dtype) for name in "qkv")


@dataclasses.dataclass(frozen=True)
class Pattern:
    """`keys(shape, symbols, b, h, i)` yields ranges, slices or arrays of the keys of a query. What it does not depend on it does not get: `per_batch` and
    `per_head` say whether b and h are more than 0. `symbols` draws the arguments besides query, key and value.

    What is more than a mask: `options` are a scale, a score function, a normaliser, sinks or a gain for dense attention; `operands` make its query, key and
    value of the arguments; `extra_keys` are those that it adds to them; `finish` is what happens to the output."""

    name: str  # of the file and of its function
    title: str
    keys: typing.Callable
    shapes: tuple  # of the tests
    bench: Shape
    symbols: typing.Callable = no_symbols
    per_batch: bool = False
    per_head: bool = False
    options: typing.Callable = no_options
    operands: typing.Callable = as_given
    extra_keys: int = 0
    finish: typing.Callable = unchanged

    def seen(self, shape, symbols):
        """A boolean for each (b, h, i, j); b and h have size 1 where the pattern is the same for all of them."""
        seen = np.zeros((shape.batch if self.per_batch else 1, shape.heads if self.per_head else 1, shape.queries, shape.keys + self.extra_keys), bool)
        for b, h, i in np.ndindex(*seen.shape[:3]):
            for part in self.keys(shape, symbols, b, h, i):
                part = slice(part.start, max(part.start, part.stop), part.step) if isinstance(part, range) else part
                seen[b, h, i, part] = True
        return seen
