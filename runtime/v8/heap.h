/*
 * heap.h: what tools see of the heap: its spaces, its objects, a picture of it for a debugger, and each garbage collection.
 * Figures of the whole heap are in js.h.
 */
#ifndef JSD_RUNTIME_V8_HEAP_H
#define JSD_RUNTIME_V8_HEAP_H

#include "js.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes. The name is the engine's own and stays. */
typedef struct js_heap_space {
  const char *name;
  size_t size, used, available, physical;
} js_heap_space;
size_t js_heap_space_count(napi_env env);
napi_status js_heap_space_get(napi_env env, size_t index, js_heap_space *space);

typedef struct js_code_statistics {
  size_t code_and_metadata, bytecode_and_metadata, external_script_source, cpu_profiler_metadata; /* bytes */
} js_code_statistics;
napi_status js_code_statistics_get(napi_env env, js_code_statistics *statistics);

/* Cached code is good for an engine of the same tag and flags. */
uint32_t js_code_version_tag(void);

/* Whether the engine keeps a string as Latin-1; false for what is no string. */
bool js_string_is_one_byte(napi_env env, napi_value string);

/* A heap snapshot as JSON text, in pieces, after a collection. It ends early once `write` returns false. May be called where
 * the heap is at its limit. */
napi_status js_heap_snapshot(napi_env env, bool internals, bool numbers,
                             bool (*write)(void *data, const char *text, size_t size), void *data);

/* An array of all objects that have `prototype` in the chain of their prototypes. */
JS_CHECKED napi_status js_heap_objects(napi_env env, napi_value prototype, napi_value *objects);

/* When the heap nears its limit, up to `count` times: call(env, data), which may take a snapshot but not run JS, then there is a
 * little more room for the program. Once in an environment; data must live as long as it. */
void js_heap_limit_watch(napi_env env, uint32_t count, void (*call)(napi_env env, void *data), void *data);

/* Called before and after each collection, in the middle of it: no handle may be made. type and flags are v8::GCType and
 * v8::GCCallbackFlags, whose numbers node:perf_hooks documents. NULL: no memory. */
typedef struct js_gc_watch js_gc_watch;
typedef void (*js_gc_call)(napi_env env, void *data, bool before, uint32_t type, uint32_t flags);
js_gc_watch *js_gc_watch_start(napi_env env, js_gc_call call, void *data);
void js_gc_watch_stop(js_gc_watch *watch); /* frees it */

#ifdef __cplusplus
}
#endif
#endif
