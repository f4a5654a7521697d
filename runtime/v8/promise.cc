/* promise.cc: promises, their hooks, and the value that continuations carry along. */
#include "env.h"

using namespace v8;

napi_status js_promise_details(napi_env env, napi_value value, js_promise_state *state, napi_value *result) {
  CHECK(env, value != nullptr && to_local(value)->IsPromise(), napi_invalid_arg);
  Local<Promise> promise = to_local(value).As<Promise>();
  Promise::PromiseState actual = promise->State();
  if (state != nullptr) *state = static_cast<js_promise_state>(actual);
  if (result != nullptr)
    *result = actual == Promise::kPending ? to_value(Undefined(env->isolate)) : to_value(promise->Result());
  return ok(env);
}

napi_status js_promise_mark_handled(napi_env env, napi_value value) {
  CHECK(env, value != nullptr && to_local(value)->IsPromise(), napi_invalid_arg);
  to_local(value).As<Promise>()->MarkAsHandled();
  return ok(env);
}

static Local<Function> hook(napi_value value) {
  if (value == nullptr || !to_local(value)->IsFunction()) return Local<Function>();
  return to_local(value).As<Function>();
}

napi_status js_promise_hooks_set(napi_env env, napi_value init, napi_value before, napi_value after,
                                 napi_value settled) {
  napi_value hooks[] = {init, before, after, settled};
  for (size_t i = 0; i < 4; i++) env->promise_hooks[i].Reset(env->isolate, hook(hooks[i]));
  promise_hooks_apply(env, env->context());
  for (auto &context : env->contexts) {
    if (!context.IsEmpty()) promise_hooks_apply(env, context.Get(env->isolate));
  }
  return ok(env);
}

void promise_hooks_apply(napi_env env, Local<Context> context) {
  const auto get = [env](int i) { return env->promise_hooks[i].Get(env->isolate); };
  context->SetPromiseHooks(get(0), get(1), get(2), get(3));
}

/* A context of vm: its promises are the program's too. */
void context_remember(napi_env env, Local<Context> context) {
  size_t place = 0;
  while (place < env->contexts.size() && !env->contexts[place].IsEmpty()) place++;
  if (place == env->contexts.size()) env->contexts.emplace_back();
  env->contexts[place].Reset(env->isolate, context);
  env->contexts[place].SetWeak();
  if (!env->promise_hooks[0].IsEmpty() || !env->promise_hooks[1].IsEmpty() || !env->promise_hooks[2].IsEmpty() ||
      !env->promise_hooks[3].IsEmpty())
    promise_hooks_apply(env, context);
}

napi_status js_continuation_get(napi_env env, napi_value *value) {
  *value = to_value(env->isolate->GetContinuationPreservedEmbedderData());
  return ok(env);
}

napi_status js_continuation_set(napi_env env, napi_value value) {
  Local<Value> local = value == nullptr ? Undefined(env->isolate).As<Value>() : to_local(value);
  env->isolate->SetContinuationPreservedEmbedderData(local);
  return ok(env);
}

/* ---- Node-API --------------------------------------------------------------------------------------------------- */

namespace {
struct Deferred final : Tracked {
  Global<Promise::Resolver> resolver;
  void finish() override { delete this; }
};
}  // namespace

napi_status napi_create_promise(napi_env env, napi_deferred *deferred, napi_value *promise) {
  RUNS_JS(env);
  ARG(env, deferred);
  ARG(env, promise);
  Local<Promise::Resolver> resolver;
  if (!Promise::Resolver::New(env->context()).ToLocal(&resolver)) return catcher.failed();
  auto *made = new Deferred;
  made->resolver.Reset(env->isolate, resolver);
  made->link(&env->tracked);
  *deferred = reinterpret_cast<napi_deferred>(made);
  *promise = to_value(resolver->GetPromise());
  return ok(env);
}

static napi_status conclude(napi_env env, napi_deferred handle, napi_value value, bool resolve) {
  RUNS_JS(env);
  ARG(env, handle);
  ARG(env, value);
  auto *deferred = reinterpret_cast<Deferred *>(handle);
  Local<Promise::Resolver> resolver = deferred->resolver.Get(env->isolate);
  Maybe<bool> done =
      resolve ? resolver->Resolve(env->context(), to_local(value)) : resolver->Reject(env->context(), to_local(value));
  delete deferred;
  return done.FromMaybe(false) ? catcher.finish() : catcher.failed();
}

napi_status napi_resolve_deferred(napi_env env, napi_deferred deferred, napi_value resolution) {
  return conclude(env, deferred, resolution, true);
}

napi_status napi_reject_deferred(napi_env env, napi_deferred deferred, napi_value rejection) {
  return conclude(env, deferred, rejection, false);
}

napi_status napi_is_promise(napi_env env, napi_value value, bool *result) {
  ENV(env);
  ARG(env, value);
  ARG(env, result);
  *result = to_local(value)->IsPromise();
  return ok(env);
}
