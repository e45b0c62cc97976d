# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of attn_rt.py share: the test modules, comparison bit for bit with a count of elements, sentences of errors."""

import os
import sys
import unittest

import numpy as np

import attn_rt

try:
    import torch
except ImportError:
    torch = None

MODULES = os.environ["ATTN_RT_TEST_MODULES"]
# Element types of the runtime and numpy's; bf16 has none.
DTYPES = {"bool": "?", "i8": "i1", "i16": "i2", "i32": "i4", "i64": "i8", "u8": "u1", "u16": "u2", "u32": "u4", "u64": "u8", "f16": "f2",
          "f32": "f4", "f64": "f8"}
compared = 0


def path(name):
    return os.path.join(MODULES, name + ".so")


def noise(name, shape, seed=1):
    """Random bits, of which floats get no NaN, so that == compares them."""
    random = np.random.default_rng(seed)
    if name.startswith("f"):
        return random.standard_normal(shape).astype(DTYPES[name])
    return random.integers(0, 2 if name == "bool" else 100, shape).astype(DTYPES[name])


class Test(unittest.TestCase):
    def same(self, actual, expected):
        """Equal in type, shape and every element."""
        global compared
        self.assertEqual((actual.dtype, actual.shape), (expected.dtype, expected.shape))
        self.assertTrue((actual == expected).all(), "expects %s, but got %s" % (expected, actual))
        compared += actual.size

    def refused(self, status, message, call, *values, **named):
        with self.assertRaises(attn_rt.Error) as caught:
            call(*values, **named)
        self.assertEqual(str(caught.exception), message)
        self.assertIs(caught.exception.status, status)


def main():
    print("numpy %s, torch %s" % (np.__version__, torch.__version__ if torch else "is not installed"))
    result = unittest.main(exit=False, verbosity=2).result
    sys.stderr.flush()
    print("%d elements compared" % compared, flush=True)
    sys.exit(0 if result.wasSuccessful() and result.testsRun and compared else 1)
