# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Configuration of the lit suite: which files are tests, and where the tools are.
import os

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
