# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What happens around a call of attn_rt.py: names, sentences, options, signals, threads, and who outlives whom."""

import gc
import os
import re
import resource
import signal
import threading
import time
import weakref

import numpy as np

import attn_rt
import support
from attn_rt import Status
from support import Test, noise

BAD = Status.INVALID_ARGUMENT
LONG = np.full(20000, 1000000, np.int32)  # for "slow": ten seconds of work and more, in pieces of a millisecond


def embed_arguments(rows=2, columns=3, seed=1):
    return noise("f32", (rows, columns), seed), noise("i64", (rows, columns), seed), np.ones(3, np.float32)


def embedded(x, ids, bias):
    y = 2 * x + ids.astype(np.float32) + np.resize(np.float32([100, 200, 300]), x.shape[1])
    return y, y.astype(np.float64).cumsum(axis=1)[:, -1] + bias[0]


class Toy(Test):
    def setUp(self):
        self.module = attn_rt.load(support.path("toy"))
        self.embed = self.module["embed"]

    def test_signature(self):
        self.assertEqual(repr(self.embed), "embed(x: f32[batch, seq], ids: i64[batch, seq] in [0, 30521], bias: f32[3]) -> "
                                           "(y: f32[batch, seq], sum: f64[batch])")
        self.assertEqual(repr(self.module["wrong"]), "wrong(kind: i32[n]) -> (y: f32[?, 2])")
        self.assertEqual(repr(attn_rt.load(support.path("hello"))), "twice(x: f32[n]) -> (y: f32[n])")
        self.assertEqual(self.embed.symbols, {"batch": (0, 64, 1), "seq": (1, 512, 1)})
        self.assertEqual(self.module["state"].symbols, {"n": (0, 4096, 2)})
        self.assertEqual(list(self.module), ["embed", "check", "slow", "state", "wrong"])
        self.assertEqual((self.module.name, self.module.variants, self.module.weights_bytes), ("toy", ("future", "x86-64-v2", "baseline"), 12))
        self.assertIn(self.module.variant, self.module.variants[1:])
        self.assertEqual(self.module.uuid, "00112233445566778899aabbccddeeff")
        self.assertEqual(attn_rt.version(), (0, 1))

    def test_names(self):
        x, ids, bias = arguments = embed_arguments()
        for result in (self.embed(*arguments), self.embed(x, bias=bias, ids=ids), self.embed(bias=bias, ids=ids, x=x)):
            self.same(result.y, embedded(*arguments)[0])
            self.same(result.sum, embedded(*arguments)[1])
            y, _ = result
            self.assertIs(y, result.y)

    def test_sentences_about_arguments(self):
        x, ids, bias = embed_arguments()
        for message, values, named in (
                ("expects function 'embed' to be called with 3 arguments, but got 2", (x, ids), {}),
                ("expects function 'embed' to be called with 3 arguments, but got 4", (x, ids, bias, x), {}),
                ("expects function 'embed' to be called with 3 arguments, but got 0", (), {}),
                ("expects function 'embed' to get argument 'bias', but got (x, ids)", (x,), {"ids": ids}),
                ("expects arguments of function 'embed' by name to be among (ids, bias), but got 'idz'", (x,), {"idz": ids}),
                ("expects arguments of function 'embed' by name to be among (ids, bias), but got 'x'", (x,), {"x": x}),
                ("expects argument 'bias' dimension 0 to be 3, but got 2", (x, ids, bias[:2]), {}),
                ("expects argument 'ids' dimension 1 to be 3 ('seq', as in argument 'x' dimension 1), but got 2", (x, ids[:, :2], bias), {}),
                ("expects argument 'x' dimension 1 ('seq') to be in [1, 512], but got 0", (x[:, :0], ids[:, :0], bias), {}),
                ("expects argument 'x' to have rank 2, but got 9", (np.zeros((1,) * 9, "f4"), ids, bias), {})):
            self.refused(BAD, message, self.embed, *values, **named)
        self.refused(Status.OUT_OF_RANGE, "expects argument 'ids' element [1, 2] to be in [0, 30521], but got 99999999", self.embed, x,
                     np.where(np.arange(6).reshape(2, 3) == 5, 99999999, ids), bias)
        self.refused(Status.OUT_OF_RANGE, "expects x to be at least 0, but got -3", self.module["check"], np.float32([1, -3]))
        self.refused(Status.INTERNAL, "expects function 'wrong' to return 0 or 2, but got 77", self.module["wrong"], np.zeros(1, np.int32))

    def test_sentences_about_modules(self):
        listed = "'embed', 'check', 'slow', 'state', 'wrong'"
        self.refused(Status.NOT_FOUND, "expects the function to be one of %s, but got 'nope'" % listed, lambda: self.module["nope"])
        self.refused(Status.NOT_FOUND, "expects the name of a function, one of %s, but got none" % listed, self.module, LONG)
        self.refused(Status.NOT_FOUND, "module 'no.so': expects to open the file, but got No such file or directory", attn_rt.load, "no.so")
        self.refused(Status.NOT_FOUND, "module '%s': expects the variant to be one of 'baseline', but got 'avx9'" % support.path("hello"),
                     attn_rt.load, support.path("hello"), variant="avx9")
        with self.assertRaisesRegex(attn_rt.Error, "constructor|INIT"):
            attn_rt.load(support.path("constructor"))
        self.refused(Status.NOT_FOUND, "expects the package to be installed from its wheel with folder 'cmake', but got none",
                     attn_rt.cmake_dir)

    def test_ways_to_open(self):
        with open(support.path("hello"), "rb") as file:
            data = file.read()
        x = noise("f32", 100)
        for source in (data, bytearray(data), memoryview(data)):
            self.same(attn_rt.load(source)(x), 2 * x)
        self.same(attn_rt.load(support.path("toy"), variant="baseline")["embed"](*embed_arguments()).y, embedded(*embed_arguments())[0])
        described = attn_rt.load(support.path("hello"), inspect=True)
        self.assertEqual((repr(described), described.variant), ("twice(x: f32[n]) -> (y: f32[n])", None))
        self.refused(Status.INCOMPATIBLE, "expects a module opened to run, but got one opened to inspect", described, x)

    def test_plan(self):
        plan = self.embed.using(threads=3).plan(*embed_arguments())
        self.assertEqual(plan, attn_rt.Plan({"y": (2, 3), "sum": (2,)}, 24))
        self.assertEqual(self.embed.using(threads=1).plan(bias=(3,), x=(5, 7), ids=(5, 7)), attn_rt.Plan({"y": (5, 7), "sum": (5,)}, 8))
        self.refused(BAD, "expects argument 'bias' dimension 0 to be 3, but got 4", self.embed.plan, (5, 7), (5, 7), (4,))

    def test_without_a_compiler(self):
        path, os.environ["PATH"] = os.environ["PATH"], ""
        try:
            self.refused(Status.NOT_FOUND, "expects attn-compile to be beside the package, in PATH or named by ATTN_COMPILE, but got none",
                         attn_rt.compile, "model.mlir")
        finally:
            os.environ["PATH"] = path


class Callbacks(Test):
    def setUp(self):
        self.slow = attn_rt.load(support.path("toy"))["slow"]

    def test_trace(self):
        events = []
        self.slow.using(trace=events.append)(np.zeros(4, np.int32))
        self.assertEqual([(e.name, e.kind, e.tiles_done, e.tiles_skipped, e.flops, e.bytes) for e in events],
                         [("first", "attention", 4, 0, 20, 32), ("second", "attention", 4, 10, 0, 0)])
        self.assertTrue(all(event.begin_ns <= event.end_ns for event in events))

    def test_poll_cancels(self):
        calls = []
        self.refused(Status.CANCELLED, "expects poll to return 0 for the run to go on, but got another value",
                     self.slow.using(poll=lambda: calls.append(1) or len(calls) == 3), LONG)
        self.assertEqual(len(calls), 3)

    def test_exceptions_come_out(self):
        def fail(*_):
            raise KeyError("mine")
        for options in ({"poll": fail}, {"trace": fail}, {"poll": fail, "trace": fail}):
            slow = self.slow.using(**options)
            for _ in range(3):
                self.assertRaisesRegex(KeyError, "mine", slow, np.zeros(4, np.int32))
        self.same(self.slow(np.ones(4, np.int32)), np.arange(4))

    def test_a_callback_may_run_the_same_function(self):
        inner = []
        polled = self.slow.using(poll=lambda: inner.append(self.slow(np.ones(4, np.int32))) and False)
        self.same(polled(np.ones(4, np.int32)), np.arange(4))
        for result in inner:
            self.same(result, np.arange(4))

    def interrupted(self, expected, kind, **options):
        slow, begin = self.slow.using(**options), time.monotonic()
        sender = threading.Thread(target=lambda: (time.sleep(0.2), os.kill(os.getpid(), kind)))
        sender.start()
        self.assertRaises(expected, slow, LONG)
        sender.join()
        self.assertLess(time.monotonic() - begin, 60)

    def test_control_c_ends_a_run(self):
        for options in ({"threads": 1}, {"threads": 2}, {"trace": lambda event: None}, {"poll": lambda: False}):
            for _ in range(3):
                self.interrupted(KeyboardInterrupt, signal.SIGINT, **options)
                self.same(self.slow(np.ones(4, np.int32)), np.arange(4))

    def test_any_handler_that_raises_ends_a_run(self):
        def handler(*_):
            raise TimeoutError
        old = signal.signal(signal.SIGUSR1, handler)
        try:
            self.interrupted(TimeoutError, signal.SIGUSR1)
        finally:
            signal.signal(signal.SIGUSR1, old)

    def test_a_handler_that_returns_does_not(self):
        seen = []
        old = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
        try:
            sender = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1))
            sender.start()
            self.same(self.slow(np.full(100, 100000, np.int32)), np.arange(100) * 100000)
            sender.join()
            self.assertEqual(seen, [1])
        finally:
            signal.signal(signal.SIGUSR1, old)


class Lifetimes(Test):
    def test_results_outlive_everything(self):
        module = attn_rt.load(support.path("toy"))
        handle, arguments = weakref.ref(module._handle), embed_arguments()
        results = [module["embed"](*arguments) for _ in range(8)]
        gc.disable()
        try:
            del module
            self.assertIsNone(handle())  # without a collection: there are no cycles
        finally:
            gc.enable()
        gc.collect()
        for _ in range(100):
            np.ones(100).sum()
        for result in results:
            self.same(result.y, embedded(*arguments)[0])

    def test_a_function_outlives_its_module(self):
        embed, arguments = attn_rt.load(support.path("toy"), threads=2)["embed"], embed_arguments()
        view = embed(*arguments).y[1:, ::2]
        gc.collect()
        self.same(view, embedded(*arguments)[0][1:, ::2])
        del embed
        gc.collect()
        self.same(view, embedded(*arguments)[0][1:, ::2])

    def test_memory_is_given_back(self):
        copied, x = attn_rt.load(support.path("dtypes"))["f32"], np.ones((1024, 1024), np.float32)
        for _ in range(3):
            copied(x)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(200):  # 800 MB in all
            self.same(copied(x)[0], x[0])
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 100 << 10)


class Threads(Test):
    def test_many_threads_on_one_function(self):
        failures = []

        def work(seed, embed):
            arguments = embed_arguments(4, 7, seed)
            wanted = embedded(*arguments)
            try:
                for _ in range(100):
                    result = embed(*arguments)
                    self.same(result.y, wanted[0])
                    self.same(result.sum, wanted[1])
            except BaseException as error:  # pylint: disable=broad-except
                failures.append(error)
        for threads in (1, 3, attn_rt.Pool(2)):
            embed = attn_rt.load(support.path("toy"), threads=threads)["embed"]
            workers = [threading.Thread(target=work, args=(seed, embed)) for seed in range(12)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        self.assertEqual(failures, [])

    def test_pools(self):
        self.assertRegex(repr(attn_rt.Pool(3, spin_us=-1, cpus=[0])), re.escape("Pool(threads=3)"))
        self.assertEqual(attn_rt.Pool().threads, len(os.sched_getaffinity(0)))
        pool, x = attn_rt.Pool(2), noise("f32", 4000)
        module = attn_rt.load(support.path("hello"), threads=pool)
        for twice in (module, module.using(threads=1), module.using(threads=4), module.using(threads=attn_rt.Pool(2, cpus=[0]))):
            self.same(twice(x), 2 * x)
        self.refused(BAD, "expects a pool to have threads in [0, 4096], but got -1", attn_rt.Pool, -1)

    def test_a_forked_child_can_run(self):
        module, x = attn_rt.load(support.path("hello"), threads=3), noise("f32", 4000)
        self.same(module(x), 2 * x)
        child = os.fork()
        if child == 0:
            os._exit(0 if (module(x) == 2 * x).all() else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)


if __name__ == "__main__":
    support.main()
