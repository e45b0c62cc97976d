# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each file of examples/zoo computes what its paper defines.

    check_zoo.py [NAME...]

A file is compiled, run through the Python package on all shapes that the zoo names, and compared, element for element, with dense attention in float64
under the definition of examples/zoo/*.py. Results have to be the same bits for one and for three threads. A file without a definition is a failure.

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

import zoo  # noqa: E402
from oracle import attention  # noqa: E402


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


def check(name):
    """The number of compared elements of one file."""
    pattern, compared = zoo.PATTERNS[name], 0
    model = attn_rt.compile(zoo.source(name), "--target=native", threads=1)
    assert list(model) == [name], f"{name}: expects one function of that name, but got {list(model)}"
    for shape in pattern.shapes:
        values = zoo.draw(pattern, shape)
        o = model(**values)
        assert np.array_equal(model.using(threads=3)(**values), o, equal_nan=True), f"{name} {shape}: three threads differ"
        seen = pattern.seen(shape, values)
        exact, naive = (dense(pattern, values, seen, dtype) for dtype in (np.float64, np.float32))
        compared += compare(f"{name} {shape}", o, exact, naive, floor(values))
    return compared


def main():
    files = {os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(ZOO, "*.mlir"))}
    assert files == set(zoo.PATTERNS), f"expects a definition for each file, but got {sorted(files ^ set(zoo.PATTERNS))}"
    failures = 0
    for name in sys.argv[1:] or zoo.PATTERNS:
        try:
            compared = check(name)
            assert compared, f"{name}: expects elements to compare, but got none"
            print(f"{name}: {compared} elements compared with the oracle", flush=True)
        except Exception as error:  # the others are to be seen too
            failures += 1
            print(f"FAILED {name}: {error}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
