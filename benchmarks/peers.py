# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The peers, in a process of their own: reads one request as JSON per line, answers each with one line of JSON.

  {"do": "versions"}                                                     -> names and versions
  {"do": "attention", "folder", "heads", "length", "size", "mask", "peers"}
  {"do": "decode", "folder", "heads", "key_heads", "length", "size"}
  {"do": "model", "folder", "model", "batch", "length", "peers"}         prepare a case: writes arguments and the expected result as .npy to folder
  {"do": "pattern", "folder", "case", "peers"}                           a case of patterns.py -> its arguments, visible pairs, differences from f64
  {"do": "write", "folder"}                                              the directory of a Llama
  {"do": "prefill", "folder", "model", "length"}
  {"do": "time", "peer", "seconds", "runs"}                              -> nanoseconds of runs of the case that was prepared last
Runs on one thread; the process inherits the core that the caller pinned itself to."""

import importlib.metadata
import json
import os
import sys
import time

import numpy as np
import onnxruntime
import torch
from torch.nn import functional

import cases
import llama
import minilm
import sparse_peers


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def bound(model, arguments, result, shape):
    """A call of `model` with arguments and result in place, so that no copy of them is measured."""
    binding, output = model.io_binding(), np.empty(shape, np.float32)
    for name, array in arguments.items():
        binding.bind_cpu_input(name, array)
    binding.bind_output(result, "cpu", 0, np.float32, output.shape, output.ctypes.data)

    def run():
        model.run_with_iobinding(binding)
        return output
    return run


def onnx_attention(size, causal):
    """One Attention op of opset 23; onnxruntime has it for f32 on CPUs."""
    from onnx import TensorProto, helper
    node = helper.make_node("Attention", ["q", "k", "v"], ["o"], is_causal=int(causal), scale=size ** -0.5)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["b", "h", "n", size]) for name in "qkvo"]
    graph = helper.make_graph([node], "attention", values[:3], values[3:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11).SerializeToString()


def prepare_attention(request):
    shape = (1, request["heads"], request["length"], request["size"])
    random = np.random.default_rng(7)
    arrays = {name: random.standard_normal(shape, dtype=np.float32) for name in "qkv"}
    tensors = [torch.from_numpy(array) for array in arrays.values()]
    options = {}
    if request["mask"] == "causal":
        options = {"is_causal": True}
    elif request["mask"] == "window":
        i = torch.arange(request["length"])
        options = {"attn_mask": (i[:, None] >= i) & (i[:, None] - i <= cases.WINDOW)}
    runs = {"torch": lambda: functional.scaled_dot_product_attention(*tensors, **options)}
    if "ort" in request["peers"]:
        runs["ort"] = bound(session(onnx_attention(request["size"], request["mask"] == "causal")), arrays, "o", shape)
    return arrays, {"o": runs["torch"]().numpy()}, runs


def onnx_group_query_attention(heads, key_heads, size):
    """onnxruntime's op for decoders: past keys and values in buffers that it may read where they lie, the newest position beside them."""
    from onnx import TensorProto, helper
    node = helper.make_node("GroupQueryAttention", ["q", "k", "v", "past_k", "past_v", "last", "total"], ["o", "present_k", "present_v"],
                            domain="com.microsoft", num_heads=heads, kv_num_heads=key_heads, scale=size ** -0.5)
    new, past = [1, 1, key_heads * size], [1, key_heads, "n", size]
    inputs = [("q", [1, 1, heads * size]), ("k", new), ("v", new), ("past_k", past), ("past_v", past)]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs]
    values += [helper.make_tensor_value_info(name, TensorProto.INT32, [1]) for name in ("last", "total")]
    results = [helper.make_tensor_value_info("o", TensorProto.FLOAT, [1, 1, heads * size])]
    results += [helper.make_tensor_value_info(name, TensorProto.FLOAT, past) for name in ("present_k", "present_v")]
    graph = helper.make_graph([node], "decode", values, results)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


def bound_group_query_attention(request, arrays):
    """All but the newest position are in the buffers already; the op adds that one in place and reads all of them."""
    heads, key_heads, size, n = (request[key] for key in ("heads", "key_heads", "size", "length"))
    model = session(onnx_group_query_attention(heads, key_heads, size))
    binding, output = model.io_binding(), np.empty((1, 1, heads * size), np.float32)
    caches = {"k": arrays["k"].copy(), "v": arrays["v"].copy()}
    binding.bind_cpu_input("q", arrays["q"].reshape(1, 1, heads * size))
    keep = [np.array([n - 1], np.int32), np.array([n], np.int32)]
    for name, array in zip(("last", "total"), keep):
        binding.bind_cpu_input(name, array)
    for name, cache in caches.items():
        binding.bind_cpu_input(name, np.ascontiguousarray(arrays[name][:, :, -1]).reshape(1, 1, key_heads * size))
        for direction, bind in (("past_", binding.bind_input), ("present_", binding.bind_output)):
            bind(direction + name, "cpu", 0, np.float32, cache.shape, cache.ctypes.data)
    binding.bind_output("o", "cpu", 0, np.float32, output.shape, output.ctypes.data)

    def run():
        model.run_with_iobinding(binding)
        return output.reshape(1, heads, 1, size)

    run.keeps = caches, keep
    return run


def prepare_decode(request):
    heads, key_heads, size, n = (request[key] for key in ("heads", "key_heads", "size", "length"))
    random = np.random.default_rng(7)
    arrays = {"q": random.standard_normal((1, heads, 1, size), dtype=np.float32)}
    arrays |= {name: random.standard_normal((1, key_heads, n, size), dtype=np.float32) for name in "kv"}
    q, k, v = (torch.from_numpy(array) for array in arrays.values())
    rows = q.reshape(1, key_heads, heads // key_heads, size)
    scale = size ** -0.5

    def matmuls():
        return torch.matmul(torch.softmax(torch.matmul(rows * scale, k.transpose(-1, -2)), dim=-1), v).reshape(q.shape)

    runs = {"folded": lambda: functional.scaled_dot_product_attention(rows, k, v).reshape(q.shape), "matmuls": matmuls,
            "sdpa": lambda: functional.scaled_dot_product_attention(q, k, v, enable_gqa=True), "gqa": bound_group_query_attention(request, arrays)}
    return arrays, {"o": matmuls().numpy()}, runs


def prepare_model(request):
    shape = (request["batch"], request["length"])
    random = np.random.default_rng(7)
    arrays = {"input_ids": random.integers(1000, 30000, shape), "attention_mask": np.ones(shape, np.int64),
              "token_type_ids": np.zeros(shape, np.int64)}
    model = minilm.torch_model(request["model"])
    ids, types = (torch.from_numpy(arrays[name]) for name in ("input_ids", "token_type_ids"))
    onnx = session(minilm.onnx_model(request["model"]))
    runs = {"torch": lambda: model(ids, types), "ort": bound(onnx, arrays, "last_hidden_state", shape + (384,))}
    return arrays, {"last_hidden_state": runs["torch"]().numpy()}, runs


def prepare_prefill(request):
    arrays = {"input_ids": np.random.default_rng(7).integers(0, llama.VOCABULARY, (1, request["length"]))}
    model, ids = llama.torch_model(request["model"]), torch.from_numpy(arrays["input_ids"])
    runs = {"torch": lambda: model(ids), "ort": bound(session(llama.onnx_model(request["model"])), arrays, "logits", (1, llama.VOCABULARY))}
    return arrays, {"logits": runs["torch"]().numpy()}, runs


def save(folder, arrays, expected):
    for prefix, group in (("", arrays), ("expected-", expected)):
        for name, array in group.items():
            np.save(os.path.join(folder, prefix + name + ".npy"), array)


def prepare_pattern(request):
    arrays, extra, expected, runs, pairs, worst = sparse_peers.prepare(request, session, bound)
    save(request["folder"], arrays | extra, expected)
    return runs, {"arguments": list(extra), "pairs": pairs, "worst": worst}


def prepare(request):
    preparation = {"attention": prepare_attention, "decode": prepare_decode, "model": prepare_model, "prefill": prepare_prefill}[request["do"]]
    arrays, expected, runs = preparation(request)
    save(request["folder"], arrays, expected)
    (reference,) = expected.values()
    # A peer that computes something else would be measured for nothing.
    worst = max(float(np.abs(np.asarray(run()) - reference).max()) for run in runs.values())
    if not worst < 1e-4:
        raise SystemExit("peers: expects the peers to agree within 1e-4, but got %g" % worst)
    return runs, worst


def versions():
    found = {"torch": torch.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__}
    try:
        return found | {"openvino": importlib.metadata.version("openvino")}
    except importlib.metadata.PackageNotFoundError:
        return found


def measure(run, seconds, least):
    samples = []
    begin = time.perf_counter_ns()
    run()
    first = time.perf_counter_ns() - begin
    if first > 3e8:
        # Warm caches are nothing to a run of 0.3 s, and one more of each costs minutes over all cases.
        samples.append(first)
    end = time.perf_counter() + seconds
    while len(samples) < least or time.perf_counter() < end:
        begin = time.perf_counter_ns()
        run()
        samples.append(time.perf_counter_ns() - begin)
    return samples


def main():
    torch.set_num_threads(1)
    runs = {}
    with torch.inference_mode():
        for line in sys.stdin:
            request = json.loads(line)
            if request["do"] == "versions":
                answer = versions()
            elif request["do"] == "write":
                answer = llama.write_model(request["folder"])
            elif request["do"] == "pattern":
                runs, answer = prepare_pattern(request)
            elif request["do"] == "time":
                answer = measure(runs[request["peer"]], request["seconds"], request["runs"])
            else:
                runs, answer = prepare(request)
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
