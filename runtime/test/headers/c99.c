/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The C headers as C99 without extensions. */
#include "attn_rt/abi.h"
#include "attn_rt/attn_rt.h"

int attn_rt_header_check_c99(void);
int attn_rt_header_check_c99(void) {
  attn_rt_open_options open = ATTN_RT_OPEN_OPTIONS_INIT;
  attn_rt_run_options run = ATTN_RT_RUN_OPTIONS_INIT;
  attn_rt_pool_options pool = ATTN_RT_POOL_OPTIONS_INIT;
  attn_rt_module_info module = ATTN_RT_MODULE_INFO_INIT;
  attn_rt_function_info function = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_session_options session = ATTN_RT_SESSION_OPTIONS_INIT;
  return session.struct_size && open.struct_size && run.struct_size && pool.struct_size && module.struct_size &&
         function.struct_size;
}
