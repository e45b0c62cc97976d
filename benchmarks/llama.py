# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A decoder of Llama's kind for the peers: one layer with random weights as a Hugging Face directory, as an ONNX graph, and as calls to PyTorch."""

import json
import os
import struct

import numpy as np

from cases import Prefill
from minilm import Graph, config, weights

HIDDEN, HEADS, KEY_HEADS, HEAD = Prefill.hidden, Prefill.heads, Prefill.key_heads, Prefill.head
INNER, VOCABULARY, POSITIONS = Prefill.inner, Prefill.vocabulary, 2048
EPS, THETA = 1e-6, 10000.0
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": 1,
    "num_attention_heads": HEADS, "num_key_value_heads": KEY_HEADS, "head_dim": HEAD, "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS,
    "rms_norm_eps": EPS, "rope_theta": THETA, "hidden_act": "silu", "tie_word_embeddings": False, "attention_bias": False, "mlp_bias": False}
LAYER = "model.layers.0."
SHAPES = {
    "model.embed_tokens.weight": (VOCABULARY, HIDDEN), "lm_head.weight": (VOCABULARY, HIDDEN), "model.norm.weight": (HIDDEN,),
    LAYER + "input_layernorm.weight": (HIDDEN,), LAYER + "post_attention_layernorm.weight": (HIDDEN,),
    LAYER + "self_attn.q_proj.weight": (HEADS * HEAD, HIDDEN), LAYER + "self_attn.k_proj.weight": (KEY_HEADS * HEAD, HIDDEN),
    LAYER + "self_attn.v_proj.weight": (KEY_HEADS * HEAD, HIDDEN), LAYER + "self_attn.o_proj.weight": (HIDDEN, HEADS * HEAD),
    LAYER + "mlp.gate_proj.weight": (INNER, HIDDEN), LAYER + "mlp.up_proj.weight": (INNER, HIDDEN), LAYER + "mlp.down_proj.weight": (HIDDEN, INNER)}


def write_model(folder):
    """The directory that attn-compile reads; the same bytes each time."""
    random, header, parts, end = np.random.default_rng(7), {}, [], 0
    for name, shape in SHAPES.items():
        array = np.ones(shape, np.float32) if len(shape) == 1 else random.standard_normal(shape, dtype=np.float32) * np.float32(0.02)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + array.nbytes]}
        parts.append(array.tobytes())
        end += array.nbytes
    text = json.dumps(header).encode()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(CONFIG, file, indent=2)


def angles():
    """cos and sin of all positions, [positions, head size / 2]."""
    frequencies = np.float32(1) / np.float32(THETA) ** (np.arange(0, HEAD, 2, dtype=np.float32) / HEAD)
    turned = np.arange(POSITIONS, dtype=np.float32)[:, None] * frequencies
    return np.cos(turned), np.sin(turned)


def onnx_model(folder):
    """The graph that ONNX Runtime's own exporters make of a Llama: its fused norm and attention, which rotates and keeps the cache."""
    from onnx import TensorProto, helper
    tensors, graph = weights(folder), Graph()

    def linear(value, *names):
        joined = np.concatenate([tensors[LAYER + name + "_proj.weight"] for name in names]) if len(names) > 1 else tensors.get(
            LAYER + names[0] + "_proj.weight", tensors.get(names[0] + ".weight"))
        return graph("MatMul", value, graph.constant("+".join(names) + ".T", joined.T))

    def norm(value, name):
        return graph("SimplifiedLayerNormalization", value, graph.constant(name, tensors[name + ".weight"]), axis=-1, epsilon=EPS, stash_type=1)

    def attention(mixed):
        """Queries, keys and values of one matmul; one output is used, the cache it returns is not."""
        cos, sin = angles()
        names = ["attention", "present_key", "present_value"]
        empty = [graph.constant(name, np.zeros((1, KEY_HEADS, 0, HEAD), np.float32)) for name in ("past_key", "past_value")]
        graph.nodes.append(helper.make_node(
            "GroupQueryAttention", [mixed, "", "", *empty, "lengths", "total", graph.constant("cos", cos), graph.constant("sin", sin)], names,
            domain="com.microsoft", num_heads=HEADS, kv_num_heads=KEY_HEADS, do_rotary=1, rotary_interleaved=0, scale=HEAD ** -0.5))
        return names[0]

    count = graph("Cast", graph("Gather", graph("Shape", "input_ids"), graph.integers(1)), to=TensorProto.INT32)
    one = graph.constant("one", np.array([1], np.int32))
    graph.nodes.append(helper.make_node("Sub", [count, one], ["lengths"]))
    graph.nodes.append(helper.make_node("Squeeze", [count], ["total"]))
    x = graph("Gather", graph.constant("tokens", tensors["model.embed_tokens.weight"]), "input_ids")
    mixed = linear(norm(x, LAYER + "input_layernorm"), "self_attn.q", "self_attn.k", "self_attn.v")
    x = graph("Add", x, linear(attention(mixed), "self_attn.o"))
    inner = norm(x, LAYER + "post_attention_layernorm")
    gate = linear(inner, "mlp.gate")
    x = graph("Add", x, linear(graph("Mul", graph("Mul", gate, graph("Sigmoid", gate)), linear(inner, "mlp.up")), "mlp.down"))
    last = graph("Squeeze", graph("Gather", x, graph.integers(-1), axis=1), graph.integers(1))
    graph.nodes.append(helper.make_node("Identity", [linear(norm(last, "model.norm"), "lm_head")], ["logits"]))
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "length"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, VOCABULARY])]
    whole = helper.make_graph(graph.nodes, "llama", inputs, outputs, list(graph.constants.values()))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=10).SerializeToString()


def torch_model(folder):
    """A function from token ids to the logits of the last position."""
    import torch
    from torch.nn import functional
    tensors = {name: torch.from_numpy(array) for name, array in weights(folder).items()}
    assert config(folder)["hidden_size"] == HIDDEN
    cos, sin = (torch.from_numpy(table) for table in angles())

    def linear(x, name):
        return functional.linear(x, tensors[LAYER + name + "_proj.weight"])

    def norm(x, name):
        return functional.rms_norm(x, (HIDDEN,), tensors[name + ".weight"], EPS)

    def split(x):
        return x.unflatten(-1, (-1, HEAD)).transpose(1, 2)

    def rotate(x):
        low, high, c, s = *x.chunk(2, -1), cos[:x.shape[2]], sin[:x.shape[2]]
        return torch.cat((low * c - high * s, high * c + low * s), -1)

    def run(ids):
        x = tensors["model.embed_tokens.weight"][ids]
        normed = norm(x, LAYER + "input_layernorm")
        query, key, value = (split(linear(normed, "self_attn." + name)) for name in "qkv")
        mixed = functional.scaled_dot_product_attention(rotate(query), rotate(key), value, is_causal=True, enable_gqa=True)
        x = x + linear(mixed.transpose(1, 2).flatten(2), "self_attn.o")
        normed = norm(x, LAYER + "post_attention_layernorm")
        x = x + linear(functional.silu(linear(normed, "mlp.gate")) * linear(normed, "mlp.up"), "mlp.down")
        return functional.linear(norm(x[:, -1], "model.norm"), tensors["lm_head.weight"])

    return run
