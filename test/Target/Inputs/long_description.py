# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a module of the kernel phase whose signatures take 17 MB: as many arguments as a function may have, with names as long as they may be."""

FUNCTIONS, ARGUMENTS, NAME = 17, 1024, 1000


def signature(number):
    names = ("%s%04d" % ("x" * NAME, argument) for argument in range(ARGUMENTS))
    arguments = ", ".join('{name = "%s", dtype = "f32", dims = []}' % name for name in names)
    return '{name = "f%d", symbols = [], results = [], args = [%s]}' % (number, arguments)


print("module attributes {attn.functions = [%s]} {" % ", ".join(map(signature, range(FUNCTIONS))))
print('module @"x86-64-v2" attributes {attn.variant = "x86-64-v2"} {')
for number in range(FUNCTIONS):
    body = "{ %ok = llvm.mlir.constant(0 : i32) : i32 llvm.return %ok : i32 }"
    print("llvm.func @f%d(%%frame: !llvm.ptr) -> i32 attributes {attn.ops = [], attn.faults = []} %s" % (number, body))
    print("llvm.func @f%d.plan(%%dims: !llvm.ptr, %%concurrency: i64, %%sizes: !llvm.ptr, %%workspace: !llvm.ptr) -> i32 %s" % (number, body))
print("}}")
