/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a run asks of the arguments that it updates in place (abi.h, "States"). */
#ifndef ATTN_RT_SRC_STATES_H
#define ATTN_RT_SRC_STATES_H

#include "run_state.h"

/* Memory that is updated belongs to nothing else: states of the caller are
 * dense, aligned, and apart from all other arguments; arguments and results are
 * apart from all that a session owns.  (That results are apart from arguments
 * has been checked.) */
attn_rt_status attn_rti_check_states(const attn_rti_run *run, const attn_rt_tensor *args, const attn_rt_tensor *results,
                                     attn_rt_error *error);

/* The positions that the call adds fit.  Fills past and step of the run. */
attn_rt_status attn_rti_check_room(attn_rti_run *run, attn_rt_error *error);

#endif /* ATTN_RT_SRC_STATES_H */
