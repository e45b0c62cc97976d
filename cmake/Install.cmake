# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` copies of the compiler, all in the component `compiler`: tools, AttnCompiler, the headers of the dialects and of lib/ with
# what TableGen made of them, the CMake package `attn`, and the plugin template. The headers lie below include/attn-mlir, because their include lines
# begin with `dialects/`, a name that belongs to nobody.
include(CMakePackageConfigHelpers)
set(attn_headers ${CMAKE_INSTALL_INCLUDEDIR}/attn-mlir)
set(attn_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/attn)
# The libraries of LLVM and MLIR lie in a folder that the loader does not search.
set(attn_rpath "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" ${LLVM_LIBRARY_DIR})

# Two export sets, since whoever compiles models needs neither MLIR nor C++.
set(attn_tools attn-compile attn-opt attn-translate attn-mask)
foreach(tool IN LISTS attn_tools)
  add_executable(attn::${tool} ALIAS ${tool})
endforeach()
set_target_properties(${attn_tools} PROPERTIES INSTALL_RPATH "${attn_rpath}")
install(TARGETS ${attn_tools} EXPORT attn_tools RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT compiler)
install(EXPORT attn_tools NAMESPACE attn:: FILE attnTools.cmake DESTINATION ${attn_cmake_dir} COMPONENT compiler)

add_library(attn::compiler ALIAS AttnCompiler)
set_target_properties(AttnCompiler PROPERTIES INSTALL_RPATH "${LLVM_LIBRARY_DIR}")
target_include_directories(AttnCompiler INTERFACE $<INSTALL_INTERFACE:${attn_headers}>)
target_compile_features(AttnCompiler INTERFACE cxx_std_17)
install(TARGETS AttnCompiler EXPORT attn_compiler LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT compiler)
install(EXPORT attn_compiler NAMESPACE attn:: FILE attnCompiler.cmake DESTINATION ${attn_cmake_dir} COMPONENT compiler)

foreach(tree ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  install(DIRECTORY ${tree}/dialects ${tree}/include/attn DESTINATION ${attn_headers} COMPONENT compiler
    FILES_MATCHING REGEX "\\.(h|td|h\\.inc)$" PATTERN CMakeFiles EXCLUDE)
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/attnConfig.cmake.in ${PROJECT_BINARY_DIR}/attnConfig.cmake
  INSTALL_DESTINATION ${attn_cmake_dir})
# Until 1.0.0 a minor release may change anything.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/attnConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/attnConfig.cmake ${PROJECT_BINARY_DIR}/attnConfigVersion.cmake ${PROJECT_SOURCE_DIR}/cmake/AttnCompile.cmake
  DESTINATION ${attn_cmake_dir} COMPONENT compiler)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/plugin DESTINATION ${CMAKE_INSTALL_DATADIR}/attn/examples COMPONENT compiler)
