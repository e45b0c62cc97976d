# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random chains of matmuls by weights, with what is fused into them, in MLIR text, as safetensors and as numpy.

The tolerance of an element is rigorous. A sum of K products in any order, fused or not, is off by at most (K + 2) u times the sum of the products'
magnitudes, u = eps / 2; what came in with an error of its own hands it on, times the magnitude of the weights. Adding a bias or a residual is one more
rounding, relu does not enlarge an error, GELU does by at most its slope, 1.13, and adds a few units of its own. Weights of bf16 and f16 are widened exactly:
with them the oracle gets the numbers as they are stored, and the tolerance stays.
"""

import dataclasses
import json
import math
import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guarded"))

from halves import kind_of, load, store  # noqa: E402

UNIT = float(np.finfo(np.float32).eps) / 2
MAPS = """#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(i, j) -> (i, j)>
#col = affine_map<(i, j) -> (j)>
"""
GELU = [
    "%half = arith.constant 0.5 : f32",
    "%one = arith.constant 1.0 : f32",
    f"%root = arith.constant {math.sqrt(0.5):.9e} : f32",
    "%inner = arith.mulf %s0, %root : f32",
    "%erf = math.erf %inner : f32",
    "%sum = arith.addf %erf, %one : f32",
    "%halved = arith.mulf %s0, %half : f32",
    "%s1 = arith.mulf %halved, %sum : f32",
]
RELU = ["%zero = arith.constant 0.0 : f32", "%positive = arith.cmpf ogt, %s0, %zero : f32", "%s1 = arith.select %positive, %s0, %zero : f32"]
SIZES = [1, 3, 8, 31, 32, 33, 64, 70, 100, 384]
SUMMANDS = SIZES + [1025, 1536, 2100]
ROWS = [0, 1, 2, 3, 5, 7, 8, 13, 33, 129, 260]


@dataclasses.dataclass
class Layer:
    columns: int  # of the input: summands
    rows: int  # of the weight: outputs
    bias: bool
    activation: str  # "none", "relu" or "gelu"
    residual: bool  # an argument of the function, added at the end
    initial: bool  # sums start with an argument, not with 0
    store: str = "f32"  # what weight and bias are kept in
    widened: bool = False  # by an op in front of the matmul, not by the matmul


@dataclasses.dataclass
class Program:
    layers: list

    def __str__(self):
        return " ".join(str(layer) for layer in self.layers)

    def mlir(self, constants):
        """With `constants`, weights come from the file; else they are arguments too, which leaves them as they are."""
        globals_, body, given = "", ["%c0 = arith.constant 0 : index", "%z = arith.constant 0.0 : f32"], []
        body.append(f"%m = tensor.dim %x, %c0 : tensor<?x{self.layers[0].columns}xf32>")
        value = "%x"
        for number, layer in enumerate(self.layers):
            for name, dims in _weights(number, layer).items():
                type_ = f"tensor<{'x'.join(map(str, dims))}x{layer.store}>"
                if not constants:
                    given.append(f'%{name}: {type_} {{attn.name = "{name}"}}')
                    continue
                globals_ += f'ml_program.global private @{name}(#ml_program.extern<{type_}>) : {type_} {{attn.source = "w.safetensors:{name}"}}\n'
                body.append(f"%{name} = ml_program.global_load_const @{name} : {type_}")
            value = _emit(body, number, layer, value)
        arguments = [_named(name, columns) for name, columns in self.arguments()] + given
        result = f"tensor<?x{self.layers[-1].rows}xf32>"
        lines = "\n  ".join(body + [f"return {value} : {result}"])
        return f'{MAPS}{globals_}func.func @f({", ".join(arguments)}) -> ({result} {{attn.name = "o"}}) {{\n  {lines}\n}}\n'

    def arguments(self):
        """(name, columns) of each argument; all have the same number of rows."""
        result = [("x", self.layers[0].columns)]
        for number, layer in enumerate(self.layers):
            result += [(f"init{number}", layer.rows)] if layer.initial else []
            result += [(f"rest{number}", layer.rows)] if layer.residual else []
        return result

    def draw_weights(self, rng):
        shapes = {name: dims for number, layer in enumerate(self.layers) for name, dims in _weights(number, layer).items()}
        kinds = {name: layer.store for number, layer in enumerate(self.layers) for name in _weights(number, layer)}
        return {name: store(rng.uniform(-1, 1, dims).astype(np.float32), kinds[name]) for name, dims in shapes.items()}

    def oracle(self, arguments, weights):
        """The result in float64, and by how much one in float32 may be off."""
        weights = {name: load(stored, kind_of(stored)) for name, stored in weights.items()}
        value, error = arguments["x"].astype(np.float64), 0.0
        for number, layer in enumerate(self.layers):
            w = weights[f"w{number}"].astype(np.float64)
            start = arguments[f"init{number}"].astype(np.float64) if layer.initial else 0.0
            size = np.abs(value) @ np.abs(w).T + np.abs(start)
            error = (layer.columns + 2) * UNIT * size + (error @ np.abs(w).T if number else 0.0)
            value = value @ w.T + start
            value, error = _epilogue(layer, number, value, error, arguments, weights)
        return value, error


def _weights(number, layer):
    return {f"w{number}": (layer.rows, layer.columns)} | ({f"b{number}": (layer.rows,)} if layer.bias else {})


def _named(name, columns):
    return f'%{name}: tensor<?x{columns}xf32> {{attn.name = "{name}", attn.dims = ["rows", ""]}}'


def _emit(body, number, layer, value):
    wide, narrow = f"tensor<?x{layer.columns}xf32>", f"tensor<?x{layer.rows}xf32>"
    right, weight = f"%w{number}", f"tensor<{layer.rows}x{layer.columns}x{layer.store}>"
    if layer.widened and layer.store != "f32":
        stored, right, weight = (right, weight), f"%wide{number}", f"tensor<{layer.rows}x{layer.columns}xf32>"
        body.append(f"%we{number} = tensor.empty() : {weight}")
        body.append(
            f"{right} = linalg.generic {{indexing_maps = [#id, #id], iterator_types = [\"parallel\", \"parallel\"]}} ins({stored[0]} : {stored[1]}) "
            f"outs(%we{number} : {weight}) {{\n  ^bb0(%v: {layer.store}, %u: f32):\n    %r = arith.extf %v : {layer.store} to f32\n"
            f"    linalg.yield %r : f32\n  }} -> {weight}"
        )
    body.append(f"%e{number} = tensor.empty(%m) : {narrow}")
    start = f"%init{number}"
    if not layer.initial:
        start = f"%f{number}"
        body.append(f"{start} = linalg.fill ins(%z : f32) outs(%e{number} : {narrow}) -> {narrow}")
    body.append(
        f"%y{number} = linalg.matmul indexing_maps = [#a, #bt, #c] ins({value}, {right} : {wide}, {weight}) outs({start} : {narrow}) -> {narrow}"
    )
    inputs, maps, types, block = [f"%y{number}"], ["#id"], [narrow], ["%v: f32"]
    lines, given = ["%s0 = arith.addf %v, %bias : f32" if layer.bias else "%s0 = arith.addf %v, %z : f32"], "%bias"
    if layer.bias and layer.store != "f32":
        lines, given = [f"%bias = arith.extf %stored : {layer.store} to f32"] + lines, "%stored"
    if layer.bias:
        types, block = types + [f"tensor<{layer.rows}x{layer.store}>"], block + [f"{given}: {layer.store}"]
        inputs, maps = inputs + [f"%b{number}"], maps + ["#col"]
    last = "%s0"
    if layer.activation != "none":
        lines, last = lines + (GELU if layer.activation == "gelu" else RELU), "%s1"
    if layer.residual:
        inputs, maps, types, block = inputs + [f"%rest{number}"], maps + ["#id"], types + [narrow], block + ["%rest: f32"]
        lines, last = lines + [f"%s2 = arith.addf {last}, %rest : f32"], "%s2"
    if last == "%s0" and not layer.bias:
        return f"%y{number}"
    text = "\n    ".join(lines + [f"linalg.yield {last} : f32"])
    body.append(
        f"%o{number} = linalg.generic {{indexing_maps = [{', '.join(maps)}, #id], iterator_types = [\"parallel\", \"parallel\"]}} "
        f"ins({', '.join(inputs)} : {', '.join(types)}) outs(%e{number} : {narrow}) {{\n  ^bb0({', '.join(block)}, %u: f32):\n    {text}\n  }} -> {narrow}"
    )
    return f"%o{number}"


def _epilogue(layer, number, value, error, arguments, weights):
    if layer.bias:
        value = value + weights[f"b{number}"]
        error = error + UNIT * np.abs(value)
    if layer.activation == "relu":
        value = np.maximum(value, 0.0)
    if layer.activation == "gelu":
        erf = np.vectorize(math.erf, otypes=[np.float64])
        value, error = value * 0.5 * (1 + erf(value * math.sqrt(0.5))), 1.13 * error + 16 * UNIT * (1 + np.abs(value))
    if layer.residual:
        value = value + arguments[f"rest{number}"]
        error = error + UNIT * np.abs(value)
    return value, error


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        packed = tensor.tobytes()
        header[name] = {"dtype": kind_of(tensor).upper(), "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def random_program(pick):
    columns, layers = pick.choice(SUMMANDS), []
    for _ in range(pick.choice([1, 1, 2])):
        rows = pick.choice(SIZES)
        activation = pick.choice(["none", "relu", "gelu"])
        kept = pick.choice(["f32", "bf16", "bf16", "f16"]), pick.random() < 0.3
        layers.append(Layer(columns, rows, pick.random() < 0.6, activation, pick.random() < 0.4, pick.random() < 0.3, *kept))
        columns = rows
    return Program(layers)
