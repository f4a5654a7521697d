/*
 * snapshot.cc: making a startup snapshot. The blob's default context is an empty one: every new context of an isolate
 * starts as a copy of it, and a vm context must not begin with our built-in modules in it. The context that `build`
 * filled is number 0 of the additional ones, and its data number 0 is the environment's state array.
 */
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "platform.h"

using namespace v8;

/* Node takes Intl.v8BreakIterator (no standard's) out of every context; what leaves here, no copy of these has. */
static Local<Context> context_new(Isolate *isolate) {
  Local<Context> context = Context::New(isolate);
  Local<Value> intl;
  if (context->Global()->Get(context, String::NewFromUtf8Literal(isolate, "Intl")).ToLocal(&intl) && intl->IsObject())
    intl.As<Object>()->Delete(context, String::NewFromUtf8Literal(isolate, "v8BreakIterator")).Check();
  return context;
}

static napi_status context_build(napi_env env, SnapshotCreator *creator, napi_status (*build)(napi_env env, void *data),
                                 void *data) {
  Isolate *isolate = env->isolate;
  HandleScope scope(isolate);
  creator->SetDefaultContext(context_new(isolate));
  Local<Context> context = context_new(isolate);
  context->Enter();
  env->context_.Reset(isolate, context);
  env->state.Reset(isolate, Array::New(isolate, STATE_COUNT));
  napi_status status;
  {
    HandleScope inner(isolate);
    status = build(env, data);
    isolate->PerformMicrotaskCheckpoint();
  }
  creator->AddData(context, env->state.Get(isolate));
  creator->AddContext(context);
  env_track_all_finish(env);
  modules_destroy_all(env);
  env_globals_reset(env);
  env->context_.Reset();
  context->Exit();
  return status;
}

napi_status js_snapshot_create(const js_env_options *options, napi_status (*build)(napi_env env, void *data),
                               void *data, uint8_t **blob, size_t *size) {
  if (platform_get() == nullptr) return napi_generic_failure;
  if (!platform_blob_acquire(nullptr)) return napi_generic_failure;
  std::unique_ptr<napi_env__> env(new napi_env__);
  StartupData made{nullptr, 0};
  napi_status status;
  Isolate *isolate;
  {
    binding_tables_flatten(env.get(), options->bindings);
    SnapshotCreator creator(env->references.data()); /* makes and enters the isolate, and exits it at the end */
    isolate = creator.GetIsolate();
    env->snapshotting = true;
    env_setup(env.get(), options, isolate);
    status = context_build(env.get(), &creator, build, data);
    made = creator.CreateBlob(SnapshotCreator::FunctionCodeHandling::kKeep);
    env->runner->close();
  }
  platform_get()->forget(isolate);
  platform_blob_release();
  if (status == napi_ok && made.data == nullptr) status = napi_generic_failure;
  if (status == napi_ok) {
    *blob = static_cast<uint8_t *>(malloc(static_cast<size_t>(made.raw_size)));
    if (*blob == nullptr) {
      status = napi_generic_failure;
    } else {
      memcpy(*blob, made.data, static_cast<size_t>(made.raw_size));
      *size = static_cast<size_t>(made.raw_size);
    }
  }
  delete[] made.data;
  return status;
}
