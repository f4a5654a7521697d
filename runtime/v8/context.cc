/*
 * context.cc: vm contexts. The new global's properties are the sandbox's, by interceptors: reads look in the sandbox
 * first, then in the global itself (builtins); writes and definitions go to both, so that what the engine knows of
 * its own global (let and const beside var and function declarations) stays true. The sandbox is the interceptors'
 * data: it lives exactly as long as something of the context does.
 */
#include "env.h"
#include "watchdog.h"

using namespace v8;

namespace {
struct VmContext {
  napi_env env;
  std::unique_ptr<MicrotaskQueue> microtasks; /* or none: the isolate's */
  Global<Context> context;
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
  return info.Holder()->GetCreationContext().ToLocal(context) && (*context)->GetEmbedderData(CONTEXT_READY)->IsTrue();
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

/* Own properties only: the sandbox's prototypes are not the global's. */
static Intercepted on_query(Local<Name> name, const PropertyCallbackInfo<Integer> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  PropertyAttribute found;
  if (!place(info, &context, &sandbox) || !sandbox->HasOwnProperty(context, name).FromMaybe(false) ||
      !sandbox->GetPropertyAttributes(context, name).To(&found))
    return Intercepted::kNo;
  info.GetReturnValue().Set(Integer::New(info.GetIsolate(), found));
  return Intercepted::kYes;
}

/* All own names and symbols; which of them are enumerable is on_query's to say. */
static void on_enumerate(const PropertyCallbackInfo<Array> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  Local<Array> names;
  if (place(info, &context, &sandbox) &&
      sandbox
          ->GetPropertyNames(context, KeyCollectionMode::kOwnOnly, ALL_PROPERTIES, IndexFilter::kSkipIndices,
                             KeyConversionMode::kKeepNumbers)
          .ToLocal(&names))
    info.GetReturnValue().Set(names);
}

static void on_index_enumerate(const PropertyCallbackInfo<Array> &info) {
  Local<Context> context;
  Local<Object> sandbox;
  Local<Array> all;
  if (!place(info, &context, &sandbox) ||
      !sandbox
           ->GetPropertyNames(context, KeyCollectionMode::kOwnOnly, SKIP_SYMBOLS, IndexFilter::kIncludeIndices,
                              KeyConversionMode::kKeepNumbers)
           .ToLocal(&all))
    return;
  std::vector<Local<Value>> indices;
  for (uint32_t i = 0; i < all->Length(); i++) {
    Local<Value> one;
    if (all->Get(context, i).ToLocal(&one) && one->IsNumber()) indices.push_back(one);
  }
  info.GetReturnValue().Set(Array::New(info.GetIsolate(), indices.data(), indices.size()));
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
static Intercepted on_index_query(uint32_t index, const PropertyCallbackInfo<Integer> &info) {
  return on_query(index_name(info.GetIsolate(), index), info);
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
  context->SetEmbedderData(CONTEXT_HANDLE, handle);
  made->context.SetWeak();
}

static Local<ObjectTemplate> mirror_of(Isolate *isolate, Local<Value> sandbox) {
  Local<FunctionTemplate> type = FunctionTemplate::New(isolate);
  type->SetClassName(String::NewFromUtf8Literal(isolate, "Object"));
  Local<ObjectTemplate> global = type->InstanceTemplate();
  global->SetHandler(NamedPropertyHandlerConfiguration(on_get, on_set, on_query, on_delete, on_enumerate, on_define,
                                                       on_describe, sandbox, PropertyHandlerFlags::kHasNoSideEffect));
  global->SetHandler(IndexedPropertyHandlerConfiguration(on_index_get, on_index_set, on_index_query, on_index_delete,
                                                         on_index_enumerate, on_index_define, on_index_describe,
                                                         sandbox, PropertyHandlerFlags::kHasNoSideEffect));
  return global;
}

static void set_up(napi_env env, Local<Context> context, const js_context_options *options) {
  Isolate *isolate = env->isolate;
  context->SetSecurityToken(env->context()->GetSecurityToken());
  fork_context_seed(env, context);
  context_remember(env, context);
  context->AllowCodeGenerationFromStrings(!options->no_strings);
  context->SetEmbedderData(CONTEXT_ID, options->id == nullptr ? Undefined(isolate).As<Value>() : to_local(options->id));
  context->SetEmbedderData(CONTEXT_NO_WASM, Boolean::New(isolate, options->no_wasm));
  context->SetEmbedderData(CONTEXT_READY, True(isolate)); /* from now on the interceptors answer */
  inspector_context_created(env, context);
}

napi_status js_context_create(napi_env env, const js_context_options *options, napi_value *handle,
                              napi_value *global_object) {
  bool mirrors = options->sandbox != nullptr;
  CHECK(env, !mirrors || to_local(options->sandbox)->IsObject(), napi_object_expected);
  Isolate *isolate = env->isolate;
  Catcher catcher(env);
  MaybeLocal<ObjectTemplate> global;
  if (mirrors) global = mirror_of(isolate, to_local(options->sandbox));
  std::unique_ptr<MicrotaskQueue> microtasks;
  if (options->own_microtasks) microtasks = MicrotaskQueue::New(isolate, MicrotasksPolicy::kExplicit);
  Local<Context> context = Context::New(isolate, nullptr, global, MaybeLocal<Value>(),
                                        DeserializeInternalFieldsCallback(), microtasks.get());
  if (context.IsEmpty()) return catcher.failed();
  set_up(env, context, options);
  auto *made = new VmContext{env, std::move(microtasks), Global<Context>(isolate, context)};
  napi_status status = js_handle_create(env, &vm_context_type, made, handle);
  if (status != napi_ok) {
    delete made;
    return status;
  }
  tie(isolate, context, made, to_local(*handle).As<Object>());
  if (global_object != nullptr) *global_object = to_value(context->Global());
  return ok(env);
}

bool context_allows_wasm(Local<Context> context, Local<String>) {
  return context->GetNumberOfEmbedderDataFields() <= CONTEXT_NO_WASM ||
         !context->GetEmbedderData(CONTEXT_NO_WASM)->IsTrue();
}

napi_status context_of(napi_env env, napi_value handle, Local<Context> *context, MicrotaskQueue **microtasks) {
  *context = env->context();
  if (microtasks != nullptr) *microtasks = nullptr;
  if (handle == nullptr || to_local(handle)->IsNullOrUndefined()) return napi_ok;
  void *pointer;
  napi_status status = js_handle_get(env, handle, &vm_context_type, &pointer);
  if (status != napi_ok) return status;
  *context = static_cast<VmContext *>(pointer)->context.Get(env->isolate);
  if (microtasks != nullptr) *microtasks = static_cast<VmContext *>(pointer)->microtasks.get();
  return napi_ok;
}

napi_status js_script_run_in(napi_env env, napi_value handle, napi_value context_handle, const js_limits *limits,
                             napi_value *result) {
  Local<Context> context;
  MicrotaskQueue *microtasks;
  Local<UnboundScript> unbound;
  napi_status status = context_of(env, context_handle, &context, &microtasks);
  if (status != napi_ok || (status = script_unbound(env, handle, &unbound)) != napi_ok) return status;
  Watchdog watchdog(env, limits);
  {
    Catcher catcher(env);
    Context::Scope scope(context);
    Local<Value> value;
    if (!unbound->BindToCurrentContext()->Run(context).ToLocal(&value))
      status = napi_pending_exception;
    else if (result != nullptr)
      *result = to_value(value);
    if (microtasks != nullptr && !env->isolate->IsExecutionTerminating()) microtasks->PerformCheckpoint(env->isolate);
    if (env->isolate->IsExecutionTerminating()) status = napi_pending_exception;
  }
  status = watchdog.finish(status);
  return status == napi_ok ? ok(env) : fail(env, status);
}

napi_status js_context_run(napi_env env, napi_value context, js_source *source, const js_limits *limits,
                           napi_value *result) {
  napi_value script;
  napi_status status = js_script_compile(env, source, &script);
  return status == napi_ok ? js_script_run_in(env, script, context, limits, result) : status;
}

napi_status js_memory_measure(napi_env env, bool detailed, bool eager, napi_value *promise) {
  Local<Promise::Resolver> resolver;
  if (!Promise::Resolver::New(env->context()).ToLocal(&resolver)) return fail(env, napi_generic_failure);
  env->isolate->MeasureMemory(
      MeasureMemoryDelegate::Default(env->isolate, env->context(), resolver,
                                     detailed ? MeasureMemoryMode::kDetailed : MeasureMemoryMode::kSummary),
      eager ? MeasureMemoryExecution::kEager : MeasureMemoryExecution::kDefault);
  *promise = to_value(resolver->GetPromise());
  return ok(env);
}
