# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# attn_bench_test.sh ATTN_BENCH MODULES: the table, the JSON and the exit codes
# of attn-bench; no time is judged.
set -u
bench=$1 modules=$2
directory=$(mktemp -d ./attn_bench_XXXXXX)
trap 'rm -rf "$directory"' EXIT
failures=0

check() {
  "$@" || {
    failures=$((failures + 1))
    echo "failed: $*"
  }
}

check "$bench" "$modules/toy.so:slow" n=8 --threads=1,2 --time=0.01 \
  --min-runs=5 --ops --json="$directory/b.json" > "$directory/out"
check grep -q '^ threads *min *median *p90 *p99 *max *runs$' "$directory/out"
check grep -Eq '^ +1( +[0-9.]+(ns|us|ms|s)){5} +[0-9]+$' "$directory/out"
check grep -Eq '^ +2( +[0-9.]+(ns|us|ms|s)){5} +[0-9]+$' "$directory/out"
check grep -Eq '^ +[0-9.]+(ns|us|ms)  second$' "$directory/out"
check grep -q '"inputs": \["n=8"\]' "$directory/b.json"
check grep -Eq '"threads": 2, "nanoseconds": \[[0-9]+(, [0-9]+){4,}\]' \
  "$directory/b.json"

# A session, filled by prefill and rewound, or forked where there is a recurrence.
for module in cache recurrent; do
  check "$bench" "$modules/$module.so:decode" batch=2 --length=40 --threads=1,2 \
    --time=0.01 --min-runs=50 > "$directory/out"
  check grep -Eq '^ +2( +[0-9.]+(ns|us|ms|s)){5} +[0-9]+$' "$directory/out"
done

"$bench" > /dev/null 2> "$directory/err"
check [ $? = 2 ]
check grep -q '^attn-bench: expects a module, but got none$' "$directory/err"
"$bench" "$modules/hello.so" 2> "$directory/err"
check [ $? = 2 ]
check grep -q "expects a size for symbol 'n' (n=N), but got none" \
  "$directory/err"
"$bench" "$modules/toy.so:check" 3xf32=-1 2> "$directory/err"
check [ $? = 1 ]
check grep -q '^attn-bench: expects x to be at least 0, but got -1$' \
  "$directory/err"
check [ "$("$bench" --help | wc -l)" -le 50 ]
check "$bench" --version > /dev/null

echo "20 checks, $failures failures"
[ $failures = 0 ]
