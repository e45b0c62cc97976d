// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "InputText.h"
#include "llvm/Support/FileSystem.h"

using llvm::StringRef;
namespace fs = llvm::sys::fs;

namespace attn::compile {

static llvm::Error makeReadError(StringRef path, std::error_code code) {
  return llvm::createStringError(code, "expects '" + path + "' to be readable, but got '" + code.message() + "'");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readInput(StringRef path, uint64_t maxBytes) {
  llvm::Expected<fs::file_t> file = path == "-" ? fs::getStdinHandle() : fs::openNativeFileForRead(path);
  if (!file)
    return makeReadError(path, llvm::errorToErrorCode(file.takeError()));
  // Neither the size of a pipe nor that of a file that grows is known in
  // advance.
  std::string bytes;
  char chunk[65536];
  while (bytes.size() <= maxBytes) {
    llvm::Expected<size_t> count = fs::readNativeFile(*file, chunk);
    if (!count)
      return makeReadError(path, llvm::errorToErrorCode(count.takeError()));
    if (*count == 0)
      break;
    bytes.append(chunk, *count);
  }
  if (path != "-")
    fs::closeFile(*file);
  if (bytes.size() > maxBytes)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "expects '" + path + "' to have at most " +
                                                                       llvm::Twine(maxBytes) +
                                                                       " bytes (--max-input), but got more");
  return llvm::MemoryBuffer::getMemBufferCopy(bytes, path == "-" ? "<stdin>" : path);
}

/// Behind a string or a comment that starts at `text`, or `text` itself.
static StringRef skipOpaque(StringRef text) {
  if (text.starts_with("//"))
    return text.drop_until([](char c) { return c == '\n'; });
  if (!text.starts_with("\""))
    return text;
  size_t end = 1;
  while (end < text.size() && text[end] != '"' && text[end] != '\n')
    end += text[end] == '\\' ? 2 : 1;
  return text.drop_front(std::min(end + 1, text.size()));
}

uint64_t getNesting(StringRef text) {
  uint64_t depth = 0, deepest = 0;
  char previous = ' ';
  while (!text.empty()) {
    StringRef rest = skipOpaque(text);
    if (rest.size() < text.size()) {
      text = rest;
      continue;
    }
    char c = text.front();
    text = text.drop_front();
    // Arrows and comparisons are no brackets.
    bool isComparison = (c == '<' || c == '>') && text.starts_with("=");
    if (c == '(' || c == '[' || c == '{' || (c == '<' && !isComparison))
      deepest = std::max(deepest, ++depth);
    else if (c == ')' || c == ']' || c == '}' || (c == '>' && !isComparison && previous != '-'))
      depth -= depth != 0;
    previous = c;
  }
  return deepest;
}

} // namespace attn::compile
