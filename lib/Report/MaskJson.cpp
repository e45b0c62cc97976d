// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Masks for programs. docs/reports.md lists the members; adding some is fine, changing what one means is not.
#include "attn/Report/Escape.h"
#include "attn/Report/MaskFacts.h"
#include "llvm/Support/JSON.h"

using namespace attn;
using llvm::json::OStream;

static void writeNumber(OStream &json, llvm::StringRef name, std::optional<double> value) {
  json.attribute(name, value ? llvm::json::Value(*value) : llvm::json::Value(nullptr));
}

static void writeList(OStream &json, llvm::StringRef name, llvm::ArrayRef<int64_t> numbers) {
  json.attributeArray(name, [&] {
    for (int64_t number : numbers)
      json.value(number);
  });
}

static void writeTiling(OStream &json, const MaskTiling &tiling) {
  json.attributeObject("tile", [&] {
    json.attribute("rows", tiling.tile.rows);
    json.attribute("columns", tiling.tile.columns);
    if (!tiling.box.empty())
      writeList(json, "box", tiling.box);
  });
}

static void writeCounts(OStream &json, const MaskTiles &counts, std::optional<double> useful) {
  json.attributeObject("tiles", [&] {
    json.attribute("full", counts.full);
    json.attribute("mixed", counts.mixed);
    json.attribute("empty", counts.empty);
    json.attribute("computed", counts.getComputed());
    json.attribute("total", counts.getTotal());
  });
  writeNumber(json, "useful_share", useful);
  writeNumber(json, "speed_up_at_most", counts.getSpeedUp());
}

static void writeParts(OStream &json, llvm::ArrayRef<FormulaPart> parts) {
  json.attributeArray("where", [&] {
    for (const FormulaPart &part : parts)
      json.object([&] {
        json.attribute("name", part.name);
        json.attribute("formula", makePrintable(part.text));
      });
  });
}

void attn::writeMaskFormulasJson(OStream &json, const MaskFormulas &formulas) {
  json.attributeObject("bounds", [&] {
    json.attribute("from", makePrintable(formulas.from));
    json.attribute("to", makePrintable(formulas.to));
    json.attribute("single_band", formulas.singleBand);
    writeParts(json, formulas.boundParts);
  });
  if (!formulas.axes.empty())
    json.attributeObject("axis_bounds", [&] {
      json.attributeArray("axes", [&] {
        for (const MaskFormulas::Interval &axis : formulas.axes)
          json.object([&] {
            json.attribute("from", makePrintable(axis.from));
            json.attribute("to", makePrintable(axis.to));
          });
      });
      writeParts(json, formulas.axisParts);
    });
  json.attributeObject("tile_tests", [&] {
    json.attribute("full", makePrintable(formulas.full));
    json.attribute("empty", makePrintable(formulas.empty));
    writeParts(json, formulas.tileParts);
  });
}

static void writePicture(OStream &json, const MaskPicture &picture) {
  json.attributeObject("cell", [&] {
    json.attribute("rows", picture.getFold().rows);
    json.attribute("columns", picture.getFold().columns);
  });
  json.attributeArray("rows", [&] {
    for (int64_t row = 0; row < picture.getHeight(); ++row) {
      std::string line;
      for (int64_t column = 0; column < picture.getWidth(); ++column) {
        TileClass kind = picture.get(row, column);
        line += kind == TileClass::Full ? '#' : kind == TileClass::Mixed ? '+' : '.';
      }
      json.value(line);
    }
  });
}

static void writeGrid(OStream &json, const GridPictures &grid) {
  json.attributeObject("grid", [&] {
    writeList(json, "extents", grid.extents);
    writeList(json, "query", grid.query);
    json.attributeArray("planes", [&] {
      for (const GridPictures::Plane &plane : grid.planes)
        json.object([&] {
          json.attribute("plane", plane.number);
          writePicture(json, plane.picture);
        });
    });
  });
}

static void writeProblem(OStream &json, const MaskFacts &facts) {
  json.attribute("mask", makePrintable(facts.mask));
  json.attribute("batch", facts.problem.batch);
  json.attribute("head", facts.problem.head);
  json.attribute("queries", facts.range.queryEnd - facts.range.queryBegin);
  json.attribute("keys", facts.range.keyEnd - facts.range.keyBegin);
  json.attributeArray("symbols", [&] {
    for (size_t symbol = 0; symbol < facts.problem.symbols.size(); ++symbol)
      json.object([&] {
        json.attribute("name", makePrintable(facts.symbolNames[symbol]));
        json.attribute("value", facts.problem.symbols[symbol]);
      });
  });
}

void attn::writeMaskJson(OStream &json, const MaskFacts &facts) {
  writeProblem(json, facts);
  json.attribute("pairs", facts.range.getArea());
  json.attribute("visible", facts.visible ? llvm::json::Value(*facts.visible) : llvm::json::Value(nullptr));
  writeTiling(json, facts.tiling);
  writeCounts(json, facts.counts, facts.getUsefulShare());
  writeMaskFormulasJson(json, facts.formulas);
  if (facts.grid)
    writeGrid(json, *facts.grid);
  else if (facts.picture)
    json.attributeObject("picture", [&] {
      constexpr llvm::StringLiteral views[] = {"tile", "element", "box"};
      json.attribute("view", views[static_cast<size_t>(facts.view)]);
      writePicture(json, *facts.picture);
    });
  if (facts.sweep.empty())
    return;
  json.attributeArray("sweep", [&] {
    for (const SweepLine &line : facts.sweep)
      json.object([&] {
        writeTiling(json, line.tiling);
        if (line.counts)
          writeCounts(json, *line.counts, line.counts->getUsefulShare(facts.visible, line.tiling.tile));
        else
          json.attribute("tiles", nullptr);
      });
  });
}
