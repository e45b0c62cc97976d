/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A library that a refused test module needs. */
int printf_of_somebody(int value);
int printf_of_somebody(int value) { return value; }
