/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads a module's description in the order in which abi.h documents it. */
#include "note.h"

#include "byte_reader.h"
#include "error.h"
#include "note_session.h"

#include <inttypes.h>
#include <string.h>

static int is_integer_or_bool(int32_t dtype) { return dtype >> 8 == 0 || dtype >> 8 == 1 || dtype == ATTN_RT_BOOL; }

void attn_rti_set_symbol(attn_rt_dim *dim, const attn_rti_symbol *symbols, int32_t symbol) {
  dim->symbol_index = symbol;
  dim->symbol = symbols[symbol].name;
  dim->min = symbols[symbol].min;
  dim->max = symbols[symbol].max;
  dim->multiple = symbols[symbol].multiple;
}

void attn_rti_read_dim(attn_rti_reader *reader, attn_rt_dim *dim, const attn_rti_symbol *symbols, uint32_t symbol_count,
                       int is_result) {
  int32_t symbol = (int32_t)attn_rti_read_u32(reader, "a dimension");
  int64_t size = attn_rti_read_i64(reader, "a dimension size");
  if (reader->status)
    return;
  if (symbol < (is_result ? ATTN_RT_DIM_COMPUTED : ATTN_RT_DIM_STATIC) || symbol >= (int32_t)symbol_count) {
    attn_rti_refuse_i64(reader, "a dimension's symbol", "be one of the function's", symbol);
    return;
  }
  if (size < 0 || (symbol != ATTN_RT_DIM_STATIC && size != 0))
    attn_rti_refuse_i64(reader, "a dimension's size", "be 0, or positive where it is static", size);
  dim->symbol_index = symbol;
  dim->min = dim->max = size;
  dim->multiple = 1;
  if (symbol == ATTN_RT_DIM_COMPUTED)
    dim->max = INT64_MAX;
  if (symbol >= 0)
    attn_rti_set_symbol(dim, symbols, symbol);
}

static void read_range(attn_rti_reader *reader, attn_rt_value_info *value, int is_result) {
  value->flags = attn_rti_read_u32(reader, "value flags");
  value->value_min = attn_rti_read_i64(reader, "the least value");
  value->value_max = attn_rti_read_i64(reader, "the greatest value");
  if (reader->status)
    return;
  uint32_t ranged = value->flags & ATTN_RT_VALUE_HAS_RANGE;
  if (value->flags >= 2 * ATTN_RT_VALUE_LENGTH)
    attn_rti_refuse_i64(reader, "value flags", "be known, so below 8", value->flags);
  else if (ranged && (is_result || !is_integer_or_bool(value->dtype)))
    attn_rti_refuse_name(reader, "a value with a range", "be an argument of integers or bools", value->name);
  else if (ranged ? value->value_min > value->value_max : value->value_min != 0 || value->value_max != 0)
    attn_rti_refuse_i64(reader, "the greatest value", "be at least the least, or both 0 without a range",
                        value->value_max);
}

static void read_value(attn_rti_reader *reader, attn_rt_value_info *value, const attn_rti_symbol *symbols,
                       uint32_t symbol_count, int is_result) {
  value->name = attn_rti_read_string(reader, "a value's name", 0);
  value->dtype = (int32_t)attn_rti_read_u32(reader, "an element type");
  if (!reader->status && !attn_rt_dtype_name(value->dtype))
    attn_rti_refuse_i64(reader, "an element type", "be known", value->dtype);
  uint32_t rank = attn_rti_read_count(reader, "a rank", 0, ATTN_RT_MAX_RANK, sizeof(int32_t) + sizeof(int64_t));
  attn_rt_dim *dims = attn_rti_read_array(reader, rank, sizeof *dims);
  if (!dims)
    return;
  for (uint32_t i = 0; i < rank && !reader->status; ++i)
    attn_rti_read_dim(reader, &dims[i], symbols, symbol_count, is_result);
  value->rank = (int32_t)rank;
  value->dims = dims;
  read_range(reader, value, is_result);
}

static const attn_rt_value_info *read_values(attn_rti_reader *reader, uint32_t count, const attn_rti_symbol *symbols,
                                             uint32_t symbol_count, int is_result) {
  attn_rt_value_info *values = attn_rti_read_array(reader, count, sizeof *values);
  for (uint32_t i = 0; i < count && !reader->status; ++i) {
    read_value(reader, &values[i], symbols, symbol_count, is_result);
    for (uint32_t k = 0; k < i && !reader->status; ++k)
      if (strcmp(values[k].name, values[i].name) == 0)
        attn_rti_refuse_name(reader, is_result ? "the names of results" : "the names of arguments", "differ",
                             values[i].name);
  }
  return values;
}

static void read_symbols(attn_rti_reader *reader, struct attn_rt_function *function) {
  uint32_t count = attn_rti_read_count(reader, "the number of symbols", 0, ATTN_RT_MAX_SYMBOLS, 28);
  attn_rti_symbol *symbols = attn_rti_read_array(reader, count, sizeof *symbols);
  for (uint32_t i = 0; i < count && !reader->status; ++i) {
    symbols[i].name = attn_rti_read_string(reader, "a symbol's name", 0);
    symbols[i].min = attn_rti_read_i64(reader, "a symbol's minimum");
    symbols[i].max = attn_rti_read_i64(reader, "a symbol's maximum");
    symbols[i].multiple = attn_rti_read_i64(reader, "a symbol's multiple");
    if (reader->status)
      return;
    if (symbols[i].min < 0 || symbols[i].max < symbols[i].min)
      attn_rti_refuse_i64(reader, "a symbol's maximum", "be at least its minimum, which is not negative",
                          symbols[i].max);
    if (symbols[i].multiple < 1)
      attn_rti_refuse_i64(reader, "a symbol's multiple", "be at least 1", symbols[i].multiple);
    for (uint32_t k = 0; k < i && !reader->status; ++k)
      if (strcmp(symbols[k].name, symbols[i].name) == 0)
        attn_rti_refuse_name(reader, "the names of symbols", "differ", symbols[i].name);
  }
  function->symbols = symbols;
  function->symbol_count = (int32_t)count;
}

/* A symbol that is on no argument would have no value at run time. */
static void check_symbols_bound(attn_rti_reader *reader, const struct attn_rt_function *function) {
  unsigned char bound[ATTN_RT_MAX_SYMBOLS] = {0};
  for (int32_t i = 0; i < function->arg_count; ++i)
    for (int32_t d = 0; d < function->args[i].rank; ++d)
      if (function->args[i].dims[d].symbol_index >= 0)
        bound[function->args[i].dims[d].symbol_index] = 1;
  for (int32_t s = 0; s < function->symbol_count; ++s)
    if (!bound[s])
      attn_rti_refuse_name(reader, "each symbol", "be a dimension of an argument", function->symbols[s].name);
}

static void read_ops_and_faults(attn_rti_reader *reader, struct attn_rt_function *function) {
  uint32_t count = attn_rti_read_count(reader, "the number of operations", 0, ATTN_RT_MAX_OPS, 8);
  attn_rti_op *ops = attn_rti_read_array(reader, count, sizeof *ops);
  for (uint32_t i = 0; i < count && !reader->status; ++i) {
    ops[i].name = attn_rti_read_string(reader, "an operation's name", 1);
    ops[i].kind = attn_rti_read_string(reader, "an operation's kind", 1);
  }
  function->ops = ops;
  function->op_count = (int32_t)count;
  count = attn_rti_read_count(reader, "the number of fault texts", 0, ATTN_RT_MAX_OPS, 4);
  const char **faults = attn_rti_read_array(reader, count, sizeof *faults);
  for (uint32_t i = 0; i < count && !reader->status; ++i)
    faults[i] = attn_rti_read_string(reader, "a fault text", 1);
  function->faults = faults;
  function->fault_count = (int32_t)count;
}

static void read_function(attn_rti_reader *reader, struct attn_rt_function *function, uint16_t abi_minor) {
  function->name = attn_rti_read_string(reader, "a function's name", 0);
  read_symbols(reader, function);
  uint32_t args = attn_rti_read_count(reader, "the number of arguments", 0, ATTN_RT_MAX_VALUES, 33);
  uint32_t results = attn_rti_read_count(reader, "the number of results", 0, ATTN_RT_MAX_VALUES, 33);
  uint32_t symbols = (uint32_t)function->symbol_count;
  function->args = read_values(reader, args, function->symbols, symbols, 0);
  function->results = read_values(reader, results, function->symbols, symbols, 1);
  if (reader->status)
    return;
  function->arg_count = (int32_t)args;
  function->result_count = (int32_t)results;
  for (uint32_t i = 0; i < results; ++i)
    function->result_dims += function->results[i].rank;
  check_symbols_bound(reader, function);
  read_ops_and_faults(reader, function);
  attn_rti_read_session(reader, function, abi_minor);
}

static void read_functions(attn_rti_reader *reader, attn_rti_note *note) {
  uint32_t count = attn_rti_read_count(reader, "the number of functions", 1, ATTN_RT_MAX_FUNCTIONS, 28);
  note->functions = attn_rti_read_array(reader, count, sizeof note->functions[0]);
  for (uint32_t i = 0; i < count && !reader->status; ++i) {
    note->functions[i].index = (int32_t)i;
    read_function(reader, &note->functions[i], note->abi_minor);
    for (uint32_t k = 0; k < i && !reader->status; ++k)
      if (strcmp(note->functions[k].name, note->functions[i].name) == 0)
        attn_rti_refuse_name(reader, "the names of functions", "differ", note->functions[i].name);
  }
  note->function_count = count;
  attn_rti_join_states(reader, note);
}

static void read_variants(attn_rti_reader *reader, attn_rti_note *note) {
  uint32_t count = attn_rti_read_count(reader, "the number of variants", 1, ATTN_RT_MAX_VARIANTS, 36);
  const char **names = attn_rti_read_array(reader, count, sizeof *names);
  attn_rti_variant *variants = attn_rti_read_array(reader, count, sizeof *variants);
  for (uint32_t i = 0; i < count && !reader->status; ++i) {
    names[i] = attn_rti_read_string(reader, "a variant's name", 0);
    for (uint32_t k = 0; k < i && !reader->status; ++k)
      if (strcmp(names[k], names[i]) == 0)
        attn_rti_refuse_name(reader, "the names of variants", "differ", names[i]);
    for (int w = 0; w < ATTN_RT_FEATURE_WORDS; ++w)
      variants[i].features[w] = attn_rti_read_u64(reader, "CPU features");
  }
  note->variant_names = names;
  note->variants = variants;
  note->variant_count = count;
}

static void read_version(attn_rti_reader *reader, attn_rti_note *note) {
  uint32_t magic = attn_rti_read_u32(reader, "the magic number");
  if (!reader->status && magic != ATTN_RT_ABI_MAGIC)
    reader->status = attn_rti_fail(reader->error, ATTN_RT_INCOMPATIBLE,
                                   "expects the module description to start with 0x%08x, but got 0x%08" //
                                   PRIx32,
                                   ATTN_RT_ABI_MAGIC, magic);
  note->abi_major = attn_rti_read_u16(reader, "the ABI version");
  note->abi_minor = attn_rti_read_u16(reader, "the ABI version");
}

static void check_version(attn_rti_reader *reader, const attn_rti_note *note) {
  if (reader->status || (note->abi_major == ATTN_RT_ABI_MAJOR && note->abi_minor <= ATTN_RT_ABI_MINOR))
    return;
  reader->status = attn_rti_fail(
      reader->error, ATTN_RT_INCOMPATIBLE, "expects the module to have ABI version %d.0 to %d.%d, but got %u.%u",
      ATTN_RT_ABI_MAJOR, ATTN_RT_ABI_MAJOR, ATTN_RT_ABI_MINOR, note->abi_major, note->abi_minor);
}

static void read_uuid(attn_rti_reader *reader, attn_rti_note *note) {
  static const char digits[] = "0123456789abcdef";
  uint64_t halves[2];
  halves[0] = attn_rti_read_u64(reader, "the uuid");
  halves[1] = attn_rti_read_u64(reader, "the uuid");
  for (int i = 0; i < 16; ++i) {
    unsigned byte = (unsigned)(halves[i / 8] >> (8 * (i % 8))) & 0xff;
    note->uuid[2 * i] = digits[byte >> 4];
    note->uuid[2 * i + 1] = digits[byte & 15];
  }
  note->uuid[32] = '\0';
}

attn_rt_status attn_rti_note_read(const void *bytes, size_t size, attn_rti_arena *arena, attn_rti_note *note,
                                  attn_rt_error *error) {
  const unsigned char *begin = bytes;
  attn_rti_reader reader = {begin, begin + size, arena, error, ATTN_RT_OK};
  memset(note, 0, sizeof *note);
  read_version(&reader, note);
  check_version(&reader, note);
  note->machine = attn_rti_read_u32(&reader, "the machine");
  read_uuid(&reader, note);
  note->name = attn_rti_read_string(&reader, "the module's name", 1);
  note->producer = attn_rti_read_string(&reader, "the producer", 1);
  note->target = attn_rti_read_string(&reader, "the target", 1);
  note->weights_bytes = attn_rti_read_u64(&reader, "the size of the weights");
  if (note->weights_bytes > INT64_MAX)
    attn_rti_refuse_i64(&reader, "the size of the weights", "be below 2^63", (int64_t)note->weights_bytes);
  read_variants(&reader, note);
  read_functions(&reader, note);
  if (!reader.status && reader.at != reader.end)
    attn_rti_refuse_i64(&reader, "the module description", "end after its last function, with 0 bytes left",
                        reader.end - reader.at);
  return reader.status;
}
