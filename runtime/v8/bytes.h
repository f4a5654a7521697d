/* The address and size of whatever holds bytes: for bytes.cc and napi_buffer.cc. */
#ifndef JSD_RUNTIME_V8_BYTES_H
#define JSD_RUNTIME_V8_BYTES_H

#include "env.h"

bool bytes_of(v8::Local<v8::Value> value, void **data, size_t *length);
v8::MaybeLocal<v8::Uint8Array> buffer_from_array_buffer(napi_env env, v8::Local<v8::ArrayBuffer> buffer, size_t offset,
                                                        size_t length);

#endif
