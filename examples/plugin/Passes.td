// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plugin's passes. TableGen makes of this the base class, the options and the registration.
#ifndef LIMIT_CONTEXT_PASSES_TD
#define LIMIT_CONTEXT_PASSES_TD

include "mlir/Pass/PassBase.td"

def LimitContextPass : Pass<"limit-context"> {
  let summary = "let causal attentions look back a limited number of keys";
  let description = [{
    A model that was trained with a long context often answers as well when each
    query sees only the last keys, and then costs as many. This pass adds
    `#attn.window<keys - 1, 0>` to every attention that is causal (`#attn.causal`,
    alone or as a part of `#attn.and`). It leaves alone what has a window, so that
    twice is once, and causal masks with an offset, whose diagonal is not where
    that of a window is.

    Example:

    ```mlir
    %o = attn.attention %q, %k, %v mask(#attn.causal)
    // becomes, with keys=256,
    %o = attn.attention %q, %k, %v mask(#attn.and<#attn.causal, #attn.window<255, 0>>)
    ```
  }];
  let options = [
    Option<"keys", "keys", "int64_t", "256", "how many keys a query sees, itself among them">,
  ];
  let statistics = [
    Statistic<"limited", "limited", "attentions that got a window">,
  ];
}

#endif // LIMIT_CONTEXT_PASSES_TD
