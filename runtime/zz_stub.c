/* Stands in for module.c until the loader lands; weak, so that both can be there. */
#include "bindings/module.h"
__attribute__((weak)) napi_status module_import_dynamic(napi_env env, void *data, napi_value r, napi_value s, napi_value a, napi_value *p) { return napi_generic_failure; }
__attribute__((weak)) void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta) {}
