# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The numbers of the zoo's table: tiles from the trace of a run against tiles counted from the definition, and times against the dense kernel's rate.

The rate is taken from dense attention on both sides of every sample, so that a slow second is slow for both; ratios are taken within a round."""

import multiprocessing
import os
import re
import statistics
import subprocess
import time

import numpy as np

import attn_rt
import zoo
from pattern import SIZE, Shape

DENSE = Shape(4096, heads=1)
BAR = 1.15
SAMPLE_NS = 10_000_000  # a sample repeats what is shorter


def schedule(name):
    """The schedule of a file's attention, as the IR has it: a number for each name, and for a box its sizes."""
    command = ["attn-compile", zoo.source(name), "-o", "-", "--target=native", "--compile-to=optimise"]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    text = re.search(r"#attn\.schedule<([^>]*)>", text).group(1)
    found = {key: int(value) for key, value in re.findall(r"(\w+) = (\d+)", text)}
    box = re.search(r"box = \[([^\]]*)\]", text)
    return found | ({"box": [int(size) for size in box.group(1).split(",")]} if box else {})


def tiles_to_compute(seen, shape, plan):
    """How many tiles have at least one visible pair, over all heads, counted from the definition. A tile is a strip of consecutive queries and a panel of
    consecutive keys; or, of a schedule with boxes, a strip of a box's queries and a panel of the keys that some query of the box sees."""
    strip, panel = plan["strip"], plan["panel"]
    heads = seen.reshape(-1, *seen.shape[2:])
    share = shape.batch * shape.heads // len(heads)
    if "box" in plan:
        grid = shape.grid if len(plan["box"]) == len(shape.grid) else (shape.queries,)
        boxes = np.ravel_multi_index([c // size for c, size in zip(np.unravel_index(np.arange(shape.queries), grid), plan["box"])],
                                     [-(-extent // size) for extent, size in zip(grid, plan["box"])])
        lists = [int(head[boxes == box].any(axis=0).sum()) for head in heads for box in np.unique(boxes)]
        return share * int(np.prod(plan["box"])) // strip * sum(-(-length // panel) for length in lists)
    padded = np.zeros((len(heads), -(-shape.queries // strip) * strip, -(-shape.keys // panel) * panel), bool)
    padded[:, :shape.queries, :shape.keys] = heads
    return share * int(padded.reshape(len(heads), -1, strip, padded.shape[2] // panel, panel).any(axis=(2, 4)).sum())


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
        self.repeat = max(1, int(SAMPLE_NS // self.once))

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
    yield row("pattern", "tokens", "heads", "density", "tile", "tiles computed", "to compute", "visible of computed", "ms", "ideal ms", "ratio",
              "symbols, bytes", "workspace, KiB")
    yield row(*["---"] * 13)
    for member in members:
        yield row(*cells(member, statistics.median(times[member.name]), statistics.median(ratios[member.name])))
    reached = sum(statistics.median(ratios[name]) <= BAR for name in names)
    yield ""
    yield f"{reached} of {len(names)} within {BAR} of the ideal; masks take no memory but for the symbols."


def cells(member, nanoseconds, ratio):
    shape, plan = member.shape, schedule(member.name)
    seen = member.pattern.seen(shape, member.values)
    share = shape.heads // seen.shape[1] * (shape.batch // seen.shape[0])
    tokens, tile = "x".join(map(str, shape.grid or (shape.queries,))), f"{plan['strip']}x{plan['panel']}"
    if "box" in plan:
        tile += " in boxes of " + "x".join(map(str, plan["box"]))
    return [member.name, tokens, str(shape.heads), f"{100 * seen.mean():.2f} %", tile, str(member.done), str(tiles_to_compute(seen, shape, plan)),
            f"{100 * seen.sum() * share / (member.flops / (4 * SIZE)):.0f} %", f"{nanoseconds / 1e6:.2f}", f"{nanoseconds / ratio / 1e6:.2f}",
            f"{ratio:.2f}" if ratio <= BAR else f"**{ratio:.2f}**", str(member.symbol_bytes), f"{member.workspace / 1024:.0f}"]


# -- Growth --------------------------------------------------------------------------------------------------------------------------------

GROWING = ("sliding_window", "sliding_window_sinks", "dilated_window", "power_attention")


def peak_bytes():
    """The most memory that the process held since `forget_peak`."""
    with open("/proc/self/status", encoding="ascii") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def forget_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")


def grown(name, length):
    """The row of one pattern and length."""
    forget_peak()
    before = peak_bytes()
    member = Member(name, Shape(length, heads=1))
    tensors = sum(value.nbytes for value in member.values.values()) + member.out.nbytes
    nanoseconds = statistics.median(member.nanoseconds() for _ in range(3))
    return row(name, str(length), str(member.done), f"{nanoseconds / 1e6:.2f}", f"{nanoseconds / 1e3 / member.done:.2f}", f"{member.workspace / length:.0f}",
               f"{(peak_bytes() - before - tensors) / 2 ** 20:.1f}")


def growth(names):
    """Time and memory of one head as the sequence grows, each in a process of its own: memory that was freed would hide what the next one takes."""
    yield row("pattern", "tokens", "tiles computed", "ms", "us a tile", "workspace, bytes a token", "peak memory over that of the tensors, MiB")
    yield row(*["---"] * 7)
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for name in names:
            for length in (4096, 16384, 65536, 262144) if name in GROWING else ():
                yield pool.apply(grown, (name, length))
