# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# attn_run_test.sh ATTN_RUN MODULES: the command line of attn-run: output, exit
# codes, messages, files.
set -u
run=$1 modules=$2
directory=$(mktemp -d ./attn_run_XXXXXX)
trap 'rm -rf "$directory"' EXIT
failures=0 cases=0

# expect CODE STDOUT STDERR words...: runs attn-run and compares all three.
expect() {
  code=$1 out=$2 err=$3
  shift 3
  "$run" "$@" > "$directory/out" 2> "$directory/err"
  got=$?
  cases=$((cases + 1))
  if [ $got != "$code" ] || [ "$(cat "$directory/out")" != "$out" ] ||
    [ "$(cat "$directory/err")" != "$err" ]; then
    failures=$((failures + 1))
    echo "attn-run $*: exit $got, expected $code"
    cat "$directory/out" "$directory/err"
    echo "--- expected"
    printf '%s\n%s\n' "$out" "$err"
  fi
}

hello=$modules/hello.so toy=$modules/toy.so
note='attn-run: note: see attn-run --help'

expect 0 'y=3xf32=0,2,4' '' "$hello" 3xf32=iota
expect 0 'y=3xf32=0,2,4' '' "$hello:twice" x=3xf32=iota
expect 0 'y=1000xf32=0,2,...,1998' '' "$hello" 1000xf32=iota --print=3
expect 0 'y=3xf32' '' "$hello" n=3 random --print 0
expect 0 'y=4000xf32' '' "$hello" n=4000 iota --print=0 --threads=3 --repeat=5
expect 0 'y=2x2xf32=100,202,102,204
sum=2xf64=303,307' '' "$toy:embed" 2x2xf32=0 ids=2x2xi64=0,2,2,4 3xf32=1

# Functions with states: x alone is given.
cache=$modules/cache.so recurrent=$modules/recurrent.so
expect 0 'y=1xf32=41' '' "$cache:prefill" 1x3xf32=1.5,2,3
expect 0 'y=1xf32=24' '' "$cache:decode" 1x1xf32=3 --length=37 --repeat=3
expect 0 'y=2xf32=24,40' '' "$cache:decode" 2x1xf32=3,4 --capacity=8
expect 0 'y=1xf32=0' '' "$recurrent:prefill" random seq=0 batch=1
expect 0 'y=1xf32' '' "$recurrent:decode" 1x1xf32=3 --length=20 --repeat=3 --print=0
expect 1 '' 'attn-run: expects room for 1 more positions, but got length 8 of capacity 8' \
  "$cache:decode" 1x1xf32=3 --length=8 --capacity=8
expect 1 '' 'attn-run: expects room for 16 more positions, but got length 0 of capacity 8' \
  "$cache:decode" 1x1xf32=3 --length=16 --capacity=8
expect 1 '' "attn-run: expects the batch of a session to be in [1, 4] ('batch' of function 'prefill'), but got 5" \
  "$cache:decode" 5x1xf32=3
expect 1 '' 'attn-run: expects a function that adds at most 1 positions, to fill the states up to length 22, but got none' \
  "$modules/triples.so:decode" 1x3xf32=3 --length=22
expect 0 'y=1xf32=72' '' "$modules/triples.so:decode" 1x3xf32=3 --length=21
expect 2 '' "attn-run: expects '--length' and '--capacity' to go with a function that has states, but got 'last'
$note" "$cache:last" 3xf32=1 --length=1

# Saving and comparing.
expect 0 'y=3xf32=0,2,4' '' "$hello" 3xf32=iota -o "$directory/y.npy"
expect 0 'y=3xf32=0,4,8' '' "$hello" "@$directory/y.npy" -o y="$directory/z.npy"
expect 0 'y=3xf32=0,4,8
y: 3 elements compared, 0 differ; max abs 0, max rel 0; NaN 0 got, 0 expected' \
  '' "$hello" "@$directory/y.npy" --expect "@$directory/z.npy"
expect 5 'y=3xf32=0,2,4' 'attn-run: differs: y: 3 elements compared, 1 differ; max abs 1, max rel 0.333; NaN 0 got, 0 expected; first at [1]: expects 3, but got 2' \
  "$hello" 3xf32=iota --expect=3xf32=0,3,4
expect 0 'y=3xf32=0,2,4
y: 3 elements compared, 0 differ; max abs 1, max rel 0.333; NaN 0 got, 0 expected; worst at [1]: expects 3, but got 2' \
  '' "$hello" 3xf32=iota --expect=3xf32=0,3,4 --tolerance=0,1
expect 5 'y=3xf32=0,2,4' 'attn-run: differs: y: expects 4xf32, but got 3xf32' \
  "$hello" 3xf32=iota --expect=4xf32=0
expect 5 'y=0xf32=
y: 0 elements compared, 0 differ; max abs 0, max rel 0; NaN 0 got, 0 expected' \
  'attn-run: expects at least 1 elements to be compared, but got 0' \
  "$hello" 0xf32=iota --expect=0xf32=
expect 5 'y=3xf32=0,2,4
y: 3 elements compared, 0 differ; max abs 0, max rel 0; NaN 0 got, 0 expected' \
  'attn-run: expects at least 4 elements to be compared, but got 3' \
  "$hello" 3xf32=iota --expect=3xf32=0,2,4 --min-compared=4
expect 5 'y=1x2xf32=1,1' "attn-run: expects run 2 to give result 'y' of run 1 bit for bit, but got another" \
  "$toy:wrong" 9xi32=0 --repeat=3

# Refused by the runtime: 1.
expect 1 '' "attn-run: expects argument 'x' to have element type f32, but got i32" \
  "$hello" 3xi32=1
expect 1 '' "attn-run: expects argument 'ids' element [0, 1] to be in [0, 30521], but got 99999999" \
  "$toy:embed" 1x2xf32=0 1x2xi64=1,99999999 3xf32=0
expect 1 '' "attn-run: module '$modules/constructor.so': expects a module without constructors, but got DT_INIT_ARRAY or DT_FINI_ARRAY" \
  "$modules/constructor.so" 3xf32=1
expect 1 '' "attn-run: expects the function to be one of 'twice', but got 'once'" \
  "$hello:once" 3xf32=1
expect 1 '' "attn-run: module '$toy': expects the variant to be one of 'future', 'x86-64-v2', 'baseline', but got 'x'" \
  "$toy:check" 3xf32=1 --variant=x
expect 1 '' "attn-run: expects poll to return 0 for the run to go on, but got another value" \
  "$toy:slow" 100000xi32=100000 --timeout=0.05

# Usage: 2.
expect 2 '' "attn-run: expects a module, but got none
$note"
expect 2 '' "attn-run: expects an option that --help lists, but got '--wrong'
$note" "$hello" --wrong
expect 2 '' "attn-run: expects '--print' to have a value, but got none
$note" "$hello" --print
expect 2 '' "attn-run: expects '--info' to stand alone, but got a value
$note" "$hello" --info=1
expect 2 '' "attn-run: expects '--threads' to be an integer in [1, 4096], but got '0'
$note" "$hello" 3xf32=1 --threads=0
expect 2 '' "attn-run: expects a value for argument 'x' (n x f32), but got none
$note" "$hello"
expect 2 '' "attn-run: expects an output file to end in .npy, but got 'y.txt'
$note" "$hello" 3xf32=1 -o y.txt
expect 2 '' "attn-run: expects '-o' to name a result of the function, but got 'z=y.npy'
$note" "$hello" 3xf32=1 -o z=y.npy
expect 2 '' "attn-run: expects '--tolerance' to be RTOL,ATOL, but got '1'
$note" "$hello" 3xf32=1 --expect=3xf32=2 --tolerance=1

expect 2 '' "attn-run: expects '--timeout' to be a number of at least 0, but got '-1'
$note" "$hello" 3xf32=1 --timeout=-1
expect 2 '' "attn-run: expects RTOL to be a number of at least 0, but got 'nan'
$note" "$hello" 3xf32=1 --expect=3xf32=2 --tolerance=nan,0

# An archive with one empty member that is called zz.npy.
zeros() { head -c "$1" /dev/zero; }
{
  printf 'PK\003\004' && zeros 22 && printf '\006' && zeros 3 && printf zz.npy
  printf 'PK\001\002' && zeros 24 && printf '\006' && zeros 17 && printf zz.npy
  printf 'PK\005\006' && zeros 6 && printf '\001' && zeros 5 && printf '\044' && zeros 5
} > "$directory/one.npz"
expect 2 '' "attn-run: expects '$directory/one.npz' to hold an array named like an argument, but got none
$note" "$hello" "@$directory/one.npz"
expect 2 '' "attn-run: expects one array of '$directory/one.npz', written @FILE.npz:ARRAY, but got no name
$note" "$hello" "x=@$directory/one.npz"

# The code is wrong: 3.
expect 3 '' "attn-run: expects function 'wrong' to return 0 or 2, but got 77" \
  "$toy:wrong" 1xi32=0

# Files: 4.
expect 4 '' "attn-run: module 'nowhere.so': expects to open the file, but got No such file or directory" \
  nowhere.so 3xf32=1
expect 4 '' "attn-run: expects to open 'nowhere.npy', but got No such file or directory" \
  "$hello" @nowhere.npy
expect 4 'y=3xf32=2,2,2' "attn-run: expects to write 'nowhere/y.npy', but got No such file or directory" \
  "$hello" 3xf32=1 -o nowhere/y.npy

# A damaged input names its file.
printf 'junk' > "$directory/bad.npy"
expect 1 '' "attn-run: '$directory/bad.npy': expects a .npy file to start with its magic, but got other bytes" \
  "$hello" "@$directory/bad.npy"

# --info reads a module for another machine.
"$run" --info "$modules/toy.so" > "$directory/info" || failures=$((failures + 1))
grep -q '^  ids: batch x seq x i64 in \[0, 30521\]$' "$directory/info" ||
  failures=$((failures + 1))
cases=$((cases + 1))

"$run" --info "$cache" > "$directory/info" || failures=$((failures + 1))
for line in '  keys: batch x 2 x capacity x 3 x f32, a state' '  past: i64, the length of the states' \
  '  adds seq positions to its states' '  adds 1 positions to its states' '  capacity in \[2, 70000\]'; do
  grep -q "^$line\$" "$directory/info" || failures=$((failures + 1))
done
cases=$((cases + 5))

# --trace, --help (one screen), --version.
"$run" "$toy:slow" 4xi32=1 --print=0 --trace="$directory/t.json" > /dev/null ||
  failures=$((failures + 1))
grep -q '"name": "second", "cat": "attention"' "$directory/t.json" ||
  failures=$((failures + 1))
[ "$("$run" --help | wc -l)" -le 50 ] || failures=$((failures + 1))
"$run" --version | grep -q '^attn-run [0-9.]*, module ABI 1.1$' ||
  failures=$((failures + 1))
cases=$((cases + 3))

# Ctrl-C during a long run leaves neither output nor temporary.
mkdir "$directory/killed"
"$run" "$toy:slow" 1000000xi32=1000000 -o "$directory/killed/y.npy" > /dev/null &
child=$!
sleep 1
kill -INT $child 2> /dev/null || kill -TERM $child
sleep 1
kill -TERM $child 2> /dev/null
wait $child 2> /dev/null
[ -z "$(ls "$directory/killed")" ] || failures=$((failures + 1))
cases=$((cases + 1))

echo "$cases cases, $failures failures"
[ $failures = 0 ]
