# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The numbers of the zoo's table: tiles from the trace of a run against tiles counted from the definition, and times against the dense kernel's rate.

The rate is taken from dense attention on both sides of every sample, so that a slow second is slow for both; ratios are taken within a round."""

import os
import re
import statistics
import subprocess
import time

import numpy as np

import attn_rt
import zoo
from pattern import SIZE, Shape

DENSE = Shape(2048, heads=4)
SAMPLE_NS = 10_000_000  # a sample repeats what is shorter


def kernel(name):
    """Rows and columns of a tile, which --explain shows as 14x32."""
    command = ["attn-compile", zoo.source(name), "-o", os.devnull, "--target=native", "--explain"]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return tuple(int(side) for side in re.search(r" attention .* (\d+)x(\d+) +\d+x\d+ ", text).groups())


def visible_tiles(seen, shape, rows, columns):
    """Tiles of which at least one pair is visible, over all heads: strips of queries and panels of keys, counted from the first of each."""
    batch, heads, queries, keys = seen.shape
    padded = np.zeros((batch, heads, -(-queries // rows) * rows, -(-keys // columns) * columns), bool)
    padded[:, :, :queries, :keys] = seen
    tiles = padded.reshape(batch, heads, -1, rows, padded.shape[3] // columns, columns).any(axis=(3, 5))
    return int(tiles.sum()) * (shape.batch // batch) * (shape.heads // heads)


class Member:
    """A compiled pattern with arguments for one shape."""

    def __init__(self, name, shape=None):
        self.name, self.pattern = name, zoo.PATTERNS[name]
        self.shape = shape or self.pattern.bench
        self.values = zoo.draw(self.pattern, self.shape)
        self.out = np.empty_like(self.values["q"])
        model = attn_rt.compile(zoo.source(name), "--target=native", threads=1)
        self.workspace = model[name].plan(**self.values).workspace_bytes
        events = []
        model.using(trace=events.append, out=self.out)(**self.values)
        events = [event for event in events if event.kind == "attention"]
        self.done, self.flops = sum(event.tiles_done for event in events), sum(event.flops for event in events)
        self.run = model.using(out=self.out, poll=False)
        self.once = max(1, min(self.nanoseconds(1) for _ in range(2)))
        self.repeat = max(1, SAMPLE_NS // self.once)

    def nanoseconds(self, repeat=None):
        """Of one run, the mean of a sample."""
        repeat = repeat or self.repeat
        begin = time.perf_counter_ns()
        for _ in range(repeat):
            self.run(**self.values)
        return (time.perf_counter_ns() - begin) / repeat

    @property
    def symbol_bytes(self):
        """Of what a mask reads at run time: lengths and tables."""
        return sum(value.nbytes for name, value in self.values.items() if name not in "qkv")


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def table(names, rounds):
    members, dense = [Member(name) for name in names], Member("mha_bidirectional", DENSE)
    ratios, times = {name: [] for name in names}, {name: [] for name in names}
    for _ in range(rounds):
        before = dense.nanoseconds()
        for member in members:
            nanoseconds, after = member.nanoseconds(), dense.nanoseconds()
            ideal = member.flops / dense.flops * (before + after) / 2
            times[member.name].append(nanoseconds)
            ratios[member.name].append(nanoseconds / ideal)
            before = after
    yield row("pattern", "tokens", "heads", "density", "tiles computed", "to compute", "visible of computed", "ms", "ideal ms", "ratio", "symbols, bytes",
              "workspace, KiB")
    yield row(*["---"] * 12)
    for member in members:
        yield row(*cells(member, statistics.median(times[member.name]), statistics.median(ratios[member.name])))


def cells(member, nanoseconds, ratio):
    shape, (rows, columns) = member.shape, kernel(member.name)
    seen = member.pattern.seen(shape, member.values)
    share = shape.heads // seen.shape[1] * (shape.batch // seen.shape[0])
    visible, tokens = int(seen.sum()) * share, "x".join(map(str, shape.grid or (shape.queries,)))
    return [member.name, tokens, str(shape.heads), f"{100 * seen.mean():.2f} %", str(member.done), str(visible_tiles(seen, shape, rows, columns)),
            f"{100 * visible / (member.flops / (4 * SIZE)):.0f} %", f"{nanoseconds / 1e6:.2f}", f"{nanoseconds / ratio / 1e6:.2f}", f"{ratio:.2f}",
            str(member.symbol_bytes), f"{member.workspace / 1024:.0f}"]


# -- Growth --------------------------------------------------------------------------------------------------------------------------------

GROWING = ("sliding_window", "sliding_window_sinks", "dilated_window", "power_attention")


def peak_bytes():
    """The most memory that the process held since `forget_peak`."""
    with open("/proc/self/status", encoding="ascii") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def forget_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")


def growth(names):
    """Time and memory of one head as the sequence grows."""
    yield row("pattern", "tokens", "tiles computed", "ms", "us a tile", "workspace, bytes a token", "peak memory over that of the tensors, MiB")
    yield row(*["---"] * 7)
    for name in names:
        for length in (4096, 16384, 65536, 262144) if name in GROWING else ():
            forget_peak()
            before = peak_bytes()
            member = Member(name, Shape(length, heads=1))
            tensors = sum(value.nbytes for value in member.values.values()) + member.out.nbytes
            nanoseconds = statistics.median(member.nanoseconds() for _ in range(3))
            yield row(name, str(length), str(member.done), f"{nanoseconds / 1e6:.2f}", f"{nanoseconds / 1e3 / member.done:.2f}",
                      f"{member.workspace / length:.0f}", f"{(peak_bytes() - before - tensors) / 2 ** 20:.1f}")
            del member
