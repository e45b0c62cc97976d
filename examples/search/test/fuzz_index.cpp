// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any bytes as an index file are refused, or are exactly what the parsed index
// serialises to. The hash would keep a fuzzer out, so it is put right first.
#include "hash.h"
#include "index.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace attn::search;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string bytes = "ATTNIDX1", error;
  bytes.append(reinterpret_cast<const char *>(data), size);
  uint64_t hash = fnv1a(bytes);
  for (int i = 0; i < 8; ++i)
    bytes += static_cast<char>(hash >> 8 * i);
  std::optional<Index> index = Index::parse(bytes, error);
  if (!index)
    return error.empty() ? std::abort(), 1 : 0;
  if (index->serialise() != bytes)
    std::abort();
  std::vector<float> query(index->dimension, 0.5f);
  if (rank(*index, query.data(), 3).size() > index->sentences.size())
    std::abort();
  return 0;
}
