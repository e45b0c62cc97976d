# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each file of examples/zoo computes what its paper defines.

    check_zoo.py [NAME...]

A file is compiled, run through the Python package on all shapes that the zoo names, and compared, element for element, with dense attention in float64
under the definition of examples/zoo/*.py. Results have to be the same bits for one and for three threads. A file without a definition is a failure.

Cost follows visibility: of a file that is a mask and nothing else, the tiles that the trace of a run reports have to be those of which the definition makes
a pair visible, and no other; but for a few files (MORE), which say why.

The tolerance of a run is twice the error that numpy makes in float32, plus a floor: a score of magnitude S carries a rounding error of about S units in
the last place, which is as large an error relative to its weight; exp, the division and the sum add a few units, and |v| <= 2: 8 (1 + S) 2 eps.
"""

import glob
import os
import sys

import numpy as np

import attn_rt

HERE = os.path.dirname(os.path.abspath(__file__))
ZOO = os.path.join(HERE, "..", "..", "..", "examples", "zoo")
sys.path[:0] = [ZOO, os.path.join(HERE, "..", "attention")]

import measure  # noqa: E402
import zoo  # noqa: E402
from oracle import attention  # noqa: E402


# Files that compute more tiles than those with a visible pair, and how many times as many at most. The groups of rolled tokens that lie at both ends of the
# sequence have the same queries: a strip of blocks walks from one end to the other. A dilated axis that its remainders do not share evenly has windows at its
# end that move inside for some remainders only: what a box lists is bounded for all of them.
MORE = {"longlora": 1.6, "sink_lora": 1.6, "dina": 1.05}


def dense(pattern, values, seen, dtype):
    """The output of dense attention in numpy, in the precision `dtype`, where `seen` tells the visible pairs."""
    options = {"scale": 0.125} | pattern.options(values, dtype)
    output, _ = attention(*pattern.operands(values, dtype), mask=lambda *at: seen, **options)
    return pattern.finish(output, values, dtype)


def floor(values):
    """Of the tolerance, for scores of these queries and keys; what a score function adds is no larger than they may be."""
    lengths = [np.sqrt((values[name].astype(np.float64) ** 2).sum(axis=-1).max(initial=0)) for name in "qk"]
    return 16 * (1 + 0.125 * lengths[0] * lengths[1]) * np.finfo(np.float32).eps


def compare(where, value, exact, naive, least):
    """The number of elements; raises where one is too far from the exact answer."""
    assert value.shape == exact.shape and value.dtype == np.float32, f"{where}: {value.shape} of {value.dtype}"
    error, allowed = np.abs(value - exact).max(initial=0), 2 * np.abs(naive - exact).max(initial=0) + least
    assert error <= allowed, f"{where}: off by {error:.2e}, allowed {allowed:.2e}"
    return value.size


def traced(model, values):
    """The output of a run, and how many tiles of scores its attentions computed."""
    events = []
    o = model.using(trace=events.append)(**values)
    return o, sum(event.tiles_done for event in events if event.kind == "attention")


def check(name):
    """The number of compared elements of one file, and of compared tiles."""
    pattern, compared, tiles = zoo.PATTERNS[name], 0, 0
    plan = measure.schedule(name) if name in zoo.MASKS else None
    model = attn_rt.compile(zoo.source(name), "--target=native", threads=1)
    assert list(model) == [name], f"{name}: expects one function of that name, but got {list(model)}"
    for shape in pattern.shapes:
        values = zoo.draw(pattern, shape)
        o, done = traced(model, values)
        assert np.array_equal(model.using(threads=3)(**values), o, equal_nan=True), f"{name} {shape}: three threads differ"
        seen = pattern.seen(shape, values)
        exact, naive = (dense(pattern, values, seen, dtype) for dtype in (np.float64, np.float32))
        compared += compare(f"{name} {shape}", o, exact, naive, floor(values))
        if plan:
            wanted = measure.tiles_to_compute(seen, shape, plan)
            most = int(wanted * MORE.get(name, 1))
            assert wanted <= done <= most, f"{name} {shape}: expects {wanted} to {most} tiles to be computed, but got {done}"
            tiles += done
    assert compared and (tiles or not plan), f"{name}: expects elements and tiles to compare, but got {compared} and {tiles}"
    return compared, tiles


def main():
    files = {os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(ZOO, "*.mlir"))}
    assert files == set(zoo.PATTERNS), f"expects a definition for each file, but got {sorted(files ^ set(zoo.PATTERNS))}"
    failures = 0
    for name in sys.argv[1:] or zoo.PATTERNS:
        try:
            compared, tiles = check(name)
            print(f"{name}: {compared} elements compared with the oracle" + (f", {tiles} tiles with the definition" if tiles else ""), flush=True)
        except Exception as error:  # the others are to be seen too
            failures += 1
            print(f"FAILED {name}: {error}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
