#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports tiny decoders that something is wrong with, and prints how each ended.

usage: refused_decoder.py FILE DIR      for each line `CASE: MODEL EDIT ++ EDIT...` of the file makes the tiny decoder MODEL (see
                                        decoders.json) in DIR, edits it, imports it
       refused_decoder.py --make MODEL DIR [EDIT ++ EDIT...]   only makes it

An EDIT is one of
  FIELD=JSON                   sets a field of config.json; an empty JSON removes it; `rope_parameters.factor=2` one inside of another
  tensor TENSOR=none           removes a tensor; `BF16` changes the dtype of it, `[2,3]` its shape
  shards=N                     divides the tensors into N files and writes an index
  files=N                      lets the index name N more files
  index FIELD=JSON             sets a field of the index; `index weight_map.TENSOR=JSON` names another file for a tensor
  shard N=TENSOR               puts the tensor into that file besides
Prints a line `exit CODE: LINE` for each line on stderr, the directory written as DIR; a module is `exit 0: a module`.
"""

import json
import math
import os
import shutil
import struct
import subprocess
import sys

CONFIGS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "decoders.json"), encoding="utf-8"))
SIZES = {"F32": 4, "BF16": 2, "F16": 2, "F64": 8}


def shapes(config):
    hidden, inner, words = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    size, heads, groups = config["head_dim"], config["num_attention_heads"], config["num_key_value_heads"]
    yield "model.embed_tokens.weight", [words, hidden]
    for layer in range(config["num_hidden_layers"]):
        at = "model.layers.%d." % layer
        yield at + "input_layernorm.weight", [hidden]
        for name, width in (("q", heads), ("k", groups), ("v", groups)):
            yield at + "self_attn.%s_proj.weight" % name, [width * size, hidden]
            if config["model_type"] == "qwen2":
                yield at + "self_attn.%s_proj.bias" % name, [width * size]
        yield at + "self_attn.o_proj.weight", [hidden, heads * size]
        yield at + "post_attention_layernorm.weight", [hidden]
        for name, shape in (("gate", [inner, hidden]), ("up", [inner, hidden]), ("down", [hidden, inner])):
            yield at + "mlp.%s_proj.weight" % name, shape
    yield "model.norm.weight", [hidden]
    yield "lm_head.weight", [words, hidden]


def gpt2_shapes(config):
    hidden, inner = config["n_embd"], 4 * config["n_embd"]
    yield "wte.weight", [config["vocab_size"], hidden]
    yield "wpe.weight", [config["n_positions"], hidden]
    for layer in range(config["n_layer"]):
        at = "h.%d." % layer
        for name, inputs, outputs in (("attn.c_attn", hidden, 3 * hidden), ("attn.c_proj", hidden, hidden),
                                      ("mlp.c_fc", hidden, inner), ("mlp.c_proj", inner, hidden)):
            yield at + name + ".weight", [inputs, outputs]
            yield at + name + ".bias", [outputs]
        for name in ("ln_1", "ln_2"):
            yield at + name + ".weight", [hidden]
            yield at + name + ".bias", [hidden]
    yield "ln_f.weight", [hidden]
    yield "ln_f.bias", [hidden]


def write_safetensors(path, tensors):
    header, at = {}, 0
    for name, (dtype, shape) in tensors.items():
        count = SIZES[dtype]
        for size in shape:
            count *= size
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + count]}
        at += count
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + bytes(at))


def set_field(target, name, value):
    outer, _, inner = name.partition(".")
    # Names of tensors have dots, fields do not.
    if inner and isinstance(target.get(outer), dict):
        target[outer] = dict(target[outer])
        target, outer = target[outer], inner
    if value:
        target[outer] = json.loads(value)
    else:
        target.pop(outer, None)


def make(directory, model, edits):
    config = dict(CONFIGS[model])
    tensors = {name: ("F32", shape) for name, shape in (gpt2_shapes if config["model_type"] == "gpt2" else shapes)(config)}
    shards, more, index_edits, extra = 0, 0, [], []
    for edit in edits:
        target, value = edit.split("=", 1)
        kind, _, name = target.rpartition(" ")
        if kind == "tensor":
            dtype, shape = tensors.pop(name)
            if value != "none":
                tensors[name] = (dtype, json.loads(value)) if value.startswith("[") else (value, shape)
        elif kind == "index":
            index_edits.append((name, value))
        elif kind == "shard":
            extra.append((int(name), value))
        elif name == "shards":
            shards = int(value)
        elif name == "files":
            more = int(value)
        else:
            set_field(config, name, value)
    os.makedirs(directory)
    with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    if not shards:
        return write_safetensors(os.path.join(directory, "model.safetensors"), tensors)
    files = ["model-%05d-of-%05d.safetensors" % (number + 1, shards) for number in range(shards)]
    groups = [dict(list(tensors.items())[number::shards]) for number in range(shards)]
    index = {"metadata": {"total_size": 4 * sum(math.prod(shape) for _, shape in tensors.values())},
             "weight_map": {name: file for file, group in zip(files, groups) for name in group}}
    for number, name in extra:
        groups[number - 1][name] = tensors.get(name, ("F32", [1]))
    for file, group in zip(files, groups):
        write_safetensors(os.path.join(directory, file), group)
    index["weight_map"].update({"tensor%d" % number: "%d.safetensors" % number for number in range(more)})
    for name, value in index_edits:
        set_field(index, name, value)
    with open(os.path.join(directory, "model.safetensors.index.json"), "w", encoding="utf-8") as file:
        json.dump(index, file)


def report(directory):
    done = subprocess.run(["attn-translate", "--import-hf", directory], capture_output=True, timeout=60)
    lines = done.stderr.decode(errors="replace").splitlines()
    if "@prefill" in done.stdout.decode():
        lines.append("a module")
    for line in lines or ["silence"]:
        print("exit %d: %s" % (done.returncode, line.replace(directory, "DIR")), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--make":
        sys.exit(make(sys.argv[3], sys.argv[2], " ".join(sys.argv[4:]).split(" ++ ") if sys.argv[4:] else []))
    with open(sys.argv[1], encoding="utf-8") as cases:
        for line in cases:
            if line.startswith("CASE: "):
                case, _, edits = line[len("CASE: ") :].rstrip("\n").partition(" ")
                shutil.rmtree(sys.argv[2], ignore_errors=True)
                make(sys.argv[2], case, edits.split(" ++ ") if edits else [])
                report(sys.argv[2])
