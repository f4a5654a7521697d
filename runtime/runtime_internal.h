/* The inside of a runtime: for the files of runtime/ itself and the bindings of the loop (loop.c, process.c), nobody
 * else. */
#ifndef JSD_RUNTIME_RUNTIME_INTERNAL_H
#define JSD_RUNTIME_RUNTIME_INTERNAL_H

#include "callback.h"
#include "module_store.h"
#include "runtime.h"
#include "thread_group.h"

/* Words shared with JS as one Uint32Array (modules/internal/loop_state.js gets the numbers from the binding "loop"). */
enum {
  STATE_TICKS = 0,          /* nextTick queue is not empty */
  STATE_REJECTIONS = 1,     /* rejections wait for their turn */
  STATE_IMMEDIATES = 2,     /* immediates queued */
  STATE_IMMEDIATE_REFS = 3, /* those of them that keep the loop alive */
  STATE_CONTEXT = 4,        /* some AsyncLocalStorage is in use */
  STATE_REQUEST_WORK = 5,   /* a drain may come: what begins in a request is told apart (drain.h) */
  STATE_OUTSTANDING = 6,    /* immediates of this turn that an exception left over */
  STATE_HOOKS = 7,          /* hooks of node:async_hooks that are enabled */
  STATE_LAST_ID = 8,        /* the last asynchronous id that was given */
  STATE_EXECUTION = 9,      /* the id of what runs now */
  STATE_TRIGGER = 10,       /* and of what caused it */
  STATE_WORDS = 12,
};

/* Functions of bootstrap's `callbacks`, in this order in runtime.c's table. */
enum {
  CALLBACK_START,
  CALLBACK_TICKS,
  CALLBACK_TIMERS,
  CALLBACK_IMMEDIATES,
  CALLBACK_REJECTION,
  CALLBACK_UNCAUGHT,
  CALLBACK_BEFORE_EXIT,
  CALLBACK_EXIT,
  CALLBACK_WASM_STREAM,
  CALLBACK_TERMINATE,
  CALLBACK_ASYNC_INIT,
  CALLBACK_ASYNC_BEFORE,
  CALLBACK_ASYNC_AFTER,
  CALLBACK_ASYNC_DESTROY,
  CALLBACK_COUNT,
};

/* How far a process has come (performance.nodeTiming). */
enum { MILESTONE_START, MILESTONE_ENGINE, MILESTONE_ENVIRONMENT, MILESTONE_BOOTSTRAP, MILESTONE_LOOP, MILESTONE_LOOP_END, MILESTONE_COUNT };

typedef struct compile_cache compile_cache;
typedef struct callback_scope callback_scope;

/* drain.c */
typedef struct drain_state {
  runtime_service services; /* list head */
  drain_counts held;
  drain_reason reason; /* 0: no drain yet */
  bool paused, told;   /* what the services know */
  void (*done)(void *data);
  void *data;
  uv_idle_t idle;
} drain_state;

struct runtime {
  napi_env env;
  uv_loop_t *loop;
  runtime_host host;
  uint32_t state[STATE_WORDS];
  unsigned depth;        /* nesting of callbacks */
  callback_scope *scope; /* the innermost callback, or NULL */
  uint32_t turn;         /* of the loop */
  uint32_t *ended;       /* ids of origins that ended since hooks were told */
  size_t ended_count, ended_capacity;
  bool exiting; /* process.exit runs: no more ticks */
  bool has_loop, handles_open;

  uv_loop_t own_loop;
  uv_async_t wake;       /* engine tasks were posted from another thread */
  uv_timer_t task_timer; /* the next delayed engine task */
  uv_timer_t timer;      /* the one timer behind setTimeout */
  uv_check_t check;      /* runs immediates */
  uv_idle_t idle;        /* keeps poll from blocking while immediates wait */
  uint64_t start_ms;     /* uv_now at start: JS's timers count from here */
  uint64_t start_ns;     /* uv_hrtime when the process began: the time origin */
  uint64_t milestones[MILESTONE_COUNT]; /* uv_hrtime, or 0 */
  bool forked;           /* what came before runtime_start was in another process */

  held exports; /* bootstrap's exports */
  held callbacks[CALLBACK_COUNT];
  held main;
  held request_frame;               /* the asynchronous context of a request's work */
  held import_dynamic, import_meta; /* bindings/module.c */

  int argc;
  const char *const *argv;
  void *host_state;
  size_t heap_at_start;         /* bytes in use when runtime_start began */
  compile_cache *compile_cache; /* bindings/compile_cache.c; NULL: nothing is kept */
  module_store store;

  drain_state drain;
  runtime_resource resources; /* list head */
  runtime_work works;         /* list head */
  bool closing;               /* runtime_destroy, or its thread is to end: JS is not called any more */

  thread_group *group;      /* NULL until the first port */
  mailbox mail;
  runtime_thread *thread;   /* that it is of; NULL: the main one */
  runtime_thread *children; /* list */
};

/* loop_handles.c */
int runtime_handles_open(runtime *rt);
void runtime_handles_close(runtime *rt);
void runtime_wake(void *rt);

/* callback.c: runtime_call of one of bootstrap's callbacks. */
napi_status runtime_callback(runtime *rt, int which, size_t argc, const napi_value *argv, napi_value *result);
napi_status runtime_callback_value(runtime *rt, int which, napi_value *function);
/* origin_begin for work that ends by itself: it also carries on whether a request goes on (drain.h). */
void origin_begin_work(async_origin *o, runtime *rt, const char *type);
/* Tells hooks of the origins that ended: once a turn. */
void runtime_origins_ended(runtime *rt);
/* The object that stands for what C called, or NULL: nothing of C's runs now, or it has none. */
napi_value runtime_resource_now(runtime *rt);

/* resources.c */
void runtime_resources_close(runtime *rt);
void runtime_resources_release(runtime *rt);
void runtime_works_cancel(runtime *rt);

/* Evaluates the built-in JS, which is what a snapshot holds; its exports are slot 0 of js_snapshot_get. */
napi_status runtime_build_context(napi_env env, const js_hints *hints, bool collect);

/* Writes what was compiled, which takes a few milliseconds; 0 or a negative errno. And forgets it without writing. */
int compile_cache_flush(runtime *rt);
void compile_cache_close(runtime *rt);

/* The table of all bindings (binding_table.c). */
extern const js_binding *const runtime_bindings[];

#endif
