// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An application's allocator that fails at its n-th call, and that wants back
// everything with the size it was asked for.
#ifndef ATTN_RT_TEST_FAILINGALLOCATOR_H
#define ATTN_RT_TEST_FAILINGALLOCATOR_H

#include "attn_rt/attn_rt.h"

#include <cstdlib>
#include <map>
#include <utility>

namespace attn::test {

struct FailingAllocator {
  int Calls = 0, FailAt = 0;
  std::map<void *, std::pair<size_t, size_t>> Live;
  int Mistakes = 0;

  attn_rt_allocator get() {
    return {this,
            [](void *context, size_t size, size_t alignment) {
              return static_cast<FailingAllocator *>(context)->allocate(size, alignment);
            },
            [](void *context, void *pointer, size_t size, size_t alignment) {
              static_cast<FailingAllocator *>(context)->release(pointer, size, alignment);
            }};
  }

private:
  void *allocate(size_t size, size_t alignment) {
    if (++Calls == FailAt)
      return nullptr;
    Mistakes += size == 0 || alignment < 64;
    void *pointer = nullptr;
    if (posix_memalign(&pointer, alignment, size) != 0)
      return nullptr;
    Live[pointer] = {size, alignment};
    return pointer;
  }
  void release(void *pointer, size_t size, size_t alignment) {
    auto found = Live.find(pointer);
    if (found == Live.end() || found->second != std::make_pair(size, alignment)) {
      ++Mistakes;
      return;
    }
    Live.erase(found);
    free(pointer);
  }
};

} // namespace attn::test

#endif // ATTN_RT_TEST_FAILINGALLOCATOR_H
