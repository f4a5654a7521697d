/*
 * module: what the module loader (modules/internal/loader/) needs of the machine, and CommonJS modules of the engine.
 *
 * Files: stat, realpath and reading as UTF-8 in one call each, because loading an app is mostly these, hundreds of
 * times.
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

/* runScript(code, name, line, column) → the completion value */
static napi_value module_run_script(napi_env env, napi_callback_info info) {
  napi_value argv[4], result = NULL;
  js_source source;
  args_get(env, info, argv, 4);
  source_get(env, argv, &source);
  js_script_run(env, &source, &result);
  return result;
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
    {"runScript", module_run_script},
    {NULL, NULL},
};

const js_binding binding_module = {"module", functions, NULL};
