# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests that could not fail: files without RUN, CHECK lines that no FileCheck reads, expectations that nobody verifies, disabled tests."""

import re

import tree

DIRECTIVE = re.compile(r"(?:^|[\s/#;])([A-Z][A-Z0-9_-]*?)(-(?:NEXT|SAME|NOT|DAG|LABEL|EMPTY|COUNT-\d+))?:(?=\s|$)")
PREFIXES = re.compile(r"--?check-prefix(?:es)?[= ]([\w,-]+)")
EXPECTED = re.compile(r"expected-(?:error|warning|remark|note)")
DISABLED = re.compile(r"\b(?:XFAIL:|UNSUPPORTED:\s*\*|DISABLED_|GTEST_SKIP|@unittest\.skip|skipTest\()")
SUFFIXES = (".mlir", ".test")


def suite(path):
    return path.startswith(("test/", "examples/plugin/test/")) and path.endswith(SUFFIXES) and "/Inputs/" not in path


def runs(text):
    """The RUN commands of a test, joined over continuation lines."""
    commands, open_line = [], ""
    for line in text.splitlines():
        _, found, command = line.partition("RUN:")
        if not found:
            continue
        open_line += command.strip()
        if open_line.endswith("\\"):
            open_line = open_line[:-1] + " "
            continue
        commands.append(open_line)
        open_line = ""
    return commands


def read_prefixes(commands):
    """The check prefixes that some FileCheck of the test looks for."""
    prefixes = set()
    for command in commands:
        for part in re.split(r"\bFileCheck\b", command)[1:]:
            named = PREFIXES.findall(part)
            prefixes |= {name for group in named for name in group.split(",")} if named else {"CHECK"}
    return prefixes


def written_prefixes(text):
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if "RUN:" in line:
            continue
        for name, suffix in DIRECTIVE.findall(line):
            if suffix or "CHECK" in name:
                found.setdefault(name, number)
    return found


def check_file(path, text):
    commands = runs(text)
    if not commands:
        return ["%s: expects a test to have a RUN line, but got none" % path]
    everything = "\n".join(commands + [text]) if "DEFINE:" in text else " ".join(commands)
    read = read_prefixes(commands + [everything] if "DEFINE:" in text else commands)
    complaints = ["%s:%d: expects a FileCheck of the test to read %s, but got none" % (path, number, name)
                  for name, number in written_prefixes(text).items() if name not in read]
    if EXPECTED.search(text) and "verify-diagnostics" not in everything:
        complaints.append("%s: expects a RUN with -verify-diagnostics to read expected-..., but got none" % path)
    unread = [prefix for prefix in read if prefix != "CHECK" and not re.search(r"\b%s(?:-\w+)*(?:-\d+)?:" % prefix, text)]
    complaints += ["%s: expects lines of prefix %s, but got none" % (path, prefix) for prefix in unread]
    return complaints


def check(files):
    complaints = []
    for path, text in files.items():
        if suite(path):
            complaints += check_file(path, text)
        if "test" in path.lower() and path != "test/House/suites.py" and DISABLED.search(text):
            complaints.append("%s: expects every test to run, but got '%s'" % (path, DISABLED.search(text).group(0)))
    return complaints


PLANTS = [
    ({"test/a.mlir": "func.func @f()\n"}, "expects a test to have a RUN line"),
    ({"examples/plugin/test/a.mlir": "func.func @f()\n"}, "expects a test to have a RUN line"),
    ({"test/a.mlir": "// RUN: attn-opt %s\n// CHECK: foo\n"}, "to read CHECK"),
    ({"test/a.mlir": "// RUN: attn-opt %s | FileCheck %s --check-prefix=A\n// A: x\n// CHECK-NEXT: foo\n"}, "to read CHECK"),
    ({"test/a.mlir": "// RUN: attn-opt %s | FileCheck %s\n// CHECK: x\n// AVX2-NEXT: y\n"}, "to read AVX2"),
    ({"test/a.mlir": "// RUN: attn-opt %s\n// expected-error@+1 {{x}}\n"}, "expects a RUN with -verify-diagnostics"),
    ({"test/a.mlir": "// RUN: attn-opt %s | FileCheck %s --check-prefix=B\n"}, "expects lines of prefix B"),
    ({"test/a.mlir": "// RUN: attn-opt %s\n// XFAIL: *\n"}, "expects every test to run"),
    ({"test/unit/ATest.cpp": "TEST(A, DISABLED_B) {}\n"}, "expects every test to run"),
]
CLEAN = {
    "test/a.mlir": "// RUN: attn-opt %s \\\n// RUN: | FileCheck %s --check-prefixes=CHECK,A\n// CHECK: x\n// A-NEXT: y\n",
    "test/b.mlir": "// RUN: attn-opt %s -verify-diagnostics\n// expected-error@+1 {{x}}\n",
}

if __name__ == "__main__":
    tree.main(check, PLANTS, CLEAN)
