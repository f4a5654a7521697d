#include "held.h"

napi_status held_set(held *h, napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  held_clear(h, env);
  if (value == NULL || napi_typeof(env, value, &type) != napi_ok || (type != napi_object && type != napi_function))
    return napi_ok;
  napi_status status = napi_create_reference(env, value, 1, &h->ref);
  if (status != napi_ok) h->ref = NULL;
  return status;
}

void held_clear(held *h, napi_env env) {
  napi_ref ref = h->ref;
  h->ref = NULL;
  if (ref != NULL) napi_delete_reference(env, ref);
}

napi_status held_call(held *h, runtime *rt, napi_value recv, size_t argc, const napi_value *argv) {
  napi_value function = held_value(h, runtime_env(rt));
  return function != NULL ? runtime_call(rt, recv, function, argc, argv, NULL) : napi_ok;
}

napi_status held_call_once(held *h, runtime *rt, napi_value recv, size_t argc, const napi_value *argv) {
  napi_value function = held_value(h, runtime_env(rt));
  held_clear(h, runtime_env(rt));
  return function != NULL ? runtime_call(rt, recv, function, argc, argv, NULL) : napi_ok;
}

napi_status held_call_numbers(held *h, runtime *rt, size_t count, const double *numbers) {
  enum { MOST = 4 };
  napi_value argv[MOST];
  napi_env env = runtime_env(rt);
  js_scope scope;
  if (count > MOST) return napi_invalid_arg;
  if (held_empty(h)) return napi_ok;
  js_scope_open(env, &scope);
  napi_status status = napi_ok;
  for (size_t i = 0; i < count && status == napi_ok; i++) status = napi_create_double(env, numbers[i], &argv[i]);
  if (status == napi_ok) status = held_call(h, rt, NULL, count, argv);
  js_scope_close(&scope);
  return status;
}
