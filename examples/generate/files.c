/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See files.h. */
#define _POSIX_C_SOURCE 200809L
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_system(const char *what, const char *path, failure *failure) {
  return fail(failure, STATUS_SYSTEM, "cannot %s '%.300s': %s", what, path, strerror(errno));
}

static bool read_all(int descriptor, const char *path, size_t limit, bytes *to, failure *failure) {
  char block[1 << 16];
  size_t total = 0;
  while (true) {
    ssize_t got = read(descriptor, block, sizeof block);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail_system("read", path, failure);
    if (got == 0)
      return true;
    total += (size_t)got;
    if (total > limit)
      return fail(failure, STATUS_REFUSED, "expects '%.300s' to have at most %zu bytes, but got more", path, limit);
    bytes_append(to, block, (size_t)got);
  }
}

bool read_file(const char *path, size_t limit, bytes *to, failure *failure) {
  bool is_input = strcmp(path, "-") == 0;
  int descriptor = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail_system("open", path, failure);
  bool good = read_all(descriptor, path, limit, to, failure);
  if (!is_input)
    close(descriptor);
  return good;
}

bool is_file(const char *path) {
  struct stat state;
  return stat(path, &state) == 0 && !S_ISDIR(state.st_mode);
}

bool is_folder(const char *path) {
  struct stat state;
  return stat(path, &state) == 0 && S_ISDIR(state.st_mode);
}

char *join_path(const char *folder, const char *name) {
  size_t size = strlen(folder), more = strlen(name);
  char *path = allocate(size + more + 2, 1);
  memcpy(path, folder, size);
  path[size] = '/';
  memcpy(path + size + 1, name, more);
  return path;
}

char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  size_t size = slash == path ? 1 : slash ? (size_t)(slash - path) : 1;
  char *folder = allocate(size + 1, 1);
  memcpy(folder, slash ? path : ".", size);
  return folder;
}
