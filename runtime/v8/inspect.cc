/* inspect.cc: what util.inspect and util.types need to know about a value. */
#include "env.h"

using namespace v8;

/* Questions in about the order of how often the answer is yes. */
uint32_t js_value_class(napi_value value) {
  Local<Value> v = to_local(value);
  uint32_t found = 0;
  if (!v->IsObject() && !v->IsExternal()) return 0;
  if (v->IsFunction()) {
    if (v->IsAsyncFunction()) found |= js_is_async_function;
    if (v->IsGeneratorFunction()) found |= js_is_generator_function;
  } else if (v->IsArray()) {
    found = 0;
  } else if (v->IsArrayBufferView()) {
    found = v->IsDataView() ? js_is_data_view : js_is_typed_array;
  } else {
    static const struct {
      bool (Value::*is)() const;
      uint32_t bit;
    } tests[] = {
        {&Value::IsNativeError, js_is_native_error},
        {&Value::IsDate, js_is_date},
        {&Value::IsRegExp, js_is_regexp},
        {&Value::IsPromise, js_is_promise},
        {&Value::IsMap, js_is_map},
        {&Value::IsSet, js_is_set},
        {&Value::IsProxy, js_is_proxy},
        {&Value::IsArrayBuffer, js_is_array_buffer},
        {&Value::IsArgumentsObject, js_is_arguments},
        {&Value::IsGeneratorObject, js_is_generator_object},
        {&Value::IsMapIterator, js_is_map_iterator},
        {&Value::IsSetIterator, js_is_set_iterator},
        {&Value::IsWeakMap, js_is_weak_map},
        {&Value::IsWeakSet, js_is_weak_set},
        {&Value::IsExternal, js_is_external},
        {&Value::IsSharedArrayBuffer, js_is_shared_array_buffer},
        {&Value::IsStringObject, js_is_string_object},
        {&Value::IsNumberObject, js_is_number_object},
        {&Value::IsBooleanObject, js_is_boolean_object},
        {&Value::IsSymbolObject, js_is_symbol_object},
        {&Value::IsBigIntObject, js_is_bigint_object},
        {&Value::IsModuleNamespaceObject, js_is_module_namespace},
    };
    for (auto &test : tests) {
      if (((*v)->*test.is)()) {
        found = test.bit;
        break;
      }
    }
  }
  return found;
}

napi_status js_proxy_details(napi_env env, napi_value value, napi_value *target, napi_value *handler) {
  CHECK(env, value != nullptr && to_local(value)->IsProxy(), napi_invalid_arg);
  Local<Proxy> proxy = to_local(value).As<Proxy>();
  if (target != nullptr) *target = to_value(proxy->GetTarget());
  if (handler != nullptr) *handler = to_value(proxy->GetHandler());
  return ok(env);
}

napi_status js_preview_entries(napi_env env, napi_value value, napi_value *entries, bool *key_value) {
  CHECK(env, value != nullptr && to_local(value)->IsObject(), napi_object_expected);
  bool pairs = false;
  Local<Array> found;
  if (!to_local(value).As<Object>()->PreviewEntries(&pairs).ToLocal(&found)) return fail(env, napi_invalid_arg);
  *entries = to_value(found);
  if (key_value != nullptr) *key_value = pairs;
  return ok(env);
}

napi_status js_constructor_name(napi_env env, napi_value object, napi_value *name) {
  CHECK(env, object != nullptr && to_local(object)->IsObject(), napi_object_expected);
  *name = to_value(to_local(object).As<Object>()->GetConstructorName());
  return ok(env);
}

napi_status js_own_non_index_keys(napi_env env, napi_value object, bool only_enumerable, napi_value *keys) {
  CHECK(env, object != nullptr && to_local(object)->IsObject(), napi_object_expected);
  Catcher catcher(env);
  Local<Array> found;
  if (!to_local(object)
           .As<Object>()
           ->GetPropertyNames(env->context(), KeyCollectionMode::kOwnOnly,
                              only_enumerable ? ONLY_ENUMERABLE : ALL_PROPERTIES, IndexFilter::kSkipIndices)
           .ToLocal(&found))
    return catcher.failed(napi_pending_exception);
  *keys = to_value(found);
  return ok(env);
}

bool js_value_is_proxy(napi_value value) { return to_local(value)->IsProxy(); }
