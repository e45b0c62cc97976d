# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Configuration of the lit suite: which files are tests, and where the tools are.
import os
import subprocess
import sys

import lit.formats

config.name = "attn"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)

tools = [os.path.join(config.attn_binary_dir, "bin"), config.llvm_tools_dir]
config.environment["PATH"] = os.pathsep.join(tools + [os.environ["PATH"]])
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --allow-unused-prefixes=false --dump-input=fail"
config.substitutions.append(("%attn_src", config.attn_source_dir))
config.substitutions.append(("%attn_lib", os.path.join(config.attn_binary_dir, "lib")))
config.substitutions.append(("%cc", config.c_compiler))
config.substitutions.append(("%python", sys.executable))

# Tests that run what they compiled ask for the instructions they need.
try:
    with open("/proc/cpuinfo") as cpuinfo:
        flags = next((line.split() for line in cpuinfo if line.startswith("flags")), [])
except OSError:
    flags = []
for feature, needed in {"x86-64-v4": ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"], "x86-64-v3": ["avx2", "fma", "bmi2"]}.items():
    if all(flag in flags for flag in needed):
        config.available_features.add(feature)


def find_python_with_numpy():
    """The python3 that a numeric test runs in: Debian's has numpy (package python3-numpy), one in front of it on the PATH may not."""
    for candidate in ("python3", "/usr/bin/python3"):
        if subprocess.run([candidate, "-c", "import numpy"], capture_output=True).returncode == 0:
            return candidate
    lit_config.fatal("expects a python3 with numpy, but got none; on Debian install python3-numpy")


config.substitutions.append(("%numpy-python", find_python_with_numpy()))
