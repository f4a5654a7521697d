/* Structured clone: what survives, what moves, what is refused. */
#include "v8_env.h"

static napi_value clone(napi_value value, napi_value transfer) {
  uint8_t *data = NULL;
  size_t size = 0;
  napi_value out = NULL;
  if (js_serialize(env, value, transfer, NULL, &data, &size) != napi_ok) return NULL;
  napi_status status = js_deserialize(env, data, size, transfer, NULL, &out);
  free(data);
  return status == napi_ok ? out : NULL;
}

static void values_are_copied(void **state) {
  napi_value copy = clone(run("globalThis.v = { a: [1, new Date(5), /x/g], m: new Map([[1, new Set([2])]]), b: 3n,"
                              "u: new Uint8Array([1, 2]), e: new RangeError('r') }; v.self = v; v"),
                          NULL);
  assert_non_null(copy);
  global_set("c", copy);
  assert_string_equal(eval("c !== v && c.self === c"), "true");
  assert_string_equal(
      eval("[c.a[1].getTime(), c.a[2].flags, c.m.get(1).has(2), c.b, c.u.join('-'), c.e.message].join()"),
      "5,g,true,3,1-2,r");
}

static void functions_are_refused(void **state) {
  assert_null(clone(run("({ f() {} })"), NULL));
  assert_non_null(strstr(exception_text(), "could not be cloned"));
}

static void native_handles_are_refused(void **state) {
  static const js_type type = {"t", NULL};
  static int thing;
  napi_value handle;
  assert_ok(js_handle_create(env, &type, &thing, &handle));
  assert_null(clone(handle, NULL));
  exception_text();
}

static void getters_that_throw_pass_their_exception_on(void **state) {
  assert_null(clone(run("({ get a() { throw new TypeError('mine') } })"), NULL));
  assert_string_equal(exception_text(), "TypeError: mine");
}

static void transferred_buffers_move(void **state) {
  run("globalThis.buf = new Uint8Array([1, 2, 3]).buffer; globalThis.list = [buf]");
  napi_value copy = clone(run("({ buf })"), run("list"));
  assert_non_null(copy);
  global_set("c", copy);
  assert_string_equal(eval("buf.byteLength + ',' + new Uint8Array(c.buf).join()"), "0,1,2,3");
}

static void marked_objects_are_handed_over(void **state) {
  uint8_t *data = NULL;
  size_t size = 0;
  napi_value hosts = run("globalThis.hosts = []"), copy = NULL;
  run("globalThis.marked = { secret: 1 }; globalThis.shared = new SharedArrayBuffer(4);"
      "globalThis.v = { marked, again: marked, plain: { a: 1 }, shared }");
  assert_ok(js_host_object_mark(env, run("marked")));
  assert_ok(js_serialize(env, run("v"), NULL, hosts, &data, &size));
  assert_string_equal(eval("hosts.length === 2 && hosts.includes(marked) && hosts.includes(shared)"), "true");
  run("globalThis.other = { instead: 1 }; hosts[hosts.indexOf(marked)] = other");
  assert_ok(js_deserialize(env, data, size, NULL, hosts, &copy));
  free(data);
  global_set("c", copy);
  assert_string_equal(eval("c.marked === other && c.again === other && c.plain.a"), "1");
  run("new Uint8Array(shared)[0] = 7");
  assert_string_equal(eval("c.shared !== shared && new Uint8Array(c.shared)[0]"), "7");
}

static void what_is_no_buffer_cannot_be_transferred(void **state) {
  uint8_t *data;
  size_t size;
  assert_int_equal(js_serialize(env, run("1"), run("[1]"), NULL, &data, &size), napi_arraybuffer_expected);
}

static void broken_data_is_refused(void **state) {
  napi_value out;
  assert_int_not_equal(js_deserialize(env, (const uint8_t *)"\xff\x0f\x01", 3, NULL, NULL, &out), napi_ok);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(values_are_copied),
      env_test(functions_are_refused),
      env_test(native_handles_are_refused),
      env_test(getters_that_throw_pass_their_exception_on),
      env_test(transferred_buffers_move),
      env_test(what_is_no_buffer_cannot_be_transferred),
      env_test(marked_objects_are_handed_over),
      env_test(broken_data_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
