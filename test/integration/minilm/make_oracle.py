#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes oracle.npz: what Hugging Face transformers computes for sentences.txt and for the batches of cases.py.

    python3 -m venv .venv-oracle
    .venv-oracle/bin/pip install torch transformers tokenizers numpy
    .venv-oracle/bin/python test/integration/minilm/make_oracle.py "$(scripts/fetch-model)"
    rm -r .venv-oracle

The file is committed and the venv thrown away: tests need numpy only. The model runs in float64 on the CPU, so that the
stored numbers carry no rounding of theirs (float32, as stored, is 6e-8 off at most, against tolerances of 2e-5), and
embeddings are pooled as the directory's sentence-transformers files say. Before anything is written, the result is
compared with reference.py, which is a second oracle with no common code, and with transformers in float32.
"""

import os
import sys

import numpy as np

from cases import cases, stored_rows
from reference import Bert

HERE = os.path.dirname(os.path.abspath(__file__))
HIDDEN_SENTENCES = 3  # sentences whose hidden states are stored whole


def load(directory):
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    tokenizer = Tokenizer.from_file(os.path.join(directory, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    model = BertModel.from_pretrained(directory, add_pooling_layer=False, attn_implementation="eager").eval()

    def run(ids, mask, types, dtype):
        with torch.no_grad():
            ids, mask, types = (torch.from_numpy(np.ascontiguousarray(x)) for x in (ids, mask, types))
            hidden = model.to(dtype)(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
            weight = mask[:, :, None].to(dtype)
            mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
            return hidden.numpy(), torch.nn.functional.normalize(mean, dim=1).numpy()

    return tokenizer, lambda *inputs: (run(*inputs, torch.float64), run(*inputs, torch.float32))


def batches(tokenizer):
    """(name, ids, mask, types) of every sentence alone and of every case."""
    with open(os.path.join(HERE, "sentences.txt"), encoding="utf-8") as file:
        for index, line in enumerate(file.read().splitlines()):
            ids = np.array([tokenizer.encode(line).ids], np.int64)
            yield "sentence_%d" % index, ids, np.ones_like(ids), np.zeros_like(ids)
    for case in cases():
        yield tuple(case)


def main(directory):
    tokenizer, run = load(directory)
    reference = Bert(directory)
    oracle, worst = {}, np.zeros(4)
    by_name = {case.name: case for case in cases()}
    for name, ids, mask, types in batches(tokenizer):
        (hidden, embedding), (hidden32, embedding32) = run(ids, mask, types)
        ours, ours_embedding = reference(ids, mask, types)
        seen = mask == 1
        differences = [(ours[seen], hidden[seen]), (ours_embedding, embedding),
                       (hidden32[seen], hidden[seen]), (embedding32, embedding)]
        worst = np.maximum(worst, [abs(a - b).max() if a.size else 0 for a, b in differences])
        assert worst[0] < 1e-9 and worst[1] < 1e-9, (name, worst)
        oracle[name + ".embedding"] = embedding.astype(np.float32)
        if name in by_name:
            rows = stored_rows(by_name[name])
            oracle[name + ".hidden"] = hidden[rows[:, 0], rows[:, 1]].astype(np.float32)
        else:
            oracle[name + ".ids"] = ids
            if int(name.split("_")[1]) < HIDDEN_SENTENCES:
                oracle[name + ".hidden"] = hidden[0].astype(np.float32)
    np.savez_compressed(os.path.join(HERE, "oracle.npz"), **oracle)
    print("reference.py against transformers in float64: hidden %.1e, embedding %.1e" % tuple(worst[:2]))
    print("transformers, float32 against float64: hidden %.1e, embedding %.1e" % tuple(worst[2:]))
    print("%d arrays, %d bytes" % (len(oracle), os.path.getsize(os.path.join(HERE, "oracle.npz"))))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_oracle.py MODEL_DIR")
    main(sys.argv[1])
