# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Decoders in numpy, written from the papers and model cards, in float64: the oracle that shares no code with transformers.

Rotary frequencies and angles are rounded to float32 where the models were trained with rounded ones.
"""

import math

import numpy as np


def erf(x):
    return np.vectorize(math.erf)(x)


ACTIVATIONS = {
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}


def rope(config, size, length):
    """Frequencies for sequences of `length` positions, and the factor of cos and sin."""
    old = config.get("rope_scaling") or {}
    fields = {"rope_theta": config.get("rope_theta", 10000.0), **(config.get("rope_parameters") or {}), **old}
    kind = fields.get("rope_type", fields.get("type", "default"))
    base, most = fields["rope_theta"], config["max_position_embeddings"]
    original = fields.get("original_max_position_embeddings", most)
    exponents = np.arange(0, size, 2) / size
    waves, factor = base**exponents, 1.0
    if kind == "linear":
        waves = waves * fields["factor"]
    elif kind == "proportional":
        turning = int(fields["partial_rotary_factor"] * size // 2)
        waves = np.where(np.arange(size // 2) < turning, waves, np.inf)
    elif kind == "llama3":
        lengths = 2 * math.pi * waves
        low, high = original / fields["low_freq_factor"], original / fields["high_freq_factor"]
        smooth = (original / lengths - fields["low_freq_factor"]) / (fields["high_freq_factor"] - fields["low_freq_factor"])
        between = 1 / ((1 - smooth) / (fields["factor"] * waves) + smooth / waves)
        waves = np.where(lengths > low, waves * fields["factor"], np.where(lengths < high, waves, between))
    elif kind == "yarn":
        def pair_of(rotations):
            return size * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(base))

        low, high = pair_of(fields.get("beta_fast", 32)), pair_of(fields.get("beta_slow", 1))
        if fields.get("truncate", True):
            low, high = math.floor(low), math.ceil(high)
        low, high = max(low, 0), min(high, size - 1)
        ramp = np.clip((np.arange(size // 2) - low) / max(high - low, 0.001), 0, 1)
        waves = 1 / ((1 - ramp) / waves + ramp / (fields["factor"] * waves))

        def sharpness(scale):
            return 0.1 * scale * math.log(fields["factor"]) + 1 if fields["factor"] > 1 else 1.0

        factor = sharpness(fields["mscale"]) / sharpness(fields["mscale_all_dim"]) if "mscale" in fields else sharpness(1)
    elif kind == "longrope":
        waves = waves * np.array(fields["long_factor" if length > original else "short_factor"])
        stretch = most / original
        factor = math.sqrt(1 + math.log(stretch) / math.log(original)) if stretch > 1 else 1.0
    return (1 / waves).astype(np.float32), factor


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Decoder:
    """A model and what it has seen. Call it with more token ids; it returns the logits of the last."""

    def __init__(self, config, tensors):
        self.config, self.tensors = config, {name: value.astype(np.float64) for name, value in tensors.items()}
        self.past, self.cache = 0, {}
        self.gpt2 = config["model_type"] == "gpt2"
        self.hidden = config["n_embd" if self.gpt2 else "hidden_size"]
        self.layers = config["n_layer" if self.gpt2 else "num_hidden_layers"]
        self.heads = config["n_head" if self.gpt2 else "num_attention_heads"]
        self.groups = self.heads if self.gpt2 else config["num_key_value_heads"] or self.heads
        self.size = config.get("head_dim") or self.hidden // self.heads

    def linear(self, x, name):
        weight = self.tensors[name + ".weight"]
        y = x @ (weight if self.gpt2 else weight.T)
        return y + self.tensors[name + ".bias"] if name + ".bias" in self.tensors else y

    def norm(self, x, name):
        epsilon = self.config["layer_norm_epsilon" if self.gpt2 else "rms_norm_eps"]
        if self.gpt2:
            x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * self.tensors[name + ".weight"]
        return x + self.tensors[name + ".bias"] if self.gpt2 else x

    def window(self, layer):
        family, config = self.config["model_type"], self.config
        if family == "mistral":
            return config["sliding_window"]
        if not config.get("use_sliding_window"):
            return None
        if "layer_types" in config:
            return config["sliding_window"] if config["layer_types"][layer] == "sliding_attention" else None
        return config["sliding_window"] if layer >= config["max_window_layers"] else None

    def rotate(self, x):
        length = self.past + x.shape[2]
        frequencies, factor = rope(self.config, self.size, length)
        angles = np.arange(self.past, length, dtype=np.float32)[:, None] * frequencies
        turns = factor * np.exp(1j * angles.astype(np.float64))
        half = self.size // 2
        turned = (x[..., :half] + 1j * x[..., half:]) * turns
        return np.concatenate([turned.real, turned.imag], -1)

    def attention(self, x, layer, at):
        batch, step, _ = x.shape
        sizes = [self.heads * self.size, self.groups * self.size, self.groups * self.size]
        if self.gpt2:
            parts = np.split(self.linear(x, at + "attn.c_attn"), 3, -1)
        else:
            parts = [self.linear(x, at + "self_attn.%s_proj" % name) for name in "qkv"]
        q, k, v = [part.reshape(batch, step, size // self.size, self.size) for part, size in zip(parts, sizes)]
        if at + "self_attn.q_norm.weight" in self.tensors:
            q, k = self.norm(q, at + "self_attn.q_norm"), self.norm(k, at + "self_attn.k_norm")
        q, k, v = q.swapaxes(1, 2), k.swapaxes(1, 2), v.swapaxes(1, 2)
        if not self.gpt2:
            q, k = self.rotate(q), self.rotate(k)
        if layer in self.cache:
            k, v = (np.concatenate(pair, 2) for pair in zip(self.cache[layer], (k, v)))
        self.cache[layer] = k, v
        k, v = (np.repeat(part, self.heads // self.groups, 1) for part in (k, v))
        scale = self.size**-0.5 / (layer + 1 if self.config.get("scale_attn_by_inverse_layer_idx") else 1)
        i, j = np.arange(self.past, self.past + step)[:, None], np.arange(self.past + step)[None, :]
        visible = j <= i
        if self.window(layer):
            visible &= i - j < self.window(layer)
        scores = np.where(visible, q @ k.swapaxes(2, 3) * scale, -np.inf)
        y = (softmax(scores) @ v).swapaxes(1, 2).reshape(batch, step, -1)
        return self.linear(y, at + ("attn.c_proj" if self.gpt2 else "self_attn.o_proj"))

    def feed_forward(self, x, at):
        act = ACTIVATIONS[self.config["activation_function" if self.gpt2 else "hidden_act"]]
        if self.gpt2:
            return self.linear(act(self.linear(x, at + "mlp.c_fc")), at + "mlp.c_proj")
        return self.linear(act(self.linear(x, at + "mlp.gate_proj")) * self.linear(x, at + "mlp.up_proj"), at + "mlp.down_proj")

    def __call__(self, ids):
        table = self.tensors["transformer.wte.weight" if self.gpt2 else "model.embed_tokens.weight"]
        x = table[ids]
        if self.gpt2:
            x = x + self.tensors["transformer.wpe.weight"][self.past : self.past + ids.shape[1]]
        norms = ("ln_1", "ln_2", "transformer.ln_f") if self.gpt2 else ("input_layernorm", "post_attention_layernorm", "model.norm")
        for layer in range(self.layers):
            at = ("transformer.h.%d." if self.gpt2 else "model.layers.%d.") % layer
            x = x + self.attention(self.norm(x, at + norms[0]), layer, at)
            x = x + self.feed_forward(self.norm(x, at + norms[1]), at)
        self.past += ids.shape[1]
        return self.norm(x[:, -1], norms[2]) @ self.tensors.get("lm_head.weight", table).T


def run_schedule(config, tensors, ids, schedule):
    """The logits after each call, [calls, batch, vocabulary]."""
    model, results, at = Decoder(config, tensors), [], 0
    for step in schedule:
        results.append(model(ids[:, at : at + step]))
        at += step
    return np.stack(results)
