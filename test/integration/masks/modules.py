# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One module and its cases: compiling it twice, running a case beside protected pages, comparing, and making a failure smaller."""

import collections
import dataclasses
import os
import random
import re
import subprocess
import tempfile

import attn_rt
import numpy as np

from draws import draw_program, draw_sizes, simpler_programs, simpler_sizes
from guarded_arrays import Place
from sweep_values import Comparison, draw_values, positions, visibility, whole

# Compilations that making a failure smaller may take.
TRIES = 60
# Of so many cases one is asked how many tiles it takes, where no symbol decides it.
EXPLAINED = 10


@dataclasses.dataclass
class Case:
    program: object
    sizes: dict
    seed: str  # of all values

    def draw(self):
        return draw_values(self.program, self.sizes, np.random.default_rng(list(self.seed.encode())), random.Random(self.seed + " values"))


class Modules:
    """The module of a program, by kernels and by the reference lowering."""

    def __init__(self, compiler, variant):
        self.compiler, self.variant, self.program, self.folder = compiler, variant, None, tempfile.TemporaryDirectory()
        self.places = collections.defaultdict(Place)

    def draw(self, seed):
        self.program = draw_program(random.Random(seed))
        return self.program

    def case(self, seed, number):
        name = f"{seed} {number}"
        return Case(self.program, draw_sizes(random.Random(name), self.program), name)

    def _compile(self, name, *options):
        module = os.path.join(self.folder.name, name)
        done = subprocess.run([self.compiler, self.source, "-o", module, f"--target={self.variant}", *options], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"expects attn-compile to succeed, but got exit status {done.returncode}: {done.stderr[-2000:]}")
        return attn_rt.load(module, threads=1).using(trace=self._trace)

    def _trace(self, event):
        self.events.append(event)

    def open(self, program):
        self.program, self.source = program, os.path.join(self.folder.name, "a.mlir")
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(program.mlir())
        self.kernels, self.reference = self._compile("kernels.so"), self._compile("reference.so", "--attn-strategy=reference")

    def run(self, function, values, at_end):
        """Results of one run, as ../guarded/halves.py stores them, and its trace."""
        arguments = {name: opened(self.places[name].put(value, at_end)) for name, value in values.arguments.items()}
        shapes = function.plan(**arguments).shapes
        out, places = {}, {}
        for info in function.results:
            dtype = {"bf16": np.dtype("u2"), "f16": np.dtype("f2"), "f32": np.dtype("f4")}[info.dtype]
            # Every bit set is a NaN.
            places[info.name] = self.places[info.name].put(np.full(shapes[info.name], -1, f"i{dtype.itemsize}").view(dtype), at_end, writable=True)
            out[info.name] = attn_rt.BFloat16(places[info.name]) if info.dtype == "bf16" else places[info.name]
        self.events = []
        function.using(out=out, trace=self._trace)(**arguments)
        stored = {info.name: places[info.name].copy() for info in function.results}
        return [value.view("V2") if info.dtype == "bf16" else value for info, value in zip(function.results, stored.values())]


    def explained(self, values):
        """Tiles done and skipped as --explain counts them at these sizes, or None where they depend on what symbols hold."""
        sizes = {}
        for info in self.kernels.args:
            sizes.update({dim: size for dim, size in zip(info.dims, values.arguments[info.name].shape) if isinstance(dim, str)})
        at = ",".join(f"{dim}={size}" for dim, size in sizes.items())
        command = [self.compiler, self.source, f"--target={self.variant}", "--compile-to=optimise", "--explain", f"--at={at}", "-o", os.devnull]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"expects --explain at {at} to succeed, but got {done.stderr[-1000:]}")
        found = re.findall(r"(\d+) done \((\d+) bare\), (\d+) skipped", done.stdout + done.stderr)
        return (int(found[0][0]), int(found[0][2])) if len(found) == 1 else None


def check_tiles(modules, case, values):
    """Whether the last run of the kernels reported the tiles that --explain counts; what was counted."""
    if case.program.symbols or case.program.split or int(case.seed.split()[-1]) % EXPLAINED:
        return collections.Counter()
    counted = modules.explained(values)
    if counted is None:
        return collections.Counter()
    got = sum(event.tiles_done for event in modules.events), sum(event.tiles_skipped for event in modules.events)
    if got != counted:
        raise AssertionError(f"expects {counted} tiles done and skipped, as --explain says, but got {got}")
    return collections.Counter(explained=1)


def opened(array):
    """An array as attn_rt takes it; ../guarded/halves.py has bf16 as two opaque bytes."""
    return attn_rt.BFloat16(array.view(np.uint16)) if array.dtype.kind == "V" else array


def check_refused(modules, values, at_end):
    """Both modules have to refuse a run whose symbols break a demand of the mask."""
    for function in (modules.kernels, modules.reference):
        try:
            modules.run(function, values, at_end)
        except attn_rt.Error as error:
            if not str(error).startswith("expects "):
                raise AssertionError(f"expects a refusal to say what is expected, but got '{error}'") from error
            continue
        raise AssertionError("expects symbols that break a demand of the mask to fail the run, but got results")
    return collections.Counter(cases=1, refused=1)


def check_case(modules, case):
    """Counters of one case; raises AssertionError where something is not as the oracle says."""
    program, values = case.program, case.draw()
    at_end = random.Random(case.seed + " place").random() < 0.5
    if program.mask.refuses(whole(program, case.sizes), values.arguments, *positions(program, case.sizes)):
        return check_refused(modules, values, at_end)
    with np.errstate(all="ignore"):
        comparison = Comparison(program, case.sizes, values)
        seen = visibility(program, case.sizes, values.arguments)
    results = ["o", "lse"] if program.lse else ["o"]
    totals = collections.Counter(cases=1, nothing=not seen.any(), everything=bool(seen.all()))
    kernels = modules.run(modules.kernels, values, at_end)
    totals.update(tiles=sum(event.tiles_done for event in modules.events), skipped=sum(event.tiles_skipped for event in modules.events))
    totals.update(check_tiles(modules, case, values))
    reference = modules.run(modules.reference, values, at_end)
    totals["reference"] += comparison.with_oracle(results, reference, f"{modules.variant}, reference lowering")
    totals["compared"] += comparison.with_oracle(results, kernels, modules.variant)
    totals["both"] += comparison.with_each_other(results, kernels, reference, modules.variant)
    return totals


# -- Failures --------------------------------------------------------------------------------------------------------------------------


def describe(modules, case, error):
    seed, number = case.seed.split()
    return f"seed {seed} case {number} ({modules.variant}): {case.program} {case.sizes}\n{error}\n"


def fails(modules, case):
    """What is wrong with a case, or None."""
    try:
        check_case(modules, case)
    except (AssertionError, attn_rt.Error) as error:
        return error
    return None


def shrink_program(modules, case, kind):
    """The case with as little in its program as still fails, and in the same way: with an error of that kind."""
    tries, changed = 0, True
    while changed and tries < TRIES:
        changed = False
        for program in simpler_programs(case.program):
            less, tries = dataclasses.replace(case, program=program, sizes=case.sizes | program.sizes), tries + 1
            try:
                modules.open(program)
            except AssertionError:
                continue
            if isinstance(fails(modules, less), kind):
                case, changed = less, True
                break
            if tries >= TRIES:
                break
    return case


def shrink(modules, case, first):
    """The text of a smaller case that fails, too; `first` is what was wrong."""
    case = shrink_program(modules, case, type(first))
    modules.open(case.program)
    error, changed = fails(modules, case), True
    while changed:
        changed = False
        for sizes in simpler_sizes(case.program, case.sizes):
            less = dataclasses.replace(case, sizes=sizes)
            wrong = fails(modules, less)
            if isinstance(wrong, type(first)):
                case, error, changed = less, wrong, True
                break
    symbols = {symbol.name: case.draw().arguments[symbol.name].tolist() for symbol in case.program.symbols}
    return f"smaller: {case.program} {case.sizes} {str(symbols)[:300]}\n{error}\n{case.program.mlir()}"
