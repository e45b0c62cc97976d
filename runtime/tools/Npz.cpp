// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reader of .npz files, by the central directory.
#include "Npz.h"

#include "File.h"
#include "Npy.h"
#include "ToolError.h"

#include <cstdint>
#if ATTN_RT_HAS_ZLIB
#include <zlib.h>
#endif

namespace attn::tool {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw ToolError(ExitRefused, sentence); }

struct Member {
  std::string Name;
  uint32_t Method = 0, Crc = 0;
  size_t Packed = 0, Size = 0, Offset = 0;
};

constexpr size_t EndBytes = 22, CentralBytes = 46, LocalBytes = 30;

/// A little-endian integer; the caller has checked that it is there.
size_t integerAt(std::string_view bytes, size_t at, size_t size) {
  size_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value |= size_t(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

size_t findEnd(std::string_view bytes) {
  // A comment of up to 65535 bytes may follow the end record.
  size_t least = bytes.size() > EndBytes + 65535 ? bytes.size() - EndBytes - 65535 : 0;
  for (size_t at = bytes.size(); at-- > least;)
    if (bytes.size() - at >= EndBytes && bytes.substr(at, 4) == std::string_view("PK\5\6", 4))
      return at;
  refuse("expects a .npz file to be a ZIP archive, but got other bytes");
}

std::vector<Member> readDirectory(std::string_view bytes) {
  size_t end = findEnd(bytes);
  size_t count = integerAt(bytes, end + 10, 2);
  size_t at = integerAt(bytes, end + 16, 4);
  std::vector<Member> members;
  for (size_t i = 0; i < count; ++i) {
    if (at > end || end - at < CentralBytes || bytes.substr(at, 4) != std::string_view("PK\1\2", 4))
      refuse("expects " + std::to_string(count) + " entries in the ZIP directory, but got " + std::to_string(i));
    Member member;
    size_t nameBytes = integerAt(bytes, at + 28, 2);
    size_t next = at + CentralBytes + nameBytes + integerAt(bytes, at + 30, 2) + integerAt(bytes, at + 32, 2);
    if (next > end)
      refuse("expects ZIP entries before the end record, but got a longer one");
    member.Name = std::string(bytes.substr(at + CentralBytes, nameBytes));
    member.Method = uint32_t(integerAt(bytes, at + 10, 2));
    member.Crc = uint32_t(integerAt(bytes, at + 16, 4));
    member.Packed = integerAt(bytes, at + 20, 4);
    member.Size = integerAt(bytes, at + 24, 4);
    member.Offset = integerAt(bytes, at + 42, 4);
    if (integerAt(bytes, at + 8, 2) & 1)
      refuse("expects ZIP entries without encryption, but got it");
    if (member.Packed == 0xffffffff || member.Size == 0xffffffff || member.Offset == 0xffffffff)
      refuse("expects a .npz file below 4 GiB, but got ZIP64 sizes");
    members.push_back(member);
    at = next;
  }
  return members;
}

std::string_view packedBytes(std::string_view bytes, const Member &member) {
  if (member.Offset > bytes.size() || bytes.size() - member.Offset < LocalBytes ||
      bytes.substr(member.Offset, 4) != std::string_view("PK\3\4", 4))
    refuse("expects the ZIP entry '" + member.Name + "' to have a local header, but got other bytes");
  size_t data =
      member.Offset + LocalBytes + integerAt(bytes, member.Offset + 26, 2) + integerAt(bytes, member.Offset + 28, 2);
  if (data > bytes.size() || member.Packed > bytes.size() - data)
    refuse("expects the ZIP entry '" + member.Name + "' to lie inside the file, but got a longer one");
  return bytes.substr(data, member.Packed);
}

#if ATTN_RT_HAS_ZLIB
std::string inflateBytes(std::string_view packed, const Member &member) {
  // Deflate cannot expand by more than about 1032.
  if (member.Size / 1100 > packed.size())
    refuse("expects the ZIP entry '" + member.Name + "' to have a possible size, but got " +
           std::to_string(member.Size));
  std::string bytes(member.Size, '\0');
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
  stream.avail_in = uInt(packed.size());
  stream.next_out = reinterpret_cast<Bytef *>(bytes.data());
  stream.avail_out = uInt(bytes.size());
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    throw ToolError(ExitSystem, "expects memory to inflate, but got none");
  int code = inflate(&stream, Z_FINISH);
  size_t made = stream.total_out;
  inflateEnd(&stream);
  if (code != Z_STREAM_END || made != member.Size)
    refuse("expects the ZIP entry '" + member.Name + "' to inflate to " + std::to_string(member.Size) +
           " bytes, but got " + (made == member.Size ? "more" : std::to_string(made)));
  return bytes;
}
#endif

uint32_t checksum(std::string_view bytes) {
  uint32_t table[256];
  for (uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit)
      table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
  }
  uint32_t crc = 0xffffffff;
  for (char byte : bytes)
    crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

std::string unpack(std::string_view bytes, const Member &member) {
  std::string_view packed = packedBytes(bytes, member);
  std::string content;
  if (member.Method == 0 && member.Packed == member.Size)
    content = std::string(packed);
#if ATTN_RT_HAS_ZLIB
  else if (member.Method == 8)
    content = inflateBytes(packed, member);
#else
  else if (member.Method == 8)
    refuse("expects ZIP entries to be stored, as this build has no zlib, but got '" + member.Name + "' deflated");
#endif
  else
    refuse("expects ZIP entries to be stored or deflated, but got '" + member.Name + "' with method " +
           std::to_string(member.Method));
  if (checksum(content) != member.Crc)
    refuse("expects the ZIP entry '" + member.Name + "' to have its checksum, but got another");
  return content;
}

template <typename Function> auto nameFile(const std::string &path, Function &&function) {
  InputFile file(path);
  try {
    if (file.size() > 0xffffffff)
      refuse("expects a .npz file below 4 GiB, but got " + std::to_string(file.size()) + " bytes");
    std::string bytes = file.readString(0, size_t(file.size()));
    return function(std::string_view(bytes));
  } catch (const ToolError &error) {
    throw ToolError(error.code(), "'" + path + "': " + error.what());
  }
}

} // namespace

std::vector<std::string> parseNpzNames(std::string_view bytes) {
  std::vector<std::string> names;
  for (const Member &member : readDirectory(bytes)) {
    size_t length = member.Name.size();
    bool isArray = length > 4 && member.Name.substr(length - 4) == ".npy";
    names.push_back(isArray ? member.Name.substr(0, length - 4) : member.Name);
  }
  return names;
}

Array parseNpz(std::string_view bytes, const std::string &name) {
  for (const Member &member : readDirectory(bytes))
    if (member.Name == name + ".npy" || member.Name == name)
      return parseNpy(unpack(bytes, member));
  refuse("expects an array '" + name + "', but got none of that name");
}

std::vector<std::string> listNpz(const std::string &path) { return nameFile(path, parseNpzNames); }

Array readNpz(const std::string &path, const std::string &member) {
  return nameFile(path, [&](std::string_view bytes) { return parseNpz(bytes, member); });
}

} // namespace attn::tool
