/* napi_value.cc: Node-API's singletons, numbers, booleans, symbols, type questions, coercions, comparisons. */
#include <math.h>

#include "env.h"

using namespace v8;

#define VALUE_AND_RESULT(env, value, result) \
  ENV(env);                                  \
  ARG(env, value);                           \
  ARG(env, result)

static napi_status give(napi_env env, napi_value *result, Local<Value> value) {
  *result = to_value(value);
  return ok(env);
}

napi_status napi_get_undefined(napi_env env, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, Undefined(env->isolate));
}

napi_status napi_get_null(napi_env env, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, Null(env->isolate));
}

napi_status napi_get_global(napi_env env, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, env->context()->Global());
}

napi_status napi_get_boolean(napi_env env, bool value, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, Boolean::New(env->isolate, value));
}

napi_status napi_create_double(napi_env env, double value, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, Number::New(env->isolate, value));
}

napi_status napi_create_int32(napi_env env, int32_t value, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, Integer::New(env->isolate, value));
}

napi_status napi_create_uint32(napi_env env, uint32_t value, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, Integer::NewFromUnsigned(env->isolate, value));
}

napi_status napi_create_int64(napi_env env, int64_t value, napi_value *result) {
  return napi_create_double(env, static_cast<double>(value), result);
}

napi_status napi_create_symbol(napi_env env, napi_value description, napi_value *result) {
  ENV(env);
  ARG(env, result);
  if (description == nullptr) return give(env, result, Symbol::New(env->isolate));
  CHECK(env, to_local(description)->IsString(), napi_string_expected);
  return give(env, result, Symbol::New(env->isolate, to_local(description).As<String>()));
}

napi_status node_api_symbol_for(napi_env env, const char *utf8description, size_t length, napi_value *result) {
  napi_value name;
  napi_status status = napi_create_string_utf8(env, utf8description, length, &name);
  if (status != napi_ok) return status;
  return give(env, result, Symbol::For(env->isolate, to_local(name).As<String>()));
}

/* ---- types ------------------------------------------------------------------------------------------------------ */

napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype *result) {
  VALUE_AND_RESULT(env, value, result);
  Local<Value> v = to_local(value);
  if (v->IsNumber())
    *result = napi_number;
  else if (v->IsString())
    *result = napi_string;
  else if (v->IsUndefined())
    *result = napi_undefined;
  else if (v->IsFunction()) /* before object: functions are objects */
    *result = napi_function;
  else if (v->IsExternal())
    *result = napi_external;
  else if (v->IsObject())
    *result = napi_object;
  else if (v->IsBoolean())
    *result = napi_boolean;
  else if (v->IsNull())
    *result = napi_null;
  else if (v->IsSymbol())
    *result = napi_symbol;
  else if (v->IsBigInt())
    *result = napi_bigint;
  else
    return fail(env, napi_invalid_arg);
  return ok(env);
}

napi_status napi_get_value_double(napi_env env, napi_value value, double *result) {
  VALUE_AND_RESULT(env, value, result);
  CHECK(env, to_local(value)->IsNumber(), napi_number_expected);
  *result = to_local(value).As<Number>()->Value();
  return ok(env);
}

napi_status napi_get_value_int32(napi_env env, napi_value value, int32_t *result) {
  VALUE_AND_RESULT(env, value, result);
  Local<Value> v = to_local(value);
  if (v->IsInt32()) {
    *result = v.As<Int32>()->Value();
    return ok(env);
  }
  CHECK(env, v->IsNumber(), napi_number_expected);
  /* ToInt32 of a number runs no JS. */
  *result = v->Int32Value(env->context()).FromJust();
  return ok(env);
}

napi_status napi_get_value_uint32(napi_env env, napi_value value, uint32_t *result) {
  VALUE_AND_RESULT(env, value, result);
  Local<Value> v = to_local(value);
  if (v->IsUint32()) {
    *result = v.As<Uint32>()->Value();
    return ok(env);
  }
  CHECK(env, v->IsNumber(), napi_number_expected);
  *result = v->Uint32Value(env->context()).FromJust();
  return ok(env);
}

napi_status napi_get_value_int64(napi_env env, napi_value value, int64_t *result) {
  VALUE_AND_RESULT(env, value, result);
  Local<Value> v = to_local(value);
  if (v->IsInt32()) {
    *result = v.As<Int32>()->Value();
    return ok(env);
  }
  CHECK(env, v->IsNumber(), napi_number_expected);
  double number = v.As<Number>()->Value();
  *result = isfinite(number) ? v->IntegerValue(env->context()).FromJust() : 0; /* out of range: clamped */
  return ok(env);
}

napi_status napi_get_value_bool(napi_env env, napi_value value, bool *result) {
  VALUE_AND_RESULT(env, value, result);
  CHECK(env, to_local(value)->IsBoolean(), napi_boolean_expected);
  *result = to_local(value).As<Boolean>()->Value();
  return ok(env);
}

#define IS(name, question)                                         \
  napi_status name(napi_env env, napi_value value, bool *result) { \
    VALUE_AND_RESULT(env, value, result);                          \
    *result = to_local(value)->question();                         \
    return ok(env);                                                \
  }
IS(napi_is_array, IsArray)
IS(napi_is_error, IsNativeError)
IS(napi_is_arraybuffer, IsArrayBuffer)
IS(napi_is_typedarray, IsTypedArray)
IS(napi_is_dataview, IsDataView)
IS(napi_is_date, IsDate)

/* ---- coercion and comparison ------------------------------------------------------------------------------------ */

napi_status napi_coerce_to_bool(napi_env env, napi_value value, napi_value *result) {
  VALUE_AND_RESULT(env, value, result);
  return give(env, result, Boolean::New(env->isolate, to_local(value)->BooleanValue(env->isolate)));
}

template <class T>
static napi_status coerced(napi_env env, MaybeLocal<T> made, Catcher *catcher, napi_status expected,
                           napi_value *result) {
  Local<T> local;
  if (!made.ToLocal(&local)) return catcher->failed(expected);
  *result = to_value(local);
  return ok(env);
}

napi_status napi_coerce_to_number(napi_env env, napi_value value, napi_value *result) {
  RUNS_JS(env);
  ARG(env, value);
  ARG(env, result);
  return coerced(env, to_local(value)->ToNumber(env->context()), &catcher, napi_number_expected, result);
}

napi_status napi_coerce_to_object(napi_env env, napi_value value, napi_value *result) {
  RUNS_JS(env);
  ARG(env, value);
  ARG(env, result);
  CHECK(env, !to_local(value)->IsNullOrUndefined(), napi_object_expected);
  return coerced(env, to_local(value)->ToObject(env->context()), &catcher, napi_object_expected, result);
}

napi_status napi_coerce_to_string(napi_env env, napi_value value, napi_value *result) {
  RUNS_JS(env);
  ARG(env, value);
  ARG(env, result);
  return coerced(env, to_local(value)->ToString(env->context()), &catcher, napi_string_expected, result);
}

napi_status napi_strict_equals(napi_env env, napi_value lhs, napi_value rhs, bool *result) {
  VALUE_AND_RESULT(env, lhs, result);
  ARG(env, rhs);
  *result = to_local(lhs)->StrictEquals(to_local(rhs));
  return ok(env);
}

napi_status napi_instanceof(napi_env env, napi_value object, napi_value constructor, bool *result) {
  RUNS_JS(env);
  ARG(env, object);
  ARG(env, constructor);
  ARG(env, result);
  *result = false;
  if (!to_local(constructor)->IsFunction()) {
    napi_throw_type_error(env, "ERR_NAPI_CONS_FUNCTION", "Constructor must be a function");
    return fail(env, napi_function_expected);
  }
  Maybe<bool> is = to_local(object)->InstanceOf(env->context(), to_local(constructor).As<Object>());
  if (is.IsNothing()) return catcher.failed();
  *result = is.FromJust();
  return ok(env);
}

/* ---- dates and big integers ------------------------------------------------------------------------------------- */

napi_status napi_create_date(napi_env env, double time, napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  Local<Value> date;
  if (!Date::New(env->context(), time).ToLocal(&date)) return catcher.failed();
  return give(env, result, date);
}

napi_status napi_get_date_value(napi_env env, napi_value value, double *result) {
  VALUE_AND_RESULT(env, value, result);
  CHECK(env, to_local(value)->IsDate(), napi_date_expected);
  *result = to_local(value).As<Date>()->ValueOf();
  return ok(env);
}

napi_status napi_create_bigint_int64(napi_env env, int64_t value, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, BigInt::New(env->isolate, value));
}

napi_status napi_create_bigint_uint64(napi_env env, uint64_t value, napi_value *result) {
  ENV(env);
  ARG(env, result);
  return give(env, result, BigInt::NewFromUnsigned(env->isolate, value));
}

napi_status napi_create_bigint_words(napi_env env, int sign_bit, size_t word_count, const uint64_t *words,
                                     napi_value *result) {
  RUNS_JS(env);
  ARG(env, words);
  ARG(env, result);
  CHECK(env, word_count <= INT32_MAX, napi_invalid_arg);
  Local<BigInt> made;
  if (!BigInt::NewFromWords(env->context(), sign_bit, static_cast<int>(word_count), words).ToLocal(&made))
    return catcher.failed();
  return give(env, result, made);
}

napi_status napi_get_value_bigint_int64(napi_env env, napi_value value, int64_t *result, bool *lossless) {
  VALUE_AND_RESULT(env, value, result);
  ARG(env, lossless);
  CHECK(env, to_local(value)->IsBigInt(), napi_bigint_expected);
  *result = to_local(value).As<BigInt>()->Int64Value(lossless);
  return ok(env);
}

napi_status napi_get_value_bigint_uint64(napi_env env, napi_value value, uint64_t *result, bool *lossless) {
  VALUE_AND_RESULT(env, value, result);
  ARG(env, lossless);
  CHECK(env, to_local(value)->IsBigInt(), napi_bigint_expected);
  *result = to_local(value).As<BigInt>()->Uint64Value(lossless);
  return ok(env);
}

napi_status napi_get_value_bigint_words(napi_env env, napi_value value, int *sign_bit, size_t *word_count,
                                        uint64_t *words) {
  ENV(env);
  ARG(env, value);
  ARG(env, word_count);
  CHECK(env, to_local(value)->IsBigInt(), napi_bigint_expected);
  Local<BigInt> big = to_local(value).As<BigInt>();
  if (sign_bit == nullptr && words == nullptr) {
    *word_count = static_cast<size_t>(big->WordCount());
    return ok(env);
  }
  ARG(env, sign_bit);
  ARG(env, words);
  int count = static_cast<int>(*word_count);
  big->ToWordsArray(sign_bit, &count, words);
  *word_count = static_cast<size_t>(count);
  return ok(env);
}
