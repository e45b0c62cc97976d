# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How the peers run a pattern of patterns.py. Every peer is checked against rows computed in f64 before it may be timed."""

import os

import numpy as np
import torch
from torch.nn import functional

import patterns

ROWS = 48  # of each of two heads that are computed in f64


def definition(case):
    """The pattern's tables, and what sees what among some queries and all keys."""
    tables = case.tables(np)
    return tables, lambda rows: np.asarray(case.visible(rows[:, None], np.arange(case.length)[None, :], tables))


def exact_rows(case, arrays, visible):
    """(head, rows, output) in f64: borders, and rows spread over the rest."""
    random, n = np.random.default_rng(11), case.length
    rows = np.unique(np.concatenate([[0, 1, n // 2, n - 2, n - 1], random.choice(n, ROWS, replace=False)]))
    seen = visible(rows)
    for head in sorted({0, case.heads - 1}):
        q, k, v = (arrays[name][0, head].astype(np.float64) for name in "qkv")
        scores = np.where(seen, q[rows] @ k.T * case.size ** -0.5, -np.inf)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        yield head, rows, weights @ v / weights.sum(axis=1, keepdims=True)


def flex(case, tensors, tables):
    """Compiled for these sizes, with the block mask made once and not measured."""
    # One process compiles: the core is shared with nobody, and what would help it is pinned to the same one.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention
    torch._dynamo.reset()
    kept = {name: torch.from_numpy(table) for name, table in tables.items()}
    mask = create_block_mask(lambda b, h, i, j: case.visible(i, j, kept), None, None, case.length, case.length, device="cpu",
                             BLOCK_SIZE=case.flex_block)
    compiled = torch.compile(flex_attention, dynamic=False)
    return lambda: compiled(*tensors, block_mask=mask)


def sdpa(tensors, mask):
    mask = torch.from_numpy(mask)[None, None]
    return lambda: functional.scaled_dot_product_attention(*tensors, attn_mask=mask)


def sdpa_in_parts(tensors, parts, shape):
    """What a user does by hand where the scores fall into dense squares: parts of equal length are a batch, others a call each. Documents are slices;
    the tokens of a square of a grid are gathered, which is measured."""
    heads, n, size = shape[1:]
    if len({len(part) for part in parts}) == 1:
        order = torch.from_numpy(np.concatenate(parts))
        back = torch.empty_like(order)
        back[order] = torch.arange(n)

        def run():
            cut = [t[0].index_select(1, order).reshape(heads, len(parts), -1, size).transpose(0, 1) for t in tensors]
            result = functional.scaled_dot_product_attention(*cut)
            return result.transpose(0, 1).reshape(1, heads, n, size).index_select(2, back)
        return run
    slices = [slice(int(part[0]), int(part[-1]) + 1) for part in parts]
    return lambda: torch.cat([functional.scaled_dot_product_attention(*(t[:, :, s] for t in tensors)) for s in slices], dim=2)


def sdpa_in_chunks(tensors, mask, chunk):
    """What a user does by hand with a causal window of as many keys: a chunk of queries sees itself and the chunk before it."""
    q, k, v = tensors
    pieces = [(slice(at, at + chunk), slice(max(at - chunk, 0), at + chunk)) for at in range(0, len(mask), chunk)]
    masks = [torch.from_numpy(np.ascontiguousarray(mask[rows, keys])) for rows, keys in pieces]

    def run():
        results = [functional.scaled_dot_product_attention(q[:, :, rows], k[:, :, keys], v[:, :, keys], attn_mask=seen)
                   for (rows, keys), seen in zip(pieces, masks)]
        return torch.cat(results, dim=2)
    return run


def by_hand(case, tensors, mask, shape):
    return sdpa_in_parts(tensors, case.parts(np), shape) if case.parts else sdpa_in_chunks(tensors, mask, case.local_window)


def onnx_masked_attention(case):
    """Attention of opset 23 with a boolean mask."""
    from onnx import TensorProto, helper
    node = helper.make_node("Attention", ["q", "k", "v", "mask"], ["o"], scale=case.size ** -0.5)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["b", "h", "n", case.size]) for name in "qkvo"]
    mask = helper.make_tensor_value_info("mask", TensorProto.BOOL, ["n", "n"])
    graph = helper.make_graph([node], "attention", values[:3] + [mask], values[3:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11).SerializeToString()


def onnx_local_attention(case):
    """GroupQueryAttention with a local window, and as many key heads as query heads: onnxruntime's fastest way to a window. Rows are its own layout."""
    from onnx import TensorProto, helper
    node = helper.make_node("GroupQueryAttention", ["q", "k", "v", "", "", "last", "total"], ["o", "present_k", "present_v"], domain="com.microsoft",
                            num_heads=case.heads, kv_num_heads=case.heads, scale=case.size ** -0.5, local_window_size=case.local_window)
    rows, cache = ["b", "n", case.heads * case.size], ["b", case.heads, "n", case.size]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, rows) for name in "qkv"]
    values += [helper.make_tensor_value_info(name, TensorProto.INT32, [1]) for name in ("last", "total")]
    results = [helper.make_tensor_value_info("o", TensorProto.FLOAT, rows)]
    results += [helper.make_tensor_value_info(name, TensorProto.FLOAT, cache) for name in ("present_k", "present_v")]
    graph = helper.make_graph([node], "local", values, results)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


def onnx(case, arrays, mask, session, bound):
    shape = arrays["q"].shape
    if not case.local_window:
        return bound(session(onnx_masked_attention(case)), dict(arrays, mask=mask), "o", shape)
    rows = (1, case.length, case.heads * case.size)
    given = {name: np.ascontiguousarray(arrays[name].transpose(0, 2, 1, 3)).reshape(rows) for name in "qkv"}
    given |= {"last": np.array([case.length - 1], np.int32), "total": np.array([case.length], np.int32)}
    model = session(onnx_local_attention(case))
    binding, output = model.io_binding(), np.empty(rows, np.float32)
    caches = [np.empty(shape, np.float32) for _ in "kv"]
    for name, array in given.items():
        binding.bind_cpu_input(name, array)
    for name, array in [("o", output), *zip(("present_k", "present_v"), caches)]:
        binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)

    def run():
        model.run_with_iobinding(binding)
        # A view: the caller's check pays for the copy, no measurement does.
        return output.reshape(1, case.length, case.heads, case.size).transpose(0, 2, 1, 3)

    run.keeps = given, caches
    return run


def openvino(case, arrays, mask):
    """scaled_dot_product_attention of its opset 13 with a boolean mask, in f32: on CPUs with AMX its own choice would be bf16."""
    import openvino
    from openvino import opset13
    shape = list(arrays["q"].shape)
    given = [opset13.parameter(shape, np.float32, name=name) for name in "qkv"] + [opset13.parameter([1, 1] + list(mask.shape), bool, name="mask")]
    node = opset13.scaled_dot_product_attention(*given, scale=opset13.constant(np.float32(case.size ** -0.5)), causal=False)
    options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": 1,
               "ENABLE_CPU_PINNING": False}
    request = openvino.Core().compile_model(openvino.Model([node], given, "attention"), "CPU", options).create_infer_request()
    for index, array in enumerate([arrays[name] for name in "qkv"] + [mask[None, None]]):
        request.set_input_tensor(index, openvino.Tensor(array, shared_memory=True))
    output = np.empty(shape, np.float32)
    request.set_output_tensor(0, openvino.Tensor(output, shared_memory=True))

    def run():
        request.infer()
        return output

    run.keeps = arrays, mask
    return run


def prepare(request, session, bound):
    """-> q, k and v, further arguments of the module, expected results, runs by name of a peer, visible pairs of a head and the worst difference from f64."""
    case = next(case for case in patterns.PATTERNS if case.name == request["case"])
    shape = (1, case.heads, case.length, case.size)
    random = np.random.default_rng(7)
    arrays = {name: random.standard_normal(shape, dtype=np.float32) for name in "qkv"}
    tensors = [torch.from_numpy(array) for array in arrays.values()]
    tables, visible = definition(case)
    mask = np.ascontiguousarray(visible(np.arange(case.length)))
    makers = {"flex": lambda: flex(case, tensors, tables), "sdpa": lambda: sdpa(tensors, mask),
              "hand": lambda: by_hand(case, tensors, mask, shape), "ort": lambda: onnx(case, arrays, mask, session, bound),
              "openvino": lambda: openvino(case, arrays, mask)}
    runs = {name: makers[name]() for name in request["peers"]}
    exact, worst, results = list(exact_rows(case, arrays, visible)), {}, {}
    for name, run in runs.items():
        result = results[name] = np.asarray(run())
        worst[name] = max(float(np.abs(result[0, head, rows] - rows_of).max()) for head, rows, rows_of in exact)
        if not worst[name] < 1e-4:
            raise SystemExit("peers: expects %s to differ from f64 by less than 1e-4, but got %g" % (name, worst[name]))
    return arrays, case.arguments(np, tables), {"o": np.ascontiguousarray(results["sdpa"])}, runs, int(mask.sum()), worst
