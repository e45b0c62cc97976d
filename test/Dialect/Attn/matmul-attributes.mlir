// RUN: attn-opt %s -split-input-file -verify-diagnostics | attn-opt -split-input-file | FileCheck %s
// The schedule of a matmul and the layout of its weight: syntax, and what the verifiers refuse.

// CHECK: func private @f() attributes {a = #attn.matmul_schedule<rows = 128, kblock = 384, panel = 32, strip = 8, columns = 32, tasks = 16>, b = #attn.panels<rows = 1536, columns = 384, kblock = 384, panel = 32>}
func.func private @f() attributes {
  a = #attn.matmul_schedule<rows = 128, kblock = 384, panel = 32, strip = 8, columns = 32, tasks = 16>,
  b = #attn.panels<rows = 1536, columns = 384, kblock = 384, panel = 32>}

// -----

// expected-error @below {{expects strip to divide rows, both positive, but got 6 and 128}}
func.func private @f() attributes {a = #attn.matmul_schedule<rows = 128, kblock = 384, panel = 32, strip = 6, columns = 16, tasks = 16>}

// -----

// expected-error @below {{expects columns to divide panel, both positive, but got 12 and 32}}
func.func private @f() attributes {a = #attn.matmul_schedule<rows = 128, kblock = 384, panel = 32, strip = 8, columns = 12, tasks = 16>}

// -----

// expected-error @below {{expects columns to be at most 4096, but got 8192}}
func.func private @f() attributes {a = #attn.matmul_schedule<rows = 128, kblock = 384, panel = 8192, strip = 8, columns = 8192, tasks = 16>}

// -----

// expected-error @below {{expects tasks to be positive, but got 0}}
func.func private @f() attributes {a = #attn.matmul_schedule<rows = 128, kblock = 384, panel = 32, strip = 8, columns = 32, tasks = 0>}

// -----

// expected-error @below {{expects kblock to be positive, but got -1}}
func.func private @f() attributes {a = #attn.panels<rows = 8, columns = 8, kblock = -1, panel = 32>}
