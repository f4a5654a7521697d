/* fs_event.c: uv_fs_event for fs.watch. */
#include "util.h"

typedef struct watch {
  runtime_resource resource; /* first */
  uv_fs_event_t uv;
  runtime *rt;
  held callback;
  async_origin origin;
} watch;

static const js_type watch_type = {"FSEvent", NULL};

static void on_event(uv_fs_event_t *uv, const char *name, int events, int status) {
  watch *w = uv->data;
  napi_env env = runtime_env(w->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[3] = {make_int32(env, status), make_bool(env, (events & UV_RENAME) != 0),
                        name != NULL ? make_string(env, name) : make_null(env)};
  held_call(&w->callback, w->rt, &w->origin, NULL, 3, argv);
  js_scope_close(&scope);
}

static void on_closed(uv_handle_t *handle) { free(handle->data); }

static void watch_close(runtime_resource *resource) {
  watch *w = (watch *)resource;
  runtime_resource_remove(resource);
  held_clear(&w->callback, runtime_env(w->rt));
  origin_end(&w->origin, w->rt);
  uv_close((uv_handle_t *)&w->uv, on_closed);
}

/* start(path, recursive, callback(status, renamed, name)) → handle, or a negative errno */
static napi_value fs_event_start(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  char *path = arg_utf8(env, argv[0], NULL);
  watch *w = path == NULL ? NULL : calloc(1, sizeof *w);
  if (w == NULL) {
    free(path);
    return make_int32(env, UV_ENOMEM);
  }
  w->rt = runtime_of(env);
  w->uv.data = w;
  w->resource.close = watch_close;
  uv_fs_event_init(runtime_loop(w->rt), &w->uv);
  runtime_resource_add(w->rt, &w->resource);
  int err = uv_fs_event_start(&w->uv, on_event, path, arg_bool(env, argv[1]) ? UV_FS_EVENT_RECURSIVE : 0);
  free(path);
  if (err == 0 && held_set(&w->callback, env, argv[2]) != napi_ok) err = UV_ENOMEM;
  if (err == 0 && js_handle_create(env, &watch_type, w, &value) != napi_ok) err = UV_ENOMEM;
  if (err != 0) {
    watch_close(&w->resource);
    return make_int32(env, err);
  }
  origin_begin(&w->origin, w->rt, "FSEVENTWRAP", value);
  return value;
}

static napi_value fs_event_stop(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  void *pointer;
  args_get(env, info, argv, 1);
  if (js_handle_get(env, argv[0], &watch_type, &pointer) != napi_ok) return NULL;
  watch *w = pointer;
  js_handle_clear(env, argv[0]);
  watch_close(&w->resource);
  return NULL;
}

static napi_value fs_event_ref(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *pointer;
  args_get(env, info, argv, 2);
  if (js_handle_get(env, argv[0], &watch_type, &pointer) != napi_ok) return NULL;
  if (arg_bool(env, argv[1]))
    uv_ref((uv_handle_t *)&((watch *)pointer)->uv);
  else
    uv_unref((uv_handle_t *)&((watch *)pointer)->uv);
  return NULL;
}

static const js_function functions[] = {
    {"start", fs_event_start}, {"stop", fs_event_stop}, {"ref", fs_event_ref}, {NULL, NULL}};

const js_binding binding_fs_event = {"fs_event", functions, NULL};
