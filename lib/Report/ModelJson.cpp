// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attentions of a model for programs, and their pictures in one file.
#include "attn/Report/Escape.h"
#include "attn/Report/ModelReport.h"
#include "attn/Report/SvgPicture.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace attn;
using llvm::json::OStream;

static void writeText(OStream &json, llvm::StringRef name, llvm::StringRef text) {
  json.attribute(name, makePrintable(text));
}

static void writeNumbers(OStream &json, llvm::StringRef name, llvm::ArrayRef<std::pair<std::string, int64_t>> numbers) {
  json.attributeArray(name, [&] {
    for (const std::pair<std::string, int64_t> &number : numbers)
      json.object([&] {
        writeText(json, "name", number.first);
        json.attribute("value", number.second);
      });
  });
}

static void writeOperation(OStream &json, const OperationReport &operation) {
  writeText(json, "name", operation.name);
  json.attribute("runs", operation.runs);
  writeText(json, "size", operation.size);
  json.attributeArray("schedules", [&] {
    for (const OperationSchedule &schedule : operation.schedules)
      json.object([&] {
        writeText(json, "variant", schedule.variant);
        writeText(json, "kernel", schedule.kernel);
        writeText(json, "blocks", schedule.blocks);
        writeText(json, "tiles", schedule.tiles);
        writeText(json, "attribute", schedule.attribute);
      });
  });
}

static void writeAttention(OStream &json, const AttentionReport &attention) {
  writeOperation(json, attention);
  writeText(json, "mask", attention.mask);
  writeText(json, "normalizer", attention.normalizer);
  if (!attention.reduction.empty())
    writeText(json, "reduction", attention.reduction);
  json.attribute("score_region", attention.hasScore);
  json.attribute("gain_region", attention.hasGain);
  writeMaskFormulasJson(json, attention.formulas);
  writeNumbers(json, "assumed", attention.assumed);
  json.attribute("all_heads_alike", attention.allHeadsAlike);
  if (!attention.unknown.empty())
    writeText(json, "unknown", attention.unknown);
  json.attributeArray("heads", [&] {
    for (const MaskFacts &facts : attention.heads)
      json.object([&] { writeMaskJson(json, facts); });
  });
}

static void writeEntry(OStream &json, const EntryReport &entry) {
  writeText(json, "function", entry.function);
  json.attributeArray("variants", [&] {
    for (const std::string &variant : entry.variants)
      json.value(makePrintable(variant));
  });
  json.attributeArray("attentions", [&] {
    for (const AttentionReport &attention : entry.attentions)
      json.object([&] { writeAttention(json, attention); });
  });
  json.attributeArray("matmuls", [&] {
    for (const OperationReport &matmul : entry.matmuls)
      json.object([&] { writeOperation(json, matmul); });
  });
}

void attn::writeModelJson(llvm::raw_ostream &out, const ModelReport &report) {
  OStream json(out, /*IndentSize=*/1);
  json.object([&] {
    json.attribute("format", 1);
    writeText(json, "model", report.model);
    writeText(json, "producer", report.producer);
    writeNumbers(json, "given", report.given);
    json.attributeArray("entries", [&] {
      for (const EntryReport &entry : report.entries)
        json.object([&] { writeEntry(json, entry); });
    });
  });
  out << "\n";
}

void attn::writeModelSvg(llvm::raw_ostream &out, const ModelReport &report) {
  std::vector<SvgFigure> figures;
  std::string description;
  for (const EntryReport &entry : report.entries)
    for (const AttentionReport &attention : entry.attentions)
      for (const MaskFacts &facts : attention.heads)
        for (SvgFigure &figure : makeFigures(facts)) {
          figure.notes.push_back(entry.function + ": " + attention.name + ", head " +
                                 std::to_string(facts.problem.head));
          for (const auto &[name, value] : attention.assumed)
            figure.notes.push_back("assumed: " + name + " = " + std::to_string(value));
          description += (description.empty() ? "" : " ") + facts.mask + ": " + describeCounts(facts);
          figures.push_back(std::move(figure));
        }
  if (figures.empty())
    description = "No picture: no mask, or sizes that are not known.";
  writeSvg(out, "Masks of " + report.model, description, figures, "model");
}
