// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The published patterns: as attributes where the dialect can say them, else through the builder.
#include "MaskZoo.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/Support/ErrorHandling.h"

using namespace attn;
using namespace attn::test;

namespace {

/// One axis of neighbourhood attention: a window that slides inwards at the borders; `stride` queries share one,
/// `dilation` spreads it.
struct Neighborhood {
  int64_t window, stride = 1, dilation = 1;

  Truth say(MaskBuilder &b, Term i, Term j, Term length) const {
    Term ownLength = length, row = i, key = j;
    if (dilation > 1) {
      Term padded = b.add(length, b.literal(dilation - 1));
      ownLength = b.floorDiv(b.sub(padded, b.mod(i, dilation)), dilation);
      row = b.floorDiv(i, dilation);
      key = b.floorDiv(j, dilation);
    }
    Term center = row;
    if (stride > 1) {
      Term middle = b.add(b.mul(b.floorDiv(row, stride), stride), b.literal(stride / 2));
      center = b.min(middle, b.sub(ownLength, b.literal(1)));
    }
    Term inside = b.min(b.sub(center, b.literal(window / 2)), b.sub(ownLength, b.literal(window)));
    Term start = b.max(inside, b.literal(0));
    llvm::SmallVector<Truth> truths{b.ge(key, start), b.ge(b.add(start, b.literal(window - 1)), key)};
    if (dilation > 1)
      truths.push_back(b.eq(b.mod(i, dilation), b.mod(j, dilation)));
    return b.all(truths);
  }
};

Mask neighborhood(Neighborhood axis) {
  return [axis](MaskBuilder &b) { return axis.say(b, b.query(), b.key(), b.keys()); };
}

/// Two axes in row-major order.
Mask neighborhood2D(Neighborhood axis, int64_t width) {
  return [axis, width](MaskBuilder &b) {
    Truth rows = axis.say(b, b.floorDiv(b.query(), width), b.floorDiv(b.key(), width), b.floorDiv(b.keys(), width));
    return b.all({rows, axis.say(b, b.mod(b.query(), width), b.mod(b.key(), width), b.literal(width))});
  };
}

/// Frames of `frame` tokens; the window within a frame halves as the distance of frames doubles.
Mask radial(int64_t frame, unsigned rings) {
  return [frame, rings](MaskBuilder &b) {
    Term f = b.floorDiv(b.query(), frame), g = b.floorDiv(b.key(), frame);
    Term p = b.mod(b.query(), frame), q = b.mod(b.key(), frame);
    llvm::SmallVector<Truth> parts{b.all({b.ge(b.add(f, b.literal(1)), g), b.ge(b.add(g, b.literal(1)), f)})};
    for (unsigned ring = 2; ring <= rings; ++ring) {
      Term width = b.literal((frame * 2) >> ring);
      Truth near = b.all({b.ge(b.add(p, width), q), b.ge(b.add(q, width), p)});
      for (auto [later, earlier] : {std::pair(f, g), std::pair(g, f)}) {
        Term distance = b.sub(later, earlier);
        Truth inRing = b.all(
            {b.ge(distance, b.literal(int64_t(1) << (ring - 1))), b.ge(b.literal((int64_t(1) << ring) - 1), distance)});
        parts.push_back(b.all({inRing, near}));
      }
    }
    return b.any(parts);
  };
}

/// Queries see keys at distances 0, 1, 2, 4, ..., counted in blocks.
std::string powersOfTwo(unsigned count, const std::string &i, const std::string &j) {
  std::string text = "#attn.or<#attn.set<" + i + " - " + j + " eq 0>";
  for (unsigned power = 0; power < count; ++power)
    text += ", #attn.set<" + i + " - " + j + " eq " + std::to_string(1 << power) + ">";
  return text + ">";
}

Mask parseMask(mlir::MLIRContext &context, const std::string &text) {
  auto mask = llvm::dyn_cast_or_null<MaskAttrInterface>(mlir::parseAttribute(text, &context));
  if (!mask)
    llvm::report_fatal_error(llvm::StringRef("not a mask: " + text));
  return [mask](MaskBuilder &b) { return mask.build(b); };
}

} // namespace

std::vector<PinnedMask> test::makePinnedMasks(mlir::MLIRContext &context) {
  context.loadDialect<AttnDialect>();
  auto attribute = [&](const std::string &text) { return parseMask(context, text); };
  const std::vector<std::pair<int64_t, int64_t>> usual{{30, 97}, {64, 64}, {96, 50}, {77, 90}},
      grid{{112, 112}, {128, 128}}, frames{{128, 128}};
  return {
      {"causal", attribute("#attn.causal"), usual, 725, 725, 806, 806, 4395, 0},
      {"causal bottom-right", attribute("#attn.causal<bottom_right>"), usual, 765, 765, 706, 706, 4786, 0},
      {"window", attribute("#attn.window<9, 4>"), usual, 114, 114, 1225, 1225, 1823, 0},
      {"causal and window", attribute("#attn.and<#attn.causal, #attn.window<9, 1099511627776>>"), usual, 56, 56, 1320,
       1320, 1449, 0},
      {"prefix-LM", attribute("#attn.or<#attn.causal, #attn.prefix<11>>"), usual, 741, 741, 790, 790, 4447, 0},
      {"sink and causal window", attribute("#attn.and<#attn.causal, #attn.or<#attn.prefix<4>, #attn.window<9, 0>>>"),
       usual, 116, 116, 1237, 1237, 3705, 690},
      {"dilated 4 and causal window",
       attribute("#attn.and<#attn.causal, #attn.window<20, 0>, #attn.set<i mod 4 eq j mod 4>>"), usual, 0, 0, 1203,
       1203, 2279, 0},
      {"block diagonal 8", attribute("#attn.set<i floordiv 8 eq j floordiv 8>"), usual, 143, 143, 1474, 1474, 904, 0},
      {"#attn.blocks<8>", attribute("#attn.blocks<8>"), usual, 143, 143, 1474, 1474, 904, 0},
      {"#attn.blocks<8, all, 0>", attribute("#attn.blocks<8, 1099511627776, 0>"), usual, 840, 840, 778, 778, 4522, 0},
      {"chunked causal 8", attribute("#attn.set<i floordiv 8 ge j floordiv 8>"), usual, 840, 840, 778, 778, 4522, 0},
      {"span of the previous block of 8", attribute("#attn.set<i floordiv 8 - 1 ge j>"), usual, 54, 54, 1483, 1483, 516,
       0},
      {"halo 8/3", attribute("#attn.set<j ge (i floordiv 8) * 8 - 3, j le (i floordiv 8) * 8 + 10>"), usual, 146, 146,
       1294, 1294, 1440, 0},
      // The prototype knew no bound of a negation: 3833 keys too many.
      {"not causal", attribute("#attn.not<#attn.causal>"), usual, 806, 806, 725, 725, 4567, 0},
      {"neighborhood 7", neighborhood({7}), usual, 89, 89, 1302, 1302, 1344, 0},
      {"neighborhood 9, stride 3", neighborhood({9, 3}), usual, 96, 96, 1262, 1262, 1574, 0},
      {"neighborhood 7, dilation 4", neighborhood({7, 1, 4}), usual, 0, 0, 935, 935, 3481, 59},
      {"neighborhood 7x7, rows of 16", neighborhood2D({7}, 16), grid, 420, 420, 798, 798, 11160, 600},
      // Of 7 x 16 and of 3 x 5 x 8 tokens.
      {"#attn.neighborhood 2-D",
       attribute("#attn.neighborhood<grid = [7, 16], window = [7, 7]>"),
       {{112, 112}},
       196,
       196,
       294,
       294,
       5208,
       280},
      {"#attn.neighborhood 3-D",
       attribute("#attn.neighborhood<grid = [3, 5, 8], window = [3, 3, 4], stride = [1, 1, 4], causal = [true, false, "
                 "false]>"),
       {{120, 120}},
       180,
       180,
       881,
       879,
       3336,
       944},
      // The prototype added 1550 and 820 keys: it let parts that lie before the first key widen the bounds.
      {"powers of two", attribute(powersOfTwo(6, "i", "j")), usual, 0, 0, 1261, 1261, 2845, 22},
      {"powers of two in blocks of 8", attribute(powersOfTwo(4, "i floordiv 8", "j floordiv 8")), usual, 498, 497, 1096,
       1096, 3702, 60},
      {"radial, frames of 16", radial(16, 4), frames, 806, 806, 164, 164, 7024, 144},
  };
}
