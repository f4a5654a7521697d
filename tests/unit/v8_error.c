/* Exceptions between JS and C: pending, caught, thrown, and where they came from. */
#include "v8_env.h"

static napi_value throws(napi_env e, napi_callback_info info) {
  napi_throw_range_error(e, "ERR_TEST", "from C");
  return NULL;
}
/* Calls its argument and swallows what it throws. */
static napi_value catches(napi_env e, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1], exception = NULL;
  napi_get_cb_info(e, info, &argc, argv, NULL, NULL);
  if (js_call(e, NULL, argv[0], 0, NULL, NULL) == napi_pending_exception)
    napi_get_and_clear_last_exception(e, &exception);
  return exception;
}
/* Calls its argument and lets what it throws pass. */
static napi_value passes(napi_env e, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1], result = NULL;
  napi_get_cb_info(e, info, &argc, argv, NULL, NULL);
  if (js_call(e, NULL, argv[0], 0, NULL, &result) != napi_ok) return NULL;
  return result;
}
static const js_function functions[] = {{"throws", throws}, {"catches", catches}, {"passes", passes}, {NULL, NULL}};
static const js_binding binding = {"b", functions, NULL};
static const js_binding *const bindings[] = {&binding, NULL};

static int open_with_binding(void **state) {
  napi_value exports;
  test_bindings = bindings;
  env_open(state);
  assert_ok(js_binding_get(env, "b", &exports));
  global_set("b", exports);
  return 0;
}

static void what_c_throws_reaches_js(void **state) {
  assert_string_equal(eval("try { b.throws() } catch (e) { e.name + e.code + e.message }"), "RangeErrorERR_TESTfrom C");
}

static void what_js_throws_reaches_c(void **state) {
  assert_string_equal(eval("String(b.catches(() => { throw new TypeError('x') }))"), "TypeError: x");
}

static void an_exception_passes_through_c(void **state) {
  assert_string_equal(eval("try { b.passes(() => { throw 7 }) } catch (e) { e }"), "7");
}

static void a_failed_call_leaves_the_exception_pending(void **state) {
  napi_value f = run("(() => { throw new Error('once') })"), result;
  assert_int_equal(js_call(env, NULL, f, 0, NULL, &result), napi_pending_exception);
  assert_int_equal(napi_call_function(env, f, f, 0, NULL, &result),
                   napi_pending_exception); /* nothing runs meanwhile */
  assert_string_equal(exception_text(), "Error: once");
  bool pending = true;
  assert_ok(napi_is_exception_pending(env, &pending));
  assert_false(pending);
}

static void syntax_errors_have_a_place(void **state) {
  js_source source = {.code = str("let a = 1;\n  let b = ;"), .name = str("bad.js")};
  napi_value result, exception;
  js_message message;
  assert_int_equal(js_script_run(env, &source, &result), napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_ok(js_message_of(env, exception, &message));
  assert_int_equal(message.line, 2);
  assert_int_equal(message.start_column, 10);
  assert_string_equal(text_of(message.resource), "bad.js");
  assert_string_equal(text_of(message.source_line), "  let b = ;");
}

static void thrown_errors_have_a_place(void **state) {
  js_source source = {.code = str("\n\nthrow new Error('here')"), .name = str("thrower.js")};
  napi_value result, exception;
  js_message message;
  assert_int_equal(js_script_run(env, &source, &result), napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_ok(js_message_of(env, exception, &message));
  assert_int_equal(message.line, 3);
  assert_int_equal(message.start_column, 0);
  assert_string_equal(text_of(message.source_line), "throw new Error('here')");
}

static void what_is_no_error_has_a_place_too(void **state) {
  js_source source = {.code = str("\nthrow 'text'"), .name = str("thrower.js")};
  napi_value result, exception;
  js_message message;
  assert_int_equal(js_script_run(env, &source, &result), napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_ok(js_message_of(env, exception, &message));
  assert_int_equal(message.line, 2);
}

static void a_line_offset_counts(void **state) {
  js_source source = {.code = str("throw new Error('x')"), .name = str("offset.js"), .line = 10};
  napi_value result, exception;
  js_message message;
  assert_int_equal(js_script_run(env, &source, &result), napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_ok(js_message_of(env, exception, &message));
  assert_int_equal(message.line, 11);
}

static napi_value stack_of(napi_env e, napi_callback_info info) {
  napi_value frames = NULL;
  js_stack_get(e, 10, &frames);
  return frames;
}

static void the_stack_names_functions_and_places(void **state) {
  napi_value f;
  assert_ok(napi_create_function(env, "where", NAPI_AUTO_LENGTH, stack_of, NULL, &f));
  global_set("where", f);
  assert_string_equal(eval("function outer() { return where() }\nouter().slice(0, 3).join()"), "outer,test.js,1");
}

static void codes_and_kinds_of_made_errors(void **state) {
  napi_value error;
  assert_ok(napi_create_type_error(env, str("ERR_X"), str("message"), &error));
  global_set("e", error);
  assert_string_equal(eval("[e instanceof TypeError, e.code, e.message].join()"), "true,ERR_X,message");
  assert_int_equal(napi_create_error(env, NULL, run("1"), &error), napi_string_expected);
}

static void the_last_failure_is_explained(void **state) {
  const napi_extended_error_info *info;
  double number;
  assert_int_equal(napi_get_value_double(env, str("x"), &number), napi_number_expected);
  assert_ok(napi_get_last_error_info(env, &info));
  assert_int_equal(info->error_code, napi_number_expected);
  assert_string_equal(info->error_message, "A number was expected");
}

static void termination_ends_js_and_is_no_exception(void **state) {
  napi_value result, f = run("(() => { try { for (;;); } catch { return 'caught' } })");
  bool pending = true;
  assert_ok(js_terminate(env));
  assert_int_equal(js_call(env, NULL, f, 0, NULL, &result), napi_pending_exception);
  assert_ok(napi_is_exception_pending(env, &pending));
  assert_false(pending);
  assert_ok(js_terminate_cancel(env));
  assert_string_equal(eval("1 + 1"), "2");
}

int main(void) {
#define binding_test(f) cmocka_unit_test_setup_teardown(f, open_with_binding, env_close)
  const struct CMUnitTest tests[] = {
      binding_test(what_c_throws_reaches_js),         binding_test(what_js_throws_reaches_c),
      binding_test(an_exception_passes_through_c),    env_test(a_failed_call_leaves_the_exception_pending),
      env_test(syntax_errors_have_a_place),           env_test(thrown_errors_have_a_place),
      env_test(what_is_no_error_has_a_place_too),     env_test(a_line_offset_counts),
      env_test(the_stack_names_functions_and_places), env_test(codes_and_kinds_of_made_errors),
      env_test(the_last_failure_is_explained),        env_test(termination_ends_js_and_is_no_exception),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
