/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Affinity and cgroup v2 quota.  More threads than the quota grants would be
 * stopped together in the middle of a run. */
#define _GNU_SOURCE
#include "cpu_count.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 512, MAX_CPUS = 65536 };

/* Reads a small file; 0 when it cannot. */
static size_t read_small(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  ssize_t got = read(fd, text, size - 1);
  close(fd);
  text[got > 0 ? got : 0] = '\0';
  return got > 0 ? (size_t)got : 0;
}

int32_t attn_rti_parse_quota(const char *line) {
  char *end;
  long quota = strtol(line, &end, 10);
  if (end == line || *end != ' ' || quota <= 0)
    return 0;
  const char *rest = end + 1;
  long period = strtol(rest, &end, 10);
  if (end == rest || period <= 0)
    return 0;
  long cpus = quota / period;
  return cpus < 1 ? 1 : cpus > MAX_CPUS ? MAX_CPUS : (int32_t)cpus;
}

/* The process's group in the unified hierarchy: the line "0::/path". */
static void find_group(char *path, size_t size) {
  char text[4096];
  path[0] = '\0';
  if (!read_small("/proc/self/cgroup", text, sizeof text))
    return;
  char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
  if (!line)
    return;
  line += *line == '\n' ? 4 : 3;
  line[strcspn(line, "\n")] = '\0';
  if (strlen(line) < size)
    strcpy(path, line);
}

/* The least quota of the group and of those above it; 0: no limit. */
static int32_t group_quota(void) {
  char group[PATH_BYTES], path[PATH_BYTES + 64], line[64];
  int32_t least = 0;
  find_group(group, sizeof group);
  for (;;) {
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group);
    if (read_small(path, line, sizeof line)) {
      int32_t cpus = attn_rti_parse_quota(line);
      if (cpus && (!least || cpus < least))
        least = cpus;
    }
    char *slash = strrchr(group, '/');
    if (!slash)
      return least;
    *slash = '\0';
  }
}

int32_t attn_rti_cpu_count(void) {
  int32_t count = 1, quota = group_quota();
  cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
  size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
  if (set && sched_getaffinity(0, size, set) == 0)
    count = CPU_COUNT_S(size, set);
  CPU_FREE(set);
  if (quota && quota < count)
    count = quota;
  return count < 1 ? 1 : count;
}
