// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What --explain prints: a table of the attentions and matmuls of each entry point, with the kernel of each CPU, and
// the tiles that a run computes and skips where sizes are known; below it what follows from each mask. It is read from
// the IR that the optimise phase leaves, before schedules become loops.
#ifndef ATTN_TOOLS_ATTN_COMPILE_EXPLAIN_H
#define ATTN_TOOLS_ATTN_COMPILE_EXPLAIN_H

#include "attn/Analysis/SizeValues.h"
#include "attn/Pipelines/Pipelines.h"
#include "attn/Report/ModelReport.h"
#include "dialects/Attn/AttnOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include <set>

namespace attn::compile {

using Names = llvm::SetVector<std::string, std::vector<std::string>, std::set<std::string>>;

enum Column { Runs, Name, Work, How, Kernel, Blocks, Tiles, kColumns };

struct Row {
  std::string cells[kColumns];
  int64_t runs = 1;
  /// None for a matmul; one of the ops where several runs are alike, and the calls that lead to it.
  ScoringOpInterface scoring;
  CallPath path;
  /// As it stands in IR.
  std::string schedule;
  /// For each CPU of the table.
  std::vector<OperationSchedule> schedules;

  bool matches(const Row &other, llvm::ArrayRef<Column> columns) const {
    return llvm::all_of(columns, [&](Column column) { return cells[column] == other.cells[column]; });
  }
};

/// An entry point and the CPUs for which it has the same operations.
struct Table {
  std::string function;
  std::vector<std::string> variants;
  std::vector<Row> rows;
};

struct Tables {
  std::vector<Table> entries;
  /// Sizes and symbols that were asked for in vain.
  Names missing;
};

/// Reads the tables from `module`. `given` holds sizes and symbols of masks by name. Returns what is wrong with it, or
/// the empty string.
std::string makeTables(mlir::ModuleOp module, Strategy strategy, const llvm::StringMap<int64_t> &given, Tables &tables);

/// "kth_largest<8>".
std::string describeReduction(ScoreReduceOp op);

/// Prints them. `report` has the entries in the same order.
void explain(llvm::raw_ostream &out, const Tables &tables, const ModelReport &report);

} // namespace attn::compile

#endif // ATTN_TOOLS_ATTN_COMPILE_EXPLAIN_H
