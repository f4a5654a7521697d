/* Compiling: functions with parameters, resource names, code caches. */
#include "v8_env.h"

static const char *const parameters[] = {"exports", "a"};

static void a_compiled_function_takes_its_parameters(void **state) {
  js_source source = {.code = str("exports.sum = a + 1; return this"), .name = str("/x.js")};
  napi_value function, object = run("globalThis.e = {}; e"), argv[2], result;
  assert_ok(js_function_compile(env, &source, parameters, 2, &function));
  argv[0] = object;
  assert_ok(napi_create_int32(env, 41, &argv[1]));
  assert_ok(js_call(env, object, function, 2, argv, &result));
  assert_string_equal(eval("e.sum"), "42");
}

static void its_errors_name_the_file(void **state) {
  js_source source = {.code = str("\nthrow new Error('x')"), .name = str("/dir/file.js")};
  napi_value function, exception, stack;
  assert_ok(js_function_compile(env, &source, parameters, 2, &function));
  assert_int_equal(js_call(env, NULL, function, 0, NULL, NULL), napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_ok(napi_get_named_property(env, exception, "stack", &stack));
  assert_non_null(strstr(text_of(stack), "/dir/file.js:2:7"));
}

static void a_syntax_error_is_pending(void **state) {
  js_source source = {.code = str("let x = ;"), .name = str("/bad.js")};
  napi_value function;
  assert_int_equal(js_function_compile(env, &source, parameters, 2, &function), napi_pending_exception);
  assert_string_equal(exception_text(), "SyntaxError: Unexpected token ';'");
}

static void a_code_cache_is_accepted_for_the_same_source(void **state) {
  js_source source = {.code = str("return a * 2"), .name = str("/x.js")};
  napi_value function, result, argv[2];
  uint8_t *cache;
  size_t size;
  assert_ok(js_function_compile(env, &source, parameters, 2, &function));
  assert_ok(napi_get_undefined(env, &argv[0]));
  assert_ok(napi_create_int32(env, 21, &argv[1]));
  assert_ok(js_call(env, NULL, function, 2, argv, &result));
  assert_ok(js_function_cache(env, function, &cache, &size));
  source.cache = cache;
  source.cache_size = size;
  assert_ok(js_function_compile(env, &source, parameters, 2, &function));
  assert_false(source.cache_rejected);
  assert_ok(js_call(env, NULL, function, 2, argv, &result));
  assert_string_equal(text_of(result), "42");
  source.code = str("return a * 3 + 1");
  assert_ok(js_function_compile(env, &source, parameters, 2, &function));
  assert_true(source.cache_rejected);
  assert_ok(js_call(env, NULL, function, 2, argv, &result));
  assert_string_equal(text_of(result), "64");
  free(cache);
}

static void a_script_gives_its_last_value(void **state) {
  assert_string_equal(eval("var a = 1; a + 1"), "2");
  napi_value result;
  assert_ok(napi_run_script(env, str("3 * 3"), &result));
  assert_string_equal(text_of(result), "9");
  assert_int_equal(napi_run_script(env, run("1"), &result), napi_string_expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(a_compiled_function_takes_its_parameters),
      env_test(its_errors_name_the_file),
      env_test(a_syntax_error_is_pending),
      env_test(a_code_cache_is_accepted_for_the_same_source),
      env_test(a_script_gives_its_last_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
