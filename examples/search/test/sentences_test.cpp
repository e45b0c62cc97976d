// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lines in, and what of them a terminal may see.
#include "sentences.h"

#include <gtest/gtest.h>

using namespace attn::search;

namespace {

using Lines = std::vector<std::string>;

TEST(Sentences, SplitLines) {
  EXPECT_EQ(splitLines(""), Lines{});
  EXPECT_EQ(splitLines("a"), (Lines{"a"}));
  EXPECT_EQ(splitLines("a\n"), (Lines{"a"}));
  EXPECT_EQ(splitLines("a\r\n\r\nb\rc\n\n"), (Lines{"a", "", "b\rc", ""}));
  EXPECT_EQ(splitLines("\n\r"), (Lines{"", ""}));
}

TEST(Sentences, PrintableHoldsNoControlCharacters) {
  EXPECT_EQ(printable("a\x1B[2Jb\tc\x7F"), "a [2Jb c ");
  EXPECT_EQ(printable("\u009B"
                      "31m"),
            " 31m");
  EXPECT_EQ(printable("é\xFF"), "é\uFFFD");
}

} // namespace
