/*
 * context.cc: vm contexts. The new global's properties are the sandbox's, by interceptors: reads look in the sandbox
 * first, then in the global itself (builtins); writes and definitions go to both, so that what the engine knows of
 * its own global (let and const beside var and function declarations) stays true. The sandbox is the interceptors'
 * data: it lives exactly as long as something of the context does.
 */
#include <condition_variable>
#include <thread>

#include "env.h"

using namespace v8;

namespace {
struct VmContext {
  napi_env env;
  std::unique_ptr<MicrotaskQueue> microtasks; /* or none: the isolate's */
  Global<Context> context;
};

/* Ends the running JS when its time is over. */
class Watchdog {
 public:
  Watchdog(Isolate *isolate, int64_t timeout_ms) : isolate_(isolate) {
    if (timeout_ms > 0) thread_ = std::thread([this, timeout_ms] { watch(timeout_ms); });
  }
  bool stop() {
    if (!thread_.joinable()) return false;
    {
      std::lock_guard<std::mutex> guard(lock_);
      done_ = true;
    }
    changed_.notify_one();
    thread_.join();
    return fired_;
  }

 private:
  void watch(int64_t timeout_ms) {
    std::unique_lock<std::mutex> guard(lock_);
    if (changed_.wait_for(guard, std::chrono::milliseconds(timeout_ms), [this] { return done_; })) return;
    fired_ = true;
    isolate_->TerminateExecution();
  }
  Isolate *isolate_;
  std::thread thread_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool done_ = false, fired_ = false;
};
}  // namespace

static void vm_context_free(void *pointer) { delete static_cast<VmContext *>(pointer); }
static const js_type vm_context_type = {"Context", vm_context_free};

/* ---- interceptors ----------------------------------------------------------------------------------------------- */

/* An interceptor answers kYes where it did all that was asked, and kNo where the engine goes on by itself. */

/* Where an interceptor was called: false while the context is still being made. */
template <class T>
static bool place(const PropertyCallbackInfo<T> &info, Local<Context> *context, Local<Object> *sandbox) {
  if (!info.Data()->IsObject()) return false;
  *sandbox = info.Data().template As<Object>();
  return info.Holder()->GetCreationContext().ToLocal(context) && (*context)->GetEmbedderData(1)->IsTrue();
}

static Intercepted on_get(Local<Name> name, const PropertyCallbackInfo<Value> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  if (!place(info, &context, &sandbox)) return Intercepted::kNo;
  Local<Value> found;
  TryCatch catcher(info.GetIsolate());
  MaybeLocal<Value> got = sandbox->GetRealNamedProperty(context, name);
  if (got.IsEmpty() && !catcher.HasCaught()) got = context->Global()->GetRealNamedProperty(context, name);
  if (catcher.HasCaught()) catcher.ReThrow();
  if (!got.ToLocal(&found)) return Intercepted::kNo;
  info.GetReturnValue().Set(found == sandbox ? context->Global().As<Value>() : found);
  return Intercepted::kYes;
}

static bool attributes(Local<Object> object, Local<Context> context, Local<Name> name, int *out) {
  PropertyAttribute found;
  if (!object->GetRealNamedPropertyAttributes(context, name).To(&found)) return false;
  *out |= found;
  return true;
}

static bool own_accessor(Local<Object> object, Local<Context> context, Local<Name> name) {
  Local<Value> descriptor;
  if (!object->HasOwnProperty(context, name).FromMaybe(false) ||
      !object->GetOwnPropertyDescriptor(context, name).ToLocal(&descriptor) || !descriptor->IsObject())
    return false;
  Isolate *isolate = Isolate::GetCurrent();
  Local<Object> fields = descriptor.As<Object>();
  return fields->HasOwnProperty(context, String::NewFromUtf8Literal(isolate, "get")).FromMaybe(false) ||
         fields->HasOwnProperty(context, String::NewFromUtf8Literal(isolate, "set")).FromMaybe(false);
}

static Intercepted on_set(Local<Name> name, Local<Value> value, const PropertyCallbackInfo<void> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  if (!place(info, &context, &sandbox)) return Intercepted::kNo;
  int found = None;
  bool on_global = attributes(context->Global(), context, name, &found);
  bool on_sandbox = attributes(sandbox, context, name, &found);
  if (found & ReadOnly) return Intercepted::kNo;
  bool declared = on_global || on_sandbox;
  /* `x = 1` in strict code without a declaration: left to the engine, which throws the ReferenceError. */
  bool bare = info.This() != context->Global();
  if (!declared && info.ShouldThrowOnError() && bare && !value->IsFunction()) return Intercepted::kNo;
  if (!declared && name->IsSymbol()) return Intercepted::kNo;
  if (sandbox->Set(context, name, value).IsNothing()) return Intercepted::kNo;
  if (on_sandbox && own_accessor(sandbox, context, name)) return Intercepted::kYes; /* its setter has run */
  return Intercepted::kNo;
}

static Intercepted on_describe(Local<Name> name, const PropertyCallbackInfo<Value> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  if (!place(info, &context, &sandbox)) return Intercepted::kNo;
  Local<Value> descriptor;
  if (sandbox->HasOwnProperty(context, name).FromMaybe(false) &&
      sandbox->GetOwnPropertyDescriptor(context, name).ToLocal(&descriptor)) {
    info.GetReturnValue().Set(descriptor);
    return Intercepted::kYes;
  }
  return Intercepted::kNo;
}

static Intercepted on_define(Local<Name> name, const PropertyDescriptor &given,
                             const PropertyCallbackInfo<void> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  if (!place(info, &context, &sandbox)) return Intercepted::kNo;
  int found = None;
  attributes(context->Global(), context, name, &found);
  if ((found & ReadOnly) && (found & DontDelete)) return Intercepted::kNo; /* the engine refuses */
  auto define = [&](PropertyDescriptor *copy) {
    if (given.has_enumerable()) copy->set_enumerable(given.enumerable());
    if (given.has_configurable()) copy->set_configurable(given.configurable());
    sandbox->DefineProperty(context, name, *copy).FromMaybe(false);
  };
  if (given.has_get() || given.has_set()) {
    Local<Value> none = Undefined(info.GetIsolate());
    PropertyDescriptor copy(given.has_get() ? given.get() : none, given.has_set() ? given.set() : none);
    define(&copy);
  } else {
    Local<Value> value = given.has_value() ? given.value() : Undefined(info.GetIsolate()).As<Value>();
    if (given.has_writable()) {
      PropertyDescriptor copy(value, given.writable());
      define(&copy);
    } else {
      PropertyDescriptor copy(value);
      define(&copy);
    }
  }
  return Intercepted::kNo;
}

static Intercepted on_delete(Local<Name> name, const PropertyCallbackInfo<Boolean> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  if (!place(info, &context, &sandbox)) return Intercepted::kNo;
  if (sandbox->Delete(context, name).FromMaybe(false)) return Intercepted::kNo;
  info.GetReturnValue().Set(false);
  return Intercepted::kYes;
}

static void on_enumerate(const PropertyCallbackInfo<Array> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  Local<Array> names;
  if (place(info, &context, &sandbox) && sandbox->GetPropertyNames(context).ToLocal(&names))
    info.GetReturnValue().Set(names);
}

/* Indices are names here. */
static Local<Name> index_name(Isolate *isolate, uint32_t index) {
  return Integer::NewFromUnsigned(isolate, index)
      ->ToString(isolate->GetCurrentContext())
      .FromMaybe(String::Empty(isolate));
}
static Intercepted on_index_get(uint32_t index, const PropertyCallbackInfo<Value> &info) {
  return on_get(index_name(info.GetIsolate(), index), info);
}
static Intercepted on_index_set(uint32_t index, Local<Value> value, const PropertyCallbackInfo<void> &info) {
  return on_set(index_name(info.GetIsolate(), index), value, info);
}
static Intercepted on_index_describe(uint32_t index, const PropertyCallbackInfo<Value> &info) {
  return on_describe(index_name(info.GetIsolate(), index), info);
}
static Intercepted on_index_define(uint32_t index, const PropertyDescriptor &given,
                                   const PropertyCallbackInfo<void> &info) {
  return on_define(index_name(info.GetIsolate(), index), given, info);
}
static Intercepted on_index_delete(uint32_t index, const PropertyCallbackInfo<Boolean> &info) {
  return on_delete(index_name(info.GetIsolate(), index), info);
}

/* ---- js.h ------------------------------------------------------------------------------------------------------- */

/* A function of the context that lives on uses its queue: handle and context go together. They hold each other on the
 * heap, where a cycle can be collected. */
static void tie(Isolate *isolate, Local<Context> context, VmContext *made, Local<Object> handle) {
  Local<Private> key = Private::New(isolate);
  handle->SetPrivate(context, key, context->Global()).Check();
  context->SetEmbedderData(2, handle);
  made->context.SetWeak();
}

napi_status js_context_create(napi_env env, napi_value sandbox, bool own_microtasks, napi_value *context_handle) {
  CHECK(env, sandbox != nullptr && to_local(sandbox)->IsObject(), napi_object_expected);
  Isolate *isolate = env->isolate;
  Catcher catcher(env);
  Local<Value> data = to_local(sandbox);
  Local<FunctionTemplate> type = FunctionTemplate::New(isolate);
  type->SetClassName(String::NewFromUtf8Literal(isolate, "Object"));
  Local<ObjectTemplate> global = type->InstanceTemplate();
  global->SetHandler(NamedPropertyHandlerConfiguration(on_get, on_set, nullptr, on_delete, on_enumerate, on_define,
                                                       on_describe, data, PropertyHandlerFlags::kHasNoSideEffect));
  global->SetHandler(IndexedPropertyHandlerConfiguration(on_index_get, on_index_set, nullptr, on_index_delete,
                                                         on_enumerate, on_index_define, on_index_describe, data,
                                                         PropertyHandlerFlags::kHasNoSideEffect));
  std::unique_ptr<MicrotaskQueue> microtasks;
  if (own_microtasks) microtasks = MicrotaskQueue::New(isolate, MicrotasksPolicy::kExplicit);
  Local<Context> context = Context::New(isolate, nullptr, global, MaybeLocal<Value>(),
                                        DeserializeInternalFieldsCallback(), microtasks.get());
  if (context.IsEmpty()) return catcher.failed();
  context->SetSecurityToken(env->context()->GetSecurityToken());
  fork_context_seed(env, context);
  context->SetEmbedderData(1, True(isolate)); /* from now on the interceptors answer */
  auto *made = new VmContext{env, std::move(microtasks), Global<Context>(isolate, context)};
  napi_status status = js_handle_create(env, &vm_context_type, made, context_handle);
  if (status != napi_ok)
    delete made;
  else if (own_microtasks)
    tie(isolate, context, made, to_local(*context_handle).As<Object>());
  return status;
}

static napi_status run_in(napi_env env, Local<Context> context, js_source *source, napi_value *result) {
  Context::Scope scope(context);
  ScriptCompiler::CachedData *cache = script_cache(source);
  ScriptCompiler::Source compiled(to_local(source->code).As<String>(), script_origin(env, source, false), cache);
  Local<Script> script;
  Local<Value> value;
  bool have = ScriptCompiler::Compile(context, &compiled,
                                      cache ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
                  .ToLocal(&script);
  source->cache_rejected = cache != nullptr && cache->rejected;
  if (!have || !script->Run(context).ToLocal(&value)) return napi_pending_exception;
  if (result != nullptr) *result = to_value(value);
  return napi_ok;
}

napi_status js_context_run(napi_env env, napi_value context_handle, js_source *source, int64_t timeout_ms,
                           napi_value *result) {
  Local<Context> context = env->context();
  MicrotaskQueue *microtasks = nullptr;
  if (context_handle != nullptr && !to_local(context_handle)->IsNullOrUndefined()) {
    void *pointer;
    napi_status status = js_handle_get(env, context_handle, &vm_context_type, &pointer);
    if (status != napi_ok) return status;
    context = static_cast<VmContext *>(pointer)->context.Get(env->isolate);
    microtasks = static_cast<VmContext *>(pointer)->microtasks.get();
  }
  CHECK(env, source->code != nullptr && to_local(source->code)->IsString(), napi_string_expected);
  napi_status status;
  bool timed_out;
  {
    Catcher catcher(env);
    Watchdog watchdog(env->isolate, timeout_ms);
    status = run_in(env, context, source, result);
    if (microtasks != nullptr && !env->isolate->IsExecutionTerminating()) microtasks->PerformCheckpoint(env->isolate);
    if (env->isolate->IsExecutionTerminating()) status = napi_pending_exception;
    timed_out = watchdog.stop();
    if (timed_out) env->isolate->CancelTerminateExecution();
  }
  if (timed_out && status != napi_ok) {
    char text[80];
    snprintf(text, sizeof text, "Script execution timed out after %lldms", static_cast<long long>(timeout_ms));
    env->last_exception.Reset();
    napi_throw_error(env, "ERR_SCRIPT_EXECUTION_TIMEOUT", text);
  }
  return fail(env, status);
}
