# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# end-compile.sh DIR COMMAND...: starts the command again and again, ends it by a signal after a growing delay until it comes through, and counts
# what it left in DIR besides its output.
dir=$1; shift
before=$(ls -A "$dir" | wc -l)
ended=0
for delay in 0 0.01 0.02 0.04 0.06 0.08 0.1 0.15 0.2 0.3; do
  for signal in INT TERM HUP; do
    "$@" & pid=$!
    sleep $delay
    kill -$signal $pid 2> /dev/null
    wait $pid 2> /dev/null
    [ $? -gt 128 ] && ended=$((ended + 1))
    # The child of a parent that ended before it could forward the signal ends on its own; on a busy machine that takes a while.
    for _ in $(seq 200); do
      rm -f "$dir/ended.so"
      [ "$(ls -A "$dir" | wc -l)" -le "$before" ] && break
      sleep 0.05
    done
  done
done
echo "ended by signal $ended times, left $(($(ls -A "$dir" | wc -l) - before)) files"
