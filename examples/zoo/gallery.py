# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the gallery of README.md: what attn-mask draws and counts of each mask, and what the other files are.

    gallery.py            writes it anew; needs attn-mask and attn-opt in PATH
    gallery.py --check    fails where it is not what would be written
"""

import json
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
# What attn-mask is to take for a run-time symbol, the same as an argument, and heads that differ.
SYMBOLS, VALUES = {"prefix_lm": ["prefix=1024"]}, {"prompt": np.array([1024])}
SAID = {"prefix_lm": "with a prompt of 1024 tokens", "packed": "cut as in the test", "documents_window": "cut as in the test",
        "bigbird": "head 0, drawn as in the test"}
DATA = ("packed", "documents_window", "bigbird")  # have a symbol for each query or block, which attn-mask does not take
HEADS = {"ls_attention": (0, 4), "longlora": (0, 2), "sink_lora": (2,)}
# Of grids not the tiles are drawn but the keys of one query, on a smaller grid.
GRIDS, QUERY = {"dina": (28, 40), "gna_2d": (24, 40), "radial_video": (16, 64)} | dict.fromkeys(("na_3d", "na_causal_video", "gna_3d"), (8, 8, 16)), (3, 6, 10)
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


def ask(pattern, head, grid, *options):
    """What attn-mask says of a pattern on a grid of tokens."""
    text, symbols = mask(pattern.name), SYMBOLS.get(pattern.name, [])
    if pattern.symbols is grids.extents:
        # Each part of a mask has a grid, which is the same.
        symbols = [f"{number}={extent}" for number, extent in enumerate(grid * text.count("grid = ["))]
    options += tuple(f"--symbol={symbol}" for symbol in symbols)
    sizes = "x".join(map(str, grid))
    return json.loads(output("attn-mask", text, f"--grid={sizes}", f"--head={head}", "--format=json", *options))


def tiles(pattern, head):
    """A picture of a line's tiles, and full, mixed and empty tiles and visible pairs."""
    tokens = pattern.bench.grid or (pattern.bench.queries,)
    counts = ask(pattern, head, tokens, f"--tile={TILE}")
    rows = ask(pattern, head, tokens, f"--tile={PICTURE}")["picture"]["rows"]
    return "\n".join(rows), [counts["tiles"][kind] for kind in ("full", "mixed", "empty")] + [counts["visible"]]


def counted(seen):
    """The same from a boolean for each pair."""
    return count(seen, PICTURE)[0], count(seen, TILE)[1]


def keys_of_one(pattern):
    """Of a small grid, the keys that one query sees, in its plane where there are more."""
    grid = GRIDS.get(pattern.name, (16, 64 if pattern.symbols is not grids.extents else 40))
    query = QUERY[-len(grid):]
    options = [f"--query={','.join(map(str, query))}"] + ([f"--slice={query[0]}"] if len(grid) > 2 else [])
    (plane,) = ask(pattern, 0, grid, *options)["grid"]["planes"]
    return "\n".join(plane["rows"]), f"Query {query} on a grid of {' x '.join(map(str, grid))}" + (", in its own frame" if len(grid) > 2 else "")


def count(seen, tile):
    """The same from a boolean for each pair."""
    (rows, columns), (queries, keys) = map(int, tile.split("x")), seen.shape
    some, every = (np.full((-(-queries // rows) * rows, -(-keys // columns) * columns), beyond) for beyond in (False, True))
    some[:queries, :keys] = every[:queries, :keys] = seen
    some, every = (t.reshape(len(t) // rows, rows, -1, columns) for t in (some, every))
    some, every = some.any(axis=(1, 3)), every.all(axis=(1, 3))
    picture = "\n".join("".join(row) for row in np.where(every, "#", np.where(some, "+", ".")))
    return picture, [int(every.sum()), int((some & ~every).sum()), int((~some).sum()), int(seen.sum())]


def entry(pattern):
    yield f"### [{pattern.name}]({pattern.name}.mlir): {pattern.title}\n\n"
    shape, tokens = pattern.bench, "x".join(map(str, pattern.bench.grid or (pattern.bench.queries,)))
    for head in HEADS.get(pattern.name, (0,)):
        seen = pattern.seen(shape, zoo.draw(pattern, shape) | VALUES)[0, head if pattern.per_head else 0]
        picture, counts = counted(seen) if pattern.name in DATA else tiles(pattern, head)
        if counts[3] != seen.sum():
            sys.exit(f"gallery.py: expects attn-mask to count the {seen.sum()} visible pairs of '{pattern.name}', but got {counts[3]}")
        said = "".join(f", {text}" for text in (pattern.name in HEADS and f"head {head}", SAID.get(pattern.name)) if text)
        caption = ""
        if len(shape.grid) > 1:
            picture, caption = keys_of_one(pattern)
            caption += "; on the whole, "
        yield f"```text\n{picture}\n```\n\n{caption}"
        yield f"{tokens} tokens{said}: {counts[3]} of {seen.size} pairs visible ({100 * counts[3] / seen.size:.2f} %); "
        yield f"of {sum(counts[:3])} tiles of {TILE}, "
        yield f"{counts[0]} full, {counts[1]} mixed, {counts[2]} empty.\n\n"


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
