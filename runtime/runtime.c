/*
 * runtime.c: making an environment and giving it a process to live in. The way from the loop into JS is callback.c.
 *
 * Why two steps (create, start): a warm isolate crosses a fork, a loop and its threads do not. libuv would also share
 * its signal pipe with the parent, since the zygote's clone() runs no atfork handlers; so nothing here touches libuv
 * before runtime_start.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bindings/module.h"
#include "bindings/wasm.h"
#include "runtime_internal.h"

extern const char jsd_snapshot_blob[], jsd_snapshot_blob_end[], jsd_builtins[], jsd_builtins_end[];

static const char *const callback_names[CALLBACK_COUNT] = {
    "start", "ticks",      "timers",    "immediates", "rejection",   "uncaught",   "beforeExit",
    "exit",  "wasmStream", "terminate", "asyncInit",  "asyncBefore", "asyncAfter", "asyncDestroy",
};

runtime *runtime_of(napi_env env) { return js_env_data(env); }
napi_env runtime_env(runtime *rt) { return rt->env; }
uv_loop_t *runtime_loop(runtime *rt) { return rt->loop; }
void **runtime_host_state(runtime *rt) { return &rt->host_state; }
const runtime_host *runtime_host_of(runtime *rt) { return &rt->host; }

const void *runtime_extension(runtime *rt, const char *name) {
  return rt->host.extension != NULL ? rt->host.extension(rt->host.data, name) : NULL;
}

/* ---- engine callbacks ------------------------------------------------------------------------------------------- */

static void print_exception(napi_env env, const char *what, napi_value exception) {
  napi_value stack;
  if (napi_get_named_property(env, exception, "stack", &stack) != napi_ok) stack = exception;
  char text[4096];
  size_t size = 0;
  if (js_string_write_utf8(env, stack, text, sizeof text, &size) == napi_ok)
    fprintf(stderr, "%s:\n%.*s\n", what, (int)size, text);
}

static void on_promise_reject(napi_env env, void *data, js_reject_event event, napi_value promise, napi_value value) {
  runtime *rt = data;
  if (rt == NULL || held_empty(&rt->callbacks[CALLBACK_REJECTION])) return;
  napi_value function, argv[3];
  if (runtime_callback_value(rt, CALLBACK_REJECTION, &function) != napi_ok) return;
  napi_create_uint32(env, event, &argv[0]);
  argv[1] = promise;
  argv[2] = value;
  if (value == NULL) napi_get_undefined(env, &argv[2]);
  /* It throws where the stack is at its end, in the middle of the app's own code: told and forgotten, as Node does. */
  if (js_call(env, NULL, function, 3, argv, NULL) != napi_ok && !runtime_stopped(rt) &&
      napi_get_and_clear_last_exception(env, &value) == napi_ok)
    print_exception(env, "Exception in PromiseRejectCallback", value);
}

static void on_uncaught(napi_env env, void *data, napi_value exception) {
  if (data != NULL) runtime_uncaught(data, exception);
}

static void on_fatal_error(void *data, const char *location, const char *message, bool out_of_memory) {
  fprintf(stderr, "jsd: %s: %s%s%s\n", out_of_memory ? "out of memory" : "fatal engine error", message,
          location && *location ? " in " : "", location ? location : "");
  if (data != NULL) runtime_flush(data);
  fflush(NULL);
  signal(SIGABRT, SIG_DFL);
  raise(SIGABRT); /* as Node: 134 tells the supervisor that it was no ordinary exit */
  _Exit(134);
}

/* Of threads only: the process's own heap ends it. */
static size_t on_near_heap_limit(void *data, size_t current, size_t initial) {
  runtime *rt = data;
  return thread_heap_full(rt->thread, current);
}

/* ---- create ----------------------------------------------------------------------------------------------------- */

napi_status runtime_build_context(napi_env env, const js_hints *hints, bool collect) {
  napi_value loader, argv[1], recv, exports, binding;
  napi_status status;
  js_builtins_prepare(env, hints, collect);
  if ((status = js_builtins_compile(env, 0, &loader)) != napi_ok ||
      (status = napi_get_undefined(env, &recv)) != napi_ok ||
      (status = js_binding_get(env, "builtin", &binding)) != napi_ok ||
      (status = napi_get_named_property(env, binding, "internalBinding", &argv[0])) != napi_ok ||
      (status = js_call(env, recv, loader, 1, argv, &exports)) != napi_ok)
    return status;
  return js_snapshot_set(env, 0, exports);
}

static int keep_exports(runtime *rt) {
  napi_env env = rt->env;
  napi_value exports, callbacks, main, frame;
  if (js_snapshot_get(env, 0, &exports) != napi_ok || held_set(&rt->exports, env, exports) != napi_ok ||
      napi_get_named_property(env, exports, "callbacks", &callbacks) != napi_ok ||
      napi_get_named_property(env, exports, "main", &main) != napi_ok || held_set(&rt->main, env, main) != napi_ok ||
      napi_get_named_property(env, exports, "requestFrame", &frame) != napi_ok ||
      held_set(&rt->request_frame, env, frame) != napi_ok)
    return -EINVAL;
  for (int i = 0; i < CALLBACK_COUNT; i++) {
    napi_value function;
    if (napi_get_named_property(env, callbacks, callback_names[i], &function) != napi_ok ||
        held_set(&rt->callbacks[i], env, function) != napi_ok)
      return -EINVAL;
  }
  return 0;
}

static void print_pending(napi_env env) {
  napi_value exception;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok)
    print_exception(env, "jsd: built-in JS failed", exception);
}

int runtime_create(const runtime_options *options, runtime **out) {
  uint64_t origin = uv_hrtime();
  js_platform_options platform = {.threads = options->threads > 0 ? options->threads : 2,
                                  .flags = options->flags,
                                  .builtins = jsd_builtins,
                                  .builtins_size = (size_t)(jsd_builtins_end - jsd_builtins)};
  uint64_t started = uv_hrtime();
  js_platform_init(&platform); /* a second call is ignored */
  runtime *rt = calloc(1, sizeof *rt);
  if (rt == NULL) return -ENOMEM;
  rt->start_ns = origin;
  rt->milestones[MILESTONE_START] = started;
  rt->milestones[MILESTONE_ENGINE] = uv_hrtime();
  rt->drain.services.next = rt->drain.services.previous = &rt->drain.services;
  rt->resources.next = rt->resources.previous = &rt->resources;
  rt->works.next = rt->works.previous = &rt->works;
  rt->thread = options->thread;

  size_t blob_size = (size_t)(jsd_snapshot_blob_end - jsd_snapshot_blob);
  bool restore = blob_size > 0 && !options->collect_hints;
  js_env_options env_options = {
      .bindings = runtime_bindings,
      .snapshot = restore ? (const uint8_t *)jsd_snapshot_blob : NULL,
      .snapshot_size = restore ? blob_size : 0,
      .max_heap_bytes = options->max_heap_bytes,
      .limits = options->limits,
      .callbacks = {.wake = runtime_wake,
                    .promise_reject = on_promise_reject,
                    .import_dynamic = module_import_dynamic,
                    .import_meta = module_import_meta,
                    .uncaught = on_uncaught,
                    .wasm_stream = wasm_on_stream,
                    .near_heap_limit = options->thread != NULL ? on_near_heap_limit : NULL,
                    .fatal_error = on_fatal_error},
      .data = rt,
  };
  if (js_env_create(&env_options, &rt->env) != napi_ok) {
    free(rt);
    return -ENOMEM;
  }
  if (options->parent != NULL) js_env_forked_like(rt->env, options->parent->env);
  js_scope scope;
  js_scope_open(rt->env, &scope);
  int err = 0;
  if (!restore && runtime_build_context(rt->env, NULL, options->collect_hints) != napi_ok) {
    print_pending(rt->env);
    err = -EINVAL;
  }
  if (err == 0) err = keep_exports(rt);
  js_scope_close(&scope);
  if (err != 0) {
    js_env_destroy(rt->env);
    free(rt);
    return err;
  }
  rt->milestones[MILESTONE_ENVIRONMENT] = uv_hrtime();
  if (options->group != NULL) group_join(rt, options->group);
  *out = rt;
  return 0;
}

int runtime_before_fork(runtime *rt) { return js_fork_prepare(rt->env) == napi_ok ? 0 : -ENOMEM; }
int runtime_after_fork(runtime *rt, uint64_t seed) {
  rt->forked = true;
  return js_fork_child(rt->env, seed) == napi_ok ? 0 : -EAGAIN;
}

/* ---- start, run, destroy ---------------------------------------------------------------------------------------- */

static size_t heap_used(runtime *rt) {
  js_heap_statistics statistics = {0};
  return js_heap_statistics_get(rt->env, &statistics) == napi_ok ? statistics.used_heap_size : 0;
}

int runtime_start(runtime *rt, int argc, const char *const *argv, const runtime_host *host) {
  if (host != NULL) rt->host = *host;
  module_store_open(rt);
  rt->heap_at_start = heap_used(rt);
  if (rt->thread == NULL) {
    signal(SIGPIPE, SIG_IGN); /* a write to a closed peer is an error of that write */
    signal(SIGXFSZ, SIG_IGN); /* and one past the limit of a file's size, too */
  }
  js_platform_start_threads(); /* nothing to do where runtime_after_fork did it */
  rt->loop = &rt->own_loop;
  int err = uv_loop_init(rt->loop);
  if (err != 0) return err;
  rt->has_loop = true;
  if (rt->thread != NULL) uv_loop_configure(rt->loop, UV_METRICS_IDLE_TIME);
  rt->argc = argc;
  rt->argv = argv;
  rt->start_ms = uv_now(rt->loop);
  if (rt->forked) rt->start_ns = uv_hrtime();
  if ((err = runtime_handles_open(rt)) != 0) return err;

  js_scope scope;
  js_scope_open(rt->env, &scope);
  napi_value args;
  napi_create_array_with_length(rt->env, (size_t)argc, &args);
  for (int i = 0; i < argc; i++) {
    napi_value text;
    if (js_string_utf8(rt->env, argv[i], strlen(argv[i]), &text) == napi_ok)
      napi_set_element(rt->env, args, (uint32_t)i, text);
  }
  napi_status status = runtime_callback(rt, CALLBACK_START, 1, &args, NULL);
  rt->state[STATE_REQUEST_WORK] = rt->host.terminates;
  rt->milestones[MILESTONE_BOOTSTRAP] = uv_hrtime();
  js_scope_close(&scope);
  return status == napi_ok ? 0 : -EINVAL;
}

int runtime_main(runtime *rt, const char *name, int argc, const char *const *argv) {
  js_scope scope;
  napi_value main, function, *args = calloc((size_t)argc + 1, sizeof(napi_value));
  if (args == NULL) return -ENOMEM;
  js_scope_open(rt->env, &scope);
  int err = -EINVAL;
  main = held_value(&rt->main, rt->env);
  napi_valuetype type = napi_undefined;
  if (napi_get_named_property(rt->env, main, name, &function) != napi_ok ||
      napi_typeof(rt->env, function, &type) != napi_ok || type != napi_function)
    goto out;
  for (int i = 0; i < argc; i++) {
    if (js_string_utf8(rt->env, argv[i], strlen(argv[i]), &args[i]) != napi_ok) goto out;
  }
  /* The program itself is what Node numbers 1. */
  static const async_origin program = {.id = 1};
  err = runtime_call(rt, &program, main, function, (size_t)argc, args, NULL) == napi_ok ? 0 : -ECANCELED;
out:
  js_scope_close(&scope);
  free(args);
  return err;
}

static bool loop_turns(runtime *rt) {
  uv_run(rt->loop, UV_RUN_DEFAULT);
  int64_t next;
  bool more = js_tasks_wait(rt->env); /* a WebAssembly.compile keeps a program alive, and is no handle of the loop */
  runtime_enter(rt);
  js_tasks_run(rt->env, &next);
  runtime_leave(rt);
  runtime_origins_ended(rt);
  return more || uv_loop_alive(rt->loop) != 0;
}

int runtime_run(runtime *rt) {
  js_scope scope;
  rt->milestones[MILESTONE_LOOP] = uv_hrtime();
  do {
    while (!runtime_stopped(rt) && loop_turns(rt)) {
    }
    if (runtime_stopped(rt)) break; /* a thread that was ended: nothing of it is called */
    js_scope_open(rt->env, &scope);
    runtime_callback(rt, CALLBACK_BEFORE_EXIT, 0, NULL, NULL);
    js_scope_close(&scope);
  } while (uv_loop_alive(rt->loop));
  rt->milestones[MILESTONE_LOOP_END] = uv_hrtime();
  int32_t code = 0;
  napi_value value = NULL;
  js_scope_open(rt->env, &scope);
  if (runtime_callback(rt, CALLBACK_EXIT, 0, NULL, &value) == napi_ok) napi_get_value_int32(rt->env, value, &code);
  js_scope_close(&scope);
  rt->exiting = true;
  runtime_flush(rt);
  return code;
}

void runtime_idle(runtime *rt) {
  enum { COLLECT_ABOVE_BYTES = 2 << 20 };
  compile_cache_flush(rt); /* first: the functions that ran are still compiled. A failure costs the next start time */
  if (heap_used(rt) > rt->heap_at_start + COLLECT_ABOVE_BYTES) js_heap_collect(rt->env);
  malloc_trim(0);
}

void runtime_exit(runtime *rt, int code) {
  napi_env env = rt->env;
  js_scope scope;
  napi_value global, process, function, argument;
  js_scope_open(env, &scope);
  if (napi_get_global(env, &global) == napi_ok &&
      napi_get_named_property(env, global, "process", &process) == napi_ok &&
      napi_get_named_property(env, process, "exit", &function) == napi_ok &&
      napi_create_int32(env, code, &argument) == napi_ok) {
    runtime_call(rt, NULL, process, function, 1, &argument, NULL);
  }
  js_scope_close(&scope);
  runtime_flush(rt);
  fflush(NULL); /* an app that replaced process.exit */
  _exit(code);
}

static void close_handle(uv_handle_t *handle, void *stranger) {
  if (uv_is_closing(handle)) return;
  *(bool *)stranger = true;
  uv_close(handle, NULL);
}

/* Everything that may call back ends before the environment does: requests on the thread pool, resources, the loop's
 * own handles. What a thread is at keeps uv_run going until it is through; the rest of the requests is cancelled. */
int runtime_destroy(runtime *rt) {
  if (rt == NULL) return 0;
  bool stranger = false;
  rt->exiting = rt->closing = true;
  threads_end(rt);
  if (rt->has_loop) {
    mailbox_close(rt);
    runtime_works_cancel(rt);
    runtime_resources_close(rt);
    runtime_handles_close(rt);
    uv_walk(rt->loop, close_handle, &stranger);
    while (uv_run(rt->loop, UV_RUN_DEFAULT) != 0) { /* again where the loop of a thread had been stopped */
    }
  }
  runtime_resources_release(rt);
  compile_cache_close(rt);
  module_store_close(rt);
  free(rt->ended);
  js_env_destroy(rt->env);
  mailbox_release(rt);
  int err = rt->has_loop ? uv_loop_close(rt->loop) : 0;
  if (err == 0) free(rt); /* else the loop, which is in it, is still in use */
  return err != 0 || stranger ? UV_EBUSY : 0;
}
