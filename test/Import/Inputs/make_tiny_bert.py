#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a tiny random BertModel as a Hugging Face directory, with the standard library alone.

usage: make_tiny_bert.py DIR [EDIT...]

Without EDIT it writes the model of the tests: 2 layers, hidden size 32, 4 heads, and the files of
sentence-transformers. An EDIT changes one thing of it, so that a test shows in one line what is wrong:

  config.json:FIELD=JSON              sets a field of a JSON file; an empty JSON removes it
  modules.json=JSON                   replaces a whole file by text; empty text removes the file
  model.safetensors:TENSOR=[2,3]      another shape for a tensor; `none` removes it, `F16` changes its dtype
  model.safetensors:prefix=bert.      puts this before the name of every tensor
  model.safetensors:norms=gamma,beta  other names for the parameters of layer norms
  model.safetensors=HEADER|N          a file of that header and N zero bytes
"""

import functools
import json
import math
import os
import random
import struct
import sys

HIDDEN, LAYERS, HEADS, INNER, WORDS, POSITIONS, TYPES = 32, 2, 4, 64, 50, 16, 2

CONFIG = {
    "architectures": ["BertModel"],
    "hidden_act": "gelu",
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": POSITIONS,
    "model_type": "bert",
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "position_embedding_type": "absolute",
    "type_vocab_size": TYPES,
    "vocab_size": WORDS,
}
MODULES = [
    {"idx": idx, "name": str(idx), "path": path, "type": "sentence_transformers.models." + kind}
    for idx, (path, kind) in enumerate([("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")])
]
POOLING = {
    "word_embedding_dimension": HIDDEN,
    "pooling_mode_cls_token": False,
    "pooling_mode_mean_tokens": True,
    "pooling_mode_max_tokens": False,
    "pooling_mode_mean_sqrt_len_tokens": False,
}


def shapes():
    """{tensor: shape} in the order of the file."""
    result = {
        "embeddings.word_embeddings.weight": [WORDS, HIDDEN],
        "embeddings.position_embeddings.weight": [POSITIONS, HIDDEN],
        "embeddings.token_type_embeddings.weight": [TYPES, HIDDEN],
        "embeddings.LayerNorm.weight": [HIDDEN],
        "embeddings.LayerNorm.bias": [HIDDEN],
    }

    def linear(name, outputs, inputs):
        result[name + ".weight"] = [outputs, inputs]
        result[name + ".bias"] = [outputs]

    for layer in range(LAYERS):
        at = "encoder.layer.%d." % layer
        for part in ("query", "key", "value"):
            linear(at + "attention.self." + part, HIDDEN, HIDDEN)
        linear(at + "attention.output.dense", HIDDEN, HIDDEN)
        linear(at + "intermediate.dense", INNER, HIDDEN)
        linear(at + "output.dense", HIDDEN, INNER)
        for norm in ("attention.output", "output"):
            result[at + norm + ".LayerNorm.weight"] = [HIDDEN]
            result[at + norm + ".LayerNorm.bias"] = [HIDDEN]
    linear("pooler.dense", HIDDEN, HIDDEN)
    return result


@functools.lru_cache(maxsize=None)
def values(name, dtype, count):
    """Random bytes, but always the same for the same tensor."""
    generator = random.Random(name)
    # Layer norms scale by about one; all else is small.
    mean = 1.0 if name.endswith("LayerNorm.weight") else 0.0
    numbers = [generator.gauss(mean, 0.2) for _ in range(count)]
    return struct.pack("<%d%s" % (count, "e" if dtype == "F16" else "f"), *numbers)


def write_safetensors(path, tensors):
    """tensors: {name: (dtype, shape)}"""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape) in tensors.items():
        part = values(name, dtype, math.prod(shape))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def edit_tensors(tensors, name, value):
    if name == "prefix":
        return {value + key: entry for key, entry in tensors.items()}
    if name == "norms":
        new = dict(zip((".weight", ".bias"), value.split(",")))
        pairs = ((key.rpartition("LayerNorm"), entry) for key, entry in tensors.items())
        return {a + b + ("." + new[c] if b else c): entry for (a, b, c), entry in pairs}
    dtype, shape = tensors.get(name, ("F32", []))
    if value == "none":
        return {key: entry for key, entry in tensors.items() if key != name}
    return {**tensors, name: (dtype, json.loads(value)) if value.startswith("[") else (value, shape)}


def main(directory, *edits):
    files = {"config.json": CONFIG, "modules.json": MODULES, "1_Pooling/config.json": POOLING}
    texts = {}
    tensors = {name: ("F32", shape) for name, shape in shapes().items()}
    for edit in edits:
        target, value = edit.split("=", 1)
        file, _, field = target.partition(":")
        if file == "model.safetensors" and field:
            tensors = edit_tensors(tensors, field, value)
        elif not field:
            texts[file] = value
        elif value:
            files[file] = {**files[file], field: json.loads(value)}
        else:
            files[file] = {key: old for key, old in files[file].items() if key != field}
    os.makedirs(os.path.join(directory, "1_Pooling"), exist_ok=True)
    for file, content in files.items():
        texts.setdefault(file, json.dumps(content, indent=2) + "\n")
    raw = texts.pop("model.safetensors", None)
    for file, text in texts.items():
        path = os.path.join(directory, file)
        if text:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        elif os.path.exists(path):
            os.remove(path)
    path = os.path.join(directory, "model.safetensors")
    if raw is None:
        write_safetensors(path, tensors)
    else:
        header, size = raw.rsplit("|", 1)
        with open(path, "wb") as out:
            out.write(struct.pack("<Q", len(header)) + header.encode() + bytes(int(size)))


if __name__ == "__main__":
    main(*sys.argv[1:])
