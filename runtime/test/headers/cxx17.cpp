// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The headers as C++17 without extensions.
#include "attn_rt/abi.h"
#include "attn_rt/attn_rt.h"
#include "attn_rt/attn_rt.hpp"

int attnRtHeaderCheckCxx17();
int attnRtHeaderCheckCxx17() {
  attn_rt_open_options open = ATTN_RT_OPEN_OPTIONS_INIT;
  attn_rt_run_options run = ATTN_RT_RUN_OPTIONS_INIT;
  attn_rt_pool_options pool = ATTN_RT_POOL_OPTIONS_INIT;
  return open.struct_size && run.struct_size && pool.struct_size;
}
