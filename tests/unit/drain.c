/* What a drain tells the services, in which order, and what it waits for. */
#include "runtime/drain.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "runtime/runtime.h"

typedef struct door {
  runtime_service service; /* first */
  drain_reason reason;     /* 0: not told */
  bool paused, paused_when_told, drained, leaves;
} door;

static runtime *rt;
static int ends;

static void door_pause(runtime_service *s, bool paused) { ((door *)s)->paused = paused; }

static void door_drain(runtime_service *s, drain_reason reason) {
  door *d = (door *)s;
  d->reason = reason;
  d->paused_when_told = d->paused;
  if (d->leaves) runtime_service_remove(rt, s);
}

static bool door_drained(runtime_service *s) { return ((door *)s)->drained; }
static void door_count(runtime_service *s, drain_counts *counts) { counts->of[DRAIN_WEBSOCKET] += 2; }

static door door_make(void) {
  return (door){.service = {.pause = door_pause, .drain = door_drain, .drained = door_drained, .count = door_count}};
}

static void ended(void *data) { ends++; }
static void turn(void) { uv_run(runtime_loop(rt), UV_RUN_NOWAIT); }

static int open_runtime(void **state) {
  static const char *const argv[] = {"unit"};
  static const runtime_host host = {.terminates = true};
  runtime_options options = {0};
  ends = 0;
  return runtime_create(&options, &rt) == 0 && runtime_start(rt, 1, argv, &host) == 0 ? 0 : -1;
}

static int close_runtime(void **state) { return runtime_destroy(rt); }

static void eval(const char *code) { assert_int_equal(runtime_main(rt, "eval", 1, &code), 0); }

static void services_pause_before_they_are_told(void **state) {
  door first = door_make(), second = door_make();
  second.leaves = true;
  runtime_service_add(rt, &first.service);
  runtime_service_add(rt, &second.service);
  runtime_drain(rt, DRAIN_RELOAD, ended, NULL);
  runtime_drain(rt, DRAIN_STOP, ended, NULL);
  assert_int_equal(first.reason, DRAIN_RELOAD);
  assert_int_equal(second.reason, DRAIN_RELOAD);
  assert_true(first.paused_when_told && second.paused_when_told);
  turn();
  assert_int_equal(ends, 0);
  first.drained = true;
  runtime_service_changed(rt);
  assert_int_equal(ends, 0); /* from the loop only */
  turn();
  turn();
  assert_int_equal(ends, 1);
  runtime_service_remove(rt, &first.service);
}

static void a_pause_can_end_but_not_in_a_drain(void **state) {
  door early = door_make(), late = door_make(), last = door_make();
  runtime_service_add(rt, &early.service);
  runtime_pause(rt, true);
  runtime_service_add(rt, &late.service);
  assert_true(early.paused && late.paused);
  runtime_pause(rt, false);
  assert_false(early.paused || late.paused);
  runtime_drain(rt, DRAIN_STOP, ended, NULL);
  runtime_pause(rt, false);
  assert_true(early.paused && late.paused);
  runtime_service_add(rt, &last.service);
  assert_int_equal(last.reason, DRAIN_STOP);
  runtime_service_remove(rt, &early.service);
  runtime_service_remove(rt, &late.service);
  turn();
  assert_int_equal(ends, 0);
  runtime_service_remove(rt, &last.service);
  turn();
  assert_int_equal(ends, 1);
}

static void what_is_held_is_waited_for(void **state) {
  runtime_hold(rt, DRAIN_NET);
  runtime_hold(rt, DRAIN_NET);
  runtime_hold(rt, DRAIN_NOTHING);
  runtime_drain(rt, DRAIN_STOP, ended, NULL);
  runtime_release(rt, DRAIN_NET);
  turn();
  assert_int_equal(ends, 0);
  runtime_release(rt, DRAIN_NET);
  runtime_hold(rt, DRAIN_TIMER); /* what ended began something else */
  turn();
  assert_int_equal(ends, 0);
  runtime_release(rt, DRAIN_TIMER);
  turn();
  assert_int_equal(ends, 1);
}

static void handlers_run_once_between_the_two(void **state) {
  door d = door_make();
  drain_counts counts;
  runtime_service_add(rt, &d.service);
  eval("globalThis.heard = 0; process.on('SIGTERM', () => { heard++; })");
  runtime_drain(rt, DRAIN_RELOAD, ended, NULL);
  runtime_drain_count(rt, &counts);
  assert_int_equal(counts.of[DRAIN_HANDLER], 1);
  assert_int_equal(counts.of[DRAIN_WEBSOCKET], 2);
  runtime_service_remove(rt, &d.service);
  runtime_terminated(rt);
  turn();
  assert_int_equal(ends, 0); /* it may still be at it */
  eval("if (heard !== 1) throw new Error(`heard ${heard}`); process.removeAllListeners('SIGTERM')");
  runtime_terminated(rt);
  turn();
  assert_int_equal(ends, 1);
}

static void only_the_work_of_requests_holds(void **state) {
  drain_counts counts;
  js_scope scope;
  eval("setTimeout(() => {}, 1e6); require('fs').stat('/', () => {}); setInterval(() => {}, 1e6);");
  runtime_drain_count(rt, &counts);
  assert_int_equal(counts.of[DRAIN_TIMER] + counts.of[DRAIN_OPERATION], 0);
  eval("globalThis.handle = () => {"
       "globalThis.one = setTimeout(() => {}, 1e6); setTimeout(() => {}, 1e6).unref(); setInterval(() => {}, 1e6);"
       "setImmediate(() => { globalThis.two = setTimeout(() => {}, 1e6); });"
       "Promise.resolve().then(() => Promise.resolve()).then(() => { globalThis.three = setTimeout(() => {}, 1e6); });"
       "require('fs').stat('/', () => { globalThis.four = setTimeout(() => {}, 1e6); }); };");
  js_scope_open(runtime_env(rt), &scope);
  napi_value globals, handle;
  async_origin requests;
  origin_begin_requests(&requests, rt, "TCPSERVERWRAP");
  assert_int_equal(napi_get_global(runtime_env(rt), &globals), napi_ok);
  assert_int_equal(napi_get_named_property(runtime_env(rt), globals, "handle", &handle), napi_ok);
  assert_int_equal(runtime_call(rt, &requests, NULL, handle, 0, NULL, NULL), napi_ok);
  origin_end(&requests, rt);
  js_scope_close(&scope);
  runtime_drain_count(rt, &counts);
  assert_int_equal(counts.of[DRAIN_OPERATION], 1);
  do {
    uv_run(runtime_loop(rt), UV_RUN_ONCE);
    runtime_drain_count(rt, &counts);
  } while (counts.of[DRAIN_OPERATION] > 0);
  turn();
  runtime_drain_count(rt, &counts);
  assert_int_equal(counts.of[DRAIN_TIMER], 4);
  eval("two.unref(); one.unref(); one.ref(); clearTimeout(three); clearTimeout(four); setTimeout(() => {}, 1e6);");
  runtime_drain_count(rt, &counts);
  assert_int_equal(counts.of[DRAIN_TIMER], 1);
}

static void counts_are_told_by_kind(void **state) {
  char text[100], small[12];
  drain_counts counts = {.of = {[DRAIN_NET] = 3, [DRAIN_REQUEST] = 1}};
  drain_counts_describe(&counts, text, sizeof text);
  assert_string_equal(text, "1 request, 3 net connections");
  drain_counts_describe(&counts, small, sizeof small);
  assert_string_equal(small, "1 request, ");
  counts = (drain_counts){{0}};
  drain_counts_describe(&counts, text, sizeof text);
  assert_string_equal(text, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_runtime, close_runtime)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(services_pause_before_they_are_told),
      TEST(a_pause_can_end_but_not_in_a_drain),
      TEST(what_is_held_is_waited_for),
      TEST(handlers_run_once_between_the_two),
      TEST(only_the_work_of_requests_holds),
      cmocka_unit_test(counts_are_told_by_kind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
