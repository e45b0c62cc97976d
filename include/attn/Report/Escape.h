// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text of unknown origin (names in a model, masks) on its way to a terminal or into a document.
#ifndef ATTN_REPORT_ESCAPE_H
#define ATTN_REPORT_ESCAPE_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace attn {

/// Valid UTF-8 without control characters, which could move a terminal's cursor or end a line, and without those that
/// turn the direction of text; U+FFFD stands in their place.
std::string makePrintable(llvm::StringRef text);

/// Printable text between tags or quotes of HTML and XML.
std::string escapeXml(llvm::StringRef text);

} // namespace attn

#endif // ATTN_REPORT_ESCAPE_H
