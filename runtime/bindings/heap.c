/*
 * heap.c: what node:v8 tells of the heap. Snapshots go to a file here, in pieces: the text of a large heap may not fit into it
 * once more. The same for those that are taken where the heap is at its limit, when no JS can run.
 */
#include "../v8/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "../runtime_internal.h"
#include "messaging.h"
#include "util.h"

static void set_size(napi_env env, napi_value object, const char *name, size_t value) {
  napi_set_named_property(env, object, name, make_double(env, (double)value));
}

napi_value heap_statistics_object(napi_env env) {
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

/* statistics() → v8.getHeapStatistics() */
static napi_value heap_statistics(napi_env env, napi_callback_info info) { return heap_statistics_object(env); }

/* spaces() → v8.getHeapSpaceStatistics() */
static napi_value heap_spaces(napi_env env, napi_callback_info info) {
  napi_value out = NULL;
  size_t count = js_heap_space_count(env);
  napi_create_array_with_length(env, count, &out);
  for (size_t i = 0; i < count; i++) {
    js_heap_space space;
    napi_value one = NULL;
    if (js_heap_space_get(env, i, &space) != napi_ok) continue;
    napi_create_object(env, &one);
    napi_set_named_property(env, one, "space_name", make_string(env, space.name));
    set_size(env, one, "space_size", space.size);
    set_size(env, one, "space_used_size", space.used);
    set_size(env, one, "space_available_size", space.available);
    set_size(env, one, "physical_space_size", space.physical);
    napi_set_element(env, out, (uint32_t)i, one);
  }
  return out;
}

/* codeStatistics() → v8.getHeapCodeStatistics() */
static napi_value heap_code_statistics(napi_env env, napi_callback_info info) {
  js_code_statistics code = {0};
  napi_value out = NULL;
  js_code_statistics_get(env, &code);
  napi_create_object(env, &out);
  set_size(env, out, "code_and_metadata_size", code.code_and_metadata);
  set_size(env, out, "bytecode_and_metadata_size", code.bytecode_and_metadata);
  set_size(env, out, "external_script_source_size", code.external_script_source);
  set_size(env, out, "cpu_profiler_metadata_size", code.cpu_profiler_metadata);
  return out;
}

static napi_value heap_version_tag(napi_env env, napi_callback_info info) { return make_uint32(env, js_code_version_tag()); }

/* isOneByte(string) */
static napi_value heap_is_one_byte(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  return make_bool(env, js_string_is_one_byte(env, argv[0]));
}

/* objects(prototype) → array of those that inherit from it */
static napi_value heap_objects(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  return js_heap_objects(env, argv[0], &out) == napi_ok ? out : NULL;
}

/* ---- snapshots ---- */

typedef struct sink {
  int fd;
  int error; /* errno of the first write that failed */
} sink;

static bool sink_write(void *data, const char *text, size_t size) {
  sink *s = data;
  while (size > 0) {
    ssize_t written = write(s->fd, text, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      s->error = errno;
      return false;
    }
    text += written;
    size -= (size_t)written;
  }
  return true;
}

/* snapshotWrite(fd, internals, numbers) → 0 or a negative errno */
static napi_value heap_snapshot_write(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  sink s = {.fd = arg_int32(env, argv[0])};
  napi_status status = js_heap_snapshot(env, arg_bool(env, argv[1]), arg_bool(env, argv[2]), sink_write, &s);
  return make_int32(env, status != napi_ok ? UV_ENOMEM : -s.error);
}

typedef struct text_buffer {
  char *text;
  size_t size, capacity;
} text_buffer;

static bool text_append(void *data, const char *text, size_t size) {
  text_buffer *b = data;
  if (b->size + size > b->capacity) {
    size_t capacity = b->capacity == 0 ? 1 << 20 : b->capacity * 2;
    char *grown = realloc(b->text, capacity);
    if (grown == NULL) return false;
    b->text = grown;
    b->capacity = capacity;
  }
  memcpy(b->text + b->size, text, size);
  b->size += size;
  return true;
}

/* snapshotBytes(internals, numbers) → Buffer */
static napi_value heap_snapshot_bytes(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  text_buffer b = {0};
  args_get(env, info, argv, 2);
  napi_status status = js_heap_snapshot(env, arg_bool(env, argv[0]), arg_bool(env, argv[1]), text_append, &b);
  if (status == napi_ok && b.text != NULL && js_buffer_adopt(env, b.text, b.size, &out) == napi_ok) return out;
  free(b.text);
  napi_throw_error(env, NULL, "Out of memory");
  return NULL;
}

/* ---- files ---- */

/* PREFIX.DATE.TIME.PID.THREAD.NUMBER.EXTENSION, as Node names what it writes for people who debug. */
static void file_name(char *out, size_t size, const char *prefix, const char *extension) {
  static unsigned number;
  time_t now = time(NULL);
  struct tm local;
  char date[32];
  localtime_r(&now, &local);
  strftime(date, sizeof date, "%Y%m%d.%H%M%S", &local);
  unsigned mine = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
  snprintf(out, size, "%s.%s.%d.0.%03u.%s", prefix, date, (int)getpid(), mine, extension);
}

/* fileName(prefix, extension) */
static napi_value heap_file_name(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char name[256];
  args_get(env, info, argv, 2);
  char *prefix = arg_utf8(env, argv[0], NULL), *extension = arg_utf8(env, argv[1], NULL);
  file_name(name, sizeof name, prefix ? prefix : "", extension ? extension : "");
  free(prefix);
  free(extension);
  return make_string(env, name);
}

static void on_near_limit(napi_env env, void *data) {
  char name[256], path[PATH_MAX];
  const char *directory = data;
  file_name(name, sizeof name, "Heap", "heapsnapshot");
  snprintf(path, sizeof path, "%s%s%s", directory, *directory ? "/" : "", name);
  sink s = {.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (s.fd < 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return;
  }
  js_heap_snapshot(env, false, false, sink_write, &s);
  close(s.fd);
  fprintf(stderr, "Wrote snapshot to %s\n", path);
}

/* nearLimit(count, directory) */
static napi_value heap_near_limit(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  char *directory = arg_utf8(env, argv[1], NULL); /* stays */
  if (directory != NULL) js_heap_limit_watch(env, arg_uint32(env, argv[0]), on_near_limit, directory);
  return NULL;
}

static const js_function functions[] = {
    {"statistics", heap_statistics},
    {"spaces", heap_spaces},
    {"codeStatistics", heap_code_statistics},
    {"versionTag", heap_version_tag},
    {"isOneByte", heap_is_one_byte},
    {"objects", heap_objects},
    {"snapshotWrite", heap_snapshot_write},
    {"snapshotBytes", heap_snapshot_bytes},
    {"fileName", heap_file_name},
    {"nearLimit", heap_near_limit},
    {NULL, NULL},
};

const js_binding binding_heap = {"heap", functions, NULL};
