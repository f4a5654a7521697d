/* What util.inspect asks: the class of a value, proxies, entries of collections, constructor names. */
#include "v8_env.h"

static uint32_t class_of(const char *code) {
  return js_value_class(run(code));
}

static void each_class_has_its_bit(void **state) {
  static const struct {
    const char *code;
    uint32_t bits;
  } cases[] = {
      {"1", 0},
      {"'x'", 0},
      {"({})", 0},
      {"[]", 0},
      {"(function () {})", 0},
      {"new Date", js_is_date},
      {"(function () { return arguments })()", js_is_arguments},
      {"Object(1n)", js_is_bigint_object},
      {"Object(true)", js_is_boolean_object},
      {"Object(1)", js_is_number_object},
      {"Object('')", js_is_string_object},
      {"Object(Symbol())", js_is_symbol_object},
      {"new TypeError", js_is_native_error},
      {"/x/", js_is_regexp},
      {"(async () => {})", js_is_async_function},
      {"(function* () {})", js_is_generator_function},
      {"(async function* () {})", js_is_generator_function | js_is_async_function},
      {"(function* () {})()", js_is_generator_object},
      {"Promise.resolve()", js_is_promise},
      {"new Map", js_is_map},
      {"new Set", js_is_set},
      {"new Map().keys()", js_is_map_iterator},
      {"new Set().values()", js_is_set_iterator},
      {"new WeakMap", js_is_weak_map},
      {"new WeakSet", js_is_weak_set},
      {"new ArrayBuffer(1)", js_is_array_buffer},
      {"new DataView(new ArrayBuffer(1))", js_is_data_view},
      {"new SharedArrayBuffer(1)", js_is_shared_array_buffer},
      {"new Proxy({}, {})", js_is_proxy},
      {"new Uint8Array", js_is_typed_array},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (class_of(cases[i].code) != cases[i].bits) fail_msg("%s: %x", cases[i].code, class_of(cases[i].code));
  }
}

static void proxies_show_target_and_handler(void **state) {
  napi_value target, handler;
  assert_ok(js_proxy_details(env, run("new Proxy({ t: 1 }, { get: 5 })"), &target, &handler));
  global_set("t", target);
  global_set("h", handler);
  assert_string_equal(eval("t.t + h.get"), "6");
  assert_int_equal(js_proxy_details(env, run("({})"), &target, &handler), napi_invalid_arg);
}

static void entries_are_flat(void **state) {
  napi_value entries;
  bool pairs;
  assert_ok(js_preview_entries(env, run("new Map([[1, 2], [3, 4]])"), &entries, &pairs));
  assert_string_equal(text_of(entries), "1,2,3,4");
  assert_true(pairs);
  assert_ok(js_preview_entries(env, run("new Set([1, 2])"), &entries, &pairs));
  assert_string_equal(text_of(entries), "1,2");
  assert_false(pairs);
  assert_ok(js_preview_entries(env, run("new Map([[1, 2]]).entries()"), &entries, &pairs));
  assert_true(pairs);
  assert_ok(js_preview_entries(env, run("var i = new Set([1, 2, 3]).values(); i.next(); i"), &entries, &pairs));
  assert_string_equal(text_of(entries), "2,3");
  assert_ok(js_preview_entries(env, run("var k = {}; new WeakMap([[k, 1]])"), &entries, &pairs));
  assert_true(pairs);
  assert_int_equal(js_preview_entries(env, run("1"), &entries, &pairs), napi_object_expected);
}

static void the_constructors_name_is_told(void **state) {
  napi_value name;
  assert_ok(js_constructor_name(env, run("class Foo {}; new Foo"), &name));
  assert_string_equal(text_of(name), "Foo");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(each_class_has_its_bit),
      env_test(proxies_show_target_and_handler),
      env_test(entries_are_flat),
      env_test(the_constructors_name_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
