// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// make_note hello|toy|dtypes|aarch64 NOTE DESCRIPTION: writes the note of a test
// module, which note.S includes, and the description alone, a fuzzer's seed.
// aarch64 is hello's with another machine.
#include "ToyNotes.h"

#include <cstdio>
#include <cstring>

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
  NoteModule module = std::strcmp(argv[1], "toy") == 0      ? toyNote()
                      : std::strcmp(argv[1], "dtypes") == 0 ? dtypesNote()
                                                            : helloNote();
  if (std::strcmp(argv[1], "aarch64") == 0) {
    module.Machine = 183;
    module.Target = "aarch64-unknown-linux-gnu";
  }
  NoteWriter writer(module);
  return writeFile(argv[2], writer.note()) && writeFile(argv[3], writer.description()) ? 0 : 1;
}
