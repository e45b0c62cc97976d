#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weights.py make FILE: writes the safetensors file that weights.mlir names.
weights.py check SECTION: compares a module's weights with what weights.mlir says, element by element."""

import json
import struct
import sys

TENSORS = {
    "a": ([3], [1.0, 2.0, 3.0]),
    "b": ([1, 2], [4.0, 5.0]),
    "c": ([2, 2], [6.0, 7.0, 8.0, 9.0]),
    "d": ([5, 3], [10.0 * row + column + 0.5 for row in range(5) for column in range(3)]),
    "exchanged": ([3, 5], [10.0 * row + column + 0.5 for column in range(3) for row in range(5)]),
    "wide": ([3, 3], [0.0] * 9),
}


def make(path):
    header, data = {}, b""
    for name, (shape, values) in TENSORS.items():
        packed = struct.pack("<%df" % len(values), *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    header["half"] = {"dtype": "F16", "shape": [3], "data_offsets": [len(data), len(data) + 6]}
    data += b"\0" * 6
    header["tiny"] = {"dtype": "F8_E5M2", "shape": [3], "data_offsets": [len(data), len(data) + 3]}
    data += b"\0" * 3
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def check(path):
    expected = [0.0] * 128
    expected[0:3] = TENSORS["a"][1]
    expected[16:22] = TENSORS["b"][1] + TENSORS["c"][1]
    d, at = TENSORS["d"][1], 32
    for block in range(2):
        for panel in range(2):
            for k in range(2):
                for n in range(4):
                    row, column = panel * 4 + n, block * 2 + k
                    expected[at] = d[row * 3 + column] if row < 5 and column < 3 else 0.0
                    at += 1
    with open(path, "rb") as file:
        actual = struct.unpack("<128f", file.read())
    assert list(actual) == expected, (actual, expected)
    print("%d elements compared" % len(actual))


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
