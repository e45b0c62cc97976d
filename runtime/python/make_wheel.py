# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the wheel of attn_rt: attn_rt.py, the built library, the headers and a CMake package. Needs nothing but Python, and no network.

usage: make_wheel.py --library=libattn_rt.so.1 --version=0.1.0 [--output=DIR]
       pip install --no-deps --target=somewhere attn_rt-*.whl

The same input makes the same bytes. The tag says which glibc the library asks for.
"""

import argparse
import base64
import hashlib
import os
import re
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
RUNTIME = os.path.dirname(HERE)
MACHINES = {62: "x86_64", 183: "aarch64"}  # e_machine

METADATA = """Metadata-Version: 2.1
Name: attn-rt
Version: %(version)s
Summary: Runs modules made by attn-compile
License: Apache-2.0 WITH LLVM-exception
Requires-Python: >=3.8
Requires-Dist: numpy>=1.22
Description-Content-Type: text/markdown

# attn-rt

%(description)s
"""
WHEEL = """Wheel-Version: 1.0
Generator: attn-mlir %(version)s
Root-Is-Purelib: false
Tag: %(tag)s
"""
CMAKE = """# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The runtime of this Python package, for programs in C and C++: attn::rt.
if(NOT TARGET attn::rt)
  get_filename_component(attn_rt_folder "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)
  add_library(attn::rt SHARED IMPORTED)
  set_target_properties(attn::rt PROPERTIES
    IMPORTED_LOCATION "${attn_rt_folder}/libattn_rt.so.1"
    IMPORTED_SONAME libattn_rt.so.1
    INTERFACE_INCLUDE_DIRECTORIES "${attn_rt_folder}/include")
endif()
"""
CMAKE_VERSION = """# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(PACKAGE_VERSION %(version)s)
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
"""


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


def platform_tag(library):
    """manylinux_2_N of the newest symbol version of glibc that the library names."""
    if library[:6] != b"\x7fELF\x02\x01":
        raise SystemExit("make_wheel: expects the library to be a little-endian ELF64 file, but got another")
    number = int.from_bytes(library[18:20], "little")
    if number not in MACHINES:
        raise SystemExit("make_wheel: expects a library for x86-64 or aarch64, but got machine %d" % number)
    glibc = max([int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)(?:\.\d+)?\0", library)], default=None)
    return ("linux_" if glibc is None else "manylinux_2_%d_" % glibc) + MACHINES[number]


def contents(arguments, tag):
    """Path in the wheel -> bytes."""
    values = {"version": arguments.version, "tag": tag}
    source = read(HERE, "attn_rt.py")
    values["description"] = re.search(r'"""(.*?)"""', source.decode(), re.S).group(1).strip()
    files = {"attn_rt/__init__.py": source, "attn_rt/libattn_rt.so.1": read(arguments.library),
             "attn_rt/cmake/attn_rtConfig.cmake": CMAKE.encode(),
             "attn_rt/cmake/attn_rtConfigVersion.cmake": (CMAKE_VERSION % values).encode()}
    headers = os.path.join(RUNTIME, "include", "attn_rt")
    for name in sorted(os.listdir(headers)):
        if name.endswith((".h", ".hpp")):
            files["attn_rt/include/attn_rt/" + name] = read(headers, name)
    info = "attn_rt-%s.dist-info/" % arguments.version
    files[info + "METADATA"] = (METADATA % values).encode()
    files[info + "WHEEL"] = (WHEEL % values).encode()
    files[info + "licenses/LICENSE"] = read(RUNTIME, os.pardir, "LICENSE")
    return info, files


def write(path, info, files):
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        def add(name, data):
            entry = zipfile.ZipInfo(name)  # of 1980: no clock in the bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if ".so" in name else 0o644) << 16
            wheel.writestr(entry, data)
        for name, data in files.items():
            add(name, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append("%s,sha256=%s,%d\n" % (name, digest, len(data)))
        add(info + "RECORD", "".join(record + [info + "RECORD,,\n"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    tag = "py3-none-" + platform_tag(read(arguments.library))
    path = os.path.join(arguments.output, "attn_rt-%s-%s.whl" % (arguments.version, tag))
    os.makedirs(arguments.output, exist_ok=True)
    write(path, *contents(arguments, tag))
    print(path)


if __name__ == "__main__":
    main()
