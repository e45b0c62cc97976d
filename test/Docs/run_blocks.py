# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Does what a page of the documentation tells its reader to do.

usage: run_blocks.py PAGE --build DIR [--cc FILE] [--python FILE] [--model]     runs the page's blocks, with --model those that need the sentence model too
       run_blocks.py --self-test --build DIR                    shows on made-up pages that a wrong page fails

--cc and --python are what `cc` and `python3` mean on the pages: a machine may have a compiler without that name, and a Python without numpy.

The blocks run in order, in a fresh folder that looks like the top of the tree (`build` is the build tree), with its tools in PATH:

  ```sh             a bash script that must succeed; `sh model` needs the model and its tools
  ```python         a program that must succeed; it finds attn_rt
  ```text           right after one of these: lines that its output must have, in this order; `...` in a line stands for anything
  ```mlir NAME      is written to NAME and must be read by attn-opt without change of meaning
  ```c NAME         is written to NAME, for a later block to compile; so are `cpp NAME` and `cmake NAME`
  ```console        `$ FILE ...`: not run, but FILE must be an executable of the tree
Files that the page links to must exist.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
KINDS = {"sh", "python", "text", "mlir", "c", "cpp", "cmake", "console"}
LIMIT_SECONDS = 600


class Wrong(Exception):
    """The page says something that is not so."""


def blocks(text):
    for match in FENCE.finditer(text):
        kind, _, rest = match.group(1).strip().partition(" ")
        yield text.count("\n", 0, match.start()) + 1, kind, rest.strip(), match.group(2)


def check_output(expected, output):
    """Every line of `expected` is in `output`, in order; blank lines and the width of spaces do not count."""
    lines = [" ".join(line.split()) for line in output.splitlines()]
    position = 0
    for wanted in (" ".join(line.split()) for line in expected.splitlines() if line.strip()):
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
        found = next((i for i in range(position, len(lines)) if pattern.fullmatch(lines[i])), None)
        if found is None:
            raise Wrong("expects the line '%s' in the output, but got:\n%s" % (wanted, output))
        position = found + 1


class Page:
    def __init__(self, text, folder, arguments):
        self.text, self.folder, self.model, self.output, self.ran = text, folder, arguments.model, None, 0
        for name in os.listdir(ROOT):
            if name != "build" and not name.startswith(".git"):
                os.symlink(os.path.join(ROOT, name), os.path.join(folder, name))
        os.symlink(os.path.abspath(arguments.build), os.path.join(folder, "build"))
        names = os.path.join(folder, ".names")
        os.mkdir(names)
        for name, file in (("cc", arguments.cc), ("python3", arguments.python)):
            if file:
                os.symlink(shutil.which(file), os.path.join(names, name))
        self.environment = dict(os.environ, PATH=os.pathsep.join([os.path.join(folder, "build", "bin"), names, os.environ["PATH"]]),
                                PYTHONPATH=os.path.join(folder, "build", "python"), PYTHONDONTWRITEBYTECODE="1")

    def run(self, command):
        result = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, env=self.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, check=False)
        if result.returncode:
            raise Wrong("expects the block to succeed, but got exit status %d:\n%s" % (result.returncode, result.stdout))
        self.ran += 1
        return result.stdout

    def write(self, name, body):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(body)

    def do(self, kind, rest, body):
        if kind not in KINDS:
            raise Wrong("expects a block of a kind that runs, but got '%s'" % kind)
        if kind in ("sh", "python"):
            skipped = rest == "model" and not self.model
            self.write("block.py", body if kind == "python" else "")
            self.output = None  # of a block that fails there is none
            self.output = None if skipped else self.run(body if kind == "sh" else "python3 block.py")
        elif kind == "text" and self.output is not None:
            check_output(body, self.output)
        elif kind in ("mlir", "c", "cpp", "cmake") and rest:
            self.write(rest, body)
        if kind == "mlir":
            self.write("block.mlir", body)
            self.run("attn-opt block.mlir -split-input-file | attn-opt -split-input-file >/dev/null")
        if kind == "console":
            self.check_console(body)

    def check_console(self, body):
        for line in body.splitlines():
            if line.startswith("$ "):
                name = os.path.join(self.folder, line.split()[1])
                if not os.access(name, os.X_OK) or os.path.isdir(name):
                    raise Wrong("expects an executable of the tree, but got '%s'" % line.split()[1])
                self.ran += 1


def run_page(text, where, arguments):
    """Runs a page; returns complaints and the number of commands that ran."""
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        page = Page(text, folder, arguments)
        for line, kind, rest, body in blocks(text):
            try:
                page.do(kind, rest, body)
            except (Wrong, subprocess.TimeoutExpired) as wrong:
                complaints.append("%s:%d: %s" % (where, line, wrong))
        base = os.path.dirname(where)
        complaints += ["%s: expects a link to a file of the tree, but got '%s'" % (where, link) for link in LINK.findall(FENCE.sub("", text))
                       if not os.path.exists(os.path.join(ROOT, base, link))]
    return complaints, page.ran


PLANTS = [
    ("```sh\nfalse\n```\n", "exit status 1"),
    ("```sh\nfalse | cat\n```\n", "exit status 1"),
    ("```sh\necho a\n```\n```text\nb\n```\n", "expects the line 'b'"),
    ("```sh\nprintf 'a\\nb\\n'\n```\n```text\nb\na\n```\n", "expects the line 'a'"),
    ("```console\n$ scripts/no-such-script\n```\n", "expects an executable"),
    ("```perl\nprint 1\n```\n", "expects a block of a kind"),
    ("```python\nprint(1 / 0)\n```\n", "ZeroDivisionError"),
    ("```python\nprint(1)\n```\n```text\n2\n```\n", "expects the line '2'"),
    ("[a](docs/no-such-page.md)\n", "expects a link"),
    ("```mlir\nfunc.func @f( {\n```\n", "exit status"),
]
CLEAN = "```sh\ntest -d build && echo one two\n```\n```text\none ...\n```\n[a](README.md)\n```c a.c\nint a;\n```\n```sh\ntest -f a.c\n```\n"
CLEAN += "```python\nimport attn_rt\nprint(attn_rt.Status.OK.name)\n```\n```text\nOK\n```\n"


def self_test(arguments):
    complaints = []
    for text, expected in PLANTS:
        found, _ = run_page(text, "PLANT", arguments)
        if not any(expected in line for line in found):
            complaints.append("self-test: expects a complaint with '%s', but got %s" % (expected, found))
    found, ran = run_page(CLEAN, "CLEAN", arguments)
    if found or ran != 3:
        complaints.append("self-test: expects 3 blocks and no complaint, but got %d and %s" % (ran, found))
    return complaints, len(PLANTS) + ran


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", nargs="?")
    parser.add_argument("--build", required=True)
    parser.add_argument("--cc")
    parser.add_argument("--python")
    parser.add_argument("--model", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        complaints, ran = self_test(arguments)
    else:
        with open(os.path.join(ROOT, arguments.page), encoding="utf-8") as file:
            complaints, ran = run_page(file.read(), arguments.page, arguments)
    print("\n".join(complaints + ["%d commands run, %d complaints" % (ran, len(complaints))]))
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
