/*
 * stream_handle: a TCP socket, a pipe (unix socket) or a terminal of libuv, with what JS gave for its events. It is
 * alive from stream_create until uv_close's callback; the JS side holds a js_handle, and the stream holds its owner
 * (the JS object that events are delivered to) while it is open.
 */
#ifndef JSD_RUNTIME_BINDINGS_STREAM_H
#define JSD_RUNTIME_BINDINGS_STREAM_H

#include "util.h"

typedef struct stream_handle {
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    uv_tty_t tty;
  } uv;
  runtime *rt;
  runtime_resource resource;
  held handle; /* the JS handle, cleared when the stream closes */
  held owner, on_read, on_connection, on_close;
  async_origin origin; /* of all its events */
  uint64_t bytes_read, bytes_written;
  struct stream_listener *listener; /* NULL: it does not listen */
  drain_kind kind;                  /* as what it holds a drain */
  bool closing;
} stream_handle;

extern const js_type stream_type;

/* A handle around nothing yet. kind: UV_TCP, UV_NAMED_PIPE (ipc: passes descriptors), UV_TTY (fd). 0 or negative. */
int stream_create(napi_env env, uv_handle_type kind, int fd, bool ipc, napi_value owner, napi_value on_read,
                  napi_value on_connection, napi_value *value, stream_handle **out);
/* The handle behind a JS value, or NULL. */
stream_handle *stream_get(napi_env env, napi_value value);
/* What a stream_handle has begun and calls back about once: connecting, shutting down, a queued write. */
typedef struct stream_operation {
  held callback;
  async_origin origin;
} stream_operation;
/* 0 or UV_ENOMEM, with nothing to end. type: as hooks name it. */
int stream_operation_begin(napi_env env, stream_handle *s, stream_operation *o, napi_value callback, const char *type);
/* It was not begun after all. */
void stream_operation_cancel(stream_handle *s, stream_operation *o);
/* Calls back on the stream's owner: callback(status). */
void stream_operation_done(stream_handle *s, stream_operation *o, int status);

/* stream_write.c: writeBuffer(handle, view, callback), writeString(handle, text, latin1, callback), writev(handle,
 * views, callback): 0 all written; 1 queued, callback(status) comes later; negative errno. */
napi_value stream_js_write_buffer(napi_env env, napi_callback_info info);
napi_value stream_js_write_string(napi_env env, napi_callback_info info);
napi_value stream_js_writev(napi_env env, napi_callback_info info);
/* stream_pass.c */
napi_value stream_js_pass(napi_env env, napi_callback_info info);
napi_value stream_js_passed_kind(napi_env env, napi_callback_info info);
napi_value stream_js_passed_take(napi_env env, napi_callback_info info);

#endif
