/*
 * compile_cache: what the engine made of CommonJS files, kept on disk (modules/internal/loader/compile_cache.js). A
 * file holds a header and the engine's data. The engine trusts its data but for version and flags, so the header's
 * hashes say that the data is whole and belongs to this very text.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "module.h"
#include "util.h"

/* A path on the stack; false where it is no string or too long. */
static bool path_get(napi_env env, napi_value value, char path[PATH_MAX]) {
  size_t bytes = 0;
  if (js_string_utf8_length(env, value, &bytes) != napi_ok || bytes >= PATH_MAX) return false;
  if (js_string_write_utf8(env, value, path, PATH_MAX - 1, &bytes) != napi_ok) return false;
  path[bytes] = 0;
  return memchr(path, 0, bytes) == NULL;
}

static const uint64_t cache_magic = 0x31656863616a736aULL; /* changes with the layout */

typedef struct cache_header {
  uint64_t magic, source, data; /* hashes of the module's text and of what follows */
  uint64_t size;
} cache_header;

static uint64_t hash_bytes(const char *bytes, size_t length) {
  uint64_t hash = 0x9e3779b97f4a7c15ULL ^ length;
  for (size_t i = 0; i < length; i += sizeof hash) {
    uint64_t word = 0;
    memcpy(&word, bytes + i, length - i < sizeof word ? length - i : sizeof word);
    hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32;
  }
  return hash;
}

static bool hash_string(napi_env env, napi_value value, uint64_t *hash) {
  size_t length = 0;
  char *text = arg_utf8(env, value, &length);
  if (text == NULL) return false;
  *hash = hash_bytes(text, length);
  free(text);
  return true;
}

/* hash(text) → 16 hexadecimal digits */
static napi_value cache_hash(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint64_t hash = 0;
  char text[17];
  args_get(env, info, argv, 1);
  hash_string(env, argv[0], &hash);
  snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
  return make_string(env, text);
}

/* The file's bytes, header included, where they belong to this source; else NULL. */
static char *cache_read(const char *path, uint64_t source, size_t *length) {
  char *bytes = NULL;
  cache_header header;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  int err = module_read_descriptor(fd, &bytes, length);
  close(fd);
  if (err != 0) return NULL;
  if (*length > sizeof header) {
    memcpy(&header, bytes, sizeof header);
    if (header.magic == cache_magic && header.source == source && header.size == *length - sizeof header &&
        header.data == hash_bytes(bytes + sizeof header, header.size))
      return bytes;
  }
  free(bytes);
  return NULL;
}

/* compile(code, filename, cache file) → [function as of compileCommonJS, whether the cache had it] */
static napi_value cache_compile(napi_env env, napi_callback_info info) {
  napi_value argv[3], function = NULL, out;
  char path[PATH_MAX];
  uint64_t hash;
  size_t length = 0;
  args_get(env, info, argv, 3);
  js_source source = {.code = argv[0], .name = argv[1]};
  char *bytes = NULL;
  if (path_get(env, argv[2], path) && hash_string(env, argv[0], &hash)) bytes = cache_read(path, hash, &length);
  if (bytes != NULL) {
    source.cache = (const uint8_t *)bytes + sizeof(cache_header);
    source.cache_size = length - sizeof(cache_header);
  }
  napi_status status = js_function_compile(env, &source, module_commonjs_parameters, 5, &function);
  free(bytes);
  if (status != napi_ok || napi_create_array_with_length(env, 2, &out) != napi_ok) return NULL;
  napi_set_element(env, out, 0, function);
  napi_set_element(env, out, 1, make_bool(env, bytes != NULL && !source.cache_rejected));
  return out;
}

static bool write_all(int fd, const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t n = write(fd, at, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    length -= (size_t)n;
  }
  return true;
}

/* write(function, code, cache file): whole or not at all, since other processes may be reading */
static napi_value cache_write(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  char path[PATH_MAX], temporary[PATH_MAX + 16];
  uint8_t *data = NULL;
  cache_header header = {.magic = cache_magic};
  size_t size = 0;
  args_get(env, info, argv, 3);
  if (!path_get(env, argv[2], path) || !hash_string(env, argv[1], &header.source) ||
      js_function_cache(env, argv[0], &data, &size) != napi_ok)
    return NULL;
  header.size = size;
  header.data = hash_bytes((const char *)data, size);
  snprintf(temporary, sizeof temporary, "%s.%d", path, (int)getpid());
  int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    bool written = write_all(fd, &header, sizeof header) && write_all(fd, data, size);
    close(fd);
    if (!written || rename(temporary, path) != 0) unlink(temporary);
  }
  free(data);
  return NULL;
}

static const js_function functions[] = {
    {"compile", cache_compile},
    {"write", cache_write},
    {"hash", cache_hash},
    {NULL, NULL},
};

const js_binding binding_compile_cache = {"compile_cache", functions, NULL};
