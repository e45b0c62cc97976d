# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""BertModel with mean pooling, in float64 and numpy alone: the definition written down as plainly as possible.

It shares no code with transformers (which made `oracle.npz`) nor with the compiler, reads the safetensors file itself,
and takes any mask and length, so that tests need neither torch nor stored vectors. Semantics where BERT leaves them open:

* a masked key has no influence whatever it holds (its score is taken as -inf, not as a large negative number);
* a row whose mask is all zero has no hidden states (NaN here) and the embedding zero;
* hidden states of masked tokens are computed but mean nothing.
"""

import json
import math
import os

import numpy as np

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
_erf = np.frompyfunc(math.erf, 1, 1)  # numpy has no erf, and scipy is not worth a dependency


def read_safetensors(path):
    """{name: array} of a safetensors file; arrays are read-only views of the mapped file."""
    raw = np.memmap(path, np.uint8, "r")
    header_size = int(raw[:8].view("<u8")[0])
    body = raw[8 + header_size :]
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + header_size].tobytes()).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = body[begin:end].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


class Bert:
    """The model of one Hugging Face directory."""

    def __init__(self, directory):
        with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        assert config["hidden_act"] == "gelu" and config["model_type"] == "bert", "another architecture"
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.epsilon = config["layer_norm_eps"]
        weights = read_safetensors(os.path.join(directory, "model.safetensors"))
        self.weights = {name: value.astype(np.float64) for name, value in weights.items() if value.dtype.kind == "f"}

    def _linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def _norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred**2).mean(-1, keepdims=True)
        return centred / np.sqrt(variance + self.epsilon) * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def _attention(self, x, visible, name):
        def heads(y):
            return y.reshape(len(y), self.heads, -1).transpose(1, 0, 2)

        query, key, value = (heads(self._linear(x, name + part)) for part in ("query", "key", "value"))
        score = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        score = np.where(visible[None, None, :], score, -np.inf)
        weight = np.exp(score - score.max(-1, keepdims=True))
        out = weight / weight.sum(-1, keepdims=True) @ value
        return out.transpose(1, 0, 2).reshape(x.shape)

    def _layer(self, x, visible, name):
        attended = self._linear(self._attention(x, visible, name + "attention.self."), name + "attention.output.dense")
        x = self._norm(attended + x, name + "attention.output.LayerNorm")
        inner = self._linear(x, name + "intermediate.dense")
        inner = 0.5 * inner * (1 + _erf(inner / math.sqrt(2)).astype(np.float64))
        return self._norm(self._linear(inner, name + "output.dense") + x, name + "output.LayerNorm")

    def _sequence(self, ids, visible, types):
        """Hidden states [tokens, hidden] of one sequence with at least one visible token."""
        table = self.weights
        x = table["embeddings.word_embeddings.weight"][ids] + table["embeddings.token_type_embeddings.weight"][types]
        x = self._norm(x + table["embeddings.position_embeddings.weight"][: len(ids)], "embeddings.LayerNorm")
        for layer in range(self.layers):
            x = self._layer(x, visible, "encoder.layer.%d." % layer)
        return x

    def __call__(self, ids, mask, types=None):
        """(hidden [batch, tokens, hidden], embedding [batch, hidden]) of integer arrays [batch, tokens]."""
        types = np.zeros_like(ids) if types is None else types
        width = self.weights["embeddings.LayerNorm.weight"].size
        hidden = np.full(ids.shape + (width,), np.nan)
        embedding = np.zeros((len(ids), width))
        for row, visible in enumerate(mask.astype(bool)):
            if visible.any():
                hidden[row] = self._sequence(ids[row], visible, types[row])
                mean = hidden[row][visible].mean(0)
                embedding[row] = mean / np.linalg.norm(mean)
        return hidden, embedding
