# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of a table that is stored in bf16 or f16, picked by number and multiplied by stored gains, as an embedding with what follows it: exact, because the
products of two halves are f32.

    gather.py --compile=attn-compile --run=attn-guarded-run
"""

import argparse
import os
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "guarded"), os.path.join(HERE, "..", "matmul")]

from guarded import THREADS, execute, run, variants_here  # noqa: E402
from halves import load, store  # noqa: E402
from programs import write_safetensors  # noqa: E402

PROGRAM = """#id = affine_map<(i, j) -> (i)>
#gain = affine_map<(i, j) -> (j)>
#out = affine_map<(i, j) -> (i, j)>
ml_program.global private @t(#ml_program.extern<tensor<50x70xT>>) : tensor<50x70xT> {attn.source = "w.safetensors:t"}
ml_program.global private @g(#ml_program.extern<tensor<70xG>>) : tensor<70xG> {attn.source = "w.safetensors:g"}
func.func @f(%ids: tensor<?xi64> {attn.name = "ids", attn.dims = ["n"], attn.range = array<i64: 0, 49>}) -> (tensor<?x70xf32> {attn.name = "o"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %ids, %c0 : tensor<?xi64>
  %t = ml_program.global_load_const @t : tensor<50x70xT>
  %g = ml_program.global_load_const @g : tensor<70xG>
  %e = tensor.empty(%n) : tensor<?x70xf32>
  %o = linalg.generic {indexing_maps = [#id, #gain, #out], iterator_types = ["parallel", "parallel"]}
      ins(%ids, %g : tensor<?xi64>, tensor<70xG>) outs(%e : tensor<?x70xf32>) {
  ^bb0(%id: i64, %stored: G, %u: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %x = tensor.extract %t[%row, %column] : tensor<50x70xT>
    %f = arith.extf %x : T to f32
    %h = arith.extf %stored : G to f32
    %r = arith.mulf %f, %h : f32
    linalg.yield %r : f32
  } -> tensor<?x70xf32>
  return %o : tensor<?x70xf32>
}
"""


def check(options, kinds, strategy, variants, folder):
    """The number of compared elements for a table and gains of two types."""
    rng, (table, gain) = np.random.default_rng(1), kinds
    t, g = store(rng.uniform(-1, 1, (50, 70)).astype(np.float32), table), store(rng.uniform(-1, 1, 70).astype(np.float32), gain)
    write_safetensors(os.path.join(folder, "w.safetensors"), {"t": t, "g": g})
    source, module, compared = os.path.join(folder, "g.mlir"), os.path.join(folder, "g.so"), 0
    with open(source, "w") as file:
        file.write(PROGRAM.replace("xT", "x" + table).replace(": T ", f": {table} ").replace("xG", "x" + gain).replace(": G", f": {gain}"))
    run([options.compile, source, "-o", module, "--target=" + ",".join(variants), f"--attn-strategy={strategy}"])
    ids = rng.integers(0, 50, 37)
    want = load(t, table)[ids] * load(g, gain)
    for variant in variants:
        got = execute(options.run, module, {"ids": ids}, ["o"], folder, THREADS, variant).results[0]
        if not np.array_equal(got, want):
            raise AssertionError(f"{variant}, {strategy}: rows of {table} by gains of {gain} differ by up to {np.max(np.abs(got - want))}")
        compared += got.size
    return compared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", required=True)
    parser.add_argument("--run", required=True)
    options = parser.parse_args()
    variants, compared = variants_here(options.compile), 0
    with tempfile.TemporaryDirectory() as folder:
        for kinds in (("bf16", "f16"), ("f16", "bf16")):
            for strategy in ("fast", "reference"):
                compared += check(options, kinds, strategy, variants, folder)
    print(f"{compared} elements compared")
    return 0 if compared else 1


if __name__ == "__main__":
    sys.exit(main())
