// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory with one end flush against a protected page, so that reading or
// writing one element too many stops the process there and then, with a
// sentence that names the tensor. Memory that was made read-only is guarded in
// the same way against writes.
#ifndef ATTN_TEST_INTEGRATION_GUARDED_GUARDEDMEMORY_H
#define ATTN_TEST_INTEGRATION_GUARDED_GUARDEDMEMORY_H

#include <cstddef>
#include <string>

namespace attn::test {

/// The end of a block that is flush: Front begins behind a protected page, Back
/// ends before one.
enum class Flush { Front, Back };

class GuardedBlock {
public:
  /// `what` is how the sentence names the block. With Back, `alignment` moves a
  /// block whose size is no multiple of it away from the page.
  GuardedBlock(std::string what, size_t bytes, Flush flush, size_t alignment = 1);
  ~GuardedBlock();
  GuardedBlock(const GuardedBlock &) = delete;
  GuardedBlock &operator=(const GuardedBlock &) = delete;

  /// Never null, also for no bytes: then any access is one outside.
  unsigned char *data() const { return Data; }
  size_t size() const { return Size; }

  void makeReadOnly();

  std::string What;

private:
  unsigned char *Data = nullptr, *Mapping = nullptr;
  size_t Size = 0, MappingSize = 0;
};

/// From now on an access to a protected page of a block ends the process with
/// exit status 5 and one line on stderr.
void reportGuardedAccesses(const char *tool);

} // namespace attn::test

#endif // ATTN_TEST_INTEGRATION_GUARDED_GUARDEDMEMORY_H
