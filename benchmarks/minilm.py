# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sentence model for the peers, from its Hugging Face directory: as an ONNX graph, and as calls to PyTorch. Both are what the frameworks'
own exporters and models compute, without the frameworks around them."""

import json
import os
import struct

import numpy as np


def weights(folder):
    """Tensors of model.safetensors by name, mapped, not read."""
    raw = np.memmap(os.path.join(folder, "model.safetensors"), np.uint8, "r")
    (size,) = struct.unpack("<Q", raw[:8].tobytes())
    header = json.loads(raw[8:8 + size].tobytes())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            tensors[name] = np.array(raw[8 + size + begin:8 + size + end]).view(np.float32).reshape(entry["shape"])
    return tensors


def config(folder):
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        return json.load(file)


class Graph:
    """Nodes and constants of an ONNX graph under construction; calling it adds a node and returns the name of its result."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def __call__(self, op, *inputs, **attributes):
        from onnx import helper
        result = "%s_%d" % (op.lower(), len(self.nodes))
        self.nodes.append(helper.make_node(op, list(inputs), [result], **attributes))
        return result

    def constant(self, name, array):
        from onnx import numpy_helper
        self.constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def number(self, value):
        return self.constant("f32_%r" % float(value), np.float32(value))

    def integers(self, *values):
        return self.constant("i64_" + "_".join(map(str, values)), np.array(values, np.int64))


def onnx_layer(graph, x, mask, prefix, tensors, settings):
    width, heads = settings["hidden_size"], settings["num_attention_heads"]
    head = width // heads

    def linear(value, name):
        name = prefix + name
        product = graph("MatMul", value, graph.constant(name + ".weight.T", tensors[name + ".weight"].T))
        return graph("Add", product, graph.constant(name + ".bias", tensors[name + ".bias"]))

    def norm(value, name):
        return onnx_norm(graph, value, prefix + name, tensors, settings)

    def split(value, order):
        return graph("Transpose", graph("Reshape", value, graph.integers(0, 0, heads, head)), perm=order)

    query = split(linear(x, "attention.self.query"), [0, 2, 1, 3])
    key = split(linear(x, "attention.self.key"), [0, 2, 3, 1])
    value = split(linear(x, "attention.self.value"), [0, 2, 1, 3])
    scores = graph("Add", graph("Mul", graph("MatMul", query, key), graph.number(head ** -0.5)), mask)
    mixed = graph("Transpose", graph("MatMul", graph("Softmax", scores, axis=-1), value), perm=[0, 2, 1, 3])
    mixed = graph("Reshape", mixed, graph.integers(0, 0, width))
    x = norm(graph("Add", linear(mixed, "attention.output.dense"), x), "attention.output.LayerNorm")
    inner = linear(x, "intermediate.dense")
    erf = graph("Erf", graph("Mul", inner, graph.number(2 ** -0.5)))
    gelu = graph("Mul", graph("Mul", inner, graph.number(0.5)), graph("Add", erf, graph.number(1)))
    return norm(graph("Add", linear(gelu, "output.dense"), x), "output.LayerNorm")


def onnx_norm(graph, value, name, tensors, settings):
    scale, bias = (graph.constant(name + part, tensors[name + part]) for part in (".weight", ".bias"))
    return graph("LayerNormalization", value, scale, bias, axis=-1, epsilon=settings["layer_norm_eps"])


def onnx_model(folder):
    """The bytes of an ONNX model of opset 17 with dynamic batch and length."""
    from onnx import TensorProto, helper
    tensors, settings, graph = weights(folder), config(folder), Graph()

    def table(name):
        return graph.constant(name, tensors["embeddings.%s_embeddings.weight" % name])

    length = graph("Gather", graph("Shape", "input_ids"), graph.integers(1))
    positions = graph("Slice", table("position"), graph.integers(0), length, graph.integers(0))
    x = graph("Add", graph("Gather", table("word"), "input_ids"), graph("Gather", table("token_type"), "token_type_ids"))
    x = onnx_norm(graph, graph("Add", x, positions), "embeddings.LayerNorm", tensors, settings)
    seen = graph("Cast", graph("Unsqueeze", "attention_mask", graph.integers(1, 2)), to=TensorProto.FLOAT)
    mask = graph("Mul", graph("Sub", graph.number(1), seen), graph.number(np.finfo(np.float32).min))
    for layer in range(settings["num_hidden_layers"]):
        x = onnx_layer(graph, x, mask, "encoder.layer.%d." % layer, tensors, settings)
    graph.nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
              for name in ("input_ids", "attention_mask", "token_type_ids")]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", settings["hidden_size"]])]
    whole = helper.make_graph(graph.nodes, "minilm", inputs, outputs, list(graph.constants.values()))
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=10).SerializeToString()


def torch_model(folder):
    """A function from token ids and types to hidden states, of tokens that all are seen: eager PyTorch is then free to pass no mask."""
    import torch
    from torch.nn import functional
    settings = config(folder)
    tensors = {name: torch.from_numpy(array) for name, array in weights(folder).items()}
    width, heads, eps = settings["hidden_size"], settings["num_attention_heads"], settings["layer_norm_eps"]

    def linear(x, name):
        return functional.linear(x, tensors[name + ".weight"], tensors[name + ".bias"])

    def norm(x, name):
        return functional.layer_norm(x, (width,), tensors[name + ".weight"], tensors[name + ".bias"], eps)

    def layer(x, prefix):
        query, key, value = (linear(x, prefix + "attention.self." + name).unflatten(-1, (heads, -1)).transpose(1, 2)
                             for name in ("query", "key", "value"))
        mixed = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        x = norm(linear(mixed, prefix + "attention.output.dense") + x, prefix + "attention.output.LayerNorm")
        inner = functional.gelu(linear(x, prefix + "intermediate.dense"))
        return norm(linear(inner, prefix + "output.dense") + x, prefix + "output.LayerNorm")

    def run(ids, types):
        table = {name: tensors["embeddings.%s_embeddings.weight" % name] for name in ("word", "position", "token_type")}
        x = table["word"][ids] + table["token_type"][types] + table["position"][:ids.shape[1]]
        x = norm(x, "embeddings.LayerNorm")
        for number in range(settings["num_hidden_layers"]):
            x = layer(x, "encoder.layer.%d." % number)
        return x

    return run
