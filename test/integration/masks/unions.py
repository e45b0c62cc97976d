# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Unions that `attn-simplify-masks{split-unions}` makes two attentions of: their kernels against the oracle and the reference lowering.

    unions.py --compile=attn-compile --opt=attn-opt [--shapes=12]

Each mask below is captured, split by the pass, and compiled on; the reference is made of the whole mask, without the optimisations that kernels get. Each has
to have been split: a mask that stays one attention is a failure.
"""

import argparse
import collections
import os
import random
import subprocess
import sys

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guarded"), os.path.join(HERE, "..", "attention"), HERE]

import attn_rt  # noqa: E402
import grids as g  # noqa: E402
import terms as t  # noqa: E402

from draws import draw_sizes  # noqa: E402
from guarded import run, variants_here  # noqa: E402
from modules import Case, Modules, check_case  # noqa: E402
from sweep_programs import Program  # noqa: E402


def at_distance(distance):
    return t.integer_set([(("-", ("-", "i", "j"), distance), "eq")])


def lengths():
    return t.length(t.Symbol("i64", (t.plain("b"),), "bound"))


MASKS = {
    "sinks and a window": t.both([t.causal(0), t.either([t.prefix(4), t.window(255, 0)])]),
    "two distances": t.either([at_distance(100), at_distance(0)]),
    "blocks and sinks": t.either([t.prefix(16), g.blocks(64, 0, 0)]),
    "three parts": t.either([at_distance(200), t.window(7, 0), t.prefix(3)]),
    "lengths of both parts": t.both([lengths(), t.either([at_distance(150), t.window(31, 0)])]),
    "a length of one part": t.either([t.both([lengths(), at_distance(90)]), t.window(20, 5)]),
}


class SplitModules(Modules):
    """Kernels of two attentions."""

    def open(self, program, opt):
        self.program, self.source = program, os.path.join(self.folder.name, "a.mlir")
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(program.mlir())
        self.reference = self._compile("reference.so", "--attn-strategy=reference")
        captured, whole = os.path.join(self.folder.name, "captured.mlir"), self.source
        run([self.compiler, whole, "--compile-to=capture", f"--target={self.variant}", "-o", captured])
        self.source = os.path.join(self.folder.name, "split.mlir")
        run([opt, captured, "--pass-pipeline=builtin.module(attn-simplify-masks{split-unions=true})", "-o", self.source])
        with open(self.source, encoding="utf-8") as file:
            text = file.read()
        assert text.count("attn.attention") == 2 and text.count("attn.merge") == 1, f"expects {program.mask.text} to be split, but got\n{text}"
        self.kernels = self._compile("kernels.so", "--compile-from=capture")

    def explained(self, values):
        """--explain counts the tiles of the whole mask's attention."""
        return None


def check(options, variant, mask, gain):
    """Counters of one mask on some shapes."""
    program = Program(mask.named(), "none", "softmax", False, True, False, (0, 0, 0, 0), 0.37, {"D": 16, "E": 16}, gain=gain)
    modules, totals = SplitModules(options.compile, variant), collections.Counter()
    modules.open(program, options.opt)
    for number in range(options.shapes):
        seed = f"{options.seed} {number}"
        totals.update(check_case(modules, Case(program, draw_sizes(random.Random(seed), program), seed)))
    return totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--opt", required=True)
    parser.add_argument("--shapes", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    totals, failures, variants = collections.Counter(), 0, variants_here(options.compile)
    for number, (name, mask) in enumerate(MASKS.items()):
        try:
            totals.update(check(options, variants[number % len(variants)], mask, "keys" if number % 3 == 2 else "none"))
        except (AssertionError, attn_rt.Error, subprocess.SubprocessError) as error:
            failures += 1
            print(f"FAILED {name}: {error}", flush=True)
    compared = totals["compared"] + totals["reference"] + totals["both"]
    print(f"{len(MASKS)} unions split, {totals['cases']} cases, {totals['skipped']} tiles skipped, {failures} failures, {compared} elements compared")
    return 0 if not failures and compared else 1


if __name__ == "__main__":
    sys.exit(main())
