#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes unicode_tables.inc and test/frozen_hashes.h from what the `tokenizers` package does with every code point.

    python3 -m venv .venv-unicode && .venv-unicode/bin/pip install tokenizers==0.23.3
    .venv-unicode/bin/python examples/search/generate_unicode.py

BERT's normaliser is not Unicode of any one version: `tokenizers` joins libraries that carry tables of different ages, and
a model was trained with the result. So nothing is taken from a standard; each code point is put through the normaliser,
and what comes out is written down. The tables derive from the Unicode Character Database; see LICENSE-Unicode.txt.
"""

import os
import unicodedata

import tokenizers
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from frozen import code_point_lines, fnv1a, generated_lines, words_of

HERE = os.path.dirname(os.path.abspath(__file__))
HANGUL = range(0xAC00, 0xD7A4)  # taken apart by arithmetic, not by a table
LINE = 118  # columns
# The constants by which unicode.cpp knows the kinds, short because there are 700 ranges.
LETTERS = {"Drop": "D", "Space": "S", "Ideograph": "I", "Mark": "M", "BlockingMark": "B", "Punctuation": "P"}


def normaliser(**enabled):
    names = ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
    return BertNormalizer(**{name: enabled.get(name, False) for name in names})


FULL = normaliser(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
CLEAN, PAD, NFD_ONLY, SPLIT = normaliser(clean_text=True), normaliser(handle_chinese_chars=True), NFD(), BertPreTokenizer()


def reorders(char):
    """Whether canonical ordering may move the character: it passes before U+0345 or behind U+0334, the two extremes."""
    return NFD_ONLY.normalize_str("\u0345" + char) != "\u0345" + char or NFD_ONLY.normalize_str(char + "\u0334") != char + "\u0334"


def classify(char):
    """(kind or None, what the character becomes or None where it stays)."""
    cleaned = CLEAN.normalize_str(char)
    if cleaned in ("", " "):
        return ("Space" if cleaned else "Drop"), None
    assert cleaned == char
    result = FULL.normalize_str(char)
    kind = None
    if PAD.normalize_str(char) != char:
        kind, result = "Ideograph", result[1:-1]
    elif len(SPLIT.pre_tokenize_str("a" + char + "a")) == 3:
        kind = "Punctuation"
    if not result:
        return ("Mark" if reorders(char) else "BlockingMark"), None
    return kind, None if result == char else result


def tables():
    kinds, maps, classes = {}, {}, {}
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        kind, result = classify(chr(code))
        if kind:
            kinds[code] = kind
        if result:
            if code not in HANGUL:
                maps[code] = [ord(c) for c in result]
        elif kind not in ("Mark", "Drop", "Space") and reorders(chr(code)):
            classes[code] = unicodedata.combining(chr(code))
    check_classes(classes)
    return kinds, maps, classes


def check_classes(classes):
    """The combining classes come from Python's Unicode; every pair must be ordered as `tokenizers` orders it."""
    for first, first_class in classes.items():
        for second, second_class in classes.items():
            pair = chr(first) + chr(second)
            assert NFD_ONLY.normalize_str(pair) == (pair[::-1] if second_class < first_class else pair), pair


def ranges(values):
    """{code: value} as [(first, last, value)]."""
    found = []
    for code in sorted(values):
        if found and found[-1][1] == code - 1 and found[-1][2] == values[code]:
            found[-1][1] = code
        else:
            found.append([code, code, values[code]])
    return found


def runs(maps):
    """Code points that become one other, as runs [(first, targets)]; a run bridges gaps of three with identities."""
    found = []
    for code in sorted(code for code, to in maps.items() if len(to) == 1):
        if found and code - (found[-1][0] + len(found[-1][1])) <= 3:
            first, targets = found[-1]
            targets += range(first + len(targets), code)
        else:
            found.append((code, []))
        found[-1][1].append(maps[code][0])
    return found


def emit(name, items):
    lines, line = [], " "
    for item in items:
        if len(line) + len(item) + 2 > LINE:
            lines.append(line)
            line = " "
        line += " " + item + ","
    return "%s = {\n%s\n};\n" % (name, "\n".join(lines + [line]))


def write_tables(kinds, maps, classes):
    singles = runs(maps)
    offsets = [sum(len(targets) for _, targets in singles[:index]) for index in range(len(singles))]
    with open(os.path.join(HERE, "unicode_tables.inc"), "w", encoding="ascii") as file:
        file.write("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception AND Unicode-3.0\n"
                   "// What BERT's uncased normaliser does with each code point. Generated by generate_unicode.py from\n"
                   "// tokenizers %s; do not edit. Derived from the Unicode Character Database: LICENSE-Unicode.txt.\n"
                   "// clang-format off\n\n" % tokenizers.__version__)
        file.write(emit("constexpr KindRange kKinds[]", ["{0x%X,0x%X,%s}" % (a, b, LETTERS[k]) for a, b, k in ranges(kinds)]))
        file.write(emit("\nconstexpr ClassRange kClasses[]", ["{0x%X,0x%X,%d}" % tuple(r) for r in ranges(classes)]))
        file.write(emit("\nconstexpr Run kRuns[]",
                        ["{0x%X,%d,%d}" % (first, len(targets), at) for (first, targets), at in zip(singles, offsets)]))
        file.write(emit("\nconstexpr char32_t kTargets[]", ["0x%X" % t for _, targets in singles for t in targets]))
        several = [(code, to + [0] * (3 - len(to))) for code, to in sorted(maps.items()) if len(to) > 1]
        file.write(emit("\nconstexpr Expansion kExpansions[]",
                        ["{0x%X,{%s}}" % (code, ",".join("0x%X" % t if t else "0" for t in to)) for code, to in several]))


def write_hashes():
    def words(line):
        return words_of(FULL, SPLIT, line)

    hashes = [fnv1a(map(words, lines)) for lines in (code_point_lines("", ""), code_point_lines("a", "b"), generated_lines())]
    with open(os.path.join(HERE, "test", "frozen_hashes.h"), "w", encoding="ascii") as file:
        file.write("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"
                   "// FNV-1a hashes of the words that tokenizers %s splits test lines into. Generated by generate_unicode.py.\n"
                   "#ifndef ATTN_EXAMPLES_SEARCH_TEST_FROZEN_HASHES_H\n#define ATTN_EXAMPLES_SEARCH_TEST_FROZEN_HASHES_H\n\n"
                   "#include <cstdint>\n\nnamespace attn::search {\n\n"
                   "constexpr uint64_t kHashOfCodePoints = 0x%016X;\n"
                   "constexpr uint64_t kHashOfCodePointsInWords = 0x%016X;\n"
                   "constexpr uint64_t kHashOfGeneratedLines = 0x%016X;\n\n} // namespace attn::search\n\n#endif\n"
                   % tuple([tokenizers.__version__] + hashes))


if __name__ == "__main__":
    write_tables(*tables())
    write_hashes()
