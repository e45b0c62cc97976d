// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// FNV-1a, 64 bits: finds accidents and tells versions apart; proves nothing
// against malice.
#ifndef ATTN_EXAMPLES_SEARCH_HASH_H
#define ATTN_EXAMPLES_SEARCH_HASH_H

#include <cstdint>
#include <string_view>

namespace attn::search {

/// Passing an earlier hash as `hash` continues it.
inline uint64_t fnv1a(std::string_view bytes, uint64_t hash = UINT64_C(0xCBF29CE484222325)) {
  for (unsigned char byte : bytes)
    hash = (hash ^ byte) * UINT64_C(0x100000001B3);
  return hash;
}

} // namespace attn::search

#endif
