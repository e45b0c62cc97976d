/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Mapping and relocation.  Every address used here was checked against the
 * segments, so a damaged file is refused and never followed. */
#define _GNU_SOURCE
#include "image.h"

#include "error.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static attn_rt_status system_refused(attn_rt_error *error, const char *what) {
  char buffer[32];
  attn_rt_status status = errno == ENOMEM ? ATTN_RT_OUT_OF_MEMORY : ATTN_RT_IO;
  return attn_rti_fail(error, status, "expects to %s the module, but got %s", what,
                       attn_rti_errno_text(errno, buffer, sizeof buffer));
}

static int protection(uint32_t flags) {
  return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

static attn_rt_status reserve(const attn_rti_elf *elf, attn_rti_image *image, attn_rt_error *error) {
  size_t size = (size_t)(elf->end + elf->alignment);
  void *memory = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return system_refused(error, "reserve addresses for");
  uintptr_t base = ((uintptr_t)memory + elf->alignment - 1) & ~(uintptr_t)(elf->alignment - 1);
  image->reserved = memory;
  image->reserved_size = size;
  image->base = (unsigned char *)base;
  return ATTN_RT_OK;
}

static attn_rt_status map_segment(const attn_rti_elf *elf, const attn_rti_segment *segment, unsigned char *base,
                                  attn_rt_error *error) {
  uint64_t skew = segment->address & (PAGE - 1);
  unsigned char *begin = base + (segment->address - skew);
  uint64_t in_file = segment->file_size + skew;
  uint64_t in_memory = segment->memory_size + skew;
  uint64_t file_pages = (in_file + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  int mode = protection(segment->flags);
  if (segment->file_size > 0 && mmap(begin, in_file, mode, MAP_PRIVATE | MAP_FIXED, elf->source.fd,
                                     (off_t)(segment->offset - skew)) == MAP_FAILED)
    return system_refused(error, "map");
  if (segment->file_size == 0)
    file_pages = 0;
  if (in_memory > file_pages && mmap(begin + file_pages, in_memory - file_pages, mode,
                                     MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
    return system_refused(error, "map");
  /* The rest of the last file page holds other parts of the file. */
  if ((segment->flags & PF_W) && file_pages > in_file)
    memset(begin + in_file, 0, file_pages - in_file);
  return ATTN_RT_OK;
}

static uint32_t relative_type(uint16_t machine) {
  return machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
}

static attn_rt_status relocate(const attn_rti_elf *elf, unsigned char *base, attn_rt_error *error) {
  for (uint64_t at = 0; at < elf->rela_size; at += sizeof(Elf64_Rela)) {
    Elf64_Rela rela;
    memcpy(&rela, base + elf->rela_address + at, sizeof rela);
    if (ELF64_R_TYPE(rela.r_info) != relative_type(elf->machine))
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects relative relocations, but got type "
                           "%" PRIu64,
                           (uint64_t)ELF64_R_TYPE(rela.r_info));
    uint64_t target = (uint64_t)rela.r_addend;
    if (!attn_rti_elf_contains(elf, rela.r_offset, 8, PF_R | PF_W) || target > elf->end)
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects relocations inside writable segments, but "
                           "got one of 0x%" PRIx64 " to 0x%" PRIx64,
                           (uint64_t)rela.r_offset, target);
    uint64_t value = (uint64_t)(uintptr_t)base + target;
    memcpy(base + rela.r_offset, &value, sizeof value);
  }
  return ATTN_RT_OK;
}

/* Protects the whole pages of the read-only-after-relocation part, which is
 * clipped to its segment: a linker may round its end up. */
static attn_rt_status protect(const attn_rti_elf *elf, unsigned char *base, attn_rt_error *error) {
  for (int32_t i = 0; i < elf->segment_count; ++i) {
    const attn_rti_segment *segment = &elf->segments[i];
    uint64_t delta = elf->relro_address - segment->address;
    if (elf->relro_address < segment->address || delta >= segment->memory_size)
      continue;
    uint64_t size = segment->memory_size - delta;
    size = elf->relro_size < size ? elf->relro_size : size;
    uint64_t begin = elf->relro_address & ~(uint64_t)(PAGE - 1);
    uint64_t end = (elf->relro_address + size) & ~(uint64_t)(PAGE - 1);
    if (end > begin && mprotect(base + begin, end - begin, PROT_READ) != 0)
      return system_refused(error, "protect");
  }
  return ATTN_RT_OK;
}

attn_rt_status attn_rti_image_map(const attn_rti_elf *elf, attn_rti_image *image, attn_rt_error *error) {
  memset(image, 0, sizeof *image);
  if (elf->relro_size && !attn_rti_elf_contains(elf, elf->relro_address, 1, PF_R | PF_W))
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects PT_GNU_RELRO to lie in a writable segment, "
                         "but got address 0x%" PRIx64,
                         elf->relro_address);
  if (sysconf(_SC_PAGESIZE) != PAGE)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects pages of %d bytes, but got %ld", PAGE,
                         sysconf(_SC_PAGESIZE));
  attn_rt_status status = reserve(elf, image, error);
  for (int32_t i = 0; i < elf->segment_count && !status; ++i)
    status = map_segment(elf, &elf->segments[i], image->base, error);
  if (!status)
    status = relocate(elf, image->base, error);
  if (!status && elf->relro_size)
    status = protect(elf, image->base, error);
  if (status)
    attn_rti_image_unmap(image);
  return status;
}

void attn_rti_image_unmap(attn_rti_image *image) {
  if (image->reserved)
    munmap(image->reserved, image->reserved_size);
  memset(image, 0, sizeof *image);
}

attn_rt_status attn_rti_check_descriptor_counts(const struct attn_rt_descriptor *descriptor, const attn_rti_note *note,
                                                attn_rt_error *error) {
  if (descriptor->magic != ATTN_RT_ABI_MAGIC || descriptor->abi_major != note->abi_major ||
      descriptor->abi_minor != note->abi_minor)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects the descriptor to have ABI version %u.%u as in the note, but "
                         "got magic 0x%08" PRIx32 " and %u.%u",
                         note->abi_major, note->abi_minor, descriptor->magic, descriptor->abi_major,
                         descriptor->abi_minor);
  if (descriptor->variant_count != note->variant_count || descriptor->function_count != note->function_count)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects the descriptor to have %" PRIu32 " variants of %" PRIu32
                         " functions as in the note, but got %" PRIu32 " of %" PRIu32,
                         note->variant_count, note->function_count, descriptor->variant_count,
                         descriptor->function_count);
  return ATTN_RT_OK;
}

static int pointer_is_in(const attn_rti_elf *elf, const attn_rti_image *image, const void *pointer, uint64_t size,
                         uint32_t flags) {
  uintptr_t at = (uintptr_t)pointer, base = (uintptr_t)image->base;
  return at >= base && attn_rti_elf_contains(elf, at - base, size, flags);
}

attn_rt_status attn_rti_image_check_descriptor(const attn_rti_elf *elf, const attn_rti_image *image,
                                               const attn_rti_note *note, attn_rt_error *error) {
  struct attn_rt_descriptor descriptor;
  memcpy(&descriptor, image->base + elf->descriptor_address, sizeof descriptor);
  attn_rt_status status = attn_rti_check_descriptor_counts(&descriptor, note, error);
  if (status)
    return status;
  size_t count = (size_t)note->variant_count * note->function_count;
  uint64_t table = count * sizeof(void *);
  int valid = (elf->descriptor_address & 7) == 0 && ((uintptr_t)descriptor.entries & 7) == 0 &&
              ((uintptr_t)descriptor.plans & 7) == 0 && pointer_is_in(elf, image, descriptor.entries, table, PF_R) &&
              pointer_is_in(elf, image, descriptor.plans, table, PF_R);
  for (size_t i = 0; valid && i < count; ++i)
    valid = pointer_is_in(elf, image, (const void *)(uintptr_t)descriptor.entries[i], 1, PF_X) &&
            pointer_is_in(elf, image, (const void *)(uintptr_t)descriptor.plans[i], 1, PF_X);
  if (!valid)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects the descriptor to point to functions of the "
                         "module, but got another address");
  if (note->weights_bytes && !pointer_is_in(elf, image, descriptor.weights, note->weights_bytes, PF_R))
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects %" PRIu64 " bytes of weights inside one "
                         "segment, but got another place",
                         note->weights_bytes);
  return ATTN_RT_OK;
}
