// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dynamic section, the descriptor and tables without end: everything a
// module must not have.
#include "TestSupport.h"

#include <cstring>
#include <elf.h>

using namespace attn::test;

namespace {

std::string refusal(const std::string &sentence) { return "incompatible|module in memory: " + sentence; }

/// The file offset of the dynamic entry with this tag.
size_t dynamicEntry(const std::string &bytes, int64_t tag) {
  Elf64_Ehdr header;
  memcpy(&header, bytes.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr program;
    memcpy(&program, bytes.data() + header.e_phoff + i * sizeof program, sizeof program);
    for (size_t at = 0; program.p_type == PT_DYNAMIC && at < program.p_filesz; at += sizeof(Elf64_Dyn)) {
      Elf64_Dyn entry;
      memcpy(&entry, bytes.data() + program.p_offset + at, sizeof entry);
      if (entry.d_tag == tag)
        return program.p_offset + at;
    }
  }
  ADD_FAILURE() << "no dynamic entry with tag " << tag;
  return 0;
}

TEST(Dynamic, RefusesModulesThatNeedSomething) {
  EXPECT_EQ(tryOpen(moduleBytes("constructor")), refusal("expects a module without constructors, but got "
                                                         "DT_INIT_ARRAY or DT_FINI_ARRAY"));
  EXPECT_EQ(tryOpen(moduleBytes("needs_library")), refusal("expects a module that needs no library, but got DT_NEEDED "
                                                           "'libsomebody.so'"));
  EXPECT_EQ(tryOpen(moduleBytes("undefined")), refusal("expects a module without imports, but got the undefined "
                                                       "symbol 'printf_of_somebody'"));
  EXPECT_EQ(tryOpen(moduleBytes("thread_local")), refusal("expects a module without thread-local storage, but got a "
                                                          "PT_TLS segment"));
}

TEST(Dynamic, RefusesTags) {
  const std::string good = moduleBytes("hello");
  size_t spare = dynamicEntry(good, DT_FLAGS_1); // says only "now"
  auto with = [&](int64_t tag, uint64_t value) {
    std::string bytes = good;
    patch(bytes, spare, uint64_t(tag), 8);
    patch(bytes, spare + 8, value, 8);
    return tryOpen(bytes);
  };
  std::string constructors = refusal("expects a module without constructors, but got DT_INIT or "
                                     "DT_FINI");
  std::string arrays = refusal("expects a module without constructors, but got "
                               "DT_INIT_ARRAY or DT_FINI_ARRAY");
  std::string others = refusal("expects a module relocated by DT_RELA only, but got others");
  EXPECT_EQ(with(DT_INIT, 0x1000), constructors);
  EXPECT_EQ(with(DT_FINI, 0x1000), constructors);
  EXPECT_EQ(with(DT_INIT_ARRAYSZ, 8), arrays);
  EXPECT_EQ(with(DT_FINI_ARRAYSZ, 8), arrays);
  EXPECT_EQ(with(DT_PREINIT_ARRAYSZ, 8), arrays);
  EXPECT_EQ(with(DT_TEXTREL, 0), refusal("expects a module without text relocations, but got "
                                         "DT_TEXTREL"));
  EXPECT_EQ(with(DT_FLAGS, DF_TEXTREL), refusal("expects a module without text relocations, but got "
                                                "DF_TEXTREL"));
  EXPECT_EQ(with(DT_RELSZ, 16), others);
  EXPECT_EQ(with(DT_PLTRELSZ, 24), others);
  EXPECT_EQ(with(35, 8), others);
  EXPECT_EQ(with(DT_DEBUG, 8), "ok|");
}

TEST(Dynamic, RefusesBadTables) {
  const std::string good = moduleBytes("hello");
  auto with = [&](int64_t tag, uint64_t value) {
    std::string bytes = good;
    patch(bytes, dynamicEntry(bytes, tag) + 8, value, 8);
    return tryOpen(bytes);
  };
  EXPECT_EQ(with(DT_SYMENT, 16), refusal("expects dynamic symbols of 24 bytes, but got 16"));
  EXPECT_EQ(with(DT_SYMTAB, 0x7fffffff), refusal("expects DT_SYMTAB to lie inside one segment, but got "
                                                 "address 0x80000017"));
  EXPECT_EQ(with(DT_GNU_HASH, 0x7fffffff), refusal("expects DT_GNU_HASH to lie inside one segment, but got "
                                                   "address 0x7fffffff"));
  uint64_t relaSize = 0;
  memcpy(&relaSize, good.data() + dynamicEntry(good, DT_RELASZ) + 8, 8);
  EXPECT_EQ(with(DT_RELAENT, 16), refusal("expects DT_RELA to be a table of 24-byte entries inside "
                                          "one segment, but got " +
                                          std::to_string(relaSize) + " bytes of 16"));
  // Whole entries, but more than the segment holds.
  EXPECT_EQ(with(DT_RELASZ, 24u << 24), refusal("expects DT_RELA to be a table of 24-byte entries inside "
                                                "one segment, but got 402653184 bytes of 24"));
  std::string bytes = good;
  patch(bytes, dynamicEntry(bytes, DT_GNU_HASH), DT_DEBUG, 8);
  EXPECT_EQ(tryOpen(bytes), refusal("expects a symbol hash table, but got neither DT_GNU_HASH "
                                    "nor DT_HASH"));
}

// As many program headers as are asked for, behind the end of the file.
TEST(Dynamic, RefusesTooManySegments) {
  std::string bytes = moduleBytes("hello");
  size_t table = bytes.size();
  patch(bytes, 32, table, 8); // e_phoff
  patch(bytes, 56, 17, 2);    // e_phnum
  for (uint64_t i = 0; i < 17; ++i) {
    Elf64_Phdr empty = {PT_LOAD, PF_R, 0, i * 4096, 0, 0, 0, 4096};
    bytes.append(reinterpret_cast<const char *>(&empty), sizeof empty);
  }
  EXPECT_EQ(tryOpen(bytes), refusal("expects at most 16 loaded segments, but got more"));
}

// Tables that are as long as nobody makes them.
TEST(Dynamic, RefusesEndlessTables) {
  const std::string good = moduleBytes("hello");
  std::string bytes = good;
  Elf64_Ehdr header;
  memcpy(&header, good.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    size_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
    if (bytes[at] != PT_DYNAMIC)
      continue;
    patch(bytes, at + 8, bytes.size(), 8);
    patch(bytes, at + 32, 257 * sizeof(Elf64_Dyn), 8);
  }
  for (int i = 0; i < 257; ++i) {
    Elf64_Dyn entry = {DT_DEBUG, {0}};
    bytes.append(reinterpret_cast<const char *>(&entry), sizeof entry);
  }
  EXPECT_EQ(tryOpen(bytes), refusal("expects at most 256 dynamic entries, but got more"));
  std::string symbols = refusal("expects at most 4096 dynamic symbols, but got more");
  uint64_t hash = 0; // the first segment is mapped at its offset
  memcpy(&hash, good.data() + dynamicEntry(good, DT_GNU_HASH) + 8, 8);
  bytes = good;
  patch(bytes, hash + 4, 4097, 4);
  EXPECT_EQ(tryOpen(bytes), symbols);
  bytes = good;
  patch(bytes, hash, 4097, 4);
  EXPECT_EQ(tryOpen(bytes), symbols);
  // The largest bucket leads behind the last symbol.
  bytes = good;
  patch(bytes, hash + 16 + 8, 4096, 4);
  EXPECT_EQ(tryOpen(bytes), symbols);
  bytes = moduleBytes("hello_sysv_hash");
  memcpy(&hash, bytes.data() + dynamicEntry(bytes, DT_HASH) + 8, 8);
  patch(bytes, hash + 4, 4097, 4);
  EXPECT_EQ(tryOpen(bytes), symbols);
}

TEST(Dynamic, RefusesOtherRelocations) {
  const std::string good = moduleBytes("hello");
  uint64_t rela = 0;
  memcpy(&rela, good.data() + dynamicEntry(good, DT_RELA) + 8, 8);
  std::string bytes = good; // the first segment is mapped at its offset
  patch(bytes, rela + 8, R_X86_64_64, 4);
  EXPECT_EQ(tryOpen(bytes), refusal("expects relative relocations, but got type 1"));
  bytes = good;
  patch(bytes, rela, 0x10, 8);
  EXPECT_EQ(tryOpen(bytes).substr(0, 95), refusal("expects relocations inside writable segments, but got one "
                                                  "of 0x10 to 0x")
                                              .substr(0, 95));
}

TEST(Dynamic, RefusesBadDescriptors) {
  EXPECT_EQ(tryOpen(moduleBytes("no_descriptor")), refusal("expects the module to export "
                                                           "'attn_rt_module_descriptor', but got no such symbol"));
  EXPECT_EQ(tryOpen(moduleBytes("wrong_counts")), refusal("expects the descriptor to have 1 variants of 1 functions "
                                                          "as in the note, but got 1 of 2"));
  EXPECT_EQ(tryOpen(moduleBytes("wrong_magic")), refusal("expects the descriptor to have ABI version 1.1 as in the "
                                                         "note, but got magic 0x00000007 and 1.1"));
  EXPECT_EQ(tryOpen(moduleBytes("wrong_table")), refusal("expects the descriptor to point to functions of the "
                                                         "module, but got another address"));
  EXPECT_EQ(tryOpen(moduleBytes("wrong_weights")), refusal("expects 12 bytes of weights inside one segment, but got "
                                                           "another place"));
}

TEST(Dynamic, RefusesDescriptorsThatAreNone) {
  const std::string good = moduleBytes("hello");
  uint64_t symbols = 0, address = 0;
  memcpy(&symbols, good.data() + dynamicEntry(good, DT_SYMTAB) + 8, 8);
  const size_t first = symbols + sizeof(Elf64_Sym), info = 4, value = 8;
  memcpy(&address, good.data() + first + value, 8);
  std::string bytes = good;
  patch(bytes, first + info, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 1);
  char text[32];
  snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(address));
  EXPECT_EQ(tryOpen(bytes), refusal("expects symbol 'attn_rt_module_descriptor' to be an "
                                    "object inside a readable segment, but got type 2 at 0x" +
                                    std::string(text)));
  bytes = good;
  patch(bytes, first + value, 0x7fffffff, 8);
  EXPECT_EQ(tryOpen(bytes), refusal("expects symbol 'attn_rt_module_descriptor' to be an "
                                    "object inside a readable segment, but got type 1 at "
                                    "0x7fffffff"));
}

} // namespace
