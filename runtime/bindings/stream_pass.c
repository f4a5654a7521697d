/*
 * Sockets that go from one process to another: over a pipe for messages (uv_pipe with ipc), together with some bytes.
 * A socket that arrives waits in libuv until JS has made a handle of its kind for it.
 */
#include "stream.h"

typedef struct stream_pass {
  uv_write_t request;
  stream_handle *stream;
  stream_operation operation;
  char data[]; /* the bytes that go with it */
} stream_pass;

static void on_passed(uv_write_t *request, int status) {
  stream_pass *p = request->data;
  stream_handle *s = p->stream;
  stream_operation operation = p->operation;
  free(p);
  stream_operation_done(s, &operation, status);
}

/* pass(pipe, view, handle, callback) → 1: queued, the callback comes; negative: error */
napi_value stream_js_pass(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  void *data;
  size_t size;
  args_get(env, info, argv, 4);
  stream_handle *s = stream_get(env, argv[0]), *passed = stream_get(env, argv[2]);
  if (s == NULL || passed == NULL) return make_int32(env, UV_EBADF);
  if (js_bytes_get(env, argv[1], &data, &size) != napi_ok) return make_int32(env, UV_EINVAL);
  stream_pass *p = calloc(1, sizeof *p + size);
  if (p == NULL) return make_int32(env, UV_ENOMEM);
  p->stream = s;
  p->request.data = p;
  memcpy(p->data, data, size);
  uv_buf_t buf = {.base = p->data, .len = size};
  int err = stream_operation_begin(env, s, &p->operation, argv[3], "WRITEWRAP");
  if (err == 0) {
    err = uv_write2(&p->request, &s->uv.stream, &buf, 1, &passed->uv.stream, on_passed);
    if (err != 0) stream_operation_cancel(s, &p->operation);
  }
  if (err != 0) {
    free(p);
    return make_int32(env, err);
  }
  s->bytes_written += size;
  return make_int32(env, 1);
}

/* passedKind(pipe) → 0 tcp, 1 pipe, -1: nothing waits, or what this process has no handle for */
napi_value stream_js_passed_kind(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL || s->uv.handle.type != UV_NAMED_PIPE || uv_pipe_pending_count(&s->uv.pipe) == 0)
    return make_int32(env, -1);
  uv_handle_type type = uv_pipe_pending_type(&s->uv.pipe);
  return make_int32(env, type == UV_TCP ? 0 : type == UV_NAMED_PIPE ? 1 : -1);
}

/* passedTake(pipe, handle): what waits becomes the handle's */
napi_value stream_js_passed_take(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  stream_handle *s = stream_get(env, argv[0]), *into = stream_get(env, argv[1]);
  return make_int32(env, s && into ? uv_accept(&s->uv.stream, &into->uv.stream) : UV_EBADF);
}
