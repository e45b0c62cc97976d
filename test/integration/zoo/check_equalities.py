# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Members of examples/zoo that have to be equal: in a limit, on a part of the tokens, or with other arguments.

    check_equalities.py [NAME...]

An oracle may share a mistake with the file that it judges; two files that were written apart, or one file on other tokens, hardly do. Each side computes its
sums in an order of its own, so they differ by rounding: each by no more than the floor of check_zoo.py, hence both by twice that.
"""

import functools
import sys

import numpy as np

import attn_rt
from check_zoo import floor, zoo

model = functools.lru_cache(None)(lambda name: attn_rt.compile(zoo.source(name), "--target=native", threads=1))


def draw(heads, queries, keys=None, batch=1, seed=3):
    """Query, key and value."""
    random = np.random.default_rng(seed)
    sizes = queries, keys or queries, keys or queries
    return [random.uniform(-2, 2, (batch, heads, size, zoo.SIZE)).astype(np.float32) for size in sizes]


def parts(tensors, count):
    """Each sequence as `count` sequences of the batch."""
    return [t.reshape(*t.shape[:2], count, -1, zoo.SIZE).swapaxes(1, 2).reshape(-1, t.shape[1], t.shape[2] // count, zoo.SIZE) for t in tensors]


def joined(o, count):
    """What `parts` took apart."""
    return o.reshape(-1, count, *o.shape[1:]).swapaxes(1, 2).reshape(-1, o.shape[1], count * o.shape[2], zoo.SIZE)


def extents(*grid):
    return np.array(grid, np.int64)


def limits():
    """What a pattern is where the sequence is short, or its data says everything or nothing."""
    for name, length in (("sliding_window_sinks", 256), ("sparse_strided", 129), ("sparse_fixed", 128), ("power_attention", 320), ("chunked", 512)):
        x = draw(2, length)
        yield f"{name} of {length} tokens is causal", x, model(name)(*x), model("mha_causal")(*x)
    for name, length in (("longformer", 129), ("block_diagonal", 32)):
        x = draw(2, length)
        yield f"{name} of {length} tokens sees all", x, model(name)(*x), model("mha_bidirectional")(*x)
    x = draw(2, 200, batch=2)
    yield "no prompt", x, model("prefix_lm")(*x, np.zeros(2, np.int64)), model("mha_causal")(*x)
    yield "all is prompt", x, model("prefix_lm")(*x, np.full(2, 200)), model("mha_bidirectional")(*x)
    yield "all blocks drawn", x, model("bigbird")(*x, np.ones((2, 4, 4), bool)), model("mha_bidirectional")(*x)
    yield "no slope", x, model("alibi")(*x, np.zeros(2, np.float32)), model("mha_causal")(*x)
    yield "no bias", x, model("relative_bias")(*x, np.zeros((2, 1023), np.float32)), model("mha_bidirectional")(*x)


def pieces():
    """A pattern that takes tokens apart, and another on the pieces."""
    x = draw(2, 1024)
    yield "chunks", x, model("chunked")(*x), joined(model("mha_causal")(*parts(x, 2)), 2)
    x = draw(2, 320)
    yield "blocks", x, model("block_diagonal")(*x), joined(model("mha_bidirectional")(*parts(x, 10)), 10)
    yield "rows", x, model("axial_row")(*x, extents(5, 64)), joined(model("mha_bidirectional")(*parts(x, 5)), 5)
    turned = [t.reshape(1, 2, 5, 64, -1).swapaxes(2, 3).reshape(t.shape) for t in x]
    columns = joined(model("mha_bidirectional")(*parts(turned, 64)), 64)
    yield "columns", x, model("axial_column")(*x, extents(5, 64)), columns.reshape(1, 2, 64, 5, -1).swapaxes(2, 3).reshape(columns.shape)
    x = draw(4, 768)
    rolled = [np.concatenate([t[:, :2], np.roll(t[:, 2:], -128, axis=2)], axis=1) for t in x]
    groups = joined(model("mha_causal")(*parts(rolled, 3)), 3)
    groups = np.concatenate([groups[:, :2], np.roll(groups[:, 2:], 128, axis=2)], axis=1)
    yield "rolled groups", x, model("longlora")(*x), groups


def heads():
    """Heads that differ or share."""
    x = draw(8, 300)
    o = model("ls_attention")(*x)
    yield "far heads", x, o[:, 4:], model("mha_causal")(*(t[:, 4:] for t in x))
    short = [t[:, :, :64] for t in x]
    yield "near heads", x, model("ls_attention")(*short), model("mha_causal")(*short)
    q, k, v = draw(6, 37, 130)
    k, v = k[:, ::3], v[:, ::3]
    repeated = np.repeat(k, 3, axis=1), np.repeat(v, 3, axis=1)
    yield "shared keys, copied", (q, k, v), model("gqa_mqa_cross")(q, k, v), model("gqa_mqa_cross")(q, *repeated)


def arguments():
    """One mechanism by the arguments of another."""
    random, x = np.random.default_rng(5), draw(3, 150, batch=2)
    q, k, v = x
    yield "a temperature in the query", x, model("tempscale")(*x), model("mha_bidirectional")(2 * q, k, v)
    heat = random.uniform(-1, 1, (2, 2, 3, 150)).astype(np.float32)
    yield "temperatures outside", x, model("ssa_temperature")(*x, *heat), model("mha_causal")(q * heat[0, ..., None], k, v * heat[1, ..., None])
    nothing = np.zeros((1, 3, 1, zoo.SIZE), np.float32)
    yield "softmax off by one", x, model("kv_bias")(*x, nothing, nothing), model("sink_logit")(*x, np.zeros(3, np.float32))
    for past in (1, 37, 149):
        left, right = [t[:, :, :past] for t in x], [t[:, :, past:] for t in x]
        yield f"split behind {past}", x, model("merge_lse")(*right, *left[1:]), model("mha_causal")(*x)[:, :, past:]
    lengths = [150, 41]
    alone = [model("gqa_mqa_cross")(q[b:b + 1], k[b:b + 1, :, :n], v[b:b + 1, :, :n]) for b, n in enumerate(lengths)]
    yield "each sequence alone", x, model("varlen_lengths")(*x, np.array(lengths)), np.concatenate(alone)


def cut(tensors, grid, *axes):
    """What lies at the given slices of the axes of a map."""
    whole = [t.reshape(*t.shape[:2], *grid, zoo.SIZE)[(slice(None), slice(None), *axes)] for t in tensors]
    return [np.ascontiguousarray(t).reshape(*t.shape[:2], -1, zoo.SIZE) for t in whole]


def maps():
    """Neighborhoods that are all of a grid, windows and remainders of a map, frames and documents."""
    for name, grid in (("na_1d", (127,)), ("na_2d", (7, 7)), ("na_3d", (5, 5, 5)), ("gna_2d", (16, 16)), ("gna_3d", (8, 8, 8)), ("swin", (8, 8)), ("axial_row", (1, 37)),
                       ("axial_column", (37, 1)), ("criss_cross", (1, 37)), ("halo_net", (8, 8)), ("swin_shifted", (4, 4))):
        x = draw(2, int(np.prod(grid)))
        yield f"{name} as large as its grid", x, model(name)(*x, extents(*grid)), model("mha_bidirectional")(*x)
    grid = 16, 64
    x = draw(2, 16 * 64)
    o = model("swin")(*x, extents(*grid))
    for at in ((slice(0, 8), slice(8, 16)), (slice(8, 16), slice(56, 64))):
        yield f"the window at {at[0].start}, {at[1].start}", x, cut([o], grid, *at)[0], model("mha_bidirectional")(*cut(x, grid, *at))
    inside = slice(4, 12), slice(4, 60)
    shifted = cut([model("swin_shifted")(*x, extents(*grid))], grid, *inside)[0]
    yield "shifted windows inside of the map", x, shifted, model("swin")(*cut(x, grid, *inside), extents(8, 56))
    turned = [t.reshape(1, 2, 16, 64, -1).swapaxes(2, 3).reshape(t.shape) for t in x]
    for name, other in (("axial_row", "axial_column"), ("criss_cross", "criss_cross"), ("halo_net", "halo_net")):
        o = model(other)(*turned, extents(64, 16)).reshape(1, 2, 64, 16, -1).swapaxes(2, 3).reshape(x[0].shape)
        yield f"{name} of a turned map", x, model(name)(*x, extents(*grid)), o
    grid = 35, 42
    x = draw(1, 35 * 42)
    o = model("dina")(*x, extents(*grid))
    for at in ((slice(0, None, 4), slice(1, None, 4)), (slice(3, None, 4), slice(2, None, 4))):
        small = extents(*(len(range(*part.indices(extent))) for part, extent in zip(at, grid)))
        yield f"remainders {at[0].start}, {at[1].start}", x, cut([o], grid, *at)[0], model("na_2d")(*cut(x, grid, *at), small)
    x = draw(2, 200)
    yield "two frames", x, model("radial_video")(*x, extents(2, 100)), model("mha_bidirectional")(*x)
    x, cuts = draw(2, 391), (0, 100, 101, 391)
    sides = [np.concatenate([np.full(b - a, side) for a, b, side in zip(cuts, cuts[1:], ends)])[None] for ends in (cuts, cuts[1:])]
    alone = [[t[:, :, a:b] for t in x] for a, b in zip(cuts, cuts[1:])]
    yield "each sequence alone", x, model("packed")(*x, *sides), np.concatenate([model("mha_bidirectional")(*part) for part in alone], axis=2)
    windows = np.concatenate([model("sliding_window")(*part) for part in alone], axis=2)
    yield "each document alone", x, model("documents_window")(*x, *sides), windows


GROUPS = {group.__name__: group for group in (limits, pieces, heads, arguments, maps)}


def main():
    for group in sys.argv[1:] or GROUPS:
        for what, tensors, one, other in GROUPS[group]():
            assert one.shape == other.shape and one.size, f"{what}: {one.shape} and {other.shape}"
            error, allowed = np.abs(one - other).max(), 2 * floor(dict(zip("qkv", tensors)))
            assert error <= allowed, f"{what}: differs by {error:.2e}, allowed {allowed:.2e}"
            apart = f"at most {error:.1e} apart" if error else "the same bits"
            print(f"{group}: {what}: {one.size} elements compared, {apart}", flush=True)


if __name__ == "__main__":
    main()
