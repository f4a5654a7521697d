/* Strings between C and JS: Latin-1, UTF-8, UTF-16, interned and external ones. */
#include "v8_env.h"

static void latin1_bytes_are_code_points(void **state) {
  napi_value value;
  assert_ok(js_string_latin1(env, "caf\xe9", 4, &value));
  global_set("s", value);
  assert_string_equal(eval("s === 'caf\\u00e9'"), "true");
}

static void utf8_is_decoded(void **state) {
  napi_value value;
  assert_ok(js_string_utf8(env, "\xe2\x82\xac\xf0\x9f\x98\x80", 7, &value));
  global_set("s", value);
  assert_string_equal(eval("s === '\\u20ac\\u{1f600}'"), "true");
}

static void invalid_utf8_becomes_replacement_characters(void **state) {
  napi_value value;
  assert_ok(js_string_utf8(env,
                           "a\xff"
                           "b",
                           3, &value));
  global_set("s", value);
  assert_string_equal(eval("s === 'a\\ufffdb'"), "true");
}

static void bytes_after_the_first_eight_are_looked_at(void **state) {
  napi_value value;
  assert_ok(js_string_utf8(env, "12345678\xc3\xa9", 10, &value));
  global_set("s", value);
  assert_string_equal(eval("s.length"), "9");
}

static void a_nul_is_a_character(void **state) {
  napi_value value;
  assert_ok(js_string_utf8(env, "a\0b", 3, &value));
  global_set("s", value);
  assert_string_equal(eval("s.length + s.charCodeAt(1)"), "3");
}

static void info_tells_length_and_width(void **state) {
  size_t length;
  bool one_byte;
  assert_ok(js_string_info(env, run("'caf\\u00e9'"), &length, &one_byte));
  assert_int_equal(length, 4);
  assert_true(one_byte);
  assert_ok(js_string_info(env, run("'\\u20ac'"), &length, &one_byte));
  assert_false(one_byte);
  assert_int_equal(js_string_info(env, run("1"), &length, &one_byte), napi_string_expected);
}

static void utf8_is_written_in_whole_characters(void **state) {
  char buffer[8];
  size_t written;
  memset(buffer, '#', sizeof buffer);
  assert_ok(js_string_write_utf8(env, run("'a\\u20acb'"), buffer, 3, &written));
  assert_int_equal(written, 1);
  assert_int_equal(buffer[1], '#');
  assert_ok(js_string_write_utf8(env, run("'a\\u20acb'"), buffer, 4, &written));
  assert_int_equal(written, 4);
}

static void lone_surrogates_are_written_as_replacement(void **state) {
  char buffer[8];
  size_t written;
  assert_ok(js_string_write_utf8(env, run("'\\ud800'"), buffer, sizeof buffer, &written));
  assert_int_equal(written, 3);
  assert_memory_equal(buffer, "\xef\xbf\xbd", 3);
}

static void utf8_length_matches_what_is_written(void **state) {
  size_t bytes, written;
  char buffer[32];
  napi_value value = run("'a\\u00e9\\u20ac\\u{1f600}'");
  assert_ok(js_string_utf8_length(env, value, &bytes));
  assert_ok(js_string_write_utf8(env, value, buffer, sizeof buffer, &written));
  assert_int_equal(bytes, 10);
  assert_int_equal(written, 10);
}

static void latin1_and_utf16_are_written_without_terminator(void **state) {
  char buffer[] = "####";
  uint16_t wide[4] = {1, 1, 1, 1};
  size_t written;
  assert_ok(js_string_write_latin1(env, run("'ab'"), buffer, 4, &written));
  assert_int_equal(written, 2);
  assert_int_equal(buffer[2], '#');
  assert_ok(js_string_write_utf16(env, run("'a\\u20ac'"), wide, 4, &written));
  assert_int_equal(written, 2);
  assert_int_equal(wide[1], 0x20ac);
  assert_int_equal(wide[2], 1);
}

static int released;
static void on_release(const char *bytes, void *hint) {
  released++;
  *(int *)hint += 1;
}

static void an_external_string_releases_its_bytes_once(void **state) {
  static char bytes[5000];
  int hint = 0;
  napi_value value;
  js_scope scope;
  memset(bytes, 'x', sizeof bytes);
  released = 0;
  js_scope_open(env, &scope);
  assert_ok(js_string_external_latin1(env, bytes, sizeof bytes, on_release, &hint, &value));
  global_set("s", value);
  assert_string_equal(eval("s.length + s[4999]"), "5000x");
  assert_int_equal(released, 0);
  run("globalThis.s = null");
  js_scope_close(&scope);
  collect_garbage();
  assert_int_equal(released, 1);
  assert_int_equal(hint, 1);
}

static void a_short_external_string_is_copied(void **state) {
  int hint = 0;
  napi_value value;
  assert_ok(js_string_external_latin1(env, "abc", 3, on_release, &hint, &value));
  assert_int_equal(hint, 1);
  assert_string_equal(text_of(value), "abc");
}

static void node_api_reads_with_terminator_and_tells_the_length(void **state) {
  char buffer[4];
  size_t length;
  napi_value value = run("'abcdef'");
  assert_ok(napi_get_value_string_utf8(env, value, NULL, 0, &length));
  assert_int_equal(length, 6);
  assert_ok(napi_get_value_string_utf8(env, value, buffer, sizeof buffer, &length));
  assert_int_equal(length, 3);
  assert_string_equal(buffer, "abc");
  assert_ok(napi_get_value_string_latin1(env, value, buffer, sizeof buffer, &length));
  assert_string_equal(buffer, "abc");
  assert_int_equal(napi_get_value_string_utf8(env, run("1"), buffer, 4, &length), napi_string_expected);
}

static void node_api_takes_terminated_strings(void **state) {
  napi_value value;
  assert_ok(napi_create_string_utf8(env, "hello", NAPI_AUTO_LENGTH, &value));
  assert_string_equal(text_of(value), "hello");
  assert_ok(napi_create_string_utf8(env, NULL, 0, &value));
  assert_string_equal(text_of(value), "");
  assert_int_equal(napi_create_string_utf8(env, NULL, 3, &value), napi_invalid_arg);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(latin1_bytes_are_code_points),
      env_test(utf8_is_decoded),
      env_test(invalid_utf8_becomes_replacement_characters),
      env_test(bytes_after_the_first_eight_are_looked_at),
      env_test(a_nul_is_a_character),
      env_test(info_tells_length_and_width),
      env_test(utf8_is_written_in_whole_characters),
      env_test(lone_surrogates_are_written_as_replacement),
      env_test(utf8_length_matches_what_is_written),
      env_test(latin1_and_utf16_are_written_without_terminator),
      env_test(an_external_string_releases_its_bytes_once),
      env_test(a_short_external_string_is_copied),
      env_test(node_api_reads_with_terminator_and_tells_the_length),
      env_test(node_api_takes_terminated_strings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
