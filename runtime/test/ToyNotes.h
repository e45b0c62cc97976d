// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The descriptions of the test modules, in the order of the tables in
// modules/toy.c.
#ifndef ATTN_RT_TEST_TOYNOTES_H
#define ATTN_RT_TEST_TOYNOTES_H

#include "NoteBuilder.h"

namespace attn::test {

inline NoteValue vectorOf(const std::string &name, uint32_t dtype) { return {name, dtype, {symbolDim(0)}}; }

/// One function y = 2 x.
inline NoteModule helloNote() {
  NoteModule module;
  module.Name = "hello";
  module.Variants = {{"baseline"}};
  module.Functions = {
      {"twice", {{"n"}}, {vectorOf("x", ATTN_RT_F32)}, {vectorOf("y", ATTN_RT_F32)}, {{"twice", "elementwise"}}, {}}};
  return module;
}

/// y[b][s] = 2 x[b][s] + ids[b][s] + weights[s % 3]; sum[b] = sum of y[b].
inline NoteFunction embedNote() {
  NoteDim batch = symbolDim(0), seq = symbolDim(1);
  NoteFunction function;
  function.Name = "embed";
  function.Symbols = {{"batch", 0, 64}, {"seq", 1, 512}};
  function.Args = {{"x", ATTN_RT_F32, {batch, seq}},
                   {"ids", ATTN_RT_I64, {batch, seq}, ATTN_RT_VALUE_HAS_RANGE, 0, 30521},
                   {"bias", ATTN_RT_F32, {staticDim(3)}}};
  function.Results = {{"y", ATTN_RT_F32, {batch, seq}}, {"sum", ATTN_RT_F64, {batch}}};
  function.Ops = {{"embed.add", "elementwise"}, {"embed.sum", "reduction"}};
  return function;
}

inline NoteModule toyNote() {
  NoteModule module;
  module.WeightsBytes = 12;
  module.Variants = {
      {"future", {0, 0, 0, uint64_t(1) << 63}}, {"x86-64-v2", {ATTN_RT_X86_64_V2, 0, 0, 0}}, {"baseline"}};
  NoteFunction check = {"check",
                        {{"n"}},
                        {vectorOf("x", ATTN_RT_F32)},
                        {vectorOf("y", ATTN_RT_F32)},
                        {{"check", "elementwise"}},
                        {"expects x to be at least {bound}, but got {actual}"}};
  NoteFunction slow = {"slow",
                       {{"n", 0, 1 << 20}},
                       {vectorOf("x", ATTN_RT_I32)},
                       {vectorOf("y", ATTN_RT_I64)},
                       {{"first", "attention"}, {"second", "attention"}},
                       {}};
  NoteFunction state = {"state", {{"n", 0, 4096, 2}}, {vectorOf("x", ATTN_RT_F32)}, {vectorOf("csr", ATTN_RT_U32)}, {},
                        {}};
  NoteFunction wrong = {"wrong",
                        {{"n"}},
                        {vectorOf("kind", ATTN_RT_I32)},
                        {{"y", ATTN_RT_F32, {{ATTN_RT_DIM_COMPUTED, 0}, staticDim(2)}}},
                        {},
                        {"only one text"}};
  module.Functions = {embedNote(), check, slow, state, wrong};
  return module;
}

/// A copying function for each element type, named after it.
inline NoteModule dtypesNote() {
  NoteModule module;
  module.Name = "dtypes";
  module.Variants = {{"baseline"}};
  const std::pair<const char *, uint32_t> dtypes[] = {
      {"bool", ATTN_RT_BOOL}, {"i8", ATTN_RT_I8},   {"i16", ATTN_RT_I16},  {"i32", ATTN_RT_I32}, {"i64", ATTN_RT_I64},
      {"u8", ATTN_RT_U8},     {"u16", ATTN_RT_U16}, {"u32", ATTN_RT_U32},  {"u64", ATTN_RT_U64}, {"f16", ATTN_RT_F16},
      {"f32", ATTN_RT_F32},   {"f64", ATTN_RT_F64}, {"bf16", ATTN_RT_BF16}};
  for (auto [name, dtype] : dtypes)
    module.Functions.push_back({name,
                                {{"rows"}, {"columns"}},
                                {{"x", dtype, {symbolDim(0), symbolDim(1)}}},
                                {{"y", dtype, {symbolDim(0), symbolDim(1)}}},
                                {},
                                {}});
  return module;
}

/// Every integer type with the range [1, 5], and a bool.
inline NoteModule rangesNote() {
  NoteModule module;
  module.Name = "ranges";
  module.Variants = {{"baseline"}};
  for (uint32_t dtype : {ATTN_RT_I8, ATTN_RT_I16, ATTN_RT_I32, ATTN_RT_I64, ATTN_RT_U8, ATTN_RT_U16, ATTN_RT_U32,
                         ATTN_RT_U64, ATTN_RT_BOOL}) {
    bool isBool = dtype == ATTN_RT_BOOL;
    NoteFunction function = {"f" + std::to_string(dtype), {}, {}, {}, {}, {}};
    function.Args = {
        {"v", dtype, {staticDim(2), staticDim(3)}, ATTN_RT_VALUE_HAS_RANGE, isBool ? 0 : 1, isBool ? 1 : 5}};
    module.Functions.push_back(function);
  }
  return module;
}

/// modules/cache.c: a function with states x[batch, step] -> y[batch], whose
/// order of arguments `decode` changes.  The cache is keys and values; with
/// `recurrent` there is also a running sum.
inline NoteFunction cacheFunction(const std::string &name, bool isDecode, bool recurrent, int64_t steps) {
  NoteDim batch = symbolDim(0), capacity = symbolDim(1), step = isDecode ? staticDim(steps) : symbolDim(2);
  NoteValue x = {"x", ATTN_RT_F32, {batch, step}}, past = {"past", ATTN_RT_I64, {}, ATTN_RT_VALUE_LENGTH};
  NoteValue keys = {"keys", ATTN_RT_F32, {batch, staticDim(2), capacity, staticDim(3)}, ATTN_RT_VALUE_STATE};
  NoteValue values = {"values", ATTN_RT_I32, {capacity, batch}, ATTN_RT_VALUE_STATE};
  NoteFunction function;
  function.Name = name;
  function.Symbols = {{"batch", 1, 4}, {"capacity", 2, isDecode ? 65535 : 70000, isDecode ? 2 : 1}};
  if (!isDecode)
    function.Symbols.push_back({"seq", 0, 16, steps});
  function.Args = {x, keys, past, values};
  if (isDecode)
    function.Args = {values, past, x, keys};
  if (recurrent)
    function.Args.push_back({"sum", ATTN_RT_F64, {batch}, ATTN_RT_VALUE_STATE});
  function.Results = {{"y", ATTN_RT_F32, {batch}}};
  function.Ops = {{"write", "elementwise"}, {"read", "reduction"}};
  function.Faults = {"expects x to be at least {bound}, but got {actual}"};
  function.Step = step;
  function.Capacity = 1;
  function.Batch = 0;
  return function;
}

/// Positions come `steps` at a time.
inline NoteModule cacheNote(bool recurrent = false, int64_t steps = 1) {
  NoteModule module;
  module.Name = recurrent ? "recurrent" : "cache";
  module.Variants = {{"baseline"}};
  NoteFunction stateless = {"last", {{"n", 1, 4096}}, {vectorOf("x", ATTN_RT_F32)}, {{"y", ATTN_RT_F32, {}}}, {}, {}};
  module.Functions = {cacheFunction("prefill", false, recurrent, steps),
                      cacheFunction("decode", true, recurrent, steps), stateless};
  return module;
}

} // namespace attn::test

#endif // ATTN_RT_TEST_TOYNOTES_H
