/*
 * binding.cc: static tables of native functions, and the way from JS into C.
 *
 * One trampoline serves all functions of all tables; a small integer as its data says which (an index into one flat
 * array), so that functions survive a snapshot: the table of external references holds the trampoline, and what fast
 * calls add. Functions that C makes at run time carry a pointer instead (function.cc).
 */
#include <string.h>
#include <v8-fast-api-calls.h>

#include "env.h"
#include "napi_function.h"

using namespace v8;

/* ---- fast calls ------------------------------------------------------------------------------------------------- */

static CTypeInfo fast_type(js_fast_type type) {
  switch (type) {
    case js_fast_bool:
      return CTypeInfo(CTypeInfo::Type::kBool);
    case js_fast_int32:
      return CTypeInfo(CTypeInfo::Type::kInt32);
    case js_fast_uint32:
      return CTypeInfo(CTypeInfo::Type::kUint32);
    case js_fast_double:
      return CTypeInfo(CTypeInfo::Type::kFloat64);
    case js_fast_value:
      return CTypeInfo(CTypeInfo::Type::kV8Value);
    case js_fast_string:
      return CTypeInfo(CTypeInfo::Type::kSeqOneByteString);
    case js_fast_void:
      break;
  }
  return CTypeInfo(CTypeInfo::Type::kVoid);
}

static std::vector<CTypeInfo> fast_arguments(const js_fast *fast) {
  std::vector<CTypeInfo> types{CTypeInfo(CTypeInfo::Type::kV8Value)}; /* the receiver */
  for (uint32_t i = 0; i < fast->count; i++) types.push_back(fast_type(fast->arguments[i]));
  return types;
}

/* What the engine keeps of a fast call: code that it compiled points at it, so it lives as long as the isolate. */
struct FastCall {
  explicit FastCall(const js_fast *fast)
      : arguments(fast_arguments(fast)),
        info(fast_type(fast->result), static_cast<unsigned>(arguments.size()), arguments.data()),
        function(reinterpret_cast<const void *>(fast->call), &info) {}
  std::vector<CTypeInfo> arguments;
  CFunctionInfo info;
  CFunction function;
};

napi_env__::~napi_env__() {
  for (FastCall *fast : fast_calls) delete fast;
}

static_assert(sizeof(js_fast_text) == sizeof(FastOneByteString), "a js_fast_text is V8's FastOneByteString");

uint8_t *js_fast_bytes(napi_value value, js_fast_storage *storage, size_t *length) {
  Local<Value> local = to_local(value);
  *length = 0;
  if (!local->IsArrayBufferView()) return nullptr;
  MemorySpan<uint8_t> bytes =
      local.As<ArrayBufferView>()->GetContents(MemorySpan<uint8_t>(storage->bytes, sizeof storage->bytes));
  *length = bytes.size();
  return bytes.data();
}

uint8_t *js_fast_bytes_move(napi_value value, size_t *length) {
  HandleScope scope(Isolate::GetCurrent());
  js_fast_storage unused;
  Local<Value> local = to_local(value);
  if (local->IsArrayBufferView()) local.As<ArrayBufferView>()->Buffer();
  return js_fast_bytes(value, &unused, length);
}

/* ---- the tables ------------------------------------------------------------------------------------------------- */

void binding_tables_flatten(napi_env env, const js_binding *const *bindings) {
  env->bindings = bindings;
  env->references = {reinterpret_cast<intptr_t>(binding_trampoline), reinterpret_cast<intptr_t>(function_trampoline)};
  builtins_references_push(&env->references);
  for (size_t i = 0; bindings != nullptr && bindings[i] != nullptr; i++) {
    env->first_function.push_back(static_cast<uint32_t>(env->functions.size()));
    for (const js_function *f = bindings[i]->functions; f != nullptr && f->name != nullptr; f++) {
      FastCall *fast = f->fast == nullptr ? nullptr : new FastCall(f->fast);
      env->functions.push_back(f->call);
      env->fast_calls.push_back(fast);
      if (fast == nullptr) continue;
      env->references.push_back(reinterpret_cast<intptr_t>(fast->function.GetAddress()));
      env->references.push_back(reinterpret_cast<intptr_t>(&fast->info));
    }
  }
  env->references.push_back(0);
}

static MaybeLocal<Function> binding_function_new(napi_env env, uint32_t flat) {
  Local<Value> data = Integer::NewFromUnsigned(env->isolate, flat);
  FastCall *fast = env->fast_calls[flat];
  if (fast == nullptr) return Function::New(env->context(), binding_trampoline, data, 0, ConstructorBehavior::kThrow);
  return FunctionTemplate::New(env->isolate, binding_trampoline, data, Local<Signature>(), 0,
                               ConstructorBehavior::kThrow, SideEffectType::kHasSideEffect, &fast->function)
      ->GetFunction(env->context());
}

/* A small integer's slot holds the integer itself: read without a call into V8. */
static inline uint32_t data_index(Local<Value> data) {
  internal::Address *slot;
  memcpy(&slot, static_cast<void *>(&data), sizeof slot);
  return static_cast<uint32_t>(internal::Internals::SmiValue(*slot));
}

void binding_trampoline(const FunctionCallbackInfo<Value> &info) {
  napi_env env = env_of(info.GetIsolate());
  callback_run(env, env->functions[data_index(info.Data())], nullptr, info);
}

static napi_status exports_make(napi_env env, uint32_t index, Local<Object> *out) {
  Isolate *isolate = env->isolate;
  const js_binding *binding = env->bindings[index];
  Local<Object> exports = Object::New(isolate);
  uint32_t flat = env->first_function[index];
  for (const js_function *f = binding->functions; f != nullptr && f->name != nullptr; f++, flat++) {
    Local<Function> function;
    Local<String> name;
    if (!String::NewFromUtf8(isolate, f->name, NewStringType::kInternalized).ToLocal(&name) ||
        !binding_function_new(env, flat).ToLocal(&function))
      return fail(env, napi_generic_failure);
    function->SetName(name);
    if (!exports->CreateDataProperty(env->context(), name, function).FromMaybe(false))
      return fail(env, napi_generic_failure);
  }
  *out = exports;
  return binding->init == nullptr ? ok(env) : binding->init(env, to_value(exports));
}

napi_status js_binding_get(napi_env env, const char *name, napi_value *out) {
  uint32_t index = 0;
  if (env->bindings == nullptr || name == nullptr) return fail(env, napi_invalid_arg);
  while (env->bindings[index] != nullptr && strcmp(env->bindings[index]->name, name) != 0) index++;
  if (env->bindings[index] == nullptr) return fail(env, napi_invalid_arg);

  Local<Value> all = env_state_get(env, STATE_EXPORTS);
  if (!all->IsArray()) {
    all = Array::New(env->isolate);
    env_state_set(env, STATE_EXPORTS, all);
  }
  Local<Value> found;
  if (!all.As<Array>()->Get(env->context(), index).ToLocal(&found)) return fail(env, napi_generic_failure);
  if (!found->IsObject()) {
    Local<Object> made;
    napi_status status = exports_make(env, index, &made);
    if (status != napi_ok) return status;
    all.As<Array>()->CreateDataProperty(env->context(), index, made).Check();
    found = made;
  }
  *out = to_value(found);
  return ok(env);
}
