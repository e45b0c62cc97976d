// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A fixture for modules that are nothing but their description: the functions
// are there and do nothing.
#ifndef ATTN_RT_TEST_LINKEDNOTE_H
#define ATTN_RT_TEST_LINKEDNOTE_H

#include "ToyNotes.h"

#include "attn_rt/attn_rt.h"
#include "gtest/gtest.h"

namespace attn::test {

/// The module of a note, linked into this program.
class LinkedNote : public testing::Test {
protected:
  explicit LinkedNote(NoteModule note) : Note(std::move(note)) {}

  NoteModule Note;
  std::string Description = NoteWriter(Note).description();
  std::vector<attn_rt_entry> Entries{Note.Functions.size(), [](attn_rt_frame *) -> int32_t { return 0; }};
  std::vector<attn_rt_plan> Plans{Note.Functions.size(),
                                  [](const int64_t *, int64_t, int64_t *, uint64_t *bytes) -> int32_t {
                                    *bytes = 0;
                                    return 0;
                                  }};
  attn_rt_descriptor Descriptor = {ATTN_RT_ABI_MAGIC,        ATTN_RT_ABI_MAJOR, ATTN_RT_ABI_MINOR, 1,
                                   uint32_t(Entries.size()), Entries.data(),    Plans.data(),      nullptr};
  attn_rt_module *Module = nullptr;

  std::string open() {
    attn_rt_error error = {{0}};
    attn_rt_status status =
        attn_rt_module_open_linked(&Descriptor, Description.data(), Description.size(), nullptr, &Module, &error);
    return status ? error.message : "ok";
  }
  void TearDown() override { attn_rt_module_close(Module); }
};

} // namespace attn::test

#endif // ATTN_RT_TEST_LINKEDNOTE_H
