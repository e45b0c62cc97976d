# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random attentions: one program in MLIR text, with the shapes to run it on and the oracle's view of it."""

import dataclasses
import random

import numpy as np

MASKS = {
    # text, predicate of (sizes, symbol values, b, h, i, j), whether the mask binds a length for each batch
    "none": (None, None, False),
    "causal": ("#attn.causal", lambda n, L, b, h, i, j: j <= i, False),
    "shifted": ("#attn.causal<-2>", lambda n, L, b, h, i, j: j <= i - 2, False),
    "bottom": ("#attn.causal<bottom_right>", lambda n, L, b, h, i, j: j <= i + n["N"] - n["M"], False),
    "length": ("#attn.length, %len[b] : tensor<?xi64>", lambda n, L, b, h, i, j: j < L[b], True),
}

SCORES = {
    # text of the region behind the captures, captures, numpy
    "none": (None, None, None),
    "bias": (
        "%r: T = %bias[h, j] : tensor<?x?xT>",
        ["%y = arith.addf %s, %r : T"],
        lambda s, bias, b, h, i, j: s + bias[h, j],
    ),
    "cap": (
        "",
        ["%c = arith.constant 3.0 : T", "%x = arith.divf %s, %c : T", "%t = math.tanh %x : T", "%y = arith.mulf %t, %c : T"],
        lambda s, bias, b, h, i, j: np.tanh(s / s.dtype.type(3)) * s.dtype.type(3),
    ),
    "distance": (
        "",
        [
            "%d = arith.subi %j, %i : index",
            "%n = arith.index_cast %d : index to i64",
            "%f = arith.sitofp %n : i64 to T",
            "%c = arith.constant 0.125 : T",
            "%m = arith.mulf %f, %c : T",
            "%y = arith.addf %s, %m : T",
        ],
        lambda s, bias, b, h, i, j: s + (j - i).astype(s.dtype) * s.dtype.type(0.125),
    ),
}


@dataclasses.dataclass
class Case:
    element: str
    mask: str
    score: str
    normalizer: str
    sink: bool
    lse: bool
    sizes: list  # one dict for each run
    scale: float
    dynamic: set

    @property
    def dtype(self):
        return {"f32": np.float32, "f64": np.float64}[self.element]

    def __str__(self):
        return (
            f"{self.element} mask={self.mask} score={self.score} {self.normalizer}{'+sink' if self.sink else ''}"
            f"{' lse' if self.lse else ''} dynamic={''.join(sorted(self.dynamic))}"
        )

    def tensor(self, *dims):
        text = "x".join("?" if d in self.dynamic else str(self.sizes[0][d]) for d in dims)
        return f"tensor<{text}x{self.element}>"

    def mlir(self):
        q, k, v = (self.tensor(*dims) for dims in (("B", "Hq", "M", "D"), ("Bk", "Hk", "N", "D"), ("Bk", "Hk", "N", "E")))
        o, lse = self.tensor("B", "Hq", "M", "E"), self.tensor("B", "Hq", "M")
        arguments = [f'%q: {q} {{attn.name = "q"}}', f'%k: {k} {{attn.name = "k"}}', f'%v: {v} {{attn.name = "v"}}']
        op = f"attn.attention %q, %k, %v scale {self.scale:e}"
        text, _, bound = MASKS[self.mask]
        if bound:
            arguments.append('%len: tensor<?xi64> {attn.name = "len"}')
        if text:
            op += f" mask({text})"
        if self.sink:
            arguments.append(f'%sink: tensor<?x{self.element}> {{attn.name = "sink"}}')
            op += f" normalizer(#attn.softmax<sink>, %sink[h] : tensor<?x{self.element}>)"
        elif self.normalizer != "softmax":
            op += f" normalizer(#attn.{self.normalizer})"
        captures, body, _ = SCORES[self.score]
        if body:
            if captures:
                arguments.append(f'%bias: tensor<?x?x{self.element}> {{attn.name = "bias"}}')
                captures = ", " + captures
            lines = "\n      ".join(body + ["attn.yield %y : T"])
            op += f"\n      score(%s: T, %b: index, %h: index, %i: index, %j: index{captures}) {{\n      {lines}\n    }}"
        op = op.replace(": T", f": {self.element}").replace("xT>", f"x{self.element}>").replace("to T", f"to {self.element}")
        results, names = (f"({o}, {lse})", "%o, %l") if self.lse else (o, "%o")
        named = f'({o} {{attn.name = "o"}}' + (f', {lse} {{attn.name = "lse"}})' if self.lse else ")")
        return (
            f"func.func @f({', '.join(arguments)}) -> {named} {{\n    {names} = {op}\n      : ({q}, {k}, {v}) -> {results}\n"
            f"    return {names} : {results.strip('()')}\n}}\n"
        )

    def inputs(self, n, rng):
        spread = 2.0

        def draw(*shape):
            return (rng.uniform(-spread, spread, shape)).astype(self.dtype)

        values = {
            "q": draw(n["B"], n["Hq"], n["M"], n["D"]),
            "k": draw(n["Bk"], n["Hk"], n["N"], n["D"]),
            "v": draw(n["Bk"], n["Hk"], n["N"], n["E"]),
        }
        if MASKS[self.mask][2]:
            # Among them: no key, all keys, and a length beyond the keys.
            values["len"] = rng.integers(-1, n["N"] + 3, n["B"])
        if self.sink:
            values["sink"] = draw(n["Hq"])
        if self.score == "bias":
            values["bias"] = draw(n["Hq"], n["N"])
        return values

    def arguments_for_oracle(self, n, values, dtype):
        predicate, function = MASKS[self.mask][1], SCORES[self.score][2]
        length, bias = values.get("len"), values.get("bias")
        bias = bias.astype(dtype) if bias is not None else None
        return dict(
            scale=self.scale,
            mask=(lambda *at: predicate(n, length, *at)) if predicate else None,
            score=(lambda s, *at: function(s, bias, *at)) if function else None,
            normalizer=self.normalizer,
            sink=values["sink"].astype(dtype)[None, :, None] if self.sink else None,
        )


def _sizes(pick, shared_batch):
    hk = pick.choice([1, 1, 2, 3])
    b = pick.choice([1, 2, 3])
    return {
        "B": b,
        "Bk": 1 if shared_batch else b,
        "Hk": hk,
        "Hq": hk * pick.choice([1, 1, 2, 4]),
        "M": pick.choice([0, 1, 1, 2, 5, 16, 33]),
        "N": pick.choice([0, 1, 1, 3, 8, 17, 40]),
        "D": pick.choice([1, 2, 8, 13, 64]),
        "E": pick.choice([1, 3, 16, 33]),
    }


def random_case(pick: random.Random):
    normalizer = pick.choice(["softmax", "softmax", "softmax", "sigmoid", "relu"])
    dynamic = {d for d in ("B", "Bk", "Hq", "Hk", "M", "N", "D", "E") if pick.random() < 0.6}
    shared = pick.random() < 0.3
    first = _sizes(pick, shared)
    runs = [first]
    for _ in range(2 if dynamic else 0):
        other = _sizes(pick, shared)
        # Groups are a property of both numbers of heads; a static one decides the other.
        changed = dynamic - ({"Hq", "Hk"} if not {"Hq", "Hk"} <= dynamic else set())
        changed -= {"B", "Bk"} if not {"B", "Bk"} <= dynamic and not (shared and "B" in dynamic) else set()
        runs.append({d: other[d] if d in changed else first[d] for d in first})
        if shared:
            runs[-1]["Bk"] = 1
    return Case(
        element=pick.choice(["f32", "f32", "f32", "f64"]),
        mask=pick.choice(list(MASKS)),
        score=pick.choice(list(SCORES)),
        normalizer=normalizer,
        sink=normalizer == "softmax" and pick.random() < 0.3,
        lse=pick.random() < 0.5,
        sizes=runs,
        scale=pick.choice([1.0, 0.125, 0.37]),
        dynamic=dynamic,
    )
