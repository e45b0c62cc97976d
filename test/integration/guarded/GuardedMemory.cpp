// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocks are private mappings: protected pages, the block's own pages,
// protected pages. The signal handler looks the address up among all blocks.
#include "GuardedMemory.h"

#include "ToolError.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

using namespace attn::test;

namespace {

constexpr size_t kPage = 4096;
/// Protected on either side: an index that is off by a row of a large tensor
/// still ends here.
constexpr size_t kGuard = size_t(1) << 20;

/// All living blocks. They are made and freed only while nothing runs, so that
/// the handler may read it.
std::vector<const GuardedBlock *> livingBlocks;
const char *reportingTool = "";

size_t roundUp(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Where the address lies from the block's point of view: "4 bytes behind the
/// 240 bytes of result 'o'".
int describe(char *text, size_t room, const GuardedBlock &block, uintptr_t address) {
  uintptr_t begin = uintptr_t(block.data()), end = begin + block.size();
  if (address >= end)
    return std::snprintf(text, room, "%zu bytes behind the %zu bytes of %s", size_t(address - end), block.size(),
                         block.What.c_str());
  if (address < begin)
    return std::snprintf(text, room, "%zu bytes before the %zu bytes of %s", size_t(begin - address), block.size(),
                         block.What.c_str());
  return std::snprintf(text, room, "a write at byte %zu of %s", size_t(address - begin), block.What.c_str());
}

void onFault(int signal, siginfo_t *info, void *) {
  auto address = uintptr_t(info->si_addr);
  for (const GuardedBlock *block : livingBlocks) {
    auto begin = uintptr_t(block->data());
    if (address + kGuard < begin || address >= begin + roundUp(block->size(), kPage) + kGuard)
      continue;
    char where[256], line[400];
    describe(where, sizeof where, *block, address);
    int size = std::snprintf(line, sizeof line,
                             "%s: expects a run to stay inside of its tensors, "
                             "but got an access %s\n",
                             reportingTool, where);
    ssize_t ignored = write(STDERR_FILENO, line, std::min(size_t(size), sizeof line - 1));
    (void)ignored;
    _exit(attn::tool::ExitDiffers);
  }
  // Not ours: the instruction faults again, and the process dies as it would
  // without us.
  std::signal(signal, SIG_DFL);
}

} // namespace

GuardedBlock::GuardedBlock(std::string what, size_t bytes, Flush flush, size_t alignment)
    : What(std::move(what)), Size(bytes), MappingSize(roundUp(bytes, kPage) + 2 * kGuard) {
  void *memory = mmap(nullptr, MappingSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  size_t inside = MappingSize - 2 * kGuard;
  if (memory == MAP_FAILED ||
      (inside && mprotect(static_cast<unsigned char *>(memory) + kGuard, inside, PROT_READ | PROT_WRITE) != 0))
    throw tool::ToolError(tool::ExitSystem,
                          "expects " + std::to_string(MappingSize) + " bytes of address space, but got none");
  Mapping = static_cast<unsigned char *>(memory);
  Data = Mapping + kGuard + (flush == Flush::Back ? inside - roundUp(bytes, alignment) : 0);
  livingBlocks.push_back(this);
}

GuardedBlock::~GuardedBlock() {
  livingBlocks.erase(std::find(livingBlocks.begin(), livingBlocks.end(), this));
  munmap(Mapping, MappingSize);
}

void GuardedBlock::makeReadOnly() { mprotect(Mapping + kGuard, MappingSize - 2 * kGuard, PROT_READ); }

void attn::test::reportGuardedAccesses(const char *tool) {
  reportingTool = tool;
  struct sigaction action = {};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}
