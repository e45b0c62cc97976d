// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ConfigFields.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace attn;
using llvm::StringRef;
using Kind = JsonValue::Kind;

const JsonValue *ConfigFields::find(StringRef name) {
  asked.insert(name);
  return root.find(name);
}

const JsonValue *ConfigFields::findSet(StringRef name) {
  const JsonValue *value = find(name);
  return value && !value->is(Kind::Null) ? value : nullptr;
}

mlir::InFlightDiagnostic ConfigFields::refuse() {
  failed = true;
  return mlir::emitError(loc) << path << ": ";
}

int64_t ConfigFields::size(StringRef name, int64_t max, std::optional<int64_t> absent) {
  const JsonValue *value = absent ? findSet(name) : find(name);
  if (!value && absent)
    return *absent;
  if (value && value->is(Kind::Integer) && value->integer >= 1 && value->integer <= max)
    return value->integer;
  refuse() << "expects '" << name << "' to be an integer from 1 to " << max << ", but got " << describe(value);
  return 1;
}

static std::optional<double> numberOf(const JsonValue &value) {
  if (value.is(Kind::Integer))
    return double(value.integer);
  return value.is(Kind::Real) ? std::optional(value.real) : std::nullopt;
}

double ConfigFields::epsilon(StringRef name, double absent) {
  const JsonValue *value = find(name);
  if (!value)
    return absent;
  std::optional<double> number = numberOf(*value);
  if (!number || !(*number >= 0 && *number < 1))
    refuse() << "expects '" << name << "' to be a number from 0 to 1, but got " << value->describe();
  return number.value_or(absent);
}

std::optional<double> ConfigFields::positive(StringRef name) {
  const JsonValue *value = findSet(name);
  if (!value)
    return std::nullopt;
  std::optional<double> number = numberOf(*value);
  if (number && std::isfinite(*number) && *number > 0)
    return number;
  refuse() << "expects '" << name << "' to be a number above 0, but got " << value->describe();
  return 1;
}

bool ConfigFields::boolean(StringRef name, bool absent) {
  const JsonValue *value = findSet(name);
  if (!value)
    return absent;
  if (!value->is(Kind::Boolean))
    refuse() << "expects '" << name << "' to be true or false, but got " << value->describe();
  return value->boolean;
}

Activation ConfigFields::activation(StringRef name, llvm::ArrayRef<ActivationName> names, Activation absent) {
  const JsonValue *value = find(name);
  if (!value)
    return absent;
  for (const ActivationName &known : names)
    if (value->string == known.name)
      return known.activation;
  auto quoted = [](const ActivationName &known) { return quotedText(known.name, '"'); };
  refuse() << "expects '" << name << "' to be one of " << llvm::join(llvm::map_range(names, quoted), ", ")
           << ", but got " << value->describe();
  return absent;
}

void ConfigFields::checkFixed(llvm::ArrayRef<FixedField> fields) {
  for (const FixedField &field : fields) {
    // A null means the default, as an absent field does.
    const JsonValue *value = findSet(field.name);
    if (value && value->describe() != field.value)
      refuse() << "expects '" << field.name << "' to be " << field.value << ", but got " << value->describe();
  }
}

void ConfigFields::warnAboutUnknown(llvm::ArrayRef<StringRef> harmless) {
  for (const JsonMember &member : root.members)
    if (!asked.contains(member.key) && !llvm::is_contained(harmless, member.key))
      mlir::emitWarning(loc) << path << ": the field " << quotedText(member.key)
                             << " is not known and is ignored; its value is " << member.value.describe();
}
