/* Node-API functions and classes, and that every Node-API symbol is the program's own. */
#include <dlfcn.h>

#include "v8_env.h"

static napi_value describe(napi_env e, napi_callback_info info) {
  size_t argc = 3;
  napi_value argv[3], self, target, out;
  void *data;
  char text[128];
  napi_valuetype third;
  napi_get_cb_info(e, info, &argc, argv, &self, &data);
  napi_get_new_target(e, info, &target);
  napi_typeof(e, argv[2], &third);
  snprintf(text, sizeof text, "%zu %s %d %s", argc, (const char *)data, third == napi_undefined,
           target == NULL ? "call" : "new");
  napi_create_string_utf8(e, text, NAPI_AUTO_LENGTH, &out);
  return out;
}

static void a_callback_sees_arguments_and_data(void **state) {
  napi_value f;
  assert_ok(napi_create_function(env, "describe", NAPI_AUTO_LENGTH, describe, "D", &f));
  global_set("f", f);
  assert_string_equal(eval("f(1, 2)"), "2 D 1 call");
  assert_string_equal(eval("f(1, 2, 3, 4)"), "4 D 0 call");
  assert_string_equal(eval("f.name"), "describe");
}

static void calls_pass_receiver_and_arguments(void **state) {
  napi_value result, argv[2] = {str("a"), str("b")};
  assert_ok(napi_call_function(env, str("self"), run("(function (a, b) { 'use strict'; return this + a + b })"), 2,
                               argv, &result));
  assert_string_equal(text_of(result), "selfab");
  assert_ok(js_call(env, NULL, run("(function () { 'use strict'; return String(this) })"), 0, NULL, &result));
  assert_string_equal(text_of(result), "undefined");
  assert_int_equal(js_call(env, NULL, str("x"), 0, NULL, &result), napi_function_expected);
  assert_int_equal(napi_call_function(env, NULL, str("x"), 0, NULL, &result), napi_invalid_arg);
}

static void instances_are_made(void **state) {
  napi_value object, one;
  assert_ok(napi_create_int32(env, 3, &one));
  assert_ok(napi_new_instance(env, run("Array"), 1, &one, &object));
  global_set("o", object);
  assert_string_equal(eval("o.length"), "3");
}

/* ---- a class */

static int freed;
static void counter_free(napi_env e, void *data, void *hint) {
  freed++;
  free(data);
}
static napi_value counter_new(napi_env e, napi_callback_info info) {
  napi_value self;
  napi_get_cb_info(e, info, NULL, NULL, &self, NULL);
  int *count = calloc(1, sizeof *count);
  napi_wrap(e, self, count, counter_free, NULL, NULL);
  return self;
}
static napi_value counter_add(napi_env e, napi_callback_info info) {
  napi_value self, out = NULL;
  void *count;
  napi_get_cb_info(e, info, NULL, NULL, &self, NULL);
  if (napi_unwrap(e, self, &count) != napi_ok) return NULL;
  napi_create_int32(e, ++*(int *)count, &out);
  return out;
}
static napi_value counter_get(napi_env e, napi_callback_info info) {
  napi_value self, out = NULL;
  void *count;
  napi_get_cb_info(e, info, NULL, NULL, &self, NULL);
  if (napi_unwrap(e, self, &count) == napi_ok) napi_create_int32(e, *(int *)count, &out);
  return out;
}
static napi_value counter_make(napi_env e, napi_callback_info info) { return str("static"); }

static void class_set(void) {
  napi_value class;
  const napi_property_descriptor properties[] = {
      {.utf8name = "add", .method = counter_add, .attributes = napi_default_method},
      {.utf8name = "count", .getter = counter_get, .attributes = napi_enumerable},
      {.utf8name = "make", .method = counter_make, .attributes = napi_static},
      {.utf8name = "tag", .value = run("({ t: 1 })"), .attributes = napi_default_jsproperty},
  };
  assert_ok(napi_define_class(env, "Counter", NAPI_AUTO_LENGTH, counter_new, NULL, 4, properties, &class));
  global_set("Counter", class);
}

static void a_class_has_methods_accessors_and_statics(void **state) {
  class_set();
  assert_string_equal(eval("var c = new Counter(); c.add(); c.add(); c.count"), "2");
  assert_string_equal(eval("Counter.name + Counter.make() + c.tag.t + (c instanceof Counter)"), "Counterstatic1true");
  assert_string_equal(eval("class Sub extends Counter {}; var s = new Sub(); s.add(); s.count"), "1");
}

static void a_method_refuses_other_receivers(void **state) {
  class_set();
  assert_string_equal(eval("try { Counter.prototype.add.call({}) } catch (e) { e.name }"), "TypeError");
}

static void wrapped_memory_is_freed_with_its_object(void **state) {
  class_set();
  freed = 0;
  js_scope scope;
  js_scope_open(env, &scope);
  run("for (let i = 0; i < 10; i++) new Counter()");
  js_scope_close(&scope);
  collect_garbage();
  assert_true(freed == 9 || freed == 10); /* the stack may still hold one */
}

static void wrapped_memory_is_freed_with_the_environment(void **state) {
  env_open(state);
  class_set();
  freed = 0;
  run("globalThis.keep = new Counter()");
  env_close(state);
  assert_int_equal(freed, 1);
}

static void a_wrap_is_removed_without_its_finalizer(void **state) {
  int thing;
  void *data = NULL;
  napi_value object = run("({})");
  freed = 0;
  assert_ok(napi_wrap(env, object, &thing, counter_free, NULL, NULL));
  assert_int_equal(napi_wrap(env, object, &thing, NULL, NULL, NULL), napi_invalid_arg);
  assert_ok(napi_remove_wrap(env, object, &data));
  assert_ptr_equal(data, &thing);
  assert_int_equal(napi_unwrap(env, object, &data), napi_invalid_arg);
  collect_garbage();
  assert_int_equal(freed, 0);
}

/* libnode.so exports the same names: a missing one of ours would silently be Node's. */
static void every_function_is_our_own(void **state) {
#define OURS(f) \
  { #f, (void *)(uintptr_t)&f }
  const struct {
    const char *name;
    void *address;
  } functions[] = {
      OURS(napi_create_function),
      OURS(napi_create_buffer),
      OURS(napi_create_buffer_copy),
      OURS(napi_create_external_buffer),
      OURS(napi_is_buffer),
      OURS(napi_get_buffer_info),
      OURS(napi_get_node_version),
      OURS(napi_fatal_error),
      OURS(napi_adjust_external_memory),
      OURS(napi_set_instance_data),
      OURS(napi_get_version),
      OURS(napi_detach_arraybuffer),
      OURS(napi_object_seal),
      OURS(napi_get_last_error_info),
      OURS(napi_run_script),
      OURS(napi_define_class),
      OURS(node_api_symbol_for),
      OURS(node_api_throw_syntax_error),
  };
  Dl_info self, info;
  assert_int_not_equal(dladdr((void *)(uintptr_t)&env_open, &self), 0);
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(RTLD_DEFAULT, functions[i].name);
    if (found == NULL || dladdr(found, &info) == 0 || strcmp(info.dli_fname, self.dli_fname) != 0)
      fail_msg("%s is not the program's", functions[i].name);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      env_test(a_callback_sees_arguments_and_data),
      env_test(calls_pass_receiver_and_arguments),
      env_test(instances_are_made),
      env_test(a_class_has_methods_accessors_and_statics),
      env_test(a_method_refuses_other_receivers),
      env_test(wrapped_memory_is_freed_with_its_object),
      cmocka_unit_test(wrapped_memory_is_freed_with_the_environment),
      env_test(a_wrap_is_removed_without_its_finalizer),
      cmocka_unit_test(every_function_is_our_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
