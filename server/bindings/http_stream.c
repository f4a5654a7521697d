/*
 * http_stream.c: connections over streams of JS (the binding "http_stream"), see server/http/stream_transport.h and
 * modules/internal/http/stream_server.js.
 */
#include "server/bindings/http_binding.h"
#include "server/http/stream_transport.h"

typedef struct app_stream {
  http_state *state;
  stream_transport *transport;
  held on_ready;
} app_stream;

static void stream_finalize(void *pointer) {
  app_stream *stream = pointer;
  stream_transport_release(stream->transport);
  free(stream);
}
static const js_type stream_type = {"HttpStream", stream_finalize};

static app_stream *stream_of(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &stream_type, &pointer) == napi_ok ? pointer : NULL;
}

static void on_ready(void *data) {
  app_stream *stream = data;
  js_scope scope;
  js_scope_open(runtime_env(stream->state->rt), &scope);
  held_call(&stream->on_ready, stream->state->rt, NULL, NULL, 0, NULL);
  js_scope_close(&scope);
}

/* open(server, onReady) -> [handle, number of the connection], or a negative errno. The function is held until close().
 */
static napi_value stream_open(napi_env env, napi_callback_info info) {
  napi_value argv[2], handle, out;
  args_get(env, info, argv, 2);
  http_server *server = NULL;
  if (http_tls_of_server(env, argv[0], &server) == NULL) return make_int32(env, UV_EINVAL);
  app_stream *stream = calloc(1, sizeof *stream);
  int err = UV_ENOMEM;
  if (stream == NULL) return make_int32(env, err);
  stream->state = http_state_of(env);
  err = http_server_open_stream(server, on_ready, stream, &stream->transport);
  if (err < 0) {
    free(stream);
    return make_int32(env, err);
  }
  held_set(&stream->on_ready, env, argv[1]);
  js_handle_create(env, &stream_type, stream, &handle);
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, handle);
  napi_set_element(env, out, 1,
                   make_int32(env, http_peer_of(stream->state, stream_transport_connection(stream->transport))));
  return out;
}

/* feed(handle, bytes): 0 or a negative errno */
static napi_value stream_feed(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data = NULL;
  size_t length = 0;
  args_get(env, info, argv, 2);
  app_stream *stream = stream_of(env, argv[0]);
  if (stream == NULL || js_bytes_get(env, argv[1], &data, &length) != napi_ok) return make_int32(env, UV_EINVAL);
  return make_int32(env, stream_transport_feed(stream->transport, data, length));
}

/* feedEnd(handle, errno): 0 at an orderly end */
static napi_value stream_feed_end(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  app_stream *stream = stream_of(env, argv[0]);
  if (stream != NULL) stream_transport_feed_end(stream->transport, arg_int32(env, argv[1]));
  return NULL;
}

/* take(handle) -> a Buffer with output, or undefined */
static napi_value stream_take(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  void *memory;
  args_get(env, info, argv, 1);
  app_stream *stream = stream_of(env, argv[0]);
  http_slice taken = stream != NULL ? stream_transport_take(stream->transport) : (http_slice){NULL, 0};
  if (taken.length == 0 || js_buffer_create(env, taken.length, &memory, &value) != napi_ok) return NULL;
  memcpy(memory, taken.data, taken.length);
  return value;
}

static napi_value stream_reads(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  app_stream *stream = stream_of(env, argv[0]);
  return make_bool(env, stream != NULL && stream_transport_reads(stream->transport));
}

/* writable(handle, boolean) */
static napi_value stream_writable(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  app_stream *stream = stream_of(env, argv[0]);
  if (stream != NULL) stream_transport_set_writable(stream->transport, arg_bool(env, argv[1]));
  return NULL;
}

/* close(handle): after the connection's end; the function of open() is let go. */
static napi_value stream_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  app_stream *stream = stream_of(env, argv[0]);
  if (stream != NULL && stream_transport_connection(stream->transport) == NULL) held_clear(&stream->on_ready, env);
  return NULL;
}

static const js_function functions[] = {
    {"open", stream_open},   {"feed", stream_feed},         {"feedEnd", stream_feed_end}, {"take", stream_take},
    {"reads", stream_reads}, {"writable", stream_writable}, {"close", stream_close},      {NULL, NULL},
};

const js_binding binding_http_stream = {"http_stream", functions, NULL};
