#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports model directories that something is wrong with, and prints how each ended.

usage: refused.py DIR...            imports each directory as it is
       refused.py --cases FILE DIR  for each line `CASE: EDIT ++ EDIT...` of the file imports the tiny model after these
                                    edits (see make_tiny_bert.py), made in DIR

Prints a line `exit CODE: LINE` for each line on stderr, the directory written as DIR; a module on stdout is
`exit CODE: a module that makes RESULTS`.
"""

import re
import shutil
import subprocess
import sys

import make_tiny_bert


def report(directory):
    command = ["attn-translate", "--import-hf", directory]
    result = subprocess.run(command, capture_output=True, timeout=60)
    lines = result.stderr.decode(errors="replace").splitlines()
    names = re.findall(r'attn.name = "(last_hidden_state|embedding)"', result.stdout.decode())
    lines += ["a module that makes " + " and ".join(names)] if names else []
    for line in lines or ["silence"]:
        print("exit %d: %s" % (result.returncode, line.replace(directory, "DIR")), flush=True)


def cases(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("CASE: "):
                yield line[len("CASE: ") :].rstrip("\n").split(" ++ ")


if __name__ == "__main__":
    if sys.argv[1] == "--cases":
        for edits in cases(sys.argv[2]):
            shutil.rmtree(sys.argv[3], ignore_errors=True)
            make_tiny_bert.main(sys.argv[3], *edits)
            report(sys.argv[3])
    else:
        for name in sys.argv[1:]:
            report(name)
