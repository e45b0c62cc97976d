# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# exported_symbols_test.sh LIBRARY GOLDEN: the library exports exactly the
# functions of attn_rt.h.
set -eu
LC_ALL=C nm -D --defined-only "$1" | awk '{print $2, $3}' | LC_ALL=C sort |
  diff "$2" - || {
  echo "expects the exported symbols to be those of $2" >&2
  exit 1
}
echo "$(wc -l < "$2") symbols compared"
