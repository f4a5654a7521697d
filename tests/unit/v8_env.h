/* What the tests of the V8 wrapper share: an environment for each test, and short ways to run JS and look at values. */
#ifndef JSD_TESTS_UNIT_V8_ENV_H
#define JSD_TESTS_UNIT_V8_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAPI_VERSION 9
#include <node_api.h>

#include "runtime/v8/js.h"

#define assert_ok(call) assert_int_equal((call), napi_ok)

static napi_env env;
static js_scope test_scope;
/* Bindings of the test's environment; a test file may replace it before main runs. */
static const js_binding *const *test_bindings;
static js_callbacks test_callbacks;

__attribute__((unused)) static int env_open(void **state) {
  js_platform_options platform = {.threads = 2, .flags = getenv("V8_FLAGS")};
  assert_ok(js_platform_init(&platform));
  js_env_options options = {.bindings = test_bindings, .callbacks = test_callbacks};
  assert_ok(js_env_create(&options, &env));
  js_scope_open(env, &test_scope);
  return 0;
}

__attribute__((unused)) static int env_close(void **state) {
  js_scope_close(&test_scope);
  js_env_destroy(env);
  env = NULL;
  return 0;
}

__attribute__((unused)) static napi_value str(const char *text) {
  napi_value value = NULL;
  assert_ok(js_string_utf8(env, text, strlen(text), &value));
  return value;
}

/* The value of a script. */
__attribute__((unused)) static napi_value run(const char *code) {
  js_source source = {.code = str(code), .name = str("test.js")};
  napi_value result = NULL, exception, text;
  char message[512] = "";
  size_t size = 0;
  if (js_script_run(env, &source, &result) == napi_ok) return result;
  napi_get_and_clear_last_exception(env, &exception);
  napi_coerce_to_string(env, exception, &text);
  js_string_write_utf8(env, text, message, sizeof message - 1, &size);
  fail_msg("%s threw: %s", code, message);
  return NULL;
}

/* String(value), good until the next call but three. */
__attribute__((unused)) static const char *text_of(napi_value value) {
  static char buffers[4][4096];
  static int turn;
  char *buffer = buffers[turn++ % 4];
  napi_value text;
  size_t size = 0;
  assert_non_null(value);
  assert_ok(napi_coerce_to_string(env, value, &text));
  assert_ok(js_string_write_utf8(env, text, buffer, sizeof buffers[0] - 1, &size));
  buffer[size] = 0;
  return buffer;
}
__attribute__((unused)) static const char *eval(const char *code) { return text_of(run(code)); }

__attribute__((unused)) static void global_set(const char *name, napi_value value) {
  napi_value global;
  assert_ok(napi_get_global(env, &global));
  assert_ok(napi_set_named_property(env, global, name, value));
}

/* Takes the pending exception; fails where none is. */
__attribute__((unused)) static const char *exception_text(void) {
  bool pending = false;
  napi_value exception;
  assert_ok(napi_is_exception_pending(env, &pending));
  assert_true(pending);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  return text_of(exception);
}

__attribute__((unused)) static void collect_garbage(void) {
  int64_t next;
  for (int i = 0; i < 3; i++) {
    assert_ok(js_heap_collect(env));
    assert_ok(js_tasks_run(env, &next));
  }
}

#define env_test(function) cmocka_unit_test_setup_teardown(function, env_open, env_close)

#endif
