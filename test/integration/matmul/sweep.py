# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random matmuls by weights through the default pipeline, for each CPU variant that runs here, against numpy and the reference lowering.

    sweep.py --compile=attn-compile --run=attn-guarded-run [--programs=12] [--shapes=4] [--seed=1]

Every argument, result, workspace and the weights begin or end at a protected page; results have to be bitwise equal for both and for 1, 2, 3 and 7 threads.
The reference lowering gets the weights as arguments, for it leaves matmuls to loops and knows no panels.
"""

import argparse
import collections
import os
import random
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import THREADS, execute, run, variants_here  # noqa: E402
from programs import ROWS, Layer, Program, random_program, write_safetensors  # noqa: E402

# What was once wrong: the bias of a column that is alone in its panel was read before the parallel loop, as a vector of one element.
KNOWN = [Program([Layer(8, columns, True, "gelu", True, True)]) for columns in (1, 33)]
# Every type in which weights are kept, on every variant; several blocks of summands, and panels that are not whole.
KNOWN += [Program([Layer(1100, 70, True, "none", False, False, store, store == "f16")]) for store in ("bf16", "f16")]


def compare(what, got, want, allowed):
    if got.shape != want.shape or got.dtype != np.float32:
        raise AssertionError(f"{what} has shape {got.shape} of {got.dtype}, not {want.shape}")
    nan = np.isnan(want)
    wrong = np.where(nan, ~np.isnan(got), ~(np.abs(got - want) <= allowed))
    if wrong.any():
        first = tuple(int(n) for n in np.argwhere(wrong)[0])
        raise AssertionError(f"{what} differs in {int(wrong.sum())} of {got.size} elements, first at {first}: expects {want[first]}, but got {got[first]}")
    return got.size


def draw_arguments(program, rows, rng, pick):
    arguments = {name: rng.uniform(-1, 1, (rows, columns)).astype(np.float32) for name, columns in program.arguments()}
    if rows and pick.random() < 0.3 and all(layer.activation != "relu" for layer in program.layers):
        # A row that is not a number stays alone.
        arguments["x"][rng.integers(0, rows), 0] = np.nan
    return arguments


def check_shape(options, variant, program, weights, modules, folder, pick):
    arguments = draw_arguments(program, pick.choice(ROWS), np.random.default_rng(pick.getrandbits(32)), pick)
    want, allowed = program.oracle(arguments, weights)
    kernels = execute(options.run, modules[0], arguments, ["o"], folder, THREADS, variant)
    reference = execute(options.run, modules[1], arguments | weights, ["o"], folder, (1,), variant)
    own = np.where(np.isnan(want), 0, np.abs(reference.results[0] - want))
    return collections.Counter(
        oracle=compare(f"{variant}: o", kernels.results[0], want, allowed),
        reference=compare(f"{variant}, reference lowering: o", reference.results[0], want, allowed),
        both=compare(f"{variant}: o beside the reference lowering", kernels.results[0], reference.results[0], allowed + own),
        bitwise=kernels.bitwise + reference.bitwise,
        runs=kernels.runs + reference.runs,
    )


def compile_program(options, variant, text, folder, strategy):
    source, module = (os.path.join(folder, strategy + suffix) for suffix in (".mlir", ".so"))
    with open(source, "w") as file:
        file.write(text)
    run([options.compile, source, "-o", module, f"--target={variant}", f"--attn-strategy={strategy}"])
    return module


def check_program(options, variant, seed, program=None):
    """Counters of one program, a random one unless given; raises with everything needed to repeat it."""
    pick, totals = random.Random(seed), collections.Counter(programs=1)
    program = program or random_program(pick)
    weights = program.draw_weights(np.random.default_rng(seed))
    with tempfile.TemporaryDirectory() as folder:
        write_safetensors(os.path.join(folder, "w.safetensors"), weights)
        try:
            kernels = compile_program(options, variant, program.mlir(constants=True), folder, "fast")
            reference = compile_program(options, variant, program.mlir(constants=False), folder, "reference")
            for _ in range(options.shapes):
                totals.update(check_shape(options, variant, program, weights, (kernels, reference), folder, pick))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {program}\n{program.mlir(constants=True)}") from error
    return totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--programs", type=int, default=12)
    parser.add_argument("--shapes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    variants, totals = variants_here(options.compile), collections.Counter()
    for variant in variants:
        for program in KNOWN:
            totals.update(check_program(options, variant, options.seed, program))
    for number in range(options.programs):
        totals.update(check_program(options, variants[number % len(variants)], options.seed * 100000 + number))
    counts = [totals[kind] for kind in ("oracle", "reference", "both", "bitwise")]
    print(
        f"{', '.join(variants)}: {totals['programs']} programs, {totals['runs']} runs; elements compared: {counts[0]} with the oracle, {counts[1]} of the "
        f"reference lowering with the oracle, {counts[2]} with the reference lowering, {counts[3]} between threads and places"
    )
    print(f"{sum(counts)} elements compared")
    return 0 if all(counts) else 1


if __name__ == "__main__":
    sys.exit(main())
