// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nothing: a target must have a source for CMake to compile its header list.
