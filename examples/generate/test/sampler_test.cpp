// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of the next token: greedy, by chance with the right frequencies, again the same for the same seed.
#include "c_parts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

struct Sampler : sampler {
  Sampler(bool greedy, double temperature, double topP, uint64_t seed)
      : sampler{greedy, temperature, topP, seed, nullptr, 0} {}
  Sampler(const Sampler &) = delete;
  ~Sampler() { sampler_free(this); }

  int32_t choose(const std::vector<float> &logits) {
    int32_t id = -1;
    failure why = {};
    EXPECT_TRUE(sampler_choose(this, logits.data(), int32_t(logits.size()), &id, &why)) << why.message;
    return id;
  }
};

std::vector<int> frequencies(double temperature, double topP, const std::vector<float> &logits, int draws) {
  Sampler sampler(false, temperature, topP, 7);
  std::vector<int> counts(logits.size());
  for (int i = 0; i < draws; ++i)
    ++counts[sampler.choose(logits)];
  return counts;
}

TEST(Sampler, GreedyTakesTheFirstOfTheLargest) {
  Sampler sampler(true, 1, 1, 1);
  EXPECT_EQ(sampler.choose({1, 3, 3, 2}), 1);
  EXPECT_EQ(sampler.choose({-std::numeric_limits<float>::infinity(), -7}), 1);
}

TEST(Sampler, SplitMixIsThePublishedOne) {
  uint64_t state = 1234567; // the test vector of the authors' implementation
  EXPECT_EQ(splitmix64(&state), 6457827717110365317u);
  EXPECT_EQ(splitmix64(&state), 3203168211198807973u);
}

TEST(Sampler, DrawsByProbability) {
  const int draws = 20000;
  std::vector<float> logits = {float(std::log(0.5)), float(std::log(0.3)), float(std::log(0.2))};
  std::vector<int> counts = frequencies(1, 1, logits, draws);
  const double wanted[] = {0.5, 0.3, 0.2};
  // Six standard deviations of a binomial count of p = 1/2: 6 * sqrt(20000 / 4) = 424.
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(counts[i], wanted[i] * draws, 424);
}

TEST(Sampler, TemperatureSharpens) {
  // At half the temperature 0.5 : 0.3 : 0.2 become 0.25 : 0.09 : 0.04.
  std::vector<float> logits = {float(std::log(0.5)), float(std::log(0.3)), float(std::log(0.2))};
  EXPECT_NEAR(frequencies(0.5, 1, logits, 20000)[0], 20000 * 0.25 / 0.38, 424);
}

TEST(Sampler, TopPLeavesTheRestOut) {
  std::vector<float> logits = {float(std::log(0.2)), float(std::log(0.5)), float(std::log(0.3))};
  std::vector<int> counts = frequencies(1, 0.6, logits, 20000);
  EXPECT_EQ(counts[0], 0);
  EXPECT_NEAR(counts[1], 20000 * 0.5 / 0.8, 424);
  EXPECT_EQ(frequencies(1, 0.4, logits, 1000)[1], 1000);
}

TEST(Sampler, TheSameSeedGivesTheSameTokens) {
  std::vector<float> logits(300);
  for (size_t i = 0; i < logits.size(); ++i)
    logits[i] = float(i * 37 % 101) / 20;
  auto draw = [&](uint64_t seed) {
    Sampler sampler(false, 0.8, 0.95, seed);
    std::vector<int32_t> ids;
    for (int i = 0; i < 100; ++i)
      ids.push_back(sampler.choose(logits));
    return ids;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(Sampler, RefusesLogitsThatAreNoNumbers) {
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  for (bool greedy : {true, false}) {
    Sampler sampler(greedy, 1, 1, 1);
    int32_t id;
    failure why;
    float third[] = {1, 2, nan}, endless[] = {1, infinity}, none[] = {-infinity, -infinity};
    EXPECT_FALSE(sampler_choose(&sampler, third, 3, &id, &why));
    EXPECT_STREQ(why.message, "expects the logit of token 2 to be a number, but got NaN");
    EXPECT_FALSE(sampler_choose(&sampler, endless, 2, &id, &why));
    EXPECT_STREQ(why.message, "expects the largest logit to be finite, but got inf");
    EXPECT_FALSE(sampler_choose(&sampler, none, 2, &id, &why));
    EXPECT_STREQ(why.message, "expects the largest logit to be finite, but got -inf");
  }
}

} // namespace
