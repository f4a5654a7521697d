/* wasm.cc: WebAssembly.compileStreaming and instantiateStreaming. V8 hands out a sink for the bytes; what the source
 * is and how its bytes come is the embedder's to say (js_callbacks.wasm_stream). */
#include "env.h"

using namespace v8;

struct js_wasm_stream {
  std::shared_ptr<WasmStreaming> sink;
};

void wasm_stream_open(const FunctionCallbackInfo<Value> &info) {
  Isolate *isolate = info.GetIsolate();
  napi_env env = env_of(isolate);
  auto *stream = new js_wasm_stream{WasmStreaming::Unpack(isolate, info.Data())};
  env->callbacks.wasm_stream(env, env->data, to_value(info[0]), stream);
  if (!env->last_exception.IsEmpty()) env_throw_pending(env);
}

void js_wasm_stream_push(js_wasm_stream *stream, const uint8_t *bytes, size_t length) {
  if (length > 0) stream->sink->OnBytesReceived(bytes, length);
}

void js_wasm_stream_url(js_wasm_stream *stream, const char *url, size_t length) { stream->sink->SetUrl(url, length); }

void js_wasm_stream_finish(js_wasm_stream *stream) {
  stream->sink->Finish();
  delete stream;
}

void js_wasm_stream_abort(js_wasm_stream *stream, napi_value reason) {
  stream->sink->Abort(reason == nullptr ? MaybeLocal<Value>() : MaybeLocal<Value>(to_local(reason)));
  delete stream;
}

void js_wasm_stream_drop(js_wasm_stream *stream) { delete stream; }
