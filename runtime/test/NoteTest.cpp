// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reader of module descriptions: every rule of abi.h, with the full text of
// its refusal; truncation everywhere; flips everywhere.
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
std::string tryRead(const std::string &bytes) {
  std::vector<char> exact(bytes.begin(), bytes.end());
  attn_rti_arena arena = {&attn_rti_default_allocator, nullptr};
  attn_rti_note note;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rti_note_read(exact.data(), exact.size(), &arena, &note, &error);
  attn_rti_arena_free(&arena);
  if (status && status != ATTN_RT_INCOMPATIBLE)
    ADD_FAILURE() << attn_rt_status_name(status);
  return status ? error.message : "ok";
}

std::string tryChanged(const std::function<void(NoteModule &)> &change) {
  NoteModule module = toyNote();
  change(module);
  return tryRead(NoteWriter(module).description());
}

TEST(Note, ReadsWhatTheTestsWrite) {
  EXPECT_EQ(tryRead(NoteWriter(toyNote()).description()), "ok");
  EXPECT_EQ(tryRead(NoteWriter(helloNote()).description()), "ok");
  EXPECT_EQ(tryRead(NoteWriter(rangesNote()).description()), "ok");
  EXPECT_EQ(tryRead(NoteWriter(cacheNote()).description()), "ok");
}

TEST(Note, RefusesOtherVersions) {
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Magic = 1; }),
            "expects the module description to start with 0x4e545441, but got "
            "0x00000001");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Major = 2; }),
            "expects the module to have ABI version 1.0 to 1.1, but got 2.1");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Minor = 2; }),
            "expects the module to have ABI version 1.0 to 1.1, but got 1.2");
}

TEST(Note, RefusesBadStrings) {
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Name = std::string(1025, 'a'); }),
            "expects the module's name to be 0 to 1024 bytes long, but got "
            "1025");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions[0].Name = ""; }),
            "expects a function's name to be 1 to 1024 bytes long, but got 0");
  for (const char *bad :
       {"a\nb", "\x7f", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xc2\x80", "\x80"})
    EXPECT_EQ(tryChanged([&](NoteModule &m) { m.Producer = bad; }),
              "expects the producer to be UTF-8 without control characters, "
              "but got other bytes");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Producer = "\xc3\xa9 \xf0\x9f\x98\x80"; }), "ok");
}

TEST(Note, RefusesBadVariants) {
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Variants.clear(); }),
            "expects the number of variants to be in [1, 16], but got 0");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Variants.resize(17); }),
            "expects the number of variants to be in [1, 16], but got 17");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Variants[1].Name = "future"; }),
            "expects the names of variants to differ, but got 'future'");
}

TEST(Note, RefusesBadSymbols) {
  auto with = [](const NoteSymbol &symbol) {
    return tryChanged([&](NoteModule &m) { m.Functions[0].Symbols[0] = symbol; });
  };
  EXPECT_EQ(with({"batch", -1, 5}), "expects a symbol's maximum to be at least its minimum, which is "
                                    "not negative, but got 5");
  EXPECT_EQ(with({"batch", 5, 4}), "expects a symbol's maximum to be at least its minimum, which is "
                                   "not negative, but got 4");
  EXPECT_EQ(with({"batch", 0, 4, 0}), "expects a symbol's multiple to be at least 1, but got 0");
  EXPECT_EQ(with({"seq"}), "expects the names of symbols to differ, but got 'seq'");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions[0].Symbols.push_back({"unused"}); }),
            "expects each symbol to be a dimension of an argument, but got "
            "'unused'");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions[0].Symbols.resize(257, {"s"}); }),
            "expects the number of symbols to be in [0, 256], but got 257");
}

TEST(Note, RefusesBadValues) {
  auto with = [](const std::function<void(NoteFunction &)> &change) {
    return tryChanged([&](NoteModule &m) { change(m.Functions[0]); });
  };
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[0].DType = 0x0221; }),
            "expects an element type to be known, but got 545");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[0].Dims.resize(9); }), "expects a rank to be in [0, 8], but got 9");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[0].Dims[0].Symbol = 2; }),
            "expects a dimension's symbol to be one of the function's, but got "
            "2");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[0].Dims[0].Symbol = -2; }),
            "expects a dimension's symbol to be one of the function's, but got "
            "-2");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[2].Dims[0].Size = -3; }),
            "expects a dimension's size to be 0, or positive where it is "
            "static, but got -3");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[0].Dims[0].Size = 7; }),
            "expects a dimension's size to be 0, or positive where it is "
            "static, but got 7");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[1].Name = "x"; }),
            "expects the names of arguments to differ, but got 'x'");
  EXPECT_EQ(with([](NoteFunction &f) { f.Results[1].Name = "y"; }),
            "expects the names of results to differ, but got 'y'");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args.resize(1025, f.Args[0]); }),
            "expects the number of arguments to be in [0, 1024], but got 1025");
  EXPECT_EQ(with([](NoteFunction &f) { f.Results.resize(1025, f.Results[0]); }),
            "expects the number of results to be in [0, 1024], but got 1025");
}

TEST(Note, RefusesBadRanges) {
  auto with = [](const std::function<void(NoteFunction &)> &change) {
    return tryChanged([&](NoteModule &m) { change(m.Functions[0]); });
  };
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[1].Flags = 9; }),
            "expects value flags to be known, so below 8, but got 9");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[0].Flags = 1; }),
            "expects a value with a range to be an argument of integers or "
            "bools, but got 'x'");
  EXPECT_EQ(with([](NoteFunction &f) { f.Results[0].Flags = 1; }),
            "expects a value with a range to be an argument of integers or "
            "bools, but got 'y'");
  std::string range = "expects the greatest value to be at least the least, or "
                      "both 0 without a range, but got ";
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[1].Max = -1; }), range + "-1");
  EXPECT_EQ(with([](NoteFunction &f) { f.Args[1].Flags = 0; }), range + "30521");
}

TEST(Note, RefusesBadFunctions) {
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions.clear(); }),
            "expects the number of functions to be in [1, 256], but got 0");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions[1].Name = "embed"; }),
            "expects the names of functions to differ, but got 'embed'");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions[0].Ops.resize(65537); }),
            "expects the number of operations to be in [0, 65536], but got "
            "65537");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.Functions[0].Faults.resize(65537); }),
            "expects the number of fault texts to be in [0, 65536], but got "
            "65537");
  EXPECT_EQ(tryChanged([](NoteModule &m) { m.WeightsBytes = UINT64_MAX; }),
            "expects the size of the weights to be below 2^63, but got -1");
}

TEST(Note, EndsExactly) {
  std::string bytes = NoteWriter(helloNote()).description();
  EXPECT_EQ(tryRead(bytes + std::string(3, '\0')), "expects the module description to end after its last function, "
                                                   "with 0 bytes left, but got 3");
  int tried = 0;
  for (size_t size = 0; size < bytes.size(); ++size, ++tried)
    EXPECT_NE(tryRead(bytes.substr(0, size)), "ok") << size;
  EXPECT_GT(tried, 100);
  EXPECT_EQ(tryRead(bytes.substr(0, 3)), "expects the module description to hold 4 more bytes for the magic "
                                         "number, but got 3");
}

// A count can ask for no more memory than the note pays for in bytes.
TEST(Note, SurvivesEveryFlippedByte) {
  const std::string good = NoteWriter(toyNote()).description();
  int tried = 0, refused = 0;
  for (size_t at = 0; at < good.size(); ++at)
    for (unsigned mask : {0x01u, 0x40u, 0x80u, 0xffu}) {
      std::string bytes = good;
      bytes[at] = char(unsigned(bytes[at]) ^ mask);
      refused += tryRead(bytes) != "ok";
      ++tried;
    }
  EXPECT_GT(tried, 4000);
  EXPECT_GT(refused, tried / 4);
}

} // namespace
