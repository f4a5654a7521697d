/* napi_object.cc: Node-API's objects, arrays and properties. */
#include "env.h"

using namespace v8;

/* First lines of a function on an object's property: like every property access it may run JS. */
#define ON_OBJECT(env, value, object)                            \
  RUNS_JS(env);                                                  \
  ARG(env, value);                                               \
  Local<Context> context = (env)->context();                     \
  Local<Object> object;                                          \
  if (to_local(value)->IsObject())                               \
    object = to_local(value).As<Object>();                       \
  else if (!to_local(value)->ToObject(context).ToLocal(&object)) \
  return fail(env, napi_object_expected)

static bool key_of(napi_env env, const char *utf8name, Local<String> *key) {
  return String::NewFromUtf8(env->isolate, utf8name, NewStringType::kInternalized).ToLocal(key);
}

napi_status napi_create_object(napi_env env, napi_value *result) {
  ENV(env);
  ARG(env, result);
  *result = to_value(Object::New(env->isolate));
  return ok(env);
}

napi_status napi_create_array(napi_env env, napi_value *result) {
  return napi_create_array_with_length(env, 0, result);
}

napi_status napi_create_array_with_length(napi_env env, size_t length, napi_value *result) {
  ENV(env);
  ARG(env, result);
  *result = to_value(Array::New(env->isolate, static_cast<int>(length)));
  return ok(env);
}

napi_status napi_get_array_length(napi_env env, napi_value value, uint32_t *result) {
  ENV(env);
  ARG(env, value);
  ARG(env, result);
  CHECK(env, to_local(value)->IsArray(), napi_array_expected);
  *result = to_local(value).As<Array>()->Length();
  return ok(env);
}

napi_status napi_get_prototype(napi_env env, napi_value object, napi_value *result) {
  ENV(env);
  ARG(env, object);
  ARG(env, result);
  CHECK(env, to_local(object)->IsObject(), napi_object_expected);
  *result = to_value(to_local(object).As<Object>()->GetPrototype());
  return ok(env);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

napi_status napi_get_property_names(napi_env env, napi_value object, napi_value *result) {
  return napi_get_all_property_names(env, object, napi_key_include_prototypes,
                                     static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols),
                                     napi_key_numbers_to_strings, result);
}

napi_status napi_get_all_property_names(napi_env env, napi_value value, napi_key_collection_mode key_mode,
                                        napi_key_filter key_filter, napi_key_conversion key_conversion,
                                        napi_value *result) {
  ON_OBJECT(env, value, object);
  ARG(env, result);
  unsigned filter = ALL_PROPERTIES;
  if (key_filter & napi_key_writable) filter |= ONLY_WRITABLE;
  if (key_filter & napi_key_enumerable) filter |= ONLY_ENUMERABLE;
  if (key_filter & napi_key_configurable) filter |= ONLY_CONFIGURABLE;
  if (key_filter & napi_key_skip_strings) filter |= SKIP_STRINGS;
  if (key_filter & napi_key_skip_symbols) filter |= SKIP_SYMBOLS;
  CHECK(env, key_mode == napi_key_include_prototypes || key_mode == napi_key_own_only, napi_invalid_arg);
  CHECK(env, key_conversion == napi_key_keep_numbers || key_conversion == napi_key_numbers_to_strings,
        napi_invalid_arg);
  Local<Array> names;
  if (!object
           ->GetPropertyNames(
               context,
               key_mode == napi_key_own_only ? KeyCollectionMode::kOwnOnly : KeyCollectionMode::kIncludePrototypes,
               static_cast<PropertyFilter>(filter), IndexFilter::kIncludeIndices,
               key_conversion == napi_key_keep_numbers ? KeyConversionMode::kKeepNumbers
                                                       : KeyConversionMode::kConvertToString)
           .ToLocal(&names))
    return catcher.failed();
  *result = to_value(names);
  return ok(env);
}

/* ---- by key ----------------------------------------------------------------------------------------------------- */

napi_status napi_set_property(napi_env env, napi_value value, napi_value key, napi_value property) {
  ON_OBJECT(env, value, object);
  ARG(env, key);
  ARG(env, property);
  CHECK(env, object->Set(context, to_local(key), to_local(property)).FromMaybe(false),
        catcher.failed(napi_invalid_arg));
  return ok(env);
}

napi_status napi_has_property(napi_env env, napi_value value, napi_value key, bool *result) {
  ON_OBJECT(env, value, object);
  ARG(env, key);
  ARG(env, result);
  Maybe<bool> has = object->Has(context, to_local(key));
  if (has.IsNothing()) return catcher.failed();
  *result = has.FromJust();
  return ok(env);
}

napi_status napi_get_property(napi_env env, napi_value value, napi_value key, napi_value *result) {
  ON_OBJECT(env, value, object);
  ARG(env, key);
  ARG(env, result);
  Local<Value> got;
  if (!object->Get(context, to_local(key)).ToLocal(&got)) return catcher.failed();
  *result = to_value(got);
  return ok(env);
}

napi_status napi_delete_property(napi_env env, napi_value value, napi_value key, bool *result) {
  ON_OBJECT(env, value, object);
  ARG(env, key);
  Maybe<bool> deleted = object->Delete(context, to_local(key));
  if (deleted.IsNothing()) return catcher.failed();
  if (result != nullptr) *result = deleted.FromJust();
  return ok(env);
}

napi_status napi_has_own_property(napi_env env, napi_value value, napi_value key, bool *result) {
  ON_OBJECT(env, value, object);
  ARG(env, key);
  ARG(env, result);
  CHECK(env, to_local(key)->IsName(), napi_name_expected);
  Maybe<bool> has = object->HasOwnProperty(context, to_local(key).As<Name>());
  if (has.IsNothing()) return catcher.failed();
  *result = has.FromJust();
  return ok(env);
}

napi_status napi_set_named_property(napi_env env, napi_value value, const char *utf8name, napi_value property) {
  ON_OBJECT(env, value, object);
  ARG(env, utf8name);
  ARG(env, property);
  Local<String> key;
  CHECK(env, key_of(env, utf8name, &key), napi_generic_failure);
  CHECK(env, object->Set(context, key, to_local(property)).FromMaybe(false), catcher.failed(napi_invalid_arg));
  return ok(env);
}

napi_status napi_has_named_property(napi_env env, napi_value value, const char *utf8name, bool *result) {
  ON_OBJECT(env, value, object);
  ARG(env, utf8name);
  ARG(env, result);
  Local<String> key;
  CHECK(env, key_of(env, utf8name, &key), napi_generic_failure);
  Maybe<bool> has = object->Has(context, key);
  if (has.IsNothing()) return catcher.failed();
  *result = has.FromJust();
  return ok(env);
}

napi_status napi_get_named_property(napi_env env, napi_value value, const char *utf8name, napi_value *result) {
  ON_OBJECT(env, value, object);
  ARG(env, utf8name);
  ARG(env, result);
  Local<String> key;
  Local<Value> got;
  CHECK(env, key_of(env, utf8name, &key), napi_generic_failure);
  if (!object->Get(context, key).ToLocal(&got)) return catcher.failed();
  *result = to_value(got);
  return ok(env);
}

/* ---- by index --------------------------------------------------------------------------------------------------- */

napi_status napi_set_element(napi_env env, napi_value value, uint32_t index, napi_value property) {
  ON_OBJECT(env, value, object);
  ARG(env, property);
  CHECK(env, object->Set(context, index, to_local(property)).FromMaybe(false), catcher.failed(napi_invalid_arg));
  return ok(env);
}

napi_status napi_has_element(napi_env env, napi_value value, uint32_t index, bool *result) {
  ON_OBJECT(env, value, object);
  ARG(env, result);
  Maybe<bool> has = object->Has(context, index);
  if (has.IsNothing()) return catcher.failed();
  *result = has.FromJust();
  return ok(env);
}

napi_status napi_get_element(napi_env env, napi_value value, uint32_t index, napi_value *result) {
  ON_OBJECT(env, value, object);
  ARG(env, result);
  Local<Value> got;
  if (!object->Get(context, index).ToLocal(&got)) return catcher.failed();
  *result = to_value(got);
  return ok(env);
}

napi_status napi_delete_element(napi_env env, napi_value value, uint32_t index, bool *result) {
  ON_OBJECT(env, value, object);
  Maybe<bool> deleted = object->Delete(context, index);
  if (deleted.IsNothing()) return catcher.failed();
  if (result != nullptr) *result = deleted.FromJust();
  return ok(env);
}

/* ---- definitions ------------------------------------------------------------------------------------------------ */

static bool property_name(napi_env env, const napi_property_descriptor *p, Local<Name> *name) {
  if (p->utf8name != nullptr) {
    Local<String> key;
    if (!key_of(env, p->utf8name, &key)) return false;
    *name = key;
    return true;
  }
  if (p->name == nullptr || !to_local(p->name)->IsName()) return false;
  *name = to_local(p->name).As<Name>();
  return true;
}

static napi_status property_define(napi_env env, Local<Object> object, const napi_property_descriptor *p,
                                   Catcher *catcher) {
  Local<Name> name;
  CHECK(env, property_name(env, p, &name), napi_name_expected);
  bool defined;
  napi_status status;
  if (p->getter != nullptr || p->setter != nullptr) {
    Local<Function> getter, setter;
    if (p->getter != nullptr && (status = function_new(env, p->getter, p->data, &getter)) != napi_ok) return status;
    if (p->setter != nullptr && (status = function_new(env, p->setter, p->data, &setter)) != napi_ok) return status;
    Local<Value> none = Undefined(env->isolate);
    PropertyDescriptor descriptor(getter.IsEmpty() ? none : getter.As<Value>(),
                                  setter.IsEmpty() ? none : setter.As<Value>());
    descriptor.set_enumerable((p->attributes & napi_enumerable) != 0);
    descriptor.set_configurable((p->attributes & napi_configurable) != 0);
    defined = object->DefineProperty(env->context(), name, descriptor).FromMaybe(false);
  } else {
    Local<Value> value;
    if (p->method != nullptr) {
      Local<Function> method;
      if ((status = function_new(env, p->method, p->data, &method)) != napi_ok) return status;
      if (name->IsString()) method->SetName(name.As<String>());
      value = method;
    } else {
      ARG(env, p->value);
      value = to_local(p->value);
    }
    PropertyDescriptor descriptor(value, (p->attributes & napi_writable) != 0);
    descriptor.set_enumerable((p->attributes & napi_enumerable) != 0);
    descriptor.set_configurable((p->attributes & napi_configurable) != 0);
    defined = object->DefineProperty(env->context(), name, descriptor).FromMaybe(false);
  }
  return defined ? ok(env) : catcher->failed(napi_invalid_arg);
}

napi_status napi_define_properties(napi_env env, napi_value value, size_t property_count,
                                   const napi_property_descriptor *properties) {
  RUNS_JS(env);
  if (property_count > 0) ARG(env, properties);
  ARG(env, value);
  CHECK(env, to_local(value)->IsObject(), napi_object_expected);
  for (size_t i = 0; i < property_count; i++) {
    napi_status status = property_define(env, to_local(value).As<Object>(), &properties[i], &catcher);
    if (status != napi_ok) return status;
  }
  return ok(env);
}

static napi_status integrity(napi_env env, napi_value value, IntegrityLevel level) {
  RUNS_JS(env);
  ARG(env, value);
  CHECK(env, to_local(value)->IsObject(), napi_object_expected);
  Maybe<bool> set = to_local(value).As<Object>()->SetIntegrityLevel(env->context(), level);
  return set.FromMaybe(false) ? ok(env) : catcher.failed();
}

napi_status napi_object_freeze(napi_env env, napi_value object) {
  return integrity(env, object, IntegrityLevel::kFrozen);
}

napi_status napi_object_seal(napi_env env, napi_value object) {
  return integrity(env, object, IntegrityLevel::kSealed);
}

/* ---- type tags -------------------------------------------------------------------------------------------------- */

napi_status napi_type_tag_object(napi_env env, napi_value value, const napi_type_tag *tag) {
  ON_OBJECT(env, value, object);
  ARG(env, tag);
  Local<Private> key = env_private(env, &env->tag_key, "napi.type_tag");
  CHECK(env, !object->HasPrivate(context, key).FromMaybe(true), napi_invalid_arg);
  Local<BigInt> words;
  const uint64_t pair[2] = {tag->lower, tag->upper};
  if (!BigInt::NewFromWords(context, 0, 2, pair).ToLocal(&words) ||
      !object->SetPrivate(context, key, words).FromMaybe(false))
    return catcher.failed();
  return ok(env);
}

napi_status napi_check_object_type_tag(napi_env env, napi_value value, const napi_type_tag *tag, bool *result) {
  ON_OBJECT(env, value, object);
  ARG(env, tag);
  ARG(env, result);
  Local<Value> found;
  if (!object->GetPrivate(context, env_private(env, &env->tag_key, "napi.type_tag")).ToLocal(&found))
    return catcher.failed();
  *result = false;
  if (found->IsBigInt()) {
    uint64_t pair[2] = {0, 0};
    int sign, count = 2;
    found.As<BigInt>()->ToWordsArray(&sign, &count, pair);
    *result = sign == 0 && count <= 2 && pair[0] == tag->lower && pair[1] == tag->upper;
  }
  return ok(env);
}
