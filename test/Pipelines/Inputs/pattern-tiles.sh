# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# pattern-tiles.sh CASES DIR: tiles each CASES/*.mlir. Prints whether its matmuls over scores have static sizes only, and its arguments beside q, k and v.
for case in "$1"/*.mlir; do
  name=$(basename "$case" .mlir)
  attn-compile "$case" --target=x86-64-v4 --compile-to=tile -o "$2/$name.mlir" || exit
  matmuls=$(grep 'linalg.matmul' "$2/$name.mlir")
  tiles=$([ -z "$matmuls" ] && echo no || echo static)
  tables=$(grep -o 'attn.name = "[a-z]*"' "$case" | cut -d'"' -f2 | grep -v '^[qkvo]$' | paste -sd' ')
  echo "$name: $tiles tiles, other matmuls $(grep -c 'outs([^)]*?' <<< "$matmuls"), tables ${tables:-none}"
done
