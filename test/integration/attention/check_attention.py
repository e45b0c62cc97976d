# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles random attentions, runs them with attn-guarded-run and compares every element with the numpy oracle.

    check_attention.py --compile=attn-compile --run=attn-guarded-run --cases=40 --seed=1 [-- options of attn-compile]

The tolerance of a run is twice the error that numpy makes in the tested precision, plus a floor. The floor: a score of
magnitude S carries a rounding error of about S units in the last place, each makes a relative error of as much in a
weight, and exp and log add a few units; with |v| <= 2 that is 8 (1 + S) 2 eps.
"""

import argparse
import os
import random
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from cases import random_case  # noqa: E402
from guarded import execute, run  # noqa: E402
from oracle import attention  # noqa: E402


def compare(case, n, values, got):
    """The number of compared elements; raises where one differs by more than the tolerance."""
    exact = np.longdouble if case.element == "f64" else np.float64
    q, k, v = values["q"], values["k"], values["v"]
    tables = {}
    for dtype in (exact, case.dtype):
        arguments = case.arguments_for_oracle(n, values, dtype)
        tables[dtype] = attention(q.astype(dtype), k.astype(dtype), v.astype(dtype), **arguments)
    # |s| <= D * 2 * 2 * scale, plus what captures and positions add.
    bound = 4 * n["D"] * case.scale + 2 + 0.125 * (n["M"] + n["N"])
    floor = 16 * (1 + bound) * np.finfo(case.dtype).eps
    compared = 0
    for name, exact_value, naive, value in zip(("o", "lse"), tables[exact], tables[case.dtype], got):
        if value.shape != exact_value.shape or value.dtype != case.dtype:
            raise SystemExit(f"{case} {n}: {name} has shape {value.shape} of {value.dtype}")
        # Infinities (a row without keys) have to be equal, everything else close.
        finite = np.isfinite(exact_value)
        if not np.array_equal(value[~finite], exact_value[~finite].astype(case.dtype), equal_nan=True):
            raise SystemExit(f"{case} {n}: {name} differs where the answer is not finite")
        error = np.abs(value[finite] - exact_value[finite])
        magnitude = max(1.0, float(np.max(np.abs(exact_value[finite]), initial=0)))
        allowed = 2 * np.max(np.abs(naive[finite] - exact_value[finite]), initial=0) + floor * magnitude
        if not np.all(error <= allowed):
            raise SystemExit(f"{case} {n}: {name} is off by {error.max()}, allowed {allowed}")
        compared += value.size
    return compared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("options", nargs="*")
    options = parser.parse_args()
    pick, compared, runs = random.Random(options.seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.cases):
            case = random_case(pick)
            source, module = os.path.join(folder, "a.mlir"), os.path.join(folder, f"a{number}.so")
            with open(source, "w") as file:
                file.write(case.mlir())
            run([options.compile, source, "-o", module, *options.options])
            for n in case.sizes:
                values = case.inputs(n, np.random.default_rng(pick.getrandbits(32)))
                results = ["o", "lse"] if case.lse else ["o"]
                execution = execute(options.run, module, values, results, folder, threads=[1, pick.choice([2, 3])])
                compared += compare(case, n, values, execution.results)
                runs += execution.runs
    print(f"{options.cases} programs, {runs} runs, {compared} elements compared")
    return 0 if compared else 1


if __name__ == "__main__":
    sys.exit(main())
