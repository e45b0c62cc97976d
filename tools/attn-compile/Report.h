// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What --report writes: facts and pictures of each attention. Where sizes or symbols are not given, pictures suppose
// some and say so.
#ifndef ATTN_TOOLS_ATTN_COMPILE_REPORT_H
#define ATTN_TOOLS_ATTN_COMPILE_REPORT_H

#include "Explain.h"

namespace attn::compile {

/// The name under which the length of the documents is given that a picture supposes of segments.
inline constexpr llvm::StringLiteral kSegmentsLength = "segments.length";
inline bool isOfSegments(llvm::StringRef symbolName) { return symbolName.starts_with("segments."); }

/// What the tables have no room for. Entries and attentions are in the order of the tables.
ModelReport makeReport(const Tables &tables, const llvm::StringMap<int64_t> &given);

/// The report as the suffix of `path` says: .html, .svg or .json.
std::string formatReport(const ModelReport &report, llvm::StringRef path);

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_REPORT_H
