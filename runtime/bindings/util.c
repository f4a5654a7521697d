/*
 * util: what util.inspect, util.types and the errors ask the engine and libuv: classes of values, entries of
 * collections, details of proxies and promises, names of error numbers.
 */
#include "messaging.h"
#include "util.h"

/* classify(value) → the bits of js_value_classify */
static napi_value util_classify(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint32_t bits = 0;
  args_get(env, info, argv, 1);
  js_value_classify(env, argv[0], &bits);
  return make_uint32(env, bits);
}

static bool is_proxy(napi_value self, napi_value value) { return js_value_is_proxy(value); }
static const js_fast is_proxy_fast = {(void (*)(void))is_proxy, js_fast_bool, 1, {js_fast_value}};

/* isProxy(value) */
static napi_value util_is_proxy(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return make_bool(env, js_value_is_proxy(argv[0]));
}

static napi_value pair_new(napi_env env, napi_value first, napi_value second) {
  napi_value out = NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, first);
  napi_set_element(env, out, 1, second);
  return out;
}

/* proxyDetails(proxy) → [target, handler], undefined for what is no proxy */
static napi_value util_proxy_details(napi_env env, napi_callback_info info) {
  napi_value argv[1], target = NULL, handler = NULL;
  args_get(env, info, argv, 1);
  if (js_proxy_details(env, argv[0], &target, &handler) != napi_ok) return NULL;
  return pair_new(env, target, handler);
}

/* promiseDetails(promise) → [state, result] */
static napi_value util_promise_details(napi_env env, napi_callback_info info) {
  napi_value argv[1], result = NULL;
  js_promise_state state = js_promise_pending;
  args_get(env, info, argv, 1);
  if (js_promise_details(env, argv[0], &state, &result) != napi_ok) return NULL;
  if (result == NULL || state == js_promise_pending) result = make_undefined(env);
  return pair_new(env, make_int32(env, (int32_t)state), result);
}

/* previewEntries(collection) → [entries as a flat array, whether they are keys and values] */
static napi_value util_preview_entries(napi_env env, napi_callback_info info) {
  napi_value argv[1], entries = NULL;
  bool key_value = false;
  args_get(env, info, argv, 1);
  if (js_preview_entries(env, argv[0], &entries, &key_value) != napi_ok) return NULL;
  return pair_new(env, entries, make_bool(env, key_value));
}

static napi_value util_constructor_name(napi_env env, napi_callback_info info) {
  napi_value argv[1], name = NULL;
  args_get(env, info, argv, 1);
  return js_constructor_name(env, argv[0], &name) == napi_ok ? name : NULL;
}

/* ownNonIndexKeys(object, only_enumerable) */
static napi_value util_own_non_index_keys(napi_env env, napi_callback_info info) {
  napi_value argv[2], keys = NULL;
  args_get(env, info, argv, 2);
  return js_own_non_index_keys(env, argv[0], arg_bool(env, argv[1]), &keys) == napi_ok ? keys : NULL;
}

/* callSites(limit) → flat array [function, script, line, column, ...] of the caller's stack */
static napi_value util_call_sites(napi_env env, napi_callback_info info) {
  napi_value argv[1], frames = NULL;
  args_get(env, info, argv, 1);
  return js_stack_get(env, arg_int32(env, argv[0]), &frames) == napi_ok ? frames : NULL;
}

/* uvErrors() → flat array [errno, name, message, ...] */
static napi_value util_uv_errors(napi_env env, napi_callback_info info) {
  static const int numbers[] = {
#define UV_ERRNO_NUMBER(name, message) UV_##name,
      UV_ERRNO_MAP(UV_ERRNO_NUMBER)
#undef UV_ERRNO_NUMBER
  };
  napi_value out = NULL;
  uint32_t at = 0;
  napi_create_array(env, &out);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    napi_set_element(env, out, at++, make_int32(env, numbers[i]));
    napi_set_element(env, out, at++, make_string(env, uv_err_name(numbers[i])));
    napi_set_element(env, out, at++, make_string(env, uv_strerror(numbers[i])));
  }
  return out;
}

/* serialize(value, array_buffers?, hosts?) → a Buffer in the structured clone format; throws what cannot be cloned.
 * Marked objects are appended to the array `hosts`. */
static napi_value util_serialize(napi_env env, napi_callback_info info) {
  napi_value argv[3], out = NULL;
  uint8_t *data = NULL;
  size_t size = 0;
  args_get(env, info, argv, 3);
  napi_value buffers = arg_is(env, argv[1], napi_object) ? argv[1] : NULL;
  napi_value hosts = arg_is(env, argv[2], napi_object) ? argv[2] : NULL;
  if (js_serialize(env, argv[0], buffers, hosts, &data, &size) != napi_ok) return NULL;
  if (js_buffer_adopt(env, data, size, &out) != napi_ok) {
    free(data);
    return NULL;
  }
  return out;
}

/* deserialize(bytes, array_buffers?, hosts?) */
static napi_value util_deserialize(napi_env env, napi_callback_info info) {
  napi_value argv[3], out = NULL;
  void *data = NULL;
  size_t size = 0;
  args_get(env, info, argv, 3);
  napi_value buffers = arg_is(env, argv[1], napi_object) ? argv[1] : NULL;
  napi_value hosts = arg_is(env, argv[2], napi_object) ? argv[2] : NULL;
  if (js_bytes_get(env, argv[0], &data, &size) != napi_ok) return NULL;
  return js_deserialize(env, data, size, buffers, hosts, &out) == napi_ok ? out : NULL;
}

/* markHost(object): structured clones hand it over instead of looking into it */
static napi_value util_mark_host(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_host_object_mark(env, argv[0]);
  return argv[0];
}

/* detach(array_buffer): what a transfer leaves behind */
static napi_value util_detach(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  napi_detach_arraybuffer(env, argv[0]);
  return NULL;
}

/* isDetached(array_buffer) */
static napi_value util_is_detached(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  bool detached = false;
  args_get(env, info, argv, 1);
  napi_is_detached_arraybuffer(env, argv[0], &detached);
  return make_bool(env, detached);
}

static void set_size(napi_env env, napi_value object, const char *name, size_t value) {
  napi_set_named_property(env, object, name, make_double(env, (double)value));
}

napi_value util_heap_statistics(napi_env env) {
  js_heap_statistics heap;
  napi_value out = NULL;
  memset(&heap, 0, sizeof heap);
  js_heap_statistics_get(env, &heap);
  napi_create_object(env, &out);
  set_size(env, out, "total_heap_size", heap.total_heap_size);
  set_size(env, out, "total_heap_size_executable", heap.total_heap_size_executable);
  set_size(env, out, "total_physical_size", heap.total_physical_size);
  set_size(env, out, "total_available_size", heap.total_available_size);
  set_size(env, out, "used_heap_size", heap.used_heap_size);
  set_size(env, out, "heap_size_limit", heap.heap_size_limit);
  set_size(env, out, "malloced_memory", heap.malloced_memory);
  set_size(env, out, "peak_malloced_memory", heap.peak_malloced_memory);
  set_size(env, out, "does_zap_garbage", 0);
  set_size(env, out, "number_of_native_contexts", heap.number_of_native_contexts);
  set_size(env, out, "number_of_detached_contexts", heap.number_of_detached_contexts);
  set_size(env, out, "total_global_handles_size", heap.total_global_handles_size);
  set_size(env, out, "used_global_handles_size", heap.used_global_handles_size);
  set_size(env, out, "external_memory", heap.external_memory);
  return out;
}

/* heapStatistics() → v8.getHeapStatistics() */
static napi_value util_get_heap_statistics(napi_env env, napi_callback_info info) { return util_heap_statistics(env); }

/* setFlags(flags): of the engine */
static napi_value util_set_flags(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  char *flags = arg_utf8(env, argv[0], NULL);
  if (flags != NULL) js_flags_set_text(flags);
  free(flags);
  return NULL;
}

static const js_function functions[] = {
    {"setFlags", util_set_flags},
    {"classify", util_classify},
    {"isProxy", util_is_proxy, &is_proxy_fast},
    {"proxyDetails", util_proxy_details},
    {"promiseDetails", util_promise_details},
    {"previewEntries", util_preview_entries},
    {"constructorName", util_constructor_name},
    {"ownNonIndexKeys", util_own_non_index_keys},
    {"callSites", util_call_sites},
    {"uvErrors", util_uv_errors},
    {"serialize", util_serialize},
    {"deserialize", util_deserialize},
    {"markHost", util_mark_host},
    {"detach", util_detach},
    {"isDetached", util_is_detached},
    {"heapStatistics", util_get_heap_statistics},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant classes[] = {{"EXTERNAL", js_is_external},
                                     {"DATE", js_is_date},
                                     {"ARGUMENTS", js_is_arguments},
                                     {"BIGINT_OBJECT", js_is_bigint_object},
                                     {"BOOLEAN_OBJECT", js_is_boolean_object},
                                     {"NUMBER_OBJECT", js_is_number_object},
                                     {"STRING_OBJECT", js_is_string_object},
                                     {"SYMBOL_OBJECT", js_is_symbol_object},
                                     {"NATIVE_ERROR", js_is_native_error},
                                     {"REGEXP", js_is_regexp},
                                     {"ASYNC_FUNCTION", js_is_async_function},
                                     {"GENERATOR_FUNCTION", js_is_generator_function},
                                     {"GENERATOR_OBJECT", js_is_generator_object},
                                     {"PROMISE", js_is_promise},
                                     {"MAP", js_is_map},
                                     {"SET", js_is_set},
                                     {"MAP_ITERATOR", js_is_map_iterator},
                                     {"SET_ITERATOR", js_is_set_iterator},
                                     {"WEAK_MAP", js_is_weak_map},
                                     {"WEAK_SET", js_is_weak_set},
                                     {"ARRAY_BUFFER", js_is_array_buffer},
                                     {"DATA_VIEW", js_is_data_view},
                                     {"SHARED_ARRAY_BUFFER", js_is_shared_array_buffer},
                                     {"PROXY", js_is_proxy},
                                     {"MODULE_NAMESPACE", js_is_module_namespace},
                                     {"TYPED_ARRAY", js_is_typed_array},
                                     {NULL, 0}};
  return export_constants(env, exports, "classes", classes);
}

const js_binding binding_util = {"util", functions, init};
