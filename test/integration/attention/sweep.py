# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random attentions through the default pipeline, for each CPU variant that runs here, against the numpy oracle and the reference lowering.

    sweep.py --compile=attn-compile --run=attn-guarded-run [--programs=40] [--shapes=6] [--seed=1] [--long]

Each program is compiled for one variant in turn (all of them with --long), by kernels and by the reference lowering, and run on several shapes. No attention
may be lowered by anything but the tiled kernel unless asked. Every argument, result and workspace begins or ends at a protected page; results have to be
bitwise equal for both and for 1, 2, 3 and 7 threads; and every element is compared.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import re
import sys
import tempfile
import traceback

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from guarded import THREADS, execute, run, variants_here  # noqa: E402
from sweep_programs import random_program  # noqa: E402
from sweep_values import Comparison, draw_values, random_sizes  # noqa: E402


def assert_kernels(compiler, source, variants, program):
    """Every attention of every variant is one tiled kernel, but for those that optimisation folded since they see no key: the values tell whether that is so."""
    target = "--target=" + ",".join(variants)
    left = run([compiler, source, "--compile-to=optimise", target]).count("attn.attention ")
    text = run([compiler, source, "--compile-to=tile", target])
    kernels = re.findall(r'attn\.op_begin "[^"]*" kind "attention"[^\n]*', text)
    expected = len(variants) * (2 if program.split else 1)
    # Programs of few queries are cut into parts wherever a CPU has the registers.
    wanted = 'kernel = "short ' if program.is_short else 'kernel = "tiled '
    if len(kernels) != left or left > expected or not all(wanted in kernel for kernel in kernels):
        raise AssertionError(f"expects {left} of {expected} attentions to be {wanted}, but got {kernels}")
    return len(kernels)


def compile_both(options, program, variants, folder):
    """The modules of the default pipeline and of the reference lowering, and the number of kernels."""
    source, kernels, reference = (os.path.join(folder, name) for name in ("a.mlir", "kernels.so", "reference.so"))
    with open(source, "w") as file:
        file.write(program.mlir())
    count, target = assert_kernels(options.compile, source, variants, program), "--target=" + ",".join(variants)
    run([options.compile, source, "-o", kernels, target])
    run([options.compile, source, "-o", reference, target, "--attn-strategy=reference"])
    return (kernels, reference), count


def check_program(options, variants, seed):
    """Counters of one program; raises with everything needed to repeat it."""
    pick = random.Random(seed)
    program, totals = random_program(pick), collections.Counter(programs=1)
    where = f"seed {seed}: {program}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            modules, totals["kernels"] = compile_both(options, program, variants, folder)
            for number in range(options.shapes):
                sizes = random_sizes(pick, program)
                where = f"seed {seed} shape {number}: {program} {sizes}"
                values = draw_values(program, sizes, np.random.default_rng(pick.getrandbits(32)), pick)
                totals.update(check_values(options, variants, program, sizes, values, modules, folder))
        except Exception as error:
            raise AssertionError(f"{where}\n{program.mlir()}") from error
    return totals


def check_values(options, variants, program, sizes, values, modules, folder):
    """Counters of one shape: both modules on every variant, against the oracle and each other."""
    comparison = Comparison(program, sizes, values)
    results = ["o", "lse"] if program.lse else ["o"]
    totals = collections.Counter(shapes=1)
    for variant in variants:
        kernels = execute(options.run, modules[0], values.arguments, results, folder, THREADS, variant)
        # The reference lowering has no parallel loops.
        reference = execute(options.run, modules[1], values.arguments, results, folder, (1,), variant)
        totals["compared"] += comparison.with_oracle(results, kernels.results, variant)
        totals["reference"] += comparison.with_oracle(results, reference.results, f"{variant}, reference lowering")
        totals["both"] += comparison.with_each_other(results, kernels.results, reference.results, variant)
        totals["runs"] += kernels.runs + reference.runs
        totals["bitwise"] += kernels.bitwise + reference.bitwise
    return totals


def report(variants, totals, failures):
    """Prints what was compared; the exit status."""
    print(
        f"{', '.join(variants)}: {totals['programs']} programs, {totals['kernels']} tiled attentions, {totals['shapes']} shapes, {totals['runs']} runs, "
        f"{failures} failures; elements compared: {totals['compared']} with the oracle, {totals['reference']} of the reference lowering with the oracle, "
        f"{totals['both']} with the reference lowering, {totals['bitwise']} between threads and places"
    )
    counts = [totals[kind] for kind in ("compared", "reference", "both", "bitwise")]
    print(f"{sum(counts)} elements compared")
    return 0 if all(counts) and not failures else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--programs", type=int, default=40)
    parser.add_argument("--shapes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--long", action="store_true", help="2000 programs on 20 shapes each")
    options = parser.parse_args()
    if options.long:
        options.programs, options.shapes = 2000, 20
    variants, totals, failures = variants_here(options.compile), collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = []
        for number in range(options.programs):
            # Compiling is what takes the time: for all CPUs only in a long run.
            chosen = variants if options.long else [variants[number % len(variants)]]
            jobs.append(pool.submit(check_program, options, chosen, options.seed * 100000 + number))
        for future in concurrent.futures.as_completed(jobs):
            try:
                totals.update(future.result())
            except Exception as error:
                failures += 1
                print(f"FAILED {''.join(traceback.format_exception(error))}", flush=True)
    return report(variants, totals, failures)


if __name__ == "__main__":
    sys.exit(main())
