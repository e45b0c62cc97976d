/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the loader learns from a module's file before a byte of it is mapped.
 *
 * The system's dynamic linker is not used: it trusts the tables it reads (a
 * flipped byte in them crashes it), runs constructors before the module can be
 * looked at, and finds loaded objects by name, which silently gives the code of
 * another module when a path or descriptor is reused.  A module imports nothing
 * and needs only relative relocations, so mapping it is short. */
#ifndef ATTN_RT_SRC_ELF_FILE_H
#define ATTN_RT_SRC_ELF_FILE_H

#include "attn_rt/attn_rt.h"

enum { ATTN_RTI_MAX_SEGMENTS = 16 };

/* The bytes of a module: an open file, or memory when fd is -1. */
typedef struct attn_rti_source {
  int fd;
  const unsigned char *data;
  uint64_t size;
} attn_rti_source;

typedef struct attn_rti_segment {
  uint64_t offset, address, file_size, memory_size;
  uint32_t flags; /* PF_R, PF_W, PF_X */
} attn_rti_segment;

typedef struct attn_rti_elf {
  attn_rti_source source;
  uint16_t machine;
  int32_t segment_count;
  attn_rti_segment segments[ATTN_RTI_MAX_SEGMENTS]; /* ascending */
  uint64_t alignment;                               /* of the whole image */
  uint64_t end;                                     /* of the last segment */
  uint64_t dynamic_offset, dynamic_size;
  uint64_t relro_address, relro_size; /* 0, 0 when there is none */
  uint64_t note_offset, note_size;    /* the description */
  /* Filled by attn_rti_elf_read_dynamic. */
  uint64_t rela_address, rela_size;
  uint64_t descriptor_address;
} attn_rti_elf;

/* Copies bytes of the file; fails when they are not all there. */
attn_rt_status attn_rti_source_read(const attn_rti_source *source, uint64_t offset, void *to, size_t size,
                                    attn_rt_error *error);

/* Reads header, segments and the place of the note.  Any machine. */
attn_rt_status attn_rti_elf_read(const attn_rti_source *source, attn_rti_elf *elf, attn_rt_error *error);

/* Reads the dynamic section, refuses all that a module must not have, and finds
 * the relocations and the descriptor. */
attn_rt_status attn_rti_elf_read_dynamic(attn_rti_elf *elf, attn_rt_error *error);

/* Copies file bytes by their address in the image. */
attn_rt_status attn_rti_elf_read_at(const attn_rti_elf *elf, uint64_t address, void *to, size_t size, const char *what,
                                    attn_rt_error *error);

/* Whether [address, address + size) lies in one segment with these flags. */
int attn_rti_elf_contains(const attn_rti_elf *elf, uint64_t address, uint64_t size, uint32_t flags);

#endif /* ATTN_RT_SRC_ELF_FILE_H */
