# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The Debian package of the compiler, beside those of the runtime. The -dev packages of MLIR are only for those who write passes.
list(APPEND CPACK_COMPONENTS_ALL compiler)
set(CPACK_DEBIAN_COMPILER_PACKAGE_NAME attn-compiler)
set(CPACK_DEBIAN_COMPILER_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMPILER_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/debian/triggers)
set(CPACK_COMPONENT_COMPILER_DESCRIPTION "compiler for attention models\n attn-compile makes native modules of models; attn-opt, attn-translate and attn-mask are for those who extend it, with headers and a CMake package.")
set(CPACK_DEBIAN_COMPILER_PACKAGE_DEPENDS
  "libmlir-${LLVM_VERSION_MAJOR}, libllvm${LLVM_VERSION_MAJOR}, libc6 (>= 2.34), libgcc-s1, libstdc++6 (>= 12), libzstd1, zlib1g")
set(CPACK_DEBIAN_COMPILER_PACKAGE_RECOMMENDS "libattn-rt-dev (= ${PROJECT_VERSION}), attn-rt-tools")
set(CPACK_DEBIAN_COMPILER_PACKAGE_SUGGESTS
  "libmlir-${LLVM_VERSION_MAJOR}-dev, mlir-${LLVM_VERSION_MAJOR}-tools, llvm-${LLVM_VERSION_MAJOR}-dev, llvm-${LLVM_VERSION_MAJOR}-tools")
attn_package_licence(compiler)
