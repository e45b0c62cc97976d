#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes oracle.npz: what Hugging Face transformers computes for the models of families.py and for examples/generate/tiny_llama.

    python3 -m venv .venv-oracle
    .venv-oracle/bin/pip install torch transformers numpy
    .venv-oracle/bin/python test/integration/decoders/make_oracle.py
    rm -r .venv-oracle

The file is committed and the venv thrown away: tests need numpy only. Models run in float64, so that the stored numbers carry no
rounding of theirs; rotary angles are float32 there as well. Each model runs a schedule of calls with a cache, as a session does.
Before anything is written the result is compared with reference.py, a second oracle without common code, and with float32.
"""

import json
import os
import sys
import tempfile

import numpy as np

import families
from reference import run_schedule

HERE = os.path.dirname(os.path.abspath(__file__))
TINY = os.path.join(HERE, "..", "..", "..", "examples", "generate", "tiny_llama")
TEXT = b"This License does not grant permission to use the trade names"
TINY_SCHEDULE = (32,) + 29 * (1,)


def transformers_schedule(directory, ids, schedule, dtype):
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.cache_utils import DynamicCache

    # A new model each time: longrope remembers the longest sequence it has seen.
    model = AutoModelForCausalLM.from_pretrained(directory, attn_implementation="eager", dtype=torch.float32).eval().to(dtype)
    cache, results, at = DynamicCache(), [], 0
    with torch.no_grad():
        for step in schedule:
            part = torch.from_numpy(ids[:, at : at + step])
            results.append(model(input_ids=part, past_key_values=cache, use_cache=True).logits[:, -1].double().numpy())
            at += step
    return np.stack(results)


def read_tensors(path):
    """All tensors of a bf16 safetensors file as f32."""
    with open(path, "rb") as file:
        data = file.read()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        bits = np.frombuffer(data[8 + size + begin : 8 + size + end], np.uint16).astype(np.uint32) << 16
        result[name] = bits.view(np.float32).reshape(entry["shape"])
    return result


def entries():
    """(name, directory, config, tensors, ids, schedule)"""
    for case, config in families.CASES.items():
        with tempfile.TemporaryDirectory() as directory:
            families.write(case, directory)
            for name, schedule in families.SCHEDULES.items():
                yield "%s.%s" % (case, name), directory, config, families.tensors_of(config), families.token_ids(case), schedule
    with open(os.path.join(TINY, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    ids = np.frombuffer(TEXT, np.uint8).astype(np.int64)[None]
    assert sum(TINY_SCHEDULE) == ids.size, ids.size
    yield "tiny_llama.steps", TINY, config, read_tensors(os.path.join(TINY, "model.safetensors")), ids, TINY_SCHEDULE


def main():
    import torch

    oracle = {}
    for name, directory, config, tensors, ids, schedule in entries():
        exact = transformers_schedule(directory, ids, schedule, torch.float64)
        single = transformers_schedule(directory, ids, schedule, torch.float32)
        ours = run_schedule(config, tensors, ids, schedule)
        print("%-26s logits to %4.1f, reference %.1e, float32 %.1e" % (name, abs(exact).max(), abs(ours - exact).max(), abs(single - exact).max()))
        assert abs(ours - exact).max() < 2e-5, name
        oracle[name] = exact.astype(np.float32)
    path = os.path.join(HERE, "oracle.npz")
    np.savez_compressed(path, **oracle)
    print("%d arrays, %d bytes" % (len(oracle), os.path.getsize(path)))


if __name__ == "__main__":
    sys.exit(main())
