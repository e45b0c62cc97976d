/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The built-in thread pool.
 *
 * A parallel loop is one 64-bit ticket, (pieces << 24 | next), from which the
 * caller and the workers claim pieces by fetch_add; more than 2^23 pieces are
 * handed out in several tickets.  The caller joins on pieces done and never on
 * workers arrived: a worker that the system does not schedule costs nothing.
 * Workers spin for a short time while any run is active and sleep otherwise.
 *
 * One loop owns the pool at a time (busy).  Another run's loop then stays on
 * its own thread.  In a forked child, whose workers do not exist, the caller
 * claims every piece itself; a page that the kernel wipes on fork tells destroy
 * that there is nobody to join. */
#define _GNU_SOURCE
#include "cpu_count.h"
#include "error.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_THREADS = 4096,
  PAGE = 4096,
  DEFAULT_SPIN_US = 50,
  JOIN_SPIN_NS = 20000,
  TICKET_SHIFT = 24,
  TICKET_PIECES = 1 << 23 /* leaves room for claims that come too late */
};

typedef struct pool_worker {
  struct attn_rt_pool *pool;
  pthread_t thread;
  int32_t id; /* 1 .. threads - 1; the caller is 0 */
  int32_t cpu;
} pool_worker;

struct attn_rt_pool {
  _Alignas(64) _Atomic uint64_t ticket;
  _Alignas(64) _Atomic uint32_t done;  /* pieces; a futex */
  _Alignas(64) _Atomic uint32_t epoch; /* counts tickets; a futex */
  _Atomic int32_t sleepers, active_runs, quit;
  atomic_flag busy;
  /* Written by the loop that owns the pool, before its ticket. */
  attn_rt_body body;
  void *arg;
  int64_t first_index;
  /* Constant. */
  int64_t spin_ns;
  int32_t thread_count;    /* the caller included */
  _Atomic uint32_t *alive; /* a page that is zero in a forked child */
  attn_rt_executor executor;
  pool_worker workers[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int32_t count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Claims and runs pieces until none is left. */
static void help(attn_rt_pool *pool, int32_t worker) {
  const uint64_t mask = (UINT64_C(1) << TICKET_SHIFT) - 1;
  for (;;) {
    uint64_t seen = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    if ((seen & mask) >= (seen >> TICKET_SHIFT))
      return;
    uint64_t mine = atomic_fetch_add_explicit(&pool->ticket, 1, memory_order_acq_rel);
    uint64_t index = mine & mask, pieces = mine >> TICKET_SHIFT;
    if (index >= pieces)
      return;
    /* The owner waits for this piece, so its fields are stable. */
    pool->body(pool->arg, pool->first_index + (int64_t)index, worker);
    if (atomic_fetch_add(&pool->done, 1) + 1 == pieces)
      futex_wake(&pool->done, 1);
  }
}

static void wait_for_epoch(attn_rt_pool *pool, uint32_t seen) {
  int64_t begin = now_ns();
  while (atomic_load(&pool->epoch) == seen) {
    if (atomic_load_explicit(&pool->active_runs, memory_order_relaxed) > 0 && now_ns() - begin < pool->spin_ns) {
      relax();
      continue;
    }
    atomic_fetch_add(&pool->sleepers, 1);
    if (atomic_load(&pool->epoch) == seen)
      futex_wait(&pool->epoch, seen);
    atomic_fetch_sub(&pool->sleepers, 1);
    begin = now_ns();
  }
}

static void *work(void *context) {
  pool_worker *self = context;
  attn_rt_pool *pool = self->pool;
  uint32_t seen = 0;
  while (!atomic_load(&pool->quit)) {
    help(pool, self->id);
    wait_for_epoch(pool, seen);
    seen = atomic_load(&pool->epoch);
  }
  return NULL;
}

static void join(attn_rt_pool *pool, uint32_t pieces) {
  int64_t begin = now_ns();
  uint32_t done;
  while ((done = atomic_load(&pool->done)) < pieces) {
    if (now_ns() - begin < JOIN_SPIN_NS)
      relax();
    else
      futex_wait(&pool->done, done);
  }
}

static void run_ticket(attn_rt_pool *pool, uint32_t pieces) {
  atomic_store(&pool->done, 0);
  atomic_store_explicit(&pool->ticket, (uint64_t)pieces << TICKET_SHIFT, memory_order_release);
  atomic_fetch_add(&pool->epoch, 1);
  int32_t helpers = pool->thread_count - 1;
  if ((int64_t)pieces - 1 < helpers)
    helpers = (int32_t)pieces - 1;
  if (helpers > 0 && atomic_load(&pool->sleepers) > 0)
    futex_wake(&pool->epoch, helpers);
  help(pool, 0);
  join(pool, pieces);
}

static void pool_parallel_for(void *context, int64_t count, attn_rt_body body, void *arg) {
  attn_rt_pool *pool = context;
  if (count < 2 || pool->thread_count == 1 || atomic_flag_test_and_set_explicit(&pool->busy, memory_order_acquire)) {
    for (int64_t i = 0; i < count; ++i)
      body(arg, i, 0);
    return;
  }
  pool->body = body;
  pool->arg = arg;
  for (int64_t first = 0; first < count; first += TICKET_PIECES) {
    int64_t left = count - first;
    pool->first_index = first;
    run_ticket(pool, (uint32_t)(left < TICKET_PIECES ? left : TICKET_PIECES));
  }
  atomic_flag_clear_explicit(&pool->busy, memory_order_release);
}

static void pool_begin(void *context) {
  attn_rt_pool *pool = context;
  atomic_fetch_add_explicit(&pool->active_runs, 1, memory_order_relaxed);
}

static void pool_end(void *context) {
  attn_rt_pool *pool = context;
  atomic_fetch_sub_explicit(&pool->active_runs, 1, memory_order_relaxed);
}

static attn_rt_status read_options(const attn_rt_pool_options *given, attn_rt_pool_options *options,
                                   attn_rt_error *error) {
  memset(options, 0, sizeof *options);
  if (given)
    memcpy(options, given, given->struct_size < sizeof *options ? given->struct_size : sizeof *options);
  if (options->threads < 0 || options->threads > MAX_THREADS)
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects a pool to have threads in [0, %d], but got "
                         "%d",
                         MAX_THREADS, options->threads);
  if (options->cpu_count < 0 || (options->cpu_count > 0 && !options->cpus))
    return attn_rti_fail(error, ATTN_RT_INVALID_ARGUMENT,
                         "expects a pool's CPU list to have cpu_count entries, "
                         "but got %d and NULL",
                         options->cpu_count);
  if (options->threads == 0)
    options->threads = attn_rti_cpu_count();
  return ATTN_RT_OK;
}

static attn_rt_pool *allocate_pool(const attn_rt_pool_options *options) {
  void *memory = NULL;
  size_t size = sizeof(attn_rt_pool) + (size_t)options->threads * sizeof(pool_worker);
  if (posix_memalign(&memory, 64, size) != 0)
    return NULL;
  memset(memory, 0, size);
  attn_rt_pool *pool = memory;
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || madvise(page, PAGE, MADV_WIPEONFORK) != 0) {
    if (page != MAP_FAILED)
      munmap(page, PAGE);
    free(memory);
    return NULL;
  }
  pool->alive = page;
  atomic_store(pool->alive, 1);
  atomic_flag_clear(&pool->busy);
  pool->spin_ns = options->spin_us < 0 ? 0 : (int64_t)(options->spin_us ? options->spin_us : DEFAULT_SPIN_US) * 1000;
  pool->thread_count = 1;
  pool->executor = (attn_rt_executor){pool, options->threads, pool_parallel_for, pool_begin, pool_end};
  return pool;
}

static int start_worker(pool_worker *worker, const attn_rt_pool_options *options) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return ENOMEM;
  int code = 0;
  if (options->cpu_count > 0) {
    int cpu = options->cpus[worker->id % options->cpu_count];
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu < 0 || cpu >= CPU_SETSIZE)
      code = EINVAL;
    else
      CPU_SET(cpu, &set);
    if (!code)
      code = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
  }
  if (!code)
    code = pthread_create(&worker->thread, &attributes, work, worker);
  if (!code)
    pthread_setname_np(worker->thread, "attn_rt");
  pthread_attr_destroy(&attributes);
  return code;
}

/* Signals stay with the application's threads. */
static int start_workers(attn_rt_pool *pool, const attn_rt_pool_options *options) {
  sigset_t all, saved;
  int code = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &saved);
  while (!code && pool->thread_count < options->threads) {
    pool_worker *worker = &pool->workers[pool->thread_count];
    worker->pool = pool;
    worker->id = pool->thread_count;
    code = start_worker(worker, options);
    if (!code)
      ++pool->thread_count;
  }
  pthread_sigmask(SIG_SETMASK, &saved, NULL);
  return code;
}

attn_rt_status attn_rt_pool_create(const attn_rt_pool_options *given, attn_rt_pool **created, attn_rt_error *error) {
  int saved = errno;
  attn_rt_pool_options options;
  *created = NULL;
  attn_rt_status status = read_options(given, &options, error);
  if (status)
    return status;
  attn_rt_pool *pool = allocate_pool(&options);
  if (!pool) {
    errno = saved;
    return attn_rti_fail(error, ATTN_RT_OUT_OF_MEMORY,
                         "expects memory for a pool of %d threads, but got "
                         "none",
                         options.threads);
  }
  int code = start_workers(pool, &options);
  errno = saved;
  if (code == 0) {
    *created = pool;
    return ATTN_RT_OK;
  }
  char buffer[32];
  attn_rt_pool_destroy(pool);
  return attn_rti_fail(error, ATTN_RT_IO, "expects to start %d threads, but got %s", options.threads - 1,
                       attn_rti_errno_text(code, buffer, sizeof buffer));
}

const attn_rt_executor *attn_rt_pool_executor(const attn_rt_pool *pool) { return &pool->executor; }

void attn_rt_pool_destroy(attn_rt_pool *pool) {
  if (!pool)
    return;
  int saved = errno;
  if (atomic_load(pool->alive)) {
    atomic_store(&pool->quit, 1);
    atomic_fetch_add(&pool->epoch, 1);
    futex_wake(&pool->epoch, MAX_THREADS);
    for (int32_t i = 1; i < pool->thread_count; ++i)
      pthread_join(pool->workers[i].thread, NULL);
  }
  munmap(pool->alive, PAGE);
  free(pool);
  errno = saved;
}
