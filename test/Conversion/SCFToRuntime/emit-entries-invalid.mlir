// RUN: attn-opt %s -allow-unregistered-dialect -attn-emit-entries -split-input-file -verify-diagnostics

// What may be a symbol table of its own may use anything.
// expected-error @+1 {{expects uses of 'f' to be calls, but got another}}
func.func @f(%frame: !llvm.ptr, %workspace: memref<?xi8>) {
  return
}
func.func private @f.plan(%concurrency: index) -> index {
  return %concurrency : index
}
"test.unknown"() ({
  "test.end"() : () -> ()
}) : () -> ()
