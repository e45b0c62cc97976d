# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shapes and values of the sweep, and the comparison with the oracle.

The tolerance of an element is twice the largest error that numpy makes in f32, plus a floor. The floor: a score whose
products add up to S in magnitude carries a rounding error of about S units in the last place, in a weight that is a
relative error of as much (of the same absolute size where weights are pointwise), exp, log, tanh and division add a few
units, and the sum over the keys as many as the weights' magnitudes: 16 (1 + S) eps times the mean of |value| under the
weights. Operands of bf16 and f16 are widened exactly; an output in one of them is rounded once, and in a merge the parts
were rounded before, each by at most a unit of the mean of |value|.
"""

import dataclasses
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from halves import LEAST, UNIT, kind_of, load, rounded, store  # noqa: E402
from oracle import attention  # noqa: E402
from sweep_programs import GAINS, KEYS, LONG_KEYS, QUERIES, SCORES  # noqa: E402

EPS = float(np.finfo(np.float32).eps)
# Products of one shape, which keeps the oracle below a second.
LARGEST = 30_000_000


@dataclasses.dataclass
class Values:
    arguments: dict  # what the program gets
    q: np.ndarray
    k: np.ndarray  # whole, also where the program gets it in parts
    v: np.ndarray  # what the oracle sees: without what must have no effect


def random_sizes(pick, program):
    while True:
        hk = pick.choice([1, 1, 2, 3])
        b = pick.choice([1, 2, 3])
        sizes = {"B": b, "Bk": pick.choice([1, b]), "Hk": hk, "Hq": hk * pick.choice([1, 1, 2, 4])}
        sizes |= {"M": pick.choice(QUERIES), "N": pick.choice(KEYS + LONG_KEYS if program.is_short else KEYS)}
        sizes |= program.sizes
        products = sizes["B"] * sizes["Hq"] * sizes["M"] * sizes["N"] * (sizes["D"] + sizes["E"])
        if products <= LARGEST or "M" in program.sizes:
            return sizes


def whole(program, sizes):
    """The sizes that masks see: those of the larger problem that the operands are a part of."""
    b, h, i, j = program.origin
    return {"B": sizes["B"] + b, "Hq": sizes["Hq"] + h, "M": sizes["M"] + i, "N": sizes["N"] + j}


def positions(program, sizes):
    grid = np.ogrid[: sizes["B"], : sizes["Hq"], : sizes["M"], : sizes["N"]]
    return [index + start for index, start in zip(grid, program.origin)]


def visibility(program, sizes, arguments):
    shape = (sizes["B"], sizes["Hq"], sizes["M"], sizes["N"])
    if program.mask is None:
        return np.ones(shape, bool)
    return np.broadcast_to(program.mask.visible(whole(program, sizes), arguments, *positions(program, sizes)), shape)


def _for_nobody(used, sizes):
    """For each key row [Bk, Hk, N]: whether no head or batch that shares it is among those that use it, [B, Hq, N]."""
    shared = used.reshape(sizes["B"], sizes["Hk"], sizes["Hq"] // sizes["Hk"], sizes["N"]).any(axis=2)
    return ~(shared.any(axis=0, keepdims=True) if sizes["Bk"] < sizes["B"] else shared)


def draw_values(program, sizes, rng, pick):
    def draw(*shape):
        return rng.uniform(-2, 2, shape).astype(np.float32)

    q = draw(sizes["B"], sizes["Hq"], sizes["M"], sizes["D"])
    k = rounded(draw(sizes["Bk"], sizes["Hk"], sizes["N"], sizes["D"]), program.stores["k"])
    v = rounded(draw(sizes["Bk"], sizes["Hk"], sizes["N"], sizes["E"]), program.stores["v"])
    arguments = {s.name: s.draw(whole(program, sizes), rng) for s in program.symbols}
    if program.sink:
        arguments["sink"] = draw(sizes["Hq"] + program.origin[1])
    for name, _, dims, _ in program.captures:
        arguments[name] = draw(*(whole(program, sizes)[d] if isinstance(d, str) else d for d in dims))
    if program.gain == "pairs":
        grid = tuple(np.broadcast_arrays(*positions(program, sizes)))
        arguments["factor"][grid] = np.where(visibility(program, sizes, arguments), arguments["factor"][grid], np.nan)
    special = pick.choice(["plain", "plain", "plain", "large", "masked", "masked", "nan"])
    if special == "large":
        q *= np.float32(20)
    q = rounded(q, program.stores["q"])
    exact_v = v
    if special == "masked":
        exact_v = v.copy()
        nothing = np.array([np.nan, np.inf, -np.inf], np.float32)
        k[_for_nobody(visibility(program, sizes, arguments).any(axis=2), sizes)] = rng.choice(nothing)
        # Outside of the hull even the values must have no effect.
        if program.mask:
            outside = _for_nobody(program.mask.inside(whole(program, sizes), arguments, *positions(program, sizes)), sizes)
            v[outside], exact_v[outside] = rng.choice(nothing), 0
    if special == "nan":
        # A value that is not a number may reach rows that do not see it, so only scores are.
        for tensor in (q, k):
            if tensor.size and pick.random() < 0.5:
                tensor[tuple(rng.integers(0, s) for s in tensor.shape)] = np.nan
    arguments["q"] = store(q, program.stores["q"])
    stored_k, stored_v = store(k, program.stores["k"]), store(v, program.stores["v"])
    if program.split:
        at = int(rng.integers(0, sizes["N"] + 1))
        for name, tensor in (("k", stored_k), ("v", stored_v)):
            arguments[name + "1"], arguments[name + "2"] = (np.ascontiguousarray(t) for t in (tensor[:, :, :at], tensor[:, :, at:]))
    elif program.cached:
        # Behind the positions that are held lies what nobody may read.
        rest = pick.choice([0, 1, 40])
        for name, tensor in (("k", k), ("v", v)):
            behind = np.full(tensor.shape[:2] + (rest,) + tensor.shape[3:], np.nan, np.float32)
            arguments[name + "c"] = store(np.concatenate([tensor, behind], axis=2), program.stores[name])
        arguments["count"] = np.zeros(sizes["N"], np.int8)
    else:
        arguments |= {"k": stored_k, "v": stored_v}
    return Values(arguments, q, k, exact_v)


def _oracle(program, sizes, values, dtype, value, size=lambda x: x):
    """`size` is what becomes of gains: nothing, or their magnitudes."""
    function, gains = SCORES[program.score][2], GAINS[program.gain][2]

    def captured(captures, at):
        return [values.arguments[c[0]][c[3](*at)].astype(dtype) for c in captures]

    def score(s, *at):
        return function(s, at, captured(SCORES[program.score][0], at))

    def gain(*at):
        return size(gains(at, captured(GAINS[program.gain][0], at))).astype(dtype)

    head = program.origin[1]
    sink = values.arguments["sink"].astype(dtype)[None, head:, None] if program.sink else None
    visible = program.mask and (lambda *at: program.mask.visible(whole(program, sizes), values.arguments, *at))
    return attention(
        values.q.astype(dtype),
        values.k.astype(dtype),
        value.astype(dtype),
        scale=program.scale,
        mask=visible,
        score=score if function else None,
        gain=gain if gains else None,
        normalizer=program.normalizer,
        sink=sink,
        origin=program.origin,
    )


def _floors(program, sizes, values, exact):
    """The floors of output and lse."""
    magnitude = program.scale * float(np.nanmax(np.abs(values.q), initial=0)) * 2 * sizes["D"]
    relative = 16 * (1 + magnitude + SCORES[program.score][3]) * EPS
    mean = _oracle(program, sizes, values, np.float64, np.abs(values.v), np.abs)[0]
    kept = program.stores["q"]
    stored = UNIT[kept] * ((2 if program.split else 1) * mean) + LEAST[kept]
    if program.normalizer == "softmax":
        return relative * (1 + mean) + stored, relative * (1 + np.abs(exact[1]))
    # Pointwise weights are off by an absolute amount, each of them.
    total = np.exp(exact[1])
    # Gains are of 4 at most.
    return relative * (1 + mean + (2 if program.gain == "none" else 8) * sizes["N"]) + stored, relative * (1 + sizes["N"] / np.maximum(total, 1e-30))


class Comparison:
    """What the oracle says about one run, and by how much a result may differ from it."""

    def __init__(self, program, sizes, values):
        with np.errstate(all="ignore"):
            self.exact = _oracle(program, sizes, values, np.float64, values.v)
            naive = _oracle(program, sizes, values, np.float32, values.v)
            floors = _floors(program, sizes, values, self.exact)
            self.allowed = [self._tolerance(*each) for each in zip(self.exact, naive, floors)]
            self.kinds = [program.stores["q"], "f32"]

    @staticmethod
    def _tolerance(want, rough, floor):
        finite = np.isfinite(want)
        return 2 * np.max(np.abs(rough[finite] - want[finite]), initial=0) + np.where(finite, floor, 0)

    def with_oracle(self, results, got, who):
        """The number of compared elements; raises where one differs by more than the tolerance."""
        each = zip(results, self.exact, self.allowed, _numbers(got, self.kinds))
        return sum(_compare(f"{who}: {name}", value, want, allowed) for name, want, allowed, value in each)

    def with_each_other(self, results, got, reference, who):
        """The same against another implementation, whose own error comes on top of the tolerance."""
        compared = 0
        both = _numbers(got, self.kinds), _numbers(reference, self.kinds)
        for name, want, allowed, value, other in zip(results, self.exact, self.allowed, *both):
            with np.errstate(all="ignore"):
                own = np.where(np.isfinite(want), np.abs(other - want), 0)
            compared += _compare(f"{who}: {name} beside the reference lowering", value, other, allowed + own)
        return compared


def _numbers(stored, kinds):
    """What results hold, which have to be of the types that were asked for."""
    for value, kind in zip(stored, kinds):
        if kind_of(value) != kind:
            raise AssertionError(f"a result has elements of {kind_of(value)}, not {kind}")
    return [load(value, kind) for value, kind in zip(stored, kinds)]


def _compare(what, value, want, allowed):
    if value.shape != want.shape:
        raise AssertionError(f"{what} has shape {value.shape}, not {want.shape}")
    with np.errstate(all="ignore"):
        finite = np.isfinite(want)
        if not np.array_equal(value[~finite], want[~finite].astype(np.float32), equal_nan=True):
            raise AssertionError(_differs(what, "where the answer is not finite", value, want, ~(finite | _same(value, want))))
        error = np.where(finite, np.abs(value - want), 0)
        wrong = ~(error <= allowed)
        if wrong.any():
            raise AssertionError(_differs(what, f"by up to {np.max(error)}", value, want, wrong))
    return value.size


def _same(value, want):
    return (value == want) | (np.isnan(value) & np.isnan(want))


def _differs(what, how, value, want, wrong):
    first = tuple(int(n) for n in np.argwhere(wrong)[0])
    return (
        f"{what} differs {how} in {int(wrong.sum())} of {value.size} elements, first at {first}: "
        f"expects {want[first]}, but got {value[first]}"
    )
