/*
 * http_tunnel.c: what an exchange was upgraded to, for JS (the binding "http_tunnel"): the native half of
 * modules/internal/http/tunnel_handle.js, which is the handle of a net.Socket. Callbacks stay in JS: C reports events
 * to the object that owns the tunnel.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "server/bindings/http_binding.h"
#include "server/http/tunnel.h"

/* Kinds of onEvent(kind, argument), called with the owner as `this`. */
enum { TUNNEL_DATA, TUNNEL_END, TUNNEL_DRAIN, TUNNEL_SHUTDOWN, TUNNEL_CLOSE };
/* Of option(). */
enum { OPTION_NO_DELAY, OPTION_KEEP_ALIVE, OPTION_REFERENCED, OPTION_RESET };

/* Lives until the tunnel has closed. */
typedef struct js_tunnel {
  tunnel *t;
  http_state *state;
  held handle, owner;
  async_origin origin;
  bool unreferenced;
} js_tunnel;

static const js_type tunnel_type = {"HttpTunnel", NULL};

static js_tunnel *tunnel_of(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &tunnel_type, &pointer) == napi_ok ? pointer : NULL;
}

static js_tunnel *tunnel_argument(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return tunnel_of(env, argv[0]);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void event(js_tunnel *js, int kind, napi_value argument) {
  napi_env env = runtime_env(js->state->rt);
  napi_value argv[2] = {make_int32(env, kind), argument};
  held_call(&js->state->on_tunnel, js->state->rt, &js->origin, held_value(&js->owner, env), 2, argv);
}

static void number_event(js_tunnel *js, int kind, int number) {
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  event(js, kind, make_int32(env, number));
  js_scope_close(&scope);
}

static void on_data(void *data, const char *bytes, size_t length) {
  js_tunnel *js = data;
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value buffer;
  void *memory;
  if (js_buffer_create(env, length, &memory, &buffer) == napi_ok) {
    memcpy(memory, bytes, length);
    event(js, TUNNEL_DATA, buffer);
  } else {
    tunnel_destroy(js->t); /* a gap in the stream */
  }
  js_scope_close(&scope);
}

static void on_end(void *data) { number_event(data, TUNNEL_END, 0); }
static void on_drain(void *data) { number_event(data, TUNNEL_DRAIN, 0); }
static void on_shutdown(void *data, int error) { number_event(data, TUNNEL_SHUTDOWN, error); }

static void on_close(void *data, int error) {
  js_tunnel *js = data;
  napi_env env = runtime_env(js->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value handle = held_value(&js->handle, env);
  if (handle != NULL) js_handle_clear(env, handle);
  js->t = NULL;
  number_event(js, TUNNEL_CLOSE, error);
  held_clear(&js->handle, env);
  held_clear(&js->owner, env);
  origin_end(&js->origin, js->state->rt);
  js_scope_close(&scope);
  free(js);
}

static const tunnel_events events = {on_data, on_end, on_drain, on_shutdown, on_close};

int http_tunnel_open(http_state *state, exchange *x, napi_value owner, napi_value *handle, http_slice *early) {
  napi_env env = runtime_env(state->rt);
  js_tunnel *js = calloc(1, sizeof *js);
  int err = UV_ENOMEM;
  if (js == NULL) return err;
  js->state = state;
  if (js_handle_create(env, &tunnel_type, js, handle) != napi_ok) goto fail;
  if (held_set(&js->handle, env, *handle) != napi_ok || held_set(&js->owner, env, owner) != napi_ok) goto fail_handle;
  err = exchange_upgrade(x, &events, js, &js->t, early);
  if (err == 0) {
    origin_begin_bare(&js->origin, state->rt, "TCPWRAP", owner);
    return 0;
  }
fail_handle:
  js_handle_clear(env, *handle);
  held_clear(&js->handle, env);
  held_clear(&js->owner, env);
fail:
  free(js);
  return err;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

/* setup(onEvent): for all tunnels of this runtime. */
static napi_value tunnel_js_setup(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  http_state *state = http_state_of(env);
  if (state != NULL && held_empty(&state->on_tunnel)) held_set(&state->on_tunnel, env, argv[0]);
  return NULL;
}

/* Results of the writing calls: 1 go on, 0 wait for TUNNEL_DRAIN, negative errno. */

/* write(handle, bytes): copied as far as the kernel does not take them. */
static napi_value tunnel_js_write(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t length;
  args_get(env, info, argv, 2);
  js_tunnel *js = tunnel_of(env, argv[0]);
  if (js == NULL) return make_int32(env, UV_EBADF);
  if (js_bytes_get(env, argv[1], &data, &length) != napi_ok) return make_int32(env, UV_EINVAL);
  return make_int32(env, tunnel_write(js->t, (http_bytes){.data = data, .length = length}));
}

/* writeString(handle, string, latin1) */
static napi_value tunnel_js_write_string(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t length = 0;
  bool one_byte;
  args_get(env, info, argv, 3);
  js_tunnel *js = tunnel_of(env, argv[0]);
  if (js == NULL) return make_int32(env, UV_EBADF);
  bool latin1 = arg_bool(env, argv[2]);
  if ((latin1 ? js_string_info(env, argv[1], &length, &one_byte) : js_string_utf8_length(env, argv[1], &length)) !=
      napi_ok)
    return make_int32(env, UV_EINVAL);
  char *memory = http_scratch(js->state, length);
  if (memory == NULL) return make_int32(env, UV_ENOMEM);
  if (latin1)
    js_string_write_latin1(env, argv[1], memory, length, &length);
  else
    js_string_write_utf8(env, argv[1], memory, length, &length);
  return make_int32(env, tunnel_write(js->t, (http_bytes){.data = memory, .length = length}));
}

/* writev(handle, array of bytes) */
static napi_value tunnel_js_writev(napi_env env, napi_callback_info info) {
  napi_value argv[2], view;
  uint32_t count = 0;
  int result = 1;
  args_get(env, info, argv, 2);
  js_tunnel *js = tunnel_of(env, argv[0]);
  if (js == NULL) return make_int32(env, UV_EBADF);
  if (napi_get_array_length(env, argv[1], &count) != napi_ok) return make_int32(env, UV_EINVAL);
  for (uint32_t i = 0; i < count && result >= 0; i++) {
    void *data;
    size_t length;
    if (napi_get_element(env, argv[1], i, &view) != napi_ok || js_bytes_get(env, view, &data, &length) != napi_ok)
      return make_int32(env, UV_EINVAL);
    result = tunnel_write(js->t, (http_bytes){.data = data, .length = length});
  }
  return make_int32(env, result);
}

static napi_value tunnel_js_shutdown(napi_env env, napi_callback_info info) {
  js_tunnel *js = tunnel_argument(env, info);
  return make_int32(env, js == NULL ? UV_ENOTCONN : tunnel_shutdown(js->t));
}

static napi_value tunnel_js_resume(napi_env env, napi_callback_info info) {
  js_tunnel *js = tunnel_argument(env, info);
  if (js != NULL) tunnel_resume(js->t);
  return NULL;
}

static napi_value tunnel_js_pause(napi_env env, napi_callback_info info) {
  js_tunnel *js = tunnel_argument(env, info);
  if (js != NULL) tunnel_pause(js->t);
  return NULL;
}

/* destroy(handle): TUNNEL_CLOSE follows. */
static napi_value tunnel_js_destroy(napi_env env, napi_callback_info info) {
  js_tunnel *js = tunnel_argument(env, info);
  if (js != NULL) tunnel_destroy(js->t);
  return NULL;
}

/* option(handle, option, value[, keep-alive delay in seconds]): 0 or a negative errno. RESET: destroy() will reset the
 * connection. */
static napi_value tunnel_js_option(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  js_tunnel *js = tunnel_of(env, argv[0]);
  if (js == NULL) return make_int32(env, UV_EBADF);
  int value = arg_bool(env, argv[2]), delay = arg_int32(env, argv[3]), fd = connection_fd(js->t->connection);
  int status = 0;
  switch (arg_int32(env, argv[1])) {
    case OPTION_NO_DELAY:
      status = setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
      break;
    case OPTION_KEEP_ALIVE:
      status = setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value);
      if (status == 0 && value && delay > 0) status = setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &delay, sizeof delay);
      break;
    case OPTION_RESET:
      status = setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
      break;
    default:
      js->unreferenced = !value;
      connection_set_referenced(js->t->connection, value);
  }
  return make_int32(env, status < 0 ? -errno : 0);
}

/* numbers(handle): [descriptor, bytes read, bytes written, bytes queued, referenced], or undefined when closed. */
static napi_value tunnel_js_numbers(napi_env env, napi_callback_info info) {
  js_tunnel *js = tunnel_argument(env, info);
  napi_value out;
  if (js == NULL || napi_create_array_with_length(env, 5, &out) != napi_ok) return NULL;
  const connection *c = js->t->connection;
  size_t pending = tunnel_pending(js->t);
  napi_set_element(env, out, 0, make_int32(env, connection_fd(c)));
  napi_set_element(env, out, 1, make_double(env, (double)connection_bytes_read(c)));
  napi_set_element(env, out, 2, make_double(env, (double)(connection_bytes_written(c) + pending)));
  napi_set_element(env, out, 3, make_double(env, (double)pending));
  napi_set_element(env, out, 4, make_int32(env, !js->unreferenced));
  return out;
}

static const js_function functions[] = {
    {"setup", tunnel_js_setup},
    {"write", tunnel_js_write},
    {"writeString", tunnel_js_write_string},
    {"writev", tunnel_js_writev},
    {"shutdown", tunnel_js_shutdown},
    {"resume", tunnel_js_resume},
    {"pause", tunnel_js_pause},
    {"destroy", tunnel_js_destroy},
    {"option", tunnel_js_option},
    {"numbers", tunnel_js_numbers},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant kinds[] = {CONSTANT(TUNNEL_DATA),     CONSTANT(TUNNEL_END),   CONSTANT(TUNNEL_DRAIN),
                                   CONSTANT(TUNNEL_SHUTDOWN), CONSTANT(TUNNEL_CLOSE), {NULL, 0}};
  static const constant options[] = {{"NO_DELAY", OPTION_NO_DELAY},
                                     {"KEEP_ALIVE", OPTION_KEEP_ALIVE},
                                     {"REFERENCED", OPTION_REFERENCED},
                                     {"RESET", OPTION_RESET},
                                     {NULL, 0}};
  napi_status status = export_constants(env, exports, "events", kinds);
  return status == napi_ok ? export_constants(env, exports, "options", options) : status;
}

const js_binding binding_http_tunnel = {"http_tunnel", functions, init};
