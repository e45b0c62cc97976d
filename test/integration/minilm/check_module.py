#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a compiled MiniLM through attn-run on every case and compares it with both oracles; numpy is all it needs.

    check_module.py MODULE MODEL_DIR [--attn-run PATH] [--full] [--only NAME] [--variants-of COMPILER] [-- ATTN_RUN_OPTION...]

Compared are, with the tolerances of the project's contract, derived from float32's own error on this model (make_oracle.py
prints it: hidden states 5.6e-6, embeddings 4.5e-7, both through six layers in another order of summation):

    embedding                       within 2e-5 of oracle.npz (all cases) and of reference.py
    hidden states, unmasked tokens  within 5e-5 of oracle.npz (stored tokens) and of reference.py (every token)

reference.py costs about 20 ms a token where numpy has Debian's plain BLAS, so without --full it checks only the batches
of at most 160 tokens; the long ones are then checked against the stored vectors. After that come inputs that must be
refused. With --variants-of, batches of at most 512 tokens run once for each CPU variant that this attn-compile says runs
here, and are checked against the stored vectors. Exit status: 0 all agree; 1 not; 2 usage. Zero compared elements are a failure.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "guarded"))

from cases import cases, stored_rows  # noqa: E402
from guarded import variants_here  # noqa: E402
from reference import Bert  # noqa: E402

EMBEDDING_TOLERANCE, HIDDEN_TOLERANCE = 2e-5, 5e-5
REFERENCE_TOKENS = 160
VARIANT_TOKENS = 512
TIME_LIMIT = 300  # seconds for one run of attn-run; a hang is a failure, not a wait


class Module:
    """A module file, called through attn-run with .npy files for everything."""

    def __init__(self, path, attn_run, options):
        self.path, self.attn_run, self.options = path, attn_run, options
        info = subprocess.run([attn_run, path, "--info"], capture_output=True, text=True, timeout=TIME_LIMIT)
        if info.returncode:
            sys.exit("check_module: attn-run --info failed: " + info.stderr.strip())
        self.has_types = "token_type_ids" in info.stdout

    def run(self, ids, mask, types):
        """The process that ran, and (hidden, embedding), which is None where it failed."""
        with tempfile.TemporaryDirectory() as folder:
            inputs = {"input_ids": ids, "attention_mask": mask}
            if self.has_types:
                inputs["token_type_ids"] = types
            command = [self.attn_run, self.path, *self.options]
            for name, value in inputs.items():
                file = os.path.join(folder, name + ".npy")
                np.save(file, value)
                command.append("%s=@%s" % (name, file))
            results = [os.path.join(folder, name + ".npy") for name in ("last_hidden_state", "embedding")]
            for file in results:
                command += ["-o", "%s=%s" % (os.path.basename(file)[:-4], file)]
            process = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
            if process.returncode:
                return process, None
            return process, [np.load(file) for file in results]


class Comparison:
    """Counts what was compared, keeps the largest error of each kind, and remembers what failed."""

    def __init__(self):
        self.compared, self.worst, self.failures = {}, {}, []

    def near(self, case, kind, got, expected, tolerance):
        if got.shape != expected.shape:
            self.failures.append("%s: expects %s to have shape %s, but got %s" % (case, kind, expected.shape, got.shape))
            return
        if not got.size:
            return
        error = np.abs(got.astype(np.float64) - expected)
        error = np.where(np.isnan(error), np.inf, error)
        self.compared[kind] = self.compared.get(kind, 0) + error.size
        self.worst[kind] = max(self.worst.get(kind, 0.0), error.max())
        if error.max() > tolerance:
            place = np.unravel_index(error.argmax(), error.shape)
            self.failures.append("%s: expects %s%s to be within %g of %.7g, but got %.7g"
                                 % (case, kind, list(map(int, place)), tolerance, expected[place], got[place]))

    def report(self, kinds):
        for kind in kinds:
            print("%-34s compared %8d elements, max error %.2e" % (kind, self.compared.get(kind, 0), self.worst.get(kind, 0)))
            if not self.compared.get(kind):
                self.failures.append("expects %s to compare at least one element, but got 0" % kind)
        for failure in self.failures:
            print("FAIL", failure)
        print("%d elements compared, %d failures" % (sum(self.compared.values()), len(self.failures)))
        return 1 if self.failures else 0


def sentence_batches(oracle):
    """All sentences with stored ids, alone, and then all in one padded batch."""
    names = sorted((n[:-4] for n in oracle.files if n.endswith(".ids")), key=lambda n: int(n.split("_")[1]))
    rows = [oracle[name + ".ids"][0] for name in names]
    for name, ids in zip(names, rows):
        yield [name], ids[None], np.ones((1, len(ids)), np.int64)
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for index, row in enumerate(rows):
        ids[index, : len(row)], mask[index, : len(row)] = row, 1
    yield names, ids, mask


def check_sentences(module, oracle, comparison):
    for names, ids, mask in sentence_batches(oracle):
        case = names[0] if len(names) == 1 else "all_sentences"
        process, results = module.run(ids, mask, np.zeros_like(ids))
        if results is None:
            comparison.failures.append("%s: attn-run failed: %s" % (case, process.stderr.strip()))
            continue
        expected = np.concatenate([oracle[name + ".embedding"] for name in names])
        comparison.near(case, "embedding, stored", results[1], expected, EMBEDDING_TOLERANCE)
        for row, name in enumerate(names):
            if name + ".hidden" in oracle:
                hidden = oracle[name + ".hidden"]
                comparison.near(case, "hidden, stored", results[0][row, : len(hidden)], hidden, HIDDEN_TOLERANCE)


def check_case(module, case, oracle, reference, comparison, prefix=""):
    label = prefix + case.name
    process, results = module.run(case.ids, case.mask, case.types)
    if results is None:
        comparison.failures.append("%s: attn-run failed: %s" % (label, process.stderr.strip()))
        return
    hidden, embedding = results
    rows, seen = stored_rows(case), case.mask == 1
    comparison.near(label, "embedding, stored", embedding, oracle[case.name + ".embedding"], EMBEDDING_TOLERANCE)
    comparison.near(label, "hidden, stored", hidden[rows[:, 0], rows[:, 1]], oracle[case.name + ".hidden"], HIDDEN_TOLERANCE)
    empty = ~seen.any(1)
    zeros = np.zeros((empty.sum(), embedding.shape[-1]))
    comparison.near(label, "embedding of empty rows (zero)", embedding[empty], zeros, 0)
    if reference:
        expected_hidden, expected_embedding = reference(case.ids, case.mask, case.types)
        comparison.near(label, "embedding, reference", embedding, expected_embedding, EMBEDDING_TOLERANCE)
        comparison.near(label, "hidden, reference", hidden[seen], expected_hidden[seen], HIDDEN_TOLERANCE)


def refused_inputs():
    """(what, ids, mask, words that the one-line error must hold): the subject, the bound and the actual value."""
    def ones(batch, tokens):
        return np.ones((batch, tokens), np.int64)

    bad = ones(2, 8)
    bad[1, 5] = 99999999
    negative = ones(1, 3)
    negative[0, 0] = -1
    return [
        ("a token id beyond the vocabulary", bad, ones(2, 8), ["input_ids", "99999999", "30521"]),
        ("a negative token id", negative, ones(1, 3), ["input_ids", "-1", "30521"]),
        ("a mask that is neither 0 nor 1", ones(1, 3), ones(1, 3) * 2, ["attention_mask", "2", "1"]),
        ("more than 512 tokens", ones(1, 513), ones(1, 513), ["seq", "513", "512"]),
        ("lengths that differ", ones(1, 8), ones(1, 9), ["input_ids", "attention_mask", "8", "9"]),
        ("batches that differ", ones(2, 8), ones(3, 8), ["input_ids", "attention_mask", "2", "3"]),
        ("a mask of another type", ones(1, 4), ones(1, 4).astype(np.float32), ["attention_mask", "f32"]),
        ("a tensor of another rank", ones(1, 4)[0], ones(1, 4), ["input_ids", "1", "2"]),
    ]


def check_refusals(module, failures):
    checked = 0
    for what, ids, mask, words in refused_inputs():
        process, results = module.run(ids, mask, np.zeros_like(ids))
        missing = [word for word in words if word not in process.stderr]
        lines = process.stderr.strip().splitlines()
        if results is not None or process.returncode != 1 or missing or len(lines) != 1:
            failures.append("%s: expects exit status 1 and one line naming %s, but got %d and %r"
                            % (what, words, process.returncode, process.stderr))
        checked += 1
    print("%d inputs that must be refused were tried" % checked)


def check_variants(arguments, options, oracle, comparison):
    variants = variants_here(arguments.variants_of)
    for variant in variants:
        module = Module(arguments.module, arguments.attn_run, options + ["--variant=" + variant])
        for case in cases():
            if case.ids.size <= VARIANT_TOKENS and (module.has_types or not case.types.any()):
                check_case(module, case, oracle, None, comparison, variant + " ")
    print("variants: " + " ".join(variants))
    return comparison.report(["embedding, stored", "hidden, stored", "embedding of empty rows (zero)"])


def main(argv):
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("module")
    parser.add_argument("model_dir")
    parser.add_argument("--attn-run", default="attn-run")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--variants-of", metavar="COMPILER")
    parser.add_argument("--only", help="run the one case of this name")
    own, options = (argv[: argv.index("--")], argv[argv.index("--") + 1 :]) if "--" in argv else (argv, [])
    arguments = parser.parse_args(own)

    oracle, comparison = np.load(os.path.join(HERE, "oracle.npz")), Comparison()
    if arguments.variants_of:
        return check_variants(arguments, options, oracle, comparison)
    module = Module(arguments.module, arguments.attn_run, options)
    reference = Bert(arguments.model_dir)
    chosen = [case for case in cases() if arguments.only in (None, case.name)]
    for case in chosen:
        small = arguments.full or case.ids.size <= REFERENCE_TOKENS
        if case.types.any() and not module.has_types:
            print("%s: left out, the module takes no token_type_ids" % case.name)
            continue
        check_case(module, case, oracle, reference if small else None, comparison)
    if arguments.only:
        return comparison.report(sorted(comparison.compared) or ["anything"])
    check_sentences(module, oracle, comparison)
    check_refusals(module, comparison.failures)
    return comparison.report(["embedding, stored", "hidden, stored", "embedding, reference", "hidden, reference",
                              "embedding of empty rows (zero)"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
