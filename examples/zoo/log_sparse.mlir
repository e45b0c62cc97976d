// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cells at exponentially growing distances, so that a stack of log N layers connects all of them. Distances up to 2^17: up to 256 K tokens.
//
//     keys(i) = { i } and { i - 2^t : t = 0, 1, ... }
//
// Li, Jin, Xuan, Zhou, Chen, Wang, Yan: Enhancing the Locality and Breaking the Memory Bottleneck of Transformer on Time Series Forecasting, 2019,
// arXiv:1907.00235, section 4.2.
!tokens = tensor<?x?x?x64xf32>

func.func @log_sparse(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                      %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                      %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(
      #attn.or<#attn.set<i eq j>,
               #attn.set<i - j eq 1>, #attn.set<i - j eq 2>, #attn.set<i - j eq 4>, #attn.set<i - j eq 8>,
               #attn.set<i - j eq 16>, #attn.set<i - j eq 32>, #attn.set<i - j eq 64>, #attn.set<i - j eq 128>,
               #attn.set<i - j eq 256>, #attn.set<i - j eq 512>, #attn.set<i - j eq 1024>, #attn.set<i - j eq 2048>,
               #attn.set<i - j eq 4096>, #attn.set<i - j eq 8192>, #attn.set<i - j eq 16384>, #attn.set<i - j eq 32768>,
               #attn.set<i - j eq 65536>, #attn.set<i - j eq 131072>>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
