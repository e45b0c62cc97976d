/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Loads and runs modules made by attn-compile.  C99, needs nothing but libc.
 *
 * The common case is five calls:
 *
 *   attn_rt_module_open(path, NULL, &module, &error)          once
 *   attn_rt_module_function(module, NULL, &function, &error)  once
 *   attn_rt_run(function, args, 3, results, 1, NULL, &error)  many times
 *   attn_rt_tensor_release(&results[0])                       when allocated
 *   attn_rt_module_close(module)                              once
 *
 * Functions with states, such as a KV cache, run in sessions (session.h, which
 * comes with this header).
 *
 * Rules that hold for every function; its own comment states what differs.
 *
 * Ownership.  What *_open and *_create return is the caller's and ends with the
 *   matching *_close or *_destroy, which accept NULL.  Every other pointer
 *   passed in is borrowed for the call; every pointer handed out through a
 *   const struct lives as long as its module.
 * Threads.  A module and its functions are immutable: any number of threads may
 *   use them at once; a session serves one call at a time.  There is no global
 *   and no thread-local state; a forked child may use everything (on a pool of
 *   its parent, runs stay on their own thread).
 * Errors.  A function that can fail returns attn_rt_status; `error` may be NULL
 *   and otherwise receives one line without a newline.  After a failure nothing
 *   was allocated for the caller; the contents of result buffers that the
 *   caller provided are unspecified.  Nothing aborts, throws, prints, or
 *   changes errno, a signal handler, the locale or the floating-point
 *   environment.
 * Trust.  A module is native code: open only what you would run.  Its headers
 *   and description, and all tensors, shapes and values are checked.
 * Growth.  Structs that start with `struct_size` may grow at the end.
 *   Initialise them with their *_INIT macro; zero always means "default".
 */
#ifndef ATTN_RT_ATTN_RT_H
#define ATTN_RT_ATTN_RT_H

#include "attn_rt/abi.h"

#include <stddef.h>
#include <stdint.h>

#define ATTN_RT_VERSION_MAJOR 0
#define ATTN_RT_VERSION_MINOR 1

#if defined(__GNUC__)
#define ATTN_RT_API __attribute__((visibility("default")))
#define ATTN_RT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define ATTN_RT_API
#define ATTN_RT_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*===-- Status ----------------------------------------------------------===*/

/* Values are stable; treat an unknown value as a failure. */
typedef enum attn_rt_status {
  ATTN_RT_OK = 0,
  ATTN_RT_INVALID_ARGUMENT = 1, /* wrong count, type, rank, shape: fix the call */
  ATTN_RT_OUT_OF_RANGE = 2,     /* a value inside a tensor is out of range */
  ATTN_RT_NOT_FOUND = 3,        /* no such file, function or variant */
  ATTN_RT_INCOMPATIBLE = 4,     /* damaged module, other ABI or other machine */
  ATTN_RT_UNSUPPORTED_CPU = 5,  /* no variant of the module runs here */
  ATTN_RT_OUT_OF_MEMORY = 6,    /* the allocator said no; may be retried */
  ATTN_RT_CANCELLED = 7,        /* attn_rt_run_options.poll asked for it */
  ATTN_RT_IO = 8,               /* the system refused; the message says why */
  ATTN_RT_INTERNAL = 9          /* a bug in attn-mlir: please report it */
} attn_rt_status;

typedef struct attn_rt_error {
  char message[512]; /* NUL-terminated, one line, truncated if need be */
} attn_rt_error;

/* "invalid argument", ...; never NULL. */
ATTN_RT_API const char *attn_rt_status_name(attn_rt_status status);

/* Version of the library that is running: (major << 16) | minor. */
ATTN_RT_API uint32_t attn_rt_version(void);

/*===-- Tensors ---------------------------------------------------------===*/

/* Numbered as in DLPack.  No module runs on a GPU yet: tensors that lie there
 * are refused. */
typedef enum attn_rt_device { ATTN_RT_CPU = 0, ATTN_RT_CUDA = 2 } attn_rt_device;

/* A view of elements somewhere: a plain value, copy it freely.  `release` is
 * NULL for borrowed memory.  Where it is not, exactly one copy owns the memory
 * and ends with attn_rt_tensor_release. */
typedef struct attn_rt_tensor {
  void *data;                        /* first element; NULL: size 0, or "please allocate" */
  int32_t dtype;                     /* attn_rt_dtype */
  int32_t rank;                      /* 0 .. ATTN_RT_MAX_RANK */
  int64_t shape[ATTN_RT_MAX_RANK];   /* >= 0 */
  int64_t strides[ATTN_RT_MAX_RANK]; /* in elements; any sign */
  int32_t device;                    /* attn_rt_device */
  int32_t device_index;              /* 0 */
  void (*release)(struct attn_rt_tensor *self);
  void *owner; /* for release */
} attn_rt_tensor;

/* A dense row-major view of `data`.  data = NULL asks attn_rt_run to allocate a
 * result.  A rank outside 0 .. ATTN_RT_MAX_RANK is kept for attn_rt_run to
 * refuse; `shape` is then not read. */
ATTN_RT_API attn_rt_tensor attn_rt_tensor_view(void *data, attn_rt_dtype dtype, int32_t rank, const int64_t *shape);

/* Bytes of a dense tensor of this dtype and shape; -1 when they overflow or
 * the dtype, rank or a size is invalid. */
ATTN_RT_API int64_t attn_rt_tensor_bytes(const attn_rt_tensor *tensor);

/* Frees owned memory and zeroes `tensor`.  Harmless on borrowed, zeroed or NULL
 * tensors, and after the module was closed. */
ATTN_RT_API void attn_rt_tensor_release(attn_rt_tensor *tensor);

/* "f32", "i64", "bool", ...; NULL for a value that is no attn_rt_dtype. */
ATTN_RT_API const char *attn_rt_dtype_name(int32_t dtype);

/* Bytes of one element; 0 for a value that is no attn_rt_dtype. */
ATTN_RT_API size_t attn_rt_dtype_bytes(int32_t dtype);

/*===-- What the application may plug in --------------------------------===*/

/* Called from any thread.  `alignment` is a power of two >= 64, `size` > 0.
 * NULL from `allocate` becomes ATTN_RT_OUT_OF_MEMORY.  `free` receives the size
 * and alignment that were asked for. */
typedef struct attn_rt_allocator {
  void *context;
  void *(*allocate)(void *context, size_t size, size_t alignment);
  void (*free)(void *context, void *pointer, size_t size, size_t alignment);
} attn_rt_allocator;

/* Runs work on the application's threads.  parallel_for as in abi.h: a loop
 * that runs inline with worker 0 is a correct implementation.  A body never
 * blocks and never calls parallel_for.  Results do not depend on the number of
 * threads or on the order, bit for bit. */
typedef struct attn_rt_executor {
  void *context;
  int32_t concurrency; /* >= 1; every worker number is below it */
  attn_rt_parallel_for parallel_for;
  void (*begin)(void *context); /* a run starts; may be NULL */
  void (*end)(void *context);   /* it ended; may be NULL */
} attn_rt_executor;

/*===-- Thread pool -----------------------------------------------------===*/

/* Optional.  One pool may serve any number of modules and concurrent runs:
 * while it works for one run, another stays on its own calling thread, so that
 * nothing is oversubscribed. */
typedef struct attn_rt_pool attn_rt_pool;

typedef struct attn_rt_pool_options {
  size_t struct_size;
  int32_t threads;     /* caller included; 0 = the CPUs this process may use
                          (affinity and cgroup quota) */
  int32_t spin_us;     /* how long an idle worker stays awake inside a run;
                          0 = 50; -1 = never */
  const int32_t *cpus; /* worker i runs on cpus[i % cpu_count]; NULL = anywhere */
  int32_t cpu_count;
} attn_rt_pool_options;
#define ATTN_RT_POOL_OPTIONS_INIT {sizeof(attn_rt_pool_options), 0, 0, NULL, 0}

/* Starts threads - 1 workers.  `options` may be NULL. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_pool_create(const attn_rt_pool_options *options,
                                                                  attn_rt_pool **pool, attn_rt_error *error);

/* Valid until the pool is destroyed. */
ATTN_RT_API const attn_rt_executor *attn_rt_pool_executor(const attn_rt_pool *pool);

/* No run may be using the pool. */
ATTN_RT_API void attn_rt_pool_destroy(attn_rt_pool *pool);

/*===-- Modules ---------------------------------------------------------===*/

typedef struct attn_rt_module attn_rt_module;
typedef struct attn_rt_function attn_rt_function;

typedef struct attn_rt_open_options {
  size_t struct_size;
  const attn_rt_allocator *allocator; /* copied; NULL = posix_memalign, free */
  const attn_rt_executor *executor;   /* copied; NULL = the thread that calls run:
                                         no thread starts that nobody asked for */
  const char *variant;                /* NULL = the best that runs here; else its name */
  int32_t inspect;                    /* 1: read the description only.  Works for any machine
                                         and CPU; such a module cannot run. */
} attn_rt_open_options;
#define ATTN_RT_OPEN_OPTIONS_INIT {sizeof(attn_rt_open_options), NULL, NULL, NULL, 0}

/* Checks the whole file format, the ABI version and the CPU, so that a run
 * cannot fail for these reasons.  `path` is not searched for anywhere.  Replace
 * a module file by renaming a new one over it: the open module keeps its own;
 * truncating it in place kills the process. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_module_open(const char *path, const attn_rt_open_options *options,
                                                                  attn_rt_module **module, attn_rt_error *error);

/* The same for the bytes of a module, which are copied. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_module_open_memory(const void *data, size_t size,
                                                                         const attn_rt_open_options *options,
                                                                         attn_rt_module **module, attn_rt_error *error);

/* The same for a module linked into the program: its descriptor, and the
 * description of its note (abi.h), which must outlive the module. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_module_open_linked(const struct attn_rt_descriptor *descriptor,
                                                                         const void *description,
                                                                         size_t description_size,
                                                                         const attn_rt_open_options *options,
                                                                         attn_rt_module **module, attn_rt_error *error);

/* Ends the caller's handle.  Code stays mapped until running calls have
 * returned, sessions are destroyed and owned results are released, so the order
 * does not matter. */
ATTN_RT_API void attn_rt_module_close(attn_rt_module *module);

/* Returns cached workspaces to the allocator. */
ATTN_RT_API void attn_rt_module_trim(attn_rt_module *module);

typedef struct attn_rt_module_info {
  size_t struct_size;
  const char *name, *producer, *target;
  const char *variant;         /* the one chosen; NULL when inspecting */
  const char *uuid;            /* 32 hex digits, of code and weights */
  const char *const *variants; /* all, best first */
  int32_t variant_count, function_count;
  int64_t weights_bytes;
  uint32_t machine; /* e_machine: 62 x86-64, 183 aarch64 */
  uint16_t abi_major, abi_minor;
} attn_rt_module_info;
#define ATTN_RT_MODULE_INFO_INIT {sizeof(attn_rt_module_info), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0}

/* Fills what fits in info->struct_size. */
ATTN_RT_API void attn_rt_module_get_info(const attn_rt_module *module, attn_rt_module_info *info);

/*===-- Functions -------------------------------------------------------===*/

/* name = NULL: the only function of the module.  The message of NOT_FOUND lists
 * what exists. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_module_function(const attn_rt_module *module, const char *name,
                                                                      const attn_rt_function **function,
                                                                      attn_rt_error *error);

/* NULL when index is not in 0 .. function_count - 1. */
ATTN_RT_API const attn_rt_function *attn_rt_module_function_at(const attn_rt_module *module, int32_t index);

/* One dimension.  With a symbol, the caller chooses the size, in [min, max] and
 * a multiple of `multiple`, and equal wherever the symbol occurs.  Without one,
 * the size is min == max; or, in a result, computed from the symbols in a way
 * that only attn_rt_function_plan tells (symbol_index ATTN_RT_DIM_COMPUTED). */
typedef struct attn_rt_dim {
  const char *symbol; /* or NULL */
  int64_t min, max, multiple;
  int32_t symbol_index; /* or ATTN_RT_DIM_STATIC, ATTN_RT_DIM_COMPUTED */
  int32_t reserved;
} attn_rt_dim;
#define ATTN_RT_DIM_INIT {NULL, 0, 0, 0, 0, 0}

typedef struct attn_rt_value_info {
  const char *name;
  int32_t dtype, rank;
  const attn_rt_dim *dims; /* [rank] */
  uint32_t flags;          /* ATTN_RT_VALUE_*, which may be combined */
  uint32_t reserved;
  int64_t value_min, value_max; /* HAS_RANGE: the elements that are accepted */
} attn_rt_value_info;

typedef struct attn_rt_function_info {
  size_t struct_size;
  const char *name;
  const attn_rt_value_info *args, *results;
  int32_t arg_count, result_count;
  int32_t state_count; /* arguments with ATTN_RT_VALUE_STATE; 0: not for sessions */
  int32_t reserved;
  attn_rt_dim step;            /* positions that a call adds; 0 without states */
  attn_rt_dim capacity, batch; /* symbol NULL: the states have no such dimension */
} attn_rt_function_info;
#define ATTN_RT_FUNCTION_INFO_INIT                                                                                     \
  {sizeof(attn_rt_function_info), NULL, NULL, NULL, 0, 0, 0, 0, ATTN_RT_DIM_INIT, ATTN_RT_DIM_INIT, ATTN_RT_DIM_INIT}

/* Fills what fits in info->struct_size. */
ATTN_RT_API void attn_rt_function_get_info(const attn_rt_function *function, attn_rt_function_info *info);

/* -1 when there is none. */
ATTN_RT_API int32_t attn_rt_function_arg_index(const attn_rt_function *function, const char *name);
/* -1 when there is none. */
ATTN_RT_API int32_t attn_rt_function_result_index(const attn_rt_function *function, const char *name);

/*===-- Running ---------------------------------------------------------===*/

typedef struct attn_rt_event {
  size_t struct_size;
  const char *name;         /* "layer0.attention" */
  const char *kind;         /* "attention", "matmul", ... */
  int64_t begin_ns, end_ns; /* monotonic clock */
  int64_t tiles_done, tiles_skipped;
  /* Floating-point operations that the graph asks for (of an attention those of
   * the computed tiles, without the normaliser), and bytes of operands and
   * results, each counted once; 0: unknown. */
  int64_t flops, bytes;
} attn_rt_event;

typedef struct attn_rt_run_options {
  size_t struct_size;
  const attn_rt_executor *executor; /* NULL = the module's */
  void *workspace;                  /* NULL = from a cache in the module; else 64-byte aligned,
                                       as large as attn_rt_function_plan says */
  size_t workspace_bytes;
  /* Called on the calling thread between pieces of work, about once a
   * millisecond while there are any; non-zero cancels. */
  int (*poll)(void *context);
  void *poll_context;
  /* Called on the calling thread after each operation. */
  void (*trace)(void *context, const attn_rt_event *event);
  void *trace_context;
  /* For a poll that costs something: at least so many microseconds pass before
   * the first one and between two.  0 (and less): as said above, and before
   * each operation. */
  int64_t poll_interval_us;
} attn_rt_run_options;
#define ATTN_RT_RUN_OPTIONS_INIT {sizeof(attn_rt_run_options), NULL, NULL, 0, NULL, NULL, NULL, NULL, 0}

/* From the shapes of args (data may be NULL): dtype, rank, shape and strides of
 * every result, whose data becomes NULL, and the workspace that a run with
 * these shapes and options needs. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_function_plan(const attn_rt_function *function,
                                                                    const attn_rt_tensor *args, int32_t arg_count,
                                                                    attn_rt_tensor *results, int32_t result_count,
                                                                    const attn_rt_run_options *options,
                                                                    size_t *workspace_bytes, attn_rt_error *error);

/* Runs function(args) -> results.
 *   args[i]     need not be aligned or contiguous (others are copied).
 *               With ATTN_RT_VALUE_STATE: updated in place, so dense, aligned
 *               and apart from every other tensor; after a failure its contents
 *               are unspecified.  The argument with ATTN_RT_VALUE_LENGTH leaves
 *               room for the call's positions, or the run is OUT_OF_RANGE.
 *   results[i]  data != NULL: dense, of exactly the right dtype and shape,
 *               apart from every other tensor; written there.
 *               data == NULL: allocated and described; the other fields are not
 *               read; end it with attn_rt_tensor_release.
 * Reentrant: any number of threads may run the same function at once. */
ATTN_RT_API ATTN_RT_MUST_CHECK attn_rt_status attn_rt_run(const attn_rt_function *function, const attn_rt_tensor *args,
                                                          int32_t arg_count, attn_rt_tensor *results,
                                                          int32_t result_count, const attn_rt_run_options *options,
                                                          attn_rt_error *error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "attn_rt/session.h"

#endif /* ATTN_RT_ATTN_RT_H */
