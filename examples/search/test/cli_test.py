#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""attn-search as a user sees it: output, errors in full, exit statuses, files left behind.

    cli_test.py ATTN_SEARCH_OVER_THE_FAKE_RUNTIME
"""

import os
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
VOCABULARY = "[PAD] [UNK] [CLS] [SEP] [MASK] cat dog eats sleeps the a fish".split()
SENTENCES = "The cat sleeps.\nA dog eats a fish\n\nthe dog sleeps\r\nA cat eats the fish \x1b[31mred\n"


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return value


class Cli(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        modules = tempfile.TemporaryDirectory()
        self.addCleanup(modules.cleanup)
        self.folder, self.modules = folder.name, modules.name
        self.vocabulary = self.write("vocab.txt", "\n".join(VOCABULARY) + "\n")
        self.sentences = self.write("sentences.txt", SENTENCES)
        self.index = os.path.join(self.folder, "index")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def run_plain(self, *arguments, stdin="", check=0):
        process = subprocess.run([PROGRAM, *arguments], input=stdin.encode(), capture_output=True, timeout=60, cwd=self.folder)
        self.assertEqual(process.returncode, check, process.stderr)
        return process.stdout.decode(), process.stderr.decode()

    def run_search(self, *arguments, module="fake", **rest):
        with open(os.path.join(self.modules, module), "w", encoding="utf-8"):
            pass
        return self.run_plain("--module", os.path.join(self.modules, module), "--vocab", self.vocabulary, *arguments, **rest)

    def assert_fails(self, code, message, *arguments, **rest):
        out, err = self.run_search(*arguments, check=code, **rest)
        self.assertEqual((out, err), ("", "attn-search: " + message + "\n"))

    def test_ranks_by_cosine(self):
        out, err = self.run_search("--query=a dog sleeps", "--top=2", self.sentences)
        # words a dog sleeps (each 1/sqrt 3) against the dog sleeps, and a dog eats a fish (a twice, of length sqrt 7)
        self.assertEqual(out, " 0.6667  the dog sleeps\n 0.6547  A dog eats a fish\n")
        self.assertEqual(err, "")

    def test_control_characters_do_not_reach_the_terminal(self):
        out, _ = self.run_search("--query=cat fish", "--top=1", self.sentences)
        self.assertEqual(out.split("  ", 1)[1], "A cat eats the fish  [31mred\n")

    def test_batches_are_cut_to_the_module(self):
        many = self.write("many.txt", "".join("cat %s\n" % ("dog " * (i % 40)) for i in range(50)))
        for module in ("fake", "fixed"):
            out, _ = self.run_search("--query=cat", "--top=1", many, module=module)
            self.assertEqual(out, " 1.0000  cat \n")

    def test_threads_do_not_matter(self):
        for threads in ("1", "2"):
            out, _ = self.run_search("--query=fish", "--threads", threads, "--top=1", self.sentences)
            self.assertEqual(out, " 0.4472  A cat eats the fish  [31mred\n")  # 1 / sqrt 5

    def test_queries_from_standard_input(self):
        out, err = self.run_search("--top=1", self.sentences, stdin="cat sleeps\n\nfish\n")
        self.assertEqual(out, " 0.8165  The cat sleeps.\n\n 0.0000  The cat sleeps.\n\n"
                              " 0.4472  A cat eats the fish  [31mred\n\n")  # 2 / sqrt 6, nothing, 1 / sqrt 5
        self.assertEqual(err, "")

    def test_sentences_from_standard_input(self):
        out, _ = self.run_search("--query=dog", "-", "--top=1", stdin="a cat\na dog")
        self.assertEqual(out, " 0.7071  a dog\n")

    def test_progress_only_when_asked_for(self):
        _, err = self.run_search("--query=cat", "--progress", self.sentences)
        self.assertEqual(err, "embedded 4 of 4\n")

    def test_index_is_kept_and_used_without_the_sentences(self):
        first, _ = self.run_search("--query=dog", "--index", self.index, self.sentences)
        self.assertEqual(sorted(os.listdir(self.folder)), ["index", "sentences.txt", "vocab.txt"])
        before = os.stat(self.index).st_ino
        second, err = self.run_search("--query=dog", "--index", self.index, "--progress", self.sentences)
        self.assertEqual((second, err, os.stat(self.index).st_ino), (first, "", before))
        os.remove(self.sentences)
        self.assertEqual(self.run_search("--query=dog", "--index", self.index)[0], first)

    def test_index_is_made_again_when_something_changed(self):
        self.run_search("--query=dog", "--index", self.index, self.sentences)
        other = self.write("other.txt", "one dog\n")
        out, err = self.run_search("--query=dog", "--index", self.index, "--progress", other)
        self.assertEqual((out, err), (" 1.0000  one dog\n", "embedded 1 of 1\n"))
        _, err = self.run_search("--query=dog", "--index", self.index, "--progress", other, module="fixed")
        self.assertEqual(err, "embedded 1 of 1\n")

    def test_index_failures(self):
        self.assert_fails(4, "cannot open 'none': it does not exist, and without FILE it cannot be made", "--index=none")
        self.run_search("--query=dog", "--index", self.index, self.sentences)
        self.assert_fails(1, "expects '%s' to be made with this module and vocabulary, but got others" % self.index,
                          "--index", self.index, "--query=x", module="fixed")
        self.assert_fails(1, "expects 'vocab.txt' to begin with ATTNIDX1, but got other bytes",
                          "--index=vocab.txt", "--query=x", self.sentences)
        with open(self.vocabulary, encoding="utf-8") as file:
            self.assertEqual(file.read(), "\n".join(VOCABULARY) + "\n")
        self.assert_fails(4, "cannot create a file beside 'no/index': No such file or directory",
                          "--index=no/index", "--query=x", self.sentences)

    def test_index_of_another_dimension_with_the_right_key(self):
        self.run_search("--query=dog", "--index", self.index, self.sentences)
        with open(self.index, "rb") as file:
            key = file.read()[8:16]
        body = b"ATTNIDX1" + key + struct.pack("<3Q", 32, 1, 2) + b"x\n" + bytes(32 * 4)
        with open(self.index, "wb") as file:
            file.write(body + struct.pack("<Q", fnv1a(body)))
        self.assert_fails(1, "expects '%s' to be made with this module and vocabulary, but got others" % self.index,
                          "--index", self.index, "--query=x")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            process = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((process.returncode, process.stderr), (4, b"attn-search: cannot write to standard output\n"))

    def test_tokens(self):
        out, _ = self.run_plain("--tokens", "--vocab", self.vocabulary, "-", stdin="A cat, sleeps\n[MASK]\xc9\n")
        self.assertEqual(out, "2 10 5 1 8 3\n2 4 1 3\n")

    def test_inputs_that_are_refused(self):
        empty = self.write("empty.txt", " \n\t\n\r\n")
        self.assert_fails(1, "expects '%s' to have at least one sentence, but got 0" % empty, "--query=x", empty)
        self.assert_fails(4, "cannot open 'gone.txt': No such file or directory", "--query=x", "gone.txt")
        # a newline in a name must not make the message two lines
        self.assert_fails(4, "cannot open 'a b': No such file or directory", "--query=x", "a\nb")
        self.write("vocab.txt", "x\nx\n")
        self.assert_fails(1, "'%s': expects vocabulary line 2 to be new, but got the same as line 1" % self.vocabulary,
                          "--query=x", self.sentences)

    def test_a_module_that_is_not_there(self):
        _, err = self.run_plain("--module=gone.so", "--vocab", self.vocabulary, "--query=x", self.sentences, check=4)
        self.assertEqual(err, "attn-search: cannot open 'gone.so': No such file or directory\n")

    def test_usage(self):
        _, err = self.run_plain("--nonsense", check=2)
        self.assertEqual(err, "attn-search: unknown option '--nonsense'; see --help\n")

    def test_version(self):
        self.assertRegex(self.run_plain("--version")[0], r"^attn-search \d+\.\d+\n$")


    def test_modules_that_are_refused(self):
        for module, code, message in [
            ("damaged", 1, "damaged module"),
            ("unreadable", 4, "cannot read module"),
            ("out-of-memory", 4, "no memory for the workspace"),
            ("bug", 3, "a bug"),
            ("no-mask", 1, "expects the module's function to take input_ids and attention_mask, but got 2 other arguments"),
            ("float-mask", 1, "expects argument 'attention_mask' to be i64 of rank 2, but got f32 of rank 2"),
            ("extra-argument", 1, "expects the arguments of a sentence model to be input_ids, attention_mask and token_type_ids, "
                                  "but got 'pixels'"),
            ("one-token", 1, "expects the module's function to take one sentence of two tokens, but got 4 of 1 at most"),
            ("no-embedding", 1, "expects the module's function to return 'embedding', but got 1 other results"),
            ("wrong-rank", 1, "expects result 'embedding' to be f32 of rank 2, but got f32 of rank 3"),
            ("open-width", 1, "expects result 'embedding' to have a known number of columns, but got 1 to 99"),
            ("short-result", 1, "expects result 'embedding' to have 4 rows of 64, but got 3 of 64"),
            ("nan", 1, "expects result 'embedding' to be finite, but got nan"),
            ("few-words", 1, "expects '%s' to have at most 6 lines for this module, but got 12" % self.vocabulary),
        ]:
            with self.subTest(module):
                self.assert_fails(code, message, "--query=x", self.sentences, module=module)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
