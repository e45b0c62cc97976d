# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every pass, op and attribute has a description with an example, and the example is (part of) a test that runs."""

import re

import tree

DEFINITION = re.compile(r"^def (\w+)\s*:\s*(\w+)<(.*?)(?=^def |^class |\Z)", re.M | re.S)
DESCRIPTION = re.compile(r"let description = \[\{(.*?)\}\];", re.S)
BLOCK = re.compile(r"```mlir\n(.*?)```", re.S)
NAMED_TEST = re.compile(r"\btest/[\w/.-]+\.(?:mlir|test)\b")
QUOTED = re.compile(r"Example: `([^`]+)`", re.S)


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def tests(files):
    return {p: t for p, t in files.items() if p.startswith(("test/", "examples/plugin/test/")) and p.endswith((".mlir", ".test")) and "/Inputs/" not in p}


def run_lines(text):
    joined = text.replace("\\\n", " ")
    return "\n".join(line for line in joined.splitlines() if "RUN:" in line)


def flag_runs(flag, text):
    return re.search(r"(?:^|[^\w-])-{0,2}%s(?![\w-])" % re.escape(flag), run_lines(text)) is not None


def definitions(text, *classes):
    for match in DEFINITION.finditer(text):
        name, base, body = match.groups()
        if re.fullmatch("|".join(classes), base):
            description = DESCRIPTION.search(body)
            yield name, body, description.group(1) if description else ""


def check_pass(where, body, description, corpus):
    flag = re.match(r'\s*"([^"]+)"', body).group(1)
    running = {path: text for path, text in corpus.items() if flag_runs(flag, text)}
    if not running:
        return ["%sexpects a test that runs --%s, but got none" % (where, flag)]
    named = NAMED_TEST.findall(description)
    wrong = [path for path in named if path not in running]
    if wrong:
        return ["%sexpects %s to be a test that runs --%s, but got none" % (where, path, flag) for path in wrong]
    blocks = [squeezed(re.split(r"// becomes", block)[0]) for block in BLOCK.findall(description)]
    shown = any(block in squeezed(text) for block in blocks for text in running.values())
    if "Example" not in description or not (named or shown):
        return ["%sexpects an example that is a test of --%s, but got none" % (where, flag)]
    return []


def check_text(where, examples, corpus):
    if not examples:
        return ["%sexpects an example, but got none" % where]
    return ["%sexpects the example '%s' to be in a test, but got none" % (where, example) for example in examples
            if not any(example in squeezed(text) for text in corpus.values())]


def check(files):
    corpus = tests(files)
    complaints = []
    for path, text in files.items():
        if not path.endswith(".td"):
            continue
        for name, body, description in definitions(text, "Pass"):
            complaints += check_pass("%s: %s: " % (path, name), body, description, corpus)
        for name, body, description in definitions(text, "Attn_Op"):
            examples = [squeezed(block) for block in BLOCK.findall(description.partition("Example:")[2])]
            complaints += check_text("%s: %s: " % (path, name), examples, corpus)
        for name, body, description in definitions(text, "Attn_Attr", "Attn_Mask", "Attn_Connective", "Attn_Normalizer"):
            examples = [squeezed(example) for example in QUOTED.findall(description)]
            complaints += check_text("%s: %s: " % (path, name), examples, corpus)
    return complaints


PASS = 'def APass : Pass<"attn-a"> {\n  let description = [{%s}];\n}\n'
OP = 'def Attn_AOp : Attn_Op<"a"> {\n  let description = [{%s}];\n}\n'
ATTR = 'def Attn_AAttr : Attn_Mask<"A", "a"> {\n  let description = [{%s}];\n}\n'
BOX = "\nExample:\n\n```mlir\n%s\n```\n"
RUN = {"test/a.mlir": "// RUN: attn-opt %s -attn-a\n// A file\nattn.a %x\n"}
PLANTS = [
    ({"a.td": PASS % "Says what.", **RUN}, "expects an example that is a test of --attn-a"),
    ({"a.td": PASS % (BOX % "attn.b %x"), **RUN}, "expects an example that is a test of --attn-a"),
    ({"a.td": PASS % "Example: test/b.mlir", **RUN}, "expects test/b.mlir to be a test"),
    ({"a.td": PASS % (BOX % "attn.a %x"), "test/a.mlir": "// RUN: attn-opt %s -attn-ab\nattn.a %x"}, "expects a test that runs --attn-a"),
    ({"a.td": OP % "Says what.", **RUN}, "expects an example, but got none"),
    ({"a.td": OP % (BOX % "attn.a %y"), **RUN}, "expects the example 'attn.a %y'"),
    ({"a.td": ATTR % "Says what.", **RUN}, "expects an example, but got none"),
    ({"a.td": ATTR % "Example: `#attn.a`", **RUN}, "expects the example '#attn.a'"),
    ({"a.td": 'def Attn_BAttr : Attn_Mask<"B", "b">;\n'}, "expects an example, but got none"),
]
CLEAN = {"a.td": PASS % (BOX % "attn.a  %x\n// becomes\n...") + OP % (BOX % "attn.a %x") + ATTR % "Example: `attn.a`", **RUN}

if __name__ == "__main__":
    tree.main(check, PLANTS, CLEAN)
