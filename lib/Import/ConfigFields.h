// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fields of a config.json, read one by one, so that in the end every field is used, known not to matter, or reported.
// Private to lib/Import.
#ifndef ATTN_IMPORT_CONFIGFIELDS_H
#define ATTN_IMPORT_CONFIGFIELDS_H

#include "Activations.h"
#include "attn/Import/Json.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"
#include <optional>

namespace attn {

/// A field that changes the result unless it has this value, which is also what it means to leave it out.
struct FixedField {
  llvm::StringRef name, value;
};

/// Reads the fields of one object and remembers which were asked for. What is wrong is an error at once; reading goes
/// on, so that a user learns everything in one run.
class ConfigFields {
public:
  /// Sizes that no model has, and that would only make later messages strange.
  static constexpr int64_t kMaxSize = int64_t(1) << 30;
  static constexpr int64_t kMaxLayers = 1000;

  /// `path` begins messages.
  ConfigFields(const JsonValue &root, llvm::StringRef path, mlir::Location loc) : root(root), path(path), loc(loc) {}

  /// An integer from 1 to `max`. Where `absent` has a value, the field may be missing or null.
  int64_t size(llvm::StringRef name, int64_t max = kMaxSize, std::optional<int64_t> absent = std::nullopt);
  /// A number from 0 to 1, without 1.
  double epsilon(llvm::StringRef name, double absent);
  /// A finite number above 0; nothing when the field is missing or null.
  std::optional<double> positive(llvm::StringRef name);
  bool boolean(llvm::StringRef name, bool absent);
  Activation activation(llvm::StringRef name, llvm::ArrayRef<ActivationName> names, Activation absent);

  /// Refuses fields that have another value than the one that is implemented.
  void checkFixed(llvm::ArrayRef<FixedField> fields);
  /// Warns about fields that nobody asked for and that are not in `harmless`.
  void warnAboutUnknown(llvm::ArrayRef<llvm::StringRef> harmless);

  /// The value of a field, or null.
  const JsonValue *find(llvm::StringRef name);
  /// As find(), and null also for a null.
  const JsonValue *findSet(llvm::StringRef name);
  /// Begins an error.
  mlir::InFlightDiagnostic refuse();
  bool hasFailed() const { return failed; }
  /// For what was wrong elsewhere.
  void markFailed() { failed = true; }

  static std::string describe(const JsonValue *value) { return value ? value->describe() : "no such field"; }
  llvm::StringRef getPath() const { return path; }
  mlir::Location getLoc() const { return loc; }

private:
  const JsonValue &root;
  llvm::StringRef path;
  mlir::Location loc;
  llvm::StringSet<> asked;
  bool failed = false;
};

} // namespace attn

#endif // ATTN_IMPORT_CONFIGFIELDS_H
