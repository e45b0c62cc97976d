// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line, and every sentence with which it is refused.
#include "options.h"

#include "failure.h"

#include <gtest/gtest.h>
#include <vector>

using namespace attn::search;

namespace {

Options parse(std::vector<const char *> arguments) {
  arguments.insert(arguments.begin(), "attn-search");
  return parseOptions(static_cast<int>(arguments.size()), arguments.data());
}

std::string refusal(const std::vector<const char *> &arguments) {
  try {
    parse(arguments);
  } catch (const Failure &failure) {
    EXPECT_EQ(failure.exit, Exit::Usage);
    return failure.what();
  }
  return "accepted";
}

TEST(Options, BothSpellingsInAnyOrder) {
  Options options = parse({"--top", "3", "file.txt", "--module=m.so", "--query", "--top=9", "--vocab", "v"});
  EXPECT_EQ(options.module, "m.so");
  EXPECT_EQ(options.vocabulary, "v");
  EXPECT_EQ(options.query, "--top=9"); // a value may look like an option
  EXPECT_EQ(options.file, "file.txt");
  EXPECT_EQ(options.top, 3);
  EXPECT_EQ(options.threads, 0);
}

TEST(Options, TwoDashesEndTheOptions) {
  EXPECT_EQ(parse({"--module=m", "--vocab=v", "--", "--top=x"}).file, "--top=x");
}

TEST(Options, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(parse({"--help"}).help);
  EXPECT_TRUE(parse({"--version"}).version);
}

TEST(Options, TokensNeedNoModule) { EXPECT_TRUE(parse({"--tokens", "--vocab=v", "-"}).tokens); }

TEST(Options, Refusals) {
  std::vector<const char *> rest = {"--module=m", "--vocab=v", "f"};
  auto with = [&](std::vector<const char *> more) {
    more.insert(more.end(), rest.begin(), rest.end());
    return refusal(more);
  };
  EXPECT_EQ(with({"--top=0"}), "expects --top to be between 1 and 1000000, but got '0'; see --help");
  EXPECT_EQ(with({"--top=-1"}), "expects --top to be between 1 and 1000000, but got '-1'; see --help");
  EXPECT_EQ(with({"--threads= 4"}), "expects --threads to be between 1 and 1024, but got ' 4'; see --help");
  EXPECT_EQ(with({"--threads=99999999999999999999"}), "expects --threads to be between 1 and 1024, but got "
                                                      "'99999999999999999999'; see --help");
  EXPECT_EQ(with({"--frobnicate"}), "unknown option '--frobnicate'; see --help");
  EXPECT_EQ(with({"--progress=1"}), "unknown option '--progress=1'; see --help");
  EXPECT_EQ(with({"g"}), "expects one FILE, but got 'g' and 'f'; see --help");
  EXPECT_EQ(refusal({"--vocab"}), "expects a value after --vocab, but got none; see --help");
}

TEST(Options, WhatMustComeTogether) {
  EXPECT_EQ(refusal({"f"}), "expects --vocab to name a file, but got none; see --help");
  EXPECT_EQ(refusal({"--vocab=v", "f"}), "expects --module to name a file, but got none; see --help");
  EXPECT_EQ(refusal({"--vocab=v", "--module=m"}), "expects FILE or --index to give the sentences, but got neither; "
                                                  "see --help");
  EXPECT_EQ(refusal({"--vocab=v", "--module=m", "-"}),
            "expects --query when the sentences come from standard input, but "
            "got none; see --help");
  EXPECT_EQ(refusal({"--vocab=v", "--tokens"}), "expects --tokens to come with FILE, but got none; see --help");
}

TEST(Options, HelpFitsOneScreen) {
  std::string help = kHelp;
  size_t lines = 0, column = 0;
  for (char c : help) {
    column = c == '\n' ? 0 : column + 1;
    lines += c == '\n';
    EXPECT_LE(column, 80u) << "line " << lines + 1;
  }
  EXPECT_LE(lines, 24u);
}

} // namespace
