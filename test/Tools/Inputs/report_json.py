# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the JSON of attn-compile --report with the text that --explain printed in the same run, and with itself.

    report_json.py REPORT TEXT
"""

import json
import re
import sys


def demand(condition, what):
    if not condition:
        raise SystemExit("report_json.py: " + what)


def check_boxes(attention, heads):
    """A walk over boxes computes what the tiles of its heads say, and nothing else."""
    batches, count = map(int, attention["size"].split("x")[:2])
    done = re.match(r"(\d+) done \((\d+) bare\), (\d+) skipped", attention["schedules"][0]["tiles"])
    wanted = [batches * count // len(heads) * sum(head["tiles"][name] for head in heads) for name in ("computed", "full", "empty")]
    demand(done and list(map(int, done.groups())) == wanted, f"expects {wanted} tiles, but got {attention['schedules'][0]['tiles']}")


def check_box(attention, head):
    """What is drawn of a head is what a box sees."""
    box = head["tile"]["box"]
    if len(box) > 1:
        demand(len(head["grid"]["extents"]) == len(box) == len(attention["axis_bounds"]["axes"]), f"{head['grid']['extents']}")
    else:
        demand(head["picture"]["view"] == "box", f"{head['picture']['view']}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        report = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        text = re.sub(r" +", " ", file.read())
    demand(report["format"] == 1 and report["given"] == sorted(report["given"], key=lambda number: number["name"]), f"{report['given']}")
    schedules = heads = numbers = 0
    attentions = [attention for entry in report["entries"] for attention in entry["attentions"]]
    for attention in attentions:
        demand(not attention["assumed"] and "unknown" not in attention, f"expects all sizes to be given, but got {attention['assumed']}")
        demand(f"{attention['name']} {attention['size']}" in text, f"expects --explain to have {attention['name']}")
        for schedule in attention["schedules"]:
            demand(all(schedule[name] in text for name in ("kernel", "blocks", "tiles", "attribute")), f"expects --explain to have {schedule}")
            numbers += len(re.findall(r"\d+", schedule["tiles"]))
        schedules += len(attention["schedules"])
        if attention["mask"]:
            demand(f"{attention['bounds']['from']} <= j < {attention['bounds']['to']}" in text, f"expects --explain to have {attention['bounds']}")
        demand(attention["all_heads_alike"] == (len(attention["heads"]) < 2), f"expects heads that differ, but got {len(attention['heads'])}")
        if any("box" in head["tile"] for head in attention["heads"]):
            check_boxes(attention, attention["heads"])
        for head in attention["heads"]:
            tiles, visible = head["tiles"], f"visible {head['visible']} of {head['pairs']} pairs"
            demand(tiles["full"] + tiles["mixed"] == tiles["computed"] == tiles["total"] - tiles["empty"], f"{tiles}")
            demand(f"computed {tiles['computed']} of {tiles['total']} tiles" in text and visible in text, f"expects --explain to have {tiles} and '{visible}'")
            demand(head["mask"] == attention["mask"], f"{head['mask']}")
            here = [line for line in head["sweep"] if line["tile"] == head["tile"]]
            if "box" in head["tile"]:
                check_box(attention, head)
            else:
                demand(here and head["picture"]["view"] == "tile", f"{head['mask']}")
            demand(all(line["tiles"] == tiles for line in here), f"expects the sweep to have {head['tile']}")
            numbers += 4
        heads += len(attention["heads"])
    print(f"{len(report['entries'])} entry, {len(attentions)} attentions, {schedules} schedules, {heads} heads: {numbers} numbers found")


if __name__ == "__main__":
    main()
