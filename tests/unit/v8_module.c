/* ES modules: linking by C's resolver, evaluation, top-level await, synthetic modules, import() and import.meta. */
#include "v8_env.h"

enum { MAX_MODULES = 8 };
static struct {
  const char *name;
  js_module *module;
} graph[MAX_MODULES];
static int graph_size;
static char seen_attributes[256];

static js_module *add(const char *name, const char *code) {
  js_source source = {.code = str(code), .name = str(name)};
  js_module *module = NULL;
  assert_ok(js_module_compile(env, &source, (void *)name, &module));
  graph[graph_size].name = name;
  graph[graph_size++].module = module;
  return module;
}

static js_module *resolve(napi_env e, void *data, js_module *referrer, napi_value specifier, napi_value attributes) {
  const char *name = text_of(specifier);
  snprintf(seen_attributes, sizeof seen_attributes, "%s", text_of(attributes));
  for (int i = 0; i < graph_size; i++) {
    if (strcmp(graph[i].name, name) == 0) return graph[i].module;
  }
  napi_throw_error(e, "ERR_MODULE_NOT_FOUND", name);
  return NULL;
}

static int graph_open(void **state) {
  graph_size = 0;
  return env_open(state);
}

static napi_value evaluate(js_module *module) {
  napi_value promise = NULL;
  assert_ok(js_module_instantiate(env, module, resolve, NULL));
  assert_ok(js_module_evaluate(env, module, NULL, &promise));
  return promise;
}

static const char *export_of(js_module *module, const char *name) {
  napi_value ns, value;
  assert_ok(js_module_namespace(env, module, &ns));
  assert_ok(napi_get_named_property(env, ns, name, &value));
  return text_of(value);
}

static void exports_reach_the_importer(void **state) {
  js_module *main = add("main", "import { a } from 'dep'; export const b = a + 1;");
  add("dep", "export const a = 41;");
  evaluate(main);
  assert_string_equal(export_of(main, "b"), "42");
}

static void cycles_link(void **state) {
  js_module *a = add("a", "import { f } from 'b'; export const x = 5; export const y = f();");
  add("b", "import { x } from 'a'; export function f() { try { return x } catch { return 'early' } }");
  evaluate(a);
  assert_string_equal(export_of(a, "y"), "5");
}

static void requests_carry_specifier_place_and_attributes(void **state) {
  js_module *main = add("main", "import 'one';\nimport j from './x.json' with { type: 'json' };");
  size_t count;
  js_request request;
  assert_ok(js_module_request_count(env, main, &count));
  assert_int_equal(count, 2);
  assert_ok(js_module_request_get(env, main, 1, &request));
  assert_string_equal(text_of(request.specifier), "./x.json");
  assert_string_equal(text_of(request.attributes), "type,json");
  assert_int_equal(request.line, 1);
  assert_true(request.column >= 0);
  assert_false(request.source_phase);
  assert_int_equal(js_module_request_get(env, main, 2, &request), napi_invalid_arg);
}

static void the_resolver_gets_the_attributes(void **state) {
  js_module *main = add("main", "import j from 'data' with { type: 'json' }; export default j");
  add("data", "export default 'd'");
  evaluate(main);
  assert_string_equal(seen_attributes, "type,json");
}

static void an_unresolved_specifier_throws_the_resolvers_error(void **state) {
  js_module *main = add("main", "import 'missing'");
  assert_int_equal(js_module_instantiate(env, main, resolve, NULL), napi_pending_exception);
  assert_string_equal(exception_text(), "Error: missing");
}

static void a_missing_export_is_a_syntax_error(void **state) {
  js_module *main = add("main", "import { nope } from 'dep'");
  add("dep", "export const a = 1");
  assert_int_equal(js_module_instantiate(env, main, resolve, NULL), napi_pending_exception);
  assert_non_null(strstr(exception_text(), "SyntaxError: The requested module 'dep' does not provide an export"));
}

static void source_errors_are_pending_with_their_place(void **state) {
  js_source source = {.code = str("export const a = 1;\nexport nonsense"), .name = str("bad.mjs")};
  js_module *module = NULL;
  napi_value exception;
  js_message message;
  assert_int_equal(js_module_compile(env, &source, NULL, &module), napi_pending_exception);
  assert_ok(napi_get_and_clear_last_exception(env, &exception));
  assert_ok(js_message_of(env, exception, &message));
  assert_int_equal(message.line, 2);
  assert_string_equal(text_of(message.resource), "bad.mjs");
  assert_string_equal(text_of(message.source_line), "export nonsense");
}

static void evaluation_without_await_is_settled_at_once(void **state) {
  js_module *main = add("main", "export const a = 1");
  js_promise_state settled;
  bool async;
  napi_value promise = evaluate(main);
  assert_ok(js_promise_details(env, promise, &settled, NULL));
  assert_int_equal(settled, js_promise_fulfilled);
  assert_ok(js_module_is_async(env, main, &async));
  assert_false(async);
}

static void top_level_await_settles_later(void **state) {
  js_module *main = add("main", "export let a = 1; await null; a = 2;");
  js_promise_state settled;
  bool async;
  napi_value promise = evaluate(main);
  assert_ok(js_promise_details(env, promise, &settled, NULL));
  assert_int_equal(settled, js_promise_pending);
  assert_ok(js_module_is_async(env, main, &async));
  assert_true(async);
  assert_ok(js_microtasks_run(env));
  assert_ok(js_promise_details(env, promise, &settled, NULL));
  assert_int_equal(settled, js_promise_fulfilled);
  assert_string_equal(export_of(main, "a"), "2");
}

static void a_throwing_module_is_errored(void **state) {
  js_module *main = add("main", "throw new TypeError('bad')");
  js_module_status status;
  js_promise_state settled;
  napi_value reason, promise = evaluate(main);
  assert_ok(js_promise_details(env, promise, &settled, &reason));
  assert_int_equal(settled, js_promise_rejected);
  assert_string_equal(text_of(reason), "TypeError: bad");
  assert_ok(js_module_status_get(env, main, &status));
  assert_int_equal(status, js_module_errored);
  assert_ok(js_module_error(env, main, &reason));
  assert_string_equal(text_of(reason), "TypeError: bad");
}

static napi_status set_exports(napi_env e, js_module *module) {
  return js_module_export_set(e, module, str("default"), str("made by C"));
}
static napi_status fail_to_evaluate(napi_env e, js_module *module) {
  napi_throw_error(e, NULL, "synthetic failure");
  return napi_pending_exception;
}

static js_module *synthetic(const char *name, napi_status (*steps)(napi_env, js_module *)) {
  js_module *module = NULL;
  assert_ok(js_module_synthetic(env, str(name), run("['default', 'other']"), NULL, NULL, steps, NULL, &module));
  graph[graph_size].name = name;
  graph[graph_size++].module = module;
  return module;
}

static void a_synthetic_module_exports_what_c_sets(void **state) {
  js_module *main = add("main", "import d, { other } from 'c'; export const r = d + '/' + other");
  synthetic("c", set_exports);
  evaluate(main);
  assert_string_equal(export_of(main, "r"), "made by C/undefined");
}

static void a_synthetic_module_may_throw(void **state) {
  js_module *main = add("main", "import d from 'c'");
  napi_value reason, promise;
  js_promise_state settled;
  synthetic("c", fail_to_evaluate);
  promise = evaluate(main);
  assert_ok(js_promise_details(env, promise, &settled, &reason));
  assert_int_equal(settled, js_promise_rejected);
  assert_string_equal(text_of(reason), "Error: synthetic failure");
}

static void data_and_name_are_the_makers(void **state) {
  js_module *main = add("main", "0");
  napi_value name;
  assert_string_equal((const char *)js_module_data(main), "main");
  assert_ok(js_module_name(env, main, &name));
  assert_string_equal(text_of(name), "main");
}

/* ---- callbacks */

static char imported[256];
static napi_status on_import(napi_env e, void *data, const js_import *import, napi_value *promise) {
  napi_deferred deferred;
  napi_value value;
  snprintf(imported, sizeof imported, "%s|%s|%s", text_of(import->referrer), text_of(import->specifier),
           text_of(import->attributes));
  if (strcmp(text_of(import->specifier), "bad") == 0) {
    napi_throw_type_error(e, NULL, "refused");
    return napi_pending_exception;
  }
  napi_create_promise(e, &deferred, promise);
  value = str("namespace");
  return napi_resolve_deferred(e, deferred, value);
}

static void on_meta(napi_env e, void *data, js_module *module, napi_value meta) {
  napi_set_named_property(e, meta, "url", str((const char *)js_module_data(module)));
}

static int callbacks_open(void **state) {
  test_callbacks.import_dynamic = on_import;
  test_callbacks.import_meta = on_meta;
  graph_size = 0;
  return env_open(state);
}

static void import_in_a_script_asks_with_its_name(void **state) {
  run("globalThis.p = import('x'); p.then(v => { globalThis.got = v })");
  assert_string_equal(imported, "test.js|x|");
  assert_ok(js_microtasks_run(env));
  assert_string_equal(eval("got"), "namespace");
}

static void import_in_a_compiled_function_asks_with_its_name(void **state) {
  js_source source = {.code = str("return import('y', { with: { type: 'json' } })"), .name = str("/app/file.js")};
  napi_value function, result;
  assert_ok(js_function_compile(env, &source, NULL, 0, &function));
  assert_ok(js_call(env, NULL, function, 0, NULL, &result));
  assert_string_equal(imported, "/app/file.js|y|type,json");
}

static void import_in_a_module_asks_with_its_name(void **state) {
  evaluate(add("mod.mjs", "export const p = import('z')"));
  assert_string_equal(imported, "mod.mjs|z|");
}

static void a_refused_import_rejects(void **state) {
  run("import('bad').catch(e => { globalThis.reason = String(e) })");
  assert_ok(js_microtasks_run(env));
  assert_string_equal(eval("reason"), "TypeError: refused");
}

static void import_meta_is_filled_on_first_use(void **state) {
  js_module *main = add("main", "export const u = import.meta.url");
  evaluate(main);
  assert_string_equal(export_of(main, "u"), "main");
}

int main(void) {
#define graph_test(f) cmocka_unit_test_setup_teardown(f, graph_open, env_close)
#define callback_test(f) cmocka_unit_test_setup_teardown(f, callbacks_open, env_close)
  const struct CMUnitTest tests[] = {
      graph_test(exports_reach_the_importer),
      graph_test(cycles_link),
      graph_test(requests_carry_specifier_place_and_attributes),
      graph_test(the_resolver_gets_the_attributes),
      graph_test(an_unresolved_specifier_throws_the_resolvers_error),
      graph_test(a_missing_export_is_a_syntax_error),
      graph_test(source_errors_are_pending_with_their_place),
      graph_test(evaluation_without_await_is_settled_at_once),
      graph_test(top_level_await_settles_later),
      graph_test(a_throwing_module_is_errored),
      graph_test(a_synthetic_module_exports_what_c_sets),
      graph_test(a_synthetic_module_may_throw),
      graph_test(data_and_name_are_the_makers),
      callback_test(import_in_a_script_asks_with_its_name),
      callback_test(import_in_a_compiled_function_asks_with_its_name),
      callback_test(import_in_a_module_asks_with_its_name),
      callback_test(a_refused_import_rejects),
      callback_test(import_meta_is_filled_on_first_use),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
