# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise arithmetic on tensors of bf16 and f16 end to end, on every CPU that runs here, by kernels and by the reference lowering.

    arithmetic.py --compile=attn-compile --run=attn-guarded-run

An op on halves is one on f32 whose result is rounded. For sums, differences, products, quotients and square roots f32 has enough digits (at least twice as
many and two more) for the rounded result to be that of exact arithmetic, which float64 gives here. exp may be off by 1e-6 before it is rounded; a sum of n
rounds n times.
"""

import argparse
import collections
import os
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import THREADS, execute, run, variants_here  # noqa: E402
from halves import UNIT  # noqa: E402
from table import ALL, bits_of, nearest, same, stored, values  # noqa: E402

# name: body of the op on %a and %b with the result %r, and the exact result
EXACT = {
    "add": ("%r = arith.addf %a, %b : H", lambda a, b: a + b),
    "sub": ("%r = arith.subf %a, %b : H", lambda a, b: a - b),
    "mul": ("%r = arith.mulf %a, %b : H", lambda a, b: a * b),
    "div": ("%r = arith.divf %a, %b : H", lambda a, b: a / b),
    "neg": ("%r = arith.negf %a : H", lambda a, b: -a),
    "abs": ("%r = math.absf %a : H", lambda a, b: np.abs(a)),
    "sqrt": ("%r = math.sqrt %a : H", lambda a, b: np.sqrt(a)),
    "least": ("%c = arith.cmpf olt, %a, %b : H\n%r = arith.select %c, %a, %b : H", lambda a, b: np.where(a < b, a, b)),
    "max": ("%z = arith.constant 1.0 : H\n%r = arith.maximumf %a, %z : H", lambda a, b: np.maximum(a, 1.0)),
    "shift": ("%c = arith.constant 0.75 : H\n%r = arith.addf %a, %c : H", lambda a, b: a + 0.75),
    "count": ("%i = arith.fptosi %a : H to i32\n%r = arith.sitofp %i : i32 to H", None),
    "exp": ("%r = math.exp %a : H", None),
}
COLUMNS = (64, 47, None)


def program(kind):
    """A function of a and b in several shapes, with a result for each op, and the sums of the rows."""
    text, body, given, wanted, yields = "", ["%c0 = arith.constant 0 : index", f"%zero = arith.constant 0.0 : {kind}"], [], [], []
    for columns in COLUMNS:
        shape, maps, loops = ("?", "#d, #d, #d", '"parallel"') if columns is None else (f"?x{columns}", "#dd, #dd, #dd", '"parallel", "parallel"')
        type_, at = f"tensor<{shape}x{kind}>", str(columns or "s")
        given += [f'%{x}{at}: {type_} {{attn.name = "{x}{at}", attn.dims = ["n{at}"{"" if columns is None else ", " + chr(34) * 2}]}}' for x in "ab"]
        body.append(f"%n{at} = tensor.dim %a{at}, %c0 : {type_}")
        for name, (op, _) in EXACT.items():
            body += [
                f"%e_{name}{at} = tensor.empty(%n{at}) : {type_}",
                f"%{name}{at} = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{loops}]}} ins(%a{at}, %b{at} : {type_}, {type_}) "
                f"outs(%e_{name}{at} : {type_}) {{\n^bb0(%a: {kind}, %b: {kind}, %u: {kind}):\n{op.replace('H', kind)}\nlinalg.yield %r : {kind}\n}} -> {type_}",
            ]
            wanted.append(f'{type_} {{attn.name = "{name}{at}"}}')
            yields.append((f"%{name}{at}", type_))
        if columns is not None:
            sums = f"tensor<?x{kind}>"
            body += [
                f"%e_sum{at} = tensor.empty(%n{at}) : {sums}",
                f"%f_sum{at} = linalg.fill ins(%zero : {kind}) outs(%e_sum{at} : {sums}) -> {sums}",
                f"%sum{at} = linalg.generic {{indexing_maps = [#dd, #row], iterator_types = [\"parallel\", \"reduction\"]}} ins(%b{at} : {type_}) "
                f"outs(%f_sum{at} : {sums}) {{\n^bb0(%b: {kind}, %s: {kind}):\n%r = arith.addf %s, %b : {kind}\nlinalg.yield %r : {kind}\n}} -> {sums}",
            ]
            wanted.append(f'{sums} {{attn.name = "sum{at}"}}')
            yields.append((f"%sum{at}", sums))
    text = "#d = affine_map<(i) -> (i)>\n#dd = affine_map<(i, j) -> (i, j)>\n#row = affine_map<(i, j) -> (i)>\n"
    text += f"func.func @f({', '.join(given)}) -> ({', '.join(wanted)}) {{\n" + "\n".join(body)
    return text + "\nreturn " + ", ".join(y[0] for y in yields) + " : " + ", ".join(y[1] for y in yields) + "\n}\n"


def draw(kind, rng, shape):
    """Bits of any pattern for f16. Results of bf16 must stay away from the least normal float, below which f32 arithmetic gives zero."""
    if kind == "f16":
        return rng.choice(ALL, shape).astype(np.uint16)
    with np.errstate(over="ignore"):
        numbers = rng.standard_normal(shape) * 2.0 ** rng.integers(-30, 30, shape)
    special = rng.choice(np.array([0.0, -0.0, np.inf, -np.inf, np.nan]), shape)
    return nearest(np.where(rng.random(shape) < 0.05, special, numbers), kind)


def fail(what, wrong, a, b, want, got):
    at = tuple(int(n) for n in np.argwhere(wrong)[0])
    raise AssertionError(f"{what} differs in {int(wrong.sum())} of {wrong.size}, first of {a[at]} and {b[at]}: expects {want[at]}, but got {got[at]}")


def check_op(what, name, kind, got, a, b):
    """`got` are bits; NaNs of any pattern are alike. The number of compared elements."""
    compared = np.ones(a.shape, bool)
    if name == "exp":
        low, high = (values(nearest(np.exp(a) * (1 + side), kind), kind) for side in (-1e-6, 1e-6))
        number, want = values(got, kind), np.exp(a)
        # Below the least normal float32 it is zero.
        low = np.where(want < 2.0**-125, 0, low)
        equal = (low <= number) & (number <= high) | (np.isnan(number) & np.isnan(a))
    elif name == "count":
        compared = np.isfinite(a) & (np.abs(a) < 2.0**31)
        want = nearest(np.where(compared, np.trunc(np.where(compared, a, 0)) + 0.0, 0), kind)
        equal = same(got, want, kind) | ~compared
    else:
        want = nearest(EXACT[name][1](a, b), kind)
        equal = same(got, want, kind)
    if not equal.all():
        fail(what, ~equal, a, b, want, got)
    return int(compared.sum())


def check_sum(what, kind, got, b):
    want, size = b.sum(axis=1), np.abs(b).sum(axis=1)
    # A sum of partial sums rounds as often as there are summands, and a few times more for what is never a summand.
    allowed = (b.shape[1] + 8) * UNIT[kind] * size + 2.0**-24
    number, finite = values(got, kind), size < {"f16": 60000.0, "bf16": 1e38}[kind]
    wrong = finite & ~(np.abs(number - want) <= allowed)
    if wrong.any():
        fail(what, wrong, want, size, want, number)
    return int(finite.sum())


def check_module(options, module, variant, kind, rng, folder):
    given, names, compared = {}, [], 0
    for columns in COLUMNS:
        at, shape = str(columns or "s"), (5000,) if columns is None else (300, columns)
        given |= {x + at: stored(draw(kind, rng, shape), kind) for x in "ab"}
        if columns is not None:
            # What is added up has to stay within f16.
            given["b" + at][:150] = stored(nearest(rng.uniform(-40, 40, (150, columns)), kind), kind)
        names += [name + at for name in EXACT] + ([] if columns is None else ["sum" + at])
    done = execute(options.run, module, given, names, folder, THREADS, variant)
    results = dict(zip(names, done.results))
    with np.errstate(all="ignore"):
        for columns in COLUMNS:
            at = str(columns or "s")
            a, b = (values(bits_of(given[x + at]), kind) for x in "ab")
            for name in EXACT:
                compared += check_op(f"{variant}: {name}{at} of {kind}", name, kind, bits_of(results[name + at]), a, b)
            if columns is not None:
                compared += check_sum(f"{variant}: sum{at} of {kind}", kind, bits_of(results["sum" + at]), b)
    return collections.Counter(compared=compared, runs=done.runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    variants, totals = variants_here(options.compile), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("bf16", "f16"):
            source = os.path.join(folder, f"{kind}.mlir")
            with open(source, "w") as file:
                file.write(program(kind))
            for strategy in ("fast", "reference"):
                module = os.path.join(folder, f"{kind}-{strategy}.so")
                run([options.compile, source, "-o", module, "--target=" + ",".join(variants), f"--attn-strategy={strategy}"])
                for variant in variants:
                    totals += check_module(options, module, variant, kind, np.random.default_rng(options.seed), folder)
    print(f"{', '.join(variants)}: {totals['runs']} runs")
    print(f"{totals['compared']} elements compared")
    return 0 if totals["compared"] else 1


if __name__ == "__main__":
    sys.exit(main())
