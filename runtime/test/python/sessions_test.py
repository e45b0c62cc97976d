# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sessions of attn_rt.py, on modules/cache.c, which says what its functions compute."""

import gc
import threading

import numpy as np

import attn_rt
import support
from attn_rt import Status
from support import Test

BAD = Status.INVALID_ARGUMENT


def noise(batch, seq, seed=1):
    """Whole numbers, so that sums are exact."""
    return np.random.default_rng(seed).integers(0, 9, (batch, seq)).astype(np.float32)


def answer(x):
    """y of all positions up to now: the sum of keys[b][1][p][2] * values[p][b]."""
    return ((2 * x + 2) * x).sum(axis=1, dtype=np.float32)


def keys(x):
    """The state `keys` as [batch, 2, positions, 3]."""
    return (np.arange(1, 3)[None, :, None, None] * x[:, None, :, None] + np.arange(3)).astype(np.float32)


class Sessions(Test):
    def setUp(self):
        self.module = attn_rt.load(support.path("cache"))

    def test_signature(self):
        self.assertEqual(repr(self.module["prefill"]),
                         "prefill(x: f32[batch, seq], keys: f32[batch, 2, capacity, 3] state, past: i64[] length, "
                         "values: i32[capacity, batch] state) -> (y: f32[batch])")
        session = self.module.session(capacity=32)
        self.assertEqual(repr(session["prefill"]), "prefill(x: f32[batch, seq]) -> (y: f32[batch])")
        self.assertEqual(repr(session), "Session(length=0, capacity=32)")
        # The most that both functions allow.
        self.assertEqual(self.module.session().capacity, min(most // multiple * multiple for _, most, multiple in (
            self.module[name].symbols["capacity"] for name in ("prefill", "decode"))))

    def test_decoding_equals_prefilling(self):
        for batch in (1, 3):
            x, session = noise(batch, 12), self.module.session(batch=batch, capacity=32)
            self.same(session["prefill"](x=x[:, :5]), answer(x[:, :5]))
            for p in range(5, 12):
                self.assertEqual(session.length, p)
                self.same(session.run("decode", x[:, p:p + 1]), answer(x[:, :p + 1]))
            self.same(session.state("keys"), keys(x))
            self.same(session.state("values"), x.T.astype(np.int32))

    def test_rewind_and_fork(self):
        x, session = noise(2, 10), attn_rt.Session(self.module, batch=2)
        session["prefill"](x)
        fork = session.fork()
        self.assertEqual((fork.length, fork.capacity), (10, session.capacity))
        session.rewind(4)
        self.same(session["decode"](x[:, 7:8]), answer(x[:, [0, 1, 2, 3, 7]]))
        del session
        gc.collect()
        self.same(fork["decode"](x[:, :1]), answer(np.concatenate([x, x[:, :1]], axis=1)))
        fork.rewind(0)
        self.same(fork.state("keys"), np.zeros((2, 2, 0, 3), np.float32))
        self.refused(BAD, "expects a session to rewind to a length in [0, 0], but got 1", fork.rewind, 1)
        self.refused(BAD, "expects 'length' to fit into 64 bits, but got 18446744073709551616", fork.rewind, 1 << 64)
        self.refused(BAD, "expects plan to be asked of function 'decode' of a module, which takes states as arguments, but got a session's",
                     fork["decode"].plan, x[:, :1])

    def test_a_call_that_fails_changes_nothing(self):
        x, session = noise(1, 8), self.module.session(capacity=8)
        session["prefill"](x[:, :6])
        decode = session["decode"]
        self.refused(Status.OUT_OF_RANGE, "expects x to be at least -100, but got -101", decode, np.float32([[-101]]))
        self.refused(Status.CANCELLED, "expects poll to return 0 for the run to go on, but got another value",
                     decode.using(poll=lambda: True), x[:, :1])
        events = []

        def fail(event):
            events.append(event)
            if len(events) == 2:
                raise ValueError(event.name)

        # When the last operation has ended there is nothing left to cancel.
        with self.assertRaises(ValueError):
            decode.using(trace=fail)(x[:, :1])
        self.assertEqual(session.length, 6)
        for wrong in ((), (x[:, :1], x)):
            self.refused(BAD, "expects function 'decode' to be called with 1 arguments beside the 3 of the session, but got %d" % len(wrong),
                         decode, *wrong)
        self.assertEqual(session.length, 6)
        self.same(decode(x[:, 6:7]), answer(x[:, :7]))
        decode(x[:, 7:8])
        self.refused(Status.OUT_OF_RANGE, "expects room for 1 more positions, but got length 8 of capacity 8", decode, x[:, :1])

    def test_sentences(self):
        session = self.module.session()
        for status, message, call, values in (
                (BAD, "expects a session to run a function with states, but got 'last', which has none", session["last"], [np.ones(3, "f4")]),
                (Status.NOT_FOUND, "expects the state to be one of 'keys', 'values', but got 'key'", session.state, ["key"]),
                (BAD, "expects a module with a function that has states, but got 'hello', which has none",
                 attn_rt.load(support.path("hello")).session, [])):
            self.refused(status, message, call, *values)
        self.refused(BAD, "expects the batch of a session to be in [1, 4] ('batch' of function 'prefill'), but got 9", self.module.session,
                     batch=9)
        self.refused(BAD, "expects the capacity of a session to be a multiple of 2 ('capacity' of function 'decode'), but got 7",
                     self.module.session, capacity=7)

    def test_one_call_at_a_time(self):
        session, x, messages = self.module.session(), noise(1, 1), []

        def again():
            try:
                session["decode"](x)
            except attn_rt.Error as error:
                messages.append(str(error))
        self.same(session["decode"].using(poll=again)(x), answer(x))
        self.assertEqual(set(messages), {"expects calls on a session to come one after another, but got one during another"})

    def test_states_as_arrays(self):
        decode, x = self.module["decode"], noise(1, 1)
        values, states = np.zeros((8, 1), np.int32), np.zeros((1, 2, 8, 3), np.float32)
        self.same(decode(values, np.int64(0), x, states), answer(x))
        self.same(states[:, :, :1], keys(x))
        self.same(values[:1], x.astype(np.int32))
        states.flags.writeable = False
        self.refused(BAD, "expects 'keys' to be an array that can be written, but got another value", decode, values, np.int64(0), x, states)

    def test_sessions_of_many_threads(self):
        failures = []

        def work(seed):
            try:
                x, session = noise(2, 20, seed), self.module.session(batch=2, capacity=20)
                session["prefill"](x[:, :3])
                for p in range(3, 20):
                    self.same(session["decode"](x[:, p:p + 1]), answer(x[:, :p + 1]))
            except BaseException as error:  # pylint: disable=broad-except
                failures.append(error)
        workers = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(failures, [])

    def test_a_session_outlives_its_module(self):
        session, x = self.module.session(), noise(1, 4)
        decode, self.module = session["decode"], None
        del session
        gc.collect()
        self.same(decode(x[:, :1]), answer(x[:, :1]))


if __name__ == "__main__":
    support.main()
