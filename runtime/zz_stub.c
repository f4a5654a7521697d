#include "bindings/module.h"
napi_status module_import_dynamic(napi_env env, void *data, napi_value r, napi_value s, napi_value a, napi_value *p) { return napi_generic_failure; }
void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta) {}
