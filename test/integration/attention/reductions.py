# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""attn.score_reduce alone and followed by the attention that captures it, on every CPU variant that runs here, against numpy.

    reductions.py --compile=attn-compile --run=attn-guarded-run [--strategy=reference] NAME...

Each NAME is one of CASES: a program, and shapes. What is kept by a top-k must not depend on rounding, so those programs get queries and keys that are small
multiples of a power of two: their scores are exact in f32, ties are frequent, and the oracle keeps what the program has to keep. How many are kept is counted
with random numbers, too: as many as asked for, exactly, which takes a score that is the same to the bit in both ops.

The tolerance of a score is the error of a sum of D products, each and their sum rounded: D eps sum |q k|, and as many roundings again for the region; the K-th
greatest of a row moves by no more than its scores do. A sum over N keys adds N eps of the sum of magnitudes.
"""

import dataclasses
import os
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import THREADS, check_cases, execute, run, variants_here  # noqa: E402
from oracle import attention  # noqa: E402
from sweep_masks import Mask, Symbol  # noqa: E402
from sweep_programs import SCORES, region_text  # noqa: E402

EPS = float(np.finfo(np.float32).eps)
SCALE = 0.25

# How the attention that follows uses %limit, the reduction of the row: text behind the score region's %y, normaliser, numpy.
USES = {
    "nothing": None,
    "keep": (["%keep = arith.cmpf oge, %y, %limit : f32", "%z = arith.select %keep, %y, %none : f32"], "softmax", lambda s, t: np.where(s >= t, s, -np.inf)),
    # What is less than e^-2 of the greatest weight is dropped.
    "near": (
        ["%two = arith.constant 2.0 : f32", "%u = arith.addf %y, %two : f32", "%keep = arith.cmpf oge, %u, %limit : f32", "%z = arith.select %keep, %y, %none : f32"],
        "softmax",
        lambda s, t: np.where(s + 2 >= t, s, -np.inf),
    ),
    # With values of 1 the output is the number of scores that are kept.
    "count": (
        ["%one = arith.constant 1.0 : f32", "%zero = arith.constant 0.0 : f32", "%keep = arith.cmpf oge, %y, %limit : f32", "%z = arith.select %keep, %one, %zero : f32"],
        "relu",
        None,
    ),
}


@dataclasses.dataclass
class Case:
    reduction: str
    shapes: list
    place: int = 1
    mask: Mask = None
    score: str = "none"
    use: str = "nothing"
    few: dict = dataclasses.field(default_factory=dict)
    first: int = 0  # the position of the first query in a larger problem
    D: int = 20
    stores: str = "f32"

    def type(self, *dims, element="f32"):
        known = self.few | {"D": self.D, "E": 16}
        return f"tensor<{''.join(str(known.get(d, '?')) + 'x' for d in dims)}{element}>"

    def clauses(self, more):
        mask = f" mask({', '.join([self.mask.text] + [s.binding() for s in self.mask.symbols])})" if self.mask else ""
        captures, body = SCORES[self.score][:2]
        lines = body + more if body else [line.replace("%y", "%s") for line in more]
        position = " at(%from, %from, %first, %from) of(%queries, %keys)" if self.first else ""
        return position + f" scale {SCALE:e}" + mask, captures, lines

    def mlir(self):
        q, k, v = (self.type(*dims, element=self.stores) for dims in (("B", "Hq", "M", "D"), ("B", "Hk", "N", "D"), ("B", "Hk", "N", "E")))
        o, r = self.type("B", "Hq", "M", "E", element=self.stores), self.type("B", "Hq", "M")
        arguments, results = [("q", q), ("k", k)], [("t", r)]
        symbols = self.mask.symbols if self.mask else []
        head, captures, lines = self.clauses([])
        kind = f"kth_largest<{self.place}>" if self.reduction == "kth_largest" else self.reduction
        text = f"    %reduced = attn.score_reduce {kind} %q, %k{head}" + region_text("score", "%s: f32, ", captures, SCORES[self.score][1])
        text += f" : ({q}, {k}) -> {r}\n"
        if self.use != "nothing":
            more, normalizer, _ = USES[self.use]
            arguments.append(("v", v))
            results.append(("o", o))
            head, captures, lines = self.clauses(["%none = arith.constant 0xFF800000 : f32"] + more)
            if normalizer != "softmax":
                head += f" normalizer(#attn.{normalizer})"
            region = region_text("score", "%s: f32, ", captures, lines).replace("attn.yield %y", "attn.yield %z")
            region = region.replace(") {", f", %limit: f32 = %reduced[b, h, i{f' - {self.first}' if self.first else ''}] : {r}) {{", 1)
            text += f"    %attended = attn.attention %q, %k, %v{head}{region} : ({q}, {k}, {v}) -> {o}\n"
        arguments += [(s.name, s.type()) for s in symbols] + [(c[0], f"tensor<{'?x' * len(c[2])}f32>") for c in captures]
        if self.first:
            text = (
                f"    %from = arith.constant 0 : index\n    %axis = arith.constant 2 : index\n    %first = arith.constant {self.first} : index\n"
                f"    %rows = tensor.dim %q, %axis : {q}\n    %queries = arith.addi %rows, %first : index\n    %keys = tensor.dim %k, %axis : {k}\n" + text
            )
        return (
            "func.func @f(" + ", ".join(f'%{n}: {t} {{attn.name = "{n}"}}' for n, t in arguments) + ") -> ("
            + ", ".join(f'{t} {{attn.name = "{n}"}}' for n, t in results) + ") {\n" + text
            + f"    return {', '.join(['%reduced', '%attended'][: len(results)])} : {', '.join(t for _, t in results)}\n}}\n"
        )

    @property
    def results(self):
        return ["t"] if self.use == "nothing" else ["t", "o"]

    @property
    def is_exact(self):
        return self.use in ("keep", "near")


def draw(case, n, rng):
    def numbers(*shape):
        values = rng.uniform(-2, 2, shape).astype(np.float32)
        return np.round(values * 4) / 4 if case.is_exact else values

    whole = n | {"M": n["M"] + case.first}
    values = {"q": numbers(n["B"], n["Hq"], n["M"], case.D), "k": numbers(n["B"], n["Hk"], n["N"], case.D)}
    values |= {s.name: s.draw(whole, rng) for s in (case.mask.symbols if case.mask else [])}
    values |= {c[0]: numbers(*(whole[d] if isinstance(d, str) else d for d in c[2])) for c in SCORES[case.score][0]}
    if case.use != "nothing":
        values["v"] = np.ones((n["B"], n["Hk"], n["N"], 16), np.float32)
        if case.use != "count":
            values["v"] = rng.uniform(-2, 2, values["v"].shape).astype(np.float32)
    return values


class Oracle:
    """Scores in float64, visibility, and what is made of them."""

    def __init__(self, case, n, values):
        self.case, self.values, self.whole = case, values, n | {"M": n["M"] + case.first}
        grid = np.ogrid[: n["B"], : n["Hq"], : n["M"], : n["N"]]
        at = self.at = (grid[0], grid[1], grid[2] + case.first, grid[3])
        q, k = (values[name].astype(np.float64) for name in "qk")
        k = np.repeat(k, n["Hq"] // n["Hk"], axis=1)
        self.s = self.region(np.einsum("bhid,bhjd->bhij", q, k) * SCALE, *at)
        self.visible = np.broadcast_to(case.mask.visible(self.whole, values, *at) if case.mask else True, self.s.shape)
        magnitude = np.einsum("bhid,bhjd->bhij", np.abs(q), np.abs(k)) * SCALE + SCORES[case.score][3]
        self.error = 0 if case.is_exact else 2 * (case.D + 4) * EPS * magnitude

    def region(self, s, *at):
        captures, _, function, _ = SCORES[self.case.score]
        return function(s, at, [self.values[c[0]][c[3](*at)].astype(np.float64) for c in captures]) if function else s

    def reduced(self):
        """The reduction, and by how much a result may differ."""
        if self.case.reduction == "sum":
            parts = np.where(self.visible, self.s, 0)
            return parts.sum(axis=3), (np.where(self.visible, self.error, 0) + parts.shape[3] * EPS * np.abs(parts)).sum(axis=3)
        place = self.case.place
        ordered = -np.sort(-np.where(self.visible, self.s, -np.inf), axis=3)
        error = np.max(np.where(self.visible, self.error, 0), axis=3, initial=0)
        if ordered.shape[3] < place:
            return np.full(ordered.shape[:3], -np.inf), error
        return ordered[..., place - 1], error

    def attended(self):
        keep = USES[self.case.use][2]
        t = self.reduced()[0][..., None]
        q, k, v = (self.values[name].astype(np.float64) for name in "qkv")
        return attention(
            q, k, v, SCALE, lambda *at: self.visible, lambda s, *at: keep(self.region(s, *self.at), t)
        )[0]


def compare(what, got, want, allowed):
    if got.shape != want.shape:
        raise AssertionError(f"{what} has shape {got.shape}, not {want.shape}")
    infinite = ~np.isfinite(want)
    if not np.array_equal(got[infinite], want[infinite].astype(np.float32)):
        raise AssertionError(f"{what} differs where the answer is not finite")
    with np.errstate(invalid="ignore"):
        wrong = ~infinite & ~(np.abs(got - want) <= allowed)
    if wrong.any():
        first = tuple(np.argwhere(wrong)[0])
        raise AssertionError(f"{what} differs in {wrong.sum()} of {wrong.size} elements, first at {first}: expects {want[first]}, but got {got[first]}")
    return got.size


def check_results(case, n, values, got):
    oracle = Oracle(case, n, values)
    want, allowed = oracle.reduced()
    compared = compare("t", got[0], want, allowed)
    if case.use == "count":
        counts = np.minimum(oracle.visible.sum(axis=3), case.place).astype(np.float64)
        compared += compare("o", got[1], np.broadcast_to(counts[..., None], got[1].shape), 0)
    elif case.use != "nothing":
        # Scores are exact; exp, the sums over keys and the quotient are not: 16 units of values of 2 at most.
        compared += compare("o", got[1], oracle.attended(), 16 * 2 * (2 + np.log2(1 + n["N"])) * EPS)
    return compared


def shape(M, N, B=1, Hk=1, group=1):
    return {"B": B, "Hk": Hk, "Hq": Hk * group, "M": M, "N": N}


CAUSAL = Mask("#attn.causal", [], lambda n, v, b, h, i, j: j <= i)
WINDOW = Mask("#attn.window<100, 2>", [], lambda n, v, b, h, i, j: (i - 100 <= j) & (j <= i + 2))
UNION = Mask("#attn.or<#attn.prefix<20>, #attn.window<30, 0>>", [], lambda n, v, b, h, i, j: (j < 20) | ((i - 30 <= j) & (j <= i)))
DILATED = Mask("#attn.set<(i - j) mod 3 eq 0>", [], lambda n, v, b, h, i, j: (i - j) % 3 == 0)
LENGTH = Mask("#attn.length", [Symbol("m0", "i64", "b", "length")], lambda n, v, b, h, i, j: j < v["m0"][b])
BITS = Symbol("m0", "i8", "bij", "bits")
DENSE = Mask("#attn.dense", [BITS], lambda n, v, b, h, i, j: BITS.read(v, (b, h, i, j)) != 0)

TAILS = [shape(13, 45, B=2, Hk=2, group=2), shape(1, 1), shape(33, 300), shape(257, 17), shape(3, 0)]
MANY = [shape(40, 1100), shape(300, 300)]
ONE = {"Hk": 2, "Hq": 8, "M": 1}
SEVERAL = {"Hk": 2, "Hq": 8, "M": 3}
PARTS = [{"B": 2, "N": n} for n in (1, 45, 300, 1024, 2100)]

CASES = {
    "max": Case("max", TAILS + MANY, mask=CAUSAL),
    "max-of-nobody": Case("max", [shape(20, 50, B=6)], mask=LENGTH),
    "sum": Case("sum", TAILS + MANY[:1], mask=LENGTH, score="full"),
    "third": Case("kth_largest", TAILS, place=3, mask=DENSE, score="cap"),
    "seventeenth": Case("kth_largest", MANY, place=17, mask=WINDOW),
    "last-of-256": Case("kth_largest", [shape(20, 600), shape(9, 200)], place=256),
    "top-k": Case("kth_largest", TAILS + MANY, place=8, mask=CAUSAL, use="keep"),
    "top-k-of-union": Case("kth_largest", [shape(900, 900)], place=5, mask=UNION, use="keep"),
    "top-k-biased": Case("kth_largest", TAILS, place=4, score="full", use="keep"),
    "top-k-alibi": Case("kth_largest", [shape(70, 300, Hk=2, group=2)], place=8, mask=DILATED, score="alibi", use="keep", first=60),
    "near-max": Case("max", TAILS + MANY, mask=LENGTH, use="near"),
    "count": Case("kth_largest", TAILS + MANY, place=8, use="count"),
    "count-masked": Case("kth_largest", TAILS + [shape(300, 900)], place=16, mask=UNION, use="count", D=64),
    "count-biased": Case("kth_largest", TAILS, place=5, mask=CAUSAL, score="two", use="count", D=33),
    "short-max": Case("max", PARTS, mask=LENGTH, few=ONE),
    "short-sum": Case("sum", PARTS, few=SEVERAL, score="alibi"),
    "short-top-k": Case("kth_largest", PARTS, place=8, mask=LENGTH, few=SEVERAL, use="keep"),
    "short-count": Case("kth_largest", PARTS, place=40, few=ONE, use="count", D=70),
}


def check(options, name):
    """The number of elements compared with the oracle, and of those compared between runs."""
    case, variants, compared, bitwise = CASES[name], variants_here(options.compile), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        source, module = os.path.join(folder, "a.mlir"), os.path.join(folder, "a.so")
        with open(source, "w") as file:
            file.write(case.mlir())
        run([options.compile, source, "-o", module, "--target=" + ",".join(variants), "--attn-strategy=" + options.strategy])
        for sizes in case.shapes:
            sizes = {"Hk": 1, "Hq": 1} | sizes | case.few
            values = draw(case, sizes, np.random.default_rng(7))
            for variant in variants:
                try:
                    got = execute(options.run, module, values, case.results, folder, THREADS if options.strategy == "fast" else (1,), variant)
                    compared += check_results(case, sizes, values, got.results)
                    bitwise += got.bitwise
                except AssertionError as error:
                    raise SystemExit(f"{name} {sizes} {variant}: {error}") from error
    return compared, bitwise


if __name__ == "__main__":
    sys.exit(check_cases(CASES, check, strategy="fast"))
