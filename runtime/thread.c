/*
 * thread.c: threads of node:worker_threads: a runtime of its own on a thread of its own (thread_group.h).
 *
 * How one ends. By itself when its loop has nothing left; by process.exit, an uncaught exception or a lack of memory in
 * it; by its parent. In the last cases `stop` is set and the engine made to leave the running JS; from then on
 * runtime_call calls nothing. The thread takes its runtime apart, then stands in its parent's mailbox, which joins it
 * and tells JS. A parent that ends itself stops its children first and waits for them: nothing of a thread outlives the
 * runtime that started it.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime_internal.h"
#include "thread_group.h"

enum { STACK_MB = 4 };

typedef struct interrupt {
  struct interrupt *next;
  void (*call)(napi_env env, void *data);
  void *data;
} interrupt;

struct runtime_thread {
  uint32_t id;
  thread_options options;
  uv_thread_t thread;
  thread_group *group; /* as long as it runs */
  port *inbox;
  runtime *parent;
  atomic_bool stop;
  /* under the group's lock: */
  runtime *rt; /* NULL before it runs and after */
  bool exited; /* in the parent's list */
  interrupt *interrupts;
  runtime_thread *next_ended;
  int code;
  const char *error_code;
  uint64_t loop_start;
  /* of the parent's thread: */
  runtime_thread *next, *previous; /* its children */
  bool joined, referenced, released;
  held callback;
  async_origin origin;
};

uint32_t thread_id(const runtime_thread *t) { return t->id; }
const char *thread_name(const runtime_thread *t) { return t->options.name; }
const js_heap_limits *thread_limits_of(const runtime_thread *t) { return &t->options.limits; }
port *thread_inbox(runtime_thread *t) { return t->inbox; }
port *thread_control(runtime_thread *t) { return t->options.control; }
env_store *thread_env(runtime_thread *t) { return t->options.env; }
bool thread_stopping(const runtime_thread *t) { return atomic_load_explicit(&t->stop, memory_order_relaxed); }

bool runtime_stopped(runtime *rt) {
  if (rt->thread == NULL || !thread_stopping(rt->thread)) return false;
  rt->closing = rt->exiting = true;
  if (rt->has_loop) uv_stop(rt->loop);
  return true;
}

/* ---- in the thread --------------------------------------------------------------------------------------------- */

void thread_exit(runtime_thread *t, int code, const char *error_code) {
  uv_mutex_lock(&t->group->lock);
  if (!thread_stopping(t)) {
    t->code = code;
    t->error_code = error_code;
    atomic_store(&t->stop, true);
  }
  if (t->rt != NULL) js_terminate(t->rt->env);
  if (t->rt != NULL) mailbox_wake(&t->rt->mail);
  uv_mutex_unlock(&t->group->lock);
}

/* The heap is at its end: the thread's, not the process's. */
size_t thread_heap_full(runtime_thread *t, size_t current) {
  enum { LEEWAY = 16 << 20 }; /* for the collection that is under way */
  thread_exit(t, 1, "ERR_WORKER_OUT_OF_MEMORY");
  return current + LEEWAY;
}

static void publish(runtime_thread *t, runtime *rt) {
  uv_mutex_lock(&t->group->lock);
  t->rt = rt;
  interrupt *left = rt == NULL ? t->interrupts : NULL;
  if (rt == NULL) t->interrupts = NULL;
  uv_mutex_unlock(&t->group->lock);
  while (left != NULL) { /* nobody runs them any more */
    interrupt *next = left->next;
    left->call(NULL, left->data);
    free(left);
    left = next;
  }
}

static void run(runtime_thread *t, runtime *rt) {
  int err = runtime_start(rt, 0, NULL, NULL);
  if (err == 0) err = mailbox_open(rt);
  t->loop_start = uv_hrtime();
  publish(t, rt);
  int code = 1;
  if (err == 0 && !runtime_stopped(rt)) {
    err = runtime_main(rt, "worker", 0, NULL);
    if (err == 0 || err == -ECANCELED) code = runtime_run(rt);
  }
  publish(t, NULL);
  if (!thread_stopping(t)) t->code = code;
  js_terminate_cancel(rt->env);
}

static void thread_main(void *argument) {
  runtime_thread *t = argument;
  runtime *rt = NULL;
  runtime_options options = {.thread = t, .group = t->group, .limits = &t->options.limits, .parent = t->parent};
  if (runtime_create(&options, &rt) == 0) {
    run(t, rt);
    runtime_destroy(rt);
  } else {
    t->code = 1;
    t->error_code = "ERR_WORKER_INIT_FAILED";
  }
  thread_group *group = t->group;
  uv_mutex_lock(&group->lock);
  t->exited = true;
  t->next_ended = t->parent->mail.ended;
  t->parent->mail.ended = t;
  mailbox_wake(&t->parent->mail);
  uv_mutex_unlock(&group->lock); /* the parent may free it from here on */
}

/* ---- in its parent --------------------------------------------------------------------------------------------- */

static void unlink_child(runtime_thread *t) {
  if (t->previous != NULL) t->previous->next = t->next;
  else t->parent->children = t->next;
  if (t->next != NULL) t->next->previous = t->previous;
  t->next = t->previous = NULL;
}

static void free_if_unused(runtime_thread *t) {
  if (!t->joined || !t->released) return;
  env_store_free(t->options.env);
  free(t);
}

int thread_start(runtime *rt, const thread_options *options, napi_value exited, napi_value resource,
                 runtime_thread **out) {
  runtime_thread *t = calloc(1, sizeof *t);
  if (t == NULL) return UV_ENOMEM;
  t->options = *options;
  if (!(t->options.limits.stack > 0)) t->options.limits.stack = STACK_MB;
  js_heap_limits_fill(&t->options.limits);
  t->parent = rt;
  t->group = rt->group;
  uv_mutex_lock(&rt->group->lock);
  t->id = ++rt->group->last_id;
  uv_mutex_unlock(&rt->group->lock);
  if (t->options.name[0] == 0) snprintf(t->options.name, sizeof t->options.name, "%s", "WorkerThread");
  char name[64];
  snprintf(name, sizeof name, "node:worker_threads %u", t->id);
  if ((t->inbox = port_broadcast(rt->group, name)) == NULL) {
    free(t);
    return UV_ENOMEM;
  }
  if (t->options.env != NULL) env_store_share(t->options.env);
  port_share(t->options.control);
  uv_thread_options_t how = {.flags = UV_THREAD_HAS_STACK_SIZE,
                             .stack_size = (size_t)(t->options.limits.stack * (1 << 20))};
  int err = uv_thread_create_ex(&t->thread, &how, thread_main, t);
  if (err != 0) {
    port_release(t->options.control);
    port_release(t->inbox);
    env_store_free(t->options.env);
    free(t);
    return err;
  }
  held_set(&t->callback, rt->env, exited);
  origin_begin(&t->origin, rt, "WORKER", resource);
  t->next = rt->children;
  if (t->next != NULL) t->next->previous = t;
  rt->children = t;
  thread_ref(t, true);
  *out = t;
  return 0;
}

void thread_release(runtime_thread *t) {
  t->released = true;
  free_if_unused(t);
}

void thread_terminate(runtime_thread *t) {
  if (!t->joined) thread_exit(t, 1, NULL);
}

void thread_ref(runtime_thread *t, bool on) {
  if (t->joined || t->referenced == on) return;
  t->referenced = on;
  mailbox_ref(&t->parent->mail, on ? 1 : -1);
}

bool thread_has_ref(const runtime_thread *t) { return t->referenced; }

bool thread_loop_times(runtime_thread *t, double *idle, double *since_start) {
  bool runs = false;
  if (t->joined) return false;
  uv_mutex_lock(&t->group->lock);
  if (t->rt != NULL) {
    runs = true;
    *idle = (double)uv_metrics_idle_time(t->rt->loop) / 1e6;
    *since_start = (double)(uv_hrtime() - t->loop_start) / 1e6;
  }
  uv_mutex_unlock(&t->group->lock);
  return runs;
}

static void interrupts_run(napi_env env, void *data) {
  runtime_thread *t = data;
  for (;;) {
    uv_mutex_lock(&t->group->lock);
    interrupt *next = t->interrupts;
    if (next != NULL) t->interrupts = next->next;
    uv_mutex_unlock(&t->group->lock);
    if (next == NULL) return;
    next->call(env, next->data);
    free(next);
  }
}

void thread_interrupted(runtime *rt) {
  if (rt->thread != NULL) interrupts_run(rt->env, rt->thread);
}

bool thread_interrupt(runtime_thread *t, void (*job)(napi_env env, void *data), void *data) {
  interrupt *one = t->joined ? NULL : malloc(sizeof *one);
  bool taken = false;
  if (one == NULL) return false;
  *one = (interrupt){NULL, job, data};
  uv_mutex_lock(&t->group->lock);
  if (t->rt != NULL && !thread_stopping(t)) {
    taken = true;
    one->next = t->interrupts;
    t->interrupts = one;
    js_interrupt(t->rt->env, interrupts_run, t);
    mailbox_wake(&t->rt->mail);
  }
  uv_mutex_unlock(&t->group->lock);
  if (!taken) free(one);
  return taken;
}

/* It has ended, or is about to. */
static void join(runtime_thread *t) {
  uv_thread_join(&t->thread);
  thread_ref(t, false);
  origin_end(&t->origin, t->parent);
  t->joined = true;
  unlink_child(t);
  port_release(t->options.control);
  port_release(t->inbox);
  t->options.control = t->inbox = NULL;
}

static runtime_thread *next_ended(runtime *rt) {
  uv_mutex_lock(&rt->group->lock);
  runtime_thread *t = rt->mail.ended;
  if (t != NULL) rt->mail.ended = t->next_ended;
  uv_mutex_unlock(&rt->group->lock);
  return t;
}

void threads_ended(runtime *rt) {
  runtime_thread *t;
  while (!rt->closing && (t = next_ended(rt)) != NULL) {
    napi_value argv[2];
    js_scope scope;
    held callback = t->callback;
    async_origin origin = t->origin;
    t->callback = (held){0};
    t->origin = (async_origin){0};
    join(t);
    js_scope_open(rt->env, &scope);
    napi_create_int32(rt->env, t->code, &argv[0]);
    napi_get_undefined(rt->env, &argv[1]);
    if (t->error_code != NULL) js_string_latin1(rt->env, t->error_code, strlen(t->error_code), &argv[1]);
    free_if_unused(t);
    held_call_once(&callback, rt, &origin, NULL, 2, argv);
    origin_end(&origin, rt);
    js_scope_close(&scope);
  }
}

void threads_end(runtime *rt) {
  for (runtime_thread *t = rt->children; t != NULL; t = t->next) thread_terminate(t);
  while (rt->children != NULL) {
    runtime_thread *t = rt->children;
    held_clear(&t->callback, rt->env);
    join(t);
    free_if_unused(t);
  }
  rt->mail.ended = NULL;
}
