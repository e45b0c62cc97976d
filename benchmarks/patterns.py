# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sparse patterns that are measured. Each is defined here once more, independently of the compiler, as `visible(i, j)` in operators that arrays of
NumPy and tensors of PyTorch share: NumPy makes of it the oracle and the dense mask that most peers take, FlexAttention traces it. This file needs neither."""

import dataclasses
import math
import typing

DOCUMENTS = (613, 397, 317, 251, 193, 127, 97, 53)  # lengths: 2048 tokens, 18 % of the pairs
BLOCK = 64  # of the block-sparse pattern, and the stride of the strided one


def nothing(*_):
    return {}


@dataclasses.dataclass(frozen=True)
class Bar:
    """What the project asks of itself: so many times faster than a peer, or than the fastest of those that take a mask."""
    times: float
    peer: str = "best"


@dataclasses.dataclass(frozen=True)
class Pattern:
    name: str
    module: str  # in cases/
    length: int  # queries, and keys
    visible: typing.Callable  # of query, key and tables
    heads: int = 8
    size: int = 64  # of a head
    tables: typing.Callable = nothing  # NumPy -> arrays that `visible` reads
    arguments: typing.Callable = nothing  # NumPy, tables -> arrays that the module takes after q, k and v
    bar: typing.Optional[Bar] = None
    peers: tuple = ("flex", "sdpa", "ort", "openvino")
    parts: typing.Optional[typing.Callable] = None  # where the scores fall into dense squares: tables -> lists of positions
    flex_block: int = 128
    local_window: int = 0  # keys, where onnxruntime's GroupQueryAttention can be told

    @property
    def all_peers(self):
        """Those that take the mask, and what a user does by hand."""
        return list(self.peers) + (["hand"] if self.parts or self.local_window else [])


def window(left):
    return lambda i, j, tables: (j <= i) & (i - j <= left)


def sinks(count, left):
    return lambda i, j, tables: (j <= i) & ((j < count) | (i - j <= left))


def coordinates(numpy, grid):
    """Of every token, on each axis; 32 bits wide, as what FlexAttention makes of them is compared in vectors."""
    return list(numpy.indices(grid, dtype=numpy.int32).reshape(len(grid), -1))


def neighborhood(grid, window):
    """The tables of a mask in which a query sees `window` keys on each axis around itself; at borders the window moves, so that it keeps its size.
    Divisions for each score would make FlexAttention four times slower than tables of coordinates."""
    def tables(numpy):
        made = {}
        for axis, (at, extent, keys) in enumerate(zip(coordinates(numpy, grid), grid, window)):
            made |= {"at%d" % axis: at, "first%d" % axis: (at - keys // 2).clip(0, extent - keys)}
        return made
    return tables


def inside(window):
    def visible(i, j, tables):
        seen = True
        for axis, keys in enumerate(window):
            right = tables["at%d" % axis][j] - tables["first%d" % axis][i]
            seen = (right >= 0) & (right < keys) & seen
        return seen
    return visible


def square_numbers(grid, side):
    """Swin: a grid of tokens is cut into squares, and a token sees those of its own."""
    def tables(numpy):
        row, column = coordinates(numpy, [grid, grid])
        return {"square": row // side * (grid // side) + column // side}
    return tables


def square_parts(numpy, grid, side):
    tokens = numpy.arange(grid * grid).reshape(grid // side, side, grid // side, side)
    return tokens.transpose(0, 2, 1, 3).reshape(-1, side * side)


def document_tables(numpy):
    return {"document": numpy.repeat(numpy.arange(len(DOCUMENTS)), DOCUMENTS)}


def same(table):
    return lambda i, j, tables: tables[table][i] == tables[table][j]


def document_ends(numpy, tables):
    end = numpy.cumsum(DOCUMENTS)
    return {"first": (end - DOCUMENTS)[tables["document"]], "end": end[tables["document"]]}


def document_parts(numpy):
    return numpy.split(numpy.arange(sum(DOCUMENTS)), numpy.cumsum(DOCUMENTS)[:-1])


def big_bird(numpy):
    """Blocks of 64 tokens: a window of three, two at the front that see all and are seen by all, three drawn at random for each row."""
    count = 4096 // BLOCK
    at = numpy.arange(count)
    table = (abs(at[:, None] - at) <= 1) | (at < 2) | (at < 2)[:, None]
    random = numpy.random.default_rng(7)
    for row in table[2:]:
        row[random.choice(numpy.flatnonzero(~row), 3, replace=False)] = True
    return {"table": table, "block": numpy.arange(4096) // BLOCK}


def strided(i, j, tables):
    """Sparse Transformer, strided: the last 64 keys, and before them every key that is a multiple of 64 away."""
    return (j <= i) & ((i - j < BLOCK) | (tables["phase"][i] == tables["phase"][j]))


def phases(numpy):
    return {"phase": numpy.arange(4096, dtype=numpy.int32) % BLOCK}


def neighbors(grid, window, name, module, **more):
    return Pattern("neighbourhood %d-D %s, %s" % (len(grid), "x".join(map(str, grid)), name), "patterns/neighborhood" + module, math.prod(grid),
                   inside(window), 4, tables=neighborhood(grid, window), **more)


def swin(side):
    return Pattern("Swin 56x56, windows %dx%d" % (side, side), "patterns/swin%d-d32" % side, 56 * 56, same("square"), 4, 32,
                   tables=square_numbers(56, side), parts=lambda numpy: square_parts(numpy, 56, side))


PATTERNS = [
    Pattern("window 256, N=2048", "window-d64", 2048, window(255), bar=Bar(4.5), local_window=256),
    Pattern("window 1024, N=8192", "patterns/window1024-d64", 8192, window(1023), 4, bar=Bar(4.5), local_window=1024),
    Pattern("4 sinks, window 256, N=2048", "patterns/sinks-d64", 2048, sinks(4, 255)),
    Pattern("8 documents, N=2048", "patterns/documents-d64", 2048, same("document"), tables=document_tables, arguments=document_ends, bar=Bar(5),
            parts=document_parts),
    neighbors([4096], [7], "7", "1x7-d64"),
    neighbors([4096], [33], "33", "1x33-d64"),
    neighbors([64, 64], [7, 7], "7x7", "2-d64", bar=Bar(30, "flex"), flex_block=64),
    neighbors([16] * 3, [5] * 3, "5x5x5", "3x5-d64", flex_block=32),
    neighbors([16] * 3, [7] * 3, "7x7x7", "3x7-d64", flex_block=32),
    Pattern("BigBird-like blocks of 64, N=4096", "patterns/blocks-d64", 4096,
            lambda i, j, tables: tables["table"][tables["block"][i], tables["block"][j]], 4, tables=big_bird,
            arguments=lambda numpy, tables: {"table": tables["table"]}, flex_block=BLOCK),
    Pattern("strided 64, N=4096", "patterns/strided-d64", 4096, strided, 4, tables=phases),
    swin(7),
    swin(8),
]
