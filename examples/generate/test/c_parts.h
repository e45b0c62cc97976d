/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The parts of attn-generate, which are C, as C++ tests include them. */
#ifndef ATTN_EXAMPLES_GENERATE_TEST_C_PARTS_H
#define ATTN_EXAMPLES_GENERATE_TEST_C_PARTS_H

extern "C" {
#include "bpe.h"
#include "json.h"
#include "sampler.h"
#include "split.h"
#include "tokenizer.h"
#include "unicode.h"
#include "utf8.h"
}

#include <string>

inline text textOf(const std::string &string) { return {string.data(), string.size()}; }
inline std::string stringOf(text piece) { return std::string(piece.data ? piece.data : "", piece.size); }

/// Takes what a buffer holds.
inline std::string take(bytes &buffer) {
  std::string result(buffer.data ? buffer.data : "", buffer.size);
  bytes_free(&buffer);
  return result;
}

#endif
