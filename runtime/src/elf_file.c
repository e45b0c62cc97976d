/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* ELF header, program headers and notes; see elf_dynamic.c for the rest. */
#define _GNU_SOURCE
#include "elf_file.h"

#include "error.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PROGRAM_HEADERS = 64, PAGE = 4096, MAX_ALIGNMENT = 1 << 21 };
static const uint64_t max_image = UINT64_C(1) << 42;

attn_rt_status attn_rti_source_read(const attn_rti_source *source, uint64_t offset, void *to, size_t size,
                                    attn_rt_error *error) {
  if (offset > source->size || size > source->size - offset)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects the file to hold %zu bytes at %" PRIu64 ", but got %" PRIu64 " bytes in all", size,
                         offset, source->size);
  if (source->fd < 0) {
    memcpy(to, source->data + offset, size);
    return ATTN_RT_OK;
  }
  unsigned char *at = to;
  while (size > 0) {
    ssize_t got = pread(source->fd, at, size, (off_t)offset);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      char buffer[32];
      return attn_rti_fail(error, ATTN_RT_IO, "expects to read the file, but got %s",
                           got ? attn_rti_errno_text(errno, buffer, sizeof buffer) : "its end, it became shorter");
    }
    at += got;
    offset += (uint64_t)got;
    size -= (size_t)got;
  }
  return ATTN_RT_OK;
}

static attn_rt_status check_header(const Elf64_Ehdr *header, attn_rt_error *error) {
  if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects an ELF file, but got other bytes");
  if (header->e_ident[EI_CLASS] != ELFCLASS64)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects a 64-bit ELF file, but got class %u",
                         header->e_ident[EI_CLASS]);
  if (header->e_ident[EI_DATA] != ELFDATA2LSB)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a little-endian ELF file, but got data "
                         "encoding %u",
                         header->e_ident[EI_DATA]);
  if (header->e_ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects ELF version 1, but got %" PRIu32, header->e_version);
  if (header->e_type != ET_DYN)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects an ELF shared object, but got type %u", header->e_type);
  if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 || header->e_phnum > MAX_PROGRAM_HEADERS)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects 1 to %d program headers of %zu bytes, but "
                         "got %u of %u",
                         MAX_PROGRAM_HEADERS, sizeof(Elf64_Phdr), header->e_phnum, header->e_phentsize);
  return ATTN_RT_OK;
}

static int is_bad_alignment(const Elf64_Phdr *header) {
  uint64_t align = header->p_align;
  return align < PAGE || align > MAX_ALIGNMENT || (align & (align - 1)) ||
         ((header->p_vaddr ^ header->p_offset) & (align - 1));
}

static attn_rt_status add_segment(attn_rti_elf *elf, const Elf64_Phdr *header, attn_rt_error *error) {
  const char *fault = NULL;
  uint64_t begin = header->p_vaddr & ~(uint64_t)(PAGE - 1);
  if (elf->segment_count == ATTN_RTI_MAX_SEGMENTS)
    fault = "expects at most 16 loaded segments, but got more";
  else if (header->p_filesz > header->p_memsz || header->p_memsz > max_image || header->p_vaddr > max_image)
    fault = "expects segment sizes that agree, but got others";
  else if (header->p_offset > elf->source.size || header->p_filesz > elf->source.size - header->p_offset)
    fault = "expects segments inside the file, but got one beyond its end";
  else if (is_bad_alignment(header))
    fault = "expects page-aligned segments, but got another alignment";
  else if (begin < elf->end)
    fault = "expects segments in ascending order, but got overlapping ones";
  else if (!(header->p_flags & PF_R))
    fault = "expects readable segments, but got one that is not";
  else if ((header->p_flags & PF_W) && (header->p_flags & PF_X))
    fault = "expects segments that are writable or executable, but got both";
  else if (header->p_filesz != header->p_memsz && !(header->p_flags & PF_W))
    fault = "expects read-only segments to be all in the file, but got more";
  if (fault)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "%s", fault);
  elf->segments[elf->segment_count++] =
      (attn_rti_segment){header->p_offset, header->p_vaddr, header->p_filesz, header->p_memsz, header->p_flags};
  elf->end = (header->p_vaddr + header->p_memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  if (header->p_align > elf->alignment)
    elf->alignment = header->p_align;
  return ATTN_RT_OK;
}

static uint64_t align_up(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

/* Remembers where our note's description is; other notes are left alone. */
static attn_rt_status scan_notes(attn_rti_elf *elf, const Elf64_Phdr *header, attn_rt_error *error) {
  uint64_t at = 0, alignment = header->p_align == 8 ? 8 : 4;
  static const char owner[8] = ATTN_RT_NOTE_OWNER;
  /* A segment that leaves the file fails in the first read beyond it. */
  for (int count = 0; count < 64 && header->p_filesz - at >= 12; ++count) {
    uint32_t head[3];
    char name[8];
    attn_rt_status status = attn_rti_source_read(&elf->source, header->p_offset + at, head, sizeof head, error);
    if (status)
      return status;
    uint64_t description = align_up(12 + (uint64_t)head[0], alignment);
    uint64_t next = align_up(description + head[1], alignment);
    if (description + head[1] > header->p_filesz - at)
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects a note to end inside its segment, but got "
                           "%" PRIu32 " and %" PRIu32 " bytes",
                           head[0], head[1]);
    if (head[0] == 5 && head[2] == ATTN_RT_NOTE_TYPE) {
      status = attn_rti_source_read(&elf->source, header->p_offset + at + 12, name, 5, error);
      if (status)
        return status;
      if (memcmp(name, owner, 5) == 0) {
        if (elf->note_offset)
          return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects one note of owner ATTN, but got two");
        elf->note_offset = header->p_offset + at + description;
        elf->note_size = head[1];
      }
    }
    if (next > header->p_filesz - at)
      break;
    at += next;
  }
  return ATTN_RT_OK;
}

static attn_rt_status read_program_header(attn_rti_elf *elf, const Elf64_Phdr *header, attn_rt_error *error) {
  switch (header->p_type) {
  case PT_LOAD:
    return add_segment(elf, header, error);
  case PT_NOTE:
    if (header->p_offset > elf->source.size || header->p_filesz > elf->source.size - header->p_offset)
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects notes inside the file, but got some beyond "
                           "its end");
    return scan_notes(elf, header, error);
  case PT_DYNAMIC:
    elf->dynamic_offset = header->p_offset;
    elf->dynamic_size = header->p_filesz;
    return ATTN_RT_OK;
  case PT_GNU_RELRO:
    elf->relro_address = header->p_vaddr;
    elf->relro_size = header->p_memsz;
    return ATTN_RT_OK;
  case PT_TLS:
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a module without thread-local storage, but "
                         "got a PT_TLS segment");
  default:
    return ATTN_RT_OK;
  }
}

attn_rt_status attn_rti_elf_read(const attn_rti_source *source, attn_rti_elf *elf, attn_rt_error *error) {
  memset(elf, 0, sizeof *elf);
  elf->source = *source;
  Elf64_Ehdr header;
  attn_rt_status status = attn_rti_source_read(source, 0, &header, sizeof header, error);
  if (!status)
    status = check_header(&header, error);
  for (unsigned i = 0; !status && i < header.e_phnum; ++i) {
    Elf64_Phdr program;
    if (header.e_phoff > source->size)
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects program headers inside the file, but got "
                           "them beyond its end");
    status = attn_rti_source_read(source, header.e_phoff + i * sizeof program, &program, sizeof program, error);
    if (!status)
      status = read_program_header(elf, &program, error);
  }
  if (status)
    return status;
  elf->machine = header.e_machine;
  if (elf->note_offset == 0)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a module made by attn-compile, but got a "
                         "shared object without a note of owner ATTN");
  if (elf->note_size > ATTN_RT_MAX_NOTE_BYTES)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a description of at most %u bytes, but got "
                         "%" PRIu64,
                         ATTN_RT_MAX_NOTE_BYTES, elf->note_size);
  return ATTN_RT_OK;
}

int attn_rti_elf_contains(const attn_rti_elf *elf, uint64_t address, uint64_t size, uint32_t flags) {
  for (int32_t i = 0; i < elf->segment_count; ++i) {
    const attn_rti_segment *segment = &elf->segments[i];
    if ((segment->flags & flags) == flags && address >= segment->address &&
        address - segment->address <= segment->memory_size &&
        size <= segment->memory_size - (address - segment->address))
      return 1;
  }
  return 0;
}

attn_rt_status attn_rti_elf_read_at(const attn_rti_elf *elf, uint64_t address, void *to, size_t size, const char *what,
                                    attn_rt_error *error) {
  for (int32_t i = 0; i < elf->segment_count; ++i) {
    const attn_rti_segment *segment = &elf->segments[i];
    uint64_t delta = address - segment->address;
    if (address >= segment->address && delta <= segment->file_size && size <= segment->file_size - delta)
      return attn_rti_source_read(&elf->source, segment->offset + delta, to, size, error);
  }
  return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                       "expects %s to lie inside one segment, but got address "
                       "0x%" PRIx64,
                       what, address);
}
