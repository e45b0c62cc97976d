# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The Debian packages: which file lies in which, whether each names the packages that its programs load libraries of, and whether they work together."""

import fnmatch
import os
import re
import shutil

from wrong import expect

# Package -> patterns: every file matches one, and every pattern a file. `%` is the version.
CONTENTS = {
    "libattn-rt1": ["/usr/lib/libattn_rt.so.1", "/usr/lib/libattn_rt.so.1.%"],
    "libattn-rt-dev": [
        "/usr/include/attn_rt/*.h", "/usr/include/attn_rt/*.hpp", "/usr/lib/libattn_rt.a",
        "/usr/lib/libattn_rt.so", "/usr/lib/pkgconfig/attn_rt.pc", "/usr/lib/cmake/attn_rt/attn_rtConfig.cmake",
        "/usr/lib/cmake/attn_rt/attn_rtConfigVersion.cmake", "/usr/lib/cmake/attn_rt/attn_rtTargets.cmake",
        "/usr/lib/cmake/attn_rt/attn_rtTargets-release.cmake"],
    "attn-rt-tools": ["/usr/bin/attn-run", "/usr/bin/attn-bench"],
    "attn-compiler": [
        "/usr/bin/attn-compile", "/usr/bin/attn-opt", "/usr/bin/attn-translate", "/usr/bin/attn-mask", "/usr/lib/libAttnCompiler.so",
        "/usr/lib/libAttnCompiler.so.%", "/usr/lib/libAttnCompiler.so.[0-9]*.[0-9]*", "/usr/lib/cmake/attn/attnConfig.cmake",
        "/usr/lib/cmake/attn/attnConfigVersion.cmake",
        "/usr/lib/cmake/attn/AttnCompile.cmake", "/usr/lib/cmake/attn/attnTools.cmake", "/usr/lib/cmake/attn/attnTools-release.cmake",
        "/usr/lib/cmake/attn/attnCompiler.cmake", "/usr/lib/cmake/attn/attnCompiler-release.cmake", "/usr/include/attn-mlir/attn/*.h",
        "/usr/include/attn-mlir/attn/*.td", "/usr/include/attn-mlir/attn/*.h.inc", "/usr/include/attn-mlir/dialects/*.h",
        "/usr/include/attn-mlir/dialects/*.td", "/usr/include/attn-mlir/dialects/*.h.inc", "/usr/share/attn/examples/plugin/*"],
}
# Without LLVM: all that programs of these may load.
WITHOUT_LLVM = ("libattn-rt1", "attn-rt-tools")
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "ld-linux-x86-64.so.2", "libattn_rt.so.1"}
# Library -> the package that a dependency has to name; the others are asked of dpkg.
OURS = {"libattn_rt.so.1": "libattn-rt1"}


def needed(place, path):
    """The libraries that a program or a library loads."""
    return re.findall(r"\(NEEDED\).*\[(.*)\]", place.run("readelf", "-d", path))


def packages_folder(place):
    return place.path("packages")


def contents(place):
    """Makes the packages and looks at the names in them."""
    folder = packages_folder(place)
    place.run(os.path.join(os.path.dirname(place.cmake), "cpack"), "-G", "DEB", "--config", os.path.join(place.build, "CPackConfig.cmake"), "-B", folder)
    found = {name.split("_")[0]: os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".deb")}
    expect(set(found) == set(CONTENTS), "the packages %s" % sorted(CONTENTS), sorted(found))
    for package, path in found.items():
        version = place.run("dpkg-deb", "-f", path, "Version").strip()
        listing = place.run("dpkg-deb", "-c", path).splitlines()
        files = [re.sub(r" -> .*| link to .*", "", line).split(None, 5)[5][1:] for line in listing if not line.startswith("d")]
        patterns = [pattern.replace("%", version) for pattern in CONTENTS[package]] + ["/usr/share/doc/%s/copyright" % package]
        for file in files:
            expect(any(fnmatch.fnmatch(file, pattern) for pattern in patterns), "%s to be in no package, or in CONTENTS of packages.py" % file, package)
        for pattern in patterns:
            expect(any(fnmatch.fnmatch(file, pattern) for file in files), "%s to have %s" % (package, pattern), files)
        os.makedirs(place.path("unpacked", package))
        place.run("dpkg-deb", "-x", path, place.path("unpacked", package))


def programs(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def owner(place, library):
    """The package that a library of the system is of."""
    if library in OURS:
        return OURS[library]
    folders = ("/usr/lib/llvm-22/lib", "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/lib64")
    # libLLVM is in the folder of LLVM only by a link of the -dev package.
    path = next((os.path.join(folder, library) for folder in folders[1:] + folders[:1] if os.path.exists(os.path.join(folder, library))), None)
    expect(path, "%s to be on this system" % library, "nothing")
    # A merged /usr knows some files by their old names.
    names = sorted({path, os.path.realpath(path), path.replace("/usr/lib", "/lib")})
    result = place.run("sh", "-c", "dpkg -S %s 2>/dev/null || true" % " ".join(names))
    expect(result, "%s to be of a package" % path, "none")
    return result.split(":")[0]


def dependencies(place):
    """Depends names the package of each library that is loaded; what runs modules loads no LLVM."""
    count, owners = 0, {}  # dpkg takes seconds for an answer
    for package in CONTENTS:
        folder = place.path("unpacked", package)
        archive = next(name for name in os.listdir(packages_folder(place)) if name.startswith(package + "_"))
        fields = place.run("dpkg-deb", "-f", os.path.join(packages_folder(place), archive), "Depends")
        depends = {word.split()[0] for word in fields.split(",") if word.strip()}
        inside = {os.path.basename(path) for path in programs(folder)} | set(os.listdir(os.path.join(folder, "usr/lib"))
                                                                            if os.path.isdir(os.path.join(folder, "usr/lib")) else [])
        for path in programs(folder):
            libraries = set(needed(place, path))
            if package in WITHOUT_LLVM:
                expect(libraries <= SYSTEM_LIBRARIES, "%s to load nothing beyond the C and C++ libraries" % path, sorted(libraries - SYSTEM_LIBRARIES))
            for library in libraries - inside:
                if library not in owners:
                    owners[library] = owner(place, library)
                expect(owners[library] in depends, "%s to depend on %s for %s" % (package, owners[library], library), sorted(depends))
                count += 1
            sections = place.run("readelf", "-SW", path)
            expect(" .symtab " not in sections, "%s to be stripped" % path, "a .symtab")
    expect(count > 10, "libraries to be looked at", count)
    development = place.run("sh", "-c", "dpkg-deb -f %s/libattn-rt-dev_*.deb Depends" % packages_folder(place))
    expect(re.match(r"libattn-rt1 \(= [0-9.]+\)", development), "libattn-rt-dev to depend on its libattn-rt1", development)


def unpacked(place):
    """The packages, unpacked into one root: a model is compiled with one and run with the other."""
    root = place.path("root")
    for package in CONTENTS:
        shutil.copytree(place.path("unpacked", package), root, symlinks=True, dirs_exist_ok=True)
    tools = os.path.join(root, "usr", "bin")
    model, module = place.path("double.mlir"), place.path("double.so")
    with open(model, "w", encoding="utf-8") as file:
        file.write("func.func @double(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %y = arith.addf %x, %x : tensor<4xf32>\n"
                   "  return %y : tensor<4xf32>\n}\n")
    place.run(os.path.join(tools, "attn-compile"), model, "-o", module)
    output = place.run(os.path.join(tools, "attn-run"), module, "4xf32=1,2,3,4", "--print=0", "--expect", "4xf32=2,4,6,8")
    expect("4 elements compared, 0 differ" in output, "4 elements to be equal", output)
    place.compared += 4
