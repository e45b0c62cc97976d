# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The members of the zoo by name, and how to draw arguments for one of them."""

import os

import numpy as np

import grids
import lines
import scores
from pattern import SIZE

HERE = os.path.dirname(os.path.abspath(__file__))
PATTERNS = {pattern.name: pattern for pattern in lines.PATTERNS + grids.PATTERNS + scores.PATTERNS}
# Those that are a mask and nothing else.
MASKS = [pattern.name for pattern in lines.PATTERNS + grids.PATTERNS]


def source(name):
    return os.path.join(HERE, name + ".mlir")


def draw(pattern, shape, seed=1):
    """Arguments by name: uniform numbers, so that scores have a spread of about one, and the pattern's own symbols."""
    random = np.random.default_rng(seed)

    def tokens(heads, count):
        return random.uniform(-2, 2, (shape.batch, heads, count, SIZE)).astype(np.float32)

    values = {"q": tokens(shape.heads, shape.queries), "k": tokens(shape.key_heads, shape.keys), "v": tokens(shape.key_heads, shape.keys)}
    return values | pattern.symbols(shape, random)
