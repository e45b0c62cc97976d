# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A mask of your own: written in one line, compiled, called, compared with what a framework computes, and drawn.

    export PATH=$PWD/build/bin:$PATH PYTHONPATH=$PWD/build/python
    python3 examples/python/custom_mask.py
"""
import subprocess

import numpy as np

import attn_rt

# Four tokens that everybody sees, and the last 256: what streaming models use. docs/tutorial.md shows more of such lines.
MASK = "#attn.and<#attn.causal, #attn.or<#attn.prefix<4>, #attn.window<255, 0>>>"

HEADS, SIZE = 8, 64
TENSOR = f"tensor<1x{HEADS}x?x{SIZE}xf32>"
ATTENTION = f"""
func.func @attention(%q: {TENSOR} {{attn.name = "q", attn.dims = ["", "", "seq", ""]}},
                     %k: {TENSOR} {{attn.name = "k", attn.dims = ["", "", "seq", ""]}},
                     %v: {TENSOR} {{attn.name = "v", attn.dims = ["", "", "seq", ""]}})
    -> ({TENSOR} {{attn.name = "o", attn.dims = ["", "", "seq", ""]}}) {{
  %o = attn.attention %q, %k, %v scale {SIZE ** -0.5} mask({MASK}) : ({TENSOR}, {TENSOR}, {TENSOR}) -> {TENSOR}
  return %o : {TENSOR}
}}
"""


def expected(q, k, v, seen):
    """The same by PyTorch, or by numpy: with a mask in memory, and every score computed."""
    try:
        import torch
        q, k, v, seen = map(torch.from_numpy, (q, k, v, seen))
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen).numpy(), "PyTorch's SDPA"
    except ImportError:
        scores = np.where(seen, q @ k.swapaxes(-1, -2) * SIZE ** -0.5, -np.inf)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True) @ v, "numpy"


def main():
    model = attn_rt.compile(ATTENTION, "--target=native")
    print(model)

    seq = 1024
    q, k, v = np.random.default_rng(1).standard_normal((3, 1, HEADS, seq, SIZE), dtype=np.float32)
    events = []
    o = model.using(trace=events.append)(q, k=k, v=v)

    i, j = np.ogrid[:seq, :seq]
    wanted, who = expected(q, k, v, (j <= i) & ((j < 4) | (i - j < 256)))
    # Rounding: a score of 64 products errs by less than 64 * 2^-24 * sum |q k| / 8 < 4e-5, its weight relatively by as much, and what
    # comes out is a mean of values around 1; both sides err.
    worst = np.abs(o - wanted).max()
    print(f"differs from {who} by at most {worst:.1e}")
    print(f"{o.size} elements compared")
    assert worst < 1e-4

    done, skipped = sum(event.tiles_done for event in events), sum(event.tiles_skipped for event in events)
    print(f"tiles: {done} computed, {skipped} skipped\n", flush=True)
    subprocess.run(["attn-mask", MASK, f"--queries={seq}"], check=True)


if __name__ == "__main__":
    main()
