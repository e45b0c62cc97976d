# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Configuration of the lit suite: which files are tests, and where the tools are.
import os
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
