/*
 * env.cc: an environment's life: isolate, main context, callbacks from the engine, finalizers, handle scopes, tasks.
 *
 * Finalizers of the user's (napi_wrap, external memory) may call into the engine, and external memory is released on
 * any thread: they queue up and run with the foreground tasks. What is left when the environment goes runs then.
 */
#include "env.h"

#include <uv.h>

#include <new>

#include "platform.h"

using namespace v8;

/* ---- exceptions ------------------------------------------------------------------------------------------------- */

void Catcher::store() {
  if (try_.HasTerminated()) return; /* goes on by itself; nothing that JS may see */
  Isolate *isolate = env_->isolate;
  env_->last_exception.Reset(isolate, try_.Exception());
  Local<Message> message = try_.Message();
  if (message.IsEmpty()) return;
  env_->thrown.Reset(isolate, try_.Exception());
  env_->message.Reset(isolate, message);
  if (try_.Exception()->IsObject()) {
    env_->thrown.SetWeak();
    env_->message.SetWeak();
  }
}

void env_throw_pending(napi_env env) {
  Local<Value> exception = env->last_exception.Get(env->isolate);
  env->last_exception.Reset();
  if (!env->isolate->IsExecutionTerminating()) env->isolate->ThrowException(exception);
}

/* Reports what is pending after a call that nothing of the program's is below. Needs a handle scope. */
static void report_pending(napi_env env) {
  if (env->last_exception.IsEmpty() || env->callbacks.uncaught == nullptr) return;
  Local<Value> exception = env->last_exception.Get(env->isolate);
  env->last_exception.Reset();
  env->callbacks.uncaught(env, env->data, to_value(exception));
}

/* ---- finalizers ------------------------------------------------------------------------------------------------- */

void env_finalizer_push(napi_env env, napi_finalize call, void *data, void *hint) {
  if (call == nullptr) return;
  {
    std::lock_guard<std::mutex> guard(env->finalizers_lock);
    env->finalizers.push_back({call, data, hint});
  }
  env->runner->wake();
}

void napi_env__::runner_wake() { runner->wake(); }

void env_finalizers_run(napi_env env) {
  for (;;) {
    std::vector<Finalizer> batch;
    {
      std::lock_guard<std::mutex> guard(env->finalizers_lock);
      batch.swap(env->finalizers);
    }
    if (batch.empty()) return;
    for (auto &finalizer : batch) {
      HandleScope scope(env->isolate);
      finalizer.call(env, finalizer.data, finalizer.hint);
      report_pending(env);
    }
  }
}

/* References with finalizers first: those may still use their own plain references. */
void env_track_all_finish(napi_env env) {
  while (env->finalizing.next != nullptr) env->finalizing.next->finish();
  env_foreign_finish(env);
  env_finalizers_run(env);
  while (env->tracked.next != nullptr) env->tracked.next->finish();
}

/* ---- state that travels with the snapshot ----------------------------------------------------------------------- */

Local<Value> env_state_get(napi_env env, uint32_t index) {
  Local<Value> value;
  if (!env->state.Get(env->isolate)->Get(env->context(), index).ToLocal(&value)) return Undefined(env->isolate);
  return value;
}

void env_state_set(napi_env env, uint32_t index, Local<Value> value) {
  env->state.Get(env->isolate)->CreateDataProperty(env->context(), index, value).Check();
}

napi_status js_snapshot_set(napi_env env, uint32_t slot, napi_value value) {
  if (slot >= STATE_SLOTS || value == nullptr) return fail(env, napi_invalid_arg);
  env_state_set(env, slot, to_local(value));
  return ok(env);
}

napi_status js_snapshot_get(napi_env env, uint32_t slot, napi_value *value) {
  if (slot >= STATE_SLOTS) return fail(env, napi_invalid_arg);
  *value = to_value(env_state_get(env, slot));
  return ok(env);
}

Local<Private> env_private(napi_env env, Global<Private> *slot, const char *name) {
  if (slot->IsEmpty()) {
    slot->Reset(env->isolate, Private::New(env->isolate, String::NewFromUtf8(env->isolate, name).ToLocalChecked()));
  }
  return slot->Get(env->isolate);
}

/* ---- callbacks from the engine ---------------------------------------------------------------------------------- */

static void on_promise_reject(PromiseRejectMessage message) {
  Local<Promise> promise = message.GetPromise();
  napi_env env = env_of(Isolate::GetCurrent());
  if (env == nullptr || env->callbacks.promise_reject == nullptr) return;
  HandleScope scope(env->isolate);
  Local<Value> value = message.GetValue();
  env->callbacks.promise_reject(env, env->data, static_cast<js_reject_event>(message.GetEvent()), to_value(promise),
                                value.IsEmpty() ? nullptr : to_value(value));
}

static void on_fatal_error(const char *location, const char *message) {
  Isolate *isolate = Isolate::TryGetCurrent();
  napi_env env = isolate == nullptr ? nullptr : env_of(isolate);
  if (env != nullptr && env->callbacks.fatal_error != nullptr)
    env->callbacks.fatal_error(env->data, location, message, false);
  fprintf(stderr, "FATAL ERROR: %s %s\n", location == nullptr ? "" : location, message == nullptr ? "" : message);
  abort();
}

static void on_out_of_memory(const char *location, const OOMDetails &details) {
  bool heap = details.is_heap_oom;
  const char *message = heap ? "JavaScript heap out of memory" : "Process out of memory";
  Isolate *isolate = Isolate::TryGetCurrent();
  napi_env env = isolate == nullptr ? nullptr : env_of(isolate);
  if (env != nullptr && env->callbacks.fatal_error != nullptr)
    env->callbacks.fatal_error(env->data, location, message, true);
  fprintf(stderr, "FATAL ERROR: %s %s\n", location == nullptr ? "" : location, message);
  abort();
}

static size_t on_near_heap_limit(void *data, size_t current, size_t initial) {
  napi_env env = static_cast<napi_env>(data);
  return env->callbacks.near_heap_limit(env->data, current, initial);
}

/* Errors that no C frame catches: of microtasks and of finalization callbacks. An exception of somebody else that
 * waits meanwhile (a microtask that runs while C holds one) goes on waiting. */
static void on_message(Local<Message> message, Local<Value> error) {
  napi_env env = env_of(Isolate::GetCurrent());
  if (env == nullptr || message->ErrorLevel() != Isolate::MessageErrorLevel::kMessageError) return;
  env->thrown.Reset(env->isolate, error);
  env->message.Reset(env->isolate, message);
  if (error->IsObject()) {
    env->thrown.SetWeak();
    env->message.SetWeak();
  }
  if (env->callbacks.uncaught == nullptr) {
    if (env->last_exception.IsEmpty()) env->last_exception.Reset(env->isolate, error);
    return;
  }
  HandleScope scope(env->isolate);
  Global<Value> waiting = std::move(env->last_exception);
  env->callbacks.uncaught(env, env->data, to_value(error));
  env->last_exception = std::move(waiting);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* All that an isolate needs before it has a context; the isolate is entered. */
bool env_setup(napi_env env, const js_env_options *options, Isolate *isolate) {
  env->isolate = isolate;
  env->callbacks = options->callbacks;
  env->data = options->data;
  env->runner = platform_get()->runner(isolate);
  env->runner->attach(options->callbacks.wake, options->data);
  isolate->SetData(0, env);
  isolate->SetMicrotasksPolicy(MicrotasksPolicy::kExplicit);
  isolate->SetPromiseRejectCallback(on_promise_reject);
  isolate->SetAbortOnUncaughtExceptionCallback([](Isolate *thrower) { return env_of(thrower)->aborts; });
  isolate->SetFatalErrorHandler(on_fatal_error);
  isolate->SetOOMErrorHandler(on_out_of_memory);
  isolate->SetHostImportModuleDynamicallyCallback(module_import_dynamically);
  isolate->SetHostImportModuleWithPhaseDynamicallyCallback(module_import_source);
  isolate->SetHostInitializeImportMetaObjectCallback(module_import_meta_init);
  isolate->SetAllowWasmCodeGenerationCallback(context_allows_wasm);
  /* a listener is an object of the heap, which a snapshot could not hold */
  if (!env->snapshotting)
    isolate->AddMessageListenerWithErrorLevel(on_message, Isolate::MessageErrorLevel::kMessageError);
  if (options->callbacks.wasm_stream != nullptr) isolate->SetWasmStreamingCallback(wasm_stream_open);
  isolate->SetCaptureStackTraceForUncaughtExceptions(false);
  if (options->callbacks.near_heap_limit != nullptr) isolate->AddNearHeapLimitCallback(on_near_heap_limit, env);
  return true;
}

static bool context_open(napi_env env) {
  Isolate *isolate = env->isolate;
  HandleScope scope(isolate);
  Local<Context> context;
  Local<Array> state;
  if (env->blob.data != nullptr) {
    if (!Context::FromSnapshot(isolate, 0).ToLocal(&context)) return false;
    context->Enter();
    if (!context->GetDataFromSnapshotOnce<Array>(0).ToLocal(&state)) return false;
  } else {
    context = Context::New(isolate);
    if (context.IsEmpty()) return false;
    context->Enter();
    state = Array::New(isolate, STATE_COUNT);
  }
  env->context_.Reset(isolate, context);
  env->state.Reset(isolate, state);
  Local<Value> prototype = env_state_get(env, STATE_BUFFER_PROTOTYPE);
  if (prototype->IsObject()) env->buffer_prototype.Reset(isolate, prototype.As<Object>());
  return true;
}

constexpr double MB = 1 << 20;

void js_heap_limits_fill(js_heap_limits *limits) {
  ResourceConstraints defaults;
  defaults.ConfigureDefaults(uv_get_total_memory(), 0);
  if (!(limits->young > 0)) limits->young = static_cast<double>(defaults.max_young_generation_size_in_bytes()) / MB;
  if (!(limits->old > 0)) limits->old = static_cast<double>(defaults.max_old_generation_size_in_bytes()) / MB;
  if (!(limits->code > 0)) limits->code = static_cast<double>(defaults.code_range_size_in_bytes()) / MB;
}

static void limits_apply(const js_heap_limits *limits, ResourceConstraints *constraints) {
  constraints->ConfigureDefaults(uv_get_total_memory(), 0);
  if (limits->young > 0) constraints->set_max_young_generation_size_in_bytes(static_cast<size_t>(limits->young * MB));
  if (limits->old > 0) constraints->set_max_old_generation_size_in_bytes(static_cast<size_t>(limits->old * MB));
  if (limits->code > 0) constraints->set_code_range_size_in_bytes(static_cast<size_t>(limits->code * MB));
}

/* Leaves room for what the engine and C need at the end of the stack. */
static void stack_limit_set(Isolate *isolate, double megabytes) {
  constexpr double MARGIN = 192 << 10;
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  isolate->SetStackLimit(here - static_cast<uintptr_t>(megabytes * MB - MARGIN));
}

napi_status js_env_create(const js_env_options *options, napi_env *out) {
  if (platform_get() == nullptr) return napi_generic_failure;
  std::unique_ptr<napi_env__> env(new napi_env__);
  Isolate::CreateParams params;
  env->allocator.reset(ArrayBuffer::Allocator::NewDefaultAllocator());
  params.array_buffer_allocator = env->allocator.get();
  binding_tables_flatten(env.get(), options->bindings);
  params.external_references = env->references.data();
  if (options->snapshot != nullptr) {
    env->blob.data = reinterpret_cast<const char *>(options->snapshot);
    env->blob.raw_size = static_cast<int>(options->snapshot_size);
    if (!env->blob.IsValid()) return napi_invalid_arg;
    params.snapshot_blob = &env->blob;
  }
  if (options->limits != nullptr) {
    limits_apply(options->limits, &params.constraints);
  } else if (options->max_heap_bytes != 0) {
    params.constraints.ConfigureDefaultsFromHeapSize(0, options->max_heap_bytes);
  }
  if (!platform_blob_acquire(env->blob.data)) return napi_generic_failure;
  Isolate *isolate = Isolate::New(params);
  isolate->Enter();
  if (options->limits != nullptr && options->limits->stack > 0) stack_limit_set(isolate, options->limits->stack);
  env_setup(env.get(), options, isolate);
  if (!context_open(env.get())) {
    isolate->Exit();
    isolate->Dispose();
    platform_get()->forget(isolate);
    platform_blob_release();
    return napi_generic_failure;
  }
  *out = env.release();
  return napi_ok;
}

/* Drops every handle that the environment itself keeps. */
void env_globals_reset(napi_env env) {
  env->last_exception.Reset();
  env->state.Reset();
  env->handle_template.Reset();
  env->holding_template.Reset();
  env->buffer_prototype.Reset();
  env->wrap_key.Reset();
  env->tag_key.Reset();
  env->thrown.Reset();
  env->message.Reset();
  env->code_string.Reset();
  for (auto &hook : env->promise_hooks) hook.Reset();
  env->contexts.clear();
  env->collectors.clear();
}

void js_env_destroy(napi_env env) {
  if (env == nullptr) return;
  Isolate *isolate = env->isolate;
  {
    HandleScope scope(isolate);
    if (env->instance_data.call != nullptr)
      env->instance_data.call(env, env->instance_data.data, env->instance_data.hint);
    env_track_all_finish(env);
    modules_destroy_all(env);
    env_globals_reset(env);
    env->context()->Exit();
    env->context_.Reset();
  }
  env->runner->close();
  isolate->Exit();
  isolate->Dispose();
  platform_get()->forget(isolate);
  platform_blob_release();
  /* Memory given to us was released by Dispose: its finalizers have no engine any more, and need none. */
  for (auto &finalizer : env->finalizers) finalizer.call(env, finalizer.data, finalizer.hint);
  delete env;
}

void *js_env_data(napi_env env) { return env->data; }
void js_env_set_data(napi_env env, void *data) {
  env->data = data;
  env->runner->attach(env->callbacks.wake, data);
}

/* ---- handle scopes ---------------------------------------------------------------------------------------------- */

static_assert(sizeof(HandleScope) <= sizeof(js_scope), "js_scope holds a HandleScope");

void js_scope_open(napi_env env, js_scope *scope) { ::new (static_cast<void *>(scope)) HandleScope(env->isolate); }
void js_scope_close(js_scope *scope) { reinterpret_cast<HandleScope *>(scope)->~HandleScope(); }

/* ---- tasks, microtasks, calls ----------------------------------------------------------------------------------- */

static napi_status pending_status(napi_env env) {
  return env->last_exception.IsEmpty() ? ok(env) : fail(env, napi_pending_exception);
}

napi_status js_tasks_run(napi_env env, int64_t *next_ms) {
  auto tasks = env->runner->take(next_ms);
  for (auto &task : tasks) {
    HandleScope scope(env->isolate);
    task->Run();
    task.reset();
    report_pending(env);
  }
  env_finalizers_run(env);
  if (!tasks.empty()) { /* they may have posted more */
    int64_t ignored;
    std::vector<std::unique_ptr<Task>> more = env->runner->take(&ignored);
    *next_ms = ignored;
    for (auto &task : more) {
      env->runner->post(std::move(task));
      *next_ms = 0;
    }
  }
  return pending_status(env);
}

void js_uncaught_aborts_set(napi_env env, bool aborts) { env->aborts = aborts; }

void js_timezone_changed(napi_env env) {
  env->isolate->DateTimeConfigurationChangeNotification(Isolate::TimeZoneDetection::kRedetect);
}

bool js_tasks_wait(napi_env env) {
  platform_get()->wait();
  return env->runner->waiting();
}

napi_status js_microtasks_run(napi_env env) {
  env->isolate->PerformMicrotaskCheckpoint();
  return pending_status(env);
}

napi_status js_microtask_enqueue(napi_env env, napi_value function) {
  Local<Value> value = to_local(function);
  CHECK(env, function != nullptr && value->IsFunction(), napi_function_expected);
  env->isolate->EnqueueMicrotask(value.As<Function>());
  return ok(env);
}

napi_status js_call(napi_env env, napi_value recv, napi_value function, size_t argc, const napi_value *argv,
                    napi_value *result) {
  Local<Value> callee = to_local(function);
  CHECK(env, function != nullptr && callee->IsFunction(), napi_function_expected);
  Local<Value> self = recv == nullptr ? Undefined(env->isolate).As<Value>() : to_local(recv);
  Catcher catcher(env);
  Local<Value> value;
  if (!callee.As<Function>()->Call(env->context(), self, static_cast<int>(argc), to_locals(argv)).ToLocal(&value))
    return catcher.failed(napi_pending_exception);
  if (result != nullptr) *result = to_value(value);
  return ok(env);
}
