/*
 * napi_function.cc: functions and classes that C makes at run time. Their data is an External with the C pointer, so
 * they cannot be part of a snapshot; the functions of binding tables can (binding.cc).
 */
#include "napi_function.h"

#include <string.h>

using namespace v8;

namespace {
/* Lives as long as the External that JS functions hold. */
struct FunctionData final : Tracked {
  napi_callback call;
  void *data;
  Global<External> holder;

  static void collected(const WeakCallbackInfo<FunctionData> &info) {
    FunctionData *self = info.GetParameter();
    self->holder.Reset();
    delete self;
  }
  void finish() override { delete this; }
};
}  // namespace

void function_trampoline(const FunctionCallbackInfo<Value> &info) {
  auto *function = static_cast<FunctionData *>(info.Data().As<External>()->Value());
  callback_run(env_of(info.GetIsolate()), function->call, function->data, info);
}

static Local<External> data_new(napi_env env, napi_callback call, void *data) {
  auto *made = new FunctionData;
  made->call = call;
  made->data = data;
  Local<External> holder = External::New(env->isolate, made);
  made->holder.Reset(env->isolate, holder);
  made->holder.SetWeak(made, FunctionData::collected, WeakCallbackType::kParameter);
  made->link(&env->tracked);
  return holder;
}

napi_status function_new(napi_env env, napi_callback call, void *data, Local<Function> *out) {
  return Function::New(env->context(), function_trampoline, data_new(env, call, data)).ToLocal(out)
             ? ok(env)
             : fail(env, napi_generic_failure);
}

MaybeLocal<FunctionTemplate> function_template_new(napi_env env, napi_callback call, void *data,
                                                   Local<Signature> signature) {
  return FunctionTemplate::New(env->isolate, function_trampoline, data_new(env, call, data), signature);
}

napi_status napi_create_function(napi_env env, const char *utf8name, size_t length, napi_callback cb, void *data,
                                 napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  ARG(env, cb);
  EscapableHandleScope scope(env->isolate);
  Local<Function> function;
  napi_status status = function_new(env, cb, data, &function);
  if (status != napi_ok) return status;
  if (utf8name != nullptr) {
    napi_value name;
    if ((status = napi_create_string_utf8(env, utf8name, length, &name)) != napi_ok) return status;
    function->SetName(to_local(name).As<String>());
  }
  *result = to_value(scope.Escape(function));
  return ok(env);
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

napi_status napi_get_cb_info(napi_env env, napi_callback_info cbinfo, size_t *argc, napi_value *argv,
                             napi_value *this_arg, void **data) {
  ENV(env);
  ARG(env, cbinfo);
  const FunctionCallbackInfo<Value> &info = *cbinfo->info;
  if (argv != nullptr) {
    ARG(env, argc);
    size_t given = static_cast<size_t>(info.Length()), room = *argc, i = 0;
    for (; i < room && i < given; i++) argv[i] = to_value(info[static_cast<int>(i)]);
    if (i < room) {
      napi_value undefined = to_value(Undefined(env->isolate));
      for (; i < room; i++) argv[i] = undefined;
    }
  }
  if (argc != nullptr) *argc = static_cast<size_t>(info.Length());
  if (this_arg != nullptr) *this_arg = to_value(info.This());
  if (data != nullptr) *data = cbinfo->data;
  return ok(env);
}

napi_status napi_get_new_target(napi_env env, napi_callback_info cbinfo, napi_value *result) {
  ENV(env);
  ARG(env, cbinfo);
  ARG(env, result);
  *result = cbinfo->info->IsConstructCall() ? to_value(cbinfo->info->NewTarget()) : nullptr;
  return ok(env);
}

napi_status napi_call_function(napi_env env, napi_value recv, napi_value func, size_t argc, const napi_value *argv,
                               napi_value *result) {
  RUNS_JS(env);
  ARG(env, func);
  if (argc > 0) ARG(env, argv);
  CHECK(env, to_local(func)->IsFunction(), napi_invalid_arg);
  Local<Value> self = recv == nullptr ? Undefined(env->isolate).As<Value>() : to_local(recv);
  Local<Value> value;
  if (!to_local(func)
           .As<Function>()
           ->Call(env->context(), self, static_cast<int>(argc), to_locals(argv))
           .ToLocal(&value))
    return catcher.failed(napi_pending_exception);
  if (result != nullptr) *result = to_value(value);
  return catcher.finish();
}

napi_status napi_new_instance(napi_env env, napi_value constructor, size_t argc, const napi_value *argv,
                              napi_value *result) {
  RUNS_JS(env);
  ARG(env, constructor);
  if (argc > 0) ARG(env, argv);
  ARG(env, result);
  CHECK(env, to_local(constructor)->IsFunction(), napi_function_expected);
  Local<Object> value;
  if (!to_local(constructor)
           .As<Function>()
           ->NewInstance(env->context(), static_cast<int>(argc), to_locals(argv))
           .ToLocal(&value))
    return catcher.failed(napi_pending_exception);
  *result = to_value(value);
  return ok(env);
}

/* ---- classes ---------------------------------------------------------------------------------------------------- */

static PropertyAttribute attributes_of(const napi_property_descriptor *p) {
  unsigned out = None;
  bool accessor = p->getter != nullptr || p->setter != nullptr;
  if (!accessor && (p->attributes & napi_writable) == 0) out |= ReadOnly;
  if ((p->attributes & napi_enumerable) == 0) out |= DontEnum;
  if ((p->attributes & napi_configurable) == 0) out |= DontDelete;
  return static_cast<PropertyAttribute>(out);
}

/* A method or accessor of the prototype; the signature makes V8 refuse other receivers. */
static napi_status member_add(napi_env env, Local<FunctionTemplate> type, const napi_property_descriptor *p) {
  Local<Name> name;
  if (p->utf8name != nullptr) {
    Local<String> key;
    CHECK(env, String::NewFromUtf8(env->isolate, p->utf8name, NewStringType::kInternalized).ToLocal(&key),
          napi_generic_failure);
    name = key;
  } else {
    CHECK(env, p->name != nullptr && to_local(p->name)->IsName(), napi_name_expected);
    name = to_local(p->name).As<Name>();
  }
  Local<Signature> signature = Signature::New(env->isolate, type);
  if (p->method != nullptr) {
    Local<FunctionTemplate> method;
    CHECK(env, function_template_new(env, p->method, p->data, signature).ToLocal(&method), napi_generic_failure);
    type->PrototypeTemplate()->Set(name, method, attributes_of(p));
    return ok(env);
  }
  Local<FunctionTemplate> getter, setter;
  if (p->getter != nullptr)
    CHECK(env, function_template_new(env, p->getter, p->data, Local<Signature>()).ToLocal(&getter),
          napi_generic_failure);
  if (p->setter != nullptr)
    CHECK(env, function_template_new(env, p->setter, p->data, Local<Signature>()).ToLocal(&setter),
          napi_generic_failure);
  type->PrototypeTemplate()->SetAccessorProperty(name, getter, setter, attributes_of(p));
  return ok(env);
}

napi_status napi_define_class(napi_env env, const char *utf8name, size_t length, napi_callback constructor, void *data,
                              size_t property_count, const napi_property_descriptor *properties, napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  ARG(env, constructor);
  ARG(env, utf8name);
  if (property_count > 0) ARG(env, properties);
  EscapableHandleScope scope(env->isolate);
  Local<FunctionTemplate> type;
  napi_value name;
  napi_status status;
  CHECK(env, function_template_new(env, constructor, data, Local<Signature>()).ToLocal(&type), napi_generic_failure);
  if ((status = napi_create_string_utf8(env, utf8name, length, &name)) != napi_ok) return status;
  type->SetClassName(to_local(name).As<String>());

  std::vector<napi_property_descriptor> statics, values;
  for (size_t i = 0; i < property_count; i++) {
    const napi_property_descriptor *p = &properties[i];
    if (p->attributes & napi_static)
      statics.push_back(*p);
    else if (p->method == nullptr && p->getter == nullptr && p->setter == nullptr)
      values.push_back(*p); /* a template takes primitives only: set on the prototype object below */
    else if ((status = member_add(env, type, p)) != napi_ok)
      return status;
  }
  Local<Function> function;
  if (!type->GetFunction(env->context()).ToLocal(&function)) return catcher.failed();
  *result = to_value(scope.Escape(function));
  if (!statics.empty() && (status = napi_define_properties(env, *result, statics.size(), statics.data())) != napi_ok)
    return status;
  if (!values.empty()) {
    napi_value prototype;
    if ((status = napi_get_named_property(env, *result, "prototype", &prototype)) != napi_ok ||
        (status = napi_define_properties(env, prototype, values.size(), values.data())) != napi_ok)
      return status;
  }
  return ok(env);
}
