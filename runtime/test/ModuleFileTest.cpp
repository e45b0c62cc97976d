// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Opening module files: what they may be, where they may lie, ELF header and
// segments.  Each refusal with its full text.
#include "TestSupport.h"
#include "ToyNotes.h"
#include "attn_rt/abi.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace attn::test;

namespace {

/// A directory for one test, removed at its end.
class ScratchDirectory {
public:
  ScratchDirectory() {
    char name[] = "attn_rt_test_XXXXXX";
    Name = mkdtemp(name) ? name : "";
    EXPECT_FALSE(Name.empty());
  }
  ~ScratchDirectory() {
    for (const std::string &file : Files)
      unlink(file.c_str());
    rmdir(Name.c_str());
  }
  std::string path(const std::string &name) {
    Files.push_back(Name + "/" + name);
    return Files.back();
  }
  const std::string &name() const { return Name; }

private:
  std::string Name;
  std::vector<std::string> Files;
};

void writeBytes(const std::string &path, const std::string &bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string tryPath(const std::string &path) {
  attn_rt_module *module = nullptr;
  attn_rt_error error = {{0}};
  attn_rt_status status = attn_rt_module_open(path.c_str(), nullptr, &module, &error);
  EXPECT_EQ(module, nullptr);
  return std::string(attn_rt_status_name(status)) + "|" + error.message;
}

std::string refusal(const std::string &sentence) { return "incompatible|module in memory: " + sentence; }

/// The offset of the n-th program header of a type.
size_t programHeader(const std::string &bytes, uint32_t type, int n = 0) {
  Elf64_Ehdr header;
  memcpy(&header, bytes.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr program;
    size_t at = header.e_phoff + i * sizeof program;
    memcpy(&program, bytes.data() + at, sizeof program);
    if (program.p_type == type && n-- == 0)
      return at;
  }
  ADD_FAILURE() << "no such program header";
  return 0;
}

TEST(ModuleFile, OpensFromPathAndMemory) {
  OpenModule module("hello");
  EXPECT_EQ(tryOpen(moduleBytes("hello")), "ok|");
  EXPECT_EQ(tryOpen(moduleBytes("hello_sysv_hash")), "ok|");
  EXPECT_EQ(tryOpen(moduleBytes("toy")), "ok|");
}

TEST(ModuleFile, RefusesWhatIsNoRegularFile) {
  ScratchDirectory directory;
  std::string fifo = directory.path("fifo"), empty = directory.path("empty");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  writeBytes(empty, "");
  EXPECT_EQ(tryPath(fifo), "incompatible|module '" + fifo +
                               "': expects a regular file, but got another "
                               "kind");
  EXPECT_EQ(tryPath(directory.name()),
            "incompatible|module '" + directory.name() + "': expects a regular file, but got another kind");
  EXPECT_EQ(tryPath(empty), "incompatible|module '" + empty +
                                "': expects the file to hold 64 bytes at 0, but got 0 bytes in "
                                "all");
  EXPECT_EQ(tryPath("no/such/file.so"), "not found|module 'no/such/file.so': expects to open the file, but "
                                        "got No such file or directory");
  EXPECT_EQ(tryPath("hello.so"), // never searched for
            "not found|module 'hello.so': expects to open the file, but got No "
            "such file or directory");
}

TEST(ModuleFile, RefusesOtherElfHeaders) {
  const std::string good = moduleBytes("hello");
  struct Case {
    size_t Offset;
    uint64_t Value;
    int Size;
    const char *Sentence;
  } cases[] = {{0, 0, 1, "expects an ELF file, but got other bytes"},
               {4, 1, 1, "expects a 64-bit ELF file, but got class 1"},
               {5, 2, 1, "expects a little-endian ELF file, but got data encoding 2"},
               {6, 0, 1, "expects ELF version 1, but got 1"},
               {20, 9, 4, "expects ELF version 1, but got 9"},
               {16, ET_EXEC, 2, "expects an ELF shared object, but got type 2"},
               {18, EM_AARCH64, 2, "expects the note's machine to be 183 as in the ELF header, but got 62"},
               {54, 32, 2, "expects 1 to 64 program headers of 56 bytes, but got 8 of 32"},
               {56, 0, 2, "expects 1 to 64 program headers of 56 bytes, but got 0 of 56"},
               {56, 65, 2, "expects 1 to 64 program headers of 56 bytes, but got 65 of 56"},
               {32, UINT64_MAX, 8, "expects program headers inside the file, but got them beyond its end"}};
  for (const Case &test : cases) {
    std::string bytes = good, text = refusal(test.Sentence);
    patch(bytes, test.Offset, test.Value, test.Size);
    if (test.Offset == 54 || test.Offset == 56) {
      // The real number of headers depends on the linker.
      std::string count = std::to_string(test.Offset == 54 ? unsigned(good[56]) : unsigned(test.Value));
      size_t at = text.find("but got ");
      text = text.substr(0, at) + "but got " + count + " of " + (test.Offset == 54 ? "32" : "56");
    }
    EXPECT_EQ(tryOpen(bytes), text);
  }
}

TEST(ModuleFile, RefusesBadSegments) {
  const std::string good = moduleBytes("hello");
  size_t first = programHeader(good, PT_LOAD, 0);
  size_t code = programHeader(good, PT_LOAD, 1);
  auto with = [&](size_t offset, uint64_t value, int size) {
    std::string bytes = good;
    patch(bytes, offset, value, size);
    return tryOpen(bytes);
  };
  const size_t Flags = 4, Offset = 8, Address = 16, InFile = 32, InMemory = 40, Align = 48;
  EXPECT_EQ(with(first + Flags, PF_W, 4), refusal("expects readable segments, but got one that is not"));
  EXPECT_EQ(with(code + Flags, PF_R | PF_W | PF_X, 4),
            refusal("expects segments that are writable or executable, but got "
                    "both"));
  EXPECT_EQ(with(code + Offset, 1u << 30, 8), refusal("expects segments inside the file, but got one beyond its "
                                                      "end"));
  EXPECT_EQ(with(code + Address, 0, 8), refusal("expects segments in ascending order, but got overlapping "
                                                "ones"));
  EXPECT_EQ(with(code + InFile, UINT64_MAX, 8), refusal("expects segment sizes that agree, but got others"));
  EXPECT_EQ(with(code + InMemory, 1u << 20, 8), refusal("expects read-only segments to be all in the file, but got "
                                                        "more"));
  EXPECT_EQ(with(code + Align, 3, 8), refusal("expects page-aligned segments, but got another alignment"));
  EXPECT_EQ(with(code + Flags, PF_R, 4), refusal("expects the descriptor to point to functions of the "
                                                 "module, but got another address"));
  size_t relro = programHeader(good, PT_GNU_RELRO);
  EXPECT_EQ(with(relro + Address, 0x10, 8), refusal("expects PT_GNU_RELRO to lie in a writable segment, but "
                                                    "got address 0x10"));
}

TEST(ModuleFile, RefusesBadNotes) {
  const std::string good = moduleBytes("hello");
  size_t header = programHeader(good, PT_NOTE);
  uint64_t note = 0;
  memcpy(&note, good.data() + header + 8, 8);
  auto with = [&](size_t offset, uint64_t value, int size) {
    std::string bytes = good;
    patch(bytes, offset, value, size);
    return tryOpen(bytes);
  };
  EXPECT_EQ(tryOpen(moduleBytes("no_note")), refusal("expects a module made by attn-compile, but got a shared "
                                                     "object without a note of owner ATTN"));
  EXPECT_EQ(with(note + 12, 'B', 1), refusal("expects a module made by attn-compile, but got a shared "
                                             "object without a note of owner ATTN"));
  EXPECT_EQ(with(note + 4, 0x7fffffff, 4), refusal("expects a note to end inside its segment, but got 5 and "
                                                   "2147483647 bytes"));
  EXPECT_EQ(with(header + 8, 1u << 30, 8), refusal("expects notes inside the file, but got some beyond its "
                                                   "end"));
  // The same note by two program headers.
  std::string twice = good;
  twice.replace(programHeader(good, PT_GNU_STACK), sizeof(Elf64_Phdr), good, header, sizeof(Elf64_Phdr));
  EXPECT_EQ(tryOpen(twice), refusal("expects one note of owner ATTN, but got two"));
  // The last part of the file as one long note.
  std::string long_ = good;
  uint64_t at = (good.size() + 7) / 8 * 8, length = ATTN_RT_MAX_NOTE_BYTES + 1;
  long_.resize(at + 20 + length);
  long_.replace(at, 20, good, note, 20);
  patch(long_, at + 4, length, 4);
  patch(long_, header + 8, at, 8);
  patch(long_, header + 32, 20 + length, 8);
  EXPECT_EQ(tryOpen(long_), refusal("expects a description of at most 16777216 bytes, but got "
                                    "16777217"));
  EXPECT_EQ(tryOpen(moduleBytes("other_machine_in_note")),
            refusal("expects the note's machine to be 62 as in the ELF header, "
                    "but got 183"));
}

// A module for another machine can be inspected, not run.
TEST(ModuleFile, InspectsOtherMachines) {
  std::string bytes = moduleBytes("other_machine_in_note");
  patch(bytes, 18, EM_AARCH64, 2);
  EXPECT_EQ(tryOpen(bytes), refusal("expects a module for machine 62, but got one for machine "
                                    "183 ('aarch64-unknown-linux-gnu')"));
  EXPECT_EQ(tryOpen(bytes, /*inspect=*/1), "ok|");
}

TEST(ModuleFile, RefusesToRunAnInspectedModule) {
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.inspect = 1;
  OpenModule module("hello", &options);
  std::vector<float> x(3);
  std::vector<attn_rt_tensor> results(1);
  EXPECT_EQ(tryRun(module.function("twice"), {viewOf(x, {3})}, results),
            "incompatible|expects a module opened to run, but got one opened "
            "to inspect");
  attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_module_get_info(module.get(), &info);
  EXPECT_EQ(info.variant, nullptr);
}

TEST(ModuleFile, RefusesEveryTruncation) {
  // Each prefix of the part that holds header and note, then page by page.
  const std::string good = moduleBytes("toy");
  int opened = 0, tried = 0;
  for (size_t size = 0; size < good.size(); size += size < 4096 ? 1 : 61) {
    std::string message = tryOpen(good.substr(0, size));
    opened += message == "ok|";
    ++tried;
  }
  EXPECT_GT(tried, 4096);
  // Only section headers, which nobody reads, may be missing at the end.
  Elf64_Ehdr header;
  memcpy(&header, good.data(), sizeof header);
  size_t least = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr program;
    memcpy(&program, good.data() + header.e_phoff + i * sizeof program, sizeof program);
    least = std::max(least, size_t(program.p_offset + program.p_filesz));
  }
  EXPECT_EQ(tryOpen(good.substr(0, least)), "ok|");
  EXPECT_NE(tryOpen(good.substr(0, least - 1)), "ok|");
  EXPECT_LE(opened, int((good.size() - least) / 61) + 1);
}

// Flips of header, segments, note and dynamic tables: refused or harmless, but
// never followed out of the file.
TEST(ModuleFile, SurvivesEveryFlippedByte) {
  const std::string good = moduleBytes("toy");
  int opened = 0, tried = 0;
  uint64_t place[2];
  size_t dynamic = programHeader(good, PT_DYNAMIC);
  memcpy(place, good.data() + dynamic + 8, 8);
  memcpy(place + 1, good.data() + dynamic + 32, 8);
  auto flip = [&](size_t at) {
    for (unsigned mask : {0x01u, 0x80u, 0xffu}) {
      std::string bytes = good;
      bytes[at] = char(unsigned(bytes[at]) ^ mask);
      opened += tryOpen(bytes) == "ok|";
      ++tried;
    }
  };
  for (size_t at = 0; at < 4096; ++at)
    flip(at);
  for (size_t at = place[0]; at < place[0] + place[1]; ++at)
    flip(at);
  EXPECT_GT(tried, 12000);
  EXPECT_GT(opened, 0); // texts and the uuid may change freely
  EXPECT_LT(opened, tried);
}

// The trap of every loader that goes by names: the second module, opened under
// the path and the descriptor number of the first, must bring its own code.
TEST(ModuleFile, NeverReusesAnotherModulesCode) {
  ScratchDirectory directory;
  std::string path = directory.path("module.so");
  std::string next = directory.path("next.so");
  writeBytes(path, moduleBytes("hello"));
  writeBytes(next, moduleBytes("toy"));
  attn_rt_module *first = nullptr, *second = nullptr;
  attn_rt_error error = {{0}};
  ASSERT_EQ(attn_rt_module_open(path.c_str(), nullptr, &first, &error), 0);
  ASSERT_EQ(rename(next.c_str(), path.c_str()), 0);
  ASSERT_EQ(attn_rt_module_open(path.c_str(), nullptr, &second, &error), 0);
  attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_module_get_info(second, &info);
  EXPECT_STREQ(info.name, "toy");
  // The first still runs its own code, though its file is gone.
  const attn_rt_function *twice = nullptr;
  ASSERT_EQ(attn_rt_module_function(first, "twice", &twice, &error), 0);
  std::vector<float> x = {1, 2, 3};
  std::vector<attn_rt_tensor> results(1);
  EXPECT_EQ(tryRun(twice, {viewOf(x, {3})}, results), "ok|");
  EXPECT_EQ(static_cast<float *>(results[0].data)[2], 6);
  attn_rt_tensor_release(&results[0]);
  attn_rt_module_close(first);
  attn_rt_module_close(second);
}

TEST(ModuleFile, LeavesNoDescriptorOpen) {
  auto countOpen = [] {
    int count = 0;
    for (int fd = 0; fd < 256; ++fd)
      count += fcntl(fd, F_GETFD) != -1;
    return count;
  };
  int before = countOpen();
  {
    OpenModule module("toy");
    EXPECT_EQ(countOpen(), before);
    tryOpen("not a module");
  }
  EXPECT_EQ(countOpen(), before);
}

TEST(ModuleFile, TellsAboutItself) {
  OpenModule module("toy");
  attn_rt_module_info info = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_module_get_info(module.get(), &info);
  EXPECT_STREQ(info.name, "toy");
  EXPECT_STREQ(info.producer, "runtime tests 1.0");
  EXPECT_STREQ(info.target, "x86_64-unknown-linux-gnu");
  EXPECT_STREQ(info.uuid, "00112233445566778899aabbccddeeff");
  EXPECT_EQ(info.variant_count, 3);
  EXPECT_EQ(info.function_count, 5);
  EXPECT_EQ(info.weights_bytes, 12);
  EXPECT_EQ(info.machine, 62u);
  // An older caller's smaller struct is not overrun.
  attn_rt_module_info small = ATTN_RT_MODULE_INFO_INIT;
  small.struct_size = sizeof(size_t) + sizeof(char *);
  small.uuid = "mine";
  attn_rt_module_get_info(module.get(), &small);
  EXPECT_STREQ(small.name, "toy");
  EXPECT_STREQ(small.uuid, "mine");
}

TEST(ModuleFile, FindsFunctionsAndValues) {
  OpenModule toy("toy"), hello("hello");
  const attn_rt_function *function = nullptr;
  attn_rt_error error = {{0}};
  EXPECT_EQ(attn_rt_module_function(toy.get(), "none", &function, &error), ATTN_RT_NOT_FOUND);
  EXPECT_STREQ(error.message, "expects the function to be one of 'embed', 'check', 'slow', "
                              "'state', 'wrong', but got 'none'");
  EXPECT_EQ(attn_rt_module_function(toy.get(), nullptr, &function, &error), ATTN_RT_NOT_FOUND);
  EXPECT_STREQ(error.message, "expects the name of a function, one of 'embed', 'check', "
                              "'slow', 'state', 'wrong', but got none");
  EXPECT_EQ(attn_rt_module_function(hello.get(), nullptr, &function, &error), ATTN_RT_OK);
  EXPECT_EQ(attn_rt_module_function_at(toy.get(), 5), nullptr);
  EXPECT_EQ(attn_rt_module_function_at(toy.get(), -1), nullptr);
  function = attn_rt_module_function_at(toy.get(), 0);
  EXPECT_EQ(attn_rt_function_arg_index(function, "ids"), 1);
  EXPECT_EQ(attn_rt_function_arg_index(function, "y"), -1);
  EXPECT_EQ(attn_rt_function_result_index(function, "sum"), 1);
  attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_function_get_info(function, &info);
  EXPECT_STREQ(info.args[1].dims[1].symbol, "seq");
  EXPECT_EQ(info.args[1].value_max, 30521);
  EXPECT_EQ(info.args[2].dims[0].symbol, nullptr);
  EXPECT_EQ(info.args[2].dims[0].max, 3);
}

} // namespace
