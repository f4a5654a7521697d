/* Implemented in esm.c: what runtime.c gives the engine as its module callbacks (js_callbacks in js.h), and what
 * compile_cache.c shares with it. */
#ifndef JSD_RUNTIME_BINDINGS_MODULE_H
#define JSD_RUNTIME_BINDINGS_MODULE_H

#include "../code_store.h"
#include "../v8/js.h"

napi_status module_import_dynamic(napi_env env, void *data, const js_import *import, napi_value *promise);
void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta);

/* A text that a store holds (module_store.c). shared: in memory that stays mapped as long as the process lives. */
napi_value module_text_of(napi_env env, const code_store_value *value, bool shared);
/* The parameters of a CommonJS module's function. */
extern const char *const module_commonjs_parameters[5];
/* Fills in the code cache that `bytes` is: a typed array or DataView, else none. It is read while source is compiled.
 */
void source_cache_get(napi_env env, napi_value bytes, js_source *source);
/* A Buffer of malloc'd bytes, which it takes over. */
napi_value make_buffer(napi_env env, uint8_t *data, size_t size);
/* Compiles an ES module. Returns its handle for JS, which keeps *module alive, or NULL with an exception pending. */
napi_value module_compile_source(napi_env env, js_source *source, js_module **module);

#endif
