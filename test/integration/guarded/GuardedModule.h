// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module whose weights, too, lie beside a protected page: the system's loader
// maps the file, and the runtime gets the descriptor as if it had been linked
// into the program, with the weights moved.
#ifndef ATTN_TEST_INTEGRATION_GUARDED_GUARDEDMODULE_H
#define ATTN_TEST_INTEGRATION_GUARDED_GUARDEDMODULE_H

#include "GuardedMemory.h"
#include "attn_rt/attn_rt.h"

#include <memory>
#include <string>

namespace attn::test {

class GuardedModule {
public:
  /// `variant` may be empty. Throws ToolError.
  GuardedModule(const std::string &path, const std::string &variant, Flush flush);
  ~GuardedModule();
  GuardedModule(const GuardedModule &) = delete;
  GuardedModule &operator=(const GuardedModule &) = delete;

  /// The only function of the module.
  const attn_rt_function *function() const { return Function; }
  const attn_rt_function_info &info() const { return Info; }

private:
  void *Library = nullptr;
  std::unique_ptr<GuardedBlock> Weights;
  attn_rt_descriptor Descriptor = {};
  attn_rt_module *Module = nullptr;
  const attn_rt_function *Function = nullptr;
  attn_rt_function_info Info = ATTN_RT_FUNCTION_INFO_INIT;
};

} // namespace attn::test

#endif // ATTN_TEST_INTEGRATION_GUARDED_GUARDEDMODULE_H
