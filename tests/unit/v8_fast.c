/* Fast calls: optimised code goes into the C function of js_fast, others into the one with handles; both also out of a
 * snapshot. */
#include "v8_env.h"

static int slow_calls, fast_calls;

static napi_value slow_add(napi_env e, napi_callback_info info) {
  size_t count = 3, length = 0;
  napi_value argv[3], out;
  void *data = NULL;
  uint32_t more = 0;
  napi_get_cb_info(e, info, &count, argv, NULL, NULL);
  js_bytes_get(e, argv[0], &data, &length);
  napi_get_value_uint32(e, argv[2], &more);
  size_t text = 0;
  js_string_utf8_length(e, argv[1], &text);
  slow_calls++;
  napi_create_double(e, (double)(length + text + more), &out);
  return out;
}

static double fast_add(napi_value self, napi_value view, const js_fast_text *text, uint32_t more) {
  js_fast_storage storage;
  size_t length;
  js_fast_bytes(view, &storage, &length);
  fast_calls++;
  return (double)(length + text->length + more);
}

static napi_value slow_mark(napi_env e, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value argv[1];
  void *data = NULL;
  napi_get_cb_info(e, info, &count, argv, NULL, NULL);
  if (js_bytes_get(e, argv[0], &data, &length) == napi_ok && length > 0) ((uint8_t *)data)[0] = 7;
  slow_calls++;
  return NULL;
}

static void fast_mark(napi_value self, napi_value view) {
  size_t length;
  uint8_t *data = js_fast_bytes_move(view, &length);
  if (length > 0) data[0] = 7;
  fast_calls++;
}

static const js_fast add_fast = {
    (void (*)(void))fast_add, js_fast_double, 3, {js_fast_value, js_fast_string, js_fast_uint32}};
static const js_fast mark_fast = {(void (*)(void))fast_mark, js_fast_void, 1, {js_fast_value}};
static const js_function functions[] = {
    {"add", slow_add, &add_fast}, {"mark", slow_mark, &mark_fast}, {NULL, NULL, NULL}};
static const js_binding binding = {"fast", functions, NULL};
static const js_binding *const bindings[] = {&binding, NULL};

static int fast_open(void **state) {
  test_bindings = bindings;
  env_open(state);
  assert_ok(js_platform_start_threads()); /* which optimise */
  napi_value exports;
  assert_ok(js_binding_get(env, "fast", &exports));
  global_set("b", exports);
  slow_calls = fast_calls = 0;
  return 0;
}

#define HOT(call)                                                               \
  "(() => { const f = (v, s) => " call                                          \
  "; let r = 0; for (let i = 0; i < 2000000; i++) r = f(view, text); return r " \
  "})()"

static void optimised_code_takes_the_fast_call(void **state) {
  run("globalThis.view = new Uint8Array(100); globalThis.text = 'he'");
  assert_string_equal(eval(HOT("b.add(v, s, 1)")), "103");
  assert_true(fast_calls > 0);
  assert_int_equal(fast_calls + slow_calls, 2000000);
}

static void what_does_not_fit_takes_the_other(void **state) {
  run("globalThis.view = {}; globalThis.text = '\\u20ac'");
  assert_string_equal(eval(HOT("b.add(v, s, 1)")), "4"); /* no text of one-byte units */
  assert_int_equal(slow_calls, 2000000);
  run("text = 'ab'");
  assert_string_equal(eval(HOT("b.add(v, s)")), "2"); /* an argument is missing */
  assert_int_equal(fast_calls, 0);
}

static void a_small_array_is_written_in_place(void **state) {
  run("globalThis.view = 0; globalThis.text = 0");
  assert_string_equal(eval(HOT("(() => { const a = new Uint8Array(4); b.mark(a); return a[0] })()")), "7");
  assert_true(fast_calls > 0);
}

static napi_status keep_binding(napi_env e, void *data) {
  napi_value exports;
  napi_status status = js_binding_get(e, "fast", &exports);
  return status == napi_ok ? js_snapshot_set(e, 0, exports) : status;
}

static void a_snapshot_keeps_them(void **state) {
  uint8_t *blob;
  size_t size;
  napi_value exports;
  js_platform_options platform = {.threads = 2};
  assert_ok(js_platform_init(&platform));
  assert_ok(js_platform_start_threads());
  js_env_options options = {.bindings = bindings};
  assert_ok(js_snapshot_create(&options, keep_binding, NULL, &blob, &size));
  options.snapshot = blob;
  options.snapshot_size = size;
  assert_ok(js_env_create(&options, &env));
  js_scope_open(env, &test_scope);
  assert_ok(js_snapshot_get(env, 0, &exports));
  global_set("b", exports);
  slow_calls = fast_calls = 0;
  run("globalThis.view = new Uint8Array(3); globalThis.text = 'a'");
  assert_string_equal(eval(HOT("b.add(v, s, 2)")), "6");
  assert_true(fast_calls > 0);
  env_close(state);
  free(blob);
}

int main(void) {
#define fast_test(f) cmocka_unit_test_setup_teardown(f, fast_open, env_close)
  const struct CMUnitTest tests[] = {
      fast_test(optimised_code_takes_the_fast_call),
      fast_test(what_does_not_fit_takes_the_other),
      fast_test(a_small_array_is_written_in_place),
      cmocka_unit_test(a_snapshot_keeps_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
