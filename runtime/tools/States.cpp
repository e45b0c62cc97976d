// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See States.h.
#include "States.h"

#include "Inputs.h"
#include "ToolError.h"

#include <algorithm>

namespace attn::tool {

std::vector<attn_rt_value_info> leaveOutStates(attn_rt_function_info &info) {
  std::vector<attn_rt_value_info> given;
  for (int i = 0; i < info.arg_count; ++i)
    if (!(info.args[i].flags & (ATTN_RT_VALUE_STATE | ATTN_RT_VALUE_LENGTH)))
      given.push_back(info.args[i]);
  info.args = given.data();
  info.arg_count = int32_t(given.size());
  return given;
}

/// The most positions that the function can add where `left` are missing; 0
/// when it cannot.
static int64_t stepWithin(const attn_rt_function_info &info, int64_t left) {
  if (info.state_count == 0)
    return 0;
  int64_t step = std::min(info.step.max, left);
  step -= step % info.step.multiple;
  return step >= info.step.min ? step : 0;
}

static bool hasRecurrence(const attn_rt_function_info &info) {
  for (int i = 0; i < info.arg_count; ++i) {
    const attn_rt_value_info &arg = info.args[i];
    bool hasPositions = std::any_of(arg.dims, arg.dims + arg.rank, [&](const attn_rt_dim &dim) {
      return dim.symbol && dim.symbol_index == info.capacity.symbol_index;
    });
    if (arg.flags & ATTN_RT_VALUE_STATE && !hasPositions)
      return true;
  }
  return false;
}

static attn_rt_function_info infoOf(const attn_rt_function *function) {
  attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_function_get_info(function, &info);
  return info;
}

States::States(const attn_rt::Module &module, int64_t batch, int64_t capacity, int64_t length)
    : Length(length), Work(module, batch, capacity) {
  bool isRecurrent = false;
  while (Work.length() < Length) {
    const attn_rt_function *best = nullptr;
    int64_t step = 0;
    for (int i = 0; const attn_rt_function *function = attn_rt_module_function_at(module.get(), i); ++i) {
      int64_t possible = stepWithin(infoOf(function), Length - Work.length());
      if (possible > step) {
        best = function;
        step = possible;
      }
    }
    if (!best)
      throw ToolError(ExitRefused, "expects a function that adds at most " + std::to_string(Length - Work.length()) +
                                       " positions, to fill the states up to length " + std::to_string(Length) +
                                       ", but got none");
    isRecurrent = hasRecurrence(infoOf(best));
    fill(best, batch, step);
  }
  if (isRecurrent)
    Filled = std::make_unique<attn_rt::Session>(Work.fork());
}

void States::fill(const attn_rt_function *function, int64_t batch, int64_t step) {
  attn_rt_function_info info = infoOf(function);
  std::vector<attn_rt_value_info> given = leaveOutStates(info);
  Inputs inputs(info);
  inputs.setSize(info.batch, batch);
  inputs.setSize(info.capacity, Work.capacity());
  inputs.setSize(info.step, step);
  std::vector<attn_rt::Tensor> args;
  std::vector<Array> arrays = inputs.make(/*fillMissing=*/true);
  for (Array &array : arrays) {
    args.emplace_back();
    args.back().get() = array.view();
  }
  Work.run(attn_rt::Function(function), args);
}

void States::reset() try {
  if (Filled)
    Work = Filled->fork();
  else
    Work.rewind(Length);
} catch (const attn_rt::Error &error) {
  throw ToolError(exitCodeOf(error.status()), error.what());
}

} // namespace attn::tool
