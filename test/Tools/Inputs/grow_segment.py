# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Copies a module so that its last writable segment has 2 TB of zeros behind what is in the file: grow_segment.py FROM TO"""

import struct
import sys

PT_LOAD, PF_W = 1, 2

with open(sys.argv[1], "rb") as file:
    module = bytearray(file.read())
table, (count,) = struct.unpack_from("<Q", module, 32)[0], struct.unpack_from("<H", module, 56)
headers = [table + 56 * number for number in range(count)]
writable = [at for at in headers if struct.unpack_from("<II", module, at)[0] == PT_LOAD and struct.unpack_from("<II", module, at)[1] & PF_W]
struct.pack_into("<Q", module, writable[-1] + 40, 1 << 41)
with open(sys.argv[2], "wb") as file:
    file.write(module)
