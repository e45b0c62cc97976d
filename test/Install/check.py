# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs what was built, and does with it, outside of the tree and in a clean environment, what its users do.

usage: check.py --source DIR --build DIR --cc FILE --cxx FILE --cmake FILE --ninja FILE [--only REGEX]

Every step is run, also after one that failed; a step is a function of STEPS or of packages.py, and --only needs those before it that it uses: `install`
and `runtime_alone` make the prefixes. exit status: 0 when every step passed
"""

import argparse
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import packages
from wrong import Wrong, expect

HERE = os.path.dirname(os.path.abspath(__file__))
STEP_SECONDS = 600
# Optimising what runs once is not worth the time.
QUICK = ["-DCMAKE_C_FLAGS_RELEASE=-O0", "-DCMAKE_CXX_FLAGS_RELEASE=-O0"]


class Place:
    """The folders of one run, and commands in a clean environment."""

    def __init__(self, arguments, top):
        self.source, self.build, self.top, self.compared = arguments.source, arguments.build, top, 0
        self.cc, self.cxx, self.cmake = arguments.cc, arguments.cxx, arguments.cmake
        self.prefix, self.runtime_prefix = os.path.join(top, "everything"), os.path.join(top, "runtime-alone")
        tools = [os.path.dirname(arguments.cmake), os.path.dirname(arguments.ninja), "/usr/bin", "/bin"]
        # Nothing of the caller's: no CMAKE_PREFIX_PATH, no LD_LIBRARY_PATH, no PKG_CONFIG_PATH.
        self.environment = {"PATH": os.pathsep.join(tools), "HOME": top, "LANG": "C", "CC": self.cc, "CXX": self.cxx}

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def run(self, *command, status=0, **environment):
        """The command's output; Wrong unless it ends with the status."""
        result = subprocess.run(command, cwd=self.top, env={**self.environment, **environment}, text=True, errors="replace", stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=STEP_SECONDS, check=False)
        if result.returncode != status:
            raise Wrong("expects `%s` to end with %d, but got %d:\n%s" % (" ".join(command), status, result.returncode, result.stdout))
        return result.stdout

    def configure(self, source, build, *options, status=0):
        return self.run(self.cmake, "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", *options, status=status)

    def make(self, build, status=0):
        return self.run(self.cmake, "--build", build, status=status)

    def copy(self, name):
        """A project of Inputs, where nothing of the tree is around it."""
        shutil.copytree(os.path.join(HERE, "Inputs", name), self.path(name), dirs_exist_ok=True)
        return self.path(name)

    def expect_numbers(self, output, expected, tolerance):
        got = [float(word) for word in output.split()]
        if len(got) != len(expected) or not expected:
            raise Wrong("expects %d numbers, but got '%s'" % (len(expected), output))
        for number, (actual, right) in enumerate(zip(got, expected)):
            if not abs(actual - right) <= tolerance:
                raise Wrong("expects number %d to be %g, but got %g" % (number, right, actual))
        self.compared += len(got)


def files_below(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(where, name)


def install_and_move(place, build, prefix):
    """Installs, then moves the prefix: whoever remembers where it was finds nothing there."""
    first = prefix + ".first"
    place.run(place.cmake, "--install", build, "--prefix", first)
    os.rename(first, prefix)
    known = [path.encode() for path in (place.source, place.build, build, first)]
    count = 0
    for path in files_below(prefix):
        if os.path.islink(path):
            expect(os.path.exists(path), "the link %s to lead somewhere" % path, os.readlink(path))
            continue
        with open(path, "rb") as file:
            text = file.read()
        found = [name.decode() for name in known if name in text]
        expect(not found, "%s to name no folder of the build" % path, found)
        count += 1
    expect(count > 10, "files to be installed below %s" % prefix, count)


def install(place):
    install_and_move(place, place.build, place.prefix)


def headers(place):
    """What an installed header or TableGen file of the compiler includes is installed, too."""
    include = os.path.join(place.prefix, "include")
    count = 0
    for path in files_below(os.path.join(include, "attn-mlir")):
        with open(path, encoding="utf-8") as file:
            names = re.findall(r'^#?\s*include\s+"([^"]+)"', file.read(), re.M)
        for name in names:
            if not name.startswith(("mlir/", "llvm/")):
                found = any(os.path.isfile(os.path.join(folder, name)) for folder in (os.path.join(include, "attn-mlir"), include, os.path.dirname(path)))
                expect(found, "%s, which %s includes, to be installed" % (name, os.path.relpath(path, include)), "no such file")
                count += 1
    expect(count > 20, "include lines to be looked at", count)


def runtime_alone(place):
    build = place.path("build-runtime")
    place.configure(os.path.join(place.source, "runtime"), build, "-DATTN_BUILD_TESTS=OFF", *QUICK)
    place.make(build)
    install_and_move(place, build, place.runtime_prefix)
    expect(not os.path.exists(os.path.join(place.runtime_prefix, "include", "attn-mlir")), "the runtime alone to have no compiler", "include/attn-mlir")


def attention():
    """What hello.c asks for, from the definition, in f64."""
    rows, size, length, bias = 5, 4, 3, [0.5, -1, 2, 0.25]
    q, k, v = ([(factor * i % modulus - shift) / divisor for i in range(rows * size)]
               for factor, modulus, shift, divisor in ((7, 11, 5, 4), (5, 13, 6, 4), (3, 17, 8, 2)))
    result = []
    for i in range(rows):
        keys = [j for j in range(rows) if j <= i and j < length]
        weights = [math.exp(0.5 * sum(q[i * size + e] * k[j * size + e] for e in range(size))) for j in keys]
        result += [sum(w * v[j * size + e] for w, j in zip(weights, keys)) / sum(weights) + bias[e] for e in range(size)]
    return result


def check_hello(place, program, **environment):
    """As in golden_module_test.sh, 2e-6, and half of the last digit that is printed."""
    golden = os.path.join(place.source, "runtime", "test", "golden", "abi-1.0.so")
    place.expect_numbers(place.run(program, golden, **environment), attention(), 2e-6 + 5e-8)


def hello_by_cmake(place):
    project = place.copy("runtime-app")
    for name, prefix in (("all", place.prefix), ("alone", place.runtime_prefix)):
        build = os.path.join(project, "build-" + name)
        place.configure(project, build, "-DCMAKE_PREFIX_PATH=" + prefix)
        place.make(build)
        check_hello(place, os.path.join(build, "hello-rt"))
        check_hello(place, os.path.join(build, "hello-rt_static"))
        libraries = packages.needed(place, os.path.join(build, "hello-rt_static"))
        expect(not any("attn" in name for name in libraries), "the static program to need no library of ours", libraries)


def pkg_config(place, prefix, *options):
    folder = os.path.join(prefix, "lib", "pkgconfig")
    return place.run("pkg-config", *options, "attn_rt", PKG_CONFIG_PATH=folder).split()


def hello_by_pkg_config(place):
    source, program = os.path.join(place.copy("runtime-app"), "hello.c"), place.path("hello-by-pkg-config")
    for prefix in (place.prefix, place.runtime_prefix):
        place.run(place.cc, "-std=c99", source, *pkg_config(place, prefix, "--cflags", "--libs"), "-o", program)
        expect("libattn_rt.so.1" in packages.needed(place, program), "the program to need libattn_rt.so.1", packages.needed(place, program))
        check_hello(place, program, LD_LIBRARY_PATH=os.path.join(prefix, "lib"))
        static = [flag.replace("-lattn_rt", "-l:libattn_rt.a") for flag in pkg_config(place, prefix, "--static", "--cflags", "--libs")]
        place.run(place.cc, "-std=c99", source, *static, "-o", program)
        check_hello(place, program)


def write_bias(path, first, second):
    header = b'{"bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + struct.pack("<2f", first, second))


def model_at_build_time(place):
    """attn_compile: a module and an object, made again when the weights change and not otherwise."""
    project = place.copy("model-app")
    build, weights = os.path.join(project, "build"), os.path.join(project, "biased.safetensors")
    write_bias(weights, 0.5, -1)
    place.configure(project, build, "-DCMAKE_PREFIX_PATH=" + place.prefix)
    for bias in ((0.5, -1), (8, 16)):
        write_bias(weights, *bias)
        place.make(build)
        for program in ("app", "embedded"):
            # Small integers and halves: exact.
            place.expect_numbers(place.run(os.path.join(build, program)), [2 * x + bias[i % 2] for i, x in enumerate((1, 2, 3, 4))], 0)
        again = place.make(build)
        expect("no work to do" in again, "a second build to do nothing", again)
    needed = packages.needed(place, os.path.join(build, "embedded"))
    expect(not any("attn" in name for name in needed), "the embedded model to need no library of ours", needed)


def model_by_hand(place):
    project, made = place.copy("model-app"), place.path("by-hand")
    os.makedirs(made, exist_ok=True)
    write_bias(os.path.join(project, "biased.safetensors"), 0.25, 3)
    place.run(os.path.join(place.prefix, "bin", "attn-compile"), os.path.join(project, "biased.mlir"), "--emit=object", "--target=x86-64-v2",
              "-o", os.path.join(made, "linked-model.o"))
    program = os.path.join(made, "embedded")
    place.run(place.cc, "-std=c99", "-I" + made, "-I" + os.path.join(place.prefix, "include"), os.path.join(project, "embedded.c"),
              os.path.join(made, "linked-model.o"), os.path.join(place.prefix, "lib", "libattn_rt.a"), "-pthread", "-o", program)
    place.expect_numbers(place.run(program), [2.25, 7, 6.25, 11], 0)


def bad_models(place):
    """What attn_compile says, and that a model which does not compile stops the build with the compiler's sentence."""
    project = place.copy("model-app")
    write_bias(os.path.join(project, "biased.safetensors"), 0, 0)
    os.makedirs(os.path.join(project, "empty"), exist_ok=True)
    where, good = os.path.join(project, "build-bad"), ["-DMODEL=biased.mlir", "-DEMIT=object"]
    for options, sentence in (
            (["-DMODEL=no-such.mlir"], "attn_compile(biased): expects MODEL to be a file or a directory, but got '%s/no-such.mlir'" % project),
            (["-DMODEL=empty"], "attn_compile(biased): expects the directory of MODEL to hold a config.json, but got '%s/empty'" % project),
            (["-DEMIT=program"], "attn_compile(linked-model): expects EMIT to be module or object, but got 'program'"),
            (["-DEMIT=module;EMITS"], "attn_compile(linked-model): expects MODEL, EMIT, TARGET, OUTPUT, DEPENDS and OPTIONS, but got 'EMITS'")):
        # In one folder, so that CMake looks at the compilers once.
        output = place.configure(project, where, "-DCMAKE_PREFIX_PATH=" + place.prefix, *good, *options, status=1)
        expect(sentence in " ".join(output.split()), "'%s'" % sentence, output)
    with open(os.path.join(project, "wrong.mlir"), "w", encoding="utf-8") as file:
        file.write("func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  return %y : tensor<4xf32>\n}\n")
    place.configure(project, where, "-DCMAKE_PREFIX_PATH=" + place.prefix, *good, "-DMODEL=wrong.mlir")
    output = place.make(where, status=1)
    expect("use of undeclared SSA value name" in output, "the build to show why the model does not compile", output)


def plugin(place):
    """The template, copied from where it is installed, with its own tests."""
    project = place.path("plugin")
    shutil.copytree(os.path.join(place.prefix, "share", "attn", "examples", "plugin"), project)
    build = os.path.join(project, "build")
    place.configure(project, build, "-DCMAKE_PREFIX_PATH=" + place.prefix, *QUICK)
    place.make(build)
    output = place.run("ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error")
    expect("100% tests passed" in output, "the plugin's tests to pass", output)
    with open(os.path.join(build, "Testing", "Temporary", "LastTest.log"), encoding="utf-8") as file:
        log = file.read()
    expect(re.search(r"Passed: 2 ", log), "both tests of the plugin to run", log)
    for name in (os.path.join(build, "limit-context.so"), os.path.join(place.prefix, "bin", "attn-opt")):
        needed = packages.needed(place, name)
        expect(any(library.startswith("libAttnCompiler.so.") for library in needed), "%s to need libAttnCompiler" % name, needed)


def unknown_component(place):
    project = place.path("unknown")
    os.makedirs(project)
    with open(os.path.join(project, "CMakeLists.txt"), "w", encoding="utf-8") as file:
        file.write("cmake_minimum_required(VERSION 3.25)\nproject(a LANGUAGES C)\nfind_package(attn REQUIRED COMPONENTS python)\n")
    output = place.configure(project, os.path.join(project, "build"), "-DCMAKE_PREFIX_PATH=" + place.prefix, status=1)
    sentence = "expects the components of attn to be compiler, but got 'python'"
    expect(sentence in " ".join(output.split()), "'%s'" % sentence, output)


STEPS = [install, headers, runtime_alone, hello_by_cmake, hello_by_pkg_config, model_at_build_time, model_by_hand, bad_models, unknown_component, plugin,
         packages.contents, packages.dependencies, packages.unpacked]


def main():
    parser = argparse.ArgumentParser()
    for name in ("source", "build", "cc", "cxx", "cmake", "ninja"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as top:
        place = Place(arguments, os.path.realpath(top))
        for step in STEPS:
            if not re.search(arguments.only, step.__name__) and step not in (install, packages.contents):
                continue
            begin = time.monotonic()
            try:
                step(place)
                wrong = None
            except Exception as error:  # a step that an earlier one left without its files
                wrong, failed = "%s: %s" % (type(error).__name__, error), failed + 1
            print("%s: %s (%.1f s)" % (step.__name__, wrong or "passed", time.monotonic() - begin), flush=True)
    print("%d elements compared, %d steps failed" % (place.compared, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
