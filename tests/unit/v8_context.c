/* vm contexts: a global of their own whose properties are a sandbox object's. */
#include "v8_env.h"

static napi_value sandbox, context;

static int context_open(void **state) {
  env_open(state);
  sandbox = run("globalThis.sandbox = { x: 1 }; sandbox");
  assert_ok(js_context_create(env, &(js_context_options){.sandbox = sandbox, .own_microtasks = false}, &context, NULL));
  return 0;
}

static const char *run_inside(const char *code) {
  js_source source = {.code = str(code), .name = str("vm.js")};
  napi_value result = NULL;
  if (js_context_run(env, context, &source, NULL, &result) != napi_ok) return exception_text();
  return text_of(result);
}

static void the_sandboxs_properties_are_globals(void **state) {
  assert_string_equal(run_inside("x + 1"), "2");
  run("sandbox.y = 5");
  assert_string_equal(run_inside("y"), "5");
}

static void globals_become_the_sandboxs_properties(void **state) {
  run_inside("a = 1; var b = 2; function c() { return 3 } globalThis.d = 4; let e = 5; x = 10");
  assert_string_equal(eval("[sandbox.a, sandbox.b, sandbox.c(), sandbox.d, sandbox.e, sandbox.x].join()"),
                      "1,2,3,4,,10");
  assert_string_equal(run_inside("[a, b, c(), d, e, x].join()"), "1,2,3,4,5,10");
}

static void builtins_are_there_and_others(void **state) {
  assert_string_equal(run_inside("typeof Array + typeof setTimeout + typeof process"), "functionundefinedundefined");
  napi_value result;
  js_source source = {.code = str("[]"), .name = str("vm.js")};
  assert_ok(js_context_run(env, context, &source, NULL, &result));
  global_set("r", result);
  assert_string_equal(eval("(r instanceof Array) + String(Array.isArray(r))"), "falsetrue");
}

static void the_global_is_the_context_s_own(void **state) {
  assert_string_equal(run_inside("this === globalThis && globalThis.x === 1"), "true");
  run("sandbox.self = sandbox");
  assert_string_equal(run_inside("self === globalThis"), "true");
}

static void keys_descriptors_and_deletion(void **state) {
  run("Object.defineProperty(sandbox, 'fixed', { value: 1, enumerable: true })");
  assert_string_equal(run_inside("Object.keys(globalThis).join()"), "x,fixed");
  assert_string_equal(run_inside("JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, 'x'))"),
                      "{\"value\":1,\"writable\":true,\"enumerable\":true,\"configurable\":true}");
  assert_string_equal(run_inside("delete globalThis.x"), "true");
  assert_string_equal(eval("'x' in sandbox"), "false");
  assert_string_equal(run_inside("fixed = 2; fixed"), "1");
  assert_string_equal(run_inside("'x' in globalThis"), "false");
}

static void accessors_of_the_sandbox_run(void **state) {
  run("sandbox.log = []; Object.defineProperty(sandbox, 'acc', { get() { return 'got' }, set(v) { sandbox.log.push(v) "
      "} })");
  assert_string_equal(run_inside("acc = 3; acc"), "got");
  assert_string_equal(eval("sandbox.log.join()"), "3");
}

static void strict_code_may_not_invent_globals(void **state) {
  assert_string_equal(run_inside("'use strict'; nowhere = 1"), "ReferenceError: nowhere is not defined");
  assert_string_equal(run_inside("(typeof nowhere)"), "undefined");
}

static void indices_are_properties_too(void **state) {
  run_inside("globalThis[3] = 'three'");
  assert_string_equal(eval("sandbox[3]"), "three");
}

static void definitions_inside_reach_the_sandbox(void **state) {
  run_inside("Object.defineProperty(globalThis, 'z', { value: 9, enumerable: false })");
  assert_string_equal(eval("sandbox.z + Object.keys(sandbox).join()"), "9x");
}

static void errors_come_out(void **state) {
  assert_string_equal(run_inside("throw new Error('inside')"), "Error: inside");
  assert_string_equal(run_inside("syntax error"), "SyntaxError: Unexpected identifier 'error'");
}

static void endless_code_times_out(void **state) {
  js_source source = {.code = str("for (;;);"), .name = str("vm.js")};
  napi_value result = NULL, exception, code;
  assert_int_equal(js_context_run(env, context, &source, &(js_limits){.timeout_ms = 20}, &result),
                   napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_string_equal(text_of(exception), "Error: Script execution timed out after 20ms");
  assert_ok(napi_get_named_property(env, exception, "code", &code));
  assert_string_equal(text_of(code), "ERR_SCRIPT_EXECUTION_TIMEOUT");
  assert_string_equal(run_inside("x"), "1");
  assert_string_equal(eval("1 + 1"), "2");
}

static void code_that_ends_in_time_does_not(void **state) {
  js_source source = {.code = str("x + 1"), .name = str("vm.js")};
  napi_value result = NULL;
  assert_ok(js_context_run(env, context, &source, &(js_limits){.timeout_ms = 5000}, &result));
  assert_string_equal(text_of(result), "2");
}

static void what_is_no_context_is_refused(void **state) {
  js_source source = {.code = str("1"), .name = str("vm.js")};
  napi_value result;
  assert_int_equal(js_context_run(env, run("({})"), &source, NULL, &result), napi_invalid_arg);
  assert_int_equal(
      js_context_create(env, &(js_context_options){.sandbox = run("1"), .own_microtasks = false}, &result, NULL),
      napi_object_expected);
}

static void functions_outlive_the_handle(void **state) {
  js_scope scope;
  env_open(state);
  js_scope_open(env, &scope);
  sandbox = run("globalThis.sandbox = { x: 1 }; sandbox");
  assert_ok(js_context_create(env, &(js_context_options){.sandbox = sandbox, .own_microtasks = false}, &context, NULL));
  js_source source = {.code = str("(() => x)"), .name = str("vm.js")};
  napi_value f;
  assert_ok(js_context_run(env, context, &source, NULL, &f));
  global_set("f", f);
  js_scope_close(&scope);
  collect_garbage();
  assert_string_equal(eval("sandbox.x = 4; f()"), "4");
  env_close(state);
}

static void collect_contexts(bool own_microtasks) {
  js_heap_statistics before, after;
  assert_ok(js_heap_statistics_get(env, &before));
  for (int i = 0; i < 20; i++) {
    js_scope scope;
    napi_value one, result;
    js_scope_open(env, &scope);
    assert_ok(js_context_create(env, &(js_context_options){.sandbox = run("({})"), .own_microtasks = own_microtasks},
                                &one, NULL));
    js_source source = {.code = str("var big = new Array(1000).fill(0); Promise.resolve(1).then(() => big); 1"),
                        .name = str("vm.js")};
    assert_ok(js_context_run(env, one, &source, NULL, &result));
    js_scope_close(&scope);
  }
  assert_ok(js_microtasks_run(env));
  collect_garbage();
  assert_ok(js_heap_statistics_get(env, &after));
  assert_true(after.number_of_native_contexts >= 1);
  assert_true(after.number_of_native_contexts <= before.number_of_native_contexts + 2);
}
static void contexts_are_collected(void **state) { collect_contexts(false); }
static void contexts_with_microtasks_of_their_own_too(void **state) { collect_contexts(true); }

/* Only a function of the context is left; its queue must still be there. */
static void a_function_outlives_its_contexts_handle(void **state) {
  js_scope scope;
  napi_value one, result;
  js_scope_open(env, &scope);
  assert_ok(js_context_create(env, &(js_context_options){.sandbox = run("({})"), .own_microtasks = true}, &one, NULL));
  js_source source = {.code = str("(() => { Promise.resolve(1).then(() => {}); return 'here' })"),
                      .name = str("vm.js")};
  assert_ok(js_context_run(env, one, &source, NULL, &result));
  global_set("kept", result);
  js_scope_close(&scope);
  collect_garbage();
  assert_string_equal(eval("kept() + kept()"), "herehere");
  assert_ok(js_microtasks_run(env));
  run("delete globalThis.kept");
}

int main(void) {
#define context_test(f) cmocka_unit_test_setup_teardown(f, context_open, env_close)
  const struct CMUnitTest tests[] = {
      context_test(the_sandboxs_properties_are_globals),
      context_test(globals_become_the_sandboxs_properties),
      context_test(builtins_are_there_and_others),
      context_test(the_global_is_the_context_s_own),
      context_test(keys_descriptors_and_deletion),
      context_test(accessors_of_the_sandbox_run),
      context_test(strict_code_may_not_invent_globals),
      context_test(indices_are_properties_too),
      context_test(definitions_inside_reach_the_sandbox),
      context_test(errors_come_out),
      context_test(endless_code_times_out),
      context_test(code_that_ends_in_time_does_not),
      context_test(what_is_no_context_is_refused),
      cmocka_unit_test(functions_outlive_the_handle),
      context_test(contexts_are_collected),
      context_test(contexts_with_microtasks_of_their_own_too),
      context_test(a_function_outlives_its_contexts_handle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
