#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the small tokenizers of the tests and writes down what the package `tokenizers` makes of the test lines.

    python3 -m venv .venv-tokenizers && .venv-tokenizers/bin/pip install tokenizers==0.23.3
    .venv-tokenizers/bin/python examples/generate/test/freeze.py

One file for each way to put a tokenizer.json together that models use; one that is there is not trained again. tokenizer_test.py
compares with the result and needs nothing but Python.
"""

import glob
import json
import os

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from lines import hashes_of, lines_of, rows_of

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "trained")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
MARK = "\u2581"
# Text that no licence has, so that merges join more than ASCII.
FOREIGN = ["Grüße aus Köln, schöne Straße", "le garçon a déjà mangé", "привет мир, как дела", "日本語のテキスト", "안녕하세요 세계", "😀😃😄 👩‍👩‍👧"] * 40


def texts():
    for path in sorted(glob.glob("/usr/share/common-licenses/*")):
        with open(path, encoding="utf-8", errors="ignore") as file:
            yield file.read()
    yield from FOREIGN


def byte_level(pre_tokenizer, normalizer=None, post=None, added=(), size=700):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizer, decoders.ByteLevel()
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.add_tokens([token for token in added if not token.special])
    tokenizer.add_special_tokens([token for token in added if token.special])
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def split(pattern):
    parts = [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    return pre_tokenizers.Sequence(parts)


def begin(token):
    return lambda tokenizer: processors.TemplateProcessing(single=token + " $A", special_tokens=[(token, tokenizer.token_to_id(token))])


def pieces(pre_tokenizer, normalizer, decoder):
    """As SentencePiece trains it: bytes are tokens of their own, and words begin with a mark."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="always")
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=["<unk>", "<s>", "</s>"], limit_alphabet=120, show_progress=False)
    tokenizer.train_from_iterator(texts(), trainer)
    file = json.loads(tokenizer.to_str())
    for byte in range(256):
        file["model"]["vocab"]["<0x%02X>" % byte] = len(file["model"]["vocab"])
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.pre_tokenizer, tokenizer.normalizer, tokenizer.decoder = pre_tokenizer, normalizer, decoder
    tokenizer.post_processor = begin("<s>")(tokenizer)
    return tokenizer


def piece_decoder():
    return decoders.Sequence([decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def with_model(tokenizer, **changes):
    file = json.loads(tokenizer.to_str())
    file["model"].update(changes)
    return Tokenizer.from_str(json.dumps(file))


def special(*names, **how):
    return [AddedToken(name, special=True, normalized=False, **how) for name in names]


def gpt2():
    return byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), added=special("<|endoftext|>"),
                      post=lambda tokenizer: processors.ByteLevel())


def llama3():
    tokenizer = byte_level(split(LLAMA3), added=special("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"), post=lambda tokenizer: processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), begin("<|begin_of_text|>")(tokenizer)]))
    return with_model(tokenizer, ignore_merges=True)


def qwen2():
    added = special("<|im_start|>", "<|im_end|>") + [AddedToken("<tool_call>", normalized=False), AddedToken("Köln", normalized=True),
                                                     AddedToken("<|pad|>", lstrip=True, rstrip=True, normalized=False)]
    return byte_level(split(QWEN2), normalizer=normalizers.NFC(), added=added)


def smollm():
    digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return byte_level(digits, added=special("<|endoftext|>"), size=400)


def llama2():
    prepend = normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])
    return pieces(None, prepend, piece_decoder())


def mistral():
    return pieces(pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="first", split=False), None, piece_decoder())


def metaspace():
    words = pieces(pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="always"), None,
                   decoders.Metaspace(replacement=MARK, prepend_scheme="always"))
    return with_model(words, byte_fallback=False, fuse_unk=False)


def main():
    frozen = {"tokenizers": tokenizers.__version__}
    for make in (gpt2, llama3, qwen2, smollm, llama2, mistral, metaspace):
        path = os.path.join(FOLDER, make.__name__ + ".json")
        if not os.path.exists(path):
            make().save(path, pretty=False)
        tokenizer = Tokenizer.from_file(path)
        frozen[make.__name__] = {kind: hashes_of(rows_of(tokenizer, lines)) for kind, lines in lines_of()}
    with open(os.path.join(HERE, "frozen.json"), "w", encoding="ascii") as file:
        json.dump(frozen, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
