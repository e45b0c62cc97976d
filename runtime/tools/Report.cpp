// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See Report.h.
#include "Report.h"

#include "Inputs.h"

#include <algorithm>
#include <cstdio>

namespace attn::tool {

static std::string machineName(uint32_t machine) {
  if (machine == 62)
    return "x86-64";
  if (machine == 183)
    return "aarch64";
  return "machine " + std::to_string(machine);
}

/// "  seq in [1, 512]" for each symbol, in the order of first use.
static std::string symbolsText(const attn_rt_function_info &info) {
  std::vector<const attn_rt_dim *> symbols;
  for (int i = 0; i < info.arg_count; ++i)
    for (int d = 0; d < info.args[i].rank; ++d) {
      const attn_rt_dim *dim = &info.args[i].dims[d];
      auto isSame = [&](const attn_rt_dim *other) { return other->symbol_index == dim->symbol_index; };
      if (dim->symbol && std::none_of(symbols.begin(), symbols.end(), isSame))
        symbols.push_back(dim);
    }
  std::string text;
  for (const attn_rt_dim *dim : symbols) {
    text += std::string("  ") + dim->symbol + " in [" + std::to_string(dim->min) + ", ";
    text += dim->max == INT64_MAX ? "unbounded" : std::to_string(dim->max);
    text += "]";
    if (dim->multiple != 1)
      text += ", a multiple of " + std::to_string(dim->multiple);
    text += "\n";
  }
  return text;
}

/// What a session does about an argument.
static const char *roleText(const attn_rt_value_info &value) {
  if (value.flags & ATTN_RT_VALUE_STATE)
    return ", a state";
  return value.flags & ATTN_RT_VALUE_LENGTH ? ", the length of the states" : "";
}

static std::string functionText(const attn_rt_function *function) {
  attn_rt_function_info info = ATTN_RT_FUNCTION_INFO_INIT;
  attn_rt_function_get_info(function, &info);
  std::string text = std::string("function ") + info.name + "\n";
  for (int i = 0; i < info.arg_count; ++i)
    text += std::string("  ") + info.args[i].name + ": " + signatureText(info.args[i]) + roleText(info.args[i]) + "\n";
  for (int i = 0; i < info.result_count; ++i)
    text += std::string("  -> ") + info.results[i].name + ": " + signatureText(info.results[i]) + "\n";
  if (info.state_count > 0)
    text += "  adds " + (info.step.symbol ? info.step.symbol : std::to_string(info.step.min)) +
            " positions to its states\n";
  return text + symbolsText(info);
}

std::string moduleText(const attn_rt::Module &module) {
  attn_rt_module_info info = module.info();
  std::string text = std::string("module ") + info.name + "\n";
  text += std::string("  made by ") + info.producer + ", ABI " + std::to_string(info.abi_major) + "." +
          std::to_string(info.abi_minor) + "\n";
  text += "  for " + machineName(info.machine) + " (" + info.target + ")\n";
  text += "  variants:";
  for (int i = 0; i < info.variant_count; ++i)
    text += std::string(" ") + info.variants[i];
  text += "\n  weights: " + std::to_string(info.weights_bytes) + " bytes\n  uuid: " + info.uuid + "\n";
  for (int i = 0; i < info.function_count; ++i)
    text += functionText(attn_rt_module_function_at(module.get(), i));
  return text;
}

std::string arrayText(const Array &array, int64_t limit) {
  std::string text = shapeText(array.DType, array.Shape);
  int64_t count = array.count();
  if (limit == 0)
    return text;
  text += "=";
  int64_t head = count <= limit ? count : (limit + 1) / 2;
  int64_t tail = count <= limit ? count : count - limit / 2;
  for (int64_t i = 0; i < head; ++i)
    text += (i ? "," : "") + elementAsText(array, i);
  if (head < count)
    text += ",...";
  for (int64_t i = tail; i < count; ++i)
    text += "," + elementAsText(array, i);
  return text;
}

void collectEvent(void *context, const attn_rt_event *event) {
  static_cast<std::vector<TraceEvent> *>(context)->push_back({event->name, event->kind, event->begin_ns, event->end_ns,
                                                              event->tiles_done, event->tiles_skipped, event->flops,
                                                              event->bytes});
}

std::string jsonString(const std::string &text) {
  std::string quoted = "\"";
  for (char character : text) {
    if (character == '"' || character == '\\')
      quoted += '\\';
    if (static_cast<unsigned char>(character) >= 0x20)
      quoted += character;
  }
  return quoted + "\"";
}

std::string chromeTrace(const std::vector<TraceEvent> &events) {
  std::string text = "{\"traceEvents\": [";
  int64_t origin = events.empty() ? 0 : events.front().BeginNs;
  for (size_t i = 0; i < events.size(); ++i) {
    const TraceEvent &event = events[i];
    char times[96];
    // The format counts in microseconds.
    std::snprintf(times, sizeof times, "\"ts\": %.3f, \"dur\": %.3f", double(event.BeginNs - origin) / 1e3,
                  double(event.EndNs - event.BeginNs) / 1e3);
    text += std::string(i ? ",\n" : "\n") + "{\"name\": " + jsonString(event.Name) +
            ", \"cat\": " + jsonString(event.Kind) + ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, " + times +
            ", \"args\": {\"tiles_done\": " + std::to_string(event.TilesDone) +
            ", \"tiles_skipped\": " + std::to_string(event.TilesSkipped) +
            ", \"flops\": " + std::to_string(event.Flops) + ", \"bytes\": " + std::to_string(event.Bytes) + "}}";
  }
  return text + "\n]}\n";
}

} // namespace attn::tool
