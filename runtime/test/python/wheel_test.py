# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The wheel: same bytes twice, a true RECORD, and installed into an empty folder it runs a module and builds a program in C.

usage: wheel_test.py MAKE_WHEEL LIBRARY VERSION CMAKE CC
"""

import base64
import csv
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

MODULE = os.path.join(os.environ["ATTN_RT_TEST_MODULES"], "hello.so")
USE = """
import os, sys
import numpy as np
import attn_rt
assert os.path.dirname(os.path.dirname(attn_rt.__file__)) == sys.argv[1], attn_rt.__file__
x = np.arange(1000, dtype=np.float32)
assert (attn_rt.load(sys.argv[2])(x) == 2 * x).all()
maps = open("/proc/self/maps").read()
assert os.path.join(sys.argv[1], "attn_rt", "libattn_rt.so.1") in maps, maps
assert os.path.exists(os.path.join(attn_rt.include_dir(), "attn_rt", "attn_rt.h"))
print(attn_rt.cmake_dir())
"""
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(app C)
find_package(attn_rt 0.1 REQUIRED)
add_executable(app app.c)
target_link_libraries(app PRIVATE attn::rt)
"""
APP = """
#include "attn_rt/attn_rt.h"
int main(void) { return attn_rt_version() == ((ATTN_RT_VERSION_MAJOR << 16) | ATTN_RT_VERSION_MINOR) ? 0 : 1; }
"""


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def check_record(wheel):
    """Every file is listed with its size and hash, and nothing else is."""
    files = {name: wheel.read(name) for name in wheel.namelist()}
    record = next(name for name in files if name.endswith(".dist-info/RECORD"))
    rows = {row[0]: row[1:] for row in csv.reader(files[record].decode().splitlines())}
    assert rows.keys() == files.keys(), (rows.keys() ^ files.keys())
    for name, data in files.items():
        digest = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert name == record or rows[name] == [digest, str(len(data))], name
    assert sum(name.endswith((".h", ".hpp")) for name in files) >= 3, sorted(files)
    return len(files)


def install(path, target):
    """With pip where there is one; a wheel is installed by unpacking it, too."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        run(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-cache-dir", "--target", target, path)
        return "pip"
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(target)
    return "unpacking"


def main():
    make_wheel, library, version, cmake, compiler = sys.argv[1:]
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ATTN_RT_LIBRARY")}
    with tempfile.TemporaryDirectory() as folder:
        paths = [run(sys.executable, make_wheel, "--library=" + library, "--version=" + version,
                     "--output=" + os.path.join(folder, output)).strip() for output in ("one", "two")]
        data = [open(path, "rb").read() for path in paths]
        assert data[0] == data[1], "expects two wheels to be equal, but got %s" % paths
        assert os.path.basename(paths[0]).startswith("attn_rt-%s-py3-none-manylinux_2_" % version), paths
        with zipfile.ZipFile(paths[0]) as wheel:
            files = check_record(wheel)
        target, app = os.path.join(folder, "target"), os.path.join(folder, "app")
        how = install(paths[0], target)
        cmake_dir = run(sys.executable, "-c", USE, target, MODULE, env=dict(environment, PYTHONPATH=target), cwd=folder).strip()
        os.mkdir(app)
        for name, text in (("CMakeLists.txt", PROJECT), ("app.c", APP)):
            with open(os.path.join(app, name), "w", encoding="utf-8") as file:
                file.write(text)
        run(cmake, "-S", app, "-B", app, "-DCMAKE_C_COMPILER=" + compiler, "-Dattn_rt_DIR=" + cmake_dir, env=environment)
        run(cmake, "--build", app, env=environment)
        run(os.path.join(app, "app"), env=environment)
        print("%s: %d files, %d bytes, installed by %s, imported, run, linked" % (os.path.basename(paths[0]), files, len(data[0]), how))


if __name__ == "__main__":
    main()
