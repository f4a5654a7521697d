/*
 * compile_cache: compiling modules with what the engine made of them before (code_cache.h). What was compiled anew is
 * kept until `flush`, when the functions that ran by then are part of it.
 *
 * A text is known by its hash, not by its file's time and size: a deploy may keep both, and what a hook of require()
 * (a transpiler) made of a file has neither. Hashing Express, 1 MB, costs half a millisecond.
 *
 * A generation's store (../module_store.h) has the code as well, for when the file on disk is gone, off, or of another
 * text by now. It is asked first, and gets what the file gave: with the flush, since a first worker that copies 2 MB of
 * code before it serves takes 3 ms longer to start.
 */
#include "module.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../code_cache.h"
#include "../runtime_internal.h"
#include "util.h"

enum kind { KIND_COMMONJS = 1, KIND_MODULE = 2 };

/* Compiled here, to be written: a function, or a module's handle. */
typedef struct compiled {
  struct compiled *next;
  held value;
  js_module *module; /* NULL: a function */
  code_key key;
  bool refused; /* the engine did not take what the cache had */
} compiled;

struct compile_cache {
  code_cache *disk; /* NULL: none, the generation's store is all there is */
  compiled *made;
  code_key *on_disk; /* what came from there and is not in the generation's store yet */
  size_t on_disk_count;
  uint32_t used, anew; /* modules that came from the cache, and that were compiled */
};

/* The bytes of a string as the engine keeps it, so that nothing is converted. Malloc'd, or NULL. */
static void *text_bytes(napi_env env, napi_value text, size_t *size) {
  size_t units = 0;
  bool one_byte = false;
  if (js_string_info(env, text, &units, &one_byte) != napi_ok) return NULL;
  *size = one_byte ? units : units * 2;
  void *bytes = malloc(*size + 1);
  size_t written = 0;
  napi_status status = bytes == NULL ? napi_generic_failure
                       : one_byte    ? js_string_write_latin1(env, text, bytes, units, &written)
                                     : js_string_write_utf16(env, text, bytes, units, &written);
  if (status == napi_ok) return bytes;
  free(bytes);
  return NULL;
}

static bool key_make(napi_env env, enum kind kind, napi_value code, napi_value name, code_key *key) {
  size_t size = 0;
  void *bytes = text_bytes(env, name, &size);
  if (bytes == NULL) return false;
  key->name = code_hash(bytes, size, kind);
  free(bytes);
  if ((bytes = text_bytes(env, code, &size)) == NULL) return false;
  key->text = code_hash(bytes, size, 0);
  key->size = size;
  free(bytes);
  return true;
}

/* The cache, made now where there is only the store to fill it. NULL: nothing is kept. */
static compile_cache *cache_of(runtime *rt) {
  if (rt->compile_cache == NULL && rt->store.shared != NULL) rt->compile_cache = calloc(1, sizeof(compile_cache));
  return rt->compile_cache;
}

static code_store_key store_key(const code_key *key) {
  return (code_store_key){.kind = STORE_CODE, .bytes = key, .size = sizeof *key};
}

/* Fills in what is known for the key. True: the file on disk had it. */
static bool known_code(runtime *rt, const compile_cache *cache, const code_key *key, js_source *source) {
  code_store_key kept = store_key(key);
  code_store_value value;
  if (module_store_find(&rt->store, &kept, &value)) {
    source->cache = value.bytes;
    source->cache_size = value.size;
    return false;
  }
  return cache->disk != NULL && code_cache_find(cache->disk, key, &source->cache, &source->cache_size);
}

static void keep_code(runtime *rt, const code_key *key, const uint8_t *data, size_t size) {
  code_store_key kept = store_key(key);
  code_store_value value = {.bytes = data, .size = size};
  module_store_queue(rt, &kept, &value);
}

static void note_on_disk(compile_cache *cache, const code_key *key) {
  code_key *larger = realloc(cache->on_disk, (cache->on_disk_count + 1) * sizeof *larger);
  if (larger == NULL) return;
  cache->on_disk = larger;
  larger[cache->on_disk_count++] = *key;
}

/* Before the cache is saved, which may replace the file. */
static void keep_on_disk(runtime *rt, compile_cache *cache) {
  for (size_t i = 0; i < cache->on_disk_count; i++) {
    const uint8_t *data;
    size_t size;
    if (code_cache_find(cache->disk, &cache->on_disk[i], &data, &size)) keep_code(rt, &cache->on_disk[i], data, size);
  }
  free(cache->on_disk);
  cache->on_disk = NULL;
  cache->on_disk_count = 0;
}

static void remember(napi_env env, compile_cache *cache, const code_key *key, napi_value value, js_module *module,
                     bool refused) {
  compiled *made = calloc(1, sizeof *made);
  if (made == NULL) return;
  if (held_set(&made->value, env, value) != napi_ok) {
    free(made);
    return;
  }
  made->key = *key;
  made->module = module;
  made->refused = refused;
  made->next = cache->made;
  cache->made = made;
}

static napi_value compile(napi_env env, napi_callback_info info, enum kind kind) {
  napi_value argv[2], value = NULL;
  runtime *rt = runtime_of(env);
  compile_cache *cache = cache_of(rt);
  js_module *module = NULL;
  code_key key;
  args_get(env, info, argv, 2);
  js_source source = {.code = argv[0], .name = argv[1]};
  bool keyed = cache != NULL && key_make(env, kind, argv[0], argv[1], &key);
  bool on_disk = keyed && known_code(rt, cache, &key, &source);
  bool found = source.cache != NULL;
  if (kind == KIND_MODULE)
    value = module_compile_source(env, &source, &module);
  else if (js_function_compile(env, &source, module_commonjs_parameters, 5, &value) != napi_ok)
    value = NULL;
  if (value != NULL && keyed) {
    if (found && !source.cache_rejected) {
      cache->used++;
      if (on_disk && rt->store.shared != NULL && !rt->store.code_offered) note_on_disk(cache, &key);
    } else {
      cache->anew++;
      remember(env, cache, &key, value, module, on_disk);
    }
  }
  return value;
}

/* compileCommonJS(code, filename) → function (exports, require, module, __filename, __dirname) */
static napi_value cache_compile_commonjs(napi_env env, napi_callback_info info) {
  return compile(env, info, KIND_COMMONJS);
}

/* compileModule(code, url) → handle */
static napi_value cache_compile_module(napi_env env, napi_callback_info info) {
  return compile(env, info, KIND_MODULE);
}

/* open(folder, program, salt) → 0 or a negative errno. salt: whatever else the compiled code depends on */
static napi_value cache_open(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  runtime *rt = runtime_of(env);
  args_get(env, info, argv, 3);
  compile_cache *cache = rt->compile_cache;
  if (cache != NULL && cache->disk != NULL) return make_int32(env, -EALREADY);
  if (cache == NULL) cache = calloc(1, sizeof *cache);
  char *folder = arg_utf8(env, argv[0], NULL), *program = arg_utf8(env, argv[1], NULL);
  char *salt = arg_utf8(env, argv[2], NULL);
  int err = -ENOMEM;
  if (cache != NULL && folder != NULL && program != NULL && salt != NULL)
    err = code_cache_open(folder, program, code_hash(salt, strlen(salt), js_cache_tag(env)), &cache->disk);
  free(folder);
  free(program);
  free(salt);
  if (err == 0)
    rt->compile_cache = cache;
  else if (cache != rt->compile_cache)
    free(cache);
  return make_int32(env, err);
}

static void made_write(runtime *rt, compile_cache *cache, const compiled *made) {
  napi_env env = rt->env;
  napi_value value = held_value(&made->value, env);
  uint8_t *data = NULL;
  size_t size = 0;
  if (value == NULL) return;
  napi_status status = made->module != NULL ? js_module_cache(env, made->module, &data, &size)
                                            : js_function_cache(env, value, &data, &size);
  if (status != napi_ok) return;
  keep_code(rt, &made->key, data, size);
  if (cache->disk != NULL)
    code_cache_add(cache->disk, &made->key, data, size, made->refused);
  else
    free(data);
}

int compile_cache_flush(runtime *rt) {
  compile_cache *cache = rt->compile_cache;
  if (cache == NULL) return 0;
  while (cache->made != NULL) {
    js_scope scope;
    compiled *made = cache->made;
    cache->made = made->next;
    js_scope_open(rt->env, &scope);
    made_write(rt, cache, made);
    js_scope_close(&scope);
    held_clear(&made->value, rt->env);
    free(made);
  }
  keep_on_disk(rt, cache);
  module_store_send(rt);
  rt->store.code_offered = true;
  return cache->disk != NULL ? code_cache_save(cache->disk) : 0;
}

/* flush() → 0 or a negative errno */
static napi_value cache_flush(napi_env env, napi_callback_info info) {
  return make_int32(env, compile_cache_flush(runtime_of(env)));
}

void compile_cache_close(runtime *rt) {
  compile_cache *cache = rt->compile_cache;
  if (cache == NULL) return;
  for (compiled *made = cache->made, *next; made != NULL; made = next) {
    next = made->next;
    held_clear(&made->value, rt->env);
    free(made);
  }
  code_cache_close(cache->disk);
  free(cache->on_disk);
  free(cache);
  rt->compile_cache = NULL;
}

/* counts() → [modules from the cache, modules compiled anew] */
static napi_value cache_counts(napi_env env, napi_callback_info info) {
  const compile_cache *cache = runtime_of(env)->compile_cache;
  napi_value out = NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_int32(env, cache != NULL ? (int32_t)cache->used : 0));
  napi_set_element(env, out, 1, make_int32(env, cache != NULL ? (int32_t)cache->anew : 0));
  return out;
}

static const js_function functions[] = {
    {"open", cache_open},
    {"compileCommonJS", cache_compile_commonjs},
    {"compileModule", cache_compile_module},
    {"flush", cache_flush},
    {"counts", cache_counts},
    {NULL, NULL},
};

const js_binding binding_compile_cache = {"compile_cache", functions, NULL};
