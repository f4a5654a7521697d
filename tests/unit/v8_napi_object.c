/* Node-API objects: properties by key, name and index, definitions, names, freezing, type tags. */
#include "v8_env.h"

static void properties_by_key_name_and_index(void **state) {
  napi_value object, value;
  bool has;
  assert_ok(napi_create_object(env, &object));
  assert_ok(napi_set_named_property(env, object, "a", str("1")));
  assert_ok(napi_set_property(env, object, run("Symbol.for('s')"), str("2")));
  assert_ok(napi_set_element(env, object, 7, str("3")));
  assert_ok(napi_get_property(env, object, str("a"), &value));
  assert_string_equal(text_of(value), "1");
  assert_ok(napi_get_element(env, object, 7, &value));
  assert_string_equal(text_of(value), "3");
  assert_ok(napi_has_named_property(env, object, "toString", &has));
  assert_true(has);
  assert_ok(napi_has_own_property(env, object, str("toString"), &has));
  assert_false(has);
  assert_ok(napi_delete_element(env, object, 7, &has));
  assert_true(has);
  assert_ok(napi_has_element(env, object, 7, &has));
  assert_false(has);
  assert_int_equal(napi_has_own_property(env, object, run("1"), &has), napi_name_expected);
}

static void getters_that_throw_leave_an_exception(void **state) {
  napi_value value;
  assert_int_equal(napi_get_named_property(env, run("({ get a() { throw 5 } })"), "a", &value), napi_pending_exception);
  assert_string_equal(exception_text(), "5");
  assert_int_equal(napi_get_named_property(env, run("null"), "a", &value), napi_object_expected);
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
}

static napi_value get_data(napi_env e, napi_callback_info info) {
  void *data;
  napi_value out;
  napi_get_cb_info(e, info, NULL, NULL, NULL, &data);
  napi_create_int32(e, *(int *)data, &out);
  return out;
}
static napi_value set_data(napi_env e, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1];
  void *data;
  napi_get_cb_info(e, info, &argc, argv, NULL, &data);
  napi_get_value_int32(e, argv[0], data);
  return NULL;
}

static void definitions_keep_their_attributes(void **state) {
  int data = 4;
  napi_value object;
  const napi_property_descriptor properties[] = {
      {.utf8name = "method", .method = get_data, .data = &data},
      {.utf8name = "accessor", .getter = get_data, .setter = set_data, .data = &data, .attributes = napi_enumerable},
      {.utf8name = "fixed", .value = str("v"), .attributes = napi_enumerable},
      {.name = run("Symbol.for('w')"), .value = str("w"), .attributes = napi_default_jsproperty},
  };
  assert_ok(napi_create_object(env, &object));
  assert_ok(napi_define_properties(env, object, 4, properties));
  global_set("o", object);
  assert_string_equal(eval("o.method() + ',' + o.method.name"), "4,method");
  assert_string_equal(eval("o.accessor = 9; o.accessor"), "9");
  assert_int_equal(data, 9);
  assert_string_equal(eval("o.fixed = 1; o.fixed"), "v");
  assert_string_equal(eval("Object.keys(o).join()"), "accessor,fixed");
  assert_string_equal(eval("o[Symbol.for('w')] = 2; o[Symbol.for('w')]"), "2");
  assert_string_equal(eval("Object.getOwnPropertyDescriptor(o, 'fixed').configurable"), "false");
}

static void property_names_follow_the_filter(void **state) {
  napi_value names, object =
                        run("Object.create({ inherited: 1 }, { own: { value: 1, enumerable: true },"
                            "hidden: { value: 1 }, [Symbol('s')]: { value: 1, enumerable: true },"
                            "3: { value: 1, enumerable: true } })");
  assert_ok(napi_get_property_names(env, object, &names));
  assert_string_equal(text_of(names), "3,own,inherited");
  assert_ok(napi_get_all_property_names(env, object, napi_key_own_only, napi_key_skip_symbols,
                                        napi_key_numbers_to_strings, &names));
  assert_string_equal(text_of(names), "3,own,hidden");
  assert_ok(js_own_non_index_keys(env, object, false, &names));
  global_set("names", names);
  assert_string_equal(eval("names.map(String).join()"), "own,hidden,Symbol(s)");
  assert_ok(js_own_non_index_keys(env, object, true, &names));
  global_set("names", names);
  assert_string_equal(eval("names.map(String).join()"), "own,Symbol(s)");
}

static void arrays_know_their_length(void **state) {
  napi_value array;
  uint32_t length;
  bool is;
  assert_ok(napi_create_array_with_length(env, 3, &array));
  assert_ok(napi_is_array(env, array, &is));
  assert_true(is);
  assert_ok(napi_get_array_length(env, array, &length));
  assert_int_equal(length, 3);
  assert_int_equal(napi_get_array_length(env, run("({})"), &length), napi_array_expected);
}

static void objects_freeze_and_seal(void **state) {
  napi_value object = run("globalThis.o = { a: 1 }; o");
  assert_ok(napi_object_seal(env, object));
  assert_string_equal(eval("o.b = 1; o.a = 2; [o.b, o.a].join()"), ",2");
  assert_ok(napi_object_freeze(env, object));
  assert_string_equal(eval("Object.isFrozen(o)"), "true");
}

static void a_type_tag_is_set_once(void **state) {
  static const napi_type_tag tag = {1, 0}, other = {1, 2};
  napi_value object = run("({})");
  bool is;
  assert_ok(napi_check_object_type_tag(env, object, &tag, &is));
  assert_false(is);
  assert_ok(napi_type_tag_object(env, object, &tag));
  assert_ok(napi_check_object_type_tag(env, object, &tag, &is));
  assert_true(is);
  assert_ok(napi_check_object_type_tag(env, object, &other, &is));
  assert_false(is);
  assert_int_equal(napi_type_tag_object(env, object, &other), napi_invalid_arg);
}

static void the_prototype_is_told(void **state) {
  napi_value prototype;
  assert_ok(napi_get_prototype(env, run("[]"), &prototype));
  global_set("p", prototype);
  assert_string_equal(eval("p === Array.prototype"), "true");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(properties_by_key_name_and_index),
      env_test(getters_that_throw_leave_an_exception),
      env_test(definitions_keep_their_attributes),
      env_test(property_names_follow_the_filter),
      env_test(arrays_know_their_length),
      env_test(objects_freeze_and_seal),
      env_test(a_type_tag_is_set_once),
      env_test(the_prototype_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
