// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One function for each form, in the arithmetic of transformers: f32 where it uses tensors, f64 where it uses Python
// numbers. Frequencies are multiplied by positions of up to a million, so a rounding more would show.
#include "RopeConfig.h"
#include <cmath>

using namespace attn;
using Kind = JsonValue::Kind;

namespace {

/// Reads one set of parameters and makes frequencies of it.
class RopeReader {
public:
  RopeReader(ConfigFields &root, ConfigFields &fields, RopeShape shape, double theta)
      : root(root), fields(fields), shape(shape), theta(theta), pairs(shape.headSize / 2) {}

  RopeConfig read();

private:
  void readLinear();
  void readLlama3();
  void readYarn();
  void readLong();
  void readProportional();
  double yarnFactor(double factor);
  std::pair<double, double> yarnRange(double original);
  std::vector<float> longFactors(llvm::StringRef name);
  double required(llvm::StringRef name);
  std::string said(llvm::StringRef name) { return ConfigFields::describe(fields.find(name)); }
  int64_t originalPositions();
  /// theta^(2 i / size).
  float powerAt(int64_t i, int64_t size) const {
    float exponent = float(2 * i) / float(size);
    return float(std::pow(theta, double(exponent)));
  }

  ConfigFields &root, &fields;
  RopeShape shape;
  double theta;
  int64_t pairs;
  RopeConfig config;
};

} // namespace

double RopeReader::required(llvm::StringRef name) {
  if (!fields.findSet(name)) {
    fields.refuse() << "expects '" << name << "' to be a number above 0, but got no such field";
    return 1;
  }
  return fields.positive(name).value_or(1);
}

/// Phi-3 and others have it beside the rotary fields, where it counts more.
int64_t RopeReader::originalPositions() {
  constexpr llvm::StringLiteral name = "original_max_position_embeddings";
  int64_t inner = fields.size(name, ConfigFields::kMaxSize, shape.positions);
  return root.size(name, ConfigFields::kMaxSize, inner);
}

void RopeReader::readLinear() {
  float factor = required("factor");
  for (float &frequency : config.frequencies)
    frequency /= factor;
}

/// Waves longer than the context are slowed down, short ones kept, those between interpolated.
void RopeReader::readLlama3() {
  float factor = required("factor"), low = required("low_freq_factor"), high = required("high_freq_factor");
  float context = originalPositions();
  std::string lowText = said("low_freq_factor"), highText = said("high_freq_factor");
  if (!(low < high))
    fields.refuse() << "expects 'low_freq_factor' to be below 'high_freq_factor', but got " << lowText << " and "
                    << highText;
  for (float &frequency : config.frequencies) {
    float wave = float(2 * M_PI) * (1 / frequency);
    if (wave < context / high)
      continue;
    float slow = frequency / factor;
    float smooth = (context / wave - low) / (high - low);
    frequency = wave > context / low ? slow : (1 - smooth) * frequency / factor + smooth * frequency;
  }
}

/// By how much attention is sharpened where positions are interpolated.
double RopeReader::yarnFactor(double factor) {
  auto scaleOf = [&](double scale) { return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1; };
  std::optional<double> given = fields.positive("attention_factor");
  // A zero means that it is not set.
  auto optional = [&](llvm::StringRef name) -> std::optional<double> {
    const JsonValue *value = fields.findSet(name);
    bool isZero =
        value && ((value->is(Kind::Integer) && value->integer == 0) || (value->is(Kind::Real) && value->real == 0));
    return isZero ? std::nullopt : fields.positive(name);
  };
  std::optional<double> scale = optional("mscale"), all = optional("mscale_all_dim");
  if (given)
    return *given;
  return scale && all ? scaleOf(*scale) / scaleOf(*all) : scaleOf(1);
}

/// Pairs before the first are extrapolated, from the second on interpolated.
std::pair<double, double> RopeReader::yarnRange(double original) {
  double fast = fields.positive("beta_fast").value_or(32), slow = fields.positive("beta_slow").value_or(1);
  auto pairOf = [&](double rotations) {
    return shape.headSize * std::log(original / (rotations * 2 * M_PI)) / (2 * std::log(theta));
  };
  double low = pairOf(fast), high = pairOf(slow);
  if (fields.boolean("truncate", true)) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, double(shape.headSize - 1));
  return {low, low == high ? high + 0.001 : high};
}

void RopeReader::readYarn() {
  int64_t original = originalPositions();
  double factor =
      fields.find("factor") && !fields.findSet("factor") ? double(shape.positions) / original : required("factor");
  config.factor = yarnFactor(factor);
  auto [low, high] = yarnRange(original);
  for (int64_t i = 0; i < pairs; ++i) {
    float power = powerAt(i, shape.headSize);
    float ramp = std::min(std::max((float(i) - float(low)) / float(high - low), 0.0f), 1.0f);
    float keep = 1 - ramp;
    config.frequencies[i] = 1 / (float(factor) * power) * (1 - keep) + 1 / power * keep;
  }
}

std::vector<float> RopeReader::longFactors(llvm::StringRef name) {
  const JsonValue *value = fields.findSet(name);
  bool isList = value && value->is(Kind::Array) && int64_t(value->elements.size()) == pairs &&
                llvm::all_of(value->elements, [](const JsonValue &element) {
                  return (element.is(Kind::Integer) && element.integer > 0) ||
                         (element.is(Kind::Real) && std::isfinite(element.real) && element.real > 0);
                });
  if (!isList) {
    fields.refuse() << "expects '" << name << "' to be " << pairs << " numbers above 0, but got "
                    << ConfigFields::describe(value);
    return std::vector<float>(pairs, 1);
  }
  std::vector<float> factors;
  for (const JsonValue &element : value->elements)
    factors.push_back(element.is(Kind::Integer) ? float(element.integer) : float(element.real));
  return factors;
}

/// Two sets of frequencies; the length of the sequence so far chooses. What is in the cache keeps the angles it has.
void RopeReader::readLong() {
  std::vector<float> shorts = longFactors("short_factor"), longs = longFactors("long_factor");
  config.longFrom = originalPositions();
  double factor = fields.positive("factor").value_or(double(shape.positions) / config.longFrom);
  double implied = factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(double(config.longFrom)));
  config.factor = fields.positive("attention_factor").value_or(implied);
  if (!std::isfinite(config.factor))
    fields.refuse() << "expects the 'attention_factor' that follows from 'factor' to be finite, but got "
                    << config.factor << " of 'original_max_position_embeddings' " << config.longFrom;
  for (int64_t i = 0; i < pairs; ++i) {
    float power = powerAt(i, shape.headSize);
    config.frequencies[i] = 1 / (shorts[i] * power);
    config.longFrequencies.push_back(1 / (longs[i] * power));
  }
}

/// Only the first pairs rotate.
void RopeReader::readProportional() {
  double proportion = fields.positive("partial_rotary_factor").value_or(1);
  float factor = fields.positive("factor").value_or(1);
  std::string text = said("partial_rotary_factor");
  if (proportion > 1)
    fields.refuse() << "expects 'partial_rotary_factor' to be at most 1, but got " << text;
  // As Python's int(proportion * size // 2).
  int64_t rotated = std::floor(proportion * shape.headSize / 2);
  for (int64_t i = 0; i < pairs; ++i)
    config.frequencies[i] = i < rotated ? 1 / powerAt(i, shape.headSize) / factor : 0;
}

RopeConfig RopeReader::read() {
  const JsonValue *type = fields.findSet("rope_type"), *older = fields.findSet("type");
  if (!type)
    type = older;
  for (int64_t i = 0; i < pairs; ++i)
    config.frequencies.push_back(1 / powerAt(i, shape.headSize));
  llvm::StringRef name = type ? llvm::StringRef(type->string) : "default";
  if (name == "linear")
    readLinear();
  else if (name == "llama3")
    readLlama3();
  else if (name == "yarn")
    readYarn();
  else if (name == "longrope")
    readLong();
  else if (name == "proportional")
    readProportional();
  else if (name == "dynamic")
    fields.refuse() << "expects 'rope_type' not to change all angles whenever the sequence grows, but got \"dynamic\"";
  else if (name != "default")
    fields.refuse() << "expects 'rope_type' to be one of \"default\", \"linear\", \"llama3\", \"longrope\", "
                       "\"proportional\", \"yarn\", but got "
                    << type->describe();
  if (name != "proportional")
    fields.checkFixed({{"partial_rotary_factor", "1"}});
  return std::move(config);
}

/// A set of parameters that says something, or null.
static const JsonValue *findParameters(ConfigFields &root, llvm::StringRef name) {
  const JsonValue *value = root.findSet(name);
  if (value && !value->is(Kind::Object)) {
    root.refuse() << "expects '" << name << "' to be an object, but got " << value->describe();
    return nullptr;
  }
  return value && !value->members.empty() ? value : nullptr;
}

RopeConfig attn::readRopeConfig(ConfigFields &root, RopeShape shape) {
  const JsonValue *scaling = findParameters(root, "rope_scaling"),
                  *parameters = findParameters(root, "rope_parameters");
  // As in transformers, where the older field wins.
  llvm::StringRef name = scaling ? "rope_scaling" : "rope_parameters";
  static const JsonValue none{Kind::Object};
  const JsonValue &set = scaling ? *scaling : parameters ? *parameters : none;
  std::string path = (root.getPath() + ": " + name).str();
  ConfigFields fields(set, path, root.getLoc());
  for (llvm::StringRef layers : {"full_attention", "sliding_attention"})
    if (fields.findSet(layers))
      fields.refuse() << "expects one set of parameters for all layers, but got one for '" << layers << "'";
  std::optional<double> inner = fields.positive("rope_theta"), outer = root.positive("rope_theta");
  double theta = inner ? *inner : outer.value_or(10000);
  root.checkFixed({{"partial_rotary_factor", "1"}});
  constexpr int64_t maxSize = 1 << 16;
  if (shape.headSize % 2 != 0 || shape.headSize > maxSize) {
    root.refuse() << "expects the size of a head to be even and at most " << maxSize << ", but got " << shape.headSize;
    return {};
  }
  std::string text = ConfigFields::describe((inner ? fields : root).find("rope_theta"));
  if (theta <= 1 && !fields.hasFailed() && !root.hasFailed())
    fields.refuse() << "expects 'rope_theta' to be above 1, but got " << text;
  RopeConfig config = RopeReader(root, fields, shape, theta).read();
  if (fields.hasFailed())
    root.markFailed();
  else
    fields.warnAboutUnknown({});
  return config;
}
