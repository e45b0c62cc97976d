/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The dynamic section: what a module must not have, its relocations, and the
 * one symbol it exports. */
#define _GNU_SOURCE
#include "elf_file.h"

#include "error.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

/* Far above any module (one symbol), low enough to bound a hostile file. */
enum { MAX_DYNAMIC = 256, MAX_SYMBOLS = 4096, MAX_BUCKETS = 4096 };

typedef struct dynamic_tables {
  uint64_t strings, strings_size, symbols, symbol_size, gnu_hash, hash;
  uint64_t rela, rela_size, rela_entry;
  uint64_t other_relocations; /* bytes */
  uint64_t needed;            /* the first library's name */
  int has_needed;
} dynamic_tables;

/* The text of a tag that a module must not have, or NULL. */
static const char *refusal(int64_t tag, uint64_t value) {
  switch (tag) {
  case DT_INIT:
  case DT_FINI:
    return value ? "a module without constructors, but got DT_INIT or DT_FINI" : NULL;
  case DT_INIT_ARRAYSZ:
  case DT_FINI_ARRAYSZ:
  case DT_PREINIT_ARRAYSZ:
    return value ? "a module without constructors, but got DT_INIT_ARRAY or "
                   "DT_FINI_ARRAY"
                 : NULL;
  case DT_TEXTREL:
    return "a module without text relocations, but got DT_TEXTREL";
  case DT_FLAGS:
    return value & DF_TEXTREL ? "a module without text relocations, but got DF_TEXTREL" : NULL;
  default:
    return NULL;
  }
}

/* Where the value of a tag goes; NULL for a tag that does not matter. */
static uint64_t *place_of(dynamic_tables *tables, int64_t tag) {
  switch (tag) {
  case DT_STRTAB:
    return &tables->strings;
  case DT_STRSZ:
    return &tables->strings_size;
  case DT_SYMTAB:
    return &tables->symbols;
  case DT_SYMENT:
    return &tables->symbol_size;
  case DT_GNU_HASH:
    return &tables->gnu_hash;
  case DT_HASH:
    return &tables->hash;
  case DT_RELA:
    return &tables->rela;
  case DT_RELASZ:
    return &tables->rela_size;
  case DT_RELAENT:
    return &tables->rela_entry;
  case DT_NEEDED:
    return tables->has_needed++ ? NULL : &tables->needed;
  default:
    return NULL;
  }
}

static void note_tag(dynamic_tables *tables, const Elf64_Dyn *entry) {
  int64_t tag = entry->d_tag;
  uint64_t *place = place_of(tables, tag);
  if (place)
    *place = entry->d_un.d_val;
  /* 35 is DT_RELRSZ, younger than some <elf.h>. */
  if (tag == DT_PLTRELSZ || tag == DT_RELSZ || tag == 35)
    tables->other_relocations |= entry->d_un.d_val;
}

/* A name from the string table, cut to the buffer; "?" when it is not there. */
static void read_name(const attn_rti_elf *elf, const dynamic_tables *tables, uint64_t index, char *name, size_t size) {
  size_t i = 0;
  for (; i + 1 < size && index + i < tables->strings_size; ++i) {
    if (attn_rti_elf_read_at(elf, tables->strings + index + i, name + i, 1, "a string", NULL) || name[i] == '\0')
      break;
  }
  name[i] = '\0';
  if (i == 0)
    memcpy(name, "?", 2);
}

/* The most telling refusal: a needed library explains all others. */
static attn_rt_status refuse_tags(const attn_rti_elf *elf, const dynamic_tables *tables, const char *text,
                                  attn_rt_error *error) {
  if (tables->has_needed) {
    char name[128];
    read_name(elf, tables, tables->needed, name, sizeof name);
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a module that needs no library, but got "
                         "DT_NEEDED '%s'",
                         name);
  }
  if (text)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects %s", text);
  return ATTN_RT_OK;
}

static attn_rt_status read_tags(const attn_rti_elf *elf, dynamic_tables *tables, attn_rt_error *error) {
  const char *text = NULL;
  for (uint64_t i = 0; i < elf->dynamic_size / sizeof(Elf64_Dyn); ++i) {
    Elf64_Dyn entry;
    if (i == MAX_DYNAMIC)
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects at most %d dynamic entries, but got more",
                           MAX_DYNAMIC);
    attn_rt_status status =
        attn_rti_source_read(&elf->source, elf->dynamic_offset + i * sizeof entry, &entry, sizeof entry, error);
    if (status)
      return status;
    if (entry.d_tag == DT_NULL)
      break;
    if (!text)
      text = refusal(entry.d_tag, entry.d_un.d_val);
    note_tag(tables, &entry);
  }
  return refuse_tags(elf, tables, text, error);
}

static attn_rt_status too_many_symbols(attn_rt_error *error) {
  return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE, "expects at most %d dynamic symbols, but got more", MAX_SYMBOLS);
}

/* The GNU hash table has no count: its longest chain ends at the last symbol.
 */
static attn_rt_status count_by_gnu_hash(const attn_rti_elf *elf, uint64_t address, uint32_t *count,
                                        attn_rt_error *error) {
  uint32_t head[4], last = 0, bucket, hash; /* buckets, first, bloom, shift */
  attn_rt_status status = attn_rti_elf_read_at(elf, address, head, sizeof head, "DT_GNU_HASH", error);
  if (status)
    return status;
  if (head[0] > MAX_BUCKETS || head[1] > MAX_SYMBOLS)
    return too_many_symbols(error);
  uint64_t buckets = address + 16 + UINT64_C(8) * head[2];
  for (uint32_t i = 0; i < head[0] && !status; ++i) {
    status = attn_rti_elf_read_at(elf, buckets + UINT64_C(4) * i, &bucket, 4, "DT_GNU_HASH", error);
    last = bucket > last ? bucket : last;
  }
  *count = head[1];
  if (status || last < head[1])
    return status;
  uint64_t chains = buckets + UINT64_C(4) * head[0];
  for (;; ++last) {
    if (last >= MAX_SYMBOLS)
      return too_many_symbols(error);
    status = attn_rti_elf_read_at(elf, chains + UINT64_C(4) * (last - head[1]), &hash, 4, "DT_GNU_HASH", error);
    if (status || (hash & 1))
      break;
  }
  *count = last + 1;
  return status;
}

static attn_rt_status count_symbols(const attn_rti_elf *elf, const dynamic_tables *tables, uint32_t *count,
                                    attn_rt_error *error) {
  if (tables->gnu_hash)
    return count_by_gnu_hash(elf, tables->gnu_hash, count, error);
  uint32_t head[2]; /* buckets, symbols */
  if (!tables->hash)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a symbol hash table, but got neither "
                         "DT_GNU_HASH nor DT_HASH");
  attn_rt_status status = attn_rti_elf_read_at(elf, tables->hash, head, sizeof head, "DT_HASH", error);
  if (!status && head[1] > MAX_SYMBOLS)
    return too_many_symbols(error);
  *count = status ? 0 : head[1];
  return status;
}

static attn_rt_status check_descriptor(attn_rti_elf *elf, const Elf64_Sym *symbol, attn_rt_error *error) {
  unsigned type = ELF64_ST_TYPE(symbol->st_info);
  if ((type != STT_OBJECT && type != STT_NOTYPE) ||
      !attn_rti_elf_contains(elf, symbol->st_value, sizeof(struct attn_rt_descriptor), PF_R))
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects symbol '%s' to be an object inside a "
                         "readable segment, but got type %u at 0x%" PRIx64,
                         ATTN_RT_DESCRIPTOR_SYMBOL, type, symbol->st_value);
  elf->descriptor_address = symbol->st_value;
  return ATTN_RT_OK;
}

static attn_rt_status read_symbols(attn_rti_elf *elf, const dynamic_tables *tables, attn_rt_error *error) {
  uint32_t count = 0;
  attn_rt_status status = count_symbols(elf, tables, &count, error);
  for (uint32_t i = 1; i < count && !status; ++i) {
    Elf64_Sym symbol;
    char name[64];
    status = attn_rti_elf_read_at(elf, tables->symbols + i * sizeof symbol, &symbol, sizeof symbol, "DT_SYMTAB", error);
    if (status)
      return status;
    read_name(elf, tables, symbol.st_name, name, sizeof name);
    if (symbol.st_shndx == SHN_UNDEF)
      return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                           "expects a module without imports, but got the "
                           "undefined symbol '%s'",
                           name);
    if (strcmp(name, ATTN_RT_DESCRIPTOR_SYMBOL) == 0)
      status = check_descriptor(elf, &symbol, error);
  }
  if (!status && elf->descriptor_address == 0)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects the module to export '%s', but got no such "
                         "symbol",
                         ATTN_RT_DESCRIPTOR_SYMBOL);
  return status;
}

attn_rt_status attn_rti_elf_read_dynamic(attn_rti_elf *elf, attn_rt_error *error) {
  dynamic_tables tables;
  memset(&tables, 0, sizeof tables);
  attn_rt_status status = read_tags(elf, &tables, error);
  if (status)
    return status;
  if (tables.symbol_size != sizeof(Elf64_Sym))
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects dynamic symbols of %zu bytes, but got "
                         "%" PRIu64,
                         sizeof(Elf64_Sym), tables.symbol_size);
  if (tables.rela_size && (tables.rela_entry != sizeof(Elf64_Rela) || tables.rela_size % sizeof(Elf64_Rela) != 0 ||
                           !attn_rti_elf_contains(elf, tables.rela, tables.rela_size, PF_R)))
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects DT_RELA to be a table of %zu-byte entries "
                         "inside one segment, but got %" PRIu64 " bytes of %" PRIu64,
                         sizeof(Elf64_Rela), tables.rela_size, tables.rela_entry);
  elf->rela_address = tables.rela;
  elf->rela_size = tables.rela_size;
  status = read_symbols(elf, &tables, error);
  /* After the symbols: an import's relocation is explained by its name. */
  if (!status && tables.other_relocations)
    return attn_rti_fail(error, ATTN_RT_INCOMPATIBLE,
                         "expects a module relocated by DT_RELA only, but got "
                         "others");
  return status;
}
