/* The functions of buffer_fast.c, for the table of buffer.c: each with handles, and as a fast call. */
#ifndef JSD_RUNTIME_BINDINGS_BUFFER_FAST_H
#define JSD_RUNTIME_BINDINGS_BUFFER_FAST_H

#include "../v8/js.h"

napi_value buffer_compare(napi_env env, napi_callback_info info);
napi_value buffer_index_of_byte(napi_env env, napi_callback_info info);
napi_value buffer_utf8_length(napi_env env, napi_callback_info info);
napi_value buffer_write_utf8(napi_env env, napi_callback_info info);
extern const js_fast buffer_compare_fast, buffer_index_of_byte_fast, buffer_utf8_length_fast, buffer_write_utf8_fast;

#endif
