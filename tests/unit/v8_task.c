/* Tasks and the heap: what the engine posts to the loop, its limits, several environments at once. */
#include <pthread.h>
#include <stdatomic.h>

#include "v8_env.h"

static atomic_int wakes;
static void on_wake(void *data) { wakes++; }
static int wake_open(void **state) {
  test_callbacks.wake = on_wake;
  env_open(state);
  assert_ok(js_platform_start_threads());
  return 0;
}

static void finalization_callbacks_run_as_tasks(void **state) {
  int64_t next;
  js_scope scope;
  js_scope_open(env, &scope);
  run("globalThis.seen = 0; globalThis.registry = new FinalizationRegistry(v => { seen += v });"
      "(() => { registry.register({}, 7) })()");
  js_scope_close(&scope);
  assert_ok(js_microtasks_run(env)); /* a KeepDuringJob ends */
  wakes = 0;
  assert_ok(js_heap_collect(env));
  assert_true(wakes > 0);
  assert_ok(js_tasks_run(env, &next));
  assert_string_equal(eval("seen"), "7");
}

static int uncaught_count;
static char uncaught_last[64];
static void on_uncaught(napi_env in, void *data, napi_value exception) {
  uncaught_count++;
  snprintf(uncaught_last, sizeof uncaught_last, "%s", text_of(exception));
}
static int uncaught_open(void **state) {
  uncaught_count = 0;
  test_callbacks.uncaught = on_uncaught;
  return env_open(state);
}
static void throwing_finalizer(napi_env in, void *data, void *hint) { napi_throw_error(in, NULL, data); }

static void what_throws_under_nobody_is_told_at_once(void **state) {
  int64_t next;
  bool pending = true;
  napi_value f = run("(() => { throw 'microtask' })");
  assert_ok(js_microtask_enqueue(env, f));
  assert_ok(js_microtask_enqueue(env, f));
  assert_ok(js_microtasks_run(env));
  assert_int_equal(uncaught_count, 2);
  assert_string_equal(uncaught_last, "microtask");
  js_scope scope;
  js_scope_open(env, &scope);
  assert_ok(napi_add_finalizer(env, run("({})"), "finalizer", throwing_finalizer, NULL, NULL));
  assert_ok(napi_add_finalizer(env, run("({})"), "finalizer", throwing_finalizer, NULL, NULL));
  js_scope_close(&scope);
  run("0");
  assert_ok(js_heap_collect(env));
  assert_ok(js_tasks_run(env, &next));
  assert_int_equal(uncaught_count, 4);
  assert_string_equal(uncaught_last, "Error: finalizer");
  assert_ok(napi_is_exception_pending(env, &pending));
  assert_false(pending);
}

static void compiled_webassembly_arrives_through_the_loop(void **state) {
  int64_t next;
  run("WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => { globalThis.done = 1 })");
  for (int i = 0; i < 20000000 && strcmp(eval("String(globalThis.done)"), "1") != 0; i++) {
    js_scope scope;
    js_scope_open(env, &scope);
    assert_ok(js_tasks_run(env, &next));
    assert_ok(js_microtasks_run(env));
    js_scope_close(&scope);
  }
  assert_string_equal(eval("String(done)"), "1");
}

static void a_timed_wait_becomes_a_delayed_task(void **state) {
  int64_t next;
  assert_ok(js_tasks_run(env, &next));
  assert_true(next >= -1);
}

static size_t near_limit_calls;
static size_t on_near_limit(void *data, size_t current, size_t initial) {
  near_limit_calls++;
  js_terminate(env);
  return current + 64 * 1024 * 1024;
}

static void the_heap_limit_is_announced(void **state) {
  js_platform_options platform = {.threads = 2};
  assert_ok(js_platform_init(&platform));
  js_env_options options = {.max_heap_bytes = 32 * 1024 * 1024, .callbacks = {.near_heap_limit = on_near_limit}};
  napi_value f;
  assert_ok(js_env_create(&options, &env));
  js_scope_open(env, &test_scope);
  /* Not new Array(n).fill(): V8 13.6 optimises the check for a termination out of a loop with only that (Node's too). */
  f = run("(() => { const a = []; for (;;) a.push([a.length, 1, 2, 3, 4, 5, 6, 7]) })");
  assert_int_equal(js_call(env, NULL, f, 0, NULL, NULL), napi_pending_exception);
  assert_true(near_limit_calls > 0);
  assert_ok(js_terminate_cancel(env));
  env_close(state);
}

static void statistics_count(void **state) {
  js_heap_statistics statistics;
  assert_ok(js_heap_statistics_get(env, &statistics));
  assert_true(statistics.used_heap_size > 0 && statistics.total_heap_size >= statistics.used_heap_size);
  assert_true(statistics.heap_size_limit > statistics.total_heap_size);
}

static void *own_environment(void *result) {
  js_env_options options = {0};
  napi_env mine;
  js_scope scope;
  napi_value code, value;
  int32_t number = 0;
  if (js_env_create(&options, &mine) != napi_ok) return NULL;
  js_scope_open(mine, &scope);
  js_string_utf8(mine, "let s = 0; for (let i = 0; i < 1000; i++) s += [i].length; s", 60, &code);
  if (napi_run_script(mine, code, &value) == napi_ok) napi_get_value_int32(mine, value, &number);
  js_scope_close(&scope);
  js_env_destroy(mine);
  *(int32_t *)result = number;
  return NULL;
}

static void environments_live_beside_each_other(void **state) {
  pthread_t threads[3];
  int32_t results[3] = {0};
  for (int i = 0; i < 3; i++) assert_int_equal(pthread_create(&threads[i], NULL, own_environment, &results[i]), 0);
  assert_string_equal(eval("2 * 3"), "6");
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 3; i++) assert_int_equal(results[i], 1000);
}

static void termination_comes_from_any_thread(void **state);
static void *terminate(void *data) {
  js_terminate(data);
  return NULL;
}
static void termination_comes_from_any_thread(void **state) {
  pthread_t thread;
  napi_value f = run("(() => { for (;;); })");
  assert_int_equal(pthread_create(&thread, NULL, terminate, env), 0);
  assert_int_equal(js_call(env, NULL, f, 0, NULL, NULL), napi_pending_exception);
  pthread_join(thread, NULL);
  assert_ok(js_terminate_cancel(env));
  assert_string_equal(eval("1"), "1");
}

int main(void) {
#define wake_test(f) cmocka_unit_test_setup_teardown(f, wake_open, env_close)
  const struct CMUnitTest tests[] = {
      wake_test(finalization_callbacks_run_as_tasks),
      wake_test(compiled_webassembly_arrives_through_the_loop),
      cmocka_unit_test_setup_teardown(what_throws_under_nobody_is_told_at_once, uncaught_open, env_close),
      env_test(a_timed_wait_becomes_a_delayed_task),
      cmocka_unit_test(the_heap_limit_is_announced),
      env_test(statistics_count),
      env_test(environments_live_beside_each_other),
      env_test(termination_comes_from_any_thread),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  js_platform_dispose();
  return failed;
}
