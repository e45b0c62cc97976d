# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Patterns over a line of tokens: windows, strides, powers of two, prompts, and heads that differ."""

import numpy as np

from pattern import Pattern, Shape

LENGTHS = tuple(Shape(n) for n in (1, 37, 300)) + (Shape(391, heads=1, batch=2),)
BENCH = Shape(4096, heads=4)


def everything(shape, symbols, b, h, i):
    yield range(0, shape.keys)


def causal(shape, symbols, b, h, i):
    yield range(0, i + 1)


def sliding_window_sinks(shape, symbols, b, h, i):
    yield range(0, min(4, i + 1))
    yield range(max(0, i - 255), i + 1)


def longformer(shape, symbols, b, h, i):
    if i < 16:
        yield range(0, shape.keys)
    yield range(0, min(16, shape.keys))
    yield range(max(0, i - 128), min(shape.keys, i + 129))


def dilated_window(shape, symbols, b, h, i):
    hops = i + 4 * np.arange(-64, 65)
    yield hops[(hops >= 0) & (hops < shape.keys)]


def sparse_strided(shape, symbols, b, h, i):
    # A(1)_i = {t, t + 1, ..., i} for t = max(0, i - l), A(2)_i = {j : (i - j) mod l = 0}
    yield range(max(0, i - 128), i + 1)
    yield range(i % 128, i + 1, 128)


def sparse_fixed(shape, symbols, b, h, i):
    # A(1)_i = {j : floor(j / l) = floor(i / l)}, A(2)_i = {j : j mod l in {l - c, ..., l - 1}}
    yield range(i - i % 128, i + 1)
    for start in range(0, i + 1, 128):
        yield range(start + 120, min(start + 128, i + 1))


def log_sparse(shape, symbols, b, h, i):
    yield [i]
    distance = 1
    while distance <= i:
        yield [i - distance]
        distance *= 2


def power_attention(shape, symbols, b, h, i):
    block = i // 64
    blocks = {0} | {block - back for back in range(4)} | {block - (1 << t) for t in range(12)}
    for start in sorted(64 * kb for kb in blocks if kb >= 0):
        yield range(start, min(start + 64, i + 1))


def prefix_lm(shape, symbols, b, h, i):
    yield range(0, min(max(i + 1, int(symbols["prompt"][b])), shape.keys))


def prompts(shape, random):
    # Among them: none, and one longer than the sequence.
    return {"prompt": random.integers(-1, shape.keys + 3, shape.batch)}


def chunked(shape, symbols, b, h, i):
    yield range(i - i % 512, i + 1)


def block_diagonal(shape, symbols, b, h, i):
    yield range(i - i % 32, min(i - i % 32 + 32, shape.keys))


def ls_attention(shape, symbols, b, h, i):
    yield range(0 if h >= 4 else max(0, i - 63), i + 1)


def longlora(shape, symbols, b, h, i):
    """Rolls the tokens, cuts them into groups, applies the causal mask of a group, rolls back."""
    shift = 0 if h < 2 else 128
    rolled = np.roll(np.arange(shape.keys), -shift)  # the token at each rolled position
    position = (i - shift) % shape.keys
    yield rolled[position - position % 256:position + 1]


def sink_lora(shape, symbols, b, h, i):
    yield from longlora(shape, symbols, b, h, i)
    yield range(0, min(4, i + 1))


def bigbird(shape, symbols, b, h, i):
    table, block = symbols["table"][h], i // 64
    blocks = {0, 1, block - 1, block, block + 1} | set(np.flatnonzero(table[block])) if block > 1 else range(len(table))
    for start in (64 * int(kb) for kb in blocks if kb >= 0):
        yield range(start, min(start + 64, shape.keys))


def segment(shape, symbols, b, h, i):
    yield range(int(symbols["first"][b, i]), int(symbols["end"][b, i]))


def documents_window(shape, symbols, b, h, i):
    yield range(max(int(symbols["first"][b, i]), i - 255), i + 1)


def documents(shape, random):
    """Cuts at random, about eight; two at the same place are an empty document, which no query is in."""
    first, end = np.empty((2, shape.batch, shape.queries), np.int64)
    for b in range(shape.batch):
        cuts = np.sort(np.append(random.integers(0, shape.keys + 1, 7), [0, shape.keys]))
        for start, stop in zip(cuts, cuts[1:]):
            first[b, start:stop], end[b, start:stop] = start, stop
    return {"first": first, "end": end}


def sliding_window(shape, symbols, b, h, i):
    yield range(max(0, i - 255), i + 1)


def random_blocks(shape, random):
    """Three blocks for each head and block of queries."""
    count = -(-shape.keys // 64)
    table = np.zeros((shape.heads, count, count), bool)
    for row in table.reshape(-1, count):
        row[random.choice(count, min(3, count), replace=False)] = True
    return {"table": table}


PATTERNS = [
    Pattern("mha_bidirectional", "all keys", everything, LENGTHS, BENCH),
    Pattern("mha_causal", "all keys so far", causal, LENGTHS, BENCH),
    Pattern("sliding_window", "sliding window", sliding_window, LENGTHS, BENCH),
    Pattern("sliding_window_sinks", "sliding window with sinks", sliding_window_sinks, LENGTHS, BENCH),
    Pattern("longformer", "Longformer", longformer, LENGTHS, BENCH),
    Pattern("dilated_window", "dilated window", dilated_window, LENGTHS, BENCH),
    Pattern("sparse_strided", "Sparse Transformer, strided", sparse_strided, LENGTHS, BENCH),
    Pattern("sparse_fixed", "Sparse Transformer, fixed", sparse_fixed, LENGTHS, BENCH),
    Pattern("log_sparse", "LogSparse", log_sparse, LENGTHS, BENCH),
    Pattern("power_attention", "PowerAttention", power_attention, LENGTHS + (Shape(1290, heads=1),), BENCH),
    Pattern("prefix_lm", "prefix LM", prefix_lm, LENGTHS, BENCH, prompts, per_batch=True),
    Pattern("chunked", "chunked", chunked, LENGTHS + (Shape(1100, heads=1),), BENCH),
    Pattern("block_diagonal", "block-diagonal", block_diagonal, LENGTHS, BENCH),
    Pattern("packed", "packed sequences", segment, LENGTHS, BENCH, documents, per_batch=True),
    Pattern("documents_window", "documents with a window", documents_window, LENGTHS + (Shape(1100, heads=1),), BENCH, documents, per_batch=True),
    Pattern("ls_attention", "LS attention", ls_attention, (Shape(1, 8), Shape(37, 8), Shape(300, 8)), Shape(4096, 8), per_head=True),
    Pattern("longlora", "LongLoRA", longlora, (Shape(256, 4), Shape(768, 4)), BENCH, per_head=True),
    Pattern("sink_lora", "SinkLoRA, with sinks", sink_lora, (Shape(256, 4), Shape(768, 4)), BENCH, per_head=True),
    Pattern("bigbird", "BigBird", bigbird, LENGTHS + (Shape(800, heads=3),), BENCH, random_blocks, per_head=True),
]
