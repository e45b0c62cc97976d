// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU variants that one module can carry code for. A variant is a set of
// feature bits in the numbering of the runtime's ABI; what passes want to know
// of it (lanes, registers) follows from the bits. Which variant a piece of IR
// is compiled for is said by the attribute `attn.variant` of the module around
// it.
#ifndef ATTN_ANALYSIS_TARGETVARIANT_H
#define ATTN_ANALYSIS_TARGETVARIANT_H

#include "attn_rt/abi.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <array>
#include <string>

namespace mlir {
class Operation;
} // namespace mlir

namespace attn {

/// The attribute, on a nested module, that names the variant its code is for.
inline constexpr llvm::StringLiteral kVariantAttr = "attn.variant";

/// A set of CPU features, one bit each, as in a module's note.
using FeatureSet = std::array<uint64_t, ATTN_RT_FEATURE_WORDS>;

struct TargetVariant {
  llvm::StringRef name;
  FeatureSet features;

  bool has(unsigned feature) const { return features[feature / 64] >> (feature % 64) & 1; }
  /// The f32 elements of the widest vector register.
  int64_t getF32Lanes() const { return has(ATTN_RT_X86_AVX512F) ? 16 : has(ATTN_RT_X86_AVX2) ? 8 : 4; }
  int64_t getVectorRegisters() const { return has(ATTN_RT_X86_AVX512F) ? 32 : 16; }
  /// Whether `fma` is one instruction; without it, it is a call to libm.
  bool hasFma() const { return has(ATTN_RT_X86_FMA); }
  /// Whether conversions between f16 and f32 are instructions.
  bool hasF16C() const { return has(ATTN_RT_X86_F16C); }
};

/// All variants, best first.
llvm::ArrayRef<TargetVariant> getTargetVariants();

/// The variant of that name; null when there is none.
const TargetVariant *findTargetVariant(llvm::StringRef name);

/// The variant that the code around `op` is compiled for: the nearest
/// `attn.variant`. Null outside of such a module.
const TargetVariant *getTargetVariant(mlir::Operation *op);

/// Whether a CPU with the features `available` runs the variant.
bool runsOn(const TargetVariant &variant, const FeatureSet &available);

/// The features of the CPU that this process runs on.
FeatureSet getHostFeatures();

/// Reads a comma-separated list of variants, of `portable` (all) and of
/// `native` (the best that runs on `host`) into `variants`, best first and each
/// once. Returns what is wrong with the list, or the empty string.
std::string parseTargetList(llvm::StringRef list, const FeatureSet &host,
                            llvm::SmallVectorImpl<const TargetVariant *> &variants);

} // namespace attn

#endif // ATTN_ANALYSIS_TARGETVARIANT_H
