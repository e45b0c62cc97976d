/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See byte_reader.h.  Integers are assembled from bytes: the note has no
 * alignment, and the reader may run on a machine of the other byte order. */
#include "byte_reader.h"

#include "error.h"

#include <inttypes.h>
#include <string.h>

static size_t bytes_left(const attn_rti_reader *reader) { return (size_t)(reader->end - reader->at); }

static int take(attn_rti_reader *reader, size_t size, const char *what) {
  if (reader->status)
    return 0;
  if (bytes_left(reader) >= size)
    return 1;
  reader->status = attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE,
                                 "expects the module description to hold %zu more bytes for %s, but got "
                                 "%zu",
                                 size, what, bytes_left(reader));
  return 0;
}

static uint64_t read_little_endian(attn_rti_reader *reader, size_t size, const char *what) {
  if (!take(reader, size, what))
    return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value |= (uint64_t)reader->at[i] << (8 * i);
  reader->at += size;
  return value;
}

uint16_t attn_rti_read_u16(attn_rti_reader *reader, const char *what) {
  return (uint16_t)read_little_endian(reader, 2, what);
}

uint32_t attn_rti_read_u32(attn_rti_reader *reader, const char *what) {
  return (uint32_t)read_little_endian(reader, 4, what);
}

uint64_t attn_rti_read_u64(attn_rti_reader *reader, const char *what) { return read_little_endian(reader, 8, what); }

int64_t attn_rti_read_i64(attn_rti_reader *reader, const char *what) {
  return (int64_t)read_little_endian(reader, 8, what);
}

/* The length of the UTF-8 sequence at `text`, 0 when it is none (overlong forms
 * and surrogates included) or a control character. */
static size_t utf8_sequence(const unsigned char *text, size_t size) {
  unsigned char lead = text[0];
  if (lead < 0x80)
    return lead >= 0x20 && lead != 0x7f;
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || size < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((text[i] & 0xc0) != 0x80)
      return 0;
  int bad = (lead == 0xe0 && text[1] < 0xa0) || (lead == 0xed && text[1] > 0x9f) || (lead == 0xf0 && text[1] < 0x90) ||
            (lead == 0xf4 && text[1] > 0x8f) || (lead == 0xc2 && text[1] < 0xa0); /* C1 control characters */
  return bad ? 0 : length;
}

static int is_clean_text(const unsigned char *text, size_t size) {
  for (size_t i = 0; i < size;) {
    size_t length = utf8_sequence(text + i, size - i);
    if (length == 0)
      return 0;
    i += length;
  }
  return 1;
}

const char *attn_rti_read_string(attn_rti_reader *reader, const char *what, int allow_empty) {
  uint32_t length = attn_rti_read_u32(reader, what);
  if (reader->status)
    return "";
  if (length > ATTN_RT_MAX_STRING || (length == 0 && !allow_empty)) {
    reader->status =
        attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE, "expects %s to be %d to %u bytes long, but got %" PRIu32,
                      what, allow_empty ? 0 : 1, ATTN_RT_MAX_STRING, length);
    return "";
  }
  if (!take(reader, length, what))
    return "";
  if (!is_clean_text(reader->at, length)) {
    reader->status = attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE,
                                   "expects %s to be UTF-8 without control characters, but got other "
                                   "bytes",
                                   what);
    return "";
  }
  char *copy = attn_rti_read_array(reader, (size_t)length + 1, 1);
  if (!copy)
    return "";
  memcpy(copy, reader->at, length);
  reader->at += length;
  return copy;
}

uint32_t attn_rti_read_count(attn_rti_reader *reader, const char *what, uint32_t min, uint32_t max,
                             size_t element_bytes) {
  uint32_t count = attn_rti_read_u32(reader, what);
  if (reader->status)
    return 0;
  if (count < min || count > max) {
    reader->status =
        attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE,
                      "expects %s to be in [%" PRIu32 ", %" PRIu32 "], but got %" PRIu32, what, min, max, count);
    return 0;
  }
  return take(reader, (size_t)count * element_bytes, what) ? count : 0;
}

void *attn_rti_read_array(attn_rti_reader *reader, size_t count, size_t size) {
  if (reader->status)
    return NULL;
  void *memory = attn_rti_arena_allocate(reader->arena, count * size);
  if (!memory)
    reader->status = attn_rti_fail(reader->error, ATTN_RT_OUT_OF_MEMORY,
                                   "expects %zu bytes for the module description, but got "
                                   "none from the allocator",
                                   count * size);
  return memory;
}

void attn_rti_refuse_i64(attn_rti_reader *reader, const char *what, const char *property, int64_t value) {
  if (!reader->status)
    reader->status =
        attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE, "expects %s to %s, but got %" PRId64, what, property, value);
}

void attn_rti_refuse_name(attn_rti_reader *reader, const char *what, const char *property, const char *name) {
  if (!reader->status)
    reader->status =
        attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE, "expects %s to %s, but got '%s'", what, property, name);
}
