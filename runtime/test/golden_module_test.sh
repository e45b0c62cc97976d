# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# golden_module_test.sh ATTN_RUN GOLDEN: a module of the first ABI version opens and computes what it did. The arguments are q[i] = ((7 i) mod 11 - 5) / 4,
# k[i] = ((5 i) mod 13 - 6) / 4 and v[i] = ((3 i) mod 17 - 8) / 2; the expected result was computed from the definition of attention in f64.
set -eu
run=$1 module=$2/abi-1.0.so type=1x1x5x4xf32
q=-1.25,0.5,-0.5,1.25,0.25,-0.75,1,0,-1,0.75,-0.25,-1.25,0.5,-0.5,1.25,0.25,-0.75,1,0,-1
k=-1.5,-0.25,1,-1,0.25,1.5,-0.5,0.75,-1.25,0,1.25,-0.75,0.5,-1.5,-0.25,1,-1,0.25,1.5,-0.5
v=-4,-2.5,-1,0.5,2,3.5,-3.5,-2,-0.5,1,2.5,4,-3,-1.5,0,1.5,3,-4,-2.5,-1
o=-3.5,-3.5,1,0.75,-2.09776186,-2.09776186,0.415734108,0.165734108,-1.26322731,-1.26322731,1.94010023,1.69010023,-0.847046575,-0.847046575,2.11501814,1.86501814,-0.90685131,-0.90685131,1.77791982,1.52791982

"$run" "$module" --info | grep -q 'ABI 1\.0$' || {
  echo "expects the golden module to have ABI 1.0, but got $("$run" "$module" --info | sed -n 2p)"
  exit 1
}
variants=x86-64-v2
if grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo; then
  variants="$variants x86-64-v3"
fi
# Each result is a mean of at most 3 values below 4 and a bias of at most 2, each within a few roundings of 2^-24: 6 * 2^-24 * 3 is below 2e-6.
for variant in $variants; do
  for threads in 1 2; do
    "$run" "$module" q=$type=$q k=$type=$k v=$type=$v length=i64=3 --variant=$variant --threads=$threads --print=0 \
      --expect o=$type=$o --tolerance=0,2e-6 --min-compared=20 | grep -q 'o: 20 elements compared, 0 differ' || {
      echo "expects $variant on $threads threads to give the stored result, but it differs"
      exit 1
    }
    compared=$((${compared:-0} + 20))
  done
done
# Its limits are still looked at.
if "$run" "$module" seq=5 random random random length=i64=65 2> golden_module_error; then
  echo "expects a length beyond the declared range to be refused, but it ran"
  exit 1
fi
grep -q "expects argument 'length' .*to be in \[1, 64\], but got 65" golden_module_error || { cat golden_module_error; exit 1; }
rm golden_module_error
echo "$compared elements compared"
