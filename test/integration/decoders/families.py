# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiny decoders: one configuration for each family and each form of rotary embedding, weights made from a seed.

    families.py CASE DIR [DTYPE]      writes config.json and model.safetensors; DTYPE is F32 (default), BF16 or F16

Weights are large enough for attention to look at single keys and for positions to matter: a model whose layers hardly
change their input would pass with anything in them. numpy's RandomState yields the same numbers in every version.
"""

import json
import os
import struct
import sys
import zlib

import numpy as np

POSITIONS, VOCABULARY, BATCH = 20, 61, 2
# What is run in one call after the other: all at once, a prompt and steps of one, and prompts that continue.
SCHEDULES = {"whole": (20,), "steps": (6,) + 14 * (1,), "parts": (3, 9, 1, 7)}

_LLAMA = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": 48, "intermediate_size": 80,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "hidden_act": "silu",
    "max_position_embeddings": 40, "rms_norm_eps": 1e-6, "tie_word_embeddings": False,
}
_GPT2 = {
    "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": VOCABULARY, "n_embd": 40, "n_head": 4, "n_layer": 2,
    "n_positions": 40, "n_inner": None, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
}
_SMALL = [1.0, 1.1, 1.3, 1.0, 1.7, 2.0, 2.5, 3.0]
_LARGE = [1.5, 2.0, 3.0, 4.0, 5.5, 7.0, 9.0, 12.0]


def _llama(**fields):
    return {**_LLAMA, **fields}


def _family(name, **fields):
    return _llama(architectures=[name + "ForCausalLM"], model_type=name.lower(), **fields)


CASES = {
    "llama": _llama(rope_parameters={"rope_type": "default", "rope_theta": 500.0}),
    # The older spelling; all biases; a head size that is not the share of the hidden size; a tied head.
    "llama_biases": _llama(rope_theta=10000.0, rope_scaling=None, attention_bias=True, mlp_bias=True, head_dim=8, hidden_act="gelu",
                           tie_word_embeddings=True, num_key_value_heads=None, num_attention_heads=3),
    "llama_linear": _llama(rope_theta=100.0, rope_scaling={"type": "linear", "factor": 2.5}),
    # Of the 8 waves, some are shorter than 4 positions, some longer than 16, and some between.
    "llama_llama3": _llama(rope_parameters={"rope_type": "llama3", "rope_theta": 50.0, "factor": 8.0, "low_freq_factor": 1.0,
                                            "high_freq_factor": 2.0, "original_max_position_embeddings": 24}),
    "llama_yarn": _llama(rope_theta=50.0, rope_scaling={"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 10,
                                                        "beta_fast": 2.0, "beta_slow": 0.5}),
    "llama_yarn_scaled": _llama(rope_parameters={"rope_type": "yarn", "rope_theta": 100.0, "factor": 2.0, "mscale": 0.7, "mscale_all_dim": 0.4,
                                                 "original_max_position_embeddings": 20, "truncate": False, "beta_fast": 1.5,
                                                 "beta_slow": 0.25}),
    # The limit lies inside of what is run.
    "llama_longrope": _llama(rope_parameters={"rope_type": "longrope", "rope_theta": 100.0, "short_factor": _SMALL, "long_factor": _LARGE,
                                              "original_max_position_embeddings": 12}),
    "llama_proportional": _llama(rope_parameters={"rope_type": "proportional", "rope_theta": 100.0, "partial_rotary_factor": 0.6}),
    "mistral": _family("Mistral", sliding_window=5, rope_theta=200.0),
    "mistral_full": _family("Mistral", sliding_window=None, tie_word_embeddings=True),
    "qwen2": _family("Qwen2", use_sliding_window=True, sliding_window=4, max_window_layers=1, rope_theta=200.0),
    "qwen2_types": _family("Qwen2", use_sliding_window=True, sliding_window=6, layer_types=["sliding_attention", "full_attention"]),
    "qwen3": _family("Qwen3", attention_bias=True, head_dim=20, num_attention_heads=2, num_key_value_heads=1),
    "gpt2": _GPT2,
    "gpt2_scaled": {**_GPT2, "n_inner": 96, "scale_attn_by_inverse_layer_idx": True, "tie_word_embeddings": False,
                    "activation_function": "gelu"},
}


def _gpt2_shapes(config):
    hidden, inner = config["n_embd"], config["n_inner"] or 4 * config["n_embd"]
    yield "transformer.wte.weight", [config["vocab_size"], hidden]
    yield "transformer.wpe.weight", [config["n_positions"], hidden]
    for layer in range(config["n_layer"]):
        at = "transformer.h.%d." % layer
        linears = ("attn.c_attn", hidden, 3 * hidden), ("attn.c_proj", hidden, hidden), ("mlp.c_fc", hidden, inner), ("mlp.c_proj", inner, hidden)
        for name, inputs, outputs in linears:
            yield at + name + ".weight", [inputs, outputs]
            yield at + name + ".bias", [outputs]
        for norm in ("ln_1", "ln_2"):
            yield at + norm + ".weight", [hidden]
            yield at + norm + ".bias", [hidden]
    yield "transformer.ln_f.weight", [hidden]
    yield "transformer.ln_f.bias", [hidden]
    if not config.get("tie_word_embeddings", True):
        yield "lm_head.weight", [config["vocab_size"], hidden]


def _llama_shapes(config):
    hidden, inner, size = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    heads, family = config["num_attention_heads"], config["model_type"]
    groups = config["num_key_value_heads"] or heads
    bias = config.get("attention_bias", False)
    yield "model.embed_tokens.weight", [config["vocab_size"], hidden]
    for layer in range(config["num_hidden_layers"]):
        at = "model.layers.%d." % layer
        linears = [("self_attn.q_proj", hidden, heads * size, bias or family == "qwen2"),
                   ("self_attn.k_proj", hidden, groups * size, bias or family == "qwen2"),
                   ("self_attn.v_proj", hidden, groups * size, bias or family == "qwen2"),
                   ("self_attn.o_proj", heads * size, hidden, bias)]
        linears += [("mlp.%s_proj" % name, *sizes, config.get("mlp_bias", False))
                    for name, sizes in (("gate", (hidden, inner)), ("up", (hidden, inner)), ("down", (inner, hidden)))]
        for name, inputs, outputs, has_bias in linears:
            yield at + name + ".weight", [outputs, inputs]
            if has_bias:
                yield at + name + ".bias", [outputs]
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield at + norm + ".weight", [hidden]
        if family == "qwen3":
            yield at + "self_attn.q_norm.weight", [size]
            yield at + "self_attn.k_norm.weight", [size]
    yield "model.norm.weight", [hidden]
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", [config["vocab_size"], hidden]


def shapes(config):
    return dict((_gpt2_shapes if config["model_type"] == "gpt2" else _llama_shapes)(config))


def weight(name, shape):
    random = np.random.RandomState(zlib.crc32(name.encode()))
    if "norm" in name or "ln_" in name:
        return (random.uniform(0.5, 1.5, shape) if name.endswith("weight") else random.uniform(-0.3, 0.3, shape)).astype(np.float32)
    # Queries and keys larger: scores of several units.
    deviation = 0.3 if any(part in name for part in ("q_proj", "k_proj", "c_attn")) else 0.5 if "embed" in name or "wte" in name else 0.17
    return (deviation * random.standard_normal(shape)).astype(np.float32)


def to_bytes(array, dtype):
    """The bytes of f32 numbers in a storage type, rounded to nearest even."""
    if dtype == "BF16":
        bits = array.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).tobytes()
    return array.astype(np.float16 if dtype == "F16" else np.float32).tobytes()


def write_safetensors(path, tensors, dtype="F32"):
    header, data = {"__metadata__": {"format": "pt"}}, []
    at = 0
    for name, array in tensors.items():
        data.append(to_bytes(array, dtype))
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + len(data[-1])]}
        at += len(data[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def tensors_of(config):
    return {name: weight(name, shape) for name, shape in shapes(config).items()}


def write(case, directory, dtype="F32"):
    os.makedirs(directory, exist_ok=True)
    config = CASES[case]
    with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
    write_safetensors(os.path.join(directory, "model.safetensors"), tensors_of(config), dtype)


def token_ids(case):
    return np.random.RandomState(zlib.crc32(b"ids " + case.encode())).randint(0, VOCABULARY, (BATCH, POSITIONS)).astype(np.int64)


if __name__ == "__main__":
    write(*sys.argv[1:])
