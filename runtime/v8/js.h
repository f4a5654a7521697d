/*
 * js.h: what jsd needs of a JavaScript engine and Node-API has no word for.
 *
 * Bindings are written against Node-API (js_native_api.h); this header adds platform, isolate and context, snapshots,
 * fork, ES modules, microtasks, promise hooks and rejections, continuation data, fast strings, native handles and heap
 * statistics. It is C and names no type of V8's: only runtime/v8/ includes V8's headers.
 *
 * Conventions. Every function returns a napi_status (0 is success) and fills its out parameters. A function that runs
 * or compiles JS returns napi_pending_exception when JS threw; the exception is then pending in the environment, as
 * with Node-API (napi_get_and_clear_last_exception). A napi_value lives as long as the innermost open handle scope.
 * One napi_env is one isolate with its main context, both entered on the thread that created it. No state is global
 * but the platform, so several environments can live in one process.
 */
#ifndef JSD_RUNTIME_V8_JS_H
#define JSD_RUNTIME_V8_JS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <js_native_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Before a function whose result nobody may drop. */
#define JS_CHECKED __attribute__((warn_unused_result))

/* The level of Node's API that the built-in modules follow (process.version, napi_get_node_version). A constant, not
 * the version of the engine's headers: a newer engine alone gives the modules nothing new. */
#define NODE_LEVEL_MAJOR 24
#define NODE_LEVEL_MINOR 21
#define NODE_LEVEL_PATCH 0

/* ---- native functions -------------------------------------------------------------------------------------------
 * A binding is a static table. Its functions are found again by (binding, index) after a snapshot was restored, so
 * they need no external references of their own, and a binding's object may be part of a snapshot.
 */
/* A second way into a function, taken by optimised code: no handles are made, arguments arrive as C values. The C
 * function has `this` (napi_value) first, then the arguments as listed: js_fast_bool bool, js_fast_int32 int32_t,
 * js_fast_uint32 uint32_t, js_fast_double double, js_fast_value napi_value, js_fast_string const js_fast_text *
 * (strings of one-byte units only: for others, and for too few arguments, the engine takes js_function's call). It must
 * not throw, and calls nothing of the engine but js_fast_bytes and js_fast_bytes_move. */
typedef enum js_fast_type {
  js_fast_void,
  js_fast_bool,
  js_fast_int32,
  js_fast_uint32,
  js_fast_double,
  js_fast_value,
  js_fast_string,
} js_fast_type;
enum { JS_FAST_ARGUMENTS = 8 };
typedef struct js_fast {
  void (*call)(void);
  js_fast_type result; /* no value, no string */
  uint32_t count;
  js_fast_type arguments[JS_FAST_ARGUMENTS];
} js_fast;
typedef struct js_fast_text {
  const char *data; /* Latin-1 */
  uint32_t length;
} js_fast_text;
typedef struct js_fast_storage {
  uint8_t bytes[64]; /* the engine keeps arrays up to this size in its heap */
} js_fast_storage;
/* The bytes of a typed array or DataView; anything else has none. A small one's may be a copy, in storage->bytes. */
uint8_t *js_fast_bytes(napi_value value, js_fast_storage *storage, size_t *length);
/* The bytes themselves, to write to. Moves what js_fast_text points at: copy it first. */
uint8_t *js_fast_bytes_move(napi_value value, size_t *length);

typedef struct js_function {
  const char *name;
  napi_callback call;
  const js_fast *fast; /* or NULL */
} js_function;

typedef struct js_binding {
  const char *name;
  const js_function *functions; /* ends with {NULL, NULL} */
  /* Adds constants to the exports, or NULL. Runs while the snapshot is made: plain values only, nothing of the machine.
   */
  napi_status (*init)(napi_env env, napi_value exports);
} js_binding;

/* The exports object of the binding `name`, made once per environment; napi_invalid_arg when there is none. */
napi_status js_binding_get(napi_env env, const char *name, napi_value *exports);

/* ---- platform: one per process ----------------------------------------------------------------------------------
 * Background tasks queue up until js_platform_start_threads: a process that forks has none before the fork.
 */
typedef struct js_platform_options {
  int threads;       /* worker threads to start, at least 1 */
  const char *flags; /* V8 flags, blank-separated, or NULL */
  const char
      *builtins; /* the built-in JS (modules/build.mjs), aligned for numbers, or NULL; outlives every environment */
  size_t builtins_size;
} js_platform_options;

napi_status js_platform_init(const js_platform_options *options);
napi_status js_platform_start_threads(void);
void js_platform_dispose(void);
/* napi_invalid_arg when one of them is no flag of the engine; the others are set all the same. */
napi_status js_flags_set(const char *flags);
/* At run time, as one text. The engine prints what it does not know. */
void js_flags_set_text(const char *flags);
const char *js_engine_version(void);

/* ---- built-in JS ------------------------------------------------------------------------------------------------
 * The scripts that every environment of the process has in common: js_platform_options.builtins, numbered from 0. Their
 * texts stay outside of the heap, also in an environment that comes from a snapshot. Functions of them are compiled on
 * first call, but those that hints name (byte offsets of their beginnings in the whole file, ascending) are compiled
 * with their script: a snapshot keeps their code. Hints come from a run that collects them: of the lazy functions those
 * that ran, and the beginning of each script that was compiled.
 */
typedef struct js_hints {
  int *offsets; /* malloc'd */
  size_t count;
} js_hints;

/* What js_builtins_compile does from now on; hints may be NULL, else they live as long as scripts are compiled. With
 * `collect`, js_builtins_hints tells later what ran. */
void js_builtins_prepare(napi_env env, const js_hints *hints, bool collect);
/* Runs script `number`; its value, as a rule a function. */
napi_status js_builtins_compile(napi_env env, uint32_t number, napi_value *result);
/* The numbers of the scripts that hints name: an array, empty without hints. */
napi_status js_builtins_trained(napi_env env, napi_value *numbers);
napi_status js_builtins_hints(napi_env env, js_hints *hints);

/* ---- environment: isolate and context -------------------------------------------------------------------------- */
typedef enum js_reject_event {
  js_reject_unhandled = 0,      /* rejected with no handler */
  js_reject_handled = 1,        /* handler added after the rejection */
  js_reject_after_resolved = 2, /* rejected after it was resolved */
  js_resolve_after_resolved = 3,
} js_reject_event;

typedef struct js_module js_module;
typedef struct js_wasm_stream js_wasm_stream;

typedef struct js_import {
  napi_value referrer;   /* the importing script's or module's name: a string, or undefined */
  napi_value id;         /* its js_source.id, or undefined */
  napi_value specifier;  /* a string */
  napi_value attributes; /* a flat array [key, value, ...] */
  bool source_phase;     /* import.source() */
} js_import;

typedef struct js_callbacks {
  /* A foreground task was posted; may run on any thread: wake the loop, which calls js_tasks_run. */
  void (*wake)(void *data);
  void (*promise_reject)(napi_env env, void *data, js_reject_event event, napi_value promise, napi_value value);
  /* import(): fills a promise. Non-zero with an exception pending rejects the import. */
  napi_status (*import_dynamic)(napi_env env, void *data, const js_import *import, napi_value *promise);
  /* First use of import.meta in a module: add its properties. An exception that it leaves pending is thrown there. */
  void (*import_meta)(napi_env env, void *data, js_module *module, napi_value meta);
  /* JS threw where nothing of the program's is below it: in a microtask, a task, a FinalizationRegistry's callback, a
   * finalizer of Node-API. Called there and then, so that the exception never shows in what is called next; may run
   * JS. NULL: it becomes pending. */
  void (*uncaught)(napi_env env, void *data, napi_value exception);
  /* compileStreaming or instantiateStreaming was given `source` (no promise any more). The stream is the callback's:
   * bytes go in with js_wasm_stream_push until _finish, _abort or _drop ends and frees it. NULL: no such functions. */
  void (*wasm_stream)(napi_env env, void *data, napi_value source, js_wasm_stream *stream);
  /* The heap nears its limit: return the new limit in bytes (the current one to let it fail). */
  size_t (*near_heap_limit)(void *data, size_t current, size_t initial);
  /* Must not return, nor call anything of the engine. */
  void (*fatal_error)(void *data, const char *location, const char *message, bool out_of_memory);
} js_callbacks;

/* Megabytes. */
typedef struct js_heap_limits {
  double young, old, code;
  double stack; /* of the calling thread; 0: the engine's flag */
} js_heap_limits;
/* Puts the engine's defaults where there is 0, but for the stack. */
void js_heap_limits_fill(js_heap_limits *limits);

typedef struct js_env_options {
  const js_binding *const *bindings; /* ends with NULL; outlives the environment */
  const uint8_t *snapshot;           /* a blob of js_snapshot_create, or NULL; outlives the environment. Environments
                                      * alive at the same time in one process have the same one: their read-only heap
                                      * is shared. Otherwise js_env_create fails. */
  size_t snapshot_size;
  size_t max_heap_bytes; /* 0: V8's own default */
  const js_heap_limits *limits; /* or NULL; instead of max_heap_bytes */
  js_callbacks callbacks;
  void *data; /* given to the callbacks; js_env_data */
} js_env_options;

napi_status js_env_create(const js_env_options *options, napi_env *env);
void js_env_destroy(napi_env env);
/* Where `parent` was forked (js_fork_child), Math.random in `env` gets a sequence of its own too. */
void js_env_forked_like(napi_env env, napi_env parent);
void *js_env_data(napi_env env);
void js_env_set_data(napi_env env, void *data);

/* The environment variable TZ has another value: dates and Intl follow it. */
void js_timezone_changed(napi_env env);

/* With the engine's flag --abort-on-uncaught-exception: whether an exception that no JS on the stack catches aborts
 * (from the start), or somebody is known who takes it. */
void js_uncaught_aborts_set(napi_env env, bool aborts);

/* A handle scope without allocation, for C on the stack: js_scope s; js_scope_open(env, &s); ...; js_scope_close(&s);
 */
typedef struct js_scope {
  void *opaque[4];
} js_scope;
void js_scope_open(napi_env env, js_scope *scope);
void js_scope_close(js_scope *scope);

/* ---- snapshot ---------------------------------------------------------------------------------------------------
 * `build` runs with the environment entered and sets up the context; then the heap is serialised. js_handles,
 * napi_refs and modules must not be alive in it. *blob is malloc'd. A value kept with js_snapshot_set is found again
 * with js_snapshot_get in an environment created from the blob (slot: 0 to 15).
 */
napi_status js_snapshot_create(const js_env_options *options, napi_status (*build)(napi_env env, void *data),
                               void *data, uint8_t **blob, size_t *size);
napi_status js_snapshot_set(napi_env env, uint32_t slot, napi_value value);
napi_status js_snapshot_get(napi_env env, uint32_t slot, napi_value *value);

/* ---- fork -------------------------------------------------------------------------------------------------------
 * js_fork_prepare: finish background work and make the heap's mappings survive a fork (libnode's V8 marks them
 * MADV_DONTFORK). Where JS has run before, js_heap_collect first: children share compact pages longer.
 * js_fork_child: in the child; gives Math.random a sequence of its own (seed; every vm context made later has another)
 * and starts the platform's threads. The seed of the engine's hashes stays the parent's: the heap is full of them.
 */
napi_status js_fork_prepare(napi_env env);
napi_status js_fork_child(napi_env env, uint64_t seed);

/* ---- tasks and microtasks --------------------------------------------------------------------------------------- */
/* Runs the foreground tasks that are due, and finalizers. *next_ms: milliseconds until the next delayed one, or -1.
 * Without js_callbacks.uncaught, this and js_microtasks_run return napi_pending_exception when a task threw. */
napi_status js_tasks_run(napi_env env, int64_t *next_ms);
/* Waits for background work that a program waits for (WebAssembly.compile), not for the engine's own (garbage
 * collection, optimising). Returns at once where no threads were started. True: foreground tasks are to be run. */
bool js_tasks_wait(napi_env env);
napi_status js_microtasks_run(napi_env env);
napi_status js_microtask_enqueue(napi_env env, napi_value function);

/* ---- calls ------------------------------------------------------------------------------------------------------ */
/* Calls without Node-API's bookkeeping: for hot paths. recv NULL is undefined. result may be NULL. What it threw is
 * pending until somebody takes it: a caller that drops the result hands the exception to whatever is called next. */
JS_CHECKED napi_status js_call(napi_env env, napi_value recv, napi_value function, size_t argc, const napi_value *argv,
                               napi_value *result);

/* ---- objects by copying ----------------------------------------------------------------------------------------- */
/* An empty object to be filled once and then cloned. Unlike a plain object it stays fast when its clones get another
 * prototype (clone.cc). */
napi_status js_prototype_object(napi_env env, napi_value prototype, napi_value *object);
/* A shallow copy of an object of js_prototype_object's: own properties with their values, and its prototype. */
napi_status js_object_clone(napi_env env, napi_value object, napi_value *clone);

/* ---- promises, hooks, continuation data ------------------------------------------------------------------------- */
typedef enum js_promise_state {
  js_promise_pending = 0,
  js_promise_fulfilled = 1,
  js_promise_rejected = 2
} js_promise_state;
napi_status js_promise_details(napi_env env, napi_value promise, js_promise_state *state, napi_value *result);
napi_status js_promise_mark_handled(napi_env env, napi_value promise);
/* Each a function or NULL; called with the promise (init also with its parent). */
napi_status js_promise_hooks_set(napi_env env, napi_value init, napi_value before, napi_value after,
                                 napi_value settled);
/* One value that promise reactions and await carry along (AsyncLocalStorage stands on it). */
napi_status js_continuation_get(napi_env env, napi_value *value);
napi_status js_continuation_set(napi_env env, napi_value value);

/* ---- strings ---------------------------------------------------------------------------------------------------- */
napi_status js_string_latin1(napi_env env, const char *bytes, size_t length, napi_value *value);
/* Internalised: for property names and values that recur. */
napi_status js_string_intern(napi_env env, const char *bytes, size_t length, napi_value *value);
/* UTF-8 in, pure ASCII taken by the fast path. */
napi_status js_string_utf8(napi_env env, const char *bytes, size_t length, napi_value *value);
/* The bytes stay the caller's until `release(bytes, hint)`, which may be called before this returns. */
napi_status js_string_external_latin1(napi_env env, const char *bytes, size_t length,
                                      void (*release)(const char *bytes, void *hint), void *hint, napi_value *value);
/* length: in UTF-16 units. one_byte: every unit is below 256 in V8's representation. */
napi_status js_string_info(napi_env env, napi_value value, size_t *length, bool *one_byte);
/* No terminating NUL. *written in bytes; stops at whole characters. Lone surrogates become U+FFFD in UTF-8. */
napi_status js_string_write_latin1(napi_env env, napi_value value, char *buffer, size_t capacity, size_t *written);
napi_status js_string_write_utf8(napi_env env, napi_value value, char *buffer, size_t capacity, size_t *written);
napi_status js_string_write_utf16(napi_env env, napi_value value, uint16_t *buffer, size_t capacity, size_t *written);
napi_status js_string_utf8_length(napi_env env, napi_value value, size_t *bytes);
/* What the engine's own tables find the string by. Depends on the environment's hash seed, which is random. */
napi_status js_string_hash(napi_env env, napi_value value, uint32_t *hash);

/* ---- bytes ------------------------------------------------------------------------------------------------------ */
/* Of an ArrayBuffer, SharedArrayBuffer, typed array or DataView; napi_invalid_arg for anything else. */
napi_status js_bytes_get(napi_env env, napi_value value, void **data, size_t *length);
/*
 * Bytes that C uses beyond the call that gave them: on another thread, or when a socket has room. The memory itself is
 * held, not the JS object: an object whose memory was transferred to another (structuredClone, postMessage,
 * ArrayBuffer.prototype.transfer) does not keep it from being freed. Zeroed is empty. May be moved with memcpy, and
 * dropped on any thread; at the latest before its environment is destroyed.
 */
typedef struct js_bytes {
  void *data;
  size_t length;
  void *opaque[2];
} js_bytes;
typedef enum js_bytes_use {
  js_bytes_read,  /* C reads them: of memory that JS can shrink under it (resizable buffers) it gets a copy */
  js_bytes_write, /* C gives them to the kernel to be filled, which answers EFAULT for memory that was shrunk away */
} js_bytes_use;
/* From here on nothing takes an ArrayBuffer's memory away: neither a transfer nor ArrayBuffer.prototype.transfer. */
void js_bytes_keep_attached(napi_env env, napi_value array_buffer);
/* napi_invalid_arg for what js_bytes_get refuses, napi_generic_failure without memory; *bytes is empty then. */
JS_CHECKED napi_status js_bytes_hold(napi_env env, napi_value value, js_bytes_use use, js_bytes *bytes);
/* Does nothing for an empty one; leaves it empty. */
void js_bytes_drop(js_bytes *bytes);
/* A new Uint8Array whose prototype is Buffer.prototype (js_buffer_prototype_set). data may be NULL. */
napi_status js_buffer_create(napi_env env, size_t length, void **data, napi_value *value);
/* The same over malloc'd memory that it takes over: free() when collected. */
napi_status js_buffer_adopt(napi_env env, void *data, size_t length, napi_value *value);
napi_status js_buffer_prototype_set(napi_env env, napi_value prototype);

/* ---- native handles: JS objects with a C pointer ---------------------------------------------------------------- */
typedef struct js_type {
  const char *name;
  void (*finalize)(void *pointer); /* after the object was collected; may not call JS. NULL: the C side owns it */
  /* The pointer of one more handle, which a parcel takes to another environment; finalize is called for each, on any
   * thread. NULL: such objects cannot be cloned. */
  void *(*share)(void *pointer);
} js_type;
napi_status js_handle_create(napi_env env, const js_type *type, void *pointer, napi_value *value);
/* napi_invalid_arg when value is no handle of that type, or was cleared. */
napi_status js_handle_get(napi_env env, napi_value value, const js_type *type, void **pointer);
/* Forgets the pointer: js_handle_get fails from now on and finalize is not called. */
napi_status js_handle_clear(napi_env env, napi_value value);

/* ---- scripts ---------------------------------------------------------------------------------------------------- */
typedef struct js_source {
  napi_value code;      /* a string */
  napi_value name;      /* resource name: a string; what import() gets as its referrer */
  int line, column;     /* offset of the first character, 0-based */
  const uint8_t *cache; /* code cache to consume, or NULL */
  size_t cache_size;
  bool cache_rejected;   /* out */
  napi_value id;         /* what import() and import.meta in it are told: a symbol, or NULL */
  napi_value context;    /* of js_context_create; NULL, undefined or null: the main one. Not for scripts */
  napi_value extensions; /* for functions: an array of objects whose properties are in scope, or NULL */
} js_source;

napi_status js_script_run(napi_env env, js_source *source, napi_value *result);
/* Compiles `code` as the body of a function with these parameters (CommonJS). */
napi_status js_function_compile(napi_env env, js_source *source, const char *const *parameters, size_t count,
                                napi_value *function);
/* Changes with all that compiled code depends on: the engine's version, its flags, the snapshot. */
uint64_t js_cache_tag(napi_env env);
/* The code cache of a function of js_function_compile; *data is malloc'd. */
napi_status js_function_cache(napi_env env, napi_value function, uint8_t **data, size_t *size);

/* What comments of the source name, or undefined: its own URL (of a script's handle only) and its source map's, of a
 * function or of a script's handle. */
napi_status js_source_urls(napi_env env, napi_value compiled, napi_value *source_url, napi_value *map_url);

/* vm contexts. */
typedef struct js_context_options {
  napi_value
      sandbox; /* an object whose properties the new global's mirror, by interceptors; NULL: an ordinary global */
  bool own_microtasks; /* what its promises and async functions queue is run at the end of each run, within its limits,
                        * and at no other time */
  bool no_strings, no_wasm; /* code of strings, and of WebAssembly, is refused */
  napi_value id;            /* js_source.id of code that has none: eval's; or NULL */
} js_context_options;
/* The handle is what other functions take; global may be NULL. */
napi_status js_context_create(napi_env env, const js_context_options *options, napi_value *handle, napi_value *global);

/* What ends a run before its time: an error with code ERR_SCRIPT_EXECUTION_TIMEOUT or ERR_SCRIPT_EXECUTION_INTERRUPTED.
 */
typedef struct js_limits {
  int64_t timeout_ms; /* 0: none */
  bool interruptible; /* by SIGINT, whose other handlers hear nothing of it meanwhile */
} js_limits;

/* A script that is compiled once and run in any context: its handle. */
napi_status js_script_compile(napi_env env, js_source *source, napi_value *handle);
/* context as in js_source. limits and result may be NULL. */
napi_status js_script_run_in(napi_env env, napi_value script, napi_value context, const js_limits *limits,
                             napi_value *result);
/* *data is malloc'd. */
napi_status js_script_cache(napi_env env, napi_value script, uint8_t **data, size_t *size);
/* Both: compiles and runs. */
napi_status js_context_run(napi_env env, napi_value context, js_source *source, const js_limits *limits,
                           napi_value *result);
/* A promise of what the contexts' heaps hold: {total, ...}. detailed: each context; eager: now, not at the next
 * collection. */
napi_status js_memory_measure(napi_env env, bool detailed, bool eager, napi_value *promise);

/* ---- ES modules ------------------------------------------------------------------------------------------------- */
typedef enum js_module_status {
  js_module_uninstantiated,
  js_module_instantiating,
  js_module_instantiated,
  js_module_evaluating,
  js_module_evaluated,
  js_module_errored,
} js_module_status;

/* data: the caller's, js_module_data. Source errors are pending exceptions (SyntaxError). */
napi_status js_module_compile(napi_env env, js_source *source, void *data, js_module **module);
/* names: array of strings, the exports. evaluate runs when the module is evaluated and sets them. id and context: as
 * in js_source. */
napi_status js_module_synthetic(napi_env env, napi_value name, napi_value names, napi_value id, napi_value context,
                                napi_status (*evaluate)(napi_env env, js_module *module), void *data,
                                js_module **module);
/* An object for JS, as of js_handle_create. From now on the module lives as long as it is reachable from there. */
napi_status js_module_handle_create(napi_env env, js_module *module, const js_type *type, void *pointer,
                                    napi_value *handle);
/* js_source.id; undefined where there was none. */
napi_status js_module_id(napi_env env, js_module *module, napi_value *id);
/* What `import source` of it gives: an object. Without, a SyntaxError. */
napi_status js_module_source_set(napi_env env, js_module *module, napi_value source);
napi_status js_module_export_set(napi_env env, js_module *module, napi_value name, napi_value value);
void js_module_destroy(napi_env env, js_module *module);
/* The code cache of a module of js_module_compile; *data is malloc'd. */
napi_status js_module_cache(napi_env env, js_module *module, uint8_t **data, size_t *size);
void *js_module_data(js_module *module);
napi_status js_module_name(napi_env env, js_module *module, napi_value *name);
napi_status js_module_request_count(napi_env env, js_module *module, size_t *count);
typedef struct js_request {
  napi_value specifier;
  napi_value attributes; /* a flat array [key, value, ...] */
  bool source_phase;     /* import source */
  int line, column;      /* 0-based */
} js_request;
napi_status js_module_request_get(napi_env env, js_module *module, size_t index, js_request *request);
/* resolve returns the module for a request of `referrer`, or NULL with an exception pending. */
typedef js_module *(*js_module_resolve)(napi_env env, void *data, js_module *referrer, napi_value specifier,
                                        napi_value attributes);
napi_status js_module_instantiate(napi_env env, js_module *module, js_module_resolve resolve, void *data);
/* *promise: settles when evaluation ends; already settled where no module of the graph awaits. limits may be NULL. */
napi_status js_module_evaluate(napi_env env, js_module *module, const js_limits *limits, napi_value *promise);
napi_status js_module_status_get(napi_env env, js_module *module, js_module_status *status);
napi_status js_module_is_async(napi_env env, js_module *module,
                               bool *async); /* graph has top-level await; instantiated */
bool js_module_has_await(js_module *module); /* the module itself; one of source text */
napi_status js_module_namespace(napi_env env, js_module *module, napi_value *namespace_object);
napi_status js_module_error(napi_env env, js_module *module, napi_value *error); /* status errored */

/* ---- WebAssembly that arrives in pieces (js_callbacks.wasm_stream) ------------------------------------------------
 */
void js_wasm_stream_push(js_wasm_stream *stream, const uint8_t *bytes, size_t length);
void js_wasm_stream_url(js_wasm_stream *stream, const char *url, size_t length); /* for stack traces */
void js_wasm_stream_finish(js_wasm_stream *stream);                              /* compiles; frees the stream */
void js_wasm_stream_abort(js_wasm_stream *stream, napi_value reason); /* rejects (NULL: leaves pending); frees it */
void js_wasm_stream_drop(js_wasm_stream *stream);                     /* frees it, nothing else */

/* ---- errors and inspection -------------------------------------------------------------------------------------- */
typedef struct js_message {
  napi_value resource, source_line;   /* strings, or NULL */
  int line, start_column, end_column; /* line 1-based, columns 0-based; 0 when unknown */
} js_message;
/* Where an exception value was thrown. */
napi_status js_message_of(napi_env env, napi_value exception, js_message *message);
/* The call stack as [function, script, line, column, ...] flattened, at most `limit` frames. */
napi_status js_stack_get(napi_env env, int limit, napi_value *frames);

enum { /* js_value_class: one bit set, or 0 for what has no class of its own */
       js_is_external = 1 << 0,
       js_is_date = 1 << 1,
       js_is_arguments = 1 << 2,
       js_is_bigint_object = 1 << 3,
       js_is_boolean_object = 1 << 4,
       js_is_number_object = 1 << 5,
       js_is_string_object = 1 << 6,
       js_is_symbol_object = 1 << 7,
       js_is_native_error = 1 << 8,
       js_is_regexp = 1 << 9,
       js_is_async_function = 1 << 10,
       js_is_generator_function = 1 << 11,
       js_is_generator_object = 1 << 12,
       js_is_promise = 1 << 13,
       js_is_map = 1 << 14,
       js_is_set = 1 << 15,
       js_is_map_iterator = 1 << 16,
       js_is_set_iterator = 1 << 17,
       js_is_weak_map = 1 << 18,
       js_is_weak_set = 1 << 19,
       js_is_array_buffer = 1 << 20,
       js_is_data_view = 1 << 21,
       js_is_shared_array_buffer = 1 << 22,
       js_is_proxy = 1 << 23,
       js_is_module_namespace = 1 << 24,
       js_is_typed_array = 1 << 25,
};
/* Async generator functions set both function bits. */
uint32_t js_value_class(napi_value value); /* also for fast functions */
napi_status js_proxy_details(napi_env env, napi_value proxy, napi_value *target, napi_value *handler);
/* Entries of a Map, Set, their iterators, WeakMap, WeakSet, as a flat array. */
napi_status js_preview_entries(napi_env env, napi_value value, napi_value *entries, bool *key_value);
napi_status js_constructor_name(napi_env env, napi_value object, napi_value *name);
/* Own property keys (strings and symbols) that are no array indices; only the enumerable ones on demand. */
napi_status js_own_non_index_keys(napi_env env, napi_value object, bool only_enumerable, napi_value *keys);

bool js_value_is_proxy(napi_value value);

/* Structured clone format. *data is malloc'd. Transferred buffers are detached, and the array's elements replaced by
 * the ones that took their memory: hand it to js_deserialize as it is. Uncloneable values throw DataCloneError-like
 * errors (pending, message only). */
/* hosts: a JS array or NULL. SharedArrayBuffers are appended to it too; they share their memory with what comes back.
 * Objects that were marked are not looked into but appended to it, and come back as what stands in its place in
 * js_deserialize's array; with NULL a mark means nothing. */
napi_status js_serialize(napi_env env, napi_value value, napi_value transfer_array_buffers, napi_value hosts,
                         uint8_t **data, size_t *size);
napi_status js_deserialize(napi_env env, const uint8_t *data, size_t size, napi_value array_buffers, napi_value hosts,
                           napi_value *value);
napi_status js_host_object_mark(napi_env env, napi_value object);

/* ---- parcels: structured clones for other environments of the process ---------------------------------------------
 * Written on one thread, read on another (as often as wanted, but where buffers were transferred). Arguments as with
 * js_serialize; hosts is an array. Shared memory, WebAssembly modules and handles of types that share go along.
 */
typedef struct js_parcel js_parcel;
napi_status js_parcel_write(napi_env env, napi_value value, napi_value transfer_array_buffers, napi_value hosts,
                            js_parcel **parcel);
napi_status js_parcel_read(napi_env env, js_parcel *parcel, napi_value hosts, napi_value *value);
/* A second parcel that says what the marked objects of the first are: goes with it, and is freed with it. */
void js_parcel_hosts_set(js_parcel *parcel, js_parcel *hosts);
js_parcel *js_parcel_hosts(js_parcel *parcel); /* or NULL */
/* On any thread. */
js_parcel *js_parcel_share(js_parcel *parcel);
void js_parcel_free(js_parcel *parcel); /* the last one's frees it */

/* ---- heap ------------------------------------------------------------------------------------------------------- */
typedef struct js_heap_statistics {
  size_t total_heap_size, total_heap_size_executable, total_physical_size, total_available_size, used_heap_size,
      heap_size_limit, malloced_memory, peak_malloced_memory, external_memory, number_of_native_contexts,
      number_of_detached_contexts, total_global_handles_size, used_global_handles_size, array_buffer_bytes;
} js_heap_statistics;
napi_status js_heap_statistics_get(napi_env env, js_heap_statistics *statistics);
napi_status js_heap_collect(napi_env env); /* a full collection; gives memory back */
/* From any thread: ends the running JS. Calls return napi_pending_exception with no exception pending. */
napi_status js_terminate(napi_env env);
/* From any thread, or a signal handler: JS that runs, now or next, is interrupted by call(env, data), which must not
 * run JS. */
napi_status js_interrupt(napi_env env, void (*call)(napi_env env, void *data), void *data);
/* The stack of the running JS as text, a frame a line, for people. */
void js_stack_print(napi_env env, FILE *out);
napi_status js_terminate_cancel(napi_env env);

/* ---- inspector -------------------------------------------------------------------------------------------------- */
/* A session of the engine's inspector with this environment: messages of the Chrome DevTools Protocol, JSON texts both
 * ways. `message` gets responses and notifications, a string each, while the JS or the js_inspector_send that leads to
 * them runs; it may run JS. */
typedef struct js_inspector_session js_inspector_session;
napi_status js_inspector_connect(napi_env env, void (*message)(void *data, napi_env env, napi_value json), void *data,
                                 js_inspector_session **session);
/* Not a string: napi_string_expected. */
napi_status js_inspector_send(napi_env env, js_inspector_session *session, napi_value json);
void js_inspector_disconnect(js_inspector_session *session); /* frees it */

#ifdef __cplusplus
}
#endif
#endif
