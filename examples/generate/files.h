/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Files, read whole, with every failure in the system's own words. */
#ifndef ATTN_EXAMPLES_GENERATE_FILES_H
#define ATTN_EXAMPLES_GENERATE_FILES_H

#include "failure.h"
#include "memory.h"

/* Appends the contents of a file ("-" is standard input), which has at most `limit` bytes. */
bool read_file(const char *path, size_t limit, bytes *to, failure *failure);

/* Whether there is something of this name that is no folder. */
bool is_file(const char *path);
bool is_folder(const char *path);

/* "folder/name", which the caller frees. */
char *join_path(const char *folder, const char *name);

/* The folder of a file, "." where its path names none; the caller frees it. */
char *folder_of(const char *path);

#endif
