/*
 * module_store: the module loader's access to ../module_store.h, for what is no file: names and where they lead.
 * Texts are kept by module.readFile itself, compiled code by compile_cache.c.
 */
#include "../module_store.h"

#include "../runtime_internal.h"
#include "module.h"
#include "util.h"

napi_value module_text_of(napi_env env, const code_store_value *value, bool shared) {
  napi_value text = NULL;
  const char *bytes = (const char *)value->bytes;
  /* Shared memory stays mapped: the engine takes the text from there, without a copy in each process. */
  napi_status status = shared && (value->flags & CODE_STORE_ASCII) != 0
                           ? js_string_external_latin1(env, bytes, value->size, NULL, NULL, &text)
                           : js_string_utf8(env, bytes, value->size, &text);
  return status == napi_ok ? text : NULL;
}

/* kept() → whether there is a store */
static napi_value store_kept(napi_env env, napi_callback_info info) {
  return make_bool(env, runtime_of(env)->store.shared != NULL);
}

/* starting() → whether the app does not serve yet */
static napi_value store_starting(napi_env env, napi_callback_info info) {
  return make_bool(env, runtime_of(env)->store.starting);
}

/* find(kind, key) → string, null: it is known that there is none, or undefined */
static napi_value store_find(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  size_t size = 0;
  code_store_value value;
  args_get(env, info, argv, 2);
  char *name = arg_utf8(env, argv[1], &size);
  if (name == NULL) return NULL;
  code_store_key key = {.kind = (uint32_t)arg_int32(env, argv[0]), .bytes = name, .size = size};
  if (module_store_find(&runtime_of(env)->store, &key, &value)) {
    if ((value.flags & CODE_STORE_MISSING) != 0)
      napi_get_null(env, &out);
    else
      js_string_utf8(env, (const char *)value.bytes, value.size, &out);
  }
  free(name);
  return out;
}

/* settle(kind, key, string or null) → true: `find` has the generation's answer now */
static napi_value store_settle(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t size = 0;
  napi_valuetype type = napi_undefined;
  code_store_value value = {.flags = CODE_STORE_MISSING};
  char *text = NULL;
  bool settled = false;
  args_get(env, info, argv, 3);
  char *name = arg_utf8(env, argv[1], &size);
  napi_typeof(env, argv[2], &type);
  if (type == napi_string && (text = arg_utf8(env, argv[2], &value.size)) != NULL) {
    value.flags = 0;
    value.bytes = (const uint8_t *)text;
  }
  if (name != NULL && (text != NULL || type == napi_null)) {
    code_store_key key = {.kind = (uint32_t)arg_int32(env, argv[0]), .bytes = name, .size = size};
    settled = module_store_settle(runtime_of(env), &key, &value);
  }
  free(name);
  free(text);
  return make_bool(env, settled);
}

static const js_function functions[] = {
    {"kept", store_kept}, {"starting", store_starting}, {"find", store_find}, {"settle", store_settle}, {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant kinds[] = {{"RESOLUTION", STORE_RESOLUTION}, {"SCOPE", STORE_SCOPE}, {NULL, 0}};
  return export_constants(env, exports, "kinds", kinds);
}

const js_binding binding_module_store = {"module_store", functions, init};
