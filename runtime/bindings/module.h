/* Implemented in module.c: what runtime.c gives the engine as its module callbacks (js_callbacks in js.h), and what
 * compile_cache.c shares with it. */
#ifndef JSD_RUNTIME_BINDINGS_MODULE_H
#define JSD_RUNTIME_BINDINGS_MODULE_H

#include "../code_store.h"
#include "../v8/js.h"

napi_status module_import_dynamic(napi_env env, void *data, napi_value referrer, napi_value specifier,
                                  napi_value attributes, napi_value *promise);
void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta);

/* A text that a store holds (module_store.c). shared: in memory that stays mapped as long as the process lives. */
napi_value module_text_of(napi_env env, const code_store_value *value, bool shared);
/* The parameters of a CommonJS module's function. */
extern const char *const module_commonjs_parameters[5];
/* Compiles an ES module. Returns its handle for JS, which keeps *module alive, or NULL with an exception pending. */
napi_value module_compile_source(napi_env env, js_source *source, js_module **module);

#endif
