// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .npy files: round trips, and every refusal with its text.
#include "Npy.h"
#include "File.h"
#include "Npz.h"
#include "ToolError.h"

#include "gtest/gtest.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

using namespace attn::tool;

namespace {

std::string npy(const std::string &header, const std::string &data) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += char(header.size() & 0xff);
  bytes += char(header.size() >> 8);
  return bytes + header + data;
}

std::string tryParse(const std::string &bytes) {
  try {
    parseNpy(bytes);
    return "ok";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.code(), ExitRefused);
    return error.what();
  }
}

const std::string Good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

TEST(Npy, ReadsWhatNumpyWrites) {
  std::string data(24, '\0');
  data[4] = '\0', data[6] = '\x80', data[7] = '\x3f'; // 1.0f
  Array array = parseNpy(npy(Good + "   \n", data));
  EXPECT_EQ(array.DType, ATTN_RT_F32);
  EXPECT_EQ(array.Shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(elementAsDouble(array, 1), 1);
  EXPECT_EQ(tryParse(npy("{\"shape\":(),'fortran_order':False,'descr':'|b1'}", "\1")), "ok");
  EXPECT_EQ(tryParse(npy("{'shape': (0,), 'fortran_order': True, 'descr': '<i8'}", "")), "ok");
}

TEST(Npy, TurnsFortranOrder) {
  std::string data;
  for (char i = 0; i < 24; ++i)
    data += i;
  Array array = parseNpy(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3, 4)}", data));
  int compared = 0;
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 3; ++j)
      for (int64_t k = 0; k < 4; ++k, ++compared)
        EXPECT_EQ(elementAsDouble(array, (i * 3 + j) * 4 + k), double(i + 2 * j + 6 * k));
  EXPECT_EQ(compared, 24);
}

TEST(Npy, RefusesBadFiles) {
  EXPECT_EQ(tryParse(""), "expects a .npy file to start with its magic, but got other bytes");
  EXPECT_EQ(tryParse(std::string("\x93NUMPY\x04\x00\x00\x00", 10)), "expects .npy version 1 to 3, but got 4");
  EXPECT_EQ(tryParse(std::string("\x93NUMPY\x02\x00\x01\x00", 10)),
            "expects a .npy file to hold its header, but got its end");
  EXPECT_EQ(tryParse(std::string("\x93NUMPY\x01\x00\xff\xff", 10)),
            "expects a .npy header inside the file and below 65536 bytes, but got 65535");
  EXPECT_EQ(tryParse(npy(Good, std::string(23, 'x'))), "expects 2x3xf32 to have 24 bytes, but got 23");
  EXPECT_EQ(tryParse(npy(Good, std::string(25, 'x'))), "expects 2x3xf32 to have 24 bytes, but got 25");
  std::string all = npy(Good, std::string(24, 'x'));
  int tried = 0;
  for (size_t size = 0; size < all.size(); ++size, ++tried)
    EXPECT_NE(tryParse(all.substr(0, size)), "ok");
  EXPECT_GT(tried, 80);
}

TEST(Npy, RefusesBadHeaders) {
  auto header = [](const std::string &text) { return tryParse(npy(text, "")); };
  EXPECT_EQ(header("x"), "expects a .npy header to have '{' at byte 0, but got 'x'");
  EXPECT_EQ(header("{'descr' '<f4'}"), "expects a .npy header to have ':' at byte 9, but got '''");
  EXPECT_EQ(header("{descr: 1}"), "expects a .npy header to have a string at byte 1, but got 'd'");
  EXPECT_EQ(header("{'a\\"), "expects strings of a .npy header to be plain ASCII, but got '\\'");
  EXPECT_EQ(header("{'other': 1}"),
            "expects a .npy header to have descr, fortran_order and shape once, but got 'other'");
  EXPECT_EQ(header("{'descr': '<f4', 'descr': '<f4'}"),
            "expects a .npy header to have descr, fortran_order and shape once, but got 'descr'");
  EXPECT_EQ(header("{}"), "expects a .npy header to have descr, fortran_order and shape, but got fewer");
  EXPECT_EQ(header(Good + "x"), "expects a .npy header to end after its '}', but got more text");
  for (const char *type : {">f4", "<c8", "|O", "|S3", "<U2"})
    EXPECT_EQ(header(std::string("{'descr': '") + type + "'}"),
              std::string("expects a .npy element type to be bool, integer or float, little-endian, but got '") + type +
                  "'");
  EXPECT_EQ(header("{'descr': ['a']}"), "expects a .npy header to have a string at byte 10, but got '['");
  EXPECT_EQ(header("{'fortran_order': 1}"), "expects fortran_order to be True or False, but got '1'");
  EXPECT_EQ(header("{'shape': (-1,)}"), "expects a .npy shape to have sizes, but got '-'");
  EXPECT_EQ(header("{'shape': (9223372036854775808,)}"), "expects .npy sizes to be below 2^63, but got a larger one");
  EXPECT_EQ(header("{'shape': (1,1,1,1,1,1,1,1,1)}"), "expects a .npy array to have rank 0 to 8, but got more");
  EXPECT_EQ(header("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"),
            "expects 4611686018427387904x4xf32 to have less than 2^63 bytes, but got 0");
}

// Beside a size of 0 the others are not multiplied.
TEST(Npy, ReadsNothingOfAnySize) {
  for (const char *order : {"False", "True"})
    for (const char *shape :
         {"(4611686018427387904, 4611686018427387904, 0)", "(0, 4611686018427387904, 4611686018427387904)"})
      EXPECT_EQ(
          tryParse(npy(std::string("{'descr': '<f4', 'fortran_order': ") + order + ", 'shape': " + shape + "}", "")),
          "ok");
}

// A header decides before anything else is read, however long the file is.
TEST(Npy, RefusesEndlessFilesAtOnce) {
  char name[] = "attn_npy_XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  std::string path = std::string(name) + "/a.npy";
  writeNpy(path, makeArray(ATTN_RT_F32, {3}));
  ASSERT_EQ(truncate(path.c_str(), off_t(1) << 40), 0);
  try {
    readNpy(path);
    FAIL() << "expected a failure";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.what(), "'" + path + "': expects 3xf32 to have 12 bytes, but got 1099511627648");
  }
  try {
    readNpz(path, "a");
    FAIL() << "expected a failure";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.what(), "'" + path + "': expects a .npz file below 4 GiB, but got 1099511627776 bytes");
  }
  unlink(path.c_str());
  rmdir(name);
}

TEST(Npy, RoundTripsEveryTypeAndRank) {
  char name[] = "attn_npy_XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  std::string path = std::string(name) + "/a.npy";
  int compared = 0;
  for (int32_t dtype : {ATTN_RT_BOOL, ATTN_RT_I8, ATTN_RT_I16, ATTN_RT_I32, ATTN_RT_I64, ATTN_RT_U8, ATTN_RT_U16,
                        ATTN_RT_U32, ATTN_RT_U64, ATTN_RT_F16, ATTN_RT_F32, ATTN_RT_F64, ATTN_RT_BF16})
    for (const std::vector<int64_t> &shape : std::vector<std::vector<int64_t>>{{}, {0}, {5}, {2, 3}, {1, 2, 3}}) {
      Array array = makeArray(dtype, shape);
      for (int64_t i = 0; i < array.count(); ++i)
        storeInteger(array, i, i % 2);
      writeNpy(path, array);
      Array back = readNpy(path);
      EXPECT_EQ(back.DType, dtype);
      EXPECT_EQ(back.Shape, shape);
      EXPECT_EQ(back.Bytes, array.Bytes);
      ++compared;
    }
  EXPECT_EQ(compared, 65);
  unlink(path.c_str());
  rmdir(name);
}

// A write that cannot finish leaves the old file and no temporary.
TEST(WriteFile, LeavesNothingHalf) {
  char name[] = "attn_write_XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  std::string directory = name, path = directory + "/out";
  writeFile(path, "old");
  EXPECT_EQ(readFile(path), "old");
  writeFile(path, "ne", "w");
  EXPECT_EQ(readFile(path), "new");
  ASSERT_EQ(mkdir((directory + "/busy").c_str(), 0700), 0);
  try {
    writeFile(directory + "/busy", "x");
    FAIL() << "expected a failure";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.code(), ExitSystem);
    EXPECT_EQ(error.what(), "expects to write '" + directory + "/busy', but got Is a directory");
  }
  try {
    writeFile(directory + "/none/out", "x");
    FAIL() << "expected a failure";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.code(), ExitSystem);
  }
  rmdir((directory + "/busy").c_str());
  unlink(path.c_str());
  EXPECT_EQ(rmdir(name), 0) << "a temporary is left";
}

TEST(ReadFile, RefusesWhatIsNoFile) {
  EXPECT_THROW(readFile("nowhere.npy"), ToolError);
  EXPECT_THROW(readFile("."), ToolError);
  try {
    readNpy(".");
    FAIL() << "expected a failure";
  } catch (const ToolError &error) {
    EXPECT_EQ(error.code(), ExitSystem);
    EXPECT_STREQ(error.what(), "expects '.' to be a regular file, but got another kind");
  }
}

} // namespace
