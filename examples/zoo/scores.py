# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is more than a mask, or none: groups of heads, lengths, biases, temperatures, other normalisers, learned keys, merged parts."""

import numpy as np

from lines import BENCH, LENGTHS, causal, everything
from pattern import SIZE, Pattern, Shape

SHORT = tuple(Shape(n) for n in (1, 37, 300))


def floats(name, *dims):
    """Draws one more argument, whose dimensions are numbers or names of the shape's."""

    def draw(shape, random):
        sizes = [getattr(shape, dim) if isinstance(dim, str) else dim for dim in dims]
        return {name: random.uniform(-2, 2, sizes).astype(np.float32)}

    return draw


def both(*draws):
    return lambda shape, random: {name: value for draw in draws for name, value in draw(shape, random).items()}


def score(function):
    """Options of a score function (scores, values, b, h, i, j), where the arrays among the values have the precision of the scores."""

    def options(values, dtype):
        given = exact(values, dtype)
        return {"score": lambda s, *at: function(s, given, *at)}

    return options


def varlen_lengths(shape, symbols, b, h, i):
    yield range(0, min(int(symbols["length"][b]), shape.keys))


def lengths(shape, random):
    # Among them: no key, and more than there are.
    return {"length": random.integers(0, shape.keys + 3, shape.batch)}


def sigmoid(values, dtype):
    shift = np.log(dtype(values["k"].shape[2]))
    return {"normalizer": "sigmoid", "score": lambda s, *at: s - shift}


def heated(values, dtype):
    """What the paper writes: temperatures multiply queries and values, and the score has none."""
    q, k, v = (values[name].astype(dtype) for name in "qkv")
    return q * values["query_heat"].astype(dtype)[..., None], k, v * values["value_heat"].astype(dtype)[..., None]


def coarse(shape, random):
    """Queries and keys in quarters: scores are exact in every precision, so that all agree on the greatest, and some are equal."""
    return {name: (random.integers(-8, 9, (shape.batch, shape.heads, shape.queries, SIZE)) / 4).astype(np.float32) for name in "qk"}


def topk(values, dtype):
    """Sorts each row of the visible scores; rows of fewer than 8 keep all."""

    def keep(s, b, h, i, j):
        visible = np.where(j <= i, s, -np.inf)
        eighth = np.sort(visible, axis=3)[..., -8:][..., :1]
        return np.where(visible >= eighth, s, -np.inf)

    return {"score": keep}


def kv_bias(shape, symbols, b, h, i):
    yield range(0, i + 2)  # the learned key is in front


def learned_in_front(values, dtype):
    q, k, v = (values[name].astype(dtype) for name in "qkv")
    front = [np.broadcast_to(values[name].astype(dtype), (len(q),) + values[name].shape[1:]) for name in ("key_bias", "value_bias")]
    return q, np.concatenate([front[0], k], axis=2), np.concatenate([front[1], v], axis=2)


def exact(values, dtype):
    return {name: value.astype(dtype) for name, value in values.items()}


def illama(values, dtype):
    """The map times r * 1 + (1 - r) * tril(1), as the paper writes it."""
    r = values["r"].astype(dtype)[0]
    return {"gain": lambda b, h, i, j: r + (1 - r) * (j <= i).astype(dtype)}


def vhr(values, dtype):
    alpha = values["alpha"].astype(dtype)
    return {"gain": lambda b, h, i, j: alpha[h]}


def own_share(output, values, dtype):
    """(1 - u) A v + u I v."""
    u = values["u"].astype(dtype)[:, None, None]
    return (1 - u) * output + u * values["v"].astype(dtype)


def ppgt(values, dtype):
    """The distance is summed pair by pair; a row's own |q_i|^2 / 2 changes no weight, and is put back to show it."""
    given = exact(values, dtype)
    q, k = given["q"], given["k"]
    half = (q ** 2).sum(axis=-1)[..., None] / 2
    distance = np.stack([((q[:, :, i:i + 1] - k) ** 2).sum(axis=-1) / 2 for i in range(q.shape[2])], axis=2)
    return {"score": lambda s, *at: (half - distance) / 8 + given["bias"], "gain": lambda b, h, i, j: given["factor"][h, i, j]}


PAST = 37


def merge_lse(shape, symbols, b, h, i):
    yield range(0, PAST + i + 1)


def past_in_front(values, dtype):
    q, k, v = (values[name].astype(dtype) for name in "qkv")
    return q, np.concatenate([values["past_k"].astype(dtype), k], axis=2), np.concatenate([values["past_v"].astype(dtype), v], axis=2)


PATTERNS = [
    Pattern("gqa_mqa_cross", "grouped heads, other keys", everything,
            (Shape(1, 4, keys=37, key_heads=1), Shape(37, 6, keys=1, key_heads=2), Shape(130, 2, keys=300, batch=2)), Shape(4096, 4, key_heads=1)),
    Pattern("varlen_lengths", "lengths", varlen_lengths, LENGTHS + (Shape(130, 1, batch=5),), Shape(4096, 4), lengths, per_batch=True),
    Pattern("relative_bias", "relative bias", everything, SHORT, Shape(512, 4), floats("table", "heads", 1023),
            options=score(lambda s, values, b, h, i, j: s + values["table"][h, j - i + 511])),
    Pattern("alibi", "ALiBi", causal, SHORT, BENCH, lambda shape, random: {"slopes": (2.0 ** -(1 + np.arange(shape.heads))).astype(np.float32)},
            options=score(lambda s, values, b, h, i, j: s - values["slopes"][h] * (i - j))),
    Pattern("logit_softcap", "soft cap", causal, SHORT, BENCH,
            options=score(lambda s, values, b, h, i, j: s.dtype.type(50) * np.tanh(s / s.dtype.type(50)))),
    Pattern("sigmoid", "sigmoid", everything, SHORT, BENCH, options=sigmoid),
    Pattern("tempscale", "temperature", everything, SHORT, BENCH, options=lambda values, dtype: {"scale": 0.125 / 0.5}),
    Pattern("ssa_temperature", "selective temperature", causal, LENGTHS, BENCH,
            both(floats("query_heat", "batch", "heads", "queries"), floats("value_heat", "batch", "heads", "queries")), operands=heated),
    Pattern("sink_logit", "sink logit", causal, LENGTHS, BENCH, floats("sink", "heads"),
            options=lambda values, dtype: {"sink": values["sink"].astype(dtype)[None, :, None]}),
    Pattern("illama", "soft causal", everything, SHORT, BENCH, floats("r", 1), options=illama),
    Pattern("vhr", "heads that count more", causal, SHORT, BENCH, floats("alpha", "heads"), options=vhr),
    Pattern("ppgt", "distances, tables of pairs", everything, SHORT, BENCH,
            both(floats("bias", "heads", "queries", "queries"), floats("factor", "heads", "queries", "queries")), options=ppgt),
    Pattern("soft_pag", "a map drawn to the identity", everything, SHORT, BENCH, floats("u", "heads"), finish=own_share),
    Pattern("topk", "the greatest scores", causal, SHORT, BENCH, coarse, options=topk),
    Pattern("kv_bias", "learned key and value", kv_bias, LENGTHS, BENCH,
            both(floats("key_bias", 1, "heads", 1, SIZE), floats("value_bias", 1, "heads", 1, SIZE)), operands=learned_in_front, extra_keys=1),
    Pattern("merge_lse", "parts, merged", merge_lse, LENGTHS, BENCH,
            both(floats("past_k", "batch", "heads", PAST, SIZE), floats("past_v", "batch", "heads", PAST, SIZE)), operands=past_in_front, extra_keys=PAST),
]
