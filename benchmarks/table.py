# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From samples to a Markdown table. Every number is the median over rounds of the median of a round; ratios and shares are taken within a round, so
that a machine that was slow for a minute was slow for all. Nothing here is dropped, rounded up or compared with another day.

usage: table.py RESULTS.json       prints the table again"""

import json
import statistics
import sys

import cases

BUSY = 1.2  # a load above it means that others ran too: we are one process at a time


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")


def as_json(result):
    """One round per line: readable differences, small files."""
    text = json.dumps(result, separators=(", ", ": "))
    for key in ('{"load"', '{"name"', '"rounds"', '"threads"', '"compile"', '"start"', '{"one"'):
        text = text.replace(key, "\n" + key)
    return text.strip() + "\n"


def over_rounds(entry, value):
    return statistics.median(value(r) for r in entry["rounds"])


def milliseconds(entry, who):
    return over_rounds(entry, lambda r: statistics.median(r[who])) / 1e6


def share(entry):
    """Of the mean of the peaks before and after a round."""
    return over_rounds(entry, lambda r: entry["flops"] / statistics.median(r["ours"]) / ((r["peak_before"] + r["peak_after"]) / 2))


def highest_peak(entries):
    return max(max(r["peak_before"], r["peak_after"]) for entry in entries for r in entry["rounds"])


def share_of_best(entry, highest):
    """The fastest sample against the highest peak of the whole page: a case whose peaks were all disturbed must not look better for it."""
    return entry["flops"] / min(min(r["ours"]) for r in entry["rounds"]) / highest


def ratio(entry, peer):
    """How many times faster than the peer."""
    return over_rounds(entry, lambda r: statistics.median(r[peer]) / statistics.median(r["ours"]))


def peaks(entry):
    values = [r[key] for r in entry["rounds"] for key in ("peak_before", "peak_after")]
    return "%.0f..%.0f" % (min(values), max(values))


def one_line(entry):
    text = "%s: %.3f ms, %.0f %% of peak (%.0f %% at best)" % (entry["name"], milliseconds(entry, "ours"), 100 * share(entry), 100 * share_of_best(entry, highest_peak([entry])))
    return text + "".join(", %.2fx %s" % (ratio(entry, peer), peer) for peer in entry["peers"])


def verdict(value, floor):
    return "reached" if value >= floor else "**missed**"


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def case_rows(entries):
    yield row("case", "ours, ms", "GFLOP/s", "share of peak", "at best", "floor", "PyTorch, ms", "ours is faster", "ORT, ms", "ours is faster",
              "FMA peak", "core share", "load")
    yield row(*["---"] * 13)
    highest = highest_peak(entries)
    for entry in entries:
        model = entry["floor"] >= 1
        reached = verdict(ratio(entry, "ort"), entry["floor"]) if model else verdict(share(entry), entry["floor"])
        goal = "%.1fx ORT: %s" % (entry["floor"], reached) if model else "%.0f %%: %s" % (100 * entry["floor"], reached)
        ours = milliseconds(entry, "ours")
        cells = [entry["name"], "%.3f" % ours, "%.0f" % (entry["flops"] / ours / 1e6), "%.0f %%" % (100 * share(entry)),
                 "%.0f %%" % (100 * share_of_best(entry, highest)), goal]
        for peer in ("torch", "ort"):
            cells += ["%.3f" % milliseconds(entry, peer), "%.2fx" % ratio(entry, peer)] if peer in entry["peers"] else ["", ""]
        shares = [r["core_share"] for r in entry["rounds"]]
        loads = [r["load"] for r in entry["rounds"]]
        yield row(*cells, peaks(entry), "%.2f..%.2f" % (min(shares), max(shares)), "%.1f..%.1f" % (min(loads), max(loads)))


def bandwidth_share(entry):
    """Of the mean of the bandwidths before and after a round; bytes per nanosecond are GB/s."""
    return over_rounds(entry, lambda r: entry["bytes"] / statistics.median(r["ours"]) / ((r["peak_before"] + r["peak_after"]) / 2))


def decode_line(entry):
    text = "%s: %.3f ms, %.0f %% of the read bandwidth" % (entry["name"], milliseconds(entry, "ours"), 100 * bandwidth_share(entry))
    return text + "".join(", %.2fx %s" % (ratio(entry, peer), peer) for peer in entry["peers"])


PEER_TITLES = {"sdpa": "SDPA", "folded": "SDPA, rows by hand", "matmuls": "two matmuls", "gqa": "ORT GroupQueryAttention"}


def decode_rows(entries):
    titles = [title for peer in entries[0]["peers"] for title in (PEER_TITLES[peer] + ", ms", "ours is faster")]
    yield row("case", "MiB", "ours, ms", "GB/s", "share of read bandwidth", "floor", *titles, "read bandwidth", "core share", "load")
    yield row(*["---"] * (9 + len(titles)))
    for entry in entries:
        ours = milliseconds(entry, "ours")
        cells = [entry["name"], "%.0f" % (entry["bytes"] / 2 ** 20), "%.3f" % ours, "%.1f" % (entry["bytes"] / ours / 1e6),
                 "%.0f %%" % (100 * bandwidth_share(entry)), "%.0f %%: %s" % (100 * entry["floor"], verdict(bandwidth_share(entry), entry["floor"]))]
        for peer in entry["peers"]:
            cells += ["%.3f" % milliseconds(entry, peer), "%.2fx" % ratio(entry, peer)]
        bandwidths = [r[key] for r in entry["rounds"] for key in ("peak_before", "peak_after")]
        shares, loads = [r["core_share"] for r in entry["rounds"]], [r["load"] for r in entry["rounds"]]
        yield row(*cells, "%.1f..%.1f" % (min(bandwidths), max(bandwidths)), "%.2f..%.2f" % (min(shares), max(shares)),
                  "%.1f..%.1f" % (min(loads), max(loads)))


PATTERN_TITLES = {"flex": "FlexAttention", "sdpa": "SDPA, mask", "ort": "ONNX Runtime", "openvino": "OpenVINO", "hand": "SDPA by hand"}


def bar_ratio(entry):
    """Against the peer that the bar names, or the fastest in each round of those that take the mask."""
    peers = entry["peers"] if not entry["bar"] or entry["bar"][1] == "best" else [entry["bar"][1]]
    return over_rounds(entry, lambda r: min(statistics.median(r[peer]) for peer in peers) / statistics.median(r["ours"]))


def pattern_line(entry):
    text = "%s: %.3f ms, %.0f %% of peak; %.1f %% visible, %.1f %% computed" % (
        entry["name"], milliseconds(entry, "ours"), 100 * share(entry), 100 * entry["flops"] / entry["dense_flops"],
        100 * entry["computed_flops"] / entry["dense_flops"])
    return text + "".join(", %.2fx %s" % (ratio(entry, peer), peer) for peer in entry["peers"] + ["hand"] * entry["by_hand"])


def pattern_rows(entries):
    titles = [title for peer in PATTERN_TITLES for title in (PATTERN_TITLES[peer] + ", ms", "ours is faster")]
    yield row("pattern", "visible", "computed", "ours, ms", "GFLOP/s", "share of peak", *titles, "the fastest with a mask", "bar", "FMA peak", "core share",
              "load")
    yield row(*["---"] * (11 + len(titles)))
    for entry in entries:
        ours, whole = milliseconds(entry, "ours"), entry["dense_flops"]
        cells = [entry["name"], "%.2f %%" % (100 * entry["flops"] / whole), "%.2f %%" % (100 * entry["computed_flops"] / whole), "%.3f" % ours,
                 "%.0f" % (entry["flops"] / ours / 1e6), "%.0f %%" % (100 * share(entry))]
        for peer in PATTERN_TITLES:
            measured = peer in entry["peers"] or peer == "hand" and entry["by_hand"]
            cells += ["%.2f" % milliseconds(entry, peer), "%.2fx" % ratio(entry, peer)] if measured else ["", ""]
        cells.append("%.2fx" % bar_ratio(dict(entry, bar=None)))
        times, peer = entry["bar"] or (0, "")
        cells.append("%gx %s: %s" % (times, PATTERN_TITLES.get(peer, "the fastest"), verdict(bar_ratio(entry), times)) if entry["bar"] else "")
        shares, loads = [r["core_share"] for r in entry["rounds"]], [r["load"] for r in entry["rounds"]]
        yield row(*cells, peaks(entry), "%.2f..%.2f" % (min(shares), max(shares)), "%.1f..%.1f" % (min(loads), max(loads)))


def threads_rows(entries):
    yield row("case", "one thread, ms", "two threads, ms", "faster", "floor %.1fx" % cases.THREADS_FLOOR, "load")
    yield row(*["---"] * 6)
    for entry in entries:
        speedup = over_rounds(entry, lambda r: statistics.median(r["one"]) / statistics.median(r["two"]))
        loads = [r["load"] for r in entry["rounds"]]
        yield row(entry["name"], "%.2f" % milliseconds(entry, "one"), "%.2f" % milliseconds(entry, "two"), "%.2fx" % speedup,
                  verdict(speedup, cases.THREADS_FLOOR), "%.1f..%.1f" % (min(loads), max(loads)))


def compile_rows(times):
    yield row("what attn-compile makes", "s (median)", "s (best)", "CPU, s (median)", "floor: below", "")
    yield row(*["---"] * 6)
    for name, samples in times.items():
        if samples:
            clock, used = zip(*samples)
            middle, limit = statistics.median(clock), cases.COMPILE_FLOORS[name]
            yield row(name, "%.2f" % middle, "%.2f" % min(clock), "%.2f" % statistics.median(used), "%.0f s" % limit,
                      "reached" if middle < limit else "**missed**")


def start_rows(start):
    opened, first, second, memory = (statistics.median(column) for column in zip(*start["samples"]))
    yield row("MiniLM 1x128, a process that has just started", "")
    yield row("---", "---")
    yield row("open the module", "%.2f ms" % opened)
    yield row("first run", "%.1f ms" % first)
    yield row("second run", "%.1f ms" % second)
    yield row("peak memory of the process", "%.1f MiB" % memory)
    for name, size in start["bytes"].items():
        yield row("size of the module %s" % name, "%.1f KiB" % (size / 1024) if size < 2 ** 20 else "%.1f MiB" % (size / 2 ** 20))


def markdown(result):
    low, high = min(result["load"]), max(result["load"])
    versions = ", ".join("%s %s" % pair for pair in result["versions"].items())
    lines = ["# Measured %s" % " to ".join(filter(None, (result["date"], result.get("until")))), "",
             "%s, %s; one core unless stated, priority %d; attn-mlir at %s; %s. Load average while measuring: %.1f to %.1f." %
             (result["cpu"], result["system"], result["nice"], result["revision"], versions, low, high), ""]
    if high > BUSY:
        lines += ["**The machine was shared with other work while this was measured** (a load above %.1f): medians and ratios are of a disturbed machine, and"
                  " \"at best\" (fastest sample against the highest peak) says more about the code than the median does." % BUSY, ""]
    for title, key, rows in (("One core", "cases", case_rows), ("Decoding, one core", "decode", decode_rows),
                             ("Sparse patterns, one core", "patterns", pattern_rows), ("Two threads", "threads", threads_rows),
                             ("Compile time", "compile", compile_rows), ("Start, memory, size", "start", start_rows)):
        if result.get(key):
            lines += ["## " + title, ""] + list(rows(result[key])) + [""]
    return "\n".join(lines)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as results:
        print(markdown(json.load(results)))
