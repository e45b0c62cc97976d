# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""attn.norm and attn.rotary against numpy: every variant that runs here, the reference lowering, widths that fill no vector.

    check_rows.py --compile=attn-compile --run=attn-guarded-run [--strategy=reference]

Tolerance. A norm's sums are of N squares of numbers below 6, in any order: N/2 roundings of half a unit at most, halved by the root;
its elements are below 6 sqrt(N), times parameters below 2. A rotation is two products below 6 and their sum, rounded, or one fused.
"""

import argparse
import os
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import execute, run, variants_here  # noqa: E402

EPS = float(np.finfo(np.float32).eps)
NORMS = [(kind, shape, bias) for kind in ("layer", "rms")
         for shape, bias in (((3, 1), False), ((7, 5), True), ((2, 9, 16), True), ((300, 37), False), ((1, 64), True), ((4, 3, 130), False))]
# (pairing, batch, heads, positions, head size, pairs, whether heads and positions come exchanged)
ROTARIES = [("half", 2, 3, 5, 8, 4, False), ("half", 1, 2, 300, 20, 8, True), ("half", 2, 1, 3, 64, 32, True), ("half", 1, 1, 2, 7, 3, False),
            ("half", 3, 2, 1, 34, 17, True), ("half", 1, 2, 4, 6, 0, False), ("adjacent", 2, 3, 5, 8, 4, False), ("adjacent", 1, 2, 9, 11, 3, True)]


def tensor(*shape):
    return "tensor<%sxf32>" % "x".join("?" if size is None else str(size) for size in shape)


class Piece:
    """One op of the program: values %x7 and so on, lines of the body, and what they should make."""

    def __init__(self, number):
        self.number, self.types, self.values, self.lines = number, {}, {}, []

    def take(self, name, type_, value):
        self.types[name + str(self.number)] = type_
        self.values[name + str(self.number)] = value.astype(np.float32)
        return "%" + name + str(self.number)


def norm_piece(number, kind, shape, bias, random):
    """The first size is dynamic, the others are known."""
    piece, width, rows = Piece(number), shape[-1], tensor(None, *shape[1:])
    x = piece.take("x", rows, np.clip(random.standard_normal(shape) + 0.5, -6, 6))
    w = piece.take("w", tensor(width), random.uniform(-2, 2, width))
    said = " bias %s : %s" % (piece.take("b", tensor(width), random.uniform(-2, 2, width)), tensor(width)) if bias else ""
    piece.lines = ["%%y%d = attn.norm %s %s, %s%s eps 0.001 : %s, %s" % (number, kind, x, w, said, rows, tensor(width))]
    piece.result, piece.expected = rows, norm_values(kind, *piece.values.values())
    piece.tolerance = 12 * np.sqrt(width) * (width / 4 + 6) * EPS
    return piece


def rotary_piece(number, random, pairing, batch, heads, positions, size, pairs, exchanged):
    piece = Piece(number)
    shape = (batch, positions, heads, size) if exchanged else (batch, heads, positions, size)
    given = tensor(None, None, heads, size) if exchanged else tensor(None, heads, None, size)
    rotated, table = tensor(None, heads, None, size), tensor(None, pairs)
    x = piece.take("x", given, np.clip(random.standard_normal(shape), -6, 6))
    angles = random.uniform(-3, 3, (positions, pairs))
    c, s = piece.take("c", table, np.cos(angles)), piece.take("s", table, np.sin(angles))
    if exchanged:
        piece.lines = ["%%d%d_%d = tensor.dim %s, %%c%d_index : %s" % (number, axis, x, axis, given) for axis in (0, 1)]
        piece.lines += ["%%e%d = tensor.empty(%%d%d_0, %%d%d_1) : %s" % (number, number, number, rotated),
                        "%%t%d = linalg.transpose ins(%s : %s) outs(%%e%d : %s) permutation = [0, 2, 1, 3]" % (number, x, given, number, rotated)]
        x = "%%t%d" % number
    piece.lines.append("%%y%d = attn.rotary %s %s, %s, %s : %s, %s" % (number, pairing, x, c, s, rotated, table))
    values = list(piece.values.values())
    piece.result = rotated
    piece.expected = rotary_values(pairing, values[0].swapaxes(1, 2) if exchanged else values[0], *values[1:])
    piece.tolerance = 4 * 6 * EPS
    return piece


def program(pieces):
    arguments = ", ".join("%%%s: %s {attn.name = \"%s\"}" % (name, type_, name) for piece in pieces for name, type_ in piece.types.items())
    results = ", ".join("%s {attn.name = \"y%d\"}" % (piece.result, piece.number) for piece in pieces)
    body = ["%c0_index = arith.constant 0 : index", "%c1_index = arith.constant 1 : index"] + [line for piece in pieces for line in piece.lines]
    body.append("return %s : %s" % (", ".join("%%y%d" % piece.number for piece in pieces), ", ".join(piece.result for piece in pieces)))
    return "func.func @main(%s) -> (%s) {\n  %s\n}\n" % (arguments, results, "\n  ".join(body))


def norm_values(kind, x, w, b=None):
    x = x.astype(np.float64)
    if kind == "layer":
        x = x - x.mean(-1, keepdims=True)
    y = x / np.sqrt((x * x).mean(-1, keepdims=True) + 0.001) * w
    return y if b is None else y + b


def rotary_values(pairing, x, c, s):
    """With complex numbers: a pair is multiplied by cos + i sin."""
    pairs, y = c.shape[1], x.astype(np.float64)
    first, second = (slice(0, pairs), slice(pairs, 2 * pairs)) if pairing == "half" else (slice(0, 2 * pairs, 2), slice(1, 2 * pairs, 2))
    turned = (y[..., first] + 1j * y[..., second]) * (c.astype(np.float64) + 1j * s)
    y[..., first], y[..., second] = turned.real, turned.imag
    return y


def make_pieces(random):
    pieces = [norm_piece(number, kind, shape, bias, random) for number, (kind, shape, bias) in enumerate(NORMS)]
    return pieces + [rotary_piece(len(NORMS) + number, random, *case) for number, case in enumerate(ROTARIES)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", default="attn-compile")
    parser.add_argument("--run", default="attn-guarded-run")
    parser.add_argument("--strategy", default="fast")
    arguments = parser.parse_args()
    pieces = make_pieces(np.random.RandomState(7))
    reference = arguments.strategy == "reference"
    compared, worst = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        source, module = os.path.join(folder, "rows.mlir"), os.path.join(folder, "rows.so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(program(pieces))
        run([arguments.compile, source, "-o", module] + (["--attn-strategy=reference", "--target=native"] if reference else []))
        values = {name: value for piece in pieces for name, value in piece.values.items()}
        for variant in [None] if reference else variants_here(arguments.compile):
            names = ["y%d" % piece.number for piece in pieces]
            done = execute(arguments.run, module, values, names, folder, (1, 2, 3), variant=variant)
            for piece, got in zip(pieces, done.results):
                assert got.shape == piece.expected.shape, (piece.lines, got.shape, piece.expected.shape)
                error = np.abs(got - piece.expected)
                error = np.where(np.isnan(error), np.inf, error)
                if error.size and error.max() > piece.tolerance:
                    sys.exit("%s\non %s: expects elements within %g, but got %g" % (piece.lines[-1], variant, piece.tolerance, error.max()))
                compared, worst = compared + error.size, max(worst, error.max(initial=0) / piece.tolerance)
    print("%d ops, %d elements compared, worst at %.2f of its tolerance" % (len(pieces), compared, worst))
    sys.exit(0 if compared else 1)


if __name__ == "__main__":
    main()
