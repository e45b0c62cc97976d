/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module in memory: mapped, relocated, protected. */
#ifndef ATTN_RT_SRC_IMAGE_H
#define ATTN_RT_SRC_IMAGE_H

#include "elf_file.h"
#include "note.h"

typedef struct attn_rti_image {
  void *reserved; /* NULL: nothing is mapped */
  size_t reserved_size;
  unsigned char *base; /* address 0 of the file's addresses */
} attn_rti_image;

/* Maps the segments and applies the relocations.  On failure nothing stays
 * mapped. */
attn_rt_status attn_rti_image_map(const attn_rti_elf *elf, attn_rti_image *image, attn_rt_error *error);

/* Checks the relocated descriptor against file and note: every pointer that the
 * runtime will follow lies where it must. */
attn_rt_status attn_rti_image_check_descriptor(const attn_rti_elf *elf, const attn_rti_image *image,
                                               const attn_rti_note *note, attn_rt_error *error);

/* Checks what does not depend on where the module lies. */
attn_rt_status attn_rti_check_descriptor_counts(const struct attn_rt_descriptor *descriptor, const attn_rti_note *note,
                                                attn_rt_error *error);

void attn_rti_image_unmap(attn_rti_image *image);

#endif /* ATTN_RT_SRC_IMAGE_H */
