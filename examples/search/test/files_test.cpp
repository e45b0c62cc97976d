// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files arrive whole, are bounded, and are replaced in one step.
#include "files.h"

#include "failure.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace attn::search;

namespace {

class Files : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "attn-search-XXXXXX";
    ASSERT_TRUE(::mkdtemp(name.data()));
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  size_t countEntries() const {
    auto entries = std::filesystem::directory_iterator(folder);
    return std::distance(begin(entries), end(entries));
  }

  std::filesystem::path folder;
};

Failure failureOf(const std::function<void()> &action) {
  try {
    action();
  } catch (const Failure &failure) {
    return failure;
  }
  return Failure(Exit::Ok, "no failure");
}

TEST_F(Files, ReplaceAndReadBack) {
  std::string path = folder / "index";
  replaceFile(path, "old");
  std::string contents(300000, 'x'); // more than one block
  replaceFile(path, contents);
  EXPECT_EQ(readFile(path, 300000), contents);
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(Files, ReadingIsBounded) {
  std::string path = folder / "big";
  replaceFile(path, "12345");
  Failure failure = failureOf([&] { readFile(path, 4); });
  EXPECT_EQ(failure.exit, Exit::Refused);
  EXPECT_EQ(std::string(failure.what()), "expects '" + path + "' to have at most 4 bytes, but got more");
}

TEST_F(Files, FailuresHaveTheSystemsWords) {
  std::string missing = folder / "missing";
  Failure failure = failureOf([&] { readFile(missing, 9); });
  EXPECT_EQ(failure.exit, Exit::System);
  EXPECT_EQ(std::string(failure.what()), "cannot open '" + missing + "': No such file or directory");
  failure = failureOf([&] { readFile(folder, 9); });
  EXPECT_EQ(std::string(failure.what()), "cannot read '" + folder.string() + "': Is a directory");
  failure = failureOf([&] { replaceFile(missing + "/x", ""); });
  EXPECT_EQ(std::string(failure.what()), "cannot create a file beside '" + missing + "/x': No such file or directory");
}

// The target is a folder, so the last step, the rename, fails.
TEST_F(Files, AFailedReplacementLeavesNothing) {
  std::string target = folder / "folder";
  std::filesystem::create_directory(target);
  Failure failure = failureOf([&] { replaceFile(target, "new"); });
  EXPECT_EQ(failure.exit, Exit::System);
  EXPECT_EQ(std::string(failure.what()), "cannot write '" + target + "': Is a directory");
  EXPECT_EQ(countEntries(), 1u);
}

TEST_F(Files, AReplacedFileHasOrdinaryPermissions) {
  std::string path = folder / "index";
  replaceFile(path, "x");
  mode_t mask = ::umask(0);
  ::umask(mask);
  auto permissions = std::filesystem::status(path).permissions();
  EXPECT_EQ(static_cast<unsigned>(permissions), 0666u & ~mask);
}

} // namespace
