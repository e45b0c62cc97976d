# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rooms form a DAG: an include line names the room it reaches into, and a room may reach only into those below it."""

import re

import tree

# Room -> rooms it may include besides itself. The order is that of the pipeline of knowledge, lowest first.
BELOW = {
    "dialects": set(),
    "Analysis": {"dialects"},
    "Report": {"dialects", "Analysis"},
    "Codegen": {"dialects", "Analysis"},
    "Transforms": {"dialects", "Analysis", "Codegen"},
    "Conversion": {"dialects", "Analysis", "Codegen"},
    "Import": {"dialects", "Analysis", "Codegen"},
    "Target": {"dialects", "Analysis", "Codegen"},
    "Pipelines": {"dialects", "Analysis", "Codegen", "Transforms", "Conversion", "Import", "Target"},
    "tools": {"dialects", "Analysis", "Report", "Codegen", "Transforms", "Conversion", "Import", "Target", "Pipelines"},
    "runtime": set(),
    "examples": set(),
    # What somebody writes outside of the tree, who sees all of it.
    "plugin": {"dialects", "Analysis", "Report", "Codegen", "Transforms", "Conversion", "Import", "Target", "Pipelines"},
}
# Only these rooms write or read what compiled code shares with the runtime, and only through this header.
SHARED_HEADER = "attn_rt/abi.h"
READS_SHARED = {"Analysis", "Codegen", "Transforms", "Conversion", "Target", "Pipelines", "runtime"}
INCLUDE = re.compile(r'^\s*#?\s*include\s+["<]([^">]+)[">]', re.M)
SOURCES = (".h", ".hpp", ".c", ".cpp", ".td", ".inc")


def room_of(path):
    """The room a file of the tree lives in, or None where there are no rules (tests may read everything)."""
    parts = path.split("/")
    if "test" in parts or "benchmarks" in parts or "cmake" in parts:
        return None
    if parts[:2] == ["examples", "plugin"]:
        return "plugin"
    if parts[0] == "lib" or parts[:2] == ["include", "attn"]:
        return parts[1] if parts[0] == "lib" else parts[2]
    return parts[0] if parts[0] in BELOW else None


def room_of_include(name):
    """The room an include line reaches into, 'LLVM' for LLVM and MLIR, or None for a system header or a neighbour."""
    first, _, rest = name.partition("/")
    if first in ("mlir", "mlir-c", "llvm", "llvm-c", "lld", "clang"):
        return "LLVM"
    if first == "attn":
        return rest.split("/")[0]
    if first == "attn_rt":
        return "runtime"
    return first if first in BELOW else None


def refused(room, target, name):
    if room == target or target is None:
        return False
    if target == "LLVM":
        return room in ("runtime", "examples")
    if room == "examples":
        return target != "runtime"
    if target == "runtime":
        return name != SHARED_HEADER or room not in READS_SHARED
    return target not in BELOW[room]


def check(files):
    complaints = []
    for path, text in files.items():
        room = room_of(path)
        if room is None or not path.endswith(SOURCES):
            continue
        if room not in BELOW:
            complaints.append("%s: expects the room to be in BELOW of test/House/layering.py, but got '%s'" % (path, room))
            continue
        for name in INCLUDE.findall(text):
            target = room_of_include(name)
            if refused(room, target, name):
                complaints.append("%s: expects %s to include only rooms below it, but got %s" % (path, room, name))
    return complaints


PLANTS = [
    ({"dialects/Attn/A.cpp": '#include "attn/Transforms/Passes.h"\n'}, "expects dialects to include"),
    ({"runtime/src/a.c": "#include <mlir/IR/Builders.h>\n"}, "expects runtime to include"),
    ({"runtime/src/a.c": '#include "llvm/ADT/StringRef.h"\n'}, "expects runtime to include"),
    ({"lib/Transforms/A.cpp": '#include "attn/Conversion/Passes.h"\n'}, "expects Transforms to include"),
    ({"lib/Conversion/X/A.cpp": '#include "attn/Pipelines/Pipelines.h"\n'}, "expects Conversion to include"),
    ({"include/attn/Analysis/A.h": '#include "attn/Codegen/MaskReadings.h"\n'}, "expects Analysis to include"),
    ({"lib/Transforms/A.cpp": '#include "attn/Report/MaskFacts.h"\n'}, "expects Transforms to include"),
    ({"lib/Target/A.cpp": '#include "attn_rt/attn_rt.h"\n'}, "expects Target to include"),
    ({"dialects/Attn/A.td": 'include "attn/Transforms/Passes.td"\n'}, "expects dialects to include"),
    ({"examples/search/a.cpp": '#include "attn/Analysis/Signature.h"\n'}, "expects examples to include"),
    ({"examples/plugin/a.cpp": '#include "attn_rt/attn_rt.h"\n'}, "expects plugin to include"),
    ({"lib/Nowhere/A.cpp": "\n"}, "expects the room to be in BELOW"),
]
CLEAN = {
    "lib/Target/A.cpp": '#include "attn_rt/abi.h"\n#include "mlir/IR/Builders.h"\n#include "Near.h"\n#include <string>\n',
    "tools/attn-x/a.cpp": '#include "attn/Pipelines/Pipelines.h"\n',
    "test/unit/A.cpp": '#include "attn/Pipelines/Pipelines.h"\n',
    "examples/search/a.cpp": '#include "attn_rt/attn_rt.hpp"\n',
    "examples/plugin/a.cpp": '#include "dialects/Attn/AttnOps.h"\n#include "mlir/Pass/Pass.h"\n',
}

if __name__ == "__main__":
    tree.main(check, PLANTS, CLEAN)
