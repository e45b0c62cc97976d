# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles from Python and calls what came out, against numpy: several results, lengths, booleans, sessions,
every way to name a source."""

import os
import tempfile
import threading

import numpy as np

import attn_rt

TENSOR = "tensor<?x4x?x32xf32>"
DIMS = 'attn.dims = ["batch", "", "seq", ""]'
LENGTHS = f"""
func.func @attention(%q: {TENSOR} {{attn.name = "q", {DIMS}}}, %k: {TENSOR} {{attn.name = "k", {DIMS}}},
                     %v: {TENSOR} {{attn.name = "v", {DIMS}}}, %len: tensor<?xi64> {{attn.name = "len", attn.dims = ["batch"]}})
    -> ({TENSOR} {{attn.name = "o", {DIMS}}}, tensor<?x4x?xf32> {{attn.name = "lse", attn.dims = ["batch", "", "seq"]}}) {{
  %o, %lse = attn.attention %q, %k, %v scale 0.5 mask(#attn.and<#attn.causal, #attn.length>, %len[b] : tensor<?xi64>)
     : ({TENSOR}, {TENSOR}, {TENSOR}) -> ({TENSOR}, tensor<?x4x?xf32>)
  return %o, %lse : {TENSOR}, tensor<?x4x?xf32>
}}
"""
DENSE = """
func.func @dense(%x: tensor<1x1x?x16xf32> {attn.name = "x", attn.dims = ["", "", "seq", ""]},
                 %seen: tensor<?x?xi1> {attn.name = "seen", attn.dims = ["seq", "seq"]})
    -> (tensor<1x1x?x16xf32> {attn.name = "y", attn.dims = ["", "", "seq", ""]}) {
  %y = attn.attention %x, %x, %x scale 0.25 mask(#attn.dense, %seen[i, j] : tensor<?x?xi1>)
     : (tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>, tensor<1x1x?x16xf32>) -> tensor<1x1x?x16xf32>
  return %y : tensor<1x1x?x16xf32>
}
"""
CACHE = f"""
func.func @step(%q: {TENSOR} {{attn.name = "q", {DIMS}}}, %k: {TENSOR} {{attn.name = "k", {DIMS}}}, %v: {TENSOR} {{attn.name = "v", {DIMS}}},
                %past: tensor<i64> {{attn.name = "past"}},
                %keys: {TENSOR} {{attn.name = "keys", attn.dims = ["batch", "", "capacity", ""]}},
                %values: {TENSOR} {{attn.name = "values", attn.dims = ["batch", "", "capacity", ""]}})
    -> ({TENSOR} {{attn.name = "o", {DIMS}}}, {TENSOR} {{attn.updates = "keys"}}, {TENSOR} {{attn.updates = "values"}})
    attributes {{attn.session = {{batch = "batch", capacity = "capacity", length = "past", step = "seq"}},
                attn.dim_ranges = {{batch = array<i64: 1, 8>, capacity = array<i64: 1, 512>, seq = array<i64: 1, 512>}}}} {{
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %element = tensor.extract %past[] : tensor<i64>
  %length = arith.index_cast %element : i64 to index
  %batch = tensor.dim %q, %c0 : {TENSOR}
  %seq = tensor.dim %q, %c2 : {TENSOR}
  %allKeys = tensor.insert_slice %k into %keys[0, 0, %length, 0] [%batch, 4, %seq, 32] [1, 1, 1, 1] : {TENSOR} into {TENSOR}
  %allValues = tensor.insert_slice %v into %values[0, 0, %length, 0] [%batch, 4, %seq, 32] [1, 1, 1, 1] : {TENSOR} into {TENSOR}
  %o = attn.attention %q, %allKeys, %allValues at(%c0, %c0, %length, %c0) scale 0.5 mask(#attn.causal)
     : ({TENSOR}, {TENSOR}, {TENSOR}) -> {TENSOR}
  return %o, %allKeys, %allValues : {TENSOR}, {TENSOR}, {TENSOR}
}}
"""
compared = 0


def check(actual, expected, bound):
    global compared
    assert actual.dtype == np.float32 and actual.shape == expected.shape, (actual.dtype, actual.shape, expected.shape)
    worst = np.abs(actual - expected).max()
    assert worst <= bound, (worst, bound)
    compared += actual.size


def oracle(q, k, v, scale, seen):
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    scores = np.where(seen, q @ k.swapaxes(-1, -2) * scale, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - top)
    total = weights.sum(axis=-1, keepdims=True)
    return weights / total @ v, (np.log(total) + top)[..., 0]


def bound(q, k, v, scale):
    """Scores of d products err by at most d * 2^-24 * sum |q k| * scale; weights relatively by twice that and by a few roundings of exp
    and of the sum over n keys; what comes out is a mean of values."""
    d, n = q.shape[-1], k.shape[-2]
    score = d * 2.0 ** -24 * scale * (np.abs(q) @ np.abs(k).swapaxes(-1, -2)).max()
    return (2 * score + (n + 8) * 2.0 ** -24) * np.abs(v).max() + score


def check_lengths(model):
    random = np.random.default_rng(3)
    for batch, seq in ((1, 1), (2, 37), (3, 130)):
        q, k, v = random.standard_normal((3, batch, 4, seq, 32), dtype=np.float32)
        lengths = random.integers(1, seq + 1, batch)
        i, j = np.ogrid[:seq, :seq]
        seen = (j <= i) & (j < lengths[:, None, None, None])
        o, lse = oracle(q, k, v, 0.5, seen)
        result = model(q, k=k, len=lengths, v=v)
        check(result.o, o, bound(q, k, v, 0.5))
        check(result.lse, lse, bound(q, k, v, 0.5))
        permuted = [np.ascontiguousarray(x.swapaxes(1, 2)).swapaxes(1, 2) for x in (q, k, v)]
        assert (model(*permuted, lengths).o == result.o).all()
        for threads in (1, 3):
            assert (model.using(threads=threads)(q, k, v, lengths).o == result.o).all()


def check_dense():
    model, random = attn_rt.compile(DENSE, "--target=native", threads=1), np.random.default_rng(4)
    assert repr(model) == "dense(x: f32[1, 1, seq, 16], seen: bool[seq, seq]) -> (y: f32[1, 1, seq, 16])", repr(model)
    x, seen = random.standard_normal((1, 1, 50, 16), dtype=np.float32), random.random((50, 50)) < 0.5
    np.fill_diagonal(seen, True)
    check(model(x, seen), oracle(x, x, x, 0.25, seen)[0], bound(x, x, x, 0.25))
    check(model(x, seen=seen.T), oracle(x, x, x, 0.25, seen.T)[0], bound(x, x, x, 0.25))


def check_sessions():
    model, random = attn_rt.compile(CACHE, "--target=native"), np.random.default_rng(6)
    for batch, seq, first in ((1, 40, 1), (2, 150, 130), (3, 70, 69)):
        q, k, v = random.standard_normal((3, batch, 4, seq, 32), dtype=np.float32)
        wanted = oracle(q, k, v, 0.5, np.tri(seq, dtype=bool))[0]
        session = model.session(batch=batch, capacity=seq + 8)
        step = session["step"]
        check(step(q[:, :, :first], k=k[:, :, :first], v=v[:, :, :first]), wanted[:, :, :first], bound(q, k, v, 0.5))
        fork = session.fork()
        for p in range(first, seq):
            check(step(*(x[:, :, p:p + 1] for x in (q, k, v))), wanted[:, :, p:p + 1], bound(q, k, v, 0.5))
        rest = fork["step"](*(x[:, :, first:] for x in (q, k, v)))
        check(rest, wanted[:, :, first:], bound(q, k, v, 0.5))
        for held in (session, fork):
            assert held.length == seq and (held.state("keys") == k).all() and (held.state("values") == v).all()
        session.rewind(first)
        assert (step(*(x[:, :, first:] for x in (q, k, v))) == rest).all()


def check_many_threads(model):
    random = np.random.default_rng(5)
    q, k, v = random.standard_normal((3, 2, 4, 64, 32), dtype=np.float32)
    wanted, failures = model(q, k, v, [64, 3]).o, []

    def work():
        for _ in range(20):
            if not (model(q, k, v, [64, 3]).o == wanted).all():
                failures.append("expects every thread to get the same bits, but got others")
    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures, failures


def refusal(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except attn_rt.Error as error:
        return str(error)
    raise AssertionError("expects an error, but got none")


def main():
    model = attn_rt.compile(LENGTHS, "--target=native")
    check_lengths(model)
    check_many_threads(model)
    check_dense()
    check_sessions()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "attention.mlir")
        with open(path, "w", encoding="utf-8") as file:
            file.write(LENGTHS)
        portable = attn_rt.compile(path, variant="x86-64-v2")
        assert (portable.variant, portable.variants) == ("x86-64-v2", ("x86-64-v4", "x86-64-v3", "x86-64-v2"))
        check_lengths(portable)
        check_lengths(attn_rt.compile(path, "--target=x86-64-v2", threads=attn_rt.Pool(2)))
    message = refusal(attn_rt.compile, "func.func @f(\n")
    assert message == "attn-compile: <stdin>:1:14: expected non-function type", message
    message = refusal(attn_rt.compile, "no-such-file.mlir")
    assert message == "attn-compile: expects 'no-such-file.mlir' to be readable, but got 'No such file or directory'", message
    print("%d elements compared" % compared)


if __name__ == "__main__":
    main()
