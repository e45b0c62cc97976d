# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random programs of the sweep: one attention, or one split over its keys and merged, in MLIR text and as numpy values."""

import dataclasses

import numpy as np

from sweep_masks import Mask, random_mask

LEAST = float(np.finfo(np.float32).min)
# Captured relative positions are `j - i + REACH`, so that no position of any shape is outside.
REACH = 2200

SCORES = {
    # captures (name, index text, dimensions, numpy indices), body, numpy, what it adds to the magnitude of a score
    "none": ([], [], None, 0),
    "relative": (
        [("bias", f"h, -i + j + {REACH}", ("Hq", 2 * REACH), lambda b, h, i, j: (h, j - i + REACH))],
        ["%y = arith.addf %s, %c0 : f32"],
        lambda s, at, c: s + c[0],
        2,
    ),
    "full": (
        [("bias", "b, h, i, j", ("B", "Hq", "M", "N"), lambda b, h, i, j: (b, h, i, j))],
        ["%y = arith.addf %s, %c0 : f32"],
        lambda s, at, c: s + c[0],
        2,
    ),
    "two": (
        [
            ("gate", "h", ("Hq",), lambda b, h, i, j: (h,)),
            ("bias", "i, j", ("M", "N"), lambda b, h, i, j: (i, j)),
        ],
        ["%t = arith.mulf %c0, %c1 : f32", "%y = arith.addf %s, %t : f32"],
        lambda s, at, c: s + c[0] * c[1],
        4,
    ),
    "cap": (
        [],
        [
            "%c = arith.constant 3.0 : f32",
            "%x = arith.divf %s, %c : f32",
            "%t = math.tanh %x : f32",
            "%y = arith.mulf %t, %c : f32",
        ],
        lambda s, at, c: np.tanh(s / s.dtype.type(3)) * s.dtype.type(3),
        0,
    ),
    "alibi": (
        [("slope", "h", ("Hq",), lambda b, h, i, j: (h,))],
        [
            "%d = arith.subi %j, %i : index",
            "%n = arith.index_cast %d : index to i64",
            "%f = arith.sitofp %n : i64 to f32",
            "%e = arith.constant 0.0625 : f32",
            "%u = arith.mulf %f, %e : f32",
            "%w = arith.mulf %u, %c0 : f32",
            "%y = arith.addf %s, %w : f32",
        ],
        lambda s, at, c: s + (at[3] - at[2]).astype(s.dtype) * s.dtype.type(0.0625) * c[0],
        80,
    ),
    # Every score is the least finite number: the answer is the mean of the visible values.
    "least": ([], [f"%y = arith.constant {LEAST:.9e} : f32"], lambda s, at, c: np.full_like(s, LEAST), 0),
    # A region may hide keys by itself; a row of minus infinities sees nothing.
    "hide": (
        [],
        [
            "%two = arith.constant 2 : index",
            "%m = arith.remui %j, %two : index",
            "%zero = arith.constant 0 : index",
            "%odd = arith.cmpi ne, %m, %zero : index",
            "%inf = arith.constant 0xFF800000 : f32",
            "%y = arith.select %odd, %inf, %s : f32",
        ],
        lambda s, at, c: np.where(at[3] % 2 != 0, s.dtype.type(-np.inf), s),
        0,
    ),
}

GAINS = {
    # captures as above, body, numpy
    "none": ([], [], None),
    "keys": (
        [("factor", "h, j", ("Hq", "N"), lambda b, h, i, j: (h, j))],
        ["%two = arith.constant 2.0 : f32", "%y = arith.mulf %c0, %two : f32"],
        lambda at, c: c[0] * c[0].dtype.type(2),
    ),
    # What it says at pairs that are not visible is NaN.
    "pairs": ([("factor", "b, h, i, j", ("B", "Hq", "M", "N"), lambda b, h, i, j: (b, h, i, j))], ["%y = arith.negf %c0 : f32"], lambda at, c: -c[0]),
    "odd": (
        [],
        [
            "%two = arith.constant 2 : index",
            "%d = arith.addi %i, %j : index",
            "%m = arith.remui %d, %two : index",
            "%n = arith.index_cast %m : index to i64",
            "%y = arith.sitofp %n : i64 to f32",
        ],
        lambda at, c: ((at[2] + at[3]) % 2).astype(c[0].dtype if c else float),
    ),
}

# Head sizes are compiled in, and large ones take the compiler long: they are rarer.
HEADS = [1, 3, 7, 16, 17, 32, 48, 64, 70, 96] * 3 + [33, 65, 80, 100, 127, 128, 160, 192, 200, 255, 256]
QUERIES = [0, 1, 1, 2, 6, 8, 13, 16, 33, 64, 100, 191, 193, 250]
KEYS = [0, 1, 1, 3, 15, 16, 17, 32, 33, 64, 100, 255, 257, 300, 520]
LONG_KEYS = [1023, 1024, 1025, 2100]


def region_text(name, first, captures, body):
    if not body:
        return ""
    block = first + "%b: index, %h: index, %i: index, %j: index"
    for number, (tensor, index, dims, _) in enumerate(captures):
        block += f", %c{number}: f32 = %{tensor}[{index}] : tensor<{'?x' * len(dims)}f32>"
    return f"\n      {name}({block}) {{\n      " + "\n      ".join(body + ["attn.yield %y : f32"]) + "\n    }"


@dataclasses.dataclass
class Program:
    mask: Mask
    score: str
    normalizer: str
    sink: bool
    lse: bool
    split: bool  # two attentions over parts of the keys, merged
    origin: tuple  # the global position of element (0, 0, 0, 0)
    scale: float
    sizes: dict  # static dimensions; all others are dynamic
    gain: str = "none"
    cached: bool = False  # keys and values are the first positions of longer tensors, as many as `count` is long
    # The types that query (and output), key and value are kept in.
    stores: dict = dataclasses.field(default_factory=lambda: dict.fromkeys("qkv", "f32"))
    schedule: str = ""  # what the compiler is told of it; "" where it may choose

    def __str__(self):
        return (
            f"mask={self.mask.text if self.mask else 'none'} score={self.score} gain={self.gain} "
            f"{self.normalizer}{'+sink' if self.sink else ''}{' lse' if self.lse else ''}{' split' if self.split else ''}{' cached' if self.cached else ''} "
            f"at={self.origin} static={self.sizes} in={','.join(self.stores.values())}{' ' + self.schedule if self.schedule else ''}"
        )

    @property
    def is_short(self):
        """Whether so few queries read each key head that they are the rows of one task."""
        if not {"M", "Hq", "Hk"} <= self.sizes.keys():
            return False
        return 0 < self.sizes["M"] * self.sizes["Hq"] // self.sizes["Hk"] <= 32

    @property
    def symbols(self):
        return self.mask.symbols if self.mask else []

    @property
    def captures(self):
        return SCORES[self.score][0] + GAINS[self.gain][0]

    def _type(self, *dims, store=None):
        return f"tensor<{''.join(str(self.sizes.get(d, '?')) + 'x' for d in dims)}{self.stores.get(store, 'f32')}>"

    def _attention(self, part, results, constants):
        """The text of one attention; `part` is "" for all keys, or the number of the part."""
        q = self._type("B", "Hq", "M", "D", store="q")
        k, v = (self._type("Bk", "Hk", "N" if not part else "", d, store=s) for d, s in (("D", "k"), ("E", "v")))
        op = f"attn.attention %q, %k{part}, %v{part}"
        if constants:
            op += f" at(%at0, %at1, %at2, {'%split' if part == '2' else '%at3'}) of(%queries, %keys)"
        op += f" scale {self.scale:e}"
        if self.mask:
            op += f" mask({', '.join([self.mask.text] + [s.binding() for s in self.symbols])})"
        # The sink takes part once, whatever the number of parts.
        if self.sink and part != "2":
            op += " normalizer(#attn.softmax<sink>, %sink[h] : tensor<?xf32>)"
        elif self.normalizer != "softmax":
            op += f" normalizer(#attn.{self.normalizer})"
        if self.schedule:
            op += f" schedule(#attn.schedule<{self.schedule}>)"
        op += region_text("score", "%s: f32, ", *SCORES[self.score][:2]) + region_text("gain", "", *GAINS[self.gain][:2])
        o, lse = self._type("B", "Hq", "M", "E", store="q"), self._type("B", "Hq", "M")
        types = f"({o}, {lse})" if "," in results else o
        return f"    {results} = {op}\n      : ({q}, {k}, {v}) -> {types}\n"

    def _slices(self):
        """What reads keys and values of a cache; nothing where they are arguments."""
        if not self.cached:
            return ""
        cache = self._type("Bk", "Hk", "capacity", "D", store="k")
        body = "    %axis0 = arith.constant 0 : index\n    %axis1 = arith.constant 1 : index\n    %held = tensor.dim %count, %axis0 : tensor<?xi8>\n"
        body += f"    %bk = tensor.dim %kc, %axis0 : {cache}\n    %hk = tensor.dim %kc, %axis1 : {cache}\n"
        for name, size in (("k", "D"), ("v", "E")):
            extents = [str(self.sizes.get(dim, "%" + dim.lower())) for dim in ("Bk", "Hk")] + ["%held", str(self.sizes[size])]
            types = self._type("Bk", "Hk", "capacity", size, store=name), self._type("Bk", "Hk", "N", size, store=name)
            body += f"    %{name} = tensor.extract_slice %{name}c[0, 0, 0, 0] [{', '.join(extents)}] [1, 1, 1, 1] : {types[0]} to {types[1]}\n"
        return body

    def mlir(self):
        o, lse = self._type("B", "Hq", "M", "E", store="q"), self._type("B", "Hq", "M")
        arguments = [("q", self._type("B", "Hq", "M", "D", store="q"))]
        for part in ("1", "2") if self.split else ("",):
            keys = "" if self.split else "capacity" if self.cached else "N"
            suffix = part + ("c" if self.cached else "")
            arguments.append(("k" + suffix, self._type("Bk", "Hk", keys, "D", store="k")))
            arguments.append(("v" + suffix, self._type("Bk", "Hk", keys, "E", store="v")))
        # Parts of a mask may bind one tensor.
        arguments += {s.name: s.type() for s in self.symbols}.items()
        if self.sink:
            arguments.append(("sink", "tensor<?xf32>"))
        arguments += [(c[0], f"tensor<{'?x' * len(c[2])}f32>") for c in self.captures]
        if self.cached:
            arguments.append(("count", "tensor<?xi8>"))
        body = self._slices()
        constants = self.split or any(self.origin)
        if constants:
            body += "".join(f"    %at{n} = arith.constant {at} : index\n" for n, at in enumerate(self.origin))
            body += "    %axis = arith.constant 2 : index\n"
            body += f"    %rows = tensor.dim %q, %axis : {arguments[0][1]}\n    %queries = arith.addi %rows, %at2 : index\n"
            first = ("k1" if self.split else "k", self._type("Bk", "Hk", "" if self.split else "N", "D", store="k"))
            body += f"    %n1 = tensor.dim %{first[0]}, %axis : {first[1]}\n    %split = arith.addi %n1, %at3 : index\n"
            if self.split:
                body += f"    %n2 = tensor.dim %k2, %axis : {first[1]}\n    %keys = arith.addi %split, %n2 : index\n"
            else:
                body += "    %keys = arith.addi %n1, %at3 : index\n"
        if self.split:
            body += self._attention("1", "%o1, %l1", True) + self._attention("2", "%o2, %l2", True)
            body += f"    %o, %l = attn.merge %o1, %o2 weighted_by %l1, %l2 : {o}, {lse}\n"
        else:
            body += self._attention("", "%o, %l" if self.lse else "%o", constants)
        results = [("o", o), ("lse", lse)] if self.lse else [("o", o)]
        return (
            "func.func @f(" + ", ".join(f'%{name}: {type} {{attn.name = "{name}"}}' for name, type in arguments)
            + ") -> (" + ", ".join(f'{type} {{attn.name = "{name}"}}' for name, type in results) + ") {\n" + body
            + f"    return {'%o, %l' if self.lse else '%o'} : {', '.join(type for _, type in results)}\n}}\n"
        )


def random_program(pick):
    normalizer = pick.choice(["softmax"] * 4 + ["sigmoid", "relu"])
    mask, score = random_mask(pick), pick.choice(list(SCORES) + ["none"] * 2)
    if normalizer != "softmax" and score in ("least", "hide"):
        score = "none"
    split = normalizer == "softmax" and pick.random() < 0.25
    origin = (0, 0, 0, 0)
    if not split and pick.random() < 0.15:
        origin = (pick.choice([0, 1]), pick.choice([0, 2]), pick.choice([0, 5, 40]), pick.choice([0, 16, 37]))
    sizes = {"D": pick.choice(HEADS), "E": pick.choice(HEADS)}
    if pick.random() < 0.5:
        sizes["E"] = sizes["D"]
    # Few queries, as a decoder has them: any number of keys, also such that there are several parts.
    if pick.random() < 0.35:
        hk = pick.choice([1, 2, 3])
        sizes |= {"Hk": hk, "Hq": hk * pick.choice([1, 2, 3, 4, 7]), "M": pick.choice([1, 1, 2, 3, 4, 6])}
    # Now and then everything is known at compile time.
    elif not split and pick.random() < 0.25:
        hk = pick.choice([1, 2])
        sizes |= {"B": 2, "Bk": pick.choice([1, 2]), "Hk": hk, "Hq": hk * pick.choice([1, 3])}
        sizes |= {"M": pick.choice(QUERIES), "N": pick.choice(KEYS)}
    sink = normalizer == "softmax" and pick.random() < 0.3
    lse = split or pick.random() < 0.5
    cached = not split and "N" not in sizes and pick.random() < 0.25
    scale, stores = pick.choice([1.0, 0.125, 0.37]), random_stores(pick, normalizer)
    gain = pick.choice(["none"] * 3 + list(GAINS)[1:])
    return Program(mask, score, normalizer, sink, lse, split, origin, scale, sizes, gain, cached, stores)


def random_stores(pick, normalizer):
    """Mostly f32; one type for all, or a narrower one for what a cache holds. Sums of pointwise weights may be beyond f16."""
    query = pick.choice(["f32"] * 3 + ["bf16", "f16"])
    if query == "f16" and normalizer != "softmax":
        query = "bf16"
    if pick.random() < 0.5:
        return {"q": query, "k": query, "v": query}
    return {"q": query, "k": pick.choice(["f32", "bf16", "f16"]), "v": pick.choice(["f32", "bf16", "f16"])}
