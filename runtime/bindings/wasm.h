/* The engine's callback for WebAssembly.compileStreaming and instantiateStreaming, for runtime.c. */
#ifndef JSD_RUNTIME_BINDINGS_WASM_H
#define JSD_RUNTIME_BINDINGS_WASM_H

#include "../v8/js.h"

void wasm_on_stream(napi_env env, void *data, napi_value source, js_wasm_stream *stream);

#endif
