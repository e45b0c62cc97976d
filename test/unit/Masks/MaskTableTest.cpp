// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables written out from definitions, and what is found in them: the definition where the family is known, nothing
// where an element is wrong. What is found is compared element by element with the table, by the oracle.
#include "attn/Analysis/MaskTable.h"
#include "MaskZoo.h"
#include "mlir/AsmParser/AsmParser.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace attn;
using attn::test::isVisible;

namespace {

std::string textOf(std::optional<MaskAttrInterface> mask) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (mask)
    out << *mask;
  else
    out << "nothing";
  return text;
}

class MaskTables : public testing::Test {
protected:
  MaskTables() { context.loadDialect<AttnDialect>(); }

  std::vector<uint8_t> write(MaskAttrInterface mask, int64_t rows, int64_t columns) {
    std::vector<uint8_t> bits;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        bits.push_back(isVisible([&](MaskBuilder &b) { return mask.build(b); }, {0, 0, i, j, rows, columns, {}}));
    compared += bits.size();
    return bits;
  }
  MaskAttrInterface parse(const std::string &text) {
    auto mask = llvm::dyn_cast_or_null<MaskAttrInterface>(mlir::parseAttribute(text, &context));
    EXPECT_TRUE(bool(mask)) << text;
    return mask;
  }
  std::optional<MaskAttrInterface> describe(const std::vector<uint8_t> &bits, int64_t rows, int64_t columns,
                                            bool readsSizes = true) {
    return describeTable(&context, MaskTable(rows, columns, bits), readsSizes);
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  long compared = 0;
};

/// Each of these is found in a table of its own, letter for letter.
TEST_F(MaskTables, UsualPatternsAreFound) {
  struct Pattern {
    const char *text;
    int64_t rows, columns;
  };
  const Pattern patterns[] = {
      {"#attn.causal", 40, 40},
      {"#attn.causal", 40, 33},
      {"#attn.causal<5>", 40, 40},
      {"#attn.causal<-3>", 40, 40},
      {"#attn.causal<bottom_right>", 24, 40},
      {"#attn.window<7, 0>", 40, 40},
      {"#attn.window<3, 5>", 40, 44},
      {"#attn.prefix<11>", 40, 40},
      {"#attn.prefix<0>", 8, 8},
      {"#attn.or<#attn.prefix<9>, #attn.causal>", 40, 40},
      {"#attn.and<#attn.causal, #attn.prefix<30>>", 40, 40},
      {"#attn.blocks<8>", 40, 40},
      {"#attn.blocks<8, 1, 1>", 48, 48},
      {"#attn.blocks<8, 1099511627776, 0>", 40, 40},
      {"#attn.and<#attn.blocks<8, 0, 1099511627776>, #attn.causal>", 40, 40},
      {"#attn.or<#attn.prefix<4>, #attn.window<6, 6>>", 40, 40},
      {"#attn.and<#attn.causal, #attn.or<#attn.prefix<4>, #attn.window<6, 0>>>", 40, 40},
      {"#attn.neighborhood<grid = [40], window = [7]>", 40, 40},
      {"#attn.neighborhood<grid = [6, 8], window = [3, 5]>", 48, 48},
      {"#attn.neighborhood<grid = [8, 8], window = [4, 4], stride = [4, 4]>", 64, 64},
  };
  for (const Pattern &pattern : patterns) {
    std::vector<uint8_t> bits = write(parse(pattern.text), pattern.rows, pattern.columns);
    EXPECT_EQ(textOf(describe(bits, pattern.rows, pattern.columns)), textOf(parse(pattern.text)));
  }
  std::cout << "described " << compared << " elements\n";
  EXPECT_GT(compared, 20000);
}

/// These are found in words of their own.
TEST_F(MaskTables, PatternsAreFoundUnderOtherNames) {
  const char *patterns[] = {"#attn.and<#attn.window<20, 0>, #attn.set<(i - j) mod 4 eq 0>>",
                            "#attn.and<#attn.causal, #attn.set<(i - j) mod 3 eq 1>>",
                            "#attn.or<#attn.window<5, 0>, #attn.and<#attn.causal, #attn.set<(i - j) mod 8 eq 0>>>",
                            "#attn.or<#attn.set<i eq j>, #attn.set<i - j eq 1>, #attn.set<i - j eq 4>>",
                            "#attn.set<j mod 5 ge 2, j mod 5 le 3>",
                            "#attn.set<j mod 5 eq 2>",
                            "#attn.or<#attn.set<i le 1>, #attn.prefix<2>, #attn.window<5, 5>>",
                            "#attn.set<i - j ge 2, i - j le 9>",
                            "#attn.not<#attn.causal>",
                            "#attn.not<#attn.window<3, 3>>"};
  for (const char *text : patterns) {
    std::vector<uint8_t> bits = write(parse(text), 40, 40);
    std::optional<MaskAttrInterface> found = describe(bits, 40, 40);
    ASSERT_TRUE(found.has_value()) << text;
    EXPECT_TRUE(write(*found, 40, 40) == bits) << text << " became " << textOf(found);
  }
}

/// One wrong element, wherever it is, and the table is no longer what it looks like. What it is found to be then, if
/// anything, has that element.
TEST_F(MaskTables, OneWrongElementIsSeen) {
  const char *patterns[] = {"#attn.causal",
                            "#attn.window<4, 2>",
                            "#attn.blocks<4>",
                            "#attn.or<#attn.prefix<2>, #attn.causal>",
                            "#attn.neighborhood<grid = [4, 4], window = [3, 3]>",
                            "#attn.prefix<16>"};
  long found = 0;
  for (const char *text : patterns) {
    std::vector<uint8_t> right = write(parse(text), 16, 16);
    for (size_t at = 0; at < right.size(); ++at) {
      std::vector<uint8_t> wrong = right;
      wrong[at] ^= 1;
      std::optional<MaskAttrInterface> other = describe(wrong, 16, 16);
      EXPECT_FALSE(MaskTable(16, 16, wrong).isEqualTo(parse(text), 16, 16)) << text << " at " << at;
      if (other)
        ASSERT_TRUE(write(*other, 16, 16) == wrong) << text << " at " << at << " became " << textOf(other);
      found += other.has_value();
    }
  }
  std::cout << "compared " << compared << " elements, described " << found << " tables with a wrong one\n";
  EXPECT_GT(compared, 1000);
}

TEST_F(MaskTables, NoiseHasNoDescription) {
  std::mt19937 random(3);
  std::vector<uint8_t> bits(32 * 32);
  for (uint8_t &bit : bits)
    bit = random() % 2;
  EXPECT_EQ(textOf(describe(bits, 32, 32)), "nothing");
  // As many distances as a table may have, in very many runs: each is looked at a few times.
  constexpr int64_t many = 1 << 20;
  std::vector<uint8_t> distances(many + 1), rows;
  for (uint8_t &distance : distances)
    distance = random() % 3 != 0;
  rows.insert(rows.end(), distances.begin() + 1, distances.end());
  rows.insert(rows.end(), distances.begin(), distances.end() - 1);
  EXPECT_EQ(textOf(describe(rows, 2, many)), "nothing");
  // Without the sizes, bottom right is told from a causal mask with an offset, which holds for more.
  std::vector<uint8_t> corner = write(parse("#attn.causal<bottom_right>"), 24, 40);
  EXPECT_EQ(textOf(describe(corner, 24, 40, /*readsSizes=*/false)), "#attn.causal<16>");
}

} // namespace
