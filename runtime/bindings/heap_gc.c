/*
 * heap_gc.c: garbage collections for JS. None of it can run during a collection, so each is noted, and told later: v8.GCProfiler
 * takes its notes when it stops; node:perf_hooks' observers are called on the loop's next turn, which an async handle brings about
 * without keeping the loop alive.
 */
#include "../v8/heap.h"

#include "../runtime_internal.h"
#include "util.h"

enum { TOTALS = 11, SPACE_FIGURES = 4, SPACES_MAX = 24 };

/* The heap at one moment: the totals in the order of modules/internal/gc_profiler.js, then each space's figures. */
typedef struct moment {
  double totals[TOTALS];
  double spaces[SPACES_MAX][SPACE_FIGURES];
} moment;

typedef struct collection {
  uint32_t type, flags;
  uint64_t start, end; /* uv_hrtime */
  moment before, after; /* of a profile */
} collection;

typedef struct observer {
  runtime_resource resource; /* first */
  runtime *rt;
  js_gc_watch *watch;
  uv_async_t wake;
  bool profile;
  held callback;
  collection now;
  collection *notes;
  size_t count, capacity;
} observer;

static void moment_take(napi_env env, moment *m) {
  js_heap_statistics h;
  js_heap_statistics_get(env, &h);
  const double totals[TOTALS] = {
      (double)h.total_heap_size,           (double)h.total_heap_size_executable, (double)h.total_physical_size,
      (double)h.total_available_size,      (double)h.total_global_handles_size,  (double)h.used_global_handles_size,
      (double)h.used_heap_size,            (double)h.heap_size_limit,            (double)h.malloced_memory,
      (double)h.external_memory,           (double)h.peak_malloced_memory};
  memcpy(m->totals, totals, sizeof totals);
  size_t count = js_heap_space_count(env);
  for (size_t i = 0; i < count && i < SPACES_MAX; i++) {
    js_heap_space s = {0};
    js_heap_space_get(env, i, &s);
    const double figures[SPACE_FIGURES] = {(double)s.size, (double)s.used, (double)s.available, (double)s.physical};
    memcpy(m->spaces[i], figures, sizeof figures);
  }
}

static void on_collection(napi_env env, void *data, bool before, uint32_t type, uint32_t flags) {
  observer *o = data;
  if (before) {
    o->now.type = type;
    o->now.flags = flags;
    if (o->profile) moment_take(env, &o->now.before);
    o->now.start = uv_hrtime();
    return;
  }
  if (o->now.start == 0 || o->now.type != type) return; /* it began before the watching did */
  o->now.end = uv_hrtime();
  if (o->profile) moment_take(env, &o->now.after);
  if (o->count == o->capacity) {
    size_t capacity = o->capacity == 0 ? 16 : o->capacity * 2;
    collection *grown = realloc(o->notes, capacity * sizeof *grown);
    if (grown == NULL) return;
    o->notes = grown;
    o->capacity = capacity;
  }
  o->notes[o->count++] = o->now;
  o->now.start = 0;
  if (!o->profile) uv_async_send(&o->wake);
}

static void on_wake(uv_async_t *wake) {
  observer *o = wake->data;
  napi_env env = runtime_env(o->rt);
  collection *notes = o->notes;
  size_t count = o->count;
  js_scope scope;
  o->notes = NULL;
  o->count = o->capacity = 0;
  js_scope_open(env, &scope);
  napi_value list = NULL;
  napi_create_array_with_length(env, count * 4, &list);
  for (size_t i = 0; i < count; i++) {
    const collection *c = &notes[i];
    uint32_t at = (uint32_t)i * 4;
    napi_set_element(env, list, at, make_uint32(env, c->type));
    napi_set_element(env, list, at + 1, make_uint32(env, c->flags));
    napi_set_element(env, list, at + 2, make_double(env, (double)(c->start - o->rt->start_ns) / 1e6));
    napi_set_element(env, list, at + 3, make_double(env, (double)(c->end - c->start) / 1e6));
  }
  free(notes);
  if (count > 0) held_call(&o->callback, o->rt, NULL, NULL, 1, &list);
  js_scope_close(&scope);
}

static void on_closed(uv_handle_t *handle) { free(handle->data); }

static void observer_close(runtime_resource *resource) {
  observer *o = (observer *)resource;
  runtime_resource_remove(resource);
  if (o->watch != NULL) js_gc_watch_stop(o->watch);
  held_clear(&o->callback, runtime_env(o->rt));
  free(o->notes);
  o->notes = NULL;
  o->count = 0;
  uv_close((uv_handle_t *)&o->wake, on_closed);
}

static const js_type observer_type = {"GCObserver", NULL};

/* start(callback([type, flags, start ms, duration ms, ...]) or undefined for a profile) → handle */
static napi_value gc_start(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  args_get(env, info, argv, 1);
  observer *o = calloc(1, sizeof *o);
  if (o == NULL) return NULL;
  o->rt = runtime_of(env);
  o->resource.close = observer_close;
  o->profile = !arg_is(env, argv[0], napi_function);
  o->wake.data = o;
  uv_async_init(runtime_loop(o->rt), &o->wake, on_wake);
  uv_unref((uv_handle_t *)&o->wake);
  runtime_resource_add(o->rt, &o->resource);
  if ((o->profile || held_set(&o->callback, env, argv[0]) == napi_ok) &&
      js_handle_create(env, &observer_type, o, &value) == napi_ok &&
      (o->watch = js_gc_watch_start(env, on_collection, o)) != NULL)
    return value;
  observer_close(&o->resource);
  return NULL;
}

static napi_value moment_value(napi_env env, const moment *m) {
  napi_value out = NULL;
  uint32_t at = 0;
  size_t spaces = js_heap_space_count(env);
  napi_create_array(env, &out);
  for (int i = 0; i < TOTALS; i++) napi_set_element(env, out, at++, make_double(env, m->totals[i]));
  for (size_t i = 0; i < spaces && i < SPACES_MAX; i++) {
    for (int j = 0; j < SPACE_FIGURES; j++) napi_set_element(env, out, at++, make_double(env, m->spaces[i][j]));
  }
  return out;
}

/* stop(handle) → of a profile: [[type, cost in us, before, after], ...] */
static napi_value gc_stop(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  void *pointer;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &observer_type, &pointer) != napi_ok) return NULL;
  observer *o = pointer;
  js_handle_clear(env, argv[0]);
  js_gc_watch_stop(o->watch);
  o->watch = NULL;
  napi_create_array(env, &out);
  for (size_t i = 0; o->profile && i < o->count; i++) {
    const collection *c = &o->notes[i];
    napi_value one = NULL;
    napi_create_array_with_length(env, 4, &one);
    napi_set_element(env, one, 0, make_uint32(env, c->type));
    napi_set_element(env, one, 1, make_double(env, (double)(c->end - c->start) / 1e3));
    napi_set_element(env, one, 2, moment_value(env, &c->before));
    napi_set_element(env, one, 3, moment_value(env, &c->after));
    napi_set_element(env, out, (uint32_t)i, one);
  }
  observer_close(&o->resource);
  return out;
}

static const js_function functions[] = {{"start", gc_start}, {"stop", gc_stop}, {NULL, NULL}};

const js_binding binding_heap_gc = {"heap_gc", functions, NULL};
