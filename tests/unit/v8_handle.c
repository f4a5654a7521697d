/* Native handles: JS objects that carry a C pointer of a certain type. */
#include "v8_env.h"

static int finalized;
static void *last_finalized;
static void on_finalize(void *pointer) {
  finalized++;
  last_finalized = pointer;
}
static const js_type owned = {"owned", on_finalize};
static const js_type plain = {"plain", NULL};
static int thing;

static void the_pointer_comes_back(void **state) {
  napi_value handle;
  void *pointer = NULL;
  assert_ok(js_handle_create(env, &plain, &thing, &handle));
  assert_ok(js_handle_get(env, handle, &plain, &pointer));
  assert_ptr_equal(pointer, &thing);
}

static void a_handle_of_another_type_is_refused(void **state) {
  napi_value handle;
  void *pointer = NULL;
  assert_ok(js_handle_create(env, &plain, &thing, &handle));
  assert_int_equal(js_handle_get(env, handle, &owned, &pointer), napi_invalid_arg);
}

static void what_is_no_handle_is_refused(void **state) {
  static const char *const values[] = {"1",
                                       "'x'",
                                       "null",
                                       "undefined",
                                       "({})",
                                       "[]",
                                       "() => 1",
                                       "new Map()",
                                       "Promise.resolve()",
                                       "new Uint8Array(3)",
                                       "new ArrayBuffer(3)",
                                       "new Proxy({}, {})",
                                       "globalThis",
                                       NULL};
  void *pointer = NULL;
  for (int i = 0; values[i] != NULL; i++)
    assert_int_equal(js_handle_get(env, run(values[i]), &plain, &pointer), napi_invalid_arg);
  assert_int_equal(js_handle_get(env, NULL, &plain, &pointer), napi_invalid_arg);
}

static void a_cleared_handle_is_refused_and_not_finalized(void **state) {
  napi_value handle;
  void *pointer = NULL;
  js_scope scope;
  finalized = 0;
  js_scope_open(env, &scope);
  assert_ok(js_handle_create(env, &owned, &thing, &handle));
  assert_ok(js_handle_clear(env, handle));
  assert_int_equal(js_handle_get(env, handle, &owned, &pointer), napi_invalid_arg);
  js_scope_close(&scope);
  collect_garbage();
  assert_int_equal(finalized, 0);
}

static void a_collected_handle_is_finalized(void **state) {
  napi_value handle;
  js_scope scope;
  finalized = 0;
  js_scope_open(env, &scope);
  assert_ok(js_handle_create(env, &owned, &thing, &handle));
  js_scope_close(&scope);
  collect_garbage();
  assert_int_equal(finalized, 1);
  assert_ptr_equal(last_finalized, &thing);
}

static void handles_that_live_are_finalized_with_the_environment(void **state) {
  napi_value handle;
  finalized = 0;
  env_open(state);
  assert_ok(js_handle_create(env, &owned, &thing, &handle));
  global_set("h", handle);
  env_close(state);
  assert_int_equal(finalized, 1);
}

static void an_unaligned_pointer_is_refused(void **state) {
  napi_value handle;
  assert_int_equal(js_handle_create(env, &plain, (char *)&thing + 1, &handle), napi_invalid_arg);
}

static void a_handle_can_carry_properties(void **state) {
  napi_value handle;
  assert_ok(js_handle_create(env, &plain, &thing, &handle));
  global_set("h", handle);
  assert_string_equal(eval("h.x = 1; h.x"), "1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(the_pointer_comes_back),          env_test(a_handle_of_another_type_is_refused),
      env_test(what_is_no_handle_is_refused),    env_test(a_cleared_handle_is_refused_and_not_finalized),
      env_test(a_collected_handle_is_finalized), cmocka_unit_test(handles_that_live_are_finalized_with_the_environment),
      env_test(an_unaligned_pointer_is_refused), env_test(a_handle_can_carry_properties),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
