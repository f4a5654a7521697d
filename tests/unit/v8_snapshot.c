/* Startup snapshots: what a blob keeps, and what comes back to life in an environment made from it. */
#include "v8_env.h"

static napi_value probe_add(napi_env e, napi_callback_info info) {
  napi_value argv[2], sum;
  size_t argc = 2;
  double a = 0, b = 0;
  napi_get_cb_info(e, info, &argc, argv, NULL, NULL);
  napi_get_value_double(e, argv[0], &a);
  napi_get_value_double(e, argv[1], &b);
  napi_create_double(e, a + b, &sum);
  return sum;
}

static napi_status probe_init(napi_env e, napi_value exports) {
  napi_value answer;
  napi_create_int32(e, 42, &answer);
  return napi_set_named_property(e, exports, "answer", answer);
}

static const js_function probe_functions[] = {{"add", probe_add}, {NULL, NULL}};
static const js_binding probe = {"probe", probe_functions, probe_init};
static const js_function other_functions[] = {{"sum", probe_add}, {NULL, NULL}};
static const js_binding other = {"other", other_functions, NULL};
static const js_binding *const bindings[] = {&probe, &other, NULL};

static uint8_t *blob;
static size_t blob_size;

static const char *build_code;

static napi_status build(napi_env e, void *data) {
  napi_value exports, global, result;
  js_source source = {0};
  napi_status status;
  env = e;
  if ((status = js_binding_get(e, "other", &exports)) != napi_ok) return status;
  if ((status = napi_get_global(e, &global)) != napi_ok) return status;
  if ((status = napi_set_named_property(e, global, "other", exports)) != napi_ok) return status;
  source.code = str(build_code);
  source.name = str("build.js");
  if ((status = js_script_run(e, &source, &result)) != napi_ok) return status;
  return js_snapshot_set(e, 3, result);
}

static void snapshot_open(const char *code) {
  js_platform_options platform = {.threads = 2, .flags = getenv("V8_FLAGS")};
  assert_ok(js_platform_init(&platform));
  js_env_options options = {.bindings = bindings};
  build_code = code;
  assert_ok(js_snapshot_create(&options, build, NULL, &blob, &blob_size));
  assert_non_null(blob);
  options.snapshot = blob;
  options.snapshot_size = blob_size;
  assert_ok(js_env_create(&options, &env));
  js_scope_open(env, &test_scope);
}

static int snapshot_close(void **state) {
  env_close(state);
  free(blob);
  blob = NULL;
  return 0;
}

static void values_of_the_builder_are_there(void **state) {
  napi_value kept;
  snapshot_open("globalThis.list = new Map([[1, 'one']]); ({ kept: true })");
  assert_string_equal(eval("list.get(1)"), "one");
  assert_ok(js_snapshot_get(env, 3, &kept));
  global_set("kept", kept);
  assert_string_equal(eval("JSON.stringify(kept)"), "{\"kept\":true}");
}

static void native_functions_are_called_again(void **state) {
  snapshot_open("globalThis.twice = x => other.sum(x, x); 0");
  assert_string_equal(eval("twice(21)"), "42");
  assert_string_equal(eval("other.sum.name"), "sum");
}

static void exports_of_a_binding_stay_the_same_object(void **state) {
  napi_value exports;
  snapshot_open("0");
  assert_ok(js_binding_get(env, "other", &exports));
  global_set("again", exports);
  assert_string_equal(eval("again === other"), "true");
}

static void bindings_that_were_not_used_can_be_had_later(void **state) {
  napi_value exports;
  snapshot_open("0");
  assert_ok(js_binding_get(env, "probe", &exports));
  global_set("probe", exports);
  assert_string_equal(eval("probe.add(1, 2) + probe.answer"), "45");
  assert_int_equal(js_binding_get(env, "nothing", &exports), napi_invalid_arg);
}

static void typed_arrays_and_promises_survive(void **state) {
  snapshot_open(
      "globalThis.bytes = new Uint8Array([1, 2, 3]); globalThis.p = Promise.resolve(7);"
      "globalThis.big = new Uint8Array(100000).fill(9); p.then(v => { globalThis.seen = v }); 0");
  assert_string_equal(eval("bytes.join()"), "1,2,3");
  assert_string_equal(eval("big[99999]"), "9");
  assert_string_equal(eval("seen"), "7");
  run("p.then(v => { globalThis.later = v + 1 })");
  assert_ok(js_microtasks_run(env));
  assert_string_equal(eval("later"), "8");
}

static void buffers_keep_their_prototype(void **state) {
  napi_value buffer;
  snapshot_open("globalThis.proto = Object.create(Uint8Array.prototype); 0");
  assert_ok(js_buffer_prototype_set(env, run("proto")));
  assert_ok(js_buffer_create(env, 3, NULL, &buffer));
  global_set("b", buffer);
  assert_string_equal(eval("Object.getPrototypeOf(b) === proto"), "true");
}

static void other_contexts_begin_without_the_builders_globals(void **state) {
  napi_value sandbox, context, result;
  snapshot_open("globalThis.secret = 1; 0");
  assert_ok(napi_create_object(env, &sandbox));
  assert_ok(js_context_create(env, &(js_context_options){.sandbox = sandbox, .own_microtasks = false}, &context, NULL));
  js_source source = {.code = str("typeof secret + typeof Array"), .name = str("vm.js")};
  assert_ok(js_context_run(env, context, &source, NULL, &result));
  assert_string_equal(text_of(result), "undefinedfunction");
}

static void resizable_buffers_and_shared_memory_exist_after_restoring(void **state) {
  snapshot_open("0");
  assert_string_equal(eval("typeof SharedArrayBuffer + typeof ArrayBuffer.prototype.resize"), "functionfunction");
  assert_string_equal(eval("typeof WebAssembly"), "object");
}

static void errors_of_the_builder_are_reported(void **state) {
  js_platform_options platform = {.threads = 2, .flags = getenv("V8_FLAGS")};
  js_env_options options = {.bindings = bindings};
  uint8_t *none = NULL;
  size_t size = 0;
  assert_ok(js_platform_init(&platform));
  build_code = "throw new Error('no')";
  assert_int_equal(js_snapshot_create(&options, build, NULL, &none, &size), napi_pending_exception);
  assert_null(none);
}

static void a_broken_blob_is_refused(void **state) {
  static const uint8_t junk[1024] = {1, 2, 3};
  js_env_options options = {.bindings = bindings, .snapshot = junk, .snapshot_size = sizeof junk};
  napi_env none = NULL;
  assert_int_not_equal(js_env_create(&options, &none), napi_ok);
}

static void environments_of_different_blobs_do_not_mix(void **state) {
  js_env_options options = {.bindings = bindings};
  napi_env other_env = NULL;
  uint8_t *other_blob = NULL;
  size_t other_size = 0;
  snapshot_open("0");
  assert_int_equal(js_env_create(&options, &other_env), napi_generic_failure);
  assert_int_equal(js_snapshot_create(&options, build, NULL, &other_blob, &other_size), napi_generic_failure);
  options.snapshot = blob;
  options.snapshot_size = blob_size;
  assert_ok(js_env_create(&options, &other_env));
  js_env_destroy(other_env);
}

int main(void) {
#define snapshot_test(f) cmocka_unit_test_teardown(f, snapshot_close)
  const struct CMUnitTest tests[] = {
      snapshot_test(values_of_the_builder_are_there),
      snapshot_test(native_functions_are_called_again),
      snapshot_test(exports_of_a_binding_stay_the_same_object),
      snapshot_test(bindings_that_were_not_used_can_be_had_later),
      snapshot_test(typed_arrays_and_promises_survive),
      snapshot_test(buffers_keep_their_prototype),
      snapshot_test(other_contexts_begin_without_the_builders_globals),
      snapshot_test(resizable_buffers_and_shared_memory_exist_after_restoring),
      snapshot_test(environments_of_different_blobs_do_not_mix),
      cmocka_unit_test(errors_of_the_builder_are_reported),
      cmocka_unit_test(a_broken_blob_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
