# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""attn.attention in numpy, as plainly as possible and in any precision: the oracle of the numeric tests.

It shares no code with the compiler. Masks are predicates on global positions, scores a function of the scaled score and
its position. Everything is computed in the type of the query, so that the same text gives the exact answer (float64 or
longdouble) and what a naive program in the tested precision would get.
"""

import numpy as np


def attention(query, key, value, scale, mask=None, score=None, normalizer="softmax", sink=None, origin=(0, 0, 0, 0), gain=None):
    """(output, lse); `mask`, `score` and `gain` get index arrays b, h, i, j, and `score` the scaled scores before them."""
    dtype = query.dtype.type
    batch, heads, queries, _ = query.shape
    group = heads // max(key.shape[1], 1)
    # Grouped heads and a shared batch, by repeating what is shared.
    key, value = (np.repeat(t, group, axis=1) if group > 1 else t for t in (key, value))
    key, value = (np.broadcast_to(t, (batch,) + t.shape[1:]) for t in (key, value))
    keys = key.shape[2]
    b, h, i, j = np.ogrid[:batch, :heads, :queries, :keys]
    at = tuple(index + start for index, start in zip((b, h, i, j), origin))
    s = np.einsum("bhid,bhjd->bhij", query, key).astype(dtype) * dtype(scale)
    if score is not None:
        s = score(s, *at).astype(dtype)
    visible = np.broadcast_to(mask(*at), s.shape) if mask is not None else np.ones(s.shape, bool)
    weights, total, lse = _normalize(s, visible, normalizer, sink, dtype)
    if gain is not None:
        weights = np.where(weights == 0, 0, weights * gain(*at).astype(dtype))
    output = np.einsum("bhij,bhje->bhie", weights, value).astype(dtype)
    if normalizer == "softmax":
        output = np.where(total[..., None] == 0, 0, output / np.where(total == 0, 1, total)[..., None])
    return output.astype(dtype), lse


def _normalize(s, visible, normalizer, sink, dtype):
    """Weights, their sum over each row, and the log-sum-exp."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if normalizer == "softmax":
            least = np.finfo(dtype).min
            start = np.full(s.shape[:3], least, dtype)
            if sink is not None:
                start = np.maximum(start, sink)
            top = np.maximum(np.max(np.where(visible, s, least), axis=3, initial=least), start)
            weights = np.where(visible, np.exp(np.where(visible, s, least) - top[..., None]), 0)
            total = weights.sum(axis=3)
            if sink is not None:
                total = total + np.exp(sink - top)
            lse = np.where(total == 0, -np.inf, top + np.log(np.where(total == 0, 1, total)))
        else:
            plain = {"sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.maximum(x, 0)}[normalizer]
            weights = np.where(visible, plain(s), 0)
            total = weights.sum(axis=3)
            # Compiled code has no denormal numbers: a sum that small is 0.
            lse = np.log(np.where(total < np.finfo(np.float32).tiny, 0, total))
    return weights.astype(dtype), total.astype(dtype), lse.astype(dtype)
