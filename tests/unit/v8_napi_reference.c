/* Node-API references, externals, finalizers, instance data and handle scopes. */
#include "v8_env.h"

static int calls;
static void *last_data, *last_hint;
static void on_finalize(napi_env e, void *data, void *hint) {
  calls++;
  last_data = data;
  last_hint = hint;
}
static int thing, hint;

static void a_strong_reference_keeps_its_value(void **state) {
  napi_ref ref;
  napi_value value;
  js_scope scope;
  js_scope_open(env, &scope);
  assert_ok(napi_create_reference(env, run("({ a: 1 })"), 1, &ref));
  js_scope_close(&scope);
  collect_garbage();
  assert_ok(napi_get_reference_value(env, ref, &value));
  assert_non_null(value);
  assert_ok(napi_delete_reference(env, ref));
}

static void a_weak_reference_does_not(void **state) {
  napi_ref ref;
  napi_value value;
  js_scope scope;
  js_scope_open(env, &scope);
  assert_ok(napi_create_reference(env, run("({ a: 1 })"), 0, &ref));
  assert_ok(napi_get_reference_value(env, ref, &value));
  assert_non_null(value);
  js_scope_close(&scope);
  run("0");
  collect_garbage();
  assert_ok(napi_get_reference_value(env, ref, &value));
  assert_null(value);
  assert_int_equal(napi_reference_ref(env, ref, NULL), napi_generic_failure);
  assert_ok(napi_delete_reference(env, ref));
}

static void counting_makes_strong_and_weak(void **state) {
  napi_ref ref;
  uint32_t count;
  napi_value value;
  js_scope scope;
  js_scope_open(env, &scope);
  assert_ok(napi_create_reference(env, run("({})"), 0, &ref));
  assert_ok(napi_reference_ref(env, ref, &count));
  assert_int_equal(count, 1);
  js_scope_close(&scope);
  collect_garbage();
  assert_ok(napi_get_reference_value(env, ref, &value));
  assert_non_null(value);
  assert_ok(napi_reference_unref(env, ref, &count));
  assert_int_equal(count, 0);
  assert_int_equal(napi_reference_unref(env, ref, &count), napi_generic_failure);
  assert_ok(napi_delete_reference(env, ref));
}

static void an_external_finalizes_its_data(void **state) {
  napi_value external;
  void *data;
  js_scope scope;
  calls = 0;
  js_scope_open(env, &scope);
  assert_ok(napi_create_external(env, &thing, on_finalize, &hint, &external));
  assert_ok(napi_get_value_external(env, external, &data));
  assert_ptr_equal(data, &thing);
  assert_int_equal(napi_get_value_external(env, run("({})"), &data), napi_invalid_arg);
  js_scope_close(&scope);
  collect_garbage();
  assert_int_equal(calls, 1);
  assert_ptr_equal(last_data, &thing);
  assert_ptr_equal(last_hint, &hint);
}

static void a_finalizer_runs_outside_of_the_collection(void **state) {
  js_scope scope;
  int64_t next;
  calls = 0;
  js_scope_open(env, &scope);
  assert_ok(napi_add_finalizer(env, run("({})"), &thing, on_finalize, &hint, NULL));
  js_scope_close(&scope);
  run("0");
  assert_ok(js_heap_collect(env));
  assert_int_equal(calls, 0);
  assert_ok(js_tasks_run(env, &next));
  assert_int_equal(calls, 1);
}

static void deleting_a_reference_cancels_its_finalizer(void **state) {
  napi_ref ref;
  calls = 0;
  assert_ok(napi_add_finalizer(env, run("({})"), &thing, on_finalize, &hint, &ref));
  assert_ok(napi_delete_reference(env, ref));
  collect_garbage();
  assert_int_equal(calls, 0);
}

static napi_ref self_deleted;
static void delete_own_reference(napi_env e, void *data, void *h) {
  calls++;
  napi_delete_reference(e, self_deleted);
}

static void a_finalizer_may_delete_its_reference(void **state) {
  js_scope scope;
  calls = 0;
  js_scope_open(env, &scope);
  assert_ok(napi_add_finalizer(env, run("({})"), &thing, delete_own_reference, NULL, &self_deleted));
  js_scope_close(&scope);
  run("0");
  collect_garbage();
  assert_int_equal(calls, 1);
}

static void it_may_do_so_when_the_environment_goes_too(void **state) {
  env_open(state);
  calls = 0;
  global_set("o", run("({})"));
  assert_ok(napi_add_finalizer(env, run("o"), &thing, delete_own_reference, NULL, &self_deleted));
  env_close(state);
  assert_int_equal(calls, 1);
}

static void instance_data_is_finalized_with_the_environment(void **state) {
  void *data;
  env_open(state);
  calls = 0;
  assert_ok(napi_get_instance_data(env, &data));
  assert_null(data);
  assert_ok(napi_set_instance_data(env, &thing, on_finalize, &hint));
  assert_ok(napi_get_instance_data(env, &data));
  assert_ptr_equal(data, &thing);
  env_close(state);
  assert_int_equal(calls, 1);
}

static void an_escaped_handle_outlives_its_scope(void **state) {
  napi_escapable_handle_scope scope;
  napi_value inner, outer, again;
  assert_ok(napi_open_escapable_handle_scope(env, &scope));
  assert_ok(napi_create_string_utf8(env, "out", NAPI_AUTO_LENGTH, &inner));
  assert_ok(napi_escape_handle(env, scope, inner, &outer));
  assert_int_equal(napi_escape_handle(env, scope, inner, &again), napi_escape_called_twice);
  assert_ok(napi_close_escapable_handle_scope(env, scope));
  assert_string_equal(text_of(outer), "out");
}

static void scopes_nest(void **state) {
  napi_handle_scope outer, inner;
  assert_ok(napi_open_handle_scope(env, &outer));
  assert_ok(napi_open_handle_scope(env, &inner));
  for (int i = 0; i < 10000; i++) str("x");
  assert_ok(napi_close_handle_scope(env, inner));
  assert_ok(napi_close_handle_scope(env, outer));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(a_strong_reference_keeps_its_value),
      env_test(a_weak_reference_does_not),
      env_test(counting_makes_strong_and_weak),
      env_test(an_external_finalizes_its_data),
      env_test(a_finalizer_runs_outside_of_the_collection),
      env_test(deleting_a_reference_cancels_its_finalizer),
      env_test(a_finalizer_may_delete_its_reference),
      cmocka_unit_test(it_may_do_so_when_the_environment_goes_too),
      cmocka_unit_test(instance_data_is_finalized_with_the_environment),
      env_test(an_escaped_handle_outlives_its_scope),
      env_test(scopes_nest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
