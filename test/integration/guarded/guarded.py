# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a module with attn-guarded-run: all memory beside protected pages, for several numbers of threads, which have to agree bit for bit."""

import argparse
import collections
import os
import re
import subprocess

import numpy as np

# The results of the first run, how many runs there were, and how many elements of the others were found equal to the first's.
Execution = collections.namedtuple("Execution", "results runs bitwise")

THREADS = (1, 2, 3, 7)


def run(command):
    """The standard output of a command, which has to succeed."""
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


def execute(tool, module, arguments, results, folder, threads, variant=None):
    """One module on `arguments`, a dictionary of arrays; `results` are the names of those that are wanted."""
    command = [tool, module, "--threads=" + ",".join(map(str, threads))]
    command += [f"--variant={variant}"] if variant else []
    for name, value in arguments.items():
        path = os.path.join(folder, f"{name}.in.npy")
        np.save(path, value)
        command.append(f"{name}=@{path}")
    outputs = [os.path.join(folder, f"{name}.out.npy") for name in results]
    for name, path in zip(results, outputs):
        command += ["-o", f"{name}={path}"]
    runs, bitwise = re.fullmatch(r"(\d+) runs, (\d+) elements compared bit for bit\n", run(command)).groups()
    return Execution([np.load(path) for path in outputs], int(runs), int(bitwise))


def check_cases(cases, check, **defaults):
    """The main program of a test whose arguments are NAMEs of `cases`: `check(options, name)` returns how many elements it compared with the oracle, and how
    many between runs; zero is a failure. `defaults` are options of its own, with their values."""
    parser = argparse.ArgumentParser()
    for option in ("--compile", "--run"):
        parser.add_argument(option, required=True)
    for option, value in defaults.items():
        parser.add_argument("--" + option, default=value)
    parser.add_argument("names", nargs="+", choices=sorted(cases), metavar="NAME")
    options = parser.parse_args()
    for name in options.names:
        oracle, bitwise = check(options, name)
        print(f"{name}: {oracle} elements compared with the oracle, {bitwise} between threads and places")
        if not oracle or not bitwise:
            return 1
    return 0
