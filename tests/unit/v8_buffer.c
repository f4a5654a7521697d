/* Bytes shared between C and JS: Buffers, ArrayBuffers, typed arrays, DataViews, and who frees them. */
#include "v8_env.h"

static void bytes_of_all_that_has_bytes(void **state) {
  void *data;
  size_t length;
  static const char *const sources[] = {"new Uint8Array([7, 8, 9, 10]).subarray(1)",
                                        "new Uint8Array([8, 9, 10]).buffer",
                                        "new DataView(new Uint8Array([7, 8, 9, 10]).buffer, 1)",
                                        "var s = new SharedArrayBuffer(3); new Uint8Array(s).set([8, 9, 10]); s", NULL};
  for (int i = 0; sources[i] != NULL; i++) {
    assert_ok(js_bytes_get(env, run(sources[i]), &data, &length));
    assert_int_equal(length, 3);
    assert_memory_equal(data, "\x08\x09\x0a", 3);
  }
  assert_int_equal(js_bytes_get(env, run("[1]"), &data, &length), napi_invalid_arg);
  assert_int_equal(js_bytes_get(env, run("'abc'"), &data, &length), napi_invalid_arg);
}

static void c_and_js_see_each_others_writes(void **state) {
  napi_value buffer;
  void *data;
  assert_ok(js_buffer_create(env, 4, &data, &buffer));
  memcpy(data, "abcd", 4);
  global_set("b", buffer);
  assert_string_equal(eval("b[0] = 122; b.join()"), "122,98,99,100");
  assert_int_equal(*(char *)data, 'z');
}

static void a_buffer_nobody_fills_is_zeroed(void **state) {
  napi_value buffer;
  assert_ok(js_buffer_create(env, 1000, NULL, &buffer));
  global_set("b", buffer);
  assert_string_equal(eval("b.every(x => x === 0)"), "true");
}

static void empty_buffers_work(void **state) {
  napi_value buffer;
  void *data = &buffer;
  size_t length = 1;
  assert_ok(js_buffer_create(env, 0, &data, &buffer));
  assert_ok(js_bytes_get(env, buffer, &data, &length));
  assert_int_equal(length, 0);
  assert_ok(js_buffer_adopt(env, malloc(0), 0, &buffer));
}

static void adopted_memory_is_freed(void **state) { /* the leak check of `make asan` says whether */
  napi_value buffer;
  js_scope scope;
  js_scope_open(env, &scope);
  char *memory = malloc(100000);
  memset(memory, 1, 100000);
  assert_ok(js_buffer_adopt(env, memory, 100000, &buffer));
  js_scope_close(&scope);
  collect_garbage();
}

static int freed;
static void on_free(napi_env e, void *data, void *hint) {
  freed++;
  free(data);
}

static void external_memory_is_finalized_when_collected(void **state) {
  napi_value buffer;
  js_scope scope;
  int64_t next;
  freed = 0;
  js_scope_open(env, &scope);
  assert_ok(napi_create_external_buffer(env, 1000, malloc(1000), on_free, NULL, &buffer));
  assert_ok(napi_create_external_arraybuffer(env, malloc(1000), 1000, on_free, NULL, &buffer));
  js_scope_close(&scope);
  for (int i = 0; i < 1000 && freed < 2; i++) {
    assert_ok(js_heap_collect(env));
    assert_ok(js_tasks_run(env, &next));
  }
  assert_int_equal(freed, 2);
}

static void external_memory_is_finalized_with_the_environment(void **state) {
  napi_value buffer;
  env_open(state);
  freed = 0;
  assert_ok(napi_create_external_buffer(env, 1000, malloc(1000), on_free, NULL, &buffer));
  global_set("b", buffer);
  env_close(state);
  assert_int_equal(freed, 1);
}

static void a_copy_is_independent(void **state) {
  napi_value buffer;
  void *copy;
  char bytes[] = "abc";
  assert_ok(napi_create_buffer_copy(env, 3, bytes, &copy, &buffer));
  bytes[0] = 'z';
  assert_memory_equal(copy, "abc", 3);
}

static void typed_arrays_are_made_and_described(void **state) {
  napi_value buffer, array, same;
  napi_typedarray_type type;
  size_t length, offset;
  void *data;
  bool is;
  assert_ok(napi_create_arraybuffer(env, 16, &data, &buffer));
  assert_ok(napi_create_typedarray(env, napi_float64_array, 1, buffer, 8, &array));
  assert_ok(napi_get_typedarray_info(env, array, &type, &length, NULL, &same, &offset));
  assert_int_equal(type, napi_float64_array);
  assert_int_equal(length, 1);
  assert_int_equal(offset, 8);
  assert_ok(napi_strict_equals(env, buffer, same, &is));
  assert_true(is);
  assert_int_equal(napi_create_typedarray(env, napi_int32_array, 1, buffer, 3, &array), napi_invalid_arg);
  assert_non_null(strstr(exception_text(), "start offset of Int32Array should be a multiple of 4"));
  assert_int_equal(napi_create_typedarray(env, napi_int32_array, 5, buffer, 0, &array), napi_invalid_arg);
  assert_string_equal(exception_text(), "RangeError: Invalid typed array length");
}

static void data_views_are_bounded(void **state) {
  napi_value buffer, view;
  size_t length, offset;
  assert_ok(napi_create_arraybuffer(env, 16, NULL, &buffer));
  assert_ok(napi_create_dataview(env, 8, buffer, 4, &view));
  assert_ok(napi_get_dataview_info(env, view, &length, NULL, NULL, &offset));
  assert_int_equal(length, 8);
  assert_int_equal(offset, 4);
  assert_int_equal(napi_create_dataview(env, 8, buffer, 12, &view), napi_pending_exception);
  exception_text();
}

static void an_array_buffer_detaches(void **state) {
  napi_value buffer;
  bool is;
  assert_ok(napi_create_arraybuffer(env, 16, NULL, &buffer));
  assert_ok(napi_is_detached_arraybuffer(env, buffer, &is));
  assert_false(is);
  assert_ok(napi_detach_arraybuffer(env, buffer));
  assert_ok(napi_is_detached_arraybuffer(env, buffer, &is));
  assert_true(is);
}

static void buffers_are_recognised(void **state) {
  bool is;
  void *data;
  size_t length;
  assert_ok(napi_is_buffer(env, run("new Uint8Array(1)"), &is));
  assert_true(is);
  assert_ok(napi_is_buffer(env, run("({})"), &is));
  assert_false(is);
  assert_int_equal(napi_get_buffer_info(env, run("({})"), &data, &length), napi_invalid_arg);
}

static void held_bytes_outlive_their_object(void **state) {
  js_bytes bytes, moved;
  js_scope scope;
  js_scope_open(env, &scope);
  run("globalThis.view = new Uint8Array(100000).fill(7).subarray(10)");
  assert_ok(js_bytes_hold(env, run("view"), js_bytes_write, &bytes));
  assert_int_equal(bytes.length, 99990);
  ((uint8_t *)bytes.data)[0] = 9; /* the object's own memory */
  assert_string_equal(eval("view[0]"), "9");
  run("globalThis.taken = view.buffer.transfer(); taken = view = undefined");
  js_scope_close(&scope);
  collect_garbage();
  moved = bytes; /* the struct may move */
  assert_int_equal(((uint8_t *)moved.data)[0], 9);
  assert_int_equal(((uint8_t *)moved.data)[99989], 7);
  js_bytes_drop(&moved);
  assert_null(moved.data);
  js_bytes_drop(&moved); /* nothing */
}

static void what_may_shrink_is_copied_for_a_reader(void **state) {
  js_bytes bytes;
  run("globalThis.memory = new ArrayBuffer(100000, { maxByteLength: 200000 }); new Uint8Array(memory).fill(5)");
  assert_ok(js_bytes_hold(env, run("new Uint8Array(memory)"), js_bytes_read, &bytes));
  run("memory.resize(0)");
  assert_int_equal(((uint8_t *)bytes.data)[99999], 5);
  js_bytes_drop(&bytes);
  assert_int_equal(js_bytes_hold(env, run("({})"), js_bytes_read, &bytes), napi_invalid_arg);
  assert_ok(js_bytes_hold(env, run("new Uint8Array(0)"), js_bytes_read, &bytes));
  assert_int_equal(bytes.length, 0);
  js_bytes_drop(&bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(bytes_of_all_that_has_bytes),
      env_test(c_and_js_see_each_others_writes),
      env_test(a_buffer_nobody_fills_is_zeroed),
      env_test(empty_buffers_work),
      env_test(adopted_memory_is_freed),
      env_test(external_memory_is_finalized_when_collected),
      cmocka_unit_test(external_memory_is_finalized_with_the_environment),
      env_test(a_copy_is_independent),
      env_test(typed_arrays_are_made_and_described),
      env_test(data_views_are_bounded),
      env_test(an_array_buffer_detaches),
      env_test(buffers_are_recognised),
      env_test(held_bytes_outlive_their_object),
      env_test(what_may_shrink_is_copied_for_a_reader),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
