// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// make_note hello|toy|aarch64 FILE: writes the note of a test module, which
// note.S includes.  aarch64 is hello's with another machine.
#include "ToyNotes.h"

#include <cstdio>
#include <cstring>

using namespace attn::test;

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  NoteModule module =
      std::strcmp(argv[1], "toy") == 0 ? toyNote() : helloNote();
  if (std::strcmp(argv[1], "aarch64") == 0) {
    module.Machine = 183;
    module.Target = "aarch64-unknown-linux-gnu";
  }
  std::string note = NoteWriter(module).note();
  std::FILE *file = std::fopen(argv[2], "wb");
  if (!file || std::fwrite(note.data(), 1, note.size(), file) != note.size())
    return 1;
  return std::fclose(file) == 0 ? 0 : 1;
}
