# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# readme_test.sh RUNTIME HELLO MODULES: the README's program is
# examples/hello.c, and the built one does what the README says.
set -eu
awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' "$1/README.md" |
  diff - "$1/examples/hello.c"
[ "$("$2" "$3/hello.so")" = "2 4 6" ]
echo "README program compared and run"
