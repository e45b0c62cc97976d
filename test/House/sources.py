# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What every file of the tree obeys: a licence line, no path of somebody's machine, no words that say nothing, a size one can read."""

import re

import tree

SPDX = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
CODE = (".h", ".hpp", ".c", ".cpp", ".td", ".py", ".sh", ".cmake", ".S", ".map", "CMakeLists.txt", ".py.in", ".inc")
SIZED = (".h", ".hpp", ".c", ".cpp", ".td", ".py", ".sh")
CEILING = 400
# Files above the ceiling, each with the reason why it is not cut.
LONG = {
    "runtime/python/attn_rt.py": "one file that people may copy beside the library; it is all there is of the package",
    "lib/Transforms/TileRows.cpp": "one emitter with one state; its parts are read together",
}
FUNCTION_CEILING = 60
# What opens a block that is no function.
SCOPE = re.compile(r"^\s*(?:namespace|extern|struct|class|enum|union|template|typedef|#)|=\s*\{$|\bnamespace\b")
# A path of the machine on which a file was written; tests get their folders from lit (%t) or CTest.
MACHINE_PATH = re.compile(r"(?<![\w.$}%~*/-])/(?:work|root|home|tmp)(?:/|\b)")
MAY_NAME_PATHS = {"test/House/sources.py"}
# Names that say nothing about what is inside of a file.
EMPTY_NAME = re.compile(r"(?:^|/)[^/]*(?:[Uu]tils?|[Hh]elpers?|[Mm]isc|[Mm]anager)[^/]*$")
UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!\(#\d+\): \w)")
COMMENTED_CODE = re.compile(r"^\s*//\s*(?:[\w:<>*&\[\]. ]+\(.*\);|(?:return|if|for|auto)\b.*[;{])\s*$")
PRINTS = re.compile(r"\b(?:llvm::(?:errs|outs|dbgs)\(\)|std::(?:cout|cerr)|printf\(|cl::opt)")


def library(path):
    return path.startswith(("lib/", "dialects/", "include/", "runtime/src/", "runtime/include/"))


def complaints_of_line(path, number, line):
    where = "%s:%d: " % (path, number)
    if path not in MAY_NAME_PATHS and MACHINE_PATH.search(line):
        yield where + "expects no path of one machine, but got '%s'" % MACHINE_PATH.search(line).group(0)
    if UNDONE.search(line):
        yield where + "expects what is to do to name its issue as (#N): reason, but got '%s'" % line.strip()[:60]
    if path.endswith((".cpp", ".c", ".h")) and COMMENTED_CODE.match(line):
        yield where + "expects comments to be sentences, but got code: '%s'" % line.strip()[:60]
    if library(path) and path.endswith((".cpp", ".c", ".h")) and PRINTS.search(line):
        if not re.search(r"\b(?:vsnprintf|snprintf)\(", line):
            yield where + "expects a library to print nothing and to own no flags, but got '%s'" % PRINTS.search(line).group(0)


def functions(lines):
    """Yields (first line, length) of functions of files and of classes, found by how LLVM's style indents their braces."""
    for indent in ("", "  "):
        begin = None
        for number, line in enumerate(lines, 1):
            if begin and line.startswith(indent + "}"):
                yield begin, number - begin + 1
                begin = None
            elif not begin and line.endswith("{") and not SCOPE.search(line) and re.match(indent + r"(?:    )?\S", line) and ")" in line:
                begin = number if re.match(indent + r"\S", line) else None


def check(files):
    complaints = []
    for path, text in files.items():
        lines = text.splitlines()
        source = path.endswith(CODE) or (lines and lines[0].startswith("#!"))
        if source and not any(SPDX in line for line in lines[:3]):
            complaints.append("%s: expects a licence line among the first three, but got none" % path)
        if EMPTY_NAME.search(path):
            complaints.append("%s: expects a name that says what is inside, but got none" % path)
        if path.endswith(SIZED) and len(lines) > CEILING and path not in LONG:
            complaints.append("%s: expects at most %d lines, but got %d" % (path, CEILING, len(lines)))
        if path in LONG and len(lines) <= CEILING:
            complaints.append("%s: expects a file of LONG to be long, but got %d lines" % (path, len(lines)))
        if path.endswith((".cpp", ".c", ".h")):
            complaints += ["%s:%d: expects a function of at most %d lines, but got %d" % (path, number, FUNCTION_CEILING, length)
                           for number, length in functions(lines) if length > FUNCTION_CEILING]
        for number, line in enumerate(lines, 1):
            complaints += complaints_of_line(path, number, line)
    return complaints


HEAD = "// %s\n" % SPDX
PLANTS = [
    ({"lib/A.cpp": "int a;\n"}, "expects a licence line"),
    ({"scripts/a": "#!/bin/sh\n"}, "expects a licence line"),
    ({"lib/A.cpp": HEAD + "// See /wo" + "rk/notes.\n"}, "expects no path of one machine"),
    ({"docs/a.md": "Look into `/ro" + "ot/x`.\n"}, "expects no path of one machine"),
    ({"test/a.mlir": "// RUN: attn-opt %s -o /t" + "mp/x\n"}, "expects no path of one machine"),
    ({"lib/A.cpp": HEAD + "// TO" + "DO: later\n"}, "expects what is to do"),
    ({"lib/A.cpp": HEAD + "// int x = f(3);\n// return f(3);\n"}, "expects comments to be sentences"),
    ({"lib/A.cpp": HEAD + 'llvm::errs() << "x";\n'}, "expects a library to print nothing"),
    ({"runtime/src/a.c": HEAD + 'printf("x");\n'}, "expects a library to print nothing"),
    ({"lib/StringUtils.cpp": HEAD}, "expects a name that says what is inside"),
    ({"lib/A.cpp": HEAD + "\n" * CEILING}, "expects at most"),
    ({"lib/A.cpp": HEAD + "namespace a {\nint f(int x) {\n" + "  ++x;\n" * FUNCTION_CEILING + "}\n}\n"}, "expects a function of at most"),
    ({"lib/A.cpp": HEAD + "class A {\n  int f(int x) {\n" + "    ++x;\n" * FUNCTION_CEILING + "  }\n};\n"}, "expects a function of at most"),
]
CLEAN = {
    "lib/A.cpp": HEAD + "// TO" + "DO(#12): a reason.\n// A sentence about f(3).\nint a;\n",
    "lib/B.cpp": HEAD + "namespace a {\n" + "int f() {\n  g();\n}\n" * FUNCTION_CEILING + "}\n",
    "runtime/src/a.c": "/* %s */\nsnprintf(a, b, c);\n" % SPDX,
    "test/a.mlir": "// RUN: attn-opt %s -o %t/work/x\n",
}

if __name__ == "__main__":
    tree.main(check, PLANTS, CLEAN)
