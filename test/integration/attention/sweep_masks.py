# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random masks of the sweep: MLIR text, the run-time symbols it binds, and a numpy predicate on global positions."""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Symbol:
    """A tensor that a mask reads: `axes` are the indices it is indexed by."""

    name: str
    element: str
    axes: str
    kind: str  # "length" or "bits"

    def type(self):
        return f"tensor<{'?x' * len(self.axes)}{self.element}>"

    def binding(self):
        return f"%{self.name}[{', '.join(self.axes)}] : {self.type()}"

    def draw(self, sizes, rng):
        shape = [{"b": sizes["B"], "h": sizes["Hq"], "i": sizes["M"], "j": sizes["N"]}[axis] for axis in self.axes]
        dtype = {"i1": np.bool_, "i8": np.int8, "i32": np.int32, "i64": np.int64}[self.element]
        if self.kind == "length":
            # Among them: no key, a negative length, all keys, and a length beyond the keys.
            values = rng.integers(-2, sizes["N"] + 4, shape)
            values[rng.random(shape) < 0.15] = 0
            return values.astype(dtype)
        bits = rng.random(shape) < rng.choice([0.0, 0.1, 0.5, 0.9, 1.0])
        # Any integer but zero means visible.
        return (bits * (1 if self.element == "i1" else rng.integers(1, 100, shape))).astype(dtype)

    def read(self, values, at):
        return values[self.name][tuple(dict(zip("bhij", at))[axis] for axis in self.axes)]


@dataclasses.dataclass
class Mask:
    text: str
    symbols: list
    visible: object  # (sizes, values, b, h, i, j) -> booleans
    extent: bool = False  # reads the number of queries or keys
    hull: str = "all"  # "band": the keys from the first that a query sees to the last; "and": those of all parts; "all": all keys
    parts: tuple = ()

    def inside(self, sizes, values, b, h, i, j):
        """Keys of the hull, [batch, head, key]: what values hold outside of it has no effect, not even NaN."""
        shape = np.broadcast_shapes(b.shape, h.shape, j.shape)
        if self.hull == "and":
            return np.logical_and.reduce([part.inside(sizes, values, b, h, i, j) for part in self.parts])
        if self.hull == "all":
            return np.ones((shape[0], shape[1], shape[3]), bool)
        seen = np.broadcast_to(self.visible(sizes, values, b, h, i, j), shape[:2] + i.shape[2:3] + shape[3:]).any(axis=2)
        return np.logical_or.accumulate(seen, axis=2) & np.logical_or.accumulate(seen[..., ::-1], axis=2)[..., ::-1]


def _causal(pick):
    if pick.random() < 0.4:
        return Mask("#attn.causal", [], lambda n, v, b, h, i, j: j <= i, hull="band")
    offset = pick.choice([-300, -17, -1, 1, 5, 40, 1000])
    return Mask(f"#attn.causal<{offset}>", [], lambda n, v, b, h, i, j: j <= i + offset, hull="band")


def _bottom(pick):
    return Mask("#attn.causal<bottom_right>", [], lambda n, v, b, h, i, j: j <= i + n["N"] - n["M"], True, "band")


def _window(pick):
    left, right = pick.choice([(0, 0), (3, 0), (0, 7), (16, 16), (100, 2), (255, 0), (1 << 40, 5)])
    return Mask(f"#attn.window<{left}, {right}>", [], lambda n, v, b, h, i, j: (i - left <= j) & (j <= i + right), hull="band")


def _prefix(pick):
    size = pick.choice([0, 1, 4, 16, 33, 400])
    return Mask(f"#attn.prefix<{size}>", [], lambda n, v, b, h, i, j: j < size, hull="band")


def _bound(mnemonic):
    def make(pick):
        symbol = Symbol("", pick.choice(["i64", "i64", "i32"]), pick.choice(["b", "b", "bh", "h"]), "length")
        return Mask(f"#attn.{mnemonic}", [symbol], lambda n, v, b, h, i, j: j < symbol.read(v, (b, h, i, j)), hull="band")

    return make


def _dense(pick):
    axes = pick.choice(["bj", "bj", "bhij", "ij", "bij", "hj", "bi", "j"])
    symbol = Symbol("", pick.choice(["i1", "i8", "i64", "i32"]), axes, "bits")
    return Mask("#attn.dense", [symbol], lambda n, v, b, h, i, j: symbol.read(v, (b, h, i, j)) != 0)


def _set(pick):
    text, visible, extent = pick.choice(
        [
            ("(i - j) mod 4 eq 0", lambda n, b, h, i, j: (i - j) % 4 == 0, False),
            ("-j + i ge 0, (i - j) mod 3 eq 0", lambda n, b, h, i, j: (j <= i) & ((i - j) % 3 == 0), False),
            ("i floordiv 16 - j floordiv 16 eq 0", lambda n, b, h, i, j: i // 16 == j // 16, False),
            ("j - i * 2 + h ge 0", lambda n, b, h, i, j: j - i * 2 + h >= 0, False),
            ("j + 9 - keys + b ge 0", lambda n, b, h, i, j: j + 9 - n["N"] + b >= 0, True),
            ("queries - 1 - i - j ge 0", lambda n, b, h, i, j: n["M"] - 1 - i - j >= 0, True),
        ]
    )
    return Mask(f"#attn.set<{text}>", [], lambda n, v, b, h, i, j: visible(n, b, h, i, j), extent)


LEAVES = [_causal, _causal, _bottom, _window, _prefix, _bound("prefix"), _bound("length"), _bound("length"), _dense, _dense, _set]


def _compose(pick, depth):
    kind = pick.choice(["leaf", "leaf", "and", "or", "not"]) if depth else "leaf"
    if kind == "leaf":
        return pick.choice(LEAVES)(pick)
    if kind == "not":
        inner = _compose(pick, depth - 1)
        return Mask(f"#attn.not<{inner.text}>", inner.symbols, lambda *at: ~inner.visible(*at), inner.extent)
    parts = [_compose(pick, depth - 1) for _ in range(pick.choice([2, 2, 3]))]
    combine = np.logical_and if kind == "and" else np.logical_or

    def visible(*at):
        result = parts[0].visible(*at)
        for part in parts[1:]:
            result = combine(result, part.visible(*at))
        return result

    text = f"#attn.{kind}<{', '.join(part.text for part in parts)}>"
    return Mask(text, [s for part in parts for s in part.symbols], visible, any(part.extent for part in parts), "and" if kind == "and" else "all", tuple(parts))


def random_mask(pick):
    """None, a single mask, or a composition up to three levels deep."""
    if pick.random() < 0.15:
        return None
    mask = _compose(pick, pick.choice([0, 0, 1, 2]))
    for number, symbol in enumerate(mask.symbols):
        symbol.name = f"m{number}"
    return mask
