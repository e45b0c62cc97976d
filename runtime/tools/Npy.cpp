// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reader and writer of .npy files.
#include "Npy.h"

#include "File.h"
#include "ToolError.h"

#include <algorithm>
#include <cstring>

namespace attn::tool {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw ToolError(ExitRefused, sentence); }

struct TypeName {
  const char *Text;
  int32_t DType;
};

constexpr TypeName TypeNames[] = {
    {"|b1", ATTN_RT_BOOL}, {"|i1", ATTN_RT_I8},  {"<i2", ATTN_RT_I16},  {"<i4", ATTN_RT_I32}, {"<i8", ATTN_RT_I64},
    {"|u1", ATTN_RT_U8},   {"<u2", ATTN_RT_U16}, {"<u4", ATTN_RT_U32},  {"<u8", ATTN_RT_U64}, {"<f2", ATTN_RT_F16},
    {"<f4", ATTN_RT_F32},  {"<f8", ATTN_RT_F64}, {"<V2", ATTN_RT_BF16}, {"|V2", ATTN_RT_BF16}};

/// The dictionary literal of a header:
///   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : Text(text) {}

  void parse() {
    expect('{');
    while (!accept('}')) {
      std::string key = parseString();
      expect(':');
      if (key == "descr" && !HasDescr)
        parseDescr();
      else if (key == "fortran_order" && !HasOrder)
        parseOrder();
      else if (key == "shape" && !HasShape)
        parseShape();
      else
        refuse("expects a .npy header to have descr, fortran_order and shape "
               "once, but got '" +
               key + "'");
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipSpace();
    if (At != Text.size())
      refuse("expects a .npy header to end after its '}', but got more text");
    if (!HasDescr || !HasOrder || !HasShape)
      refuse("expects a .npy header to have descr, fortran_order and shape, "
             "but got fewer");
  }

  int32_t DType = 0;
  bool IsFortran = false;
  std::vector<int64_t> Shape;

private:
  void skipSpace() {
    while (At < Text.size() && (Text[At] == ' ' || Text[At] == '\n'))
      ++At;
  }

  bool accept(char character) {
    skipSpace();
    if (At == Text.size() || Text[At] != character)
      return false;
    ++At;
    return true;
  }

  void expect(char character) {
    if (!accept(character))
      refuse(std::string("expects a .npy header to have '") + character + "' at byte " + std::to_string(At) +
             ", but got " + what());
  }

  std::string what() const {
    if (At == Text.size())
      return "its end";
    unsigned char byte = static_cast<unsigned char>(Text[At]);
    if (byte < 0x20 || byte > 0x7e)
      return "byte " + std::to_string(byte);
    return std::string("'") + Text[At] + "'";
  }

  /// Keys and type names are plain ASCII: escapes have no use and are refused.
  std::string parseString() {
    skipSpace();
    char quote = At < Text.size() ? Text[At] : 0;
    if (quote != '\'' && quote != '"')
      refuse("expects a .npy header to have a string at byte " + std::to_string(At) + ", but got " + what());
    size_t begin = ++At;
    while (At < Text.size() && Text[At] != quote) {
      unsigned char byte = static_cast<unsigned char>(Text[At]);
      if (byte < 0x20 || byte > 0x7e || byte == '\\')
        refuse("expects strings of a .npy header to be plain ASCII, but got " + what());
      ++At;
    }
    std::string value(Text.substr(begin, At - begin));
    expect(quote);
    return value;
  }

  void parseDescr() {
    HasDescr = true;
    std::string name = parseString();
    for (const TypeName &type : TypeNames)
      if (name == type.Text)
        DType = type.DType;
    if (!DType)
      refuse("expects a .npy element type to be bool, integer or float, "
             "little-endian, but got '" +
             name + "'");
  }

  void parseOrder() {
    HasOrder = true;
    skipSpace();
    std::string_view rest = Text.substr(At);
    IsFortran = rest.substr(0, 4) == "True";
    if (!IsFortran && rest.substr(0, 5) != "False")
      refuse("expects fortran_order to be True or False, but got " + what());
    At += IsFortran ? 4 : 5;
  }

  void parseShape() {
    HasShape = true;
    expect('(');
    while (!accept(')')) {
      if (Shape.size() == ATTN_RT_MAX_RANK)
        refuse("expects a .npy array to have rank 0 to 8, but got more");
      Shape.push_back(parseSize());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  int64_t parseSize() {
    skipSpace();
    int64_t value = 0;
    size_t begin = At;
    for (; At < Text.size() && Text[At] >= '0' && Text[At] <= '9'; ++At)
      if (__builtin_mul_overflow(value, int64_t(10), &value) ||
          __builtin_add_overflow(value, int64_t(Text[At] - '0'), &value))
        refuse("expects .npy sizes to be below 2^63, but got a larger one");
    if (At == begin)
      refuse("expects a .npy shape to have sizes, but got " + what());
    return value;
  }

  std::string_view Text;
  size_t At = 0;
  bool HasDescr = false, HasOrder = false, HasShape = false;
};

/// Copies column-major elements into row-major order.
void copyFromFortran(Array &array, const char *from) {
  int64_t count = array.count();
  // Beside a size of 0 the others may be as large as they like.
  if (count == 0)
    return;
  size_t element = attn_rt_dtype_bytes(array.DType), rank = array.Shape.size();
  std::vector<int64_t> position(rank, 0), strides(rank, 1);
  for (size_t d = 1; d < rank; ++d)
    strides[d] = strides[d - 1] * array.Shape[d - 1];
  for (int64_t i = 0; i < count; ++i) {
    int64_t source = 0;
    for (size_t d = 0; d < rank; ++d)
      source += position[d] * strides[d];
    std::memcpy(array.Bytes.data() + size_t(i) * element, from + size_t(source) * element, element);
    for (size_t d = rank; d-- > 0;) {
      if (++position[d] < array.Shape[d])
        break;
      position[d] = 0;
    }
  }
}

constexpr size_t MaxHeader = 65536;

/// Where the dictionary is; checks magic, version and length.
std::string_view findHeader(std::string_view bytes, size_t &dataOffset) {
  if (bytes.size() < 10 || bytes.substr(0, 6) != "\x93NUMPY")
    refuse("expects a .npy file to start with its magic, but got other bytes");
  unsigned major = static_cast<unsigned char>(bytes[6]);
  if (major < 1 || major > 3)
    refuse("expects .npy version 1 to 3, but got " + std::to_string(major));
  size_t lengthBytes = major == 1 ? 2 : 4, length = 0;
  if (bytes.size() < 8 + lengthBytes)
    refuse("expects a .npy file to hold its header, but got its end");
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= size_t(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
  dataOffset = 8 + lengthBytes + length;
  if (length > MaxHeader || dataOffset > bytes.size())
    refuse("expects a .npy header inside the file and below 65536 bytes, but "
           "got " +
           std::to_string(length));
  return bytes.substr(8 + lengthBytes, length);
}

const char *typeText(int32_t dtype) {
  for (const TypeName &type : TypeNames)
    if (type.DType == dtype)
      return type.Text;
  return "?";
}

} // namespace

[[noreturn]] static void refuseSize(int32_t dtype, const std::vector<int64_t> &shape, int64_t wanted, uint64_t got) {
  refuse("expects " + shapeText(dtype, shape) + " to have " + (wanted < 0 ? "less than 2^63" : std::to_string(wanted)) +
         " bytes, but got " + std::to_string(got));
}

/// An array of the type and shape that the first bytes of a file of `size`
/// bytes promise, still without data.
static Array makeAnnounced(std::string_view head, uint64_t size, size_t &dataOffset, bool &isFortran) {
  HeaderParser header(findHeader(head, dataOffset));
  header.parse();
  attn_rt_tensor tensor =
      attn_rt_tensor_view(nullptr, attn_rt_dtype(header.DType), int32_t(header.Shape.size()), header.Shape.data());
  // Compared before anything is allocated: a small file cannot ask for much.
  int64_t wanted = attn_rt_tensor_bytes(&tensor);
  if (wanted < 0 || uint64_t(wanted) != size - dataOffset)
    refuseSize(header.DType, header.Shape, wanted, size - dataOffset);
  isFortran = header.IsFortran && header.Shape.size() > 1;
  return makeArray(header.DType, header.Shape);
}

Array parseNpy(std::string_view bytes) {
  size_t dataOffset = 0;
  bool isFortran = false;
  Array array = makeAnnounced(bytes, bytes.size(), dataOffset, isFortran);
  const char *data = bytes.data() + dataOffset;
  if (isFortran)
    copyFromFortran(array, data);
  else if (!array.Bytes.empty())
    std::memcpy(array.Bytes.data(), data, array.Bytes.size());
  return array;
}

static Array readOpenNpy(const InputFile &file) {
  size_t dataOffset = 0, most = 12 + MaxHeader;
  bool isFortran = false;
  std::string head = file.readString(0, size_t(std::min<uint64_t>(file.size(), most)));
  Array array = makeAnnounced(head, file.size(), dataOffset, isFortran);
  size_t wanted = array.Bytes.size();
  std::string columns(isFortran ? wanted : 0, '\0');
  void *to = isFortran ? static_cast<void *>(columns.data()) : array.Bytes.data();
  size_t got = file.read(dataOffset, to, wanted);
  // Somebody made the file shorter since.
  if (got != wanted)
    refuseSize(array.DType, array.Shape, int64_t(wanted), got);
  if (isFortran)
    copyFromFortran(array, columns.data());
  return array;
}

Array readNpy(const std::string &path) {
  InputFile file(path);
  try {
    return readOpenNpy(file);
  } catch (const ToolError &error) {
    if (error.code() != ExitRefused)
      throw;
    throw ToolError(error.code(), "'" + path + "': " + error.what());
  }
}

void writeNpy(const std::string &path, const Array &array) {
  std::string shape;
  for (int64_t size : array.Shape)
    shape += std::to_string(size) + (array.Shape.size() == 1 ? "," : ", ");
  if (array.Shape.size() > 1)
    shape.resize(shape.size() - 2);
  std::string text =
      std::string("{'descr': '") + typeText(array.DType) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // The data starts at a multiple of 64, as NumPy writes it.
  size_t padded = (10 + text.size() + 1 + 63) / 64 * 64 - 10;
  text.resize(padded - 1, ' ');
  text += '\n';
  std::string head("\x93NUMPY\x01\x00", 8);
  head += char(padded & 0xff);
  head += char(padded >> 8);
  writeFile(path, head + text,
            std::string_view(reinterpret_cast<const char *>(array.Bytes.data()), array.Bytes.size()));
}

} // namespace attn::tool
