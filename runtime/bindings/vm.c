/*
 * vm: scripts, functions and contexts of node:vm (modules/internal/vm/).
 *
 * `id` is a symbol that stands for whoever compiled the code: import() in it asks JS with that. `context` is a handle
 * of createContext, or null for the main one.
 */
#include "../runtime_internal.h"
#include "module.h"
#include "util.h"

void source_cache_get(napi_env env, napi_value bytes, js_source *source) {
  void *data = NULL;
  size_t size = 0;
  if (bytes == NULL || js_bytes_get(env, bytes, &data, &size) != napi_ok) return;
  /* No bytes are no cache either, and refused. */
  source->cache = size > 0 ? data : (const uint8_t *)"";
  source->cache_size = size > 0 ? size : 1;
}

napi_value make_buffer(napi_env env, uint8_t *data, size_t size) {
  napi_value buffer = NULL;
  if (js_buffer_adopt(env, data, size, &buffer) != napi_ok) free(data);
  return buffer;
}

/* compileScript(code, name, line, column, id, cachedData) → [handle, whether cachedData was refused] */
static napi_value vm_compile_script(napi_env env, napi_callback_info info) {
  napi_value argv[6], out, handle;
  args_get(env, info, argv, 6);
  js_source source = {.code = argv[0],
                      .name = argv[1],
                      .line = arg_int32(env, argv[2]),
                      .column = arg_int32(env, argv[3]),
                      .id = argv[4]};
  source_cache_get(env, argv[5], &source);
  if (js_script_compile(env, &source, &handle) != napi_ok) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, handle);
  napi_set_element(env, out, 1, make_bool(env, source.cache_rejected));
  return out;
}

/* runScript(handle, context, timeout in ms or 0, breakOnSigint) → the completion value */
static napi_value vm_run_script(napi_env env, napi_callback_info info) {
  napi_value argv[4], result = NULL;
  args_get(env, info, argv, 4);
  js_limits limits = {.timeout_ms = arg_int64(env, argv[2]), .interruptible = arg_bool(env, argv[3])};
  js_script_run_in(env, argv[0], argv[1], &limits, &result);
  return result;
}

/* codeCache(handle or function) → Buffer */
static napi_value vm_code_cache(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  napi_valuetype type = napi_undefined;
  uint8_t *data = NULL;
  size_t size = 0;
  args_get(env, info, argv, 1);
  napi_typeof(env, argv[0], &type);
  napi_status status = type == napi_function ? js_function_cache(env, argv[0], &data, &size)
                                             : js_script_cache(env, argv[0], &data, &size);
  return status == napi_ok ? make_buffer(env, data, size) : NULL;
}

/* sourceURLs(handle or function) → [sourceURL, sourceMappingURL], each a string or undefined */
static napi_value vm_source_urls(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, own = NULL, map = NULL;
  args_get(env, info, argv, 1);
  if (js_source_urls(env, argv[0], &own, &map) != napi_ok) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, own);
  napi_set_element(env, out, 1, map);
  return out;
}

/* The UTF-8 texts of an array of strings, malloc'd, as the array is; NULL without memory. */
static char **texts_get(napi_env env, napi_value array, uint32_t *count) {
  *count = 0;
  napi_get_array_length(env, array, count);
  char **texts = calloc(*count + 1, sizeof *texts);
  for (uint32_t i = 0; texts != NULL && i < *count; i++) {
    napi_value one;
    if (napi_get_element(env, array, i, &one) == napi_ok) texts[i] = arg_utf8(env, one, NULL);
    if (texts[i] != NULL) continue;
    while (i-- > 0) free(texts[i]);
    free(texts);
    return NULL;
  }
  return texts;
}

/* compileFunction(code, name, line, column, id, cachedData, context, extensions, parameters) → [function, refused] */
static napi_value vm_compile_function(napi_env env, napi_callback_info info) {
  napi_value argv[9], out = NULL, function = NULL;
  uint32_t count;
  args_get(env, info, argv, 9);
  js_source source = {.code = argv[0],
                      .name = argv[1],
                      .line = arg_int32(env, argv[2]),
                      .column = arg_int32(env, argv[3]),
                      .id = argv[4],
                      .context = argv[6],
                      .extensions = argv[7]};
  source_cache_get(env, argv[5], &source);
  char **parameters = texts_get(env, argv[8], &count);
  if (parameters == NULL) return NULL;
  if (js_function_compile(env, &source, (const char *const *)parameters, count, &function) == napi_ok) {
    napi_create_array_with_length(env, 2, &out);
    napi_set_element(env, out, 0, function);
    napi_set_element(env, out, 1, make_bool(env, source.cache_rejected));
  }
  for (uint32_t i = 0; i < count; i++) free(parameters[i]);
  free(parameters);
  return out;
}

/* createContext(sandbox or null, own microtasks, strings, wasm, id) → [handle, global] */
static napi_value vm_create_context(napi_env env, napi_callback_info info) {
  napi_value argv[5], out, handle, global;
  napi_valuetype type = napi_undefined;
  args_get(env, info, argv, 5);
  napi_typeof(env, argv[0], &type);
  js_context_options options = {.sandbox = type == napi_null ? NULL : argv[0],
                                .own_microtasks = arg_bool(env, argv[1]),
                                .no_strings = !arg_bool(env, argv[2]),
                                .no_wasm = !arg_bool(env, argv[3]),
                                .id = argv[4]};
  if (js_context_create(env, &options, &handle, &global) != napi_ok) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, handle);
  napi_set_element(env, out, 1, global);
  return out;
}

/* measureMemory(detailed, eager) → promise */
static napi_value vm_measure_memory(napi_env env, napi_callback_info info) {
  napi_value argv[2], promise = NULL;
  args_get(env, info, argv, 2);
  js_memory_measure(env, arg_bool(env, argv[0]), arg_bool(env, argv[1]), &promise);
  return promise;
}

static const js_function functions[] = {
    {"compileScript", vm_compile_script},
    {"runScript", vm_run_script},
    {"codeCache", vm_code_cache},
    {"sourceURLs", vm_source_urls},
    {"compileFunction", vm_compile_function},
    {"createContext", vm_create_context},
    {"measureMemory", vm_measure_memory},
    {NULL, NULL},
};

const js_binding binding_vm = {"vm", functions, NULL};
