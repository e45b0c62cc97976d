# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# through-tile.sh DIR: compiles each DIR/cases/*.mlir at once and through the text of its tiles. Prints the static tiles of its matmuls over scores, how
# many matmuls have a dynamic result, and whether the modules are equal. Modules carry their file's name, so that both have the same.
cd "$1" || exit
for case in cases/*.mlir; do
  name=$(basename "$case" .mlir)
  attn-compile "$case" --target=x86-64-v4 -o "direct/$name.so" || exit
  attn-compile "$case" --target=x86-64-v4 --compile-to=tile -o "continued/$name.mlir" || exit
  attn-compile "continued/$name.mlir" --target=x86-64-v4 --compile-from=tile -o "continued/$name.so" || exit
  matmuls=$(grep 'linalg.matmul' "continued/$name.mlir")
  tiles=$(grep -v 'tensor<[0-9]*x1xf32>' <<< "$matmuls" | grep -o 'tensor<[0-9x]*xf32>' | sed 's/tensor<//; s/xf32>//' | head -3 | paste -sd' ')
  cmp -s "direct/$name.so" "continued/$name.so" && equal='the same bytes' || equal='other bytes'
  echo "$name: tiles $tiles, other matmuls $(grep -c 'outs([^)]*?' <<< "$matmuls"), $equal"
done
