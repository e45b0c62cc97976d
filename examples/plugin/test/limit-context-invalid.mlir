// RUN: %plugin-opt %s --pass-pipeline='builtin.module(limit-context{keys=0})' -verify-diagnostics

// expected-error@+1 {{expects keys to be from 1 to 1099511627776, but got 0}}
module {
}
