// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// JSON from files that are not trusted, as a tree: bounded in size, depth and
// number of values, with unique keys. Numbers that are not integers of 64 bits
// are reals. What the values mean is the reader's affair.
#ifndef ATTN_IMPORT_JSON_H
#define ATTN_IMPORT_JSON_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace attn {

struct JsonMember;

/// One value with all that it holds.
struct JsonValue {
  enum class Kind { Null, Boolean, Integer, Real, String, Array, Object };

  Kind kind = Kind::Null;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string string;
  std::vector<JsonValue> elements;
  /// In the order of the file.
  std::vector<JsonMember> members;

  bool is(Kind other) const { return kind == other; }

  /// The member of an object, or null.
  const JsonValue *find(llvm::StringRef key) const;

  /// The value in a few words, for the end of a message: `"gelu"`, `12`, `[]`,
  /// `an array`.
  std::string describe() const;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

/// What a document may need at most.
struct JsonLimits {
  size_t maxDepth = 32;
  size_t maxValues = 100000;
};

/// Parses one document. `path` begins the message of an error.
llvm::Expected<JsonValue> parseJson(llvm::StringRef text, llvm::StringRef path, JsonLimits limits = {});

/// Text of a file as a message may show it: in quotes, escaped, on one line,
/// not endless.
std::string quotedText(llvm::StringRef text, char quote = '\'');

} // namespace attn

#endif // ATTN_IMPORT_JSON_H
