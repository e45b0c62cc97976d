# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random masks, deep ones, in random attentions of dynamic sizes: each is compiled once and run on many shapes and values of its symbols.

    masks.py --compile=attn-compile [--cases=2000] [--shapes=30] [--seed=1] [--minutes=N] [--module=SEED [--case=N]]

A case is one run of a module. Modules are made twice, by kernels for one CPU in turn and by the reference lowering; both results are compared with the oracle
(../attention/oracle.py, with the masks' meaning of terms.py) and with each other, with the tolerance of ../attention/sweep_values.py. Arguments and results
lie beside protected pages. A failure is reported with what repeats it, after whatever can be left out of it was.
"""

import argparse
import collections
import multiprocessing
import multiprocessing.connection
import os
import sys
import time
import traceback

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guarded"), os.path.join(HERE, "..", "attention"), HERE]

import attn_rt  # noqa: E402

from guarded import run, variants_here  # noqa: E402
from modules import Modules, check_case, describe, shrink  # noqa: E402

# A module that takes longer has hung.
SECONDS = 600


def check_module(options, variants, seed, say):
    """Counters of one module; `say` reports where it is."""
    modules = Modules(options.compile, variants[seed % len(variants)])
    totals = collections.Counter(modules=1)
    totals.update({f"in modules: {kind}": 1 for kind in modules.draw(seed).mask.kinds()})
    program = modules.program
    say(f"seed {seed}: compiling {program}")
    modules.open(program)
    for number in [options.case] if options.case is not None else range(options.shapes):
        case = modules.case(seed, number)
        say(f"seed {seed} case {number}: {case.sizes}")
        try:
            totals.update(check_case(modules, case))
        except (AssertionError, attn_rt.Error) as error:
            text = describe(modules, case, error)
            if not options.whole:
                say(text)
                text += shrink(modules, case, error)
            raise AssertionError(text) from error
    return totals


def child(options, variants, seed, pipe):
    try:
        pipe.send(("done", check_module(options, variants, seed, lambda text: pipe.send(("at", text)))))
    except Exception as error:
        pipe.send(("failed", str(error) if isinstance(error, AssertionError) else "".join(traceback.format_exception(error))))


class Runner:
    """Modules in processes of their own, as a wrong kernel may end one."""

    def __init__(self, options, variants):
        self.options, self.variants, self.totals, self.failures, self.running = options, variants, collections.Counter(), 0, {}
        self.fork, self.started = multiprocessing.get_context("fork"), time.monotonic()

    def start(self, seed):
        mine, theirs = self.fork.Pipe(duplex=False)
        process = self.fork.Process(target=child, args=(self.options, self.variants, seed, theirs))
        process.start()
        theirs.close()
        self.running[mine] = [process, seed, f"seed {seed}", time.monotonic()]

    def fail(self, seed, text):
        self.failures += 1
        print(f"FAILED {text}\nto repeat: masks.py --compile={self.options.compile} --module={seed}", flush=True)

    def step(self):
        """Hears of all that have something to say, or of those that have run for too long."""
        for pipe in multiprocessing.connection.wait(list(self.running), timeout=10):
            process, seed, where, _ = self.running[pipe]
            try:
                kind, what = pipe.recv()
            except EOFError:
                process.join()
                self.fail(seed, f"{where}\nexpects a run to end, but got exit status {process.exitcode}")
                kind, what = "gone", None
            if kind == "at":
                self.running[pipe][2] = what
                continue
            if kind == "done":
                self.totals.update(what)
            elif kind == "failed":
                self.fail(seed, what)
            process.join()
            del self.running[pipe]
        for pipe, (process, seed, where, began) in list(self.running.items()):
            if time.monotonic() - began > SECONDS:
                process.kill()
                self.fail(seed, f"{where}\nexpects a run to end, but got none in {SECONDS} seconds")
                del self.running[pipe]

    def run(self, seeds):
        waiting, minute = list(seeds), 0
        total = len(waiting)
        while waiting or self.running:
            elapsed = time.monotonic() - self.started
            if self.options.minutes and elapsed > 60 * self.options.minutes:
                waiting = []
            while waiting and len(self.running) < self.options.jobs:
                self.start(waiting.pop(0))
            self.step()
            if elapsed // 60 != minute:
                minute = elapsed // 60
                print(f"{elapsed:.0f} s: {self.totals['modules']} of {total} modules, {self.totals['cases']} cases, {self.failures} failures", flush=True)


def report(variants, runner):
    """Prints what was compared, and what it was made of; the exit status."""
    totals = runner.totals
    for kind in sorted(kind for kind in totals if kind.startswith("in ")):
        print(f"  {kind}: {totals[kind]}")
    print(
        f"{', '.join(variants)}: {totals['modules']} modules, {totals['cases']} cases ({totals['nothing']} without a visible pair, {totals['everything']} with "
        f"all visible), {totals['refused']} refused as they should, {totals['tiles']} tiles, {totals['skipped']} skipped, "
        f"{totals['explained']} counts as explained; elements compared: "
        f"{totals['compared']} with the oracle, {totals['reference']} of the reference lowering with the oracle, {totals['both']} with the reference lowering"
    )
    print(f"{totals['cases']} cases, {runner.failures} failures, {totals['compared'] + totals['reference'] + totals['both']} elements compared")
    return 0 if not runner.failures and all(totals[kind] for kind in ("compared", "reference", "both")) else 1


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--shapes", type=int, default=30, help="cases of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--module", type=int, help="the seed of one module, as failures name it")
    parser.add_argument("--case", type=int, help="one case of each module")
    parser.add_argument("--minutes", type=float, help="start no module after so long: the report has what was reached")
    parser.add_argument("--whole", action="store_true", help="leave failures as they are")
    return parser.parse_args()


def main():
    options = parse()
    variants = variants_here(options.compile)
    runner = Runner(options, variants)
    print(f"{run([options.compile, '--version']).strip()}; seed {options.seed}, {options.shapes} cases a module", flush=True)
    count = -(-options.cases // options.shapes)
    runner.run([options.module] if options.module is not None else [options.seed * 1_000_000 + number for number in range(count)])
    return report(variants, runner)


if __name__ == "__main__":
    sys.exit(main())
