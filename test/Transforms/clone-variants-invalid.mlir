// RUN: attn-opt %s -verify-diagnostics -attn-clone-variants=variants=x86-64-v3,i486

// expected-error@+1 {{expects a variant to be known, but got 'i486'}}
module {
}
