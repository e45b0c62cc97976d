# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The Debian packages of the runtime, for CPack: `cpack -G DEB` in the build folder. Dependencies are written by hand, because a machine that builds
# packages need not have dpkg-dev; a test compares them with what the files of each package load.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME attn)
set(CPACK_PACKAGE_VENDOR attn-mlir)
set(CPACK_PACKAGE_CONTACT "the authors of attn-mlir <attn-mlir@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_LIST_DIR}/../../LICENSE)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_COMPONENTS_ALL runtime development tools)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libattn-rt1)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "runtime of compiled attention models\n Loads and runs modules made by attn-compile. Needs no LLVM.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "libc6 (>= 2.34)")
# The loader's cache is renewed, and packages of programs that link the library find out what to depend on.
file(WRITE ${PROJECT_BINARY_DIR}/debian/triggers "activate-noawait ldconfig\n")
file(WRITE ${PROJECT_BINARY_DIR}/debian/shlibs "libattn_rt 1 libattn-rt1 (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA "${PROJECT_BINARY_DIR}/debian/triggers;${PROJECT_BINARY_DIR}/debian/shlibs")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libattn-rt-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "headers and static library of the attention runtime\n For C99 and C++17 programs that run modules made by attn-compile; for CMake and pkg-config.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libattn-rt1 (= ${PROJECT_VERSION})")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME attn-rt-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION utils)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "run and measure compiled attention models\n attn-run and attn-bench, for machines without the compiler.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "libattn-rt1 (= ${PROJECT_VERSION}), libc6 (>= 2.34), libgcc-s1, libstdc++6 (>= 12), zlib1g")

# attn_package_licence(COMPONENT): where Debian looks for it.
function(attn_package_licence component)
  string(TOUPPER ${component} upper)
  install(FILES ${CPACK_RESOURCE_FILE_LICENSE} RENAME copyright COMPONENT ${component}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
endfunction()
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  attn_package_licence(${component})
endforeach()
