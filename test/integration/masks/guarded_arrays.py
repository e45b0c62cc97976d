# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arrays of numpy that begin behind, or end before, a protected page: one element too many ends the process there and then.

What attn-guarded-run does for a process of its own, for calls from Python, thousands of them a minute.
"""

import ctypes
import mmap

import numpy as np

PAGE = mmap.PAGESIZE
# An index that is off by a row still ends in it.
GUARD = 64 * PAGE

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

NONE, READ, WRITE = 0, 1, 2


class Place:
    """Memory for one array after the other, with protected pages on both sides of each."""

    def __init__(self):
        self.address, self.room = None, 0

    def _reserve(self, bytes):
        if self.address is not None and bytes <= self.room:
            return
        self.free()
        self.room = max(2 * bytes, 16 * PAGE) // PAGE * PAGE
        self.address = _libc.mmap(None, self.room + 2 * GUARD, NONE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        if self.address in (None, ctypes.c_void_p(-1).value):
            raise MemoryError(f"expects {self.room} bytes of address space, but got none")

    def put(self, array, at_end, writable=False):
        """A copy of `array` that lies at the first byte of its pages, or at the last."""
        pages = -(-array.nbytes // PAGE) * PAGE
        self._reserve(pages)
        if array.nbytes == 0:
            return array
        first = self.address + GUARD
        # What the last array left lies beyond the new one.
        _libc.mprotect(first, self.room, NONE)
        _libc.mprotect(first, pages, READ | WRITE)
        start = first + (pages - array.nbytes if at_end else 0)
        copy = np.ndarray(array.shape, array.dtype, (ctypes.c_char * array.nbytes).from_address(start))
        copy[...] = array
        if not writable:
            _libc.mprotect(first, pages, READ)
        return copy

    def free(self):
        if self.address is not None:
            _libc.munmap(self.address, self.room + 2 * GUARD)
            self.address = None
