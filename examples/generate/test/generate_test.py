#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tiny_llama compiled and asked: the texts that transformers wrote, the same text for the same seed, an answer that Ctrl-C ends.

    generate_test.py ATTN_COMPILE ATTN_GENERATE
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

COMPILER = PROGRAM = None
HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(os.path.dirname(HERE), "tiny_llama")
LIMIT_SECONDS = 300


class Generate(unittest.TestCase):
    compared = 0

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.module = os.path.join(cls.folder.name, "tiny.so")
        subprocess.run([COMPILER, MODEL, "-o", cls.module], check=True, timeout=LIMIT_SECONDS)
        with open(os.path.join(HERE, "expected.json"), encoding="ascii") as file:
            cls.expected = json.load(file)["texts"]

    def generate(self, *arguments, stdin=""):
        process = subprocess.run([PROGRAM, self.module, *arguments], input=stdin.encode(), capture_output=True, timeout=LIMIT_SECONDS)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process.stdout.decode(), process.stderr.decode()

    def test_greedy_text_is_that_of_transformers(self):
        for one in self.expected:
            text = one["text"]
            out, err = self.generate("--greedy", "--tokens=%d" % len(text), "--tokenizer", MODEL, "--", one["prompt"])
            self.assertEqual((out, err), (text + "\n", ""))
            Generate.compared += len(text)

    def test_threads_do_not_matter(self):
        for threads in (1, 2, 3):
            out, _ = self.generate("You must ", "--tokens=60", "--threads=%d" % threads, "--seed=5")
            self.assertEqual(out, self.generate("You must ", "--tokens=60", "--seed=5")[0])

    def test_seeds(self):
        texts = {self.generate("You must ", "--temperature=1.5", "--tokens=60", "--seed=%d" % seed)[0] for seed in (1, 2, 3)}
        self.assertEqual(len(texts), 3)

    def test_lines_go_on_where_the_last_ended(self):
        # What was said and what the next line says are one text to the model.
        first, _ = self.generate("The licensee may ", "--greedy", "--tokens=20")
        second, _ = self.generate("The licensee may " + first[:-1] + " You must ", "--greedy", "--tokens=20")
        out, _ = self.generate("--interactive", "--greedy", "--tokens=20", stdin="The licensee may \n You must \n")
        self.assertEqual(out, first + second)

    def test_a_full_session_is_no_error(self):
        out, err = self.generate("You must ", "--greedy", "--capacity=30")
        self.assertEqual((len(out), err), (9 + 14, "attn-generate: the session is full: it holds 30 positions\n"))  # 30 - 9 and the last
        out, err = self.generate("You must ", "--tokens=1000")
        self.assertTrue(err in ("", "attn-generate: the session is full: it holds 512 positions\n"), err)

    def test_stats(self):
        _, err = self.generate("You must ", "--greedy", "--tokens=50", "--stats")
        self.assertRegex(err, re.compile(
            r"\Aprefill: 9 tokens in N s, N tokens/s\ndecode: 49 tokens in N s, N tokens/s\n"
            r"memory: N MB read for each token, N GB/s, [0-9]+ % of the N GB/s at which this machine reads as much\n"
            r"session: 58 of 512 positions\n\Z".replace("N", r"[0-9]+\.[0-9]+")))

    def interrupt(self):
        """(status, what was said) where Ctrl-C came some time after the answer began."""
        process = subprocess.Popen([PROGRAM, self.module, "--interactive", "--greedy", "--tokens=400"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        process.stdin.write(b"The licensee may \n")
        process.stdin.flush()
        said = process.stdout.read(5)
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        said += process.stdout.read()
        process.stdout.close()
        return process.wait(timeout=LIMIT_SECONDS), said.decode()

    def test_interrupt_ends_an_answer(self):
        whole, _ = self.generate("The licensee may ", "--greedy", "--tokens=400")
        for _ in range(50):
            status, said = self.interrupt()
            if status == 0:
                break
            # The answer had been given by then, so that the signal ended the program.
            self.assertEqual((status, said), (-signal.SIGINT, whole))
        self.assertEqual((status, said[-1]), (0, "\n"))
        self.assertLess(len(said), len(whole))
        self.assertTrue(whole.startswith(said[:-1]))


if __name__ == "__main__":
    COMPILER, PROGRAM = (os.path.abspath(name) for name in (sys.argv.pop(1), sys.argv.pop(1)))
    result = unittest.main(exit=False).result
    print("%d elements compared" % Generate.compared)
    sys.exit(0 if result.wasSuccessful() and Generate.compared else 1)
