# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every sentence that refuses something is in a test, whole.

A diagnostic of this project reads `expects <subject> to <property>, but got <actual>`, so the string literals of one C++ or C statement that
hold "expects " are one diagnostic, with values between them. Its literals have to occur in this order in one line (or one string) of a test.
Alternatives of `?:` are looked for one by one. Sentences that no test shows yet are in UNTESTED.txt, which may only shrink: a line in it that
is no longer true is a complaint too, which `diagnostics.py --shrink` answers.
"""

import os
import re
import sys

import tree

LIST = "test/House/UNTESTED.txt"
CODE = (".cpp", ".c", ".h")
TESTS = (".mlir", ".test", ".cpp", ".c", ".h", ".py", ".sh", ".txt")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|R"\((.*?)\)"|[;{}?:]|\n|[^\s";{}?:\'/]+|/', re.S)
CONVERSION = re.compile(r"%(?:[-+ #0]*\d*(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j)?[diouxXcsgfeE]|%|\d*$)")
EMITS = re.compile(r"\b(?:emitOpError|emitError|emitOptionalError|attn_rti_fail)\s*\([^;]*?;", re.S)
# A program puts its name before a sentence, what names a place a colon.
SENTENCE = re.compile(r"(?:attn-[\w-]+)?[:\s]*expects ")
ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\", "\\'": "'", "\\t": "\t"}


def unescaped(literal):
    return re.sub(r'\\[n"\\\'t]', lambda match: ESCAPES[match.group(0)], literal[1:-1])


def is_test(path):
    return "test" in path.split("/")


def statements(text):
    """Yields (line, literals, optional) for each statement; adjacent literals are one. `optional` are those beside ? or :."""
    line, start, literals, optional, previous = 1, 1, [], set(), ""
    for match in TOKEN.finditer(text):
        token = match.group(0)
        if token.startswith(("//", "/*")) or token == "\n":
            line += token.count("\n")
            continue
        if token.startswith('"'):
            if previous.startswith('"') and literals:
                literals[-1] += unescaped(token)
            else:
                if not literals:
                    start = line
                literals.append(unescaped(token))
            if previous in ("?", ":"):
                optional.add(len(literals) - 1)
        elif token == "?" and literals:
            # `cond ? a : b`: what stands before is the condition or an earlier part.
            pass
        elif token in (";", "{", "}"):
            if literals:
                yield start, literals, optional
            literals, optional = [], set()
        line += token.count("\n")
        previous = token
    if literals:
        yield start, literals, optional


def segments(literal):
    """The fixed parts of a literal or a format string that say something."""
    return [part for part in (piece.strip(" '\"\n") for piece in CONVERSION.split(literal)) if len(re.sub(r"\W", "", part)) >= 3]


def test_lines(files):
    lines = []
    for path, text in files.items():
        if not is_test(path) or not path.endswith(TESTS) or path.startswith("test/House/"):
            continue
        if path.endswith((".cpp", ".c", ".h")):
            lines += ["".join(literals) for _, literals, _ in statements(text)]
        elif path.endswith(".py"):
            # Adjacent literals over several lines are one sentence.
            lines += re.sub(r"[\"']\s*\n\s*f?[\"']", "", text).splitlines()
        else:
            lines += text.splitlines()
    return [line for line in lines if "expect" in line or "got" in line]


def in_order(parts, line):
    position = 0
    for part in parts:
        position = line.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


def diagnostics(files):
    for path, text in sorted(files.items()):
        if is_test(path) or not path.endswith(CODE):
            continue
        for line, literals, optional in statements(text):
            # What stands before the sentence are conditions and other arguments.
            first = next((i for i, literal in enumerate(literals) if SENTENCE.match(literal)), None)
            if first is None:
                continue
            literals[first] = literals[first][SENTENCE.match(literals[first]).end() - len("expects "):]
            fixed = [part for i, literal in enumerate(literals) if i >= first and i not in optional for part in segments(literal)]
            alternatives = [segments(literals[i]) for i in sorted(optional) if i >= first]
            name = "%s: %s" % (path, " ... ".join(fixed + ["|".join(part) for part in alternatives]))
            yield line, name, fixed, alternatives


def ungrammatical(files):
    """Calls that emit a sentence which does not begin as sentences do."""
    for path, text in sorted(files.items()):
        if is_test(path) or not path.endswith(CODE):
            continue
        for match in EMITS.finditer(text):
            literals = [literal for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', match.group(0)) if len(re.sub(r"\W", "", literal)) >= 3]
            if literals and not SENTENCE.match(literals[0]):
                yield "%s:%d: expects a diagnostic to begin with 'expects', but got '%s'" % (path, text.count("\n", 0, match.start()) + 1, literals[0])


def allowed(files):
    return [line for line in files.get(LIST, "").splitlines() if line and not line.startswith("#")]


def check(files):
    lines = test_lines(files)
    complaints, missing, seen = list(ungrammatical(files)), set(allowed(files)), set()
    for number, name, fixed, alternatives in diagnostics(files):
        groups = [fixed] if fixed else []
        groups += [part for part in alternatives if part]
        tested = all(any(in_order(group, line) for line in lines) for group in groups)
        if not tested:
            seen.add(name)
        if not tested and name not in missing:
            complaints.append("%s (line %d): expects a test to show this sentence, but got none" % (name, number))
    complaints += ["%s: expects a line of %s to be an untested sentence, but got '%s'" % (LIST, LIST, name) for name in sorted(missing - seen)]
    return complaints


SAY = 'return op.emitOpError("expects the rank of ") << name << " to be " << 2 << ", but got " << rank;\n'
PLANTS = [
    ({"lib/A.cpp": SAY}, "expects a test to show this sentence"),
    ({"lib/A.cpp": SAY, "test/a.mlir": "// expected-error@+1 {{expects the rank of x}}\n"}, "expects a test to show this sentence"),
    ({"runtime/src/a.c": 'f(e, "expects %s to be below %d, but "\n  "got %d", a, b, c);\n'}, "expects a test to show this sentence"),
    ({"lib/A.cpp": 'e() << "expects the set to be " << (x ? "open and wide" : "closed");\n',
      "test/a.mlir": "expects the set to be closed\n"}, "expects a test to show this sentence"),
    ({"tools/a.cpp": 'errs() << "attn-a: expects " << what << " to say why, but got none";\n'}, "expects a test to show this sentence"),
    ({"lib/A.cpp": 'e() << path << ": expects " << what << " to be there, but got none";\n'}, "expects a test to show this sentence"),
    ({"lib/A.cpp": 'return op.emitOpError("invalid rank");\n'}, "to begin with 'expects'"),
    ({LIST: "lib/A.cpp: expects nothing\n"}, "to be an untested sentence"),
]
CLEAN = {
    "lib/A.cpp": SAY,
    "test/a.mlir": "// expected-error@+1 {{'a' op expects the rank of x to be 2, but got 3}}\n",
    "runtime/src/a.c": 'f(e, "expects %s to be below %d, but "\n  "got %d", a, b, c);\n',
    "runtime/test/ATest.cpp": 'EXPECT_EQ(s, "expects x to be "\n  "below 3, but got 4");\n',
}

def shrink():
    """Takes the sentences off the list that a test shows by now, or that are no longer said."""
    files = tree.load()
    lines = files.pop(LIST).splitlines()
    untested = {complaint.rsplit(" (line ", 1)[0] for complaint in check(files) if " (line " in complaint}
    with open(os.path.join(tree.ROOT, LIST), "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines if line.startswith("#") or line in untested))


if __name__ == "__main__":
    if sys.argv[1:] == ["--shrink"]:
        shrink()
    else:
        tree.main(check, PLANTS, CLEAN)
