# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the gallery of README.md: what attn-mask draws and counts of each mask, and what the other files are.

    gallery.py            writes it anew; needs attn-mask and attn-opt in PATH
    gallery.py --check    fails where it is not what would be written
"""

import os
import subprocess
import sys

import numpy as np

import grids
import lines
import scores
import zoo

README = os.path.join(zoo.HERE, "README.md")
BEGIN, END = "<!-- The rest of this section is written by gallery.py. -->\n", "<!-- Until here. -->\n"
# What attn-mask is to take for run-time symbols, the same as arguments, and heads that differ.
SYMBOLS = {"prefix_lm": ["prefix=1024"], "bigbird": ["dense=0"]}
VALUES = {"prompt": np.array([1024]), "table": np.zeros((4, 64, 64), bool)}
SAID = {"prefix_lm": "with a prompt of 1024 tokens", "bigbird": "without the blocks that are drawn"}
HEADS = {"ls_attention": (0, 4), "longlora": (0, 2)}
TILE, PICTURE = "14x32", "256x128"  # of the AVX-512 kernel; and what is about square as a character


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def mask(name):
    """The text of a file's mask, without aliases; of a file without one, that of a mask without effect."""
    text = output("attn-opt", zoo.source(name)).partition(" mask(")[2] or "#attn.not<#attn.prefix<0>>)"
    depth, end = 0, 0
    for end, character in enumerate(text):
        depth += {"<": 1, ">": -1}.get(character, 0)
        if depth == 0 and character in ",) >" and end:
            break
    return text[:end + (text[end] == ">")]


def draw(pattern, head, tile):
    """What attn-mask prints of a pattern at its shape: the picture, and the counts by the first word of their line."""
    command = ["attn-mask", mask(pattern.name), f"--queries={pattern.bench.queries}", f"--head={head}", f"--tile={tile}"]
    picture, _, counts = output(*command, *(f"--symbol={symbol}" for symbol in SYMBOLS.get(pattern.name, []))).partition("\n\n")
    return picture, {line.split()[1 if line[0] in "#+." else 0]: line.split() for line in counts.splitlines()}


def entry(pattern):
    yield f"### [{pattern.name}]({pattern.name}.mlir): {pattern.title}\n\n"
    for head in HEADS.get(pattern.name, (0,)):
        picture, _ = draw(pattern, head, PICTURE)
        _, counts = draw(pattern, head, TILE)
        full, mixed, empty = (int(counts[kind][2]) for kind in ("full", "mixed", "empty"))
        visible, pairs = int(counts["visible"][1]), int(counts["visible"][3])
        if visible != pattern.seen(pattern.bench, VALUES)[0, head].sum():
            sys.exit(f"gallery.py: expects attn-mask to count the pairs of the definition of '{pattern.name}', but got {visible}")
        tokens = "x".join(map(str, pattern.bench.grid or (pattern.bench.queries,)))
        said = "".join(f", {text}" for text in (pattern.name in HEADS and f"head {head}", SAID.get(pattern.name)) if text)
        yield f"```text\n{picture}\n```\n\n"
        yield f"{tokens} tokens{said}: {visible} of {pairs} pairs visible ({100 * visible / pairs:.2f} %); of {full + mixed + empty} tiles of {TILE}, "
        yield f"{full} full, {mixed} mixed, {empty} empty.\n\n"


def source(name):
    """The papers that a file names: what stands in its opening behind the formula."""
    with open(zoo.source(name), encoding="utf-8") as file:
        comment = [line[3:].strip() for line in file if line.startswith("//")]
    return " ".join(comment[len(comment) - comment[::-1].index(""):]).rstrip(".")


def gallery():
    for title, patterns in (("Lines of tokens", lines.PATTERNS), ("Maps and videos", grids.PATTERNS)):
        yield f"\n## {title}\n\n"
        for pattern in patterns:
            yield from entry(pattern)
    yield "## More than a mask\n\n| file | what | from |\n| --- | --- | --- |\n"
    for pattern in scores.PATTERNS:
        yield f"| [{pattern.name}]({pattern.name}.mlir) | {pattern.title} | {source(pattern.name)} |\n"
    yield "\n"


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    written = before + BEGIN + "".join(gallery()) + END + after
    if sys.argv[1:] == ["--check"]:
        if text != written:
            sys.exit("gallery.py: expects README.md to be what gallery.py writes, but got another text: run it again")
        print(f"{written.count('```text')} pictures compared")
        return
    with open(README, "w", encoding="utf-8") as file:
        file.write(written)


if __name__ == "__main__":
    main()
