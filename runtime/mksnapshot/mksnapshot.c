/*
 * mksnapshot: makes the heap snapshot of the built-in JS. Build-time only; it is jsd without its main and without a
 * blob, so that the tables of native functions are the same.
 *   mksnapshot train BUILTINS PROGRAM HINTS   serves PROGRAM on a unix socket until it sends itself SIGTERM, and writes
 *                                           which modules and functions ran, an offset in BUILTINS a line
 *   mksnapshot write BUILTINS HINTS BLOB      evaluates the built-in JS, with the code of those functions, and writes the heap
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../runtime_internal.h"

struct text {
  char *bytes;
  size_t size;
};

static int read_file(const char *path, struct text *out) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return -1;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  out->bytes = calloc(1, (size_t)size + 1);
  out->size = out->bytes ? fread(out->bytes, 1, (size_t)size, file) : 0;
  fclose(file);
  return out->size == (size_t)size ? 0 : -1;
}

static void print_pending(napi_env env, napi_status status) {
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
}

static int hints_write(napi_env env, const char *path) {
  js_hints hints;
  if (js_builtins_hints(env, &hints) != napi_ok) return -1;
  FILE *out = fopen(path, "w");
  if (out == NULL) return free(hints.offsets), -1;
  for (size_t i = 0; i < hints.count; i++) fprintf(out, "%d\n", hints.offsets[i]);
  free(hints.offsets);
  return fclose(out);
}

static int hints_read(const char *path, js_hints *hints) {
  struct text text;
  if (read_file(path, &text) != 0) return -1;
  hints->count = 0;
  hints->offsets = malloc((text.size + 1) * sizeof *hints->offsets); /* a line has two bytes or more */
  if (hints->offsets == NULL) return free(text.bytes), -1;
  for (char *at = text.bytes, *end; *at != 0; at = end + (*end != 0))
    hints->offsets[hints->count++] = (int)strtol(at, &end, 10);
  free(text.bytes);
  return 0;
}

static void on_drained(void *data) {}
static void on_terminate(uv_signal_t *signal, int number) {
  uv_close((uv_handle_t *)signal, NULL);
  runtime_drain(signal->data, DRAIN_STOP, on_drained, NULL);
}

static int train(const char *program, const char *out) {
  runtime_options options = {.collect_hints = true};
  runtime *rt = NULL;
  char address[64];
  const char *words[] = {"", address + strlen("unix:")}, *arguments[] = {program, address};
  snprintf(address, sizeof address, "unix:/tmp/jsd-training-%d", (int)getpid());
  if (runtime_create(&options, &rt) != 0 || runtime_start(rt, 2, words, NULL) != 0) return 1;
  uv_signal_t terminate = {.data = rt};
  uv_signal_init(runtime_loop(rt), &terminate);
  uv_signal_start(&terminate, on_terminate, SIGTERM);
  int code = runtime_main(rt, "serve_app", 2, arguments);
  if (code == 0) code = runtime_run(rt);
  unlink(words[1]);
  if (code == 0 && hints_write(runtime_env(rt), out) != 0) {
    perror(out);
    code = 1;
  }
  if (code != 0) fprintf(stderr, "mksnapshot: %s ended with code %d\n", program, code);
  fflush(NULL);
  _Exit(code != 0);
}

static napi_status build(napi_env env, void *hints) {
  napi_status status = runtime_build_context(env, hints, false);
  if (status != napi_ok) print_pending(env, status);
  return status;
}

static int write_blob(const js_hints *hints, const char *path) {
  js_env_options options = {.bindings = runtime_bindings};
  uint8_t *blob = NULL;
  size_t size = 0;
  if (js_snapshot_create(&options, build, (void *)hints, &blob, &size) != napi_ok) {
    fprintf(stderr, "mksnapshot: no snapshot was made\n");
    return 1;
  }
  FILE *out = fopen(path, "wb");
  int err = out == NULL || fwrite(blob, 1, size, out) != size || fclose(out) != 0;
  if (err) {
    perror(path);
    remove(path);
  }
  free(blob);
  return err;
}

int main(int argc, char **argv) {
  struct text builtins;
  js_hints hints;
  if (argc != 5) {
    fprintf(stderr, "usage: mksnapshot train BUILTINS PROGRAM HINTS\n       mksnapshot write BUILTINS HINTS BLOB\n");
    return 2;
  }
  bool training = strcmp(argv[1], "train") == 0;
  if (read_file(argv[2], &builtins) != 0) {
    perror(argv[2]);
    return 1;
  }
  /* Code that has not run for a while must not be dropped before it is written. */
  js_platform_options platform = {
      .threads = 1, .flags = "--no-flush-bytecode", .builtins = builtins.bytes, .builtins_size = builtins.size};
  js_platform_init(&platform);
  if (training) return train(argv[3], argv[4]);
  if (hints_read(argv[3], &hints) != 0) {
    perror(argv[3]);
    return 1;
  }
  return write_blob(&hints, argv[4]);
}
