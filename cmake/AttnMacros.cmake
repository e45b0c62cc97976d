# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The project's few CMake words: find MLIR, add a library of a room, add a tool, generate from TableGen.

# Finds the packaged LLVM and MLIR and sets the flags that their headers need. A macro, so that what it sets reaches the caller's scope.
macro(attn_find_mlir)
  # The packages' version file accepts 22.1 only, not 22.
  find_package(MLIR 22.1 CONFIG HINTS /usr/lib/llvm-22 QUIET)
  if(NOT MLIR_FOUND)
    message(FATAL_ERROR "MLIR 22.1 was not found. On Debian 12, run scripts/setup, or install "
      "llvm-22-dev libmlir-22-dev mlir-22-tools llvm-22-tools lld-22 liblld-22-dev zlib1g-dev libzstd-dev")
  endif()
  list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
  include(TableGen)
  include(AddLLVM)
  include(AddMLIR)
  separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  add_definitions(${LLVM_DEFINITIONS_LIST})
  include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/runtime/include
    ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/include)
  # The compiler spends its time inside libLLVM and libMLIR; -O1 halves the time to build it.
  add_compile_options(-Wall -Wextra -Wno-unused-parameter -O1)
  find_program(ATTN_LIT NAMES lit llvm-lit HINTS ${LLVM_TOOLS_BINARY_DIR})
  find_program(ATTN_LLD NAMES ld.lld ld.lld-22 HINTS ${LLVM_TOOLS_BINARY_DIR})
  if(ATTN_LLD)
    add_link_options(--ld-path=${ATTN_LLD})
  endif()
endmacro()

# Precompiles the MLIR headers that nearly every file of the compiler reads: parsing them is five sixths of the time to compile one.
function(attn_precompile_headers)
  add_library(AttnPrecompiledHeaders STATIC ${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp)
  target_compile_options(AttnPrecompiledHeaders PRIVATE -fPIC)
  target_precompile_headers(AttnPrecompiledHeaders PRIVATE
    <mlir/Dialect/Affine/IR/AffineOps.h>
    <mlir/Dialect/Arith/IR/Arith.h>
    <mlir/Dialect/Bufferization/IR/Bufferization.h>
    <mlir/Dialect/Func/IR/FuncOps.h>
    <mlir/Dialect/LLVMIR/LLVMDialect.h>
    <mlir/Dialect/Linalg/IR/Linalg.h>
    <mlir/Dialect/Math/IR/Math.h>
    <mlir/Dialect/MemRef/IR/MemRef.h>
    <mlir/Dialect/SCF/IR/SCF.h>
    <mlir/Dialect/Tensor/IR/Tensor.h>
    <mlir/Dialect/Vector/IR/VectorOps.h>
    <mlir/IR/PatternMatch.h>
    <mlir/Pass/Pass.h>)
endfunction()

# attn_add_library(NAME sources... [DEPENDS targets...] [LINK_LIBS libraries...]): a static library of one room, which becomes part of the shared
# AttnCompiler; unit tests link rooms one by one. MLIR itself is always the one shared library: two copies of it in a process abort, and plugins must
# see the same one.
function(attn_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS} MLIR)
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM AttnPrecompiledHeaders)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY ATTN_ROOMS ${name})
endfunction()

# attn_add_compiler_library(): AttnCompiler, all rooms in one shared library, which the tools and everybody's plugins link. The identity of an op or of
# an attribute is the address of a variable beside its code, so a process must hold one copy of the dialect: a plugin with a copy of its own loads, sees
# no attention in any module and says nothing. Symbols that attn-opt itself exports work as well, but a plugin then finds only what attn-opt happens to
# use, learns what is missing when it is loaded and not when it is linked, and has no host but attn-opt, so no unit tests.
function(attn_add_compiler_library)
  get_property(rooms GLOBAL PROPERTY ATTN_ROOMS)
  list(TRANSFORM rooms REPLACE ".+" "$<TARGET_OBJECTS:\\0>" OUTPUT_VARIABLE objects)
  add_library(AttnCompiler SHARED ${objects})
  # Nothing is taken from the archives any more: they say what they need.
  target_link_libraries(AttnCompiler PRIVATE ${rooms} PUBLIC MLIR LLVM)
  # lld's own symbols stay inside: a plugin may bring another lld.
  target_link_options(AttnCompiler PRIVATE -Wl,-z,defs -Wl,--exclude-libs,liblldELF.a:liblldCommon.a)
  # C++ promises nothing between releases before 1.0.
  set_target_properties(AttnCompiler PROPERTIES EXPORT_NAME compiler
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# attn_add_tool(NAME sources...): an executable in build/bin.
function(attn_add_tool name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE AttnCompiler)
  # A change inside the library needs no new executable.
  set_target_properties(${name} PROPERTIES LINK_DEPENDS_NO_SHARED ON)
endfunction()

# attn_add_passes(ROOM): generates Passes.h.inc of include/attn/ROOM/Passes.td into the build tree, as target AttnROOMPassesIncGen.
function(attn_add_passes room)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name=Attn${room})
  add_public_tablegen_target(Attn${room}PassesIncGen)
endfunction()

# attn_add_unittest(NAME sources... [LINK_LIBS libraries...]): a GoogleTest executable in build/bin, registered with CTest under its name.
function(attn_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM GTest::gtest GTest::gtest_main)
  # LLVM is built without run-time type information, and its classes are subclassed in tests.
  target_compile_options(${name} PRIVATE -fno-rtti)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
