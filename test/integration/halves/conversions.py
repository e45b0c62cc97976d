# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every conversion from and to bf16 and f16, on every CPU that runs here, by kernels and by the reference lowering, against a table of all numbers.

    conversions.py --compile=attn-compile --run=attn-guarded-run

From either type all 65536 patterns are widened, to f32 and to f64. To either type go, from f32 and f64: all of its numbers, the middle between each two of
them (a tie) and the floats next to the middle on both sides, infinities, NaNs and denormals. Each conversion is done in vectors, in rows whose tails are
narrower vectors, and in scalars. Results have to be exact to the bit; a NaN may be any. What is less than the least normal float32 is zero on the way
between bf16 and f64, as for all arithmetic of a module.
"""

import argparse
import collections
import os
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import execute, run, variants_here  # noqa: E402
from table import ALL, BEYOND, bits_of, is_nan, nearest, same, stored, values  # noqa: E402

# Columns of the rows: whole vectors; every narrower piece of a vector of 16, 8 and 4; none, which leaves the work to scalar loops.
COLUMNS = (64, 47, None)


def program(kind):
    """One function that converts from and to `kind`, and what its arguments are made of."""
    arguments, results, body = [], [], []
    for columns in COLUMNS:
        shape, name = ("?", "s") if columns is None else (f"?x{columns}", f"r{columns}")
        maps = "#d, #d" if columns is None else "#dd, #dd"
        loops = '"parallel"' if columns is None else '"parallel", "parallel"'
        for source, target in ((kind, "f32"), (kind, "f64"), ("f32", kind), ("f64", kind)):
            x, y, op = f"{name}_{source}", f"{name}_{source}_to_{target}", "extf" if source == kind else "truncf"
            from_, to = f"tensor<{shape}x{source}>", f"tensor<{shape}x{target}>"
            if x not in [argument[0] for argument in arguments]:
                arguments.append((x, from_, source, columns))
                body += [f"%n_{x} = tensor.dim %{x}, %c0 : {from_}"]
            results.append((y, to, x, target))
            body += [
                f"%e_{y} = tensor.empty(%n_{x}) : {to}",
                f"%{y} = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{loops}]}} ins(%{x} : {from_}) outs(%e_{y} : {to}) {{",
                f"^bb0(%a: {source}, %u: {target}):",
                f"  %r = arith.{op} %a : {source} to {target}",
                f"  linalg.yield %r : {target}",
                f"}} -> {to}",
            ]
    given = ", ".join(f'%{name}: {type_} {{attn.name = "{name}"}}' for name, type_, _, _ in arguments)
    wanted = ", ".join(f'{type_} {{attn.name = "{name}"}}' for name, type_, _, _ in results)
    text = "#d = affine_map<(i) -> (i)>\n#dd = affine_map<(i, j) -> (i, j)>\n" f"func.func @f({given}) -> ({wanted}) {{\n%c0 = arith.constant 0 : index\n"
    text += "\n".join(body) + "\nreturn " + ", ".join(f"%{r[0]}" for r in results) + " : " + ", ".join(r[1] for r in results) + "\n}\n"
    return text, arguments, results


def numbers_to_round(kind, dtype):
    """Numbers of float32 or float64 around which rounding decides."""
    finite = values(ALL[~is_nan(ALL, kind)], kind)
    grid = np.unique(np.abs(finite[np.isfinite(finite)]))
    grid = np.append(grid, BEYOND[kind])
    middle = (grid[1:] + grid[:-1]) / 2
    with np.errstate(over="ignore", under="ignore"):
        middle = middle.astype(dtype)
        around = [grid.astype(dtype), middle, np.nextafter(middle, dtype(0)), np.nextafter(middle, dtype(np.inf))]
    special = np.array([0, np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).tiny, 1e-40, 1e-45], dtype)
    positive = np.concatenate(around + [special])
    if dtype is np.float64 and kind == "bf16":
        positive = positive[(positive == 0) | (positive >= 2.0**-126) | np.isnan(positive)]
    return np.concatenate([positive, -positive])


def shaped(flat, columns):
    if columns is None:
        return flat
    rows = -(-flat.size // columns)
    return np.resize(flat, rows * columns).reshape(rows, columns)


def draw(source, kind, columns):
    if source == kind:
        return stored(shaped(ALL, columns), kind)
    return shaped(numbers_to_round(kind, {"f32": np.float32, "f64": np.float64}[source]), columns)


def check(what, got, given, target, kind):
    if target == kind:
        want = nearest(given.astype(np.float64), kind)
        equal, got = same(bits_of(got), want, kind), bits_of(got)
    else:
        want, got = values(bits_of(given), kind), got.astype(np.float64)
        if kind == "bf16" and target == "f64":
            want = np.where(np.abs(want) < 2.0**-126, np.copysign(0, want), want)
        equal = (got == want) & (np.signbit(got) == np.signbit(want)) | (np.isnan(got) & np.isnan(want))
    if got.shape != given.shape or not equal.all():
        first = tuple(int(n) for n in np.argwhere(~equal)[0])
        raise AssertionError(f"{what} is wrong for {int((~equal).sum())} of {equal.size}, first {given[first]}: expects {want[first]}, but got {got[first]}")
    return got.size


def check_module(options, module, variant, kind, arguments, results, folder):
    given = {name: draw(source, kind, columns) for name, _, source, columns in arguments}
    names = [result[0] for result in results]
    done, totals = execute(options.run, module, given, names, folder, (1, 3), variant), collections.Counter()
    for (name, _, argument, target), got in zip(results, done.results):
        totals["compared"] += check(f"{variant}: {name}", got, given[argument], target, kind)
    return totals + collections.Counter(runs=done.runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    options = parser.parse_args()
    variants, totals = variants_here(options.compile), collections.Counter()
    # To widen a signalling NaN is what is tested, not a mistake.
    with tempfile.TemporaryDirectory() as folder, np.errstate(invalid="ignore"):
        for kind in ("bf16", "f16"):
            text, arguments, results = program(kind)
            source = os.path.join(folder, f"{kind}.mlir")
            with open(source, "w") as file:
                file.write(text)
            for strategy in ("fast", "reference"):
                module = os.path.join(folder, f"{kind}-{strategy}.so")
                run([options.compile, source, "-o", module, "--target=" + ",".join(variants), f"--attn-strategy={strategy}"])
                for variant in variants:
                    totals += check_module(options, module, variant, kind, arguments, results, folder)
    print(f"{', '.join(variants)}: {totals['runs']} runs")
    print(f"{totals['compared']} elements compared")
    return 0 if totals["compared"] else 1


if __name__ == "__main__":
    sys.exit(main())
