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

# attn_add_library(NAME sources... [DEPENDS targets...] [LINK_LIBS libraries...]): a static library of one room. MLIR itself is always the one
# shared library: two copies of it in a process abort, and plugins must see the same one.
function(attn_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS} MLIR)
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM AttnPrecompiledHeaders)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# attn_add_tool(NAME sources... [LINK_LIBS libraries...]): an executable in build/bin.
function(attn_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
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
