/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Opening and closing modules: file or memory -> ELF checks -> description ->
 * CPU variant -> image -> descriptor checks. */
#define _GNU_SOURCE
#include "module.h"

#include "cpu.h"
#include "error.h"
#include "run_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static attn_rt_status io_error(attn_rt_error *error, const char *what) {
  char buffer[32];
  attn_rt_status status = errno == ENOENT ? ATTN_RT_NOT_FOUND : ATTN_RT_IO;
  return attn_rti_fail(error, status, "expects to %s, but got %s", what,
                       attn_rti_errno_text(errno, buffer, sizeof buffer));
}

static void destroy(attn_rt_module *module) {
  attn_rti_cache_trim(&module->workspaces);
  attn_rti_cache_trim(&module->scratch);
  attn_rti_image_unmap(&module->image);
  attn_rti_arena_free(&module->arena);
  attn_rt_allocator allocator = module->allocator;
  attn_rti_free(&allocator, module, sizeof *module);
}

void attn_rti_module_retain(attn_rt_module *module) {
  atomic_fetch_add_explicit(&module->references, 1, memory_order_relaxed);
}

void attn_rti_module_release(attn_rt_module *module) {
  if (atomic_fetch_sub_explicit(&module->references, 1, memory_order_acq_rel) == 1) {
    int saved = errno;
    destroy(module);
    errno = saved;
  }
}

/* The caller's options in a struct of today's size. */
static attn_rt_status read_options(const attn_rt_open_options *given, attn_rt_open_options *options,
                                   attn_rt_error *error) {
  memset(options, 0, sizeof *options);
  if (given && given->struct_size < sizeof given->struct_size)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects open options to be made with "
                         "ATTN_RT_OPEN_OPTIONS_INIT, but got size %zu",
                         given->struct_size);
  if (given)
    memcpy(options, given, given->struct_size < sizeof *options ? given->struct_size : sizeof *options);
  const attn_rt_allocator *allocator = options->allocator;
  if (allocator && (!allocator->allocate || !allocator->free))
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects an allocator to have allocate and free, but "
                         "got NULL");
  return options->executor ? attn_rti_check_executor(options->executor, error) : ATTN_RT_OK;
}

static attn_rt_status create(const attn_rt_open_options *options, attn_rt_module **created, attn_rt_error *error) {
  attn_rt_allocator allocator = options->allocator ? *options->allocator : attn_rti_default_allocator;
  attn_rt_module *module = attn_rti_allocate(&allocator, sizeof *module);
  if (!module)
    return attn_rti_fail(error, ATTN_RT_OUT_OF_MEMORY,
                         "expects %zu bytes for a module, but got none from "
                         "the allocator",
                         sizeof *module);
  memset(module, 0, sizeof *module);
  atomic_store(&module->references, 1);
  module->allocator = allocator;
  if (options->executor)
    module->executor = *options->executor;
  module->arena.allocator = &module->allocator;
  module->scratch.allocator = &module->allocator;
  module->workspaces.allocator = &module->allocator;
  *created = module;
  return ATTN_RT_OK;
}

static attn_rt_status read_description(attn_rt_module *module, const void *bytes, size_t size, attn_rt_error *error) {
  attn_rt_status status = attn_rti_note_read(bytes, size, &module->arena, &module->note, error);
  for (uint32_t i = 0; !status && i < module->note.function_count; ++i) {
    struct attn_rt_function *function = &module->note.functions[i];
    function->module = module;
    size_t bytes_needed = attn_rti_scratch_bytes(function);
    if (bytes_needed > module->scratch_bytes)
      module->scratch_bytes = bytes_needed;
  }
  return status;
}

static attn_rt_status read_note(attn_rt_module *module, const attn_rti_elf *elf, attn_rt_error *error) {
  size_t size = (size_t)elf->note_size;
  void *bytes = attn_rti_allocate(&module->allocator, size);
  if (!bytes)
    return attn_rti_fail(error, ATTN_RT_OUT_OF_MEMORY,
                         "expects %zu bytes for the module description, but "
                         "got none from the allocator",
                         size);
  attn_rt_status status = attn_rti_source_read(&elf->source, elf->note_offset, bytes, size, error);
  if (!status)
    status = read_description(module, bytes, size, error);
  attn_rti_free(&module->allocator, bytes, size);
  if (!status && module->note.machine != elf->machine)
    status = attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects the note's machine to be %u as in the ELF "
                           "header, but got %" PRIu32,
                           elf->machine, module->note.machine);
  return status;
}

static attn_rt_status choose_variant(attn_rt_module *module, const char *variant, attn_rt_error *error) {
  attn_rti_cpu cpu;
  if (module->note.machine != attn_rti_host_machine())
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a module for machine %" PRIu32 ", but got one for machine %" PRIu32 " ('%s')",
                         attn_rti_host_machine(), module->note.machine, module->note.target);
  attn_rti_cpu_detect(&cpu);
  return attn_rti_choose_variant(&module->note, &cpu, variant, &module->variant, error);
}

static attn_rt_status load(attn_rt_module *module, const attn_rti_source *source, const attn_rt_open_options *options,
                           attn_rt_error *error) {
  attn_rti_elf elf;
  attn_rt_status status = attn_rti_elf_read(source, &elf, error);
  if (!status)
    status = read_note(module, &elf, error);
  if (status || options->inspect)
    return status;
  status = choose_variant(module, options->variant, error);
  if (!status)
    status = attn_rti_elf_read_dynamic(&elf, error);
  if (!status)
    status = attn_rti_image_map(&elf, &module->image, error);
  if (!status)
    status = attn_rti_image_check_descriptor(&elf, &module->image, &module->note, error);
  if (!status)
    module->descriptor = (const void *)(module->image.base + elf.descriptor_address);
  return status;
}

/* Takes over nothing: the image stays mapped without the descriptor open. */
static attn_rt_status open_descriptor(int fd, const attn_rt_open_options *options, attn_rt_module **opened,
                                      attn_rt_error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0)
    return io_error(error, "ask for the file's size");
  if (!S_ISREG(info.st_mode))
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects a regular file, but got another kind");
  attn_rti_source source = {fd, NULL, (uint64_t)info.st_size};
  attn_rt_module *module = NULL;
  attn_rt_status status = create(options, &module, error);
  if (status)
    return status;
  status = load(module, &source, options, error);
  if (status)
    destroy(module);
  else
    *opened = module;
  return status;
}

static attn_rt_status open_path(const char *path, const attn_rt_open_options *given, attn_rt_module **module,
                                attn_rt_error *error) {
  attn_rt_open_options options;
  attn_rt_status status = read_options(given, &options, error);
  if (status)
    return status;
  /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return io_error(error, "open the file");
  status = open_descriptor(fd, &options, module, error);
  close(fd);
  return status;
}

attn_rt_status attn_rt_module_open(const char *path, const attn_rt_open_options *options, attn_rt_module **module,
                                   attn_rt_error *error) {
  int saved = errno;
  *module = NULL;
  attn_rt_status status = open_path(path, options, module, error);
  if (status)
    attn_rti_prefix(error, "module '%.200s': ", path);
  errno = saved;
  return status;
}

static attn_rt_status write_all(int fd, const unsigned char *data, size_t size, attn_rt_error *error) {
  while (size > 0) {
    ssize_t wrote = write(fd, data, size);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return io_error(error, "copy the module");
    data += wrote;
    size -= (size_t)wrote;
  }
  return ATTN_RT_OK;
}

static attn_rt_status open_copy(const void *data, size_t size, const attn_rt_open_options *given,
                                attn_rt_module **module, attn_rt_error *error) {
  attn_rt_open_options options;
  attn_rt_status status = read_options(given, &options, error);
  if (status)
    return status;
  int fd = memfd_create("attn_rt_module", MFD_CLOEXEC);
  if (fd < 0)
    return io_error(error, "create a file in memory");
  status = write_all(fd, data, size, error);
  if (!status)
    status = open_descriptor(fd, &options, module, error);
  close(fd);
  return status;
}

attn_rt_status attn_rt_module_open_memory(const void *data, size_t size, const attn_rt_open_options *options,
                                          attn_rt_module **module, attn_rt_error *error) {
  int saved = errno;
  *module = NULL;
  attn_rt_status status = open_copy(data, size, options, module, error);
  if (status)
    attn_rti_prefix(error, "module in memory: ");
  errno = saved;
  return status;
}

static attn_rt_status open_linked(const struct attn_rt_descriptor *descriptor, const void *description, size_t size,
                                  const attn_rt_open_options *options, attn_rt_module *module, attn_rt_error *error) {
  attn_rt_status status = read_description(module, description, size, error);
  if (!status)
    status = attn_rti_check_descriptor_counts(descriptor, &module->note, error);
  if (!status && !options->inspect)
    status = choose_variant(module, options->variant, error);
  if (!status && !options->inspect)
    module->descriptor = descriptor;
  return status;
}

attn_rt_status attn_rt_module_open_linked(const struct attn_rt_descriptor *descriptor, const void *description,
                                          size_t description_size, const attn_rt_open_options *given,
                                          attn_rt_module **module, attn_rt_error *error) {
  int saved = errno;
  attn_rt_open_options options;
  attn_rt_module *created = NULL;
  *module = NULL;
  attn_rt_status status = read_options(given, &options, error);
  if (!status)
    status = create(&options, &created, error);
  if (!status)
    status = open_linked(descriptor, description, description_size, &options, created, error);
  if (!status)
    *module = created;
  else if (created)
    destroy(created);
  if (status)
    attn_rti_prefix(error, "linked module: ");
  errno = saved;
  return status;
}

void attn_rt_module_close(attn_rt_module *module) {
  if (module)
    attn_rti_module_release(module);
}

void attn_rt_module_trim(attn_rt_module *module) {
  attn_rti_cache_trim(&module->workspaces);
  attn_rti_cache_trim(&module->scratch);
}
