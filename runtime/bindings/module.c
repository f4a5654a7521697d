/*
 * module: what the module loader (modules/internal/loader/) needs of the machine and of the engine.
 *
 * Files: stat, realpath and reading as UTF-8 in one call each, because loading an app is mostly these, hundreds of
 * times. ES modules: the loader resolves, reads and compiles a whole graph in JS, hands the targets of a module's
 * requests to `link`, and the engine's resolve callback only looks them up: no JS runs while a graph is instantiated.
 *
 * A module record belongs to its JS handle, which the loader's maps keep as long as the module can be asked for.
 */
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../runtime_internal.h"
#include "util.h"

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* A path on the stack; false where it is no string or too long. */
static bool path_get(napi_env env, napi_value value, char path[PATH_MAX]) {
  size_t bytes = 0;
  if (js_string_utf8_length(env, value, &bytes) != napi_ok || bytes >= PATH_MAX) return false;
  if (js_string_write_utf8(env, value, path, PATH_MAX - 1, &bytes) != napi_ok) return false;
  path[bytes] = 0;
  return memchr(path, 0, bytes) == NULL;
}

/* stat(path) → 0: a file, 1: a directory, negative: nothing there */
static napi_value module_stat(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char path[PATH_MAX];
  struct stat st;
  args_get(env, info, argv, 1);
  if (!path_get(env, argv[0], path)) return make_int32(env, -EINVAL);
  if (stat(path, &st) != 0) return make_int32(env, -errno);
  return make_int32(env, S_ISDIR(st.st_mode) ? 1 : 0);
}

/* realpath(path) → string, or a negative errno */
static napi_value module_realpath(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  char path[PATH_MAX], real[PATH_MAX];
  args_get(env, info, argv, 1);
  if (!path_get(env, argv[0], path)) return make_int32(env, -EINVAL);
  if (realpath(path, real) == NULL) return make_int32(env, -errno);
  if (strcmp(path, real) == 0) return argv[0];
  return js_string_utf8(env, real, strlen(real), &out) == napi_ok ? out : NULL;
}

/* isLink(path) → whether the last part of the path is a symbolic link */
static napi_value module_is_link(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char path[PATH_MAX];
  struct stat st;
  args_get(env, info, argv, 1);
  return make_bool(env, path_get(env, argv[0], path) && lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
}

/* Reads a descriptor to its end. Returns 0 or a negative errno; *bytes is malloc'd. */
static int read_descriptor(int fd, char **bytes, size_t *length) {
  struct stat st;
  bool sized = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
  size_t capacity = sized ? (size_t)st.st_size + 1 : 65536;
  size_t used = 0;
  char *buffer = malloc(capacity);
  if (buffer == NULL) return -ENOMEM;
  for (;;) {
    if (used == capacity) {
      char *larger = realloc(buffer, capacity * 2);
      if (larger == NULL) {
        free(buffer);
        return -ENOMEM;
      }
      buffer = larger;
      capacity *= 2;
    }
    ssize_t n = read(fd, buffer + used, capacity - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      int err = -errno;
      free(buffer);
      return err;
    }
    if (n == 0) break;
    used += (size_t)n;
    if (sized && used == (size_t)st.st_size) break; /* all of it: no second read for the end */
  }
  *bytes = buffer;
  *length = used;
  return 0;
}

/* The descriptor's text; kept under `key` where that is not NULL. */
static napi_value text_of_descriptor(napi_env env, int fd, const code_store_key *key) {
  char *bytes = NULL;
  size_t length = 0;
  napi_value out = NULL;
  int err = read_descriptor(fd, &bytes, &length);
  if (err != 0) return make_int32(env, err);
  const char *text = bytes;
  if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) { /* byte order mark */
    text += 3;
    length -= 3;
  }
  code_store_value value = {
      .flags = key != NULL ? module_store_flags(text, length) : 0, .bytes = (const uint8_t *)text, .size = length};
  const code_store *shared = runtime_of(env)->store.shared;
  bool kept = key != NULL && module_store_settle(runtime_of(env), key, &value) && code_store_find(shared, key, &value);
  out = module_text_of(env, &value, kept);
  if (out == NULL) out = make_int32(env, -ENOMEM);
  free(bytes);
  return out;
}

static bool is_regular(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* The text of a path as this process's generation knows it; false where it does not. */
static bool kept_text(napi_env env, const code_store_key *key, napi_value *out) {
  const module_store *store = &runtime_of(env)->store;
  code_store_value value;
  if (!module_store_find(store, key, &value)) return false;
  *out = module_text_of(env, &value, store->batch == NULL || code_store_find(store->shared, key, &value));
  return *out != NULL;
}

/* readFile(path) → the text without a byte order mark, or a negative errno. Of a generation: as it was first read. */
static napi_value module_read_file(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char path[PATH_MAX];
  args_get(env, info, argv, 1);
  if (!path_get(env, argv[0], path)) return make_int32(env, -EINVAL);
  napi_value out = NULL;
  bool keep = runtime_of(env)->store.shared != NULL;
  code_store_key key = {.kind = STORE_TEXT, .bytes = path, .size = keep ? strlen(path) : 0};
  if (keep && kept_text(env, &key, &out)) return out;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return make_int32(env, -errno);
  out = text_of_descriptor(env, fd, keep && is_regular(fd) ? &key : NULL);
  close(fd);
  return out;
}

/* readStdin() → all of descriptor 0 as text, or a negative errno */
static napi_value module_read_stdin(napi_env env, napi_callback_info info) { return text_of_descriptor(env, 0, NULL); }

static napi_value module_is_terminal(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return make_bool(env, isatty(arg_int32(env, argv[0])) == 1);
}

/* serving() → whether something of this process serves already (runtime_service) */
static napi_value module_serving(napi_env env, napi_callback_info info) {
  const drain_state *d = &runtime_of(env)->drain;
  return make_bool(env, d->services.next != &d->services);
}

/* ---- scripts and functions -------------------------------------------------------------------------------------- */

static void source_get(napi_env env, const napi_value *argv, js_source *source) {
  *source =
      (js_source){.code = argv[0], .name = argv[1], .line = arg_int32(env, argv[2]), .column = arg_int32(env, argv[3])};
}

const char *const module_commonjs_parameters[5] = {"exports", "require", "module", "__filename", "__dirname"};

/* compileCommonJS(code, filename) → function (exports, require, module, __filename, __dirname) */
static napi_value module_compile_commonjs(napi_env env, napi_callback_info info) {
  napi_value argv[2], function = NULL;
  args_get(env, info, argv, 2);
  js_source source = {.code = argv[0], .name = argv[1]};
  js_function_compile(env, &source, module_commonjs_parameters, 5, &function);
  return function;
}

/* compileFunction(code, name, line, column, parameters) → function */
static napi_value module_compile_function(napi_env env, napi_callback_info info) {
  enum { MAX_PARAMETERS = 64 };
  napi_value argv[5], function = NULL;
  char *parameters[MAX_PARAMETERS] = {0};
  uint32_t count = 0;
  js_source source;
  args_get(env, info, argv, 5);
  source_get(env, argv, &source);
  if (napi_get_array_length(env, argv[4], &count) != napi_ok) count = 0;
  if (count > MAX_PARAMETERS) {
    napi_throw_range_error(env, NULL, "Too many parameters");
    return NULL;
  }
  bool complete = true;
  for (uint32_t i = 0; i < count; i++) {
    napi_value name;
    if (napi_get_element(env, argv[4], i, &name) == napi_ok) parameters[i] = arg_utf8(env, name, NULL);
    complete = complete && parameters[i] != NULL;
  }
  if (complete) js_function_compile(env, &source, (const char *const *)parameters, count, &function);
  for (uint32_t i = 0; i < count; i++) free(parameters[i]);
  return function;
}

/* runScript(code, name, line, column) → the completion value */
static napi_value module_run_script(napi_env env, napi_callback_info info) {
  napi_value argv[4], result = NULL;
  js_source source;
  args_get(env, info, argv, 4);
  source_get(env, argv, &source);
  js_script_run(env, &source, &result);
  return result;
}

/* createContext(sandbox, own_microtasks) → context handle */
static napi_value module_create_context(napi_env env, napi_callback_info info) {
  napi_value argv[2], handle = NULL;
  args_get(env, info, argv, 2);
  js_context_create(env, argv[0], arg_bool(env, argv[1]), &handle);
  return handle;
}

/* runInContext(code, name, line, column, context handle, timeout in ms or 0) → the completion value */
static napi_value module_run_in_context(napi_env env, napi_callback_info info) {
  napi_value argv[6], result = NULL;
  js_source source;
  args_get(env, info, argv, 6);
  source_get(env, argv, &source);
  js_context_run(env, argv[4], &source, arg_int64(env, argv[5]), &result);
  return result;
}

/* ---- ES modules ------------------------------------------------------------------------------------------------- */

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
  if (js_handle_create(env, &record_type, record, &handle) != napi_ok) record_free(record);
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

/* compileModule(code, url) → handle */
static napi_value module_compile(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  js_module *module;
  args_get(env, info, argv, 2);
  js_source source = {.code = argv[0], .name = argv[1]};
  return module_compile_source(env, &source, &module);
}

static napi_status synthetic_evaluate(napi_env env, js_module *module) {
  module_record *record = js_module_data(module);
  return js_call(env, NULL, held_value(&record->evaluate, env), 0, NULL, NULL);
}

/* syntheticModule(url, names, evaluate()) → handle; evaluate calls setExport for each name */
static napi_value module_synthetic(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  module_record *record = calloc(1, sizeof *record);
  if (record == NULL) return NULL;
  record->env = env;
  if (held_set(&record->evaluate, env, argv[2]) != napi_ok ||
      js_module_synthetic(env, argv[0], argv[1], synthetic_evaluate, record, &record->module) != napi_ok) {
    record_free(record);
    return NULL;
  }
  return record_wrap(env, record);
}

/* setExport(handle, name, value) */
static napi_value module_set_export(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_export_set(env, record->module, argv[1], argv[2]);
  return NULL;
}

/* requests(handle) → [specifier, [key, value, ...], line, column, ...] */
static napi_value module_requests(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  size_t count = 0;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_request_count(env, record->module, &count) != napi_ok) return NULL;
  napi_create_array_with_length(env, count * 4, &out);
  for (size_t i = 0; i < count; i++) {
    napi_value specifier, attributes;
    int line = 0, column = 0;
    if (js_module_request_get(env, record->module, i, &specifier, &attributes, &line, &column) != napi_ok) return NULL;
    napi_set_element(env, out, (uint32_t)i * 4, specifier);
    napi_set_element(env, out, (uint32_t)i * 4 + 1, attributes);
    napi_set_element(env, out, (uint32_t)i * 4 + 2, make_int32(env, line));
    napi_set_element(env, out, (uint32_t)i * 4 + 3, make_int32(env, column));
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
static napi_value module_link_targets(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t count = 0;
  args_get(env, info, argv, 2);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_request_count(env, record->module, &count) != napi_ok) return NULL;
  links_free(record);
  record->links = calloc(count + 1, sizeof *record->links);
  if (record->links == NULL) return NULL;
  for (size_t i = 0; i < count; i++) {
    napi_value specifier, attributes, target;
    if (js_module_request_get(env, record->module, i, &specifier, &attributes, NULL, NULL) != napi_ok ||
        napi_get_element(env, argv[1], (uint32_t)i, &target) != napi_ok)
      return NULL;
    module_record *other = record_of(env, target);
    module_link *link = &record->links[i];
    if (other == NULL || (link->key = request_key(env, specifier, attributes, &link->length)) == NULL) return NULL;
    link->target = other->module;
    record->link_count = i + 1;
  }
  return NULL;
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
  if (target == NULL) napi_throw_error(env, "ERR_VM_MODULE_LINK_FAILURE", "request of a module was not linked");
  return target;
}

/* instantiate(handle): the whole graph must have been linked */
static napi_value module_instantiate(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_instantiate(env, record->module, link_find, NULL);
  return NULL;
}

/* evaluate(handle) → promise */
static napi_value module_evaluate(napi_env env, napi_callback_info info) {
  napi_value argv[1], promise = NULL;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_evaluate(env, record->module, &promise);
  return promise;
}

/* status(handle) → 0 uninstantiated, 1 instantiating, 2 instantiated, 3 evaluating, 4 evaluated, 5 errored */
static napi_value module_status(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  js_module_status status = js_module_uninstantiated;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record == NULL || js_module_status_get(env, record->module, &status) != napi_ok) return NULL;
  return make_int32(env, (int32_t)status);
}

/* isAsync(handle) → whether the instantiated graph has a top-level await */
static napi_value module_is_async(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  bool async = false;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_is_async(env, record->module, &async);
  return make_bool(env, async);
}

static napi_value module_namespace(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_namespace(env, record->module, &out);
  return out;
}

static napi_value module_error(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  module_record *record = record_of(env, argv[0]);
  if (record != NULL) js_module_error(env, record->module, &out);
  return out;
}

/* promiseState(promise) → [0 pending | 1 fulfilled | 2 rejected, result] */
static napi_value module_promise_state(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, result = NULL;
  js_promise_state state = js_promise_pending;
  args_get(env, info, argv, 1);
  if (js_promise_details(env, argv[0], &state, &result) != napi_ok) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_int32(env, (int32_t)state));
  if (state != js_promise_pending && result != NULL) napi_set_element(env, out, 1, result);
  return out;
}

static napi_value module_mark_handled(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_promise_mark_handled(env, argv[0]);
  return NULL;
}

/* ---- the engine's callbacks ------------------------------------------------------------------------------------- */

/* setCallbacks(importDynamic(referrer, specifier, attributes) → promise, importMeta(url, meta)): once per process */
static napi_value module_set_callbacks(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  runtime *rt = runtime_of(env);
  args_get(env, info, argv, 2);
  if (rt == NULL || !held_empty(&rt->import_dynamic)) return NULL;
  held_set(&rt->import_dynamic, env, argv[0]);
  held_set(&rt->import_meta, env, argv[1]);
  return NULL;
}

napi_status module_import_dynamic(napi_env env, void *data, napi_value referrer, napi_value specifier,
                                  napi_value attributes, napi_value *promise) {
  runtime *rt = data;
  napi_value function = NULL, argv[] = {referrer, specifier, attributes};
  if (rt != NULL) function = held_value(&rt->import_dynamic, env);
  if (function == NULL) {
    napi_throw_error(env, NULL, "import() is not available yet");
    return napi_pending_exception;
  }
  return js_call(env, NULL, function, 3, argv, promise);
}

void module_import_meta(napi_env env, void *data, js_module *module, napi_value meta) {
  runtime *rt = data;
  napi_value function = NULL, argv[2];
  if (rt == NULL || (function = held_value(&rt->import_meta, env)) == NULL ||
      js_module_name(env, module, &argv[0]) != napi_ok)
    return;
  argv[1] = meta;
  (void)!js_call(env, NULL, function, 2, argv, NULL); /* what it throws is thrown by `import.meta` */
}

static const js_function functions[] = {
    {"stat", module_stat},
    {"realpath", module_realpath},
    {"isLink", module_is_link},
    {"readFile", module_read_file},
    {"readStdin", module_read_stdin},
    {"isTerminal", module_is_terminal},
    {"serving", module_serving},
    {"compileCommonJS", module_compile_commonjs},
    {"compileFunction", module_compile_function},
    {"runScript", module_run_script},
    {"createContext", module_create_context},
    {"runInContext", module_run_in_context},
    {"compileModule", module_compile},
    {"syntheticModule", module_synthetic},
    {"setExport", module_set_export},
    {"requests", module_requests},
    {"link", module_link_targets},
    {"instantiate", module_instantiate},
    {"evaluate", module_evaluate},
    {"status", module_status},
    {"isAsync", module_is_async},
    {"namespace", module_namespace},
    {"error", module_error},
    {"promiseState", module_promise_state},
    {"markHandled", module_mark_handled},
    {"setCallbacks", module_set_callbacks},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant statuses[] = {{"UNINSTANTIATED", js_module_uninstantiated},
                                      {"INSTANTIATING", js_module_instantiating},
                                      {"EVALUATING", js_module_evaluating},
                                      {"EVALUATED", js_module_evaluated},
                                      {"ERRORED", js_module_errored},
                                      {NULL, 0}};
  static const constant promises[] = {{"REJECTED", js_promise_rejected}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "statuses", statuses);
  return status == napi_ok ? export_constants(env, exports, "promises", promises) : status;
}

const js_binding binding_module = {"module", functions, init};
