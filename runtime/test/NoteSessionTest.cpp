// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reader of module descriptions on states: every rule of abi.h ("States"),
// with the full text of its refusal; descriptions of minor 0; flips everywhere.
#include "ToyNotes.h"

#include "gtest/gtest.h"

extern "C" {
#include "arena.h"
#include "note.h"
}

#include <functional>

using namespace attn::test;

namespace {

/// Reads from a buffer of exactly this size, so that ASan sees every overrun.
std::string tryRead(const std::string &bytes, const std::function<void(const attn_rti_note &)> &look = nullptr) {
  std::vector<char> exact(bytes.begin(), bytes.end());
  attn_rti_arena arena = {&attn_rti_default_allocator, nullptr};
  attn_rti_note note;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rti_note_read(exact.data(), exact.size(), &arena, &note, &error);
  if (!status && look)
    look(note);
  attn_rti_arena_free(&arena);
  if (status && status != ATTN_RT_INCOMPATIBLE)
    ADD_FAILURE() << attn_rt_status_name(status);
  return status ? error.message : "ok";
}

/// The reader's answer after a change to `prefill` and `decode`.
std::string tryChanged(const std::function<void(NoteFunction &, NoteFunction &)> &change) {
  NoteModule module = cacheNote(/*recurrent=*/true);
  change(module.Functions[0], module.Functions[1]);
  return tryRead(NoteWriter(module).description());
}

std::string tryPrefill(const std::function<void(NoteFunction &)> &change) {
  return tryChanged([&](NoteFunction &prefill, NoteFunction &) { change(prefill); });
}

// prefill: x, keys, past, values, sum; decode: values, past, x, keys, sum.
TEST(NoteSession, FindsStatesByName) {
  std::string answer = tryRead(NoteWriter(cacheNote(true)).description(), [](const attn_rti_note &note) {
    ASSERT_EQ(note.state_count, 3u);
    EXPECT_STREQ(note.states[0].value->name, "keys");
    EXPECT_EQ(note.states[0].positions, 2);
    EXPECT_EQ(note.states[1].positions, 0);
    EXPECT_STREQ(note.states[2].value->name, "sum");
    EXPECT_EQ(note.states[2].positions, -1);
    const int32_t wanted[2][5] = {{-1, 0, -1, 1, 2}, {1, -1, -1, 0, 2}};
    for (int f = 0; f < 2; ++f) {
      EXPECT_EQ(note.functions[f].state_count, 3);
      for (int i = 0; i < 5; ++i)
        EXPECT_EQ(note.functions[f].arg_states[i], wanted[f][i]) << f << " " << i;
    }
    EXPECT_EQ(note.functions[0].length_arg, 2);
    EXPECT_STREQ(note.functions[0].step.symbol, "seq");
    EXPECT_EQ(note.functions[1].length_arg, 1);
    EXPECT_EQ(note.functions[1].step.min, 1);
    EXPECT_EQ(note.functions[2].state_count, 0);
    EXPECT_EQ(note.functions[2].length_arg, -1);
    EXPECT_EQ(note.functions[2].step.max, 0);
  });
  EXPECT_EQ(answer, "ok");
}

TEST(NoteSession, ReadsMinorZeroWithoutStates) {
  NoteModule old = toyNote();
  old.Minor = 0;
  std::string bytes = NoteWriter(old).description();
  EXPECT_EQ(bytes.size(), NoteWriter(toyNote()).description().size() - old.Functions.size() * 20);
  std::string answer = tryRead(bytes, [](const attn_rti_note &note) {
    EXPECT_EQ(note.functions[0].step.symbol_index, ATTN_RT_DIM_STATIC);
    EXPECT_EQ(note.functions[0].length_arg, -1);
    EXPECT_EQ(note.state_count, 0u);
  });
  EXPECT_EQ(answer, "ok");
  for (uint32_t flags : {2u, 3u, 4u, 5u, 6u, 7u}) {
    old.Functions[0].Args[1].Flags = flags;
    old.Functions[0].Args[1].Max = flags & 1 ? 30521 : 0;
    EXPECT_EQ(tryRead(NoteWriter(old).description()),
              "expects value flags of ABI version 1.0 to be 0 or 1, but got " + std::to_string(flags));
  }
}

TEST(NoteSession, RefusesBadFlags) {
  for (uint32_t flags : {ATTN_RT_VALUE_STATE, ATTN_RT_VALUE_LENGTH})
    EXPECT_EQ(tryPrefill([&](NoteFunction &f) { f.Results[0].Flags = flags; }),
              "expects a state or a length to be an argument, but got 'y'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[3].Flags |= ATTN_RT_VALUE_HAS_RANGE; }),
            "expects a state to have no range and not to be the length, but got 'values'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[3].Flags |= ATTN_RT_VALUE_LENGTH; }),
            "expects a state to have no range and not to be the length, but got 'values'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) {
              f.Args[2].Flags |= ATTN_RT_VALUE_HAS_RANGE;
              f.Args[2].Max = 95;
            }),
            "ok");
}

TEST(NoteSession, RefusesBadLengths) {
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args.push_back({"past2", ATTN_RT_I64, {}, ATTN_RT_VALUE_LENGTH}); }),
            "expects the length to be one argument, not a second one, but got 'past2'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[2].DType = ATTN_RT_I32; }),
            "expects the length to be an i64 of rank 0, but got 'past'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[2].Dims = {staticDim(1)}; }),
            "expects the length to be an i64 of rank 0, but got 'past'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[2].Flags = 0; }),
            "expects a function with states to have a step and a length, but got 'prefill'");
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { f.Step = staticDim(0); }),
            "expects a function with states to have a step and a length, but got 'decode'");
}

TEST(NoteSession, RefusesBadSymbols) {
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[1].Dims[3] = symbolDim(2); }),
            "expects the symbols of a state to be capacity and batch, but got 'seq'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Args[1].Dims[3] = symbolDim(1); }),
            "expects a state to have its capacity in one dimension, but got 'keys'");
  for (int32_t symbol : {3, -2, INT32_MAX, INT32_MIN}) {
    std::string got = ", but got " + std::to_string(symbol);
    EXPECT_EQ(tryPrefill([&](NoteFunction &f) { f.Capacity = symbol; }),
              "expects the capacity to be a symbol of the function, or -1" + got);
    EXPECT_EQ(tryPrefill([&](NoteFunction &f) { f.Batch = symbol; }),
              "expects the batch to be a symbol of the function, or -1" + got);
    EXPECT_EQ(tryPrefill([&](NoteFunction &f) { f.Step = {symbol, 0}; }),
              "expects a dimension's symbol to be one of the function's" + got);
  }
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Step = {2, 1}; }),
            "expects a dimension's size to be 0, or positive where it is static, but got 1");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Step = symbolDim(1); }),
            "expects step, capacity and batch to be different symbols, but got 'capacity'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) { f.Step = symbolDim(0); }),
            "expects step, capacity and batch to be different symbols, but got 'batch'");
}

TEST(NoteSession, RefusesSymbolsThatNoStateHas) {
  auto keepSum = [](NoteFunction &f) {
    for (NoteValue &arg : f.Args)
      if (arg.Name != "sum" && arg.Name != "past")
        arg.Flags = 0;
  };
  EXPECT_EQ(tryPrefill(keepSum), "expects the capacity to be a dimension of a state, but got 'capacity'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) {
              for (NoteValue &arg : f.Args)
                if (arg.Flags == ATTN_RT_VALUE_STATE)
                  for (NoteDim &dim : arg.Dims)
                    dim = dim.Symbol == 0 ? staticDim(1) : dim;
            }),
            "expects the batch to be a dimension of a state, but got 'batch'");
  EXPECT_EQ(tryPrefill([](NoteFunction &f) {
              for (NoteValue &arg : f.Args)
                arg.Flags = 0;
            }),
            "expects a function without states to have no step, capacity, batch and length, but got 'prefill'");
  EXPECT_EQ(tryChanged([&](NoteFunction &prefill, NoteFunction &decode) {
              for (NoteFunction *f : {&prefill, &decode}) {
                keepSum(*f);
                f->Capacity = ATTN_RT_DIM_STATIC;
              }
            }),
            "ok");
}

TEST(NoteSession, RefusesFunctionsWithOtherStates) {
  std::string same = "expects functions with states to have the same ones, but got 'decode'";
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { f.Args[3].Name = "other"; }), same);
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { f.Args.pop_back(); }), same);
  std::string keys = "expects state 'keys' to be f32[batch, 2, capacity, 3] as in function 'prefill', but got ";
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { f.Args[3].DType = ATTN_RT_F16; }),
            keys + "f16[batch, 2, capacity, 3] in 'decode'");
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { f.Args[3].Dims[1] = staticDim(4); }),
            keys + "f32[batch, 4, capacity, 3] in 'decode'");
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { std::swap(f.Args[3].Dims[0], f.Args[3].Dims[2]); }),
            keys + "f32[capacity, 2, batch, 3] in 'decode'");
  EXPECT_EQ(tryChanged([](NoteFunction &, NoteFunction &f) { f.Args[3].Dims.pop_back(); }),
            keys + "f32[batch, 2, capacity] in 'decode'");
}

TEST(NoteSession, EndsExactlyAndSurvivesEveryFlippedByte) {
  const std::string good = NoteWriter(cacheNote(true)).description();
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(tryRead(good.substr(0, size)), "ok") << size;
  int tried = 0, refused = 0;
  for (size_t at = 0; at < good.size(); ++at)
    for (unsigned mask : {0x01u, 0x02u, 0x04u, 0x40u, 0x80u, 0xffu}) {
      std::string bytes = good;
      bytes[at] = char(unsigned(bytes[at]) ^ mask);
      refused += tryRead(bytes) != "ok";
      ++tried;
    }
  EXPECT_GT(tried, 4000);
  EXPECT_GT(refused, tried / 4);
}

} // namespace
