// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What there is to say about the attentions of a compiled model, and writers that turn it into a page, a picture or
// JSON. Pages stand alone: no scripts, no other files; they fit a phone and a wide screen, light and dark. Everything
// that comes from a model is escaped.
#ifndef ATTN_REPORT_MODELREPORT_H
#define ATTN_REPORT_MODELREPORT_H

#include "attn/Report/MaskFacts.h"

namespace attn {

/// How one operation is computed on one CPU. Texts are as --explain has them.
struct OperationSchedule {
  std::string variant;
  /// The register tile, or "reference".
  std::string kernel;
  /// Rows and columns of a block; empty for the reference.
  std::string blocks;
  /// Tiles of a run; "?" where sizes are not known, empty where nobody counts them.
  std::string tiles;
  /// The schedule as it stands in IR; empty without one.
  std::string attribute;
};

struct OperationReport {
  std::string name;
  /// How often the entry point runs such an operation.
  int64_t runs = 1;
  /// Shapes, with "?" for sizes that are not known.
  std::string size;
  std::vector<OperationSchedule> schedules;
};

/// An attention, or a reduction of the scores that one would have.
struct AttentionReport : OperationReport {
  /// Empty without a mask.
  std::string mask;
  /// One of them is empty.
  std::string normalizer, reduction;
  bool hasScore = false, hasGain = false;
  MaskFormulas formulas;
  /// Sizes and symbols that were not given, with the numbers that the pictures have for them.
  std::vector<std::pair<std::string, int64_t>> assumed;
  /// For some of the heads, or for all of them when they are alike.
  std::vector<MaskFacts> heads;
  bool allHeadsAlike = true;
  /// Why there are no facts; empty when there are.
  std::string unknown;
};

struct EntryReport {
  std::string function;
  /// CPUs that have the same operations.
  std::vector<std::string> variants;
  std::vector<AttentionReport> attentions;
  std::vector<OperationReport> matmuls;
};

struct ModelReport {
  /// The input, and the program that made the report.
  std::string model, producer;
  /// Sizes and symbols that were given.
  std::vector<std::pair<std::string, int64_t>> given;
  std::vector<EntryReport> entries;
};

void writeModelHtml(llvm::raw_ostream &out, const ModelReport &report);
/// The pictures of all masks below each other.
void writeModelSvg(llvm::raw_ostream &out, const ModelReport &report);
/// docs/reports.md lists the members.
void writeModelJson(llvm::raw_ostream &out, const ModelReport &report);

} // namespace attn

#endif // ATTN_REPORT_MODELREPORT_H
