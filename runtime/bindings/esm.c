/*
 * esm: ES modules, for the loader (modules/internal/loader/) and node:vm.
 *
 * Who loads a graph resolves, reads and compiles all of it in JS and hands the targets of a module's requests to
 * `link`; the engine's resolve callback only looks them up: no JS runs while a graph is instantiated.
 *
 * A module record belongs to its JS handle, and the engine's module lives as long as that is reachable.
 */
#include "../runtime_internal.h"
#include "module.h"
#include "util.h"

/* What a request of a module (specifier and attributes, joined) was resolved to. */
typedef struct module_link {
  char *key;
  size_t length;
  js_module *target;
} module_link;

typedef struct module_record {
  napi_env env;
  js_module *module;
  held evaluate; /* of a synthetic module */
  module_link *links;
  size_t link_count;
} module_record;

static void links_free(module_record *record) {
  for (size_t i = 0; i < record->link_count; i++) free(record->links[i].key);
  free(record->links);
  record->links = NULL;
  record->link_count = 0;
}

static void record_free(void *pointer) {
  module_record *record = pointer;
  links_free(record);
  held_clear(&record->evaluate, record->env);
  if (record->module != NULL) js_module_destroy(record->env, record->module);
  free(record);
}

static const js_type record_type = {"Module", record_free};

static module_record *record_of(napi_env env, napi_value handle) {
  void *pointer = NULL;
  if (js_handle_get(env, handle, &record_type, &pointer) == napi_ok) return pointer;
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "not a module handle");
  return NULL;
}

static napi_value record_wrap(napi_env env, module_record *record) {
  napi_value handle = NULL;
  if (js_module_handle_create(env, record->module, &record_type, record, &handle) != napi_ok) record_free(record);
  return handle;
}

napi_value module_compile_source(napi_env env, js_source *source, js_module **module) {
  module_record *record = calloc(1, sizeof *record);
  if (record == NULL) return NULL;
  record->env = env;
  if (js_module_compile(env, source, record, &record->module) != napi_ok) {
    record->module = NULL;
    record_free(record);
    return NULL;
  }
  *module = record->module;
  return record_wrap(env, record);
}

/* compileModule(code, url, [line, column, id, context, cachedData]) → handle, or undefined where cachedData was refused
 */
static napi_value esm_compile(napi_env env, napi_callback_info info) {
  napi_value argv[7];
  js_module *module;
  args_get(env, info, argv, 7);
  js_source source = {.code = argv[0], .name = argv[1], .id = argv[4], .context = argv[5]};
  if (argv[2] != NULL) source.line = arg_int32(env, argv[2]);
  if (argv[3] != NULL) source.column = arg_int32(env, argv[3]);
  source_cache_get(env, argv[6], &source);
  napi_value handle = module_compile_source(env, &source, &module);
  return source.cache_rejected ? NULL : handle;
}

/* codeCache(handle) → Buffer */
static napi_value esm_code_cache(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint8_t *data = NULL;
  size_t size = 0;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_cache(env, record->module, &data, &size) != napi_ok) return NULL;
  return make_buffer(env, data, size);
}

static napi_status synthetic_evaluate(napi_env env, js_module *module) {
  module_record *record = js_module_data(module);
  napi_value id = NULL;
  js_module_id(env, module, &id);
  return js_call(env, NULL, held_value(&record->evaluate, env), 1, &id, NULL);
}

/* syntheticModule(url, names, evaluate(id), [id, context]) → handle; evaluate calls setExport for each name. It is held
 * as long as the module lives: one that knows the module must find it by its id. */
static napi_value esm_synthetic(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  args_get(env, info, argv, 5);
  module_record *record = calloc(1, sizeof *record);
  if (record == NULL) return NULL;
  record->env = env;
  if (held_set(&record->evaluate, env, argv[2]) != napi_ok ||
      js_module_synthetic(env, argv[0], argv[1], argv[3], argv[4], synthetic_evaluate, record, &record->module) !=
          napi_ok) {
    record_free(record);
    return NULL;
  }
  return record_wrap(env, record);
}

/* setExport(handle, name, value) */
static napi_value esm_set_export(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_export_set(env, record->module, argv[1], argv[2]);
  return NULL;
}

/* requests(handle) → [specifier, [key, value, ...], line, column, source phase, ...] */
static napi_value esm_requests(napi_env env, napi_callback_info info) {
  enum { STRIDE = 5 };
  napi_value argv[1], out;
  size_t count = 0;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_request_count(env, record->module, &count) != napi_ok) return NULL;
  napi_create_array_with_length(env, count * STRIDE, &out);
  for (size_t i = 0; i < count; i++) {
    js_request request;
    if (js_module_request_get(env, record->module, i, &request) != napi_ok) return NULL;
    napi_value fields[STRIDE] = {request.specifier, request.attributes, make_int32(env, request.line),
                                 make_int32(env, request.column), make_bool(env, request.source_phase)};
    for (uint32_t f = 0; f < STRIDE; f++) napi_set_element(env, out, (uint32_t)i * STRIDE + f, fields[f]);
  }
  return out;
}

static bool key_append(napi_env env, napi_value value, char **key, size_t *length) {
  size_t bytes = 0;
  if (js_string_utf8_length(env, value, &bytes) != napi_ok) return false;
  char *larger = realloc(*key, *length + bytes + 1);
  if (larger == NULL) return false;
  *key = larger;
  if (js_string_write_utf8(env, value, larger + *length, bytes, &bytes) != napi_ok) return false;
  *length += bytes;
  larger[(*length)++] = 0;
  return true;
}

/* The specifier and the attributes, each followed by a NUL. Malloc'd; NULL without memory. */
static char *request_key(napi_env env, napi_value specifier, napi_value attributes, size_t *length) {
  char *key = NULL;
  uint32_t count = 0;
  *length = 0;
  bool complete = key_append(env, specifier, &key, length);
  if (attributes != NULL && napi_get_array_length(env, attributes, &count) != napi_ok) count = 0;
  for (uint32_t i = 0; complete && i < count; i++) {
    napi_value part;
    complete = napi_get_element(env, attributes, i, &part) == napi_ok && key_append(env, part, &key, length);
  }
  if (complete) return key;
  free(key);
  return NULL;
}

/* link(handle, targets): the handles for each request, in the order of `requests` */
static napi_value esm_link_targets(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t count = 0;
  args_get(env, info, argv, 2);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_request_count(env, record->module, &count) != napi_ok) return NULL;
  links_free(record);
  record->links = calloc(count + 1, sizeof *record->links);
  if (record->links == NULL) return NULL;
  for (size_t i = 0; i < count; i++) {
    js_request request;
    napi_value target;
    if (js_module_request_get(env, record->module, i, &request) != napi_ok ||
        napi_get_element(env, argv[1], (uint32_t)i, &target) != napi_ok)
      return NULL;
    module_record *other = record_of(env, target);
    module_link *link = &record->links[i];
    if (other == NULL || (link->key = request_key(env, request.specifier, request.attributes, &link->length)) == NULL)
      return NULL;
    link->target = other->module;
    record->link_count = i + 1;
  }
  return NULL;
}

static void throw_not_linked(napi_env env, js_module *referrer, napi_value specifier) {
  char text[1024];
  napi_value name = NULL;
  js_module_name(env, referrer, &name);
  char *from = arg_utf8(env, name, NULL), *wanted = arg_utf8(env, specifier, NULL);
  snprintf(text, sizeof text, "request for '%s' can not be resolved on module '%s' that is not linked",
           wanted != NULL ? wanted : "?", from != NULL ? from : "?");
  free(from);
  free(wanted);
  napi_throw_error(env, "ERR_VM_MODULE_LINK_FAILURE", text);
}

static js_module *link_find(napi_env env, void *data, js_module *referrer, napi_value specifier,
                            napi_value attributes) {
  module_record *record = js_module_data(referrer);
  size_t length = 0;
  char *key = request_key(env, specifier, attributes, &length);
  js_module *target = NULL;
  for (size_t i = 0; key != NULL && target == NULL && i < record->link_count; i++) {
    module_link *link = &record->links[i];
    if (link->length == length && memcmp(link->key, key, length) == 0) target = link->target;
  }
  free(key);
  if (target == NULL) throw_not_linked(env, referrer, specifier);
  return target;
}

/* instantiate(handle): the whole graph must have been linked */
static napi_value esm_instantiate(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_instantiate(env, record->module, link_find, NULL);
  return NULL;
}

/* evaluate(handle, [timeout in ms or 0, breakOnSigint]) → promise */
static napi_value esm_evaluate(napi_env env, napi_callback_info info) {
  napi_value argv[3], promise = NULL;
  args_get(env, info, argv, 3);
  module_record *record = record_of(env, argv[0]);
  js_limits limits = {0};
  if (argv[1] != NULL) limits.timeout_ms = arg_int64(env, argv[1]);
  if (argv[2] != NULL) limits.interruptible = arg_bool(env, argv[2]);
  if (record != NULL) js_module_evaluate(env, record->module, &limits, &promise);
  return promise;
}

/* status(handle) → 0 uninstantiated, 1 instantiating, 2 instantiated, 3 evaluating, 4 evaluated, 5 errored */
static napi_value esm_status(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  js_module_status status = js_module_uninstantiated;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_status_get(env, record->module, &status) != napi_ok) return NULL;
  return make_int32(env, (int32_t)status);
}

/* isAsync(handle) → whether the instantiated graph has a top-level await */
static napi_value esm_is_async(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  bool async = false;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_is_async(env, record->module, &async);
  return make_bool(env, async);
}

/* hasAwait(handle) → whether the module itself has a top-level await */
static napi_value esm_has_await(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  return make_bool(env, record != NULL && js_module_has_await(record->module));
}

/* setSource(handle, object): what `import source` gives */
static napi_value esm_set_source(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_source_set(env, record->module, argv[1]);
  return NULL;
}

static napi_value esm_namespace(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_namespace(env, record->module, &out);
  return out;
}

static napi_value esm_error(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_error(env, record->module, &out);
  return out;
}

/* promiseState(promise) → [0 pending | 1 fulfilled | 2 rejected, result] */
static napi_value esm_promise_state(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, result = NULL;
  js_promise_state state = js_promise_pending;
  args_get(env, info, argv, 1);
  if (js_promise_details(env, argv[0], &state, &result) != napi_ok) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_int32(env, (int32_t)state));
  if (state != js_promise_pending && result != NULL) napi_set_element(env, out, 1, result);
  return out;
}

static napi_value esm_mark_handled(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_promise_mark_handled(env, argv[0]);
  return NULL;
}

/* ---- the engine's callbacks ------------------------------------------------------------------------------------- */

/* setCallbacks(importDynamic(referrer, specifier, attributes, source phase, id) → promise, importMeta(url, meta, id)):
 * once per process */
static napi_value esm_set_callbacks(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  runtime *rt = runtime_of(env);
  args_get(env, info, argv, 2);
  if (rt == NULL || !held_empty(&rt->import_dynamic)) return NULL;
  held_set(&rt->import_dynamic, env, argv[0]);
  held_set(&rt->import_meta, env, argv[1]);
  return NULL;
}

napi_status module_import_dynamic(napi_env env, void *data, const js_import *import, napi_value *promise) {
  runtime *rt = data;
  napi_value function = NULL, argv[] = {import->referrer, import->specifier, import->attributes,
                                        make_bool(env, import->source_phase), import->id};
  if (rt != NULL) function = held_value(&rt->import_dynamic, env);
  if (function == NULL) {
    napi_throw_error(env, NULL, "import() is not available yet");
    return napi_pending_exception;
  }
  return js_call(env, NULL, function, 5, argv, promise);
}

void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta) {
  runtime *rt = data;
  napi_value function = NULL, argv[3];
  if (rt == NULL || (function = held_value(&rt->import_meta, env)) == NULL ||
      js_module_name(env, module, &argv[0]) != napi_ok || js_module_id(env, module, &argv[2]) != napi_ok)
    return;
  argv[1] = meta;
  (void)!js_call(env, NULL, function, 3, argv, NULL); /* what it throws is thrown by `import.meta` */
}

static const js_function functions[] = {
    {"compileModule", esm_compile},
    {"codeCache", esm_code_cache},
    {"syntheticModule", esm_synthetic},
    {"setExport", esm_set_export},
    {"requests", esm_requests},
    {"link", esm_link_targets},
    {"instantiate", esm_instantiate},
    {"evaluate", esm_evaluate},
    {"status", esm_status},
    {"isAsync", esm_is_async},
    {"hasAwait", esm_has_await},
    {"setSource", esm_set_source},
    {"namespace", esm_namespace},
    {"error", esm_error},
    {"promiseState", esm_promise_state},
    {"markHandled", esm_mark_handled},
    {"setCallbacks", esm_set_callbacks},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant statuses[] = {{"UNINSTANTIATED", js_module_uninstantiated},
                                      {"INSTANTIATING", js_module_instantiating},
                                      {"INSTANTIATED", js_module_instantiated},
                                      {"EVALUATING", js_module_evaluating},
                                      {"EVALUATED", js_module_evaluated},
                                      {"ERRORED", js_module_errored},
                                      {NULL, 0}};
  static const constant promises[] = {{"PENDING", js_promise_pending}, {"REJECTED", js_promise_rejected}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "statuses", statuses);
  return status == napi_ok ? export_constants(env, exports, "promises", promises) : status;
}

const js_binding binding_esm = {"esm", functions, init};
