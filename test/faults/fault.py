# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a planted fault is: see list.py."""

from collections import namedtuple

Fault = namedtuple("Fault", "name file old new targets test")
