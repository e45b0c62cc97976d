/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a compiled module and the runtime agree on, and the only header that
 * both the compiler and the runtime read.  Three parts: the calls into compiled
 * code (frame, entry, plan, body), the descriptor (the few pointers that the
 * module must relocate) and the note (everything else, as bytes without
 * pointers, so that a module for any machine can be read on any machine).
 *
 * A module is an ELF64 little-endian shared object that
 *   - exports the object ATTN_RT_DESCRIPTOR_SYMBOL;
 *   - holds one note of that owner and type below, reached by a PT_NOTE;
 *   - imports nothing: no DT_NEEDED, no undefined symbol;
 *   - is relocated by relative entries of DT_RELA only;
 *   - runs nothing when loaded: no DT_INIT, DT_INIT_ARRAY, DT_FINI,
 *     DT_FINI_ARRAY;
 *   - has no DT_TEXTREL, no thread-local storage, and no segment that is both
 *     writable and executable.
 */
#ifndef ATTN_RT_ABI_H
#define ATTN_RT_ABI_H

#include <stddef.h>
#include <stdint.h>

#define ATTN_RT_ABI_MAGIC 0x4e545441u /* "ATTN" */
#define ATTN_RT_ABI_MAJOR 1           /* module and runtime must agree */
#define ATTN_RT_ABI_MINOR 1           /* of the module: at most the runtime's */

#define ATTN_RT_MAX_RANK 8

/* Fails to compile where the condition is false; C99 has no static assertion of
 * its own. */
#define ATTN_RT_ABI_ASSERT(name, condition) typedef char attn_rt_abi_assert_##name[(condition) ? 1 : -1]

#ifdef __cplusplus
extern "C" {
#endif

/*===-- Element types ---------------------------------------------------===*/

/* code << 8 | bits, with the codes of DLPack.  BOOL takes one byte, which is 0
 * or 1. */
typedef enum attn_rt_dtype {
  ATTN_RT_BOOL = 0x0608,
  ATTN_RT_I8 = 0x0008,
  ATTN_RT_I16 = 0x0010,
  ATTN_RT_I32 = 0x0020,
  ATTN_RT_I64 = 0x0040,
  ATTN_RT_U8 = 0x0108,
  ATTN_RT_U16 = 0x0110,
  ATTN_RT_U32 = 0x0120,
  ATTN_RT_U64 = 0x0140,
  ATTN_RT_F16 = 0x0210,
  ATTN_RT_F32 = 0x0220,
  ATTN_RT_F64 = 0x0240,
  ATTN_RT_BF16 = 0x0410
} attn_rt_dtype;

/*===-- Calls into compiled code ----------------------------------------===*/

/* One piece of a parallel loop.  0 <= worker < concurrency, and two bodies that
 * run at the same time get different workers, so that scratch memory can be
 * indexed by it. */
typedef void (*attn_rt_body)(void *arg, int64_t index, int64_t worker);

/* Calls body(arg, i, worker) exactly once for every 0 <= i < count, on any
 * threads in any order, and returns when all have returned.  After a
 * cancellation it may leave bodies out: the entry point then gets non-zero from
 * its next op_begin and must not trust what it computed. */
typedef void (*attn_rt_parallel_for)(void *context, int64_t count, attn_rt_body body, void *arg);

/* What an entry point receives.  The runtime calls entry points, plans and
 * bodies with floating-point exceptions masked, rounding to nearest, and
 * denormals flushed to zero (FTZ and DAZ on x86-64); it restores the thread's
 * own state before anything of the application runs. */
typedef struct attn_rt_frame {
  void *const *tensors;         /* arguments, then results; dense, row-major, aligned to the
                                   element only.  A tensor of no elements may be NULL. */
  const int64_t *dims;          /* the solved symbols, in the order of the note */
  const unsigned char *weights; /* the descriptor's weights */
  unsigned char *workspace;     /* 64-byte aligned, as large as plan said for this
                                   concurrency */
  int64_t concurrency;          /* >= 1, equal to what plan was given */
  attn_rt_parallel_for parallel_for;
  void *parallel_context;
  /* NULL, or: called on the calling thread before each operation; `op` indexes
   * the function's operations in the note.  Non-zero: the entry point returns
   * that value at once. */
  int32_t (*op_begin)(void *context, int32_t op);
  /* NULL, or: called after each operation.  Tiles are those of an attention (0,
   * 0 elsewhere). */
  void (*op_end)(void *context, int32_t op, int64_t tiles_done, int64_t tiles_skipped);
  void *op_context;
  /* Filled by an entry point that returns ATTN_RT_ABI_FAULT: site (which
   * indexes the function's fault texts in the note), the value found, and the
   * bound it broke. */
  int64_t fault[3];
  /* From abi_minor 1 on.  Set where op_end is: called just before it, with the
   * floating-point operations and the bytes of operands and results that the
   * operation stands for; not for operations whose work is unknown. */
  void (*op_work)(void *context, int32_t op, int64_t flops, int64_t bytes);
} attn_rt_frame;

/* 0, ATTN_RT_ABI_FAULT with `fault` filled, or what op_begin returned. */
typedef int32_t (*attn_rt_entry)(attn_rt_frame *frame);
#define ATTN_RT_ABI_FAULT 2

/* From the symbols to the sizes of every result dimension (result after result,
 * dimension after dimension) and to the bytes of workspace.  Non-zero when a
 * size overflows.  Runs on any x86-64. */
typedef int32_t (*attn_rt_plan)(const int64_t *dims, int64_t concurrency, int64_t *result_sizes,
                                uint64_t *workspace_bytes);

ATTN_RT_ABI_ASSERT(pointer_size, sizeof(void *) == 8);
ATTN_RT_ABI_ASSERT(frame_size, sizeof(attn_rt_frame) == 112);
ATTN_RT_ABI_ASSERT(frame_tensors, offsetof(attn_rt_frame, tensors) == 0);
ATTN_RT_ABI_ASSERT(frame_dims, offsetof(attn_rt_frame, dims) == 8);
ATTN_RT_ABI_ASSERT(frame_weights, offsetof(attn_rt_frame, weights) == 16);
ATTN_RT_ABI_ASSERT(frame_workspace, offsetof(attn_rt_frame, workspace) == 24);
ATTN_RT_ABI_ASSERT(frame_concurrency, offsetof(attn_rt_frame, concurrency) == 32);
ATTN_RT_ABI_ASSERT(frame_parallel_for, offsetof(attn_rt_frame, parallel_for) == 40);
ATTN_RT_ABI_ASSERT(frame_parallel_context, offsetof(attn_rt_frame, parallel_context) == 48);
ATTN_RT_ABI_ASSERT(frame_op_begin, offsetof(attn_rt_frame, op_begin) == 56);
ATTN_RT_ABI_ASSERT(frame_op_end, offsetof(attn_rt_frame, op_end) == 64);
ATTN_RT_ABI_ASSERT(frame_op_context, offsetof(attn_rt_frame, op_context) == 72);
ATTN_RT_ABI_ASSERT(frame_fault, offsetof(attn_rt_frame, fault) == 80);
ATTN_RT_ABI_ASSERT(frame_op_work, offsetof(attn_rt_frame, op_work) == 104);

/*===-- The descriptor --------------------------------------------------===*/

#define ATTN_RT_DESCRIPTOR_SYMBOL "attn_rt_module_descriptor"

/* Only what the module's own relocations must fill.  The counts repeat the
 * note's and must agree. */
struct attn_rt_descriptor {
  uint32_t magic; /* ATTN_RT_ABI_MAGIC */
  uint16_t abi_major, abi_minor;
  uint32_t variant_count, function_count;
  const attn_rt_entry *entries; /* [variant_count][function_count], in the order of the note */
  const attn_rt_plan *plans;    /* [variant_count][function_count] */
  const unsigned char *weights; /* the section ATTN_RT_WEIGHTS_SECTION; NULL
                                   where the note says 0 bytes */
};

ATTN_RT_ABI_ASSERT(descriptor_size, sizeof(struct attn_rt_descriptor) == 40);
ATTN_RT_ABI_ASSERT(descriptor_variant_count, offsetof(struct attn_rt_descriptor, variant_count) == 8);
ATTN_RT_ABI_ASSERT(descriptor_entries, offsetof(struct attn_rt_descriptor, entries) == 16);
ATTN_RT_ABI_ASSERT(descriptor_plans, offsetof(struct attn_rt_descriptor, plans) == 24);
ATTN_RT_ABI_ASSERT(descriptor_weights, offsetof(struct attn_rt_descriptor, weights) == 32);

/*===-- CPU features ----------------------------------------------------===*/

/* clang-format off */
/* X(bit, NAME, "text"): bit % 64 of word bit / 64 in a variant's features.
 * Numbers are stable, new ones go to the end.  The text is LLVM's name for the
 * feature and what messages say. */
#define ATTN_RT_X86_FEATURES(X)                                         \
  X(0, SSE3, "sse3")                                                    \
  X(1, SSSE3, "ssse3")                                                  \
  X(2, SSE41, "sse4.1")                                                 \
  X(3, SSE42, "sse4.2")                                                 \
  X(4, POPCNT, "popcnt")                                                \
  X(5, CX16, "cx16")                                                    \
  X(6, SAHF, "sahf")                                                    \
  X(7, AVX, "avx")                                                      \
  X(8, AVX2, "avx2")                                                    \
  X(9, BMI, "bmi")                                                      \
  X(10, BMI2, "bmi2")                                                   \
  X(11, F16C, "f16c")                                                   \
  X(12, FMA, "fma")                                                     \
  X(13, LZCNT, "lzcnt")                                                 \
  X(14, MOVBE, "movbe")                                                 \
  X(15, AVX512F, "avx512f")                                             \
  X(16, AVX512BW, "avx512bw")                                           \
  X(17, AVX512CD, "avx512cd")                                           \
  X(18, AVX512DQ, "avx512dq")                                           \
  X(19, AVX512VL, "avx512vl")
/* clang-format on */

#define ATTN_RT_X86_FEATURE_ENUM_(bit, name, text) ATTN_RT_X86_##name = bit,
enum { ATTN_RT_X86_FEATURES(ATTN_RT_X86_FEATURE_ENUM_) ATTN_RT_X86_FEATURE_COUNT };

#define ATTN_RT_FEATURE_WORDS 4

/* Feature word 0 of the psABI levels (the other words are 0). */
#define ATTN_RT_X86_64_V2 0x0000007fu /* sse3 .. sahf */
#define ATTN_RT_X86_64_V3 0x00007fffu /* and avx .. movbe */
#define ATTN_RT_X86_64_V4 0x000fffffu /* and avx512f .. avx512vl */

/*===-- The note --------------------------------------------------------===*/

#define ATTN_RT_NOTE_SECTION ".note.attn"
#define ATTN_RT_NOTE_OWNER "ATTN"
#define ATTN_RT_NOTE_TYPE 1
#define ATTN_RT_WEIGHTS_SECTION ".attn.weights" /* read-only, allocated, aligned to 4096 */

/* clang-format off */
/*
 * An ordinary ELF note: u32 namesz = 5, u32 descsz, u32 type = 1, "ATTN\0" and
 * three zero bytes, then descsz bytes of description, then zeros up to a
 * multiple of 4.  The section has type SHT_NOTE, flag SHF_ALLOC, alignment 4.
 *
 * The description is the following sequence without padding or alignment.
 * Integers are little-endian; u16, u32, u64 unsigned, i32, i64 signed.
 * `string` is u32 length, then that many bytes of UTF-8 without control
 * characters and without a terminating NUL.  `T[n]` is n times T.
 *
 *   module:
 *     u32     magic          ATTN_RT_ABI_MAGIC
 *     u16     abi_major      ATTN_RT_ABI_MAJOR
 *     u16     abi_minor      ATTN_RT_ABI_MINOR
 *     u32     machine        e_machine of the header (62 x86-64, 183 aarch64)
 *     u8[16]  uuid           of code and weights; equal input, equal uuid
 *     string  name           of the module
 *     string  producer       program and version: "attn-compile 0.1.0"
 *     string  target         triple: "x86_64-unknown-linux-gnu"
 *     u64     weights_bytes  behind the descriptor's `weights`; 0: no weights
 *     u32     variant_count  1 .. ATTN_RT_MAX_VARIANTS
 *     variant[variant_count] best first: the first that the CPU can run is used
 *     u32     function_count 1 .. ATTN_RT_MAX_FUNCTIONS
 *     function[function_count]
 *   and the description ends here exactly.
 *
 *   variant:
 *     string  name           "x86-64-v4"; unique, not empty
 *     u64[ATTN_RT_FEATURE_WORDS] features   all that its code needs
 *
 *   function:
 *     string  name           unique in the module, not empty
 *     u32     symbol_count   0 .. ATTN_RT_MAX_SYMBOLS
 *     symbol[symbol_count]
 *     u32     arg_count      0 .. ATTN_RT_MAX_VALUES
 *     u32     result_count   0 .. ATTN_RT_MAX_VALUES
 *     value[arg_count]       names are unique among the arguments
 *     value[result_count]    names are unique among the results
 *     u32     op_count       0 .. ATTN_RT_MAX_OPS
 *     op[op_count]
 *     u32     fault_count    0 .. ATTN_RT_MAX_OPS
 *     string[fault_count]    see below
 *     and from abi_minor 1 on (a function of minor 0 ends here, and has no
 *     states):
 *     dim     step           positions that a call adds to the states: a symbol,
 *                            or a static size >= 1; static 0 without states
 *     i32     capacity       index of the symbol of the states' positions, or
 *                            ATTN_RT_DIM_STATIC
 *     i32     batch          index of the symbol of the states' rows, or
 *                            ATTN_RT_DIM_STATIC
 *
 *   symbol: (occurs as a dimension of at least one argument)
 *     string  name           "seq"; unique in the function, not empty
 *     i64     min            >= 0
 *     i64     max            >= min
 *     i64     multiple       >= 1: every size accepted is a multiple of it
 *
 *   value:
 *     string  name           "input_ids"; not empty
 *     u32     dtype          attn_rt_dtype
 *     u32     rank           0 .. ATTN_RT_MAX_RANK
 *     dim[rank]
 *     u32     flags          of arguments ATTN_RT_VALUE_*, of results 0; with
 *                            abi_minor 0 no more than HAS_RANGE
 *     i64     value_min      with HAS_RANGE (arguments of integers or bools
 *     i64     value_max        only): the runtime refuses other elements before
 *                              it calls the entry point; else 0 and 0
 *
 *   dim:
 *     i32     symbol         index of a symbol; or ATTN_RT_DIM_STATIC; or, in
 *                            results, ATTN_RT_DIM_COMPUTED: only plan knows it
 *     i64     size           for ATTN_RT_DIM_STATIC the size, >= 0; else 0
 *
 *   op:
 *     string  name           "layer0.attention"
 *     string  kind           "attention", "matmul", "elementwise", ...
 *
 * A fault text is the sentence for that site, in which "{actual}" and "{bound}"
 * stand for the values of the fault record:
 *   "expects a token id below {bound}, but got {actual}"
 *
 * States.  An argument with ATTN_RT_VALUE_STATE is memory that the entry point
 * reads and updates in place: dense, aligned to the element, apart from every
 * other tensor.  Its new content is no result.  A function with states has a
 * step, and one argument with ATTN_RT_VALUE_LENGTH, an i64 of rank 0: how many
 * positions all states hold before the call, which with the step stays within
 * the capacity.  The symbols of a state are capacity and batch only; step,
 * capacity and batch are different symbols, and the two latter occur on states.
 *   With the capacity as one dimension a state holds one slice for each
 *   position: the entry point reads those below length + step only, and writes
 *   those from length to length + step - 1 only.
 *   Without it a state is a recurrence, read and written as a whole; zeros
 *   before the first call.
 * All functions of a module that have states have the same ones: of the same
 * names, element types and dimensions, where capacity and batch correspond.
 * A state has no range and is not the length.
 */
/* clang-format on */

enum { ATTN_RT_DIM_STATIC = -1, ATTN_RT_DIM_COMPUTED = -2 };
enum { ATTN_RT_VALUE_HAS_RANGE = 1, ATTN_RT_VALUE_STATE = 2, ATTN_RT_VALUE_LENGTH = 4 };

/* Limits which the reader enforces and a producer must respect. */
#define ATTN_RT_MAX_NOTE_BYTES (16u << 20)
#define ATTN_RT_MAX_STRING 1024u
#define ATTN_RT_MAX_VARIANTS 16u
#define ATTN_RT_MAX_FUNCTIONS 256u
#define ATTN_RT_MAX_SYMBOLS 256u
#define ATTN_RT_MAX_VALUES 1024u
#define ATTN_RT_MAX_OPS 65536u

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATTN_RT_ABI_H */
