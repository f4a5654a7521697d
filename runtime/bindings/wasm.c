/*
 * wasm.c: the bytes of WebAssembly.compileStreaming. The engine makes the stream (runtime.c hands it to JS as a
 * handle); modules/internal/wasm_stream.js reads the Response and gives its bytes on.
 */
#include "wasm.h"

#include "../runtime_internal.h"
#include "util.h"

/* Collected unfinished (the body never ended): forgotten, its promise stays pending as the program's read does. */
static void stream_collected(void *stream) { js_wasm_stream_drop(stream); }
static const js_type stream_type = {"WasmStream", stream_collected};

void wasm_on_stream(napi_env env, void *data, napi_value source, js_wasm_stream *stream) {
  napi_value argv[2] = {source, NULL}, function;
  if (js_handle_create(env, &stream_type, stream, &argv[1]) != napi_ok) {
    js_wasm_stream_drop(stream);
    return;
  }
  if (runtime_callback_value(data, CALLBACK_WASM_STREAM, &function) != napi_ok ||
      js_call(env, NULL, function, 2, argv, NULL) == napi_ok)
    return;
  /* The function is asynchronous: it throws only where the stack is at its end, and then the program's promise fails.
   */
  napi_value reason = NULL;
  bool pending = false;
  void *open = NULL;
  if (napi_is_exception_pending(env, &pending) == napi_ok && pending) napi_get_and_clear_last_exception(env, &reason);
  if (reason == NULL || js_handle_get(env, argv[1], &stream_type, &open) != napi_ok) return;
  js_handle_clear(env, argv[1]);
  js_wasm_stream_abort(open, reason);
}

static js_wasm_stream *stream_of(napi_env env, napi_value handle) {
  void *stream = NULL;
  return js_handle_get(env, handle, &stream_type, &stream) == napi_ok ? stream : NULL;
}

/* push(stream, bytes) */
static napi_value wasm_push(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *bytes = NULL;
  size_t length = 0;
  args_get(env, info, argv, 2);
  js_wasm_stream *stream = stream_of(env, argv[0]);
  if (stream != NULL && js_bytes_get(env, argv[1], &bytes, &length) == napi_ok)
    js_wasm_stream_push(stream, bytes, length);
  return NULL;
}

/* finish(stream, url): all bytes are there */
static napi_value wasm_finish(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t length = 0;
  args_get(env, info, argv, 2);
  js_wasm_stream *stream = stream_of(env, argv[0]);
  if (stream == NULL) return NULL;
  char *url = arg_utf8(env, argv[1], &length);
  if (url != NULL) js_wasm_stream_url(stream, url, length);
  free(url);
  js_handle_clear(env, argv[0]);
  js_wasm_stream_finish(stream);
  return NULL;
}

/* abort(stream, reason): the promise is rejected with it */
static napi_value wasm_abort(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  js_wasm_stream *stream = stream_of(env, argv[0]);
  if (stream == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  js_wasm_stream_abort(stream, argv[1]);
  return NULL;
}

static const js_function functions[] = {
    {"push", wasm_push},
    {"finish", wasm_finish},
    {"abort", wasm_abort},
    {NULL, NULL},
};

const js_binding binding_wasm = {"wasm", functions, NULL};
