/*
 * process_spawn.c: uv_spawn for node:child_process. Asynchronous children report their exit to a callback; a
 * synchronous one runs on a loop of its own until it has exited and its pipes are read, so that the program's own
 * callbacks do not run meanwhile.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "stream.h"

enum { STDIO_MOST = 64 };
enum { STDIO_IGNORE, STDIO_PIPE, STDIO_FD, STDIO_STREAM };

/* What a spawn takes, read from JS: { file, args, env, cwd, flags, uid, gid, stdio: [[kind, value], ...] } */
typedef struct spawn_options {
  uv_process_options_t uv;
  uv_stdio_container_t stdio[STDIO_MOST];
  char *file, *cwd, **args, **env;
} spawn_options;

static char **strings(napi_env env, napi_value array) {
  uint32_t count = 0;
  bool is = false;
  if (napi_is_array(env, array, &is) != napi_ok || !is || napi_get_array_length(env, array, &count) != napi_ok)
    return NULL;
  char **out = calloc(count + 1, sizeof *out);
  for (uint32_t i = 0; out != NULL && i < count; i++) {
    napi_value item;
    if (napi_get_element(env, array, i, &item) == napi_ok) out[i] = arg_utf8(env, item, NULL);
  }
  return out;
}

static void strings_free(char **list) {
  for (char **item = list; item != NULL && *item != NULL; item++) free(*item);
  free(list);
}

static napi_value property(napi_env env, napi_value object, const char *name) {
  napi_value value = NULL;
  napi_get_named_property(env, object, name, &value);
  return value;
}

static void options_free(spawn_options *o) {
  free(o->file);
  free(o->cwd);
  strings_free(o->args);
  strings_free(o->env);
}

static int options_read(napi_env env, napi_value object, spawn_options *o) {
  memset(o, 0, sizeof *o);
  napi_value value;
  o->file = arg_utf8(env, property(env, object, "file"), NULL);
  o->args = strings(env, property(env, object, "args"));
  o->env = strings(env, property(env, object, "env"));
  value = property(env, object, "cwd");
  if (arg_is(env, value, napi_string)) o->cwd = arg_utf8(env, value, NULL);
  if (o->file == NULL || o->args == NULL) return UV_EINVAL;
  o->uv.file = o->file;
  o->uv.args = o->args;
  o->uv.env = o->env;
  o->uv.cwd = o->cwd;
  o->uv.flags = arg_uint32(env, property(env, object, "flags"));
  o->uv.uid = (uv_uid_t)arg_uint32(env, property(env, object, "uid"));
  o->uv.gid = (uv_gid_t)arg_uint32(env, property(env, object, "gid"));
  o->uv.stdio = o->stdio;
  return 0;
}

/* ---- asynchronous -------------------------------------------------------------------------------------------------
 */

typedef struct child {
  runtime_resource resource; /* first */
  uv_process_t uv;
  runtime *rt;
  held callback;
  async_origin origin;
} child;

static const js_type child_type = {"ChildProcess", NULL};

static void child_closed(uv_handle_t *handle) {
  child *c = handle->data;
  held_clear(&c->callback, runtime_env(c->rt));
  origin_end(&c->origin, c->rt);
  free(c);
}

static void child_close(runtime_resource *resource) {
  runtime_resource_remove(resource);
  uv_close((uv_handle_t *)&((child *)resource)->uv, child_closed);
}

static void child_exited(uv_process_t *process, int64_t status, int signal) {
  child *c = process->data;
  held_call_numbers(&c->callback, c->rt, &c->origin, 2, (double[]){(double)status, signal});
}

static int stdio_read(napi_env env, napi_value object, spawn_options *o) {
  napi_value list = property(env, object, "stdio"), entry, kind, value;
  uint32_t count = 0;
  napi_get_array_length(env, list, &count);
  if (count > STDIO_MOST) return UV_EINVAL;
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, list, i, &entry);
    napi_get_element(env, entry, 0, &kind);
    napi_get_element(env, entry, 1, &value);
    uv_stdio_container_t *c = &o->stdio[i];
    switch (arg_int32(env, kind)) {
      case STDIO_FD:
        c->flags = UV_INHERIT_FD;
        c->data.fd = arg_int32(env, value);
        break;
      case STDIO_PIPE:
      case STDIO_STREAM: {
        stream_handle *s = stream_get(env, value);
        if (s == NULL) return UV_EBADF;
        c->flags = arg_int32(env, kind) == STDIO_PIPE ? UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE
                                                      : UV_INHERIT_STREAM;
        c->data.stream = &s->uv.stream;
        break;
      }
      default:
        c->flags = UV_IGNORE;
    }
  }
  o->uv.stdio_count = (int)count;
  return 0;
}

/* spawn(options, callback(status, signal)) → [handle, pid], or a negative errno */
static napi_value spawn_async(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL, handle = NULL;
  spawn_options options;
  args_get(env, info, argv, 2);
  int err = options_read(env, argv[0], &options);
  if (err == 0) err = stdio_read(env, argv[0], &options);
  child *c = err == 0 ? calloc(1, sizeof *c) : NULL;
  if (err == 0 && c == NULL) err = UV_ENOMEM;
  if (err == 0) {
    c->rt = runtime_of(env);
    c->uv.data = c;
    c->resource.close = child_close;
    runtime_resource_add(c->rt, &c->resource);
    options.uv.exit_cb = child_exited;
    err = uv_spawn(runtime_loop(c->rt), &c->uv, &options.uv);
    if (err == 0 && js_handle_create(env, &child_type, c, &handle) != napi_ok) err = UV_ENOMEM;
    if (err == 0 && held_set(&c->callback, env, argv[1]) != napi_ok) err = UV_ENOMEM;
    if (err != 0) child_close(&c->resource);
  }
  options_free(&options);
  if (err != 0) return make_int32(env, err);
  origin_begin(&c->origin, c->rt, "PROCESSWRAP", handle);
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, handle);
  napi_set_element(env, out, 1, make_int32(env, c->uv.pid));
  return out;
}

static child *child_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &child_type, &pointer) == napi_ok ? pointer : NULL;
}

static napi_value spawn_kill(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  child *c = child_get(env, argv[0]);
  return make_int32(env, c == NULL ? UV_ESRCH : uv_process_kill(&c->uv, arg_int32(env, argv[1])));
}

static napi_value spawn_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  child *c = child_get(env, argv[0]);
  if (c == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  child_close(&c->resource);
  return NULL;
}

static napi_value spawn_ref(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  child *c = child_get(env, argv[0]);
  if (c == NULL) return NULL;
  if (arg_bool(env, argv[1]))
    uv_ref((uv_handle_t *)&c->uv);
  else
    uv_unref((uv_handle_t *)&c->uv);
  return NULL;
}

/* ---- synchronous --------------------------------------------------------------------------------------------------
 */

typedef struct sync_pipe {
  uv_pipe_t uv;
  struct sync_run *run;
  char *data;
  size_t size, capacity;
  uv_write_t write;
  uv_shutdown_t shutdown;
  uv_buf_t input; /* what its reader finds */
  bool open, fed;
} sync_pipe;

typedef struct sync_run {
  uv_loop_t loop;
  uv_process_t process;
  uv_timer_t timer;
  sync_pipe *pipes; /* `count` of them */
  unsigned count;
  size_t max_buffer;
  int kill_signal, signal, error;
  int64_t status;
} sync_run;

static void sync_kill(sync_run *run, int error) {
  if (run->error == 0) run->error = error;
  uv_process_kill(&run->process, run->kill_signal);
}

static void sync_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
  sync_pipe *p = handle->data;
  if (p->capacity - p->size < suggested) {
    size_t capacity = p->capacity * 2 + suggested;
    char *grown = realloc(p->data, capacity);
    if (grown == NULL) {
      *buf = uv_buf_init(NULL, 0);
      return;
    }
    p->data = grown;
    p->capacity = capacity;
  }
  *buf = uv_buf_init(p->data + p->size, (unsigned)(p->capacity - p->size));
}

static void sync_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
  sync_pipe *p = stream->data;
  if (n > 0) p->size += (size_t)n;
  if (n < 0) uv_close((uv_handle_t *)stream, NULL);
  if (p->size > p->run->max_buffer && !uv_is_closing((uv_handle_t *)stream)) {
    uv_read_stop(stream);
    uv_close((uv_handle_t *)stream, NULL);
    sync_kill(p->run, UV_ENOBUFS);
  }
}

static void sync_exit(uv_process_t *process, int64_t status, int signal) {
  sync_run *run = process->data;
  run->status = status;
  run->signal = signal;
  uv_close((uv_handle_t *)process, NULL);
  uv_close((uv_handle_t *)&run->timer, NULL);
}

static void sync_timeout(uv_timer_t *timer) { sync_kill(timer->data, UV_ETIMEDOUT); }
/* A pipe for writing only is done with then; another one goes on being read. */
static void sync_shut(uv_shutdown_t *request, int status) {
  uv_handle_t *handle = (uv_handle_t *)request->handle;
  if (!uv_is_closing(handle) && !uv_is_active(handle)) uv_close(handle, NULL);
}

static void sync_written(uv_write_t *write, int status) {
  sync_pipe *p = write->data;
  if (uv_is_closing((uv_handle_t *)&p->uv)) return;
  if (status < 0 || uv_shutdown(&p->shutdown, write->handle, sync_shut) != 0)
    uv_close((uv_handle_t *)write->handle, NULL);
}

static void sync_start_pipes(sync_run *run) {
  for (unsigned i = 0; i < run->count; i++) {
    sync_pipe *p = &run->pipes[i];
    if (!p->open) continue;
    uv_stream_t *stream = (uv_stream_t *)&p->uv;
    if (i > 0) uv_read_start(stream, sync_alloc, sync_read);
    if (i > 0 && !p->fed) continue;
    p->write.data = p;
    if (uv_write(&p->write, stream, &p->input, 1, sync_written) != 0) uv_close((uv_handle_t *)stream, NULL);
  }
}

static napi_value sync_result(napi_env env, sync_run *run) {
  napi_value out, buffer;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_int32(env, run->error));
  napi_set_element(env, out, 1, make_int32(env, run->process.pid));
  napi_set_element(env, out, 2, make_double(env, (double)run->status));
  napi_set_element(env, out, 3, make_int32(env, run->signal));
  for (uint32_t i = 1; i < run->count; i++) {
    void *data;
    if (!run->pipes[i].open) continue;
    if (js_buffer_create(env, run->pipes[i].size, &data, &buffer) != napi_ok) continue;
    if (run->pipes[i].size > 0) memcpy(data, run->pipes[i].data, run->pipes[i].size);
    napi_set_element(env, out, 4 + i, buffer);
  }
  return out;
}

static void close_all(uv_handle_t *handle, void *data) {
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

/* What the options say of each descriptor; pipes are of the run's own loop. */
static void sync_stdio_read(napi_env env, napi_value list, sync_run *run, spawn_options *options) {
  napi_value entry, kind, value, input;
  for (uint32_t i = 0; i < run->count; i++) {
    napi_get_element(env, list, i, &entry);
    napi_get_element(env, entry, 0, &kind);
    napi_get_element(env, entry, 1, &value);
    napi_get_element(env, entry, 2, &input);
    sync_pipe *p = &run->pipes[i];
    p->run = run;
    options->stdio[i].flags = UV_IGNORE;
    if (arg_int32(env, kind) == STDIO_FD) {
      options->stdio[i].flags = UV_INHERIT_FD;
      options->stdio[i].data.fd = arg_int32(env, value);
    } else if (arg_int32(env, kind) == STDIO_PIPE && uv_pipe_init(&run->loop, &p->uv, 0) == 0) {
      void *data;
      size_t size;
      p->open = true;
      p->uv.data = p;
      if (js_bytes_get(env, input, &data, &size) == napi_ok) {
        p->fed = true;
        p->input = (uv_buf_t){.base = data, .len = size};
      }
      options->stdio[i].flags =
          UV_CREATE_PIPE | (i == 0 || p->fed ? UV_READABLE_PIPE : 0) | (i != 0 ? UV_WRITABLE_PIPE : 0);
      options->stdio[i].data.stream = (uv_stream_t *)&p->uv;
    }
  }
  options->uv.stdio_count = (int)run->count;
}

static sync_run *sync_run_new(napi_env env, napi_value list) {
  uint32_t count = 0;
  napi_get_array_length(env, list, &count);
  sync_run *run = count <= STDIO_MOST ? calloc(1, sizeof *run) : NULL;
  if (run == NULL) return NULL;
  run->count = count;
  run->pipes = calloc(count == 0 ? 1 : count, sizeof *run->pipes);
  if (run->pipes != NULL) return run;
  free(run);
  return NULL;
}

static void sync_run_free(sync_run *run) {
  for (unsigned i = 0; i < run->count; i++) free(run->pipes[i].data);
  free(run->pipes);
  free(run);
}

/* spawnSync(options with stdio [[kind, value, input], ...], timeout ms, maxBuffer bytes, killSignal)
 * -> [error, pid, status, signal, undefined, what descriptor 1 said, 2, ...] */
static napi_value spawn_sync(napi_env env, napi_callback_info info) {
  napi_value argv[4], out = NULL;
  spawn_options options;
  args_get(env, info, argv, 4);
  int err = options_read(env, argv[0], &options);
  sync_run *run = err == 0 ? sync_run_new(env, property(env, argv[0], "stdio")) : NULL;
  if (run == NULL) {
    options_free(&options);
    return make_int32(env, err != 0 ? err : UV_ENOMEM);
  }
  uv_loop_init(&run->loop);
  uv_timer_init(&run->loop, &run->timer);
  run->timer.data = run->process.data = run;
  double most = arg_double(env, argv[2]);
  run->max_buffer = most >= 0 && most < 1e15 ? (size_t)most : (size_t)1 << 50;
  run->kill_signal = arg_int32(env, argv[3]);
  sync_stdio_read(env, property(env, argv[0], "stdio"), run, &options);
  options.uv.exit_cb = sync_exit;
  err = uv_spawn(&run->loop, &run->process, &options.uv);
  if (err == 0) {
    double timeout = arg_double(env, argv[1]);
    if (timeout > 0) uv_timer_start(&run->timer, sync_timeout, (uint64_t)timeout, 0);
    sync_start_pipes(run);
    uv_run(&run->loop, UV_RUN_DEFAULT);
  } else {
    run->error = err;
  }
  out = sync_result(env, run);
  uv_walk(&run->loop, close_all, NULL);
  uv_run(&run->loop, UV_RUN_DEFAULT);
  uv_loop_close(&run->loop);
  sync_run_free(run);
  options_free(&options);
  return out;
}

static const js_function functions[] = {
    {"spawn", spawn_async}, {"kill", spawn_kill},      {"close", spawn_close},
    {"ref", spawn_ref},     {"spawnSync", spawn_sync}, {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant stdio[] = {
      {"IGNORE", STDIO_IGNORE}, {"PIPE", STDIO_PIPE}, {"FD", STDIO_FD}, {"STREAM", STDIO_STREAM}, {NULL, 0}};
  export_int32(env, exports, "SETUID", UV_PROCESS_SETUID);
  export_int32(env, exports, "SETGID", UV_PROCESS_SETGID);
  export_int32(env, exports, "DETACHED", UV_PROCESS_DETACHED);
  return export_constants(env, exports, "stdio", stdio);
}

const js_binding binding_process_spawn = {"process_spawn", functions, init};
