# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sparsemax attention of reductions: the threshold by Newton's steps, then a relu of what is above it, against numpy.

    sparsemax.py --compile=attn-compile --run=attn-guarded-run

The weights of a row are max(s - t, 0) with t such that they add up to 1. The sum is convex and falls with t, so that Newton's steps from below, from the greatest
score less 1, never pass t; each but the last drops at least one score, and few are left after the first. A step is t + (excess - 1) / count, two reductions.
"""

import argparse
import os
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import THREADS, execute, run, variants_here  # noqa: E402

B, H, M, N, D, STEPS = 2, 2, 70, 90, 20, 8
SCALE, EPS = 0.25, float(np.finfo(np.float32).eps)
QUERY, KEY, ROWS = f"tensor<{B}x{H}x{M}x{D}xf32>", f"tensor<{B}x{H}x{N}x{D}xf32>", f"tensor<{B}x{H}x{M}xf32>"


def reduce_text(name, reduction, t="", body=()):
    region = ""
    if t:
        region = f" score(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: f32 = %{t}[b, h, i] : {ROWS}) {{\n      "
        region += "\n      ".join(body) + "\n      attn.yield %y : f32\n    }"
    return f"    %{name} = attn.score_reduce {reduction} %q, %k scale {SCALE} mask(#attn.causal){region} : ({QUERY}, {KEY}) -> {ROWS}\n"


def rows_text(name, inputs, body):
    args = ", ".join([f"%x{n}: f32" for n in range(len(inputs))] + ["%out: f32"])
    return (
        f"    %{name} = linalg.generic {{indexing_maps = [{', '.join(['#rows'] * (len(inputs) + 1))}], iterator_types = [\"parallel\", \"parallel\", \"parallel\"]}}\n"
        f"        ins({', '.join('%' + n for n in inputs)} : {', '.join([ROWS] * len(inputs))}) outs(%empty : {ROWS}) {{\n    ^bb0({args}):\n      "
        + "\n      ".join(body) + f"\n      linalg.yield %y : f32\n    }} -> {ROWS}\n"
    )


def program():
    above = ["%zero = arith.constant 0.0 : f32", "%is = arith.cmpf ogt, %s, %t : f32"]
    excess = above + ["%d = arith.subf %s, %t : f32", "%y = arith.select %is, %d, %zero : f32"]
    count = above + ["%one = arith.constant 1.0 : f32", "%y = arith.select %is, %one, %zero : f32"]
    one = "%one = arith.constant 1.0 : f32"
    text = "#rows = affine_map<(b, h, i) -> (b, h, i)>\n"
    text += f'func.func @f(%q: {QUERY} {{attn.name = "q"}}, %k: {KEY} {{attn.name = "k"}}, %v: {KEY} {{attn.name = "v"}}) -> ({QUERY} {{attn.name = "o"}}) {{\n'
    text += f"    %empty = tensor.empty() : {ROWS}\n" + reduce_text("m", "max") + rows_text("t0", ["m"], [one, "%y = arith.subf %x0, %one : f32"])
    for step in range(STEPS):
        text += reduce_text(f"e{step}", "sum", f"t{step}", excess) + reduce_text(f"c{step}", "sum", f"t{step}", count)
        newton = [one, "%d = arith.subf %x1, %one : f32", "%r = arith.divf %d, %x2 : f32", "%y = arith.addf %x0, %r : f32"]
        text += rows_text(f"t{step + 1}", [f"t{step}", f"e{step}", f"c{step}"], newton)
    text += f"    %o = attn.attention %q, %k, %v scale {SCALE} mask(#attn.causal) normalizer(#attn.relu)\n"
    text += f"      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: f32 = %t{STEPS}[b, h, i] : {ROWS}) {{\n"
    text += "      %y = arith.subf %s, %t : f32\n      attn.yield %y : f32\n    }\n"
    return text + f"      : ({QUERY}, {KEY}, {KEY}) -> {QUERY}\n    return %o : {QUERY}\n}}\n"


def sparsemax(q, k, v):
    """By sorting: the support is the longest prefix of the sorted scores whose last one is above the threshold that it makes."""
    s = np.einsum("bhid,bhjd->bhij", q, k) * SCALE
    s = np.where(np.arange(N)[None, :] <= np.arange(M)[:, None], s, -np.inf)
    ordered = -np.sort(-s, axis=3)
    sums, numbers = np.cumsum(np.where(np.isfinite(ordered), ordered, 0), axis=3), np.arange(1, N + 1)
    support = (np.isfinite(ordered) & (1 + numbers * np.where(np.isfinite(ordered), ordered, 0) > sums)).sum(axis=3)
    threshold = (np.take_along_axis(sums, support[..., None] - 1, axis=3) - 1) / support[..., None]
    weights = np.maximum(s - threshold, 0)
    assert np.allclose(weights.sum(axis=3), 1)
    return np.einsum("bhij,bhjd->bhid", weights, v), support


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    options = parser.parse_args()
    rng = np.random.default_rng(5)
    values = {name: rng.uniform(-2, 2, (B, H, rows, D)).astype(np.float32) for name, rows in (("q", M), ("k", N), ("v", N))}
    want, support = sparsemax(*(values[name].astype(np.float64) for name in "qkv"))
    # A score is off by as much as D products of 4 are, the threshold by no more, and so is each weight of the support; and a threshold by a rounding of
    # the sums that it is made of. Values are 2 at most.
    allowed = 2 * support.max() * (2 * D * EPS * SCALE * D * 4 + 4 * N * EPS)
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        source, module = os.path.join(folder, "a.mlir"), os.path.join(folder, "a.so")
        with open(source, "w") as file:
            file.write(program())
        variant = variants_here(options.compile)[0]
        run([options.compile, source, "-o", module, "--target=" + variant])
        got = execute(options.run, module, values, ["o"], folder, THREADS, variant).results[0]
        error = np.abs(got - want).max()
        if not error <= allowed:
            raise SystemExit(f"expects an output within {allowed}, but got one that is off by {error}")
        compared += got.size
    print(f"{compared} elements compared with the oracle, from {support.min()} to {support.max()} keys in a row")
    return 0 if compared and support.max() > 2 else 1


if __name__ == "__main__":
    sys.exit(main())
