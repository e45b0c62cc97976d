# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the models of which tests make reports.

    report_models.py FOLDER
"""

import os
import sys

NEAR = "#attn.neighborhood<grid = [?, ?], window = [7, 7]>"
LONG = "#attn.or<" + ", ".join(f"#attn.and<#attn.causal<-{k * 37}>, #attn.window<{k * 41 + 9}, 0>, #attn.not<#attn.set<i mod {k + 3} - j floordiv {k + 2} ge 0>>>"
                               for k in range(8)) + ">"
# What somebody may put into names to reach a terminal, a page or a program that reads JSON.
HOSTILE = r"""</title><script>alert(1)</script>'\"&amp;<img src=x onerror=alert(2)>\1B[31m\0Anext\E2\80\AEtxt\FF\EF\BF\BE"""


def function(name, attentions, sizes='"batch", "", "seq", ""', symbols=""):
    q = "tensor<?x4x?x64xf32>"
    lines = [f"func.func @{name}(%q: {q} {{attn.dims = [{sizes}]}}, %k: {q} {{attn.dims = [{sizes}]}}{symbols}) -> {q} {{"]
    for number, (mask, location) in enumerate(attentions):
        of = "%q" if number == 0 else f"%o{number - 1}"
        lines.append(f"  %o{number} = attn.attention {of}, %k, %k scale 0.125{mask} : ({q}, {q}, {q}) -> {q}{location}")
    return "\n".join(lines + [f"  return %o{len(attentions) - 1} : {q}", "}"]) + "\n"


SCORES = """
!q = tensor<1x4x?x64xf32>
!rows = tensor<?x?xi64>
func.func @scores(%q: !q {attn.dims = ["", "", "seq", ""]}, %first: !rows {attn.dims = ["", "seq"]}, %end: !rows {attn.dims = ["", "seq"]},
                  %table: tensor<4x?x?xi1>) -> !q {
  %eighth = attn.score_reduce kth_largest<8> %q, %q scale 0.125 mask(#attn.segments, %first[b, i] : !rows, %end[b, i] : !rows)
     : (!q, !q) -> tensor<1x4x?xf32> loc("eighth")
  %o = attn.attention %q, %q, %q scale 0.125 mask(#attn.segments, %first[b, i] : !rows, %end[b, i] : !rows)
      score(%s: f32, %b: index, %h: index, %i: index, %j: index, %least: f32 = %eighth[b, h, i] : tensor<1x4x?xf32>) {
    %y = arith.subf %s, %least : f32
    attn.yield %y : f32
  } : (!q, !q, !q) -> !q loc("documents")
  %p = attn.attention %o, %q, %q scale 0.125 mask(#attn.dense, %table[h, i floordiv 64, j floordiv 64] : tensor<4x?x?xi1>) : (!q, !q, !q) -> !q loc("table")
  return %p : !q
}
"""
STRIDED = "#attn.and<#attn.causal, #attn.or<#attn.window<128, 0>, #attn.set<(i - j) mod 128 eq 0>>>"


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)

    def write(name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    layer = [(" mask(#attn.and<#attn.causal, #attn.window<255, 0>>)", f' loc("layer {number}")') for number in range(2)]
    lengths = ', %len: tensor<?xi64> {attn.dims = ["batch"], attn.name = "len"}'
    write("layers.mlir", function("forward", [*layer, layer[0], (" mask(#attn.and<#attn.causal, #attn.length>, %len[b] : tensor<?xi64>)", ""),
                                              (" mask(#attn.set<i - j - h * 64 ge 0, j - i + h * 128 + 64 ge 0>)", ' loc("heads")'), ("", ' loc("dense")')],
                                  symbols=lengths))
    extents = ', %e: tensor<2xi64>'
    write("grid.mlir", function("grid", [(f" mask({NEAR}, %e[0] : tensor<2xi64>, %e[1] : tensor<2xi64>)", ""), (f" mask({LONG})", ' loc("long")')], symbols=extents))
    write("boxes.mlir", function("boxes", [(f" mask({NEAR}, %e[0] : tensor<2xi64>, %e[1] : tensor<2xi64>)", ' loc("map")'), (f" mask({STRIDED})", ' loc("line")')],
                                 symbols=extents))
    write("scores.mlir", SCORES)
    write("hostile.mlir", function('"<b>f</b>&"', [(" mask(#attn.causal)", f' loc("{HOSTILE}")')], sizes='"batch", "", "<i>&\\22\'", ""'))


if __name__ == "__main__":
    main()
