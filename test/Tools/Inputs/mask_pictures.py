# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the pictures of attn-mask, as characters, JSON and SVG, with each other and with the mask written in numpy. The cells of an SVG are found by
drawing its rectangles again.

    mask_pictures.py FOLDER
"""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

import numpy as np

SVG = "{http://www.w3.org/2000/svg}"
MASKS = [
    ("#attn.and<#attn.causal, #attn.window<30, 0>>", lambda i, j: (j <= i) & (i - j <= 30)),
    ("#attn.or<#attn.prefix<4>, #attn.causal<-20>>", lambda i, j: (j < 4) | (j <= i - 20)),
    ("#attn.set<i floordiv 16 - j floordiv 16 eq 0>", lambda i, j: i // 16 == j // 16),
]
# Unfolded, folded by both sides, wide and tall.
SIZES = [(12, 12), (100, 100), (30, 200), (150, 10), (20, 16)]


def demand(condition, what):
    if not condition:
        raise SystemExit(what)


def draw(mask, m, n, *options):
    return subprocess.run(["attn-mask", mask, f"--queries={m}", f"--keys={n}", *options], capture_output=True, text=True, timeout=60, check=True).stdout


def folded(dense, rows, columns):
    """The picture of a boolean matrix."""
    lines = []
    for i in range(0, dense.shape[0], rows):
        cells = [dense[i:i + rows, j:j + columns] for j in range(0, dense.shape[1], columns)]
        lines.append("".join("#" if cell.all() else "+" if cell.any() else "." for cell in cells))
    return lines


def rectangles(path):
    """Left, top, right and bottom of the rectangles of a path, which says them as M x y H x V y H x z."""
    found = re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H([\d.]+)z", path)
    demand(len(found) == path.count("M"), f"expects a path of rectangles, but got {path[:80]}")
    return [tuple(map(float, sides[:4])) for sides in found]


def cells_of(svg):
    """The cells of an SVG's only picture as characters."""
    root = xml.fromstring(svg)
    demand(root.get("role") == "img" and root.find(SVG + "title").text and root.find(SVG + "desc").text, "expects an SVG with a title and a description")
    demand(not [part for part in root.iter() if part.tag in (SVG + "script", SVG + "image", SVG + "use")], "expects an SVG that stands alone")
    frame = next(part for part in root.iter(SVG + "rect") if part.get("class") == "frame" and "x" not in part.attrib)
    width, height = float(frame.get("width")), float(frame.get("height"))
    painted = [(left, top, right, bottom, "#" if part.get("class") == "full" else "+") for part in root.iter(SVG + "path")
               if part.get("class") == "full" or part.get("fill", "").startswith("url(") for left, top, right, bottom in rectangles(part.get("d"))]

    def cells(rows, columns):
        lines = [["."] * columns for _ in range(rows)]
        for left, top, right, bottom, sign in painted:
            for y in range(round(top / height * rows), round(bottom / height * rows)):
                for x in range(round(left / width * columns), round(right / width * columns)):
                    lines[y][x] = sign
        return ["".join(line) for line in lines]

    return cells


def check(folder, mask, function, m, n):
    dense = function(*np.meshgrid(np.arange(m), np.arange(n), indexing="ij"))
    compared = 0
    for view in ("element", "tile"):
        options = [f"--view={view}", "--tile=3x4"]
        picture = json.loads(draw(mask, m, n, *options, "--format=json"))["picture"]
        rows, columns = picture["cell"]["rows"], picture["cell"]["columns"]
        demand(picture["view"] == view and len(picture["rows"]) <= 64 and len(picture["rows"][0]) <= 64, f"{mask}: {picture}")
        if view == "element":
            demand(picture["rows"] == folded(dense, rows, columns), f"{mask} {m}x{n}: {picture['rows']}")
        else:
            # Of these masks and tiles all full and empty ones are recognised but those of the last, whose mixed ones are no error.
            expected = folded(dense, rows * 3, columns * 4)
            wrong = [(a, b) for one, other in zip(picture["rows"], expected) for a, b in zip(one, other) if a != b and a != "+"]
            demand(not wrong and len(expected) == len(picture["rows"]), f"{mask} {m}x{n}: {picture['rows']}")
        text = draw(mask, m, n, *options).split("\n\n")[0].split("\n")
        demand(text == picture["rows"], f"{mask} {m}x{n}: expects the characters of JSON, but got {text}")
        compared += len(text) * len(text[0]) + check_svg(folder, mask, dense, view, options, picture)
    return compared


def check_svg(folder, mask, dense, view, options, picture):
    """An SVG may have more cells than characters; returns how many."""
    m, n = dense.shape
    path = os.path.join(folder, "picture.svg")
    draw(mask, m, n, *options, "--format=svg", "-o", path)
    with open(path) as file:
        svg = file.read()
    fold = re.search(r"a cell is (\d+) x (\d+) (?:scores|tiles)", svg)
    rows, columns = map(int, fold.groups()) if fold else (1, 1)
    if view == "element":
        expected = folded(dense, rows, columns)
    else:
        # Told apart by their scores, which is finer than what is recognised; unfolded pictures are equal in any case.
        expected = picture["rows"] if (rows, columns) == (1, 1) == tuple(picture["cell"].values()) else None
    if expected is None:
        return 0
    got = cells_of(svg)(len(expected), len(expected[0]))
    demand(got == expected, f"{mask} {m}x{n} {view}: expects the SVG to show\n" + "\n".join(expected) + "\nbut got\n" + "\n".join(got))
    return len(expected) * len(expected[0])


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    counts = [check(sys.argv[1], *MASKS[number % len(MASKS)], m, n) for number, (m, n) in enumerate(SIZES)]
    print(f"{len(counts)} pictures: {sum(counts)} cells compared")


if __name__ == "__main__":
    main()
