/*
 * mksnapshot BUNDLE OUT: evaluates the bundle of built-in JS and writes the heap as a snapshot. Build-time only; it is
 * jsd without its main and without a blob, so that the tables of native functions are the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../runtime_internal.h"

napi_status runtime_build_context(napi_env env, const char *bundle, size_t size);

struct bundle {
  char *text;
  size_t size;
};

static int read_file(const char *path, struct bundle *out) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return -1;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  out->text = malloc((size_t)size + 1);
  out->size = out->text ? fread(out->text, 1, (size_t)size, file) : 0;
  fclose(file);
  return out->size == (size_t)size ? 0 : -1;
}

static napi_status build(napi_env env, void *data) {
  struct bundle *bundle = data;
  napi_status status = runtime_build_context(env, bundle->text, bundle->size);
  if (status == napi_ok) return status;
  napi_value exception, stack;
  char text[8192] = "no exception";
  size_t size = 12;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    napi_valuetype type = napi_undefined;
    if (napi_get_named_property(env, exception, "stack", &stack) != napi_ok || napi_typeof(env, stack, &type) != napi_ok ||
        type != napi_string)
      napi_coerce_to_string(env, exception, &stack);
    js_string_write_utf8(env, stack, text, sizeof text, &size);
    js_message message = {0};
    if (js_message_of(env, exception, &message) == napi_ok) fprintf(stderr, "mksnapshot: line %d\n", message.line);
  }
  fprintf(stderr, "mksnapshot: status %d: %.*s\n", (int)status, (int)size, text);
  return status;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: mksnapshot BUNDLE OUT\n");
    return 2;
  }
  struct bundle bundle;
  if (read_file(argv[1], &bundle) != 0) {
    perror(argv[1]);
    return 1;
  }
  js_platform_options platform = {.threads = 1};
  js_platform_init(&platform);
  js_env_options options = {.bindings = runtime_bindings};
  uint8_t *blob = NULL;
  size_t size = 0;
  if (js_snapshot_create(&options, build, &bundle, &blob, &size) != napi_ok) {
    fprintf(stderr, "mksnapshot: no snapshot was made\n");
    return 1;
  }
  FILE *out = fopen(argv[2], "wb");
  if (out == NULL || fwrite(blob, 1, size, out) != size || fclose(out) != 0) {
    perror(argv[2]);
    remove(argv[2]);
    return 1;
  }
  free(blob);
  free(bundle.text);
  return 0;
}
