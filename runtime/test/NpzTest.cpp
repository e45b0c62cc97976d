// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .npz archives, made here byte by byte: stored members, damaged ones.
#include "Npz.h"
#include "ToolError.h"

#include "gtest/gtest.h"

using namespace attn::tool;

namespace {

std::string number(uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i)
    bytes += char(value >> (8 * i) & 0xff);
  return bytes;
}

uint32_t crc32(const std::string &bytes) {
  uint32_t crc = 0xffffffff;
  for (unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

const std::string Array5 = std::string("\x93NUMPY\x01\x00\x38\x00", 10) +
                           "{'descr': '|i1', 'fortran_order': False, 'shape': (5,)} " + "\1\2\3\4\5";

struct Entry {
  std::string Name = "a.npy", Content = Array5;
  uint32_t Method = 0, Flags = 0, CrcChange = 0;
  uint64_t Size = Array5.size(), Packed = Array5.size();
};

std::string zip(const Entry &entry) {
  uint32_t crc = crc32(entry.Content) ^ entry.CrcChange;
  std::string sizes = number(crc, 4) + number(entry.Packed, 4) + number(entry.Size, 4) + number(entry.Name.size(), 2);
  std::string local = "PK\3\4" + number(20, 2) + number(entry.Flags, 2) + number(entry.Method, 2) + number(0, 4) +
                      sizes + number(0, 2) + entry.Name + entry.Content;
  std::string central = "PK\1\2" + number(20, 2) + number(20, 2) + number(entry.Flags, 2) + number(entry.Method, 2) +
                        number(0, 4) + sizes + std::string(16, '\0') + entry.Name;
  return local + central + "PK\5\6" + number(0, 4) + number(1, 2) + number(1, 2) + number(central.size(), 4) +
         number(local.size(), 4) + number(0, 2);
}

std::string tryRead(const std::string &bytes, const std::string &name = "a") {
  try {
    return std::to_string(parseNpz(bytes, name).count());
  } catch (const ToolError &error) {
    EXPECT_EQ(error.code(), ExitRefused);
    return error.what();
  }
}

TEST(Npz, ReadsStoredMembers) {
  EXPECT_EQ(parseNpzNames(zip({})), std::vector<std::string>{"a"});
  Array array = parseNpz(zip({}), "a");
  EXPECT_EQ(array.Bytes, (decltype(array.Bytes){1, 2, 3, 4, 5}));
  EXPECT_EQ(tryRead(zip({}), "b"), "expects an array 'b', but got none of that name");
}

TEST(Npz, RefusesDamagedArchives) {
  Entry entry;
  EXPECT_EQ(tryRead("nothing"), "expects a .npz file to be a ZIP archive, but got other bytes");
  entry.CrcChange = 1;
  EXPECT_EQ(tryRead(zip(entry)), "expects the ZIP entry 'a.npy' to have its checksum, but got another");
  entry = {};
  entry.Method = 12;
  EXPECT_EQ(tryRead(zip(entry)), "expects ZIP entries to be stored or deflated, but got 'a.npy' with method 12");
  entry = {};
  entry.Flags = 1;
  EXPECT_EQ(tryRead(zip(entry)), "expects ZIP entries without encryption, but got it");
  entry = {};
  entry.Size = 0xffffffff;
  EXPECT_EQ(tryRead(zip(entry)), "expects a .npz file below 4 GiB, but got ZIP64 sizes");
  entry = {};
  entry.Packed = entry.Size = 100000;
  EXPECT_EQ(tryRead(zip(entry)), "expects the ZIP entry 'a.npy' to lie inside the file, but got a longer one");
  std::string bytes = zip({});
  bytes[0] = 'X';
  EXPECT_EQ(tryRead(bytes), "expects the ZIP entry 'a.npy' to have a local header, but got other bytes");
  bytes = zip({});
  bytes[bytes.size() - 22 - 5 - 46 + 28] = 6; // the name's length
  EXPECT_EQ(tryRead(bytes), "expects ZIP entries before the end record, but got a longer one");
  bytes = zip({});
  bytes[bytes.size() - 12] = 2; // two entries announced
  EXPECT_EQ(tryRead(bytes), "expects 2 entries in the ZIP directory, but got 1");
}

/// One stored block: what deflate makes of bytes that do not shrink.
Entry deflated(uint64_t size, const std::string &rest = "") {
  Entry entry;
  entry.Method = 8;
  entry.Content = "\1" + number(Array5.size(), 2) + number(~Array5.size() & 0xffff, 2) + Array5 + rest;
  entry.Packed = entry.Content.size();
  entry.Size = size;
  entry.CrcChange = crc32(entry.Content) ^ crc32(Array5);
  return entry;
}

#if ATTN_RT_HAS_ZLIB
TEST(Npz, Inflates) {
  size_t size = Array5.size();
  EXPECT_EQ(tryRead(zip(deflated(size))), "5");
  std::string text = std::to_string(size);
  auto refusal = [](const std::string &wanted, const std::string &got) {
    return "expects the ZIP entry 'a.npy' to inflate to " + wanted + " bytes, but got " + got;
  };
  EXPECT_EQ(tryRead(zip(deflated(size + 1))), refusal(std::to_string(size + 1), text));
  EXPECT_EQ(tryRead(zip(deflated(size - 1))), refusal(std::to_string(size - 1), "more"));
  EXPECT_EQ(tryRead(zip(deflated(0))), refusal("0", "more"));
  Entry entry = deflated(size);
  entry.Content[0] = '\7'; // no kind of block
  EXPECT_EQ(tryRead(zip(entry)), refusal(text, "0"));
  EXPECT_EQ(tryRead(zip(deflated(1000000))), "expects the ZIP entry 'a.npy' to have a possible size, but got 1000000");
}
#else
TEST(Npz, RefusesWhatItCannotInflate) {
  EXPECT_EQ(tryRead(zip(deflated(Array5.size()))),
            "expects ZIP entries to be stored, as this build has no zlib, but got 'a.npy' deflated");
}
#endif

TEST(Npz, SurvivesEveryFlippedByte) {
  const std::string good = zip({});
  int tried = 0;
  for (size_t at = 0; at < good.size(); ++at)
    for (unsigned mask : {0x01u, 0x80u, 0xffu}) {
      std::string bytes = good;
      bytes[at] = char(unsigned(bytes[at]) ^ mask);
      tryRead(bytes);
      ++tried;
    }
  for (size_t size = 0; size < good.size(); ++size, ++tried)
    EXPECT_NE(tryRead(good.substr(0, size)), "5");
  EXPECT_GT(tried, 700);
}

} // namespace
