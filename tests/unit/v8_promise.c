/* Promises: states, rejections nobody handles, hooks, microtasks, and the value that continuations carry. */
#include "v8_env.h"

static char events[512];
static void on_reject(napi_env e, void *data, js_reject_event event, napi_value promise, napi_value value) {
  snprintf(events + strlen(events), sizeof events - strlen(events), "%d:%s;", event, value ? text_of(value) : "-");
}
static int rejections_open(void **state) {
  events[0] = 0;
  test_callbacks.promise_reject = on_reject;
  return env_open(state);
}

static void details_of_each_state(void **state) {
  js_promise_state settled;
  napi_value result;
  assert_ok(js_promise_details(env, run("Promise.resolve(5)"), &settled, &result));
  assert_int_equal(settled, js_promise_fulfilled);
  assert_string_equal(text_of(result), "5");
  assert_ok(js_promise_details(env, run("var r = Promise.reject(6); r.catch(() => 0); r"), &settled, &result));
  assert_int_equal(settled, js_promise_rejected);
  assert_string_equal(text_of(result), "6");
  assert_ok(js_promise_details(env, run("new Promise(() => 0)"), &settled, &result));
  assert_int_equal(settled, js_promise_pending);
  assert_int_equal(js_promise_details(env, run("({})"), &settled, &result), napi_invalid_arg);
}

static void a_rejection_without_handler_is_told(void **state) {
  run("globalThis.p = Promise.reject(1)");
  assert_string_equal(events, "0:1;");
}

static void a_handler_that_comes_later_is_told(void **state) {
  run("globalThis.p = Promise.reject(1); p.catch(() => 0)");
  assert_string_equal(events, "0:1;1:-;");
}

static void rejecting_after_resolving_is_told(void **state) {
  run("new Promise((yes, no) => { yes(1); no(2) })");
  assert_string_equal(events, "2:2;");
}

static void resolving_twice_is_told(void **state) {
  run("new Promise((yes) => { yes(1); yes(3) })");
  assert_string_equal(events, "3:3;");
}

static void a_promise_marked_as_handled_stays_so(void **state) {
  assert_ok(js_promise_mark_handled(env, run("globalThis.p = new Promise((y, n) => { globalThis.n = n }); p")));
  run("n(1)");
  assert_string_equal(events, "");
}

static void microtasks_wait_until_they_are_run(void **state) {
  run("globalThis.log = []; Promise.resolve().then(() => log.push('then')); log.push('sync')");
  assert_string_equal(eval("log.join()"), "sync");
  assert_ok(js_microtasks_run(env));
  assert_string_equal(eval("log.join()"), "sync,then");
}

static void an_enqueued_function_runs_as_a_microtask(void **state) {
  run("globalThis.log = []");
  assert_ok(js_microtask_enqueue(env, run("() => log.push(1)")));
  assert_string_equal(eval("log.length"), "0");
  assert_ok(js_microtasks_run(env));
  assert_string_equal(eval("log.length"), "1");
}

static void a_throwing_microtask_leaves_its_error_pending(void **state) {
  assert_ok(js_microtask_enqueue(env, run("() => { throw new Error('micro') }")));
  assert_int_equal(js_microtasks_run(env), napi_pending_exception);
  assert_string_equal(exception_text(), "Error: micro");
}

static void hooks_see_a_promises_life(void **state) {
  run("globalThis.log = []");
  assert_ok(js_promise_hooks_set(env, run("(p, parent) => log.push(parent ? 'child' : 'init')"),
                                 run("() => log.push('before')"), run("() => log.push('after')"),
                                 run("() => log.push('settled')")));
  run("Promise.resolve().then(() => {})");
  assert_ok(js_microtasks_run(env));
  assert_ok(js_promise_hooks_set(env, NULL, NULL, NULL, NULL));
  assert_string_equal(eval("log.join()"), "init,settled,child,before,settled,after");
}

static void then_carries_the_continuation_value(void **state) {
  napi_value value, get;
  run("globalThis.seen = []");
  assert_ok(js_continuation_set(env, run("({ id: 'A' })")));
  run("globalThis.p = Promise.resolve()");
  (void)get;
  assert_ok(js_continuation_get(env, &value));
  global_set("v", value);
  assert_string_equal(eval("v.id"), "A");
}

static napi_value current(napi_env e, napi_callback_info info) {
  napi_value value = NULL;
  js_continuation_get(e, &value);
  return value;
}

static void await_and_then_restore_the_value(void **state) {
  napi_value f;
  assert_ok(napi_create_function(env, "current", NAPI_AUTO_LENGTH, current, NULL, &f));
  global_set("current", f);
  run("globalThis.seen = []; globalThis.gate = new Promise(y => { globalThis.open = y })");
  assert_ok(js_continuation_set(env, run("'A'")));
  run("(async () => { await gate; seen.push('await ' + current()); await null; seen.push('again ' + current()) })();"
      "gate.then(() => seen.push('then ' + current()))");
  assert_ok(js_continuation_set(env, run("'B'")));
  run("gate.then(() => seen.push('then ' + current())); open()");
  assert_ok(js_continuation_set(env, NULL));
  assert_ok(js_microtasks_run(env));
  assert_string_equal(eval("seen.join()"), "await A,then A,then B,again A");
}

static void a_deferred_settles_its_promise(void **state) {
  napi_deferred deferred;
  napi_value promise;
  js_promise_state settled;
  assert_ok(napi_create_promise(env, &deferred, &promise));
  assert_ok(napi_resolve_deferred(env, deferred, str("done")));
  assert_ok(js_promise_details(env, promise, &settled, NULL));
  assert_int_equal(settled, js_promise_fulfilled);
  assert_ok(napi_create_promise(env, &deferred, &promise));
  assert_ok(napi_reject_deferred(env, deferred, str("no")));
  assert_ok(js_promise_details(env, promise, &settled, NULL));
  assert_int_equal(settled, js_promise_rejected);
}

static void a_deferred_that_is_never_settled_goes_with_the_environment(void **state) {
  napi_deferred deferred;
  napi_value promise;
  assert_ok(napi_create_promise(env, &deferred, &promise));
}

int main(void) {
#define rejection_test(f) cmocka_unit_test_setup_teardown(f, rejections_open, env_close)
  const struct CMUnitTest tests[] = {
      env_test(details_of_each_state),
      rejection_test(a_rejection_without_handler_is_told),
      rejection_test(a_handler_that_comes_later_is_told),
      rejection_test(rejecting_after_resolving_is_told),
      rejection_test(resolving_twice_is_told),
      rejection_test(a_promise_marked_as_handled_stays_so),
      env_test(microtasks_wait_until_they_are_run),
      env_test(an_enqueued_function_runs_as_a_microtask),
      env_test(a_throwing_microtask_leaves_its_error_pending),
      env_test(hooks_see_a_promises_life),
      env_test(then_carries_the_continuation_value),
      env_test(await_and_then_restore_the_value),
      env_test(a_deferred_settles_its_promise),
      env_test(a_deferred_that_is_never_settled_goes_with_the_environment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
