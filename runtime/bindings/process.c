/*
 * process.c: the process as node:process documents it: identity, environment, clock, resources, signals, exit.
 * Environment variables go straight to the C library, so that libraries in C (OpenSSL, resolvers) see the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../runtime_internal.h"
#include "util.h"

extern char **environ;

napi_value process_versions(napi_env env, napi_callback_info info); /* process_versions.c */

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static void set_string(napi_env env, napi_value object, const char *name, const char *value) {
  napi_set_named_property(env, object, name, make_string(env, value));
}

/* { pid, execPath, argv0 } */
static napi_value process_facts(napi_env env, napi_callback_info info) {
  napi_value out;
  char path[PATH_MAX];
  size_t size = sizeof path;
  napi_create_object(env, &out);
  napi_set_named_property(env, out, "pid", make_int32(env, getpid()));
  if (uv_exepath(path, &size) == 0) set_string(env, out, "execPath", path);
  set_string(env, out, "argv0", program_invocation_name);
  return out;
}

static napi_value process_ppid(napi_env env, napi_callback_info info) { return make_int32(env, getppid()); }

static napi_value process_cwd(napi_env env, napi_callback_info info) {
  char path[PATH_MAX];
  size_t size = sizeof path;
  int err = uv_cwd(path, &size);
  return err != 0 ? make_int32(env, err) : make_string(env, path);
}

static napi_value process_chdir(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  char *path = arg_utf8(env, argv[0], NULL);
  int err = path == NULL ? -ENOMEM : uv_chdir(path);
  free(path);
  return make_int32(env, err);
}

static napi_value process_umask(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  mode_t old;
  if (arg_is(env, argv[0], napi_number)) {
    old = umask((mode_t)arg_uint32(env, argv[0]));
  } else {
    old = umask(0);
    umask(old);
  }
  return make_uint32(env, old);
}

static napi_value process_set_title(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  char *title = arg_utf8(env, argv[0], NULL);
  if (title != NULL) prctl(PR_SET_NAME, title, 0, 0, 0);
  free(title);
  return NULL;
}

/* ---- environment ------------------------------------------------------------------------------------------------ */

/* A flat array [name, value, ...]. */
static napi_value process_env_all(napi_env env, napi_callback_info info) {
  napi_value out, text;
  uint32_t count = 0;
  napi_create_array(env, &out);
  if (runtime_of(env)->thread != NULL) return out; /* its parent says what a thread's is (bindings/worker.c) */
  for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
    const char *equals = strchr(*entry + 1, '=');
    if (equals == NULL || equals == *entry) continue;
    if (js_string_utf8(env, *entry, (size_t)(equals - *entry), &text) != napi_ok) continue;
    napi_set_element(env, out, count++, text);
    napi_set_element(env, out, count++, make_string(env, equals + 1));
  }
  return out;
}

static napi_value process_env_set(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  char *name = arg_utf8(env, argv[0], NULL);
  char *value = arg_is(env, argv[1], napi_string) ? arg_utf8(env, argv[1], NULL) : NULL;
  if (runtime_of(env)->thread == NULL && name != NULL && *name != 0) {
    if (value != NULL)
      setenv(name, value, 1);
    else
      unsetenv(name);
    if (strcmp(name, "TZ") == 0) {
      tzset();
      js_timezone_changed(env);
    }
  }
  free(name);
  free(value);
  return NULL;
}

/* ---- clock and resources ---------------------------------------------------------------------------------------- */

/* Fills a Float64Array of 2 with seconds and nanoseconds. */
static napi_value process_hrtime(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  void *data;
  size_t size;
  args_get(env, info, argv, 1);
  if (js_bytes_get(env, argv[0], &data, &size) != napi_ok || size < 2 * sizeof(double)) return NULL;
  uint64_t now = uv_hrtime(), seconds = now / 1000000000u;
  ((double *)data)[0] = (double)seconds;
  ((double *)data)[1] = (double)(now % 1000000000u);
  return NULL;
}

static napi_value process_hrtime_bigint(napi_env env, napi_callback_info info) {
  napi_value out = NULL;
  napi_create_bigint_uint64(env, uv_hrtime(), &out);
  return out;
}

/* Seconds since runtime_start. */
static napi_value process_uptime(napi_env env, napi_callback_info info) {
  return make_double(env, (double)(uv_hrtime() - runtime_of(env)->start_ns) / 1e9);
}

/* Milliseconds: [of the monotonic clock since start, start as Unix time]. */
static napi_value process_clock(napi_env env, napi_callback_info info) {
  struct timespec wall;
  napi_value out;
  double since = (double)(uv_hrtime() - runtime_of(env)->start_ns) / 1e6;
  clock_gettime(CLOCK_REALTIME, &wall);
  double now = (double)wall.tv_sec * 1e3 + (double)wall.tv_nsec / 1e6;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_double(env, since));
  napi_set_element(env, out, 1, make_double(env, now - since));
  return out;
}

static void fill(napi_env env, napi_value out, const double *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) napi_set_element(env, out, i, make_double(env, values[i]));
}

/* [rss, heapTotal, heapUsed, external, arrayBuffers] in bytes */
static napi_value process_memory(napi_env env, napi_callback_info info) {
  js_heap_statistics heap = {0};
  size_t rss = 0;
  napi_value out;
  int64_t external = 0; /* what bindings told the engine of, and array buffers */
  js_heap_statistics_get(env, &heap);
  napi_adjust_external_memory(env, 0, &external);
  uv_resident_set_memory(&rss);
  double values[] = {(double)rss, (double)heap.total_heap_size, (double)heap.used_heap_size, (double)external,
                     (double)heap.array_buffer_bytes};
  napi_create_array_with_length(env, 5, &out);
  fill(env, out, values, 5);
  return out;
}

static napi_value process_rss(napi_env env, napi_callback_info info) {
  size_t rss = 0;
  uv_resident_set_memory(&rss);
  return make_double(env, (double)rss);
}

static double microseconds(const uv_timeval_t *t) { return (double)t->tv_sec * 1e6 + (double)t->tv_usec; }

/* The fields of uv_rusage_t in its order, times in microseconds. */
static napi_value process_rusage(napi_env env, napi_callback_info info) {
  uv_rusage_t u;
  napi_value out;
  int err = uv_getrusage(&u);
  if (err != 0) return make_int32(env, err);
  double values[] = {microseconds(&u.ru_utime), microseconds(&u.ru_stime), (double)u.ru_maxrss,  (double)u.ru_ixrss,
                     (double)u.ru_idrss,        (double)u.ru_isrss,        (double)u.ru_minflt,  (double)u.ru_majflt,
                     (double)u.ru_nswap,        (double)u.ru_inblock,      (double)u.ru_oublock, (double)u.ru_msgsnd,
                     (double)u.ru_msgrcv,       (double)u.ru_nsignals,     (double)u.ru_nvcsw,   (double)u.ru_nivcsw};
  uint32_t count = sizeof values / sizeof *values;
  napi_create_array_with_length(env, count, &out);
  fill(env, out, values, count);
  return out;
}

/* [constrained, available] in bytes; 0 for no constraint. */
static napi_value process_memory_limits(napi_env env, napi_callback_info info) {
  napi_value out;
  double values[] = {(double)uv_get_constrained_memory(), (double)uv_get_free_memory()};
  napi_create_array_with_length(env, 2, &out);
  fill(env, out, values, 2);
  return out;
}

/* ---- users ------------------------------------------------------------------------------------------------------ */

static napi_value process_getuid(napi_env env, napi_callback_info info) { return make_uint32(env, getuid()); }
static napi_value process_geteuid(napi_env env, napi_callback_info info) { return make_uint32(env, geteuid()); }
static napi_value process_getgid(napi_env env, napi_callback_info info) { return make_uint32(env, getgid()); }
static napi_value process_getegid(napi_env env, napi_callback_info info) { return make_uint32(env, getegid()); }

/* setId(which: 0 uid, 1 euid, 2 gid, 3 egid; id) → 0 or a negative errno */
static napi_value process_set_id(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  uint32_t id = arg_uint32(env, argv[1]);
  int result = -1;
  errno = EINVAL;
  switch (arg_int32(env, argv[0])) {
    case 0:
      result = setuid(id);
      break;
    case 1:
      result = seteuid(id);
      break;
    case 2:
      result = setgid(id);
      break;
    case 3:
      result = setegid(id);
      break;
  }
  return make_int32(env, result == 0 ? 0 : -errno);
}

static napi_value process_getgroups(napi_env env, napi_callback_info info) {
  gid_t groups[1024];
  napi_value out;
  int count = getgroups(1024, groups);
  if (count < 0) return make_int32(env, -errno);
  napi_create_array(env, &out);
  bool own = false;
  for (int i = 0; i < count; i++) {
    own |= groups[i] == getegid();
    napi_set_element(env, out, (uint32_t)i, make_uint32(env, groups[i]));
  }
  if (!own) napi_set_element(env, out, (uint32_t)count, make_uint32(env, getegid()));
  return out;
}

/* ---- signals and the end ---------------------------------------------------------------------------------------- */

static napi_value process_kill(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  return make_int32(env, uv_kill(arg_int32(env, argv[0]), arg_int32(env, argv[1])));
}

typedef struct signal_watch {
  runtime_resource resource; /* first */
  uv_signal_t handle;
  runtime *rt;
  held callback;
  async_origin origin;
} signal_watch;

static const js_type signal_type = {"Signal", NULL};

static void on_signal(uv_signal_t *handle, int number) {
  signal_watch *watch = handle->data;
  held_call_numbers(&watch->callback, watch->rt, &watch->origin, 1, (double[]){number});
}

static void signal_closed(uv_handle_t *handle) { free(handle->data); }

static void signal_close(runtime_resource *resource) {
  signal_watch *watch = (signal_watch *)resource;
  runtime_resource_remove(resource);
  held_clear(&watch->callback, watch->rt->env);
  origin_end(&watch->origin, watch->rt);
  uv_close((uv_handle_t *)&watch->handle, signal_closed);
}

/* signalStart(number, callback) → handle, or a negative errno. The watch does not keep the loop alive. */
static napi_value process_signal_start(napi_env env, napi_callback_info info) {
  napi_value argv[2], handle = NULL;
  args_get(env, info, argv, 2);
  signal_watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return make_int32(env, -ENOMEM);
  watch->rt = runtime_of(env);
  watch->handle.data = watch;
  watch->resource.close = signal_close;
  uv_signal_init(watch->rt->loop, &watch->handle);
  runtime_resource_add(watch->rt, &watch->resource);
  int err = uv_signal_start(&watch->handle, on_signal, arg_int32(env, argv[0]));
  if (err != 0 || held_set(&watch->callback, env, argv[1]) != napi_ok ||
      js_handle_create(env, &signal_type, watch, &handle) != napi_ok) {
    signal_close(&watch->resource);
    return make_int32(env, err != 0 ? err : -ENOMEM);
  }
  uv_unref((uv_handle_t *)&watch->handle);
  origin_begin(&watch->origin, watch->rt, "SIGNALWRAP", handle);
  return handle;
}

static napi_value process_signal_stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  void *pointer;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &signal_type, &pointer) != napi_ok) return NULL;
  signal_watch *watch = pointer;
  js_handle_clear(env, argv[0]);
  signal_close(&watch->resource);
  return NULL;
}

/* No destructors, no waiting for the engine's threads: what JS wanted done on exit, it has done. */
static napi_value process_really_exit(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  runtime_of(env)->exiting = true;
  if (runtime_of(env)->thread != NULL) {
    thread_exit(runtime_of(env)->thread, arg_int32(env, argv[0]), NULL);
    return NULL;
  }
  runtime_flush(runtime_of(env));
  fflush(NULL);
  _exit(arg_int32(env, argv[0]) & 0xff);
}

/* setAborts(on): see js_uncaught_aborts_set */
static napi_value process_set_aborts(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_uncaught_aborts_set(env, arg_bool(env, argv[0]));
  return NULL;
}

static napi_value process_abort(napi_env env, napi_callback_info info) {
  runtime_flush(runtime_of(env));
  fflush(NULL);
  signal(SIGABRT, SIG_DFL);
  raise(SIGABRT);
  _exit(134);
}

/* For last words, when streams may be broken: all of it, to descriptor 2. */
static napi_value process_write_error(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t size = 0, done = 0;
  args_get(env, info, argv, 1);
  char *text = arg_utf8(env, argv[0], &size);
  while (text != NULL && done < size) {
    ssize_t n = write(2, text + done, size - done);
    if (n < 0 && errno != EINTR && errno != EAGAIN) break;
    if (n > 0) done += (size_t)n;
  }
  free(text);
  return NULL;
}

/* [resource, line, startColumn, endColumn, sourceLine] of where an exception was thrown, or undefined. */
static napi_value process_message_of(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  js_message message = {0};
  args_get(env, info, argv, 1);
  if (js_message_of(env, argv[0], &message) != napi_ok || message.line == 0) return NULL;
  napi_create_array_with_length(env, 5, &out);
  if (message.resource != NULL) napi_set_element(env, out, 0, message.resource);
  napi_set_element(env, out, 1, make_int32(env, message.line));
  napi_set_element(env, out, 2, make_int32(env, message.start_column));
  napi_set_element(env, out, 3, make_int32(env, message.end_column));
  if (message.source_line != NULL) napi_set_element(env, out, 4, message.source_line);
  return out;
}

static napi_value process_set_flags(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  char *flags = arg_utf8(env, argv[0], NULL);
  if (flags != NULL) js_flags_set(flags);
  free(flags);
  return NULL;
}

static napi_value process_collect(napi_env env, napi_callback_info info) {
  js_heap_collect(env);
  return NULL;
}

static const js_function functions[] = {
    {"facts", process_facts},
    {"versions", process_versions},
    {"ppid", process_ppid},
    {"cwd", process_cwd},
    {"chdir", process_chdir},
    {"umask", process_umask},
    {"setTitle", process_set_title},
    {"envAll", process_env_all},
    {"envSet", process_env_set},
    {"hrtime", process_hrtime},
    {"hrtimeBigint", process_hrtime_bigint},
    {"uptime", process_uptime},
    {"clock", process_clock},
    {"memory", process_memory},
    {"rss", process_rss},
    {"rusage", process_rusage},
    {"memoryLimits", process_memory_limits},
    {"getuid", process_getuid},
    {"geteuid", process_geteuid},
    {"getgid", process_getgid},
    {"getegid", process_getegid},
    {"setId", process_set_id},
    {"getgroups", process_getgroups},
    {"kill", process_kill},
    {"signalStart", process_signal_start},
    {"signalStop", process_signal_stop},
    {"reallyExit", process_really_exit},
    {"abort", process_abort},
    {"setAborts", process_set_aborts},
    {"writeError", process_write_error},
    {"messageOf", process_message_of},
    {"setFlags", process_set_flags},
    {"collect", process_collect},
    {NULL, NULL},
};

const js_binding binding_process = {"process", functions, NULL};
