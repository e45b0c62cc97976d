# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The inputs on which a compiled MiniLM is compared with its oracles: token ids, attention masks, token types.

Everything is made from a fixed seed by `numpy.random.RandomState`, whose stream numpy promises never to change, so that
the stored vectors of `oracle.npz` and the numbers computed here belong to the same inputs on every machine.
"""

import collections

import numpy as np

PAD, CLS, SEP = 0, 101, 102
FIRST_WORD, VOCABULARY = 1000, 30522
HIDDEN_ROWS = 6  # unmasked tokens for each case whose hidden states are stored

Case = collections.namedtuple("Case", "name ids mask types")


def _tokens(random, length):
    """[CLS] words [SEP], cut to `length`, as a tokenizer would have made it from a text of that length."""
    words = random.randint(FIRST_WORD, VOCABULARY, size=length)
    words[0] = CLS
    if length > 1:
        words[-1] = SEP
    return words


def _case(name, seed, lengths, width=None, mask=None, left=False, types=None):
    """One batch: a row for each length, padded to `width`; `mask(row, index)` edits a row's mask in place."""
    random = np.random.RandomState(seed)
    width = width or max(lengths)
    ids = np.full((len(lengths), width), PAD, np.int64)
    ones = np.zeros((len(lengths), width), np.int64)
    for row, length in enumerate(lengths):
        where = slice(width - length, width) if left else slice(0, length)
        ids[row, where] = _tokens(random, length)
        ones[row, where] = 1
        if mask:
            mask(ones[row], row)
    kinds = np.zeros_like(ids)
    if types:
        kinds[:, types:] = 1
    return Case(name, ids, ones, kinds)


def _holes(row, index):
    """Every third token is hidden, beginning with the first in odd rows; the masks are no prefixes."""
    row[index % 2 :: 3] = 0


def _hole_in_third_row(row, index):
    """One row alone is no prefix, and hides one token only: a test of the whole batch must not stop early."""
    if index == 2:
        row[len(row) // 2] = 0


def _one_visible(row, index):
    """A single token is visible, at another place in each row."""
    row[:] = 0
    row[(index * 5) % len(row)] = 1


def _none(row, index):
    row[:] = 0


def _every_other_empty(row, index):
    if index % 2:
        row[:] = 0


def cases():
    """All cases, small ones first, so that a fault shows early."""
    return [
        _case("length_1", 1, [1]),
        _case("length_2", 2, [2]),
        _case("mixed_small", 3, [7, 1, 16, 3, 11]),
        _case("left_padded", 4, [5, 17, 9, 1], left=True),
        _case("holed", 5, [23, 23, 12], mask=_holes),
        _case("one_hole", 17, [9, 12, 12, 5], mask=_hole_in_third_row),
        _case("one_visible", 6, [13, 13, 13], mask=_one_visible),
        _case("all_zero", 7, [9, 4], mask=_none),
        _case("some_rows_zero", 8, [9, 6, 14, 14], mask=_every_other_empty),
        _case("padded_wide", 9, [3, 8], width=70),
        _case("token_types", 10, [21], types=10),
        _case("length_127", 11, [127]),
        _case("length_256", 12, [256]),
        _case("left_padded_long", 13, [130, 200], left=True),
        _case("holed_long", 14, [300], mask=_holes),
        _case("length_512", 15, [512]),
        _case("mixed_long", 16, [512, 31, 256, 127, 1, 64, 2, 385]),
    ]


def stored_rows(case):
    """The (row, token) pairs, all unmasked, whose hidden states `oracle.npz` keeps: the ends and some between."""
    visible = np.argwhere(case.mask == 1)
    if len(visible) <= HIDDEN_ROWS:
        return visible
    picks = np.linspace(0, len(visible) - 1, HIDDEN_ROWS).round().astype(int)
    return visible[picks]
