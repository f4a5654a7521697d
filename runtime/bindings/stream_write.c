/*
 * Writes of a stream_handle. The socket is tried at once; only what the kernel does not take is queued, with the memory
 * behind it held.
 */
#include "stream.h"

#include <errno.h>

typedef struct stream_write {
  uv_write_t request;
  stream_handle *stream;
  stream_operation operation;
  js_bytes *bytes; /* the memory that is queued, `count` of them; NULL: it is data */
  unsigned count;
  char data[]; /* a string's bytes */
} stream_write;

static void write_free(stream_write *w) {
  for (unsigned i = 0; i < w->count; i++) js_bytes_drop(&w->bytes[i]);
  free(w->bytes);
  free(w);
}

static void on_written(uv_write_t *request, int status) {
  stream_write *w = request->data;
  stream_handle *s = w->stream;
  stream_operation operation = w->operation;
  write_free(w);
  stream_operation_done(s, &operation, status);
}

/* The memory behind the last `count` of the views (an array, or one view), whose first `done` bytes are written. */
static int write_hold(napi_env env, stream_write *w, napi_value views, uint32_t first, unsigned count, size_t done,
                      uv_buf_t *bufs) {
  bool many = false;
  if (count == 0) return UV_EINVAL;
  napi_is_array(env, views, &many);
  if ((w->bytes = calloc(count, sizeof *w->bytes)) == NULL) return UV_ENOMEM;
  for (unsigned i = 0; i < count; i++) {
    napi_value view = views;
    if (many && napi_get_element(env, views, first + i, &view) != napi_ok) return UV_EINVAL;
    if (js_bytes_hold(env, view, js_bytes_read, &w->bytes[i]) != napi_ok) return UV_ENOMEM;
    w->count++;
    size_t skip = i == 0 ? done : 0; /* it may be a copy, elsewhere than what was tried */
    bufs[i] = (uv_buf_t){.base = (char *)w->bytes[i].data + skip, .len = w->bytes[i].length - skip};
  }
  return 0;
}

/* Writes what the kernel takes now and queues the rest: of `views` (JS's, from which bufs come), or, where that is
 * NULL, of one buffer, which is copied. 0: all written; 1: queued, the callback comes later; negative: error. */
static int stream_send(napi_env env, stream_handle *s, uv_buf_t *bufs, unsigned count, napi_value views,
                       napi_value callback) {
  size_t size = 0;
  for (unsigned i = 0; i < count; i++) size += bufs[i].len;
  s->bytes_written += size;
  if (size == 0) return 0;
  int n = uv_try_write(&s->uv.stream, bufs, count);
  if (n < 0 && n != UV_EAGAIN && n != UV_ENOSYS) return n;
  size_t done = n > 0 ? (size_t)n : 0;
  if (done == size) return 0;
  uint32_t first = 0;
  for (; first < count && done >= bufs[first].len; first++) done -= bufs[first].len;
  bufs += first;
  count -= first;
  size_t left = views == NULL ? bufs->len - done : 0;
  stream_write *w = calloc(1, sizeof *w + left);
  if (w == NULL) return UV_ENOMEM;
  w->stream = s;
  w->request.data = w;
  int err = stream_operation_begin(env, s, &w->operation, callback, "WRITEWRAP");
  if (err == 0 && views != NULL) {
    err = write_hold(env, w, views, first, count, done, bufs);
  } else if (err == 0) {
    memcpy(w->data, bufs->base + done, left);
    *bufs = (uv_buf_t){.base = w->data, .len = left};
  }
  if (err == 0) err = uv_write(&w->request, &s->uv.stream, bufs, count, on_written);
  if (err == 0) return 1;
  stream_operation_cancel(s, &w->operation);
  write_free(w);
  return err;
}

/* writeBuffer(handle, view, callback) */
napi_value stream_js_write_buffer(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *data;
  size_t size;
  args_get(env, info, argv, 3);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  if (js_bytes_get(env, argv[1], &data, &size) != napi_ok) return make_int32(env, UV_EINVAL);
  uv_buf_t buf = {.base = data, .len = size};
  return make_int32(env, stream_send(env, s, &buf, 1, argv[1], argv[2]));
}

/* writeString(handle, string, latin1, callback) */
napi_value stream_js_write_string(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  char small[16 * 1024], *text = small;
  size_t size = 0;
  bool one_byte;
  args_get(env, info, argv, 4);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  bool latin1 = arg_bool(env, argv[2]);
  if ((latin1 ? js_string_info(env, argv[1], &size, &one_byte) : js_string_utf8_length(env, argv[1], &size)) != napi_ok)
    return make_int32(env, UV_EINVAL);
  if (size > sizeof small && (text = malloc(size)) == NULL) return make_int32(env, UV_ENOMEM);
  if (latin1)
    js_string_write_latin1(env, argv[1], text, size, &size);
  else
    js_string_write_utf8(env, argv[1], text, size, &size);
  uv_buf_t buf = {.base = text, .len = size};
  int result = stream_send(env, s, &buf, 1, NULL, argv[3]);
  if (text != small) free(text);
  return make_int32(env, result);
}

/* writev(handle, views, callback) */
napi_value stream_js_writev(napi_env env, napi_callback_info info) {
  napi_value argv[3], view;
  uint32_t count = 0;
  args_get(env, info, argv, 3);
  stream_handle *s = stream_get(env, argv[0]);
  if (s == NULL) return make_int32(env, UV_EBADF);
  if (napi_get_array_length(env, argv[1], &count) != napi_ok || count == 0) return make_int32(env, UV_EINVAL);
  uv_buf_t *bufs = malloc(count * sizeof *bufs);
  if (bufs == NULL) return make_int32(env, UV_ENOMEM);
  int result = 0;
  for (uint32_t i = 0; i < count && result == 0; i++) {
    void *data;
    size_t size;
    if (napi_get_element(env, argv[1], i, &view) != napi_ok || js_bytes_get(env, view, &data, &size) != napi_ok)
      result = UV_EINVAL;
    else
      bufs[i] = (uv_buf_t){.base = data, .len = size};
  }
  if (result == 0) result = stream_send(env, s, bufs, count, argv[1], argv[2]);
  free(bufs);
  return make_int32(env, result);
}
