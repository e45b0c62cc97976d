# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a step of check.py fails."""


class Wrong(Exception):
    """What is installed is not what it should be."""


def expect(condition, subject, actual):
    if not condition:
        raise Wrong("expects %s, but got %s" % (subject, actual))
