/* Node-API values: creating and reading primitives, types, coercion, comparison, dates, big integers. */
#include "v8_env.h"

static napi_valuetype type_of(const char *code) {
  napi_valuetype type;
  assert_ok(napi_typeof(env, run(code), &type));
  return type;
}

static void each_type_is_told(void **state) {
  napi_value external;
  napi_valuetype type;
  assert_int_equal(type_of("undefined"), napi_undefined);
  assert_int_equal(type_of("null"), napi_null);
  assert_int_equal(type_of("true"), napi_boolean);
  assert_int_equal(type_of("1.5"), napi_number);
  assert_int_equal(type_of("''"), napi_string);
  assert_int_equal(type_of("Symbol()"), napi_symbol);
  assert_int_equal(type_of("({})"), napi_object);
  assert_int_equal(type_of("[]"), napi_object);
  assert_int_equal(type_of("(() => 1)"), napi_function);
  assert_int_equal(type_of("class A {}; A"), napi_function);
  assert_int_equal(type_of("1n"), napi_bigint);
  assert_ok(napi_create_external(env, &type, NULL, NULL, &external));
  assert_ok(napi_typeof(env, external, &type));
  assert_int_equal(type, napi_external);
}

static void integers_wrap_like_in_js(void **state) {
  int32_t i32;
  uint32_t u32;
  int64_t i64;
  assert_ok(napi_get_value_int32(env, run("4294967297"), &i32));
  assert_int_equal(i32, 1);
  assert_ok(napi_get_value_int32(env, run("-1.9"), &i32));
  assert_int_equal(i32, -1);
  assert_ok(napi_get_value_int32(env, run("Infinity"), &i32));
  assert_int_equal(i32, 0);
  assert_ok(napi_get_value_uint32(env, run("-1"), &u32));
  assert_int_equal(u32, 0xffffffffu);
  assert_ok(napi_get_value_int64(env, run("2 ** 53"), &i64));
  assert_true(i64 == INT64_C(9007199254740992));
  assert_ok(napi_get_value_int64(env, run("NaN"), &i64));
  assert_true(i64 == 0);
  assert_ok(napi_get_value_int64(env, run("1e300"), &i64));
  assert_true(i64 == INT64_MAX);
  assert_int_equal(napi_get_value_int32(env, run("'1'"), &i32), napi_number_expected);
}

static void numbers_are_made(void **state) {
  napi_value value;
  assert_ok(napi_create_uint32(env, 4294967295u, &value));
  assert_string_equal(text_of(value), "4294967295");
  assert_ok(napi_create_int64(env, -(INT64_C(1) << 40), &value));
  assert_string_equal(text_of(value), "-1099511627776");
  assert_ok(napi_create_double(env, 0.5, &value));
  assert_string_equal(text_of(value), "0.5");
}

static void coercion_runs_js_and_may_throw(void **state) {
  napi_value value;
  assert_ok(napi_coerce_to_number(env, run("({ valueOf: () => 3 })"), &value));
  assert_string_equal(text_of(value), "3");
  assert_int_equal(napi_coerce_to_string(env, run("({ toString() { throw 9 } })"), &value), napi_pending_exception);
  assert_string_equal(exception_text(), "9");
  assert_ok(napi_coerce_to_bool(env, run("''"), &value));
  assert_string_equal(text_of(value), "false");
  assert_int_equal(napi_coerce_to_object(env, run("null"), &value), napi_object_expected);
}

static void strict_equality_and_instanceof(void **state) {
  bool is;
  assert_ok(napi_strict_equals(env, run("NaN"), run("NaN"), &is));
  assert_false(is);
  assert_ok(napi_strict_equals(env, str("a"), str("a"), &is));
  assert_true(is);
  assert_ok(napi_instanceof(env, run("[]"), run("Array"), &is));
  assert_true(is);
  assert_int_equal(napi_instanceof(env, run("[]"), run("1"), &is), napi_function_expected);
  assert_string_equal(exception_text(), "TypeError: Constructor must be a function");
}

static void symbols_are_unique_or_registered(void **state) {
  napi_value symbol;
  assert_ok(node_api_symbol_for(env, "key", NAPI_AUTO_LENGTH, &symbol));
  global_set("s", symbol);
  assert_string_equal(eval("s === Symbol.for('key')"), "true");
  assert_ok(napi_create_symbol(env, str("d"), &symbol));
  global_set("s", symbol);
  assert_string_equal(eval("s.description"), "d");
}

static void dates_hold_milliseconds(void **state) {
  napi_value date;
  double time;
  bool is;
  assert_ok(napi_create_date(env, 86400000, &date));
  assert_ok(napi_is_date(env, date, &is));
  assert_true(is);
  assert_ok(napi_get_date_value(env, date, &time));
  assert_true(time == 86400000);
  assert_int_equal(napi_get_date_value(env, run("1"), &time), napi_date_expected);
}

static void big_integers_tell_what_they_lost(void **state) {
  int64_t i64;
  uint64_t u64;
  bool lossless;
  assert_ok(napi_get_value_bigint_int64(env, run("-5n"), &i64, &lossless));
  assert_true(i64 == -5 && lossless);
  assert_ok(napi_get_value_bigint_uint64(env, run("2n ** 64n + 1n"), &u64, &lossless));
  assert_true(u64 == 1 && !lossless);
  assert_int_equal(napi_get_value_bigint_int64(env, run("1"), &i64, &lossless), napi_bigint_expected);
}

static void big_integers_have_words(void **state) {
  napi_value big;
  const uint64_t words[2] = {1, 2};
  uint64_t out[2] = {0, 0};
  size_t count = 2;
  int sign;
  assert_ok(napi_create_bigint_words(env, 1, 2, words, &big));
  assert_string_equal(text_of(big), "-36893488147419103233");
  assert_ok(napi_get_value_bigint_words(env, big, &sign, &count, out));
  assert_int_equal(sign, 1);
  assert_int_equal(count, 2);
  assert_true(out[0] == 1 && out[1] == 2);
}

static void missing_arguments_are_refused(void **state) {
  double number;
  assert_int_equal(napi_get_value_double(env, NULL, &number), napi_invalid_arg);
  assert_int_equal(napi_get_undefined(NULL, NULL), napi_invalid_arg);
  assert_int_equal(napi_get_undefined(env, NULL), napi_invalid_arg);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(each_type_is_told),
      env_test(integers_wrap_like_in_js),
      env_test(numbers_are_made),
      env_test(coercion_runs_js_and_may_throw),
      env_test(strict_equality_and_instanceof),
      env_test(symbols_are_unique_or_registered),
      env_test(dates_hold_milliseconds),
      env_test(big_integers_tell_what_they_lost),
      env_test(big_integers_have_words),
      env_test(missing_arguments_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
