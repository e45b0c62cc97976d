# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random attentions through the default pipeline, for each CPU variant that runs here, against the numpy oracle.

    sweep.py --compile=attn-compile --run=attn-run [--programs=40] [--shapes=6] [--seed=1] [--long]

Each program is compiled once, for one variant in turn (all of them with --long), and run on several shapes. No attention may be lowered by anything but the
tiled kernel, results have to be bitwise equal for 1, 2, 3 and 7 threads, and every element is compared.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import re
import subprocess
import sys
import tempfile
import traceback

import numpy as np

from sweep_programs import random_program
from sweep_values import compare, draw_values, random_sizes

THREADS = (1, 2, 3, 7)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}\nexit status {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def variants_here(compiler):
    """The names of the CPUs that run here: the lines of --list-targets that say so."""
    lines = run([compiler, "--list-targets"]).splitlines()
    names = [line.split()[0] for line in lines if line.startswith("x86-64") and "runs here" in line]
    assert names, "expects a CPU that runs here, but got\n" + "\n".join(lines)
    return names


def assert_kernels(compiler, source, variants, program):
    """Every attention of every variant is one tiled kernel."""
    text = run([compiler, source, "--compile-to=tile", "--target=" + ",".join(variants)])
    kernels = re.findall(r'attn\.op_begin "[^"]*" kind "attention"[^\n]*', text)
    expected = len(variants) * (2 if program.split else 1)
    if len(kernels) != expected or not all('kernel = "tiled ' in kernel for kernel in kernels):
        raise AssertionError(f"expects {expected} tiled attentions, but got {kernels}")
    return len(kernels)


def execute(tool, module, results, folder, variant, threads):
    command = [tool, module, f"--threads={threads}", f"--variant={variant}", "--print=0"]
    for name in sorted(os.listdir(folder)):
        if name.endswith(".in.npy"):
            command.append(f"{name[:-7]}=@{os.path.join(folder, name)}")
    outputs = [os.path.join(folder, f"{name}.out.npy") for name in results]
    for name, path in zip(results, outputs):
        command += ["-o", f"{name}={path}"]
    run(command)
    return [np.load(path) for path in outputs]


def check_program(options, variants, seed):
    """Counters of one program; raises with everything needed to repeat it."""
    pick = random.Random(seed)
    program, totals = random_program(pick), collections.Counter(programs=1)
    with tempfile.TemporaryDirectory() as folder:
        source, module = os.path.join(folder, "a.mlir"), os.path.join(folder, "a.so")
        with open(source, "w") as file:
            file.write(program.mlir())
        where = f"seed {seed}: {program}"
        try:
            totals["kernels"] += assert_kernels(options.compile, source, variants, program)
            run([options.compile, source, "-o", module, "--target=" + ",".join(variants)])
            for number in range(options.shapes):
                sizes = random_sizes(pick, program)
                where = f"seed {seed} shape {number}: {program} {sizes}"
                totals.update(check_shape(options, variants, program, sizes, module, folder, pick))
        except Exception as error:
            raise AssertionError(f"{where}\n{program.mlir()}") from error
    return totals


def check_shape(options, variants, program, sizes, module, folder, pick):
    values = draw_values(program, sizes, np.random.default_rng(pick.getrandbits(32)), pick)
    passed = dict(values.arguments)
    for name, value in passed.items():
        np.save(os.path.join(folder, f"{name}.in.npy"), value)
    results = ["o", "lse"] if program.lse else ["o"]
    totals, threaded = collections.Counter(shapes=1), pick.choice(variants)
    for variant in variants:
        got = execute(options.run, module, results, folder, variant, 1)
        totals["compared"] += compare(program, sizes, values, results, got, variant)
        totals["runs"] += 1
        for threads in THREADS[1:] if variant == threaded else ():
            again = execute(options.run, module, results, folder, variant, threads)
            totals["runs"] += 1
            for name, one, many in zip(results, got, again):
                if one.tobytes() != many.tobytes():
                    raise AssertionError(f"{variant}: {name} differs between 1 and {threads} threads")
                totals["bitwise"] += one.size
    return totals


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
    print(
        f"{', '.join(variants)}: {totals['programs']} programs, {totals['kernels']} tiled attentions, {totals['shapes']} shapes, "
        f"{totals['runs']} runs, {totals['compared']} elements compared, {totals['bitwise']} compared between threads, "
        f"{failures} failures"
    )
    return 0 if totals["compared"] and totals["bitwise"] and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
