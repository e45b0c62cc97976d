// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks of 8 x 8 positions of a map with rows of 64. All queries of a block see the block with a halo of 3 positions around it. Beyond the borders
// the paper pads, and masks the padding; here nothing is there.
//
//     keys(y, x) = { (y', x') : 8 (y div 8) - 3 <= y' < 8 (y div 8) + 11, and so for x }
//
// Vaswani, Ramachandran et al.: Scaling Local Self-Attention for Parameter Efficient Visual Backbones, 2021, arXiv:2103.12731, section 2.2.
#rows = #attn.set<j floordiv 64 ge (i floordiv 512) * 8 - 3, j floordiv 64 le (i floordiv 512) * 8 + 10>
#columns = #attn.set<j mod 64 ge ((i mod 64) floordiv 8) * 8 - 3, j mod 64 le ((i mod 64) floordiv 8) * 8 + 10>
!tokens = tensor<?x?x?x64xf32>

func.func @halo_net(%q: !tokens {attn.name = "q", attn.dims = ["batch", "heads", "seq", ""]},
                    %k: !tokens {attn.name = "k", attn.dims = ["batch", "heads", "seq", ""]},
                    %v: !tokens {attn.name = "v", attn.dims = ["batch", "heads", "seq", ""]})
    -> (!tokens {attn.name = "o", attn.dims = ["batch", "heads", "seq", ""]}) {
  %o = attn.attention %q, %k, %v scale 0.125 mask(#attn.and<#rows, #columns>)
     : (!tokens, !tokens, !tokens) -> !tokens
  return %o : !tokens
}
