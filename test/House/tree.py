# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the checks of the house share: the files of the tree as text, and a driver that first proves a check able to fail.

A check is a function from a tree, a dict of path -> text, to a list of complaints. Beside it stands a list of plants: small trees with one
violation each, and a piece of the complaint that has to come. The driver runs the plants, then the real tree; a plant that is not seen is a
failure as much as a complaint about the tree is.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = (".npz", ".npy", ".so", ".png")


def listed(root):
    """Paths of the tree's files: what git tracks or would track, or all files of a copy without git."""
    command = ["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0 and result.stdout:
        return sorted(set(result.stdout.splitlines()))
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".git", "build", ".venv", "models", "__pycache__"))]
        paths += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(paths)


def load(root=ROOT):
    tree = {}
    for path in listed(root):
        full = os.path.join(root, path)
        if not os.path.isfile(full) or path.endswith(BINARY) or "/corpus/" in path:
            continue
        with open(full, "rb") as file:
            tree[path] = file.read().decode("utf-8", errors="replace")
    return tree


def main(check, plants, clean):
    """Exit status of a check: every plant is seen, the clean tree is not complained about, nor is the real one."""
    failures = []
    for planted, expected in plants:
        complaints = check(planted)
        if not any(expected in complaint for complaint in complaints):
            failures.append("self-test: expects a complaint with '%s', but got %s" % (expected, complaints))
    failures += ["self-test: expects no complaint about a clean tree, but got %s" % c for c in check(clean)]
    complaints = check(load())
    for line in failures + complaints:
        print(line)
    print("%d planted violations seen, %d complaints" % (len(plants) - len(failures), len(complaints)))
    sys.exit(1 if failures or complaints else 0)
