#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes expected.json: how `transformers` continues some prompts with tiny_llama, greedily, in f32.

    expected.py     needs torch and transformers

A text ends before the first token at which the two largest logits are closer than MARGIN: from there on rounding decides, and
another order of the same sums may go on differently.
"""

import json
import os

import torch
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))
MARGIN = 1e-3
TOKENS = 300
PROMPTS = ["The licensee may ", "You must ", "This License ", "Copyright", "THE SOFTWARE IS PROVIDED \"AS IS\", ", "a\n\n  1. ", "x",
           "If you distribute copies of the work, then every recipient of it is entitled to the same rights that were given to you. " * 2]


def continuation(model, prompt):
    """(text, the smallest margin in it, whether it was cut at a close call)."""
    ids, cache, smallest = list(prompt.encode()), None, float("inf")
    inputs = torch.tensor([ids])
    said = []
    while len(said) < TOKENS and len(ids) + len(said) < model.config.max_position_embeddings:
        with torch.no_grad():
            output = model(inputs, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        best = torch.topk(output.logits[0, -1], 2)
        margin = float(best.values[0] - best.values[1])
        if margin < MARGIN:
            return said, smallest, True
        smallest = min(smallest, margin)
        said.append(int(best.indices[0]))
        if said[-1] == model.config.eos_token_id:
            return said[:-1], smallest, False
        inputs = torch.tensor([said[-1:]])
    return said, smallest, False


def main():
    torch.set_num_threads(1)
    model = transformers.LlamaForCausalLM.from_pretrained(os.path.join(HERE, "..", "tiny_llama"), dtype=torch.float32).eval()
    found = []
    for prompt in PROMPTS:
        said, margin, cut = continuation(model, prompt)
        found.append({"prompt": prompt, "text": bytes(said).decode("ascii"), "smallest_margin": round(margin, 6), "ends_before_a_close_call": cut})
    with open(os.path.join(HERE, "expected.json"), "w", encoding="ascii") as file:
        json.dump({"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0], "texts": found}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
