# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` copies of the runtime, in the components that become packages: `runtime` (the library), `development` (headers, the static
# library, what CMake and pkg-config read), `tools`. Everything finds everything else relative to itself, so that the prefix may be moved.
include(CMakePackageConfigHelpers)

install(TARGETS attn_rt_shared EXPORT attn_rt
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS attn_rt_static EXPORT attn_rt
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/attn_rt
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(attn_rt_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/attn_rt)
install(EXPORT attn_rt NAMESPACE attn:: FILE attn_rtTargets.cmake DESTINATION ${attn_rt_cmake_dir} COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/attn_rtConfig.cmake.in ${PROJECT_BINARY_DIR}/attn_rtConfig.cmake
  INSTALL_DESTINATION ${attn_rt_cmake_dir})
# Until 1.0.0 a minor release may change anything.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/attn_rtConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/attn_rtConfig.cmake ${PROJECT_BINARY_DIR}/attn_rtConfigVersion.cmake
  DESTINATION ${attn_rt_cmake_dir} COMPONENT development)

# The way from the folder of attn_rt.pc to the prefix, so that it needs no absolute path.
file(RELATIVE_PATH attn_rt_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" attn_rt_pc_to_prefix ${attn_rt_pc_to_prefix})
configure_file(${PROJECT_SOURCE_DIR}/cmake/attn_rt.pc.in ${PROJECT_BINARY_DIR}/attn_rt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/attn_rt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
