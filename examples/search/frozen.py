# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The test lines of the tokenizer and a hash of what becomes of them.

unicode_test.cpp makes the same lines and the same hash, so that a C++ test needs no Python: keep the two alike.
"""

LINES = 10000
MASK = (1 << 64) - 1
TRICKY = [0x1D165, 0x1D16D, 0x302E, 0x1B44, 0x8D4, 0x1E94A, 0xD55C, 0x1D15F,
          0x4E00, 0xF900, 0x345, 0x334, 0xFFFD, 0x130, 0x3A3, 0xA0]


def splitmix64(seed):
    """An endless stream of 64-bit numbers."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def _code_point(number):
    """ASCII and spaces mostly, the rest from ever larger parts of Unicode, with marks and known troublemakers."""
    choice, value = number >> 60, number & 0xFFFFFFFF
    if choice < 8:
        code = 0x20 + value % 0x5F
    elif choice < 10:
        code = 0x20
    elif choice < 12:
        code = value % 0x3000
    elif choice < 13:
        code = 0x300 + value % 0x70
    elif choice < 14:
        code = value % 0x10000
    elif choice < 15:
        code = value % 0x110000
    else:
        code = TRICKY[value % len(TRICKY)]
    return 0x78 if 0xD800 <= code < 0xE000 else code


def generated_lines():
    stream = splitmix64(1)
    for _ in range(LINES):
        length = 1 + next(stream) % 48
        yield "".join(chr(_code_point(next(stream))) for _ in range(length))


def code_point_lines(before, after):
    for code in range(0x110000):
        if not 0xD800 <= code < 0xE000:
            yield before + chr(code) + after


def words_of(normaliser, splitter, line):
    return [word for word, _ in splitter.pre_tokenize_str(normaliser.normalize_str(line))]


def fnv1a(lines_of_words):
    """FNV-1a, 64 bits, of each word followed by 0x1F and each line by 0x1E; neither byte occurs in a word."""
    value = 0xCBF29CE484222325
    for words in lines_of_words:
        for byte in b"".join(word.encode() + b"\x1f" for word in words) + b"\x1e":
            value = ((value ^ byte) * 0x100000001B3) & MASK
    return value
