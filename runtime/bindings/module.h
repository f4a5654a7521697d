/* What runtime.c gives the engine as its module callbacks (js_callbacks in js.h); implemented in module.c. */
#ifndef JSD_RUNTIME_BINDINGS_MODULE_H
#define JSD_RUNTIME_BINDINGS_MODULE_H

#include "../v8/js.h"

napi_status module_import_dynamic(napi_env env, void *data, napi_value referrer, napi_value specifier,
                                  napi_value attributes, napi_value *promise);
void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta);

#endif
