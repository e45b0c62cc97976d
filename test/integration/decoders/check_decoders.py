# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles tiny decoders and runs them call by call, a prompt and then token after token, against two oracles.

    check_decoders.py --compile=attn-compile CASE...       a case of families.py, or `tiny_llama`
                      [--dtype=BF16] [--strategy=reference] [--all-variants] [--threads=N]

The module runs through runtime/python, which PYTHONPATH has to hold: once with states of the caller, which begin as NaN, so that
what a call reads beyond the positions that exist shows; then in sessions. Logits are compared with those of transformers
(oracle.npz) and of reference.py; a session that was rewound or forked has to repeat itself bit for bit.

Tolerance. transformers in f32 differs from itself in f64 by up to 1.3e-5 on these models, whose logits reach 12 (make_oracle.py
prints it); another order of summation and of rounding frequencies is allowed the fourfold of it. Step by step is compared with all
at once, which are the same sums but for attention's order and the rows of matmuls: 1e-5 of the largest logit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "guarded"))

import attn_rt  # noqa: E402
import families  # noqa: E402
from guarded import run, variants_here  # noqa: E402
from make_oracle import TEXT, TINY, TINY_SCHEDULE  # noqa: E402
from reference import run_schedule  # noqa: E402

TOLERANCE, STEP_TOLERANCE = 5e-5, 1e-5
CAPACITY = 24


def states_of(module, config, batch):
    """NaN for every state of the signature."""
    gpt2 = config["model_type"] == "gpt2"
    layers = config["n_layer" if gpt2 else "num_hidden_layers"]
    heads = config["n_head" if gpt2 else "num_attention_heads"]
    groups = heads if gpt2 else config["num_key_value_heads"] or heads
    size = config.get("head_dim") or config["n_embd" if gpt2 else "hidden_size"] // heads
    return {"layer%d.%s" % (layer, kind): np.full((batch, groups, CAPACITY, size), np.nan, np.float32)
            for layer in range(layers) for kind in ("key", "value")}


def run_module(module, config, ids, schedule):
    """The logits after each call; a call of one token is `decode`."""
    states, results, past = states_of(module, config, len(ids)), [], 0
    for step in schedule:
        function = module["decode" if step == 1 and past else "prefill"]
        part = np.ascontiguousarray(ids[:, past : past + step])
        results.append(function(input_ids=part, past=np.array(past, np.int64), **states))
        past += step
    untouched = all(np.isnan(state[:, :, past:]).all() for state in states.values())
    assert untouched, "expects positions behind the last to be left alone"
    return np.stack(results)


def run_session(session, ids, schedule, past=0):
    """The same in a session that holds `past` positions."""
    results = []
    for step in schedule:
        part = np.ascontiguousarray(ids[:, past : past + step])
        results.append(session.run("decode" if step == 1 and past else "prefill", part))
        past += step
        assert session.length == past, (session.length, past)
    return np.stack(results)


def check_sessions(module, ids, prompt, plain, comparison, label):
    """A prompt and single steps, then again from the prompt on, in the session and in two copies of it."""
    steps = (1,) * (ids.shape[1] - prompt)
    session = module.session(batch=len(ids), capacity=CAPACITY)
    first = run_session(session, ids, (prompt,))
    early = session.fork()
    rest = run_session(session, ids, steps, prompt)
    comparison.exact(label + " in a session", np.concatenate([first, rest]), plain)
    late = session.fork()
    session.rewind(prompt)
    late.rewind(prompt)
    for name, other in (("rewound", session), ("forked", early), ("forked and rewound", late)):
        comparison.exact("%s %s" % (label, name), run_session(other, ids, steps, prompt), rest)
    # One position more than there are; the session stays as it was.
    full = module.session(batch=len(ids), capacity=ids.shape[1])
    run_session(full, ids, (ids.shape[1],))
    try:
        full.run("decode", ids[:, :1].copy())
        comparison.failures.append("%s: expects a full session to refuse, but got logits" % label)
    except attn_rt.Error:
        comparison.exact(label + " refused", np.array(full.length), np.array(ids.shape[1]))


class Comparison:
    def __init__(self):
        self.compared, self.worst, self.failures = 0, 0.0, []

    def near(self, what, got, expected, tolerance):
        if got.shape != expected.shape:
            self.failures.append("%s: expects shape %s, but got %s" % (what, expected.shape, got.shape))
            return
        error = np.abs(got.astype(np.float64) - expected)
        error = np.where(np.isnan(error), np.inf, error).max(initial=0)
        self.compared, self.worst = self.compared + got.size, max(self.worst, error / tolerance)
        if error > tolerance:
            self.failures.append("%s: expects logits within %g, but got %g" % (what, tolerance, error))

    def exact(self, what, got, expected):
        self.compared += got.size
        if not np.array_equal(got, expected):
            self.failures.append("%s: expects the same bits, but got a difference of %g" % (what, np.abs(got - expected).max()))


def check_case(case, module, tensors, comparison, label):
    oracle = np.load(os.path.join(HERE, "oracle.npz"))
    config, ids, results = families.CASES[case], families.token_ids(case), {}
    rounded = any((families.weight(name, value.shape) != value).any() for name, value in tensors.items())
    for name, schedule in families.SCHEDULES.items():
        results[name] = run_module(module, config, ids, schedule)
        what = "%s %s" % (label, name)
        if not rounded:
            comparison.near(what + ", transformers", results[name], oracle["%s.%s" % (case, name)], TOLERANCE)
        comparison.near(what + ", reference", results[name], run_schedule(config, tensors, ids, schedule), TOLERANCE)
    check_sessions(module, ids, families.SCHEDULES["steps"][0], results["steps"], comparison, label)
    # What longrope rotates by depends on the length at the time.
    if "longrope" not in case:
        bound = STEP_TOLERANCE * max(1, np.abs(results["whole"]).max())
        comparison.near(label + " steps, whole", results["steps"][-1], results["whole"][-1], bound)
        comparison.near(label + " parts, whole", results["parts"][-1], results["whole"][-1], bound)


def stored(array, dtype):
    """f32 numbers as a file of the type holds them."""
    if dtype == "F32":
        return array
    data = families.to_bytes(array, dtype)
    if dtype == "F16":
        return np.frombuffer(data, np.float16).astype(np.float32).reshape(array.shape)
    return (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(array.shape)


def check_tiny(arguments, comparison):
    """The trained model of the examples, whose files are as somebody would download them."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tiny_llama.so")
        run([arguments.compile, TINY, "-o", path, "--target=native"])
        module = attn_rt.load(path, threads=arguments.threads)
        expected = np.load(os.path.join(HERE, "oracle.npz"))["tiny_llama.steps"]
        session = module.session()
        ids = np.frombuffer(TEXT, np.uint8).astype(np.int64)[None]
        comparison.near("tiny_llama, transformers", run_session(session, ids, TINY_SCHEDULE), expected, TOLERANCE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--compile", default="attn-compile")
    parser.add_argument("--dtype", default="F32")
    parser.add_argument("--strategy", default="fast")
    parser.add_argument("--all-variants", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    comparison = Comparison()
    for case in arguments.cases:
        if case == "tiny_llama":
            check_tiny(arguments, comparison)
            continue
        with tempfile.TemporaryDirectory() as folder:
            model, path = os.path.join(folder, "model"), os.path.join(folder, "model.so")
            families.write(case, model, arguments.dtype)
            tensors = {name: stored(value, arguments.dtype) for name, value in families.tensors_of(families.CASES[case]).items()}
            options = [] if arguments.all_variants else ["--target=native"]
            run([arguments.compile, model, "-o", path, "--attn-strategy=" + arguments.strategy] + options)
            for variant in variants_here(arguments.compile) if arguments.all_variants else [None]:
                module = attn_rt.load(path, threads=arguments.threads, variant=variant)
                check_case(case, module, tensors, comparison, case if variant is None else "%s on %s" % (case, variant))
    for failure in comparison.failures:
        print("FAIL", failure)
    print("%d models, %d elements compared, worst at %.2f of its tolerance, %d failures"
          % (len(arguments.cases), comparison.compared, comparison.worst, len(comparison.failures)))
    return 1 if comparison.failures or not comparison.compared else 0


if __name__ == "__main__":
    sys.exit(main())
