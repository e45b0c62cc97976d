# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the tiles that attn-compile --explain counts with those that a run reports, for each kind of mask and several shapes.

    explain_counts.py FOLDER
"""

import concurrent.futures
import json
import os
import re
import subprocess
import sys

# Name: what stands behind the operands, sizes of the type [B, Hq, Hk, M, N] with "?" where they are dynamic, symbols of the mask.
DYNAMIC = ("?", 4, 4, "?", "?")
# Few queries, whose heads walk over the keys together: with several parts of the keys.
FEW = ("?", 8, 2, 3, "?")
LENGTHS = "%len[b] : tensor<?xi64>"
# Boxes of three strips, whatever the compiler would choose.
BOXES = "schedule(#attn.schedule<rows = 48, keys = 240, strip = 16, panel = 12, lanes = 16, columns = 16, box = [48]>)"
PROGRAMS = {
    "none": ("", DYNAMIC, ()),
    "none, static": ("", (2, 3, 3, 300, 520), ()),
    "causal": ("mask(#attn.causal)", DYNAMIC, ()),
    "causal, static": ("mask(#attn.causal)", (1, 2, 2, 400, 400), ()),
    "causal<-70>": ("mask(#attn.causal<-70>)", DYNAMIC, ()),
    "causal<300>": ("mask(#attn.causal<300>)", DYNAMIC, ()),
    "causal<bottom_right>": ("mask(#attn.causal<bottom_right>)", DYNAMIC, ()),
    "window": ("mask(#attn.window<100, 20>)", DYNAMIC, ()),
    "window of the past, grouped heads": ("mask(#attn.and<#attn.causal, #attn.window<255, 0>>)", ("?", 8, 2, "?", "?"), ()),
    "sinks": ("mask(#attn.or<#attn.prefix<4>, #attn.and<#attn.causal, #attn.window<63, 0>>>)", DYNAMIC, ()),
    "prefix": ("mask(#attn.prefix<300>)", DYNAMIC, ()),
    "prefix at run time": ("mask(#attn.or<#attn.prefix, #attn.causal>, %len[b] : tensor<?xi64>)", DYNAMIC, ("prefix",)),
    "length": (f"mask(#attn.length, {LENGTHS})", DYNAMIC, ("length",)),
    "length, static": (f"mask(#attn.length, {LENGTHS})", (2, 2, 1, 200, 600), ("length",)),
    "length of the past": (f"mask(#attn.and<#attn.causal, #attn.length>, {LENGTHS})", DYNAMIC, ("length",)),
    "length in a window": (f"mask(#attn.and<#attn.window<90, 10>, #attn.length>, {LENGTHS})", DYNAMIC, ("length",)),
    "length for each query": ("mask(#attn.length, %rows[i] : tensor<?xi64>)", DYNAMIC, ()),
    "dense": ("mask(#attn.dense, %bits[i, j] : tensor<?x?xi1>)", DYNAMIC, ()),
    "dense and causal": ("mask(#attn.and<#attn.causal, #attn.dense>, %bits[i, j] : tensor<?x?xi1>)", DYNAMIC, ()),
    "set": ("mask(#attn.set<i floordiv 256 - j floordiv 256 eq 0>)", DYNAMIC, ()),
    "set of heads": ("mask(#attn.set<j - i + h * 128 ge 0>)", DYNAMIC, ()),
    "set of batches": ("mask(#attn.set<i - j - b * 100 ge 0>)", DYNAMIC, ()),
    "not": ("mask(#attn.not<#attn.causal>)", DYNAMIC, ()),
    "not a window": ("mask(#attn.not<#attn.window<300, 300>>)", DYNAMIC, ()),
    "boxes, window": (f"mask(#attn.window<300, 20>) {BOXES}", DYNAMIC, ()),
    "boxes, distances": (f"mask(#attn.or<#attn.set<i - j eq 0>, #attn.set<i - j eq 100>>) {BOXES}", DYNAMIC, ()),
    "part of more": ("at(%one, %none, %far, %none) of(%many, %many) mask(#attn.causal)", DYNAMIC, ()),
    "end of more": ("at(%none, %none, %far, %one) of(%many, %many) mask(#attn.causal<bottom_right>)", DYNAMIC, ()),
    "few, none": ("", FEW, ()),
    "few, causal<bottom_right>": ("mask(#attn.causal<bottom_right>)", FEW, ()),
    "few, end of more": ("at(%none, %none, %far, %one) of(%many, %many) mask(#attn.window<60, 0>)", FEW, ()),
    "few, length": (f"mask(#attn.length, {LENGTHS})", FEW, ("length",)),
    "few, set of heads": ("mask(#attn.set<j - i + h * 300 - 1500 ge 0>)", FEW, ()),
    "reduced, none": ("reduced ", DYNAMIC, ()),
    "reduced, window": ("reduced mask(#attn.window<100, 20>)", DYNAMIC, ()),
    "reduced, sinks": ("reduced mask(#attn.or<#attn.prefix<4>, #attn.and<#attn.causal, #attn.window<63, 0>>>)", DYNAMIC, ()),
    "reduced, few, length": (f"reduced mask(#attn.length, {LENGTHS})", FEW, ("length",)),
    "few, set of heads with holes": ("mask(#attn.set<(j + h * 512) floordiv 1024 - i eq 0>)", FEW, ()),
}
# Among them no query, no key, one of each, an odd rest, and several blocks of both.
SHAPES = [(1, 0, 5), (1, 5, 0), (2, 1, 1), (1, 193, 257), (2, 700, 1100)]
FEW_SHAPES = [(1, 3, 0), (2, 3, 1), (1, 3, 1024), (2, 3, 2600)]
SYMBOLS = [0, 300, 5000]


def tensor(*dims):
    return "tensor<" + "x".join(map(str, dims)) + "xf32>"


def program(text, sizes):
    batch, heads, key_heads, queries, keys = sizes
    q, k = tensor(batch, heads, queries, 16), tensor(batch, key_heads, keys, 16)
    named = [f'%q: {q} {{attn.dims = ["batch", "", "m", ""]}}', f'%k: {k} {{attn.dims = ["batch", "", "n", ""]}}']
    named.append(f'%v: {k} {{attn.dims = ["batch", "", "n", ""]}}')
    for name, type_, dims in (("len", "tensor<?xi64>", '"batch"'), ("rows", "tensor<?xi64>", '"m"'), ("bits", "tensor<?x?xi1>", '"m", "n"')):
        if f"%{name}[" in text:
            fixed = [size for size, symbol in zip((batch, queries, keys), ("batch", "m", "n")) if f'"{symbol}"' in dims]
            static = "tensor<" + "x".join(map(str, fixed)) + "x" + type_.split("x")[-1]
            text = text.replace(type_, static)
            named.append(f'%{name}: {static} {{attn.name = "{name}", attn.dims = [{dims}]}}')
    op, result = f"attn.attention %q, %k, %v {text} : ({q}, {k}, {k})", q
    if text.startswith("reduced "):
        result = tensor(batch, heads, queries)
        op = f"attn.score_reduce max %q, %k {text.removeprefix('reduced ')} : ({q}, {k})"
    return (
        f"func.func @f({', '.join(named)}) -> {result} {{\n"
        "  %none = arith.constant 0 : index\n  %one = arith.constant 1 : index\n  %far = arith.constant 150 : index\n"
        "  %many = arith.constant 2000 : index\n"
        f"  %o = {op} -> {result}\n  return %o : {result}\n}}\n"
    )


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout + done.stderr


def explained(source, at):
    text = run("attn-compile", source, "--target=native", "--compile-to=optimise", "--explain", *([f"--at={at}"] if at else []), "-o", os.devnull)
    found = re.findall(r"(\d+) done \((\d+) bare\), (\d+) skipped", text)
    if len(found) != 1:
        raise SystemExit(f"{source} {at}: expects one row with tiles, but got\n{text}")
    done, bare, skipped = map(int, found[0])
    if bare > done:
        raise SystemExit(f"{source} {at}: {bare} bare tiles of {done}")
    return done, skipped


def traced(module, inputs, threads):
    trace = module + ".json"
    run("attn-run", module, *inputs, f"--threads={threads}", "--print=0", f"--trace={trace}")
    with open(trace) as file:
        events = json.load(file)["traceEvents"]
    found = [event["args"] for event in events if event["name"] in ("attention", "score_reduce")]
    if len(found) != 1:
        raise SystemExit(f"{module}: expects one attention in the trace, but got {found}")
    return found[0]["tiles_done"], found[0]["tiles_skipped"]


def check(folder, number, text, sizes, symbols):
    """How many counts were compared, how many of them skip a tile."""
    source, module = (os.path.join(folder, f"p{number}.{suffix}") for suffix in ("mlir", "so"))
    with open(source, "w") as file:
        file.write(program(text, sizes))
    run("attn-compile", source, "--target=native", "-o", module)
    compared = skipping = 0
    fixed = (sizes[0], sizes[3], sizes[4])
    for shape in [fixed] if "?" not in sizes else SHAPES if sizes[3] == "?" else FEW_SHAPES:
        batch, m, n = shape
        at = [f"{name}={size}" for name, size, static in zip(("batch", "m", "n"), shape, fixed) if static == "?"]
        for value in SYMBOLS if symbols else [0]:
            inputs = at + ["random"] * 3
            if "%len[" in text:
                inputs.append(f"len={batch}xi64={value}")
            for name in ("rows", "bits"):
                if f"%{name}[" in text:
                    inputs.append(f"{name}=random")
            expected = explained(source, ",".join(at + [f"{symbol}={value}" for symbol in symbols]))
            # The number of threads changes nothing; where it could, there are many tasks.
            for threads in (1, 2) if m > 300 or n > 1024 else (1,):
                got = traced(module, inputs, threads)
                if got != expected:
                    raise SystemExit(f"{text} {inputs}, {threads} threads: expects {expected} tiles done and skipped, but got {got}")
            compared += 1
            skipping += expected[1] != 0
    return compared, skipping


def main():
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check, sys.argv[1], number, *what) for number, what in enumerate(PROGRAMS.values())]
        counts = [job.result() for job in jobs]
    print(f"{len(counts)} programs, {sum(c for c, _ in counts)} counts compared, {sum(s for _, s in counts)} with skipped tiles")


if __name__ == "__main__":
    main()
