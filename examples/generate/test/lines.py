# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The lines that tokenizers are tested with, and a hash of what becomes of them. The odd Unicode is that of attn-search's test."""

import hashlib
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "search"))
import frozen as search  # noqa: E402

WRITTEN = [
    "", " ", "  ", "\n", "\n\n", " \n", "\n ", "   a", "a   ", "a  b", "\t\ta", "a\r\nb", "a \n\n  \n b", "\u00a0x", "x\u3000\u3000y", "\u2003\n\u2003",
    "Hello, world!", "I'm you're he's they'll we'd I've can't", "I'M YOU'RE HE'S THEY'LL 'S 'T 'ſ 'Ve 'lL", "'", "''s", "x'", "'r", "'l", "'rE 'v",
    "1 12 123 1234 12345678", "x1y22z333", "٣٤٥ ¼½ Ⅷ ²³", "a1 b2\u00b2", "!!!\n\n???", " !?\r\nx", "...word", "$word", "\tword", "\u00a0word", "_word", "(word)",
    "Grüße aus Köln", "Ko\u0308ln Gru\u0308\u00dfe", "e\u0301\u0327 c\u0327\u0301", "\u1100\u1161\u11a8 \uac00\u11a8", "\u212b \u2126", "\u0344", "\u0958 \ufb1d",
    "a\u0345\u0334\u0301", "\u0f73\u0f71", "日本語 テキスト", "안녕하세요 세계", "привет, мир", "😀😃 👩‍👩‍👧 x", "مرحبا بالعالم", "ไทย", "\u0000", "a\u0000b", "\ufeffx",
    "<|endoftext|>", "a<|endoftext|>b", "<|begin_of_text|>x<|eot_id|>", "<|im_start|>user\nhi<|im_end|>\n", "a  <|pad|>  b", "<|pad|><|pad|>", " <|pad|>",
    "<s>x</s>", "<s> x", "x <unk> y", "<tool_call>{}</tool_call>", "<|", "<|im_start", "<0x0A>", "\u2581", "\u2581\u2581x", "a \u2581 b", "x\u2581",
    "a" * 300, "ab" * 200, " " * 100 + "x", "\n" * 50, "=" * 80, "é" * 100, "the the the", "license\nLicense LICENSE",
]


def lines_of():
    """Yields (kind, lines)."""
    yield "written", WRITTEN
    yield "generated", list(search.generated_lines())[:4000]
    # 64 code points that follow each other, each between what could join it, make one line. What is above U+323AF is tags,
    # variation selectors, private use and nothing; a sample of that will do.
    codes = [*range(0xD800), *range(0xE000, 0x32400), *range(0xE0000, 0xE0200), *range(0x32400, 0x110000, 4099)]
    for kind, before, after, every in (("after letters", "a", " ", 1), ("after spaces", "  ", "b", 5), ("after marks", "'", "!", 5), ("bare", "", "", 5)):
        yield kind, ["".join(before + chr(code) + after for code in codes[at:at + 64]) for at in range(0, len(codes), 64 * every)]


def hash_of(rows):
    """A hash of lines of text."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.encode() + b"\n")
    return digest.hexdigest()[:32]


def rows_of(package, lines):
    """(ids, text in hexadecimal) of each line as a tokenizer of the package `tokenizers` has them."""
    encoded = [encoding.ids for encoding in package.encode_batch(lines)]
    return [(" ".join(map(str, ids)), package.decode(ids).encode().hex()) for ids in encoded]


def hashes_of(rows):
    return [hash_of(ids for ids, _ in rows), hash_of(text for _, text in rows)]
