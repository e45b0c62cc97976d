# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Faults that somebody could make, and the tests that have to notice each of them. `scripts/faults` plants them one at a time.

A fault replaces `old`, which occurs once in `file`, by `new`; `targets` are built again; `test` is `ctest REGEX` or `lit REGEX` (over the names of tests)
and has to fail. Choose faults that compile, that are cheap to build, and that a tired person could commit.
"""

from collections import namedtuple

Fault = namedtuple("Fault", "name file old new targets test")

RUNTIME, SEARCH, MASKS = "attn_rt_tests attn_rt_test_modules", "attn-search-test", "attn-mask-unit-tests"

FAULTS = [
    # What masks mean.
    Fault("mask-window-off-by-one", "dialects/Attn/AttnMasks.cpp", "shift(b, b.query(), -getLeft())", "shift(b, b.query(), -getLeft() + 1)",
          MASKS, "ctest attn-mask-unit-tests"),
    Fault("mask-causal-strict", "dialects/Attn/AttnMasks.cpp", "return b.ge(shift(b, last, getOffset()), b.key());",
          "return b.ge(shift(b, last, getOffset() - 1), b.key());", MASKS, "ctest attn-mask-unit-tests"),
    Fault("mask-causal-corner", "dialects/Attn/AttnMasks.cpp", "b.sub(b.keys(), b.queries())", "b.sub(b.queries(), b.keys())",
          MASKS, "ctest attn-mask-unit-tests"),
    Fault("mask-length-includes-end", "dialects/Attn/AttnMasks.cpp", "return b.negate(b.ge(b.key(), end));", "return b.ge(end, b.key());",
          MASKS, "ctest attn-mask-unit-tests"),
    Fault("mask-symbols-of-second-operand", "dialects/Attn/AttnMasks.cpp", "return b.symbol(first + index);", "return b.symbol(index);",
          MASKS, "ctest attn-mask-unit-tests"),
    Fault("mask-ceildiv-rounds-down", "dialects/Attn/AttnMasks.cpp", "b.floorDiv(shift(b, lhs, rhs - 1), rhs)", "b.floorDiv(lhs, rhs)",
          MASKS, "ctest attn-mask-unit-tests"),
    # How masks are read.
    Fault("tile-full-by-wrong-end", "lib/Analysis/TileReading.cpp", "return truth({g.ge(a.lo, b.hi), g.lt(a.hi, b.lo)});",
          "return truth({g.ge(a.hi, b.hi), g.lt(a.hi, b.lo)});", MASKS, "ctest attn-mask-unit-tests"),
    Fault("tile-empty-by-wrong-end", "lib/Analysis/TileReading.cpp", "return truth({g.ge(a.lo, b.hi), g.lt(a.hi, b.lo)});",
          "return truth({g.ge(a.lo, b.hi), g.lt(a.lo, b.lo)});", MASKS, "ctest attn-mask-unit-tests"),
    Fault("tile-negation-keeps-sides", "lib/Analysis/TileReading.cpp", "return truth({extent.empty, extent.full});",
          "return truth({extent.full, extent.empty});", MASKS, "ctest attn-mask-unit-tests"),
    Fault("tile-mod-ignores-periods", "lib/Analysis/TileReading.cpp", "BoolExpr onePeriod = g.eq(g.floorDiv(a.lo, rhs), g.floorDiv(a.hi, rhs));",
          "BoolExpr onePeriod = g.truth(true);", MASKS, "ctest attn-mask-unit-tests"),
    Fault("bounds-negation-keeps-hulls", "lib/Analysis/BoundsReading.cpp", "return truth({hulls.fails, hulls.holds});",
          "return truth({hulls.holds, hulls.fails});", MASKS, "ctest attn-mask-unit-tests"),
    Fault("bounds-band-always-single", "lib/Analysis/BoundsReading.cpp", "    if (!exact)\n      return false;\n", "    if (!exact)\n      return true;\n",
          MASKS, "ctest attn-mask-unit-tests"),
    # The loader.
    Fault("loader-allows-imports", "runtime/src/elf_dynamic.c", "if (symbol.st_shndx == SHN_UNDEF)", "if (symbol.st_shndx == SHN_UNDEF && i == 0)",
          RUNTIME, "ctest runtime.Dynamic"),
    Fault("loader-allows-constructors", "runtime/src/elf_dynamic.c", "  case DT_INIT_ARRAYSZ:\n  case DT_FINI_ARRAYSZ:\n", "  case DT_FINI_ARRAYSZ:\n",
          RUNTIME, "ctest runtime.Dynamic"),
    Fault("loader-allows-libraries", "runtime/src/elf_dynamic.c", "  if (tables->has_needed) {", "  if (tables->has_needed > 1) {",
          RUNTIME, "ctest runtime.Dynamic"),
    Fault("loader-relocations-outside", "runtime/src/elf_dynamic.c", "       !attn_rti_elf_contains(elf, tables.rela, tables.rela_size, PF_R)))",
          "       tables.rela == 0))", RUNTIME, "ctest runtime.Dynamic"),
    Fault("loader-note-read-past-end", "runtime/src/byte_reader.c", "  if (bytes_left(reader) >= size)\n    return 1;",
          "  if (bytes_left(reader) + 1 >= size)\n    return 1;", RUNTIME, "ctest runtime.Note"),
    Fault("loader-control-characters", "runtime/src/byte_reader.c", "    return lead >= 0x20 && lead != 0x7f;", "    return lead != 0x7f;",
          RUNTIME, "ctest runtime.Note"),
    # Calls.
    Fault("call-symbols-not-unified", "runtime/src/signature.c", "if (first >= 0 && tables->dims[symbol] != size)",
          "if (first > arg * ATTN_RT_MAX_RANK && tables->dims[symbol] != size)", RUNTIME, "ctest runtime.Signature"),
    Fault("call-size-above-bound", "runtime/src/signature.c", "if (size < wanted->min || size > wanted->max)",
          "if (size < wanted->min || size > wanted->max + 1)", RUNTIME, "ctest runtime.Signature"),
    Fault("call-null-data", "runtime/src/signature.c", "  if (!tensor->data && count > 0)", "  if (!tensor->data && count > 1)",
          RUNTIME, "ctest runtime.Signature"),
    Fault("call-values-above-range", "runtime/src/value_range.c", "if (data[i] > INT64_MAX || (int64_t)data[i] < min || (int64_t)data[i] > max)",
          "if ((int64_t)data[i] < min || (int64_t)data[i] > max)", RUNTIME, "ctest runtime.ValueRange"),
    Fault("call-last-value-unchecked", "runtime/src/value_range.c", "      scan(value->dtype, data, count, value->value_min, value->value_max);\n  if (at == count)",
          "      scan(value->dtype, data, count, value->value_min, value->value_max);\n  if (at >= count - 1)",
          RUNTIME, "ctest runtime.(Signature|ValueRange)"),
    Fault("call-workspace-too-small", "runtime/src/run.c", "        run->options.workspace_bytes < bytes)", "        run->options.workspace_bytes + 64 < bytes)",
          RUNTIME, "ctest runtime.Run"),
    Fault("call-workspace-misaligned", "runtime/src/run.c", "if ((uintptr_t)run->options.workspace % ATTN_RTI_ALIGNMENT != 0 ||",
          "if ((uintptr_t)run->options.workspace % 8 != 0 ||", RUNTIME, "ctest runtime.Run"),
    Fault("call-floating-point-state-kept", "runtime/src/fp_env.h", "static inline void attn_rti_fp_leave(uint32_t saved) { _mm_setcsr(saved); }",
          "static inline void attn_rti_fp_leave(uint32_t saved) { _mm_setcsr(saved | 0x8000); }", RUNTIME, "ctest runtime.Environment"),
    Fault("call-denormals-kept", "runtime/src/fp_env.h", "_mm_setcsr(0x9fc0);", "_mm_setcsr(0x1f80);", RUNTIME, "ctest runtime.Environment"),
    Fault("call-result-allocated-short", "runtime/src/run.c", "owner->size = (size_t)bytes + ATTN_RTI_BLOCK_HEADER;", "owner->size = (size_t)bytes;",
          RUNTIME, "ctest runtime.Allocator"),
    # Files of tensors.
    Fault("npy-data-too-long", "runtime/tools/Npy.cpp", "if (wanted < 0 || uint64_t(wanted) != data.size())",
          "if (wanted < 0 || uint64_t(wanted) > data.size())", RUNTIME, "ctest runtime.Npy"),
    Fault("npy-fortran-strides", "runtime/tools/Npy.cpp", "strides[d] = strides[d - 1] * array.Shape[d - 1];", "strides[d] = strides[d - 1] * array.Shape[d];",
          RUNTIME, "ctest runtime.Npy"),
    Fault("npy-size-wraps", "runtime/tools/Npy.cpp", "if (__builtin_mul_overflow(value, int64_t(10), &value) ||\n          __builtin_add_overflow",
          "value = int64_t(uint64_t(value) * 10);\n      if (__builtin_add_overflow", RUNTIME, "ctest runtime.Npy"),
    Fault("npy-header-longer-than-file", "runtime/tools/Npy.cpp", "if (length > MaxHeader || dataOffset > bytes.size())", "if (length > MaxHeader)",
          RUNTIME, "ctest runtime.Npy"),
    # Model directories.
    Fault("safetensors-bytes-wrap", "lib/Import/Safetensors.cpp", "bytes = llvm::checkedMulUnsigned(*bytes, uint64_t(size));",
          "bytes = *bytes * uint64_t(size);", "attn-translate", "lit Import/safetensors-invalid"),
    Fault("safetensors-ends-behind-file", "lib/Import/Safetensors.cpp", "if (begin > end || end > data.size())", "if (begin > end || end > data.size() + 1)",
          "attn-translate", "lit Import/safetensors-invalid"),
    Fault("safetensors-gaps", "lib/Import/Safetensors.cpp", "if (entry.bytes.begin() != at)", "if (entry.bytes.begin() < at)",
          "attn-translate", "lit Import/safetensors-invalid"),
    Fault("safetensors-header-too-long", "lib/Import/Safetensors.cpp", "  if (headerSize > limit)", "  if (headerSize > limit + 1)",
          "attn-translate", "lit Import/safetensors-invalid"),
    # Tokens and the index of the search.
    Fault("wordpiece-continuation", "examples/search/wordpiece.cpp", "from == 0 ? starts : continuations;", "true ? starts : continuations;",
          SEARCH, "ctest attn-search-test"),
    Fault("wordpiece-unknown-leaves-pieces", "examples/search/wordpiece.cpp", "    ids.resize(before);\n    ids.push_back(unknown);", "    ids.push_back(unknown);",
          SEARCH, "ctest attn-search-test"),
    Fault("wordpiece-truncation", "examples/search/wordpiece.cpp", "size_t limit = maxTokens - 1;", "size_t limit = maxTokens;",
          SEARCH, "ctest attn-search-test"),
    Fault("index-hash-unchecked", "examples/search/index.cpp", "if (readInteger(bytes, bodyEnd, 8) != fnv1a(bytes.substr(0, bodyEnd)))",
          "if (readInteger(bytes, bodyEnd, 8) == 0)", SEARCH, "ctest attn-search-test"),
    # Signatures.
    Fault("dialect-heads-not-divisible", "dialects/Attn/AttnVerify.cpp", "queryHeads % keyHeads != 0))", "queryHeads % keyHeads == queryHeads + 1))",
          "attn-opt", "lit Dialect/Attn/invalid"),
    # Weights and matmuls.
    Fault("weights-not-aligned", "lib/Transforms/PlaceWeights.cpp", "end += llvm::alignTo(*size, kAlignment);", "end += *size;",
          "attn-opt", "lit Transforms/place-weights"),
    Fault("weights-panels-last", "lib/Transforms/PlaceWeights.cpp", "for (bool panels : {true, false})", "for (bool panels : {false, true})",
          "attn-opt", "lit Transforms/place-weights"),
    Fault("weights-no-room-to-prefetch", "lib/Transforms/PlaceWeights.cpp", "setTotal(llvm::alignTo(end + largestPanel + kPage, kAlignment));",
          "setTotal(llvm::alignTo(end, kAlignment));", "attn-opt", "lit Transforms/place-weights"),
    Fault("matmul-rest-of-rows-lost", "lib/Transforms/TileMatmul.cpp", "  for (int64_t height : {4, 2, 1})", "  for (int64_t height : {4, 2})",
          "attn-opt", "lit Transforms/tile-matmul"),
    Fault("matmul-epilogue-in-every-block", "lib/Transforms/TileMatmul.cpp", "  if (block.last) {", "  if (block.last || block.first) {",
          "attn-opt", "lit Transforms/tile-matmul"),
    Fault("matmul-last-panel-as-wide", "lib/Transforms/TileMatmul.cpp", "return emitPanel(nested, into, index, Value(), tail);",
          "return emitPanel(nested, into, index, Value(), panel);", "attn-opt", "lit Transforms/tile-matmul"),
]
