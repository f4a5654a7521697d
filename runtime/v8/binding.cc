/*
 * binding.cc: static tables of native functions, and the way from JS into C.
 *
 * One trampoline serves all functions of all tables; a small integer as its data says which (an index into one flat
 * array), so that functions survive a snapshot: the table of external references holds the trampoline alone.
 * Functions that C makes at run time carry a pointer instead (function.cc).
 */
#include <string.h>

#include "env.h"
#include "napi_function.h"

using namespace v8;

const intptr_t external_references[] = {
    reinterpret_cast<intptr_t>(binding_trampoline),
    reinterpret_cast<intptr_t>(function_trampoline),
    builtins_reference,
    0,
};

void binding_tables_flatten(napi_env env, const js_binding *const *bindings) {
  env->bindings = bindings;
  if (bindings == nullptr) return;
  for (size_t i = 0; bindings[i] != nullptr; i++) {
    env->first_function.push_back(static_cast<uint32_t>(env->functions.size()));
    if (bindings[i]->functions == nullptr) continue;
    for (const js_function *f = bindings[i]->functions; f->name != nullptr; f++) env->functions.push_back(f->call);
  }
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
        !Function::New(env->context(), binding_trampoline, Integer::NewFromUnsigned(isolate, flat), 0,
                       ConstructorBehavior::kThrow)
             .ToLocal(&function))
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
