# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is measured: attention of several shapes, the sentence model, and the floors that the project set itself for one core with AVX-512."""

import dataclasses

WINDOW = 255  # keys to the left of a query, as in cases/window-d64.mlir


@dataclasses.dataclass(frozen=True)
class Attention:
    mask: str
    size: int  # of a head
    length: int  # queries, and keys
    floor: float  # share of the FMA peak

    heads = 1

    @property
    def name(self):
        return "%s d=%d N=%d" % (self.mask, self.size, self.length)

    @property
    def module(self):
        return "%s-d%d" % (self.mask, self.size)

    @property
    def flops(self):
        """Of the two products on visible pairs only: what a system computes and throws away does not count for it."""
        n = self.length
        pairs = {"dense": n * n, "causal": n * (n + 1) // 2, "window": sum(min(i, WINDOW) + 1 for i in range(n))}[self.mask]
        return 4 * self.size * pairs

    @property
    def peers(self):
        # onnxruntime's Attention keeps all scores: too slow beyond this to be asked five times, and it takes a window only as a full mask.
        return ["torch"] + (["ort"] if self.length <= 2048 and self.mask != "window" else [])


@dataclasses.dataclass(frozen=True)
class Decode:
    """One query of each of `heads` heads, which share the keys of `key_heads`: a decoder's step behind `length` positions."""

    length: int  # keys
    floor: float = 0.75  # share of the bandwidth at which a core reads as many bytes

    heads, key_heads, size = 32, 8, 128
    module = "decode-d128"
    peers = ("sdpa", "folded", "matmuls", "gqa")

    @property
    def name(self):
        return "decode N=%d" % self.length

    @property
    def bytes(self):
        """Of keys and values, which are read once."""
        return 2 * 4 * self.key_heads * self.length * self.size


@dataclasses.dataclass(frozen=True)
class Model:
    batch: int
    length: int
    floor: float = 1.3  # times faster than onnxruntime

    module = "minilm"
    peers = ("torch", "ort")

    @property
    def name(self):
        return "MiniLM %dx%d" % (self.batch, self.length)

    @property
    def flops(self):
        """Of the matmuls of six layers and of their attention: 384 channels, 1536 in between."""
        per_token = 6 * (2 * (4 * 384 * 384 + 2 * 384 * 1536) + 4 * self.length * 384)
        return per_token * self.batch * self.length


@dataclasses.dataclass(frozen=True)
class Prefill:
    """One layer of a Llama (llama.py) over a prompt, its embedding, and the logits of the last position."""
    length: int
    floor: float = 1.0  # times faster than onnxruntime

    # Of the layer.
    hidden, heads, key_heads, head, inner, vocabulary = 1024, 16, 4, 64, 2816, 256

    module = "llama:prefill"
    peers = ("torch", "ort")

    @property
    def name(self):
        return "Llama block, %d tokens" % self.length

    @property
    def flops(self):
        """Of the matmuls, and of attention on visible pairs."""
        weights = self.hidden * (2 * (self.heads + self.key_heads) * self.head + 3 * self.inner)
        pairs = self.length * (self.length + 1) // 2
        return 2 * weights * self.length + 4 * self.heads * self.head * pairs + 2 * self.hidden * self.vocabulary


ATTENTIONS = (
    [Attention("dense", 32, 512, 0.60)]
    + [Attention("dense", size, n, 0.75) for size in (64, 128) for n in (512, 1024, 2048, 8192)]
    + [Attention("causal", 64, n, 0.70) for n in (1024, 2048, 4096, 8192)]
    + [Attention("causal", 128, n, 0.70) for n in (1024, 2048)]
    + [Attention("window", 64, 2048, 0.50)]
)
DECODES = [Decode(n) for n in (1024, 2048, 4096, 8192, 32768)]
MODELS = [Model(1, 128), Model(8, 128), Prefill(256)]
# One module each and its sizes: two threads against one.
THREADS = [("dense-d64", "dense d=64 N=1024, 8 heads", ["b=1", "h=8", "m=1024", "n=1024"]),
           ("causal-d64", "causal d=64 N=2048, 8 heads", ["b=1", "h=8", "m=2048", "n=2048"]),
           ("minilm", "MiniLM 8x128", ["batch=8", "seq=128"])]
THREADS_FLOOR = 1.8
COMPILE_FLOORS = {"one attention, native": 1.0, "one attention, portable": 1.0, "MiniLM, portable": 60.0}
