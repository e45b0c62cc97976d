# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""bf16 and f16 in numpy: how a test stores numbers in either, reads them back, and what rounding to them costs.

numpy has no bf16. A tensor of it is an array of two opaque bytes each ('V2'), which is how .npy files of the tools hold it.
"""

import numpy as np

# Half of the distance between 1 and the next number: what one rounding is off by, relative to the result; and the same in absolute terms near zero, where
# f16 has denormals. bf16 reaches as far down as f32.
UNIT = {"f32": 0.0, "bf16": 2.0**-8, "f16": 2.0**-11}
LEAST = {"f32": 0.0, "bf16": 2.0**-126, "f16": 2.0**-25}


def bits_of_bf16(values):
    """The bf16 nearest to each f32, of two the even one, as 16 bits; a NaN stays one."""
    values = np.ascontiguousarray(values, np.float32)
    bits = values.view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(values), (bits >> 16) | 0x40, rounded).astype(np.uint16)


def store(values, kind):
    """Numbers of float32 as an array that np.save writes with elements of `kind`: the same array where that is float32."""
    if kind == "bf16":
        return bits_of_bf16(values).view("V2").reshape(np.shape(values))
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values).astype({"f16": np.float16, "f32": np.float32, "f64": np.float64}[kind], copy=False)


def load(stored, kind):
    """The numbers of such an array, exactly, as float32."""
    if kind == "bf16":
        bits = np.ascontiguousarray(stored).view(np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32).reshape(stored.shape)
    return stored.astype(np.float32)


def kind_of(stored):
    """The name of the elements' type."""
    return "bf16" if stored.dtype.kind == "V" else {"float16": "f16", "float32": "f32", "float64": "f64"}[stored.dtype.name]


def rounded(values, kind):
    """Numbers of float32 after they were stored."""
    return load(store(values, kind), kind)
