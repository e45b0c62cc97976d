// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tools print and save about modules, results and runs.
#ifndef ATTN_RT_TOOLS_REPORT_H
#define ATTN_RT_TOOLS_REPORT_H

#include "Array.h"
#include "attn_rt/attn_rt.hpp"

#include <string>
#include <vector>

namespace attn::tool {

/// Signature, variants, weights of a module: the text of --info.
std::string moduleText(const attn_rt::Module &module);

/// "2x3xf32=1,2,3,...,6" with at most `limit` elements (half first, half last);
/// with all elements it reads back as a value.  limit 0: only the type.
std::string arrayText(const Array &array, int64_t limit);

/// One operation of a run, copied out of the runtime's event.
struct TraceEvent {
  std::string Name, Kind;
  int64_t BeginNs, EndNs, TilesDone, TilesSkipped, Flops, Bytes;
};

/// For attn_rt_run_options.trace with a std::vector<TraceEvent> as context.
void collectEvent(void *context, const attn_rt_event *event);

/// The JSON that Chrome's tracing and Perfetto read.
std::string chromeTrace(const std::vector<TraceEvent> &events);

/// A JSON string with its quotes.
std::string jsonString(const std::string &text);

} // namespace attn::tool

#endif // ATTN_RT_TOOLS_REPORT_H
