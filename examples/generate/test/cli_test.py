#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""attn-generate as a user sees it: text, errors in full, exit statuses, Ctrl-C.

    cli_test.py ATTN_GENERATE_OVER_THE_FAKE_RUNTIME
"""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
CAPACITY = 48
HERE = os.path.dirname(os.path.abspath(__file__))


def fake_answer(held, count, capacity=CAPACITY):
    """What the model of fake_runtime.c says greedily after the bytes `held`, and what the session was told then."""
    held, said = list(held), ""
    while len(said) < count:
        said += chr(97 + sum((i + 1) * token for i, token in enumerate(held)) % 26)
        if len(held) == capacity:
            break
        if len(said) < count:
            held.append(ord(said[-1]))
    return said, held


class Cli(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def module(self, name):
        return self.write(name, "")

    def run_plain(self, *arguments, stdin="", check=0):
        process = subprocess.run([PROGRAM, *arguments], input=stdin.encode(), capture_output=True, timeout=60, cwd=self.folder)
        self.assertEqual(process.returncode, check, process.stderr)
        return process.stdout.decode(), process.stderr.decode()

    def run_fake(self, *arguments, module="fake", **rest):
        return self.run_plain(self.module(module), *arguments, **rest)

    def assert_fails(self, code, message, *arguments, **rest):
        out, err = self.run_fake(*arguments, check=code, **rest)
        self.assertEqual((out, err), ("", "attn-generate: " + message + "\n"))

    def start(self, *arguments, module="fake"):
        # A test may run where SIGINT is ignored, which a program inherits.
        process = subprocess.Popen([PROGRAM, self.module(module), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.kill)
        return process

    def test_greedy(self):
        for tokens in (1, 2, 20):
            out, err = self.run_fake("hello", "--greedy", "--tokens=%d" % tokens)
            self.assertEqual((out, err), (fake_answer(b"hello", tokens)[0] + "\n", ""))

    def test_long_prompts_are_cut_to_what_prefill_takes(self):
        prompt = "the model takes eight at most"
        self.assertEqual(self.run_fake(prompt, "--greedy", "--tokens=3")[0], fake_answer(prompt.encode(), 3)[0] + "\n")

    def test_prompt_from_a_file_and_from_standard_input(self):
        wanted = fake_answer(b"two\nlines\n", 5)[0] + "\n"
        self.assertEqual(self.run_fake("--prompt-file", self.write("p", "two\nlines\n"), "--greedy", "--tokens=5")[0], wanted)
        self.assertEqual(self.run_fake("--prompt-file=-", "--greedy", "--tokens=5", stdin="two\nlines\n")[0], wanted)

    def test_seeds_give_the_same_text_again(self):
        texts = [self.run_fake("hello", "--temperature=2", "--seed=%d" % seed, "--threads=%d" % threads)[0]
                 for seed, threads in ((1, 1), (1, 2), (2, 1), (3, 1))]
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(len(set(texts)), 3)
        self.assertEqual(self.run_fake("hello")[0], self.run_fake("hello", "--temperature=0.8", "--top-p=0.95", "--seed=1")[0])
        cold = self.run_fake("hello", "--temperature=0.01", "--tokens=9")[0]
        self.assertEqual(cold, fake_answer(b"hello", 9)[0] + "\n")

    def test_stops(self):
        whole = fake_answer(b"hello", 12)[0]
        stop = whole[7]
        wanted = whole[:whole.index(stop)] + "\n"
        self.assertEqual(self.run_fake("hello", "--greedy", "--tokens=12", "--stop=1,%d" % ord(stop))[0], wanted)
        self.write("generation_config.json", json.dumps({"eos_token_id": [1, ord(stop)]}))
        self.write("config.json", json.dumps({"eos_token_id": ord(whole[0])}))
        self.assertEqual(self.run_fake("hello", "--greedy", "--tokens=12", "--tokenizer", self.folder)[0], wanted)
        os.remove(os.path.join(self.folder, "generation_config.json"))
        self.assertEqual(self.run_fake("hello", "--greedy", "--tokens=12", "--tokenizer=.")[0], "\n")

    def test_ends_where_the_session_is_full(self):
        out, err = self.run_fake("hello", "--greedy")
        self.assertEqual((out, err), (fake_answer(b"hello", 99)[0] + "\n", "attn-generate: the session is full: it holds 48 positions\n"))
        out, err = self.run_fake("hello", "--greedy", "--capacity=7")
        self.assertEqual((out, err), (fake_answer(b"hello", 99, 7)[0] + "\n", "attn-generate: the session is full: it holds 7 positions\n"))

    def test_stats(self):
        _, err = self.run_fake("hello", "--stats", "--tokens=10")
        number = r"[0-9]+\.[0-9]+"
        self.assertRegex(err, re.compile(
            r"\Aprefill: 5 tokens in N s, N tokens/s\ndecode: 9 tokens in N s, N tokens/s\n"
            r"memory: 1\.000 MB read for each token, N GB/s, [0-9]+ % of the N GB/s at which this machine reads as much\n"
            r"session: 14 of 48 positions\n\Z".replace("N", number)))

    def test_lines(self):
        first, held = fake_answer(b"one", 4)
        second, _ = fake_answer(held + [ord(first[-1])] + list(b"and two"), 4)
        out, err = self.run_fake("--interactive", "--greedy", "--tokens=4", stdin="one\nand two")
        self.assertEqual((out, err), (first + "\n" + second + "\n", ""))

    def test_lines_that_do_not_fit_begin_again(self):
        line = "a" * 30
        wanted = fake_answer(line.encode(), 4)[0]
        out, err = self.run_fake("--interactive", "--greedy", "--tokens=4", stdin=line + "\n" + line + "\n" + "b" * 49 + "\n")
        self.assertEqual(out, (wanted + "\n") * 2)
        self.assertEqual(err, "attn-generate: the session is full: it begins again\nattn-generate: the session is full: it begins again\n"
                              "attn-generate: expects the prompt to fit into 48 positions, but got 49 tokens\n")

    def test_a_line_that_is_refused_is_as_if_it_had_not_been(self):
        out, err = self.run_fake("--interactive", "--greedy", "--tokens=4", stdin="é\none\n")
        self.assertEqual((out, err), (fake_answer(b"one", 4)[0] + "\n", "attn-generate: expects byte 0 of the text to be below 128, but got 195\n"))

    def test_interrupt_ends_the_program(self):
        process = self.start("hello", "--greedy", module="waits")
        said = process.stdout.read(8)
        self.assertEqual(process.stderr.read(6), b"waits\n")  # at 12 positions
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=60)
        self.assertEqual((said + rest).decode(), fake_answer(b"hello", 8)[0] + "\n")
        self.assertEqual((process.returncode, err), (-signal.SIGINT, b""))

    def test_interrupt_ends_an_answer_and_the_session_goes_on(self):
        process = self.start("--interactive", "--greedy", "--tokens=20", module="waits")
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        said = process.stdout.read(8)
        self.assertEqual(process.stderr.read(6), b"waits\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.stdout.read(1), b"\n")
        out, err = process.communicate(b"more\n", timeout=60)
        self.assertEqual(said.decode(), fake_answer(b"hello", 8)[0])
        self.assertEqual(out.decode(), fake_answer(b"hello" + said + b"more", 20)[0] + "\n")
        self.assertEqual((process.returncode, err), (0, b""))

    def test_interrupted_prompt_is_as_if_it_had_not_been(self):
        process = self.start("--interactive", "--greedy", "--tokens=4", module="waits")
        process.stdin.write(b"a prompt of more than a piece\n")
        process.stdin.flush()
        self.assertEqual(process.stderr.read(6), b"waits\n")  # at the third piece of the prompt
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.stdout.read(1), b"\n")
        out, _ = process.communicate(b"one\n", timeout=60)
        self.assertEqual(out.decode(), fake_answer(b"one", 4)[0] + "\n")

    def test_interrupt_at_the_prompt_ends_the_program(self):
        process = self.start("--interactive", "--tokens=1")
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        self.assertEqual(len(process.stdout.read(2)), 2)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), -signal.SIGINT)

    def test_a_terminal_sees_no_control_characters(self):
        file = {"model": {"type": "BPE", "vocab": {chr(97 + i): 97 + i for i in range(26)}, "merges": []},
                "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": chr(97 + i)}, "content": "\x1b"}
                                                             for i in range(16)]}}
        path, module = self.write("tokenizer.json", json.dumps(file)), self.module("fake")
        plain = self.run_plain(module, "hello", "--greedy", "--tokens=20", "--tokenizer", path)[0]
        self.assertIn("\x1b", plain)
        leader, follower = pty.openpty()
        process = subprocess.Popen([PROGRAM, module, "hello", "--greedy", "--tokens=20", "--tokenizer", path], stdout=follower)
        os.close(follower)
        shown = b""
        while True:
            try:
                block = os.read(leader, 1000)
            except OSError:  # Linux says EIO where the other end was closed
                break
            if not block:
                break
            shown += block
        os.close(leader)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(shown.decode().replace("\r\n", "\n"), plain.replace("\x1b", "\ufffd"))

    def test_tokenizer_of_a_model_that_has_one(self):
        path = os.path.join(HERE, "trained", "llama3.json")
        out, err = self.run_fake("hello", "--greedy", "--tokens=3", "--tokenizer", path, module="wide")
        self.assertEqual((len(out) > 1, err), (True, ""))

    def test_tokenizer_failures(self):
        self.assert_fails(1, "expects a tokenizer.json for a model of more than 256 tokens, but got none for 2000", "x", module="wide")
        path = os.path.join(HERE, "trained", "gpt2.json")
        with open(path, encoding="utf-8") as file:
            size = 1 + max(token["id"] for token in json.load(file)["added_tokens"])
        out, err = self.run_fake("x", "--tokenizer", path, check=1)
        self.assertTrue(err.endswith("expects the tokenizer to have at most the 128 tokens of the model, but got %d\n" % size), err)
        self.write("t.json", "{")
        self.assert_fails(1, "t.json: expects byte 1 to be a string, but got the end", "x", "--tokenizer=t.json")
        self.assert_fails(4, "cannot open 'none.json': No such file or directory", "x", "--tokenizer=none.json")
        self.write("generation_config.json", '{"eos_token_id": ["x"]}')
        self.assert_fails(1, "./generation_config.json: expects eos_token_id to be an id or an array of ids, but got a string", "x", "--tokenizer=.")

    def test_prompts_that_are_refused(self):
        self.assert_fails(1, "expects the prompt to have a token, but got none", "")
        self.assert_fails(1, "expects the prompt to fit into 48 positions, but got 49 tokens", "a" * 49)
        self.assert_fails(4, "cannot open 'none': No such file or directory", "--prompt-file=none")
        self.assert_fails(4, "cannot read '.': Is a directory", "--prompt-file=.")

    def test_modules_that_are_refused(self):
        out, err = self.run_plain("no-such-module", "x", check=4)
        self.assertEqual((out, err), ("", "attn-generate: cannot open 'no-such-module': No such file or directory\n"))
        tokens = "expects 'prefill' to take i64 tokens of rank 2 and states, but got 3 arguments, %d of them states"
        logits = "expects 'prefill' to return f32 logits of rank 2 for a known vocabulary, but got %d results of another kind"
        for module, status, message in (
                ("damaged", 1, "expects the file to be a module, but got damage"),
                ("one-function", 1, "expects a function of the module, but got 'prefill'"),
                ("no-states", 1, tokens % 0), ("two-inputs", 1, tokens % 1), ("small-ids", 1, tokens % 1),
                ("no-result", 1, logits % 0), ("half-logits", 1, logits % 1),
                ("other-vocabulary", 1, "expects the vocabulary of 'decode' to be that of 'prefill', but got 127 tokens"),
                ("long-prompts-only", 1, "expects 'prefill' to take any number of tokens from 1, but got 2 to 8"),
                ("two-at-once", 1, "expects 'decode' to take one token, but got 2 to 2"),
                ("nan", 1, "expects the logit of token 5 to be a number, but got NaN"),
                ("infinite", 1, "expects the largest logit to be finite, but got inf"),
                ("forgetful", 3, "the model broke")):
            self.assert_fails(status, message, "x", "--greedy", module=module)
        self.assert_fails(1, "expects the capacity to be at most 48, but got more", "x", "--capacity=49")
        self.assert_fails(4, "cannot start a thread", "x", "--threads=65")

    def test_a_failure_after_some_text(self):
        out, err = self.run_fake("hello", "--greedy", module="breaks", check=3)
        self.assertEqual((out, err), (fake_answer(b"hello", 7)[0], "attn-generate: the model broke\n"))

    def test_usage(self):
        for message, *arguments in (
                ("expects MODULE to be given, but got none; see --help",),
                ("expects one of PROMPT, --prompt-file and --interactive, but got 0; see --help", "m"),
                ("expects one of PROMPT, --prompt-file and --interactive, but got 2; see --help", "m", "p", "--interactive"),
                ("expects MODULE and PROMPT, but got 'x' as well; see --help", "m", "p", "x"),
                ("expects an option that --help lists, but got '--top-k'", "m", "p", "--top-k"),
                ("expects an option that --help lists, but got '-x'", "m", "p", "-x"),
                ("expects --greedy to stand alone, but got '--greedy=1'; see --help", "m", "p", "--greedy=1"),
                ("expects a value after --seed, but got none; see --help", "m", "p", "--seed"),
                ("expects --tokens to be between 1 and 1073741824, but got '0'; see --help", "m", "p", "--tokens=0"),
                ("expects --threads to be between 1 and 1024, but got '-1'; see --help", "m", "p", "--threads", "-1"),
                ("expects --capacity to be between 1 and 2147483647, but got '1x'; see --help", "m", "p", "--capacity=1x"),
                ("expects --seed to be between 0 and 9223372036854775807, but got '9223372036854775808'; see --help", "m", "p",
                 "--seed=9223372036854775808"),
                ("expects --stop to be between 0 and 2147483647, but got ''; see --help", "m", "p", "--stop=1,"),
                ("expects --temperature to be above 0 and at most 100, but got '0'; see --help", "m", "p", "--temperature=0"),
                ("expects --temperature to be above 0 and at most 100, but got 'nan'; see --help", "m", "p", "--temperature=nan"),
                ("expects --top-p to be above 0 and at most 1, but got '1.5'; see --help", "m", "p", "--top-p=1.5")):
            self.assertEqual(self.run_plain(*arguments, check=2), ("", "attn-generate: " + message + "\n"))

    def test_prompts_that_look_like_options(self):
        self.assertEqual(self.run_fake("--greedy", "--tokens=3", "--", "--hi")[0], fake_answer(b"--hi", 3)[0] + "\n")

    def test_help_is_one_screen(self):
        out, err = self.run_plain("--help")
        self.assertEqual(err, "")
        lines = out.splitlines()
        self.assertLessEqual((len(lines), max(map(len, lines))), (40, 100))
        self.assertRegex(self.run_plain("--version")[0], r"\Aattn-generate [0-9]+\.[0-9]+\n\Z")

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([PROGRAM, self.module("fake"), "hello"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual((process.returncode, process.stderr),
                         (4, b"attn-generate: cannot write to standard output: No space left on device\n"))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
