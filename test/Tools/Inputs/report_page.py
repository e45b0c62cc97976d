# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the structure of a page of attn-compile --report: it is well-formed, stands alone, says nothing that a model wrote as markup, and holds what
assistive programs need. Prints what it saw.

    report_page.py PAGE [TEXT...]    each TEXT must occur in the page as text
"""

import re
import sys
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = set("html head meta title style body main section h1 h2 h3 h4 p dl dt dd code strong figure div table thead tbody tr th td pre".split())
DRAWN = {SVG + name for name in "svg title desc style rect g defs pattern path text".split()}


def demand(condition, what):
    if not condition:
        raise SystemExit("report_page.py: " + what)


def check_elements(root):
    for part in root.iter():
        demand(part.tag in ELEMENTS | DRAWN, f"expects only known elements, but got {part.tag}")
        for name, value in part.attrib.items():
            demand(not name.startswith("on") and name not in ("src", "href", "srcset", "action", "data"), f"expects no {name} in {part.tag}, but got {value[:60]}")
            for target in re.findall(r"url\(([^)]*)\)", value):
                demand(target.startswith("#"), f"expects urls into the page, but got {target}")
        if part.tag.endswith("style"):
            demand("url(" not in part.text and "@import" not in part.text, "expects a style of its own")
            wide = [px for px in re.findall(r"(?<!max-)width:\s*([\d.]+)(?:px|rem)", part.text)]
            demand(not wide, f"expects no fixed widths, but got {wide}")


def check_structure(root):
    demand(root.get("lang") and root.find("head/title").text, "expects a language and a title")
    viewport = root.find("head/meta[@name='viewport']").get("content")
    demand("width=device-width" in viewport, f"expects a viewport that is as wide as the device, but got {viewport}")
    ids = [part.get("id") for part in root.iter() if part.get("id")]
    demand(len(ids) == len(set(ids)), f"expects each id once, but got {sorted(ids)}")
    for part in root.iter():
        for name in part.get("aria-labelledby", "").split():
            demand(name in ids, f"expects an id '{name}', but got none")
    levels = [int(part.tag[1]) for part in root.iter() if re.fullmatch(r"h\d", part.tag)]
    demand(levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"expects headings that nest, but got {levels}")


def check_parts(root):
    """Pictures have words, and what cannot wrap stands in a box that scrolls and that a keyboard reaches."""
    pictures = list(root.iter(SVG + "svg"))
    for picture in pictures:
        demand(picture.get("role") == "img" and picture.find(SVG + "title").text and picture.find(SVG + "desc").text, "expects words for each picture")
        demand(picture.get("viewBox") and not picture.get("width"), "expects pictures that scale")
    boxes = [part for part in root.iter("div") if part.get("class") == "wide"]
    for box in boxes:
        demand(box.get("tabindex") == "0" and box.get("aria-label"), "expects boxes that a keyboard reaches")
    for name in ("table", "pre"):
        inside = sum(len(list(box.iter(name))) for box in boxes)
        demand(inside == len(list(root.iter(name))), f"expects each {name} in a box that scrolls")
    for cell in root.iter("th"):
        demand(cell.get("scope"), "expects each header of a table to say of what")
    return len(pictures), len(boxes)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read()
    demand(page.startswith("<!DOCTYPE html>\n"), "expects a document type")
    root = xml.fromstring(page.partition("\n")[2])
    check_elements(root)
    check_structure(root)
    pictures, boxes = check_parts(root)
    words = "".join(root.itertext())
    demand(not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", words), "expects no control characters")
    for text in sys.argv[2:]:
        demand(text in words, f"expects the page to say '{text}'")
    print(f"{pictures} pictures, {boxes} boxes, {len(sys.argv) - 2} texts found")


if __name__ == "__main__":
    main()
