# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Which files are tests, and what their RUN lines may say: %plugin-opt is attn-opt with the plugin.
import os

import lit.formats

config.name = "limit-context"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join([config.attn_tools_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.substitutions.append(("%plugin-opt", "attn-opt --load-pass-plugin=" + config.plugin))
