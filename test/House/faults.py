# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The list of planted faults stays true while the tree changes: each text to replace occurs once, each name once, and each fault changes something.

Whether the tests notice the faults is what scripts/faults finds out; that takes a build for each of them.
"""

import os
import sys

import tree

sys.path.insert(0, os.path.join(tree.ROOT, "test", "faults"))

from list import FAULTS, Fault  # noqa: E402


def complaints_about(faults, files):
    names = [fault.name for fault in faults]
    for fault in faults:
        where = "test/faults/list.py: %s: " % fault.name
        count = files.get(fault.file, "").count(fault.old)
        if count != 1:
            yield where + "expects the text to replace to occur once in %s, but got %d times" % (fault.file, count)
        if fault.old == fault.new:
            yield where + "expects a fault to change something, but got the same text"
        if names.count(fault.name) != 1:
            yield where + "expects each name once, but got %d times" % names.count(fault.name)
        if fault.test.partition(" ")[0] not in ("ctest", "lit"):
            yield where + "expects a test of ctest or lit, but got '%s'" % fault.test


def check(files):
    """The trees of the self-test bring their own list, in `faults`."""
    return list(complaints_about(files.get("faults", FAULTS), files))


ONE = Fault("one", "a.c", "x < y", "x <= y", "a", "ctest a")
PLANTS = [
    ({"faults": [ONE], "a.c": "x > y"}, "but got 0 times"),
    ({"faults": [ONE], "a.c": "x < y; x < y"}, "but got 2 times"),
    ({"faults": [ONE, ONE], "a.c": "x < y"}, "expects each name once"),
    ({"faults": [ONE._replace(new="x < y")], "a.c": "x < y"}, "expects a fault to change something"),
    ({"faults": [ONE._replace(test="make a")], "a.c": "x < y"}, "expects a test of ctest or lit"),
]
CLEAN = {"faults": [ONE], "a.c": "x < y"}

if __name__ == "__main__":
    tree.main(check, PLANTS, CLEAN)
