// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory of sessions: through the application's allocator only, none in the
// steady state, and touched as it fills.
#include "FailingAllocator.h"
#include "SessionSupport.h"

#include <set>
#include <sys/mman.h>

using namespace attn::test;

namespace {

/// Creates, runs, forks, runs the fork.
attn_rt_status useSession(attn_rt_module *module, std::string &message) {
  attn_rt_error error = {{0}};
  attn_rt_session *session = nullptr, *fork = nullptr;
  attn_rt_session_options options = ATTN_RT_SESSION_OPTIONS_INIT;
  options.capacity = 8;
  std::vector<float> x(2);
  attn_rt_tensor strided = viewOf(x, {1, 1}), owned = {};
  const attn_rt_function *decode = attn_rt_module_function_at(module, 1);
  attn_rt_status status = attn_rt_session_create(module, &options, &session, &error);
  if (!status)
    status = attn_rt_session_run(session, decode, &strided, 1, &owned, 1, nullptr, &error);
  EXPECT_EQ(session ? attn_rt_session_length(session) : -1, status ? session ? 0 : -1 : 1);
  if (!status)
    status = attn_rt_session_fork(session, &fork, &error);
  EXPECT_EQ(fork != nullptr, status == ATTN_RT_OK);
  attn_rt_tensor_release(&owned);
  attn_rt_session_destroy(fork);
  attn_rt_session_destroy(session);
  message = error.message;
  return status;
}

TEST(SessionMemory, TheAllocatorFailsAtEveryCall) {
  std::set<std::string> messages;
  int failures = 0;
  for (int n = 1;; ++n) {
    FailingAllocator failing;
    attn_rt_allocator allocator = failing.get();
    attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
    options.allocator = &allocator;
    std::string message;
    attn_rt_status status;
    {
      OpenModule module("recurrent", &options);
      failing.FailAt = failing.Calls + n;
      status = useSession(module.get(), message);
    }
    EXPECT_EQ(failing.Live.size(), 0u) << "leaked at call " << n;
    EXPECT_EQ(failing.Mistakes, 0);
    if (failing.Calls < failing.FailAt) {
      EXPECT_EQ(status, ATTN_RT_OK);
      break;
    }
    EXPECT_EQ(status, ATTN_RT_OUT_OF_MEMORY) << "call " << n;
    EXPECT_NE(message.find("from the allocator"), std::string::npos) << message;
    messages.insert("expects N" + message.substr(message.find(" bytes for ")));
    ++failures;
  }
  EXPECT_EQ(failures, 5); // session, tables, result, workspace, fork
  EXPECT_EQ(messages.count("expects N bytes for the states of a session, but got none from the allocator"), 1u);
}

TEST(SessionMemory, SteadyStateAllocatesNothing) {
  FailingAllocator counting;
  attn_rt_allocator allocator = counting.get();
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.allocator = &allocator;
  {
    OpenModule module("recurrent", &options);
    CacheSession session(module, 2, 64, true);
    EXPECT_EQ(session.run("prefill", 4, 1), "ok|");
    int before = counting.Calls;
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(session.run("decode", 1, i), "ok|");
    EXPECT_EQ(session.rewind(0), "ok|");
    EXPECT_EQ(session.run("prefill", 4, 1), "ok|");
    EXPECT_EQ(counting.Calls, before);
    EXPECT_GT(session.check(), 50);
  }
  EXPECT_EQ(counting.Live.size(), 0u);
}

/// Fresh pages for every block, and how many of them were touched.
struct PageAllocator {
  static constexpr size_t Page = 4096;
  unsigned char *Largest = nullptr;
  size_t LargestBytes = 0;

  attn_rt_allocator get() {
    return {this,
            [](void *context, size_t size, size_t) -> void * {
              PageAllocator *self = static_cast<PageAllocator *>(context);
              void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              EXPECT_EQ(madvise(memory, size, MADV_NOHUGEPAGE), 0);
              if (size >= self->LargestBytes) {
                self->Largest = static_cast<unsigned char *>(memory);
                self->LargestBytes = size;
              }
              return memory;
            },
            [](void *, void *pointer, size_t size, size_t) { munmap(pointer, size); }};
  }
  size_t touched() const {
    std::vector<unsigned char> pages((LargestBytes + Page - 1) / Page);
    EXPECT_EQ(mincore(Largest, LargestBytes, pages.data()), 0);
    size_t count = 0;
    for (unsigned char page : pages)
      count += page & 1;
    return count;
  }
};

// keys: 4 rows of 2 heads of 65534 * 12 bytes; values: 65534 * 16 bytes; 1792
// pages in all.  One position lies in 1 + 8 + 1 pages, with luck fewer.
TEST(SessionMemory, IsTouchedAsItFills) {
  PageAllocator pages;
  attn_rt_allocator allocator = pages.get();
  attn_rt_open_options options = ATTN_RT_OPEN_OPTIONS_INIT;
  options.allocator = &allocator;
  OpenModule module("cache", &options);
  CacheSession session(module, 4, 0);
  EXPECT_GT(pages.LargestBytes, 1700 * PageAllocator::Page);
  EXPECT_LE(pages.touched(), 1u);
  EXPECT_EQ(session.run("decode", 1, 1), "ok|");
  size_t one = pages.touched();
  EXPECT_GE(one, 9u);
  EXPECT_LE(one, 10u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(session.run("prefill", 16, i), "ok|");
  EXPECT_LE(pages.touched(), one + 8 * 6 + 8);
  CacheSession fork(session, session.fork());
  EXPECT_LE(pages.touched(), one + 8 * 6 + 8) << "of the fork";
  EXPECT_GT(fork.check(), 40000);
}

} // namespace
