// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// make_note hello|toy|dtypes|cache|recurrent|triples|aarch64|minor0 NOTE DESCRIPTION:
// writes the note of a test module, which note.S includes, and the description
// alone, a fuzzer's seed.  aarch64 is hello's with another machine, minor0 hello's as
// the first ABI version had it.
#include "ToyNotes.h"

#include <cstdio>
#include <string>

using namespace attn::test;

static bool writeFile(const char *path, const std::string &bytes) {
  std::FILE *file = std::fopen(path, "wb");
  if (!file)
    return false;
  size_t wrote = std::fwrite(bytes.data(), 1, bytes.size(), file);
  return std::fclose(file) == 0 && wrote == bytes.size();
}

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  const std::string name = argv[1];
  NoteModule module = name == "toy" ? toyNote() : name == "dtypes" ? dtypesNote() : helloNote();
  if (name == "cache" || name == "recurrent")
    module = cacheNote(/*recurrent=*/name == "recurrent");
  if (name == "triples")
    module = cacheNote(/*recurrent=*/false, /*steps=*/3);
  if (name == "minor0")
    module.Minor = 0;
  if (name == "aarch64") {
    module.Machine = 183;
    module.Target = "aarch64-unknown-linux-gnu";
  }
  NoteWriter writer(module);
  return writeFile(argv[2], writer.note()) && writeFile(argv[3], writer.description()) ? 0 : 1;
}
