/*
 * clone.cc: objects that are made by copying one that exists already (js_prototype_object, js_object_clone).
 *
 * They are objects of V8's API type, and that is their point: V8 cuts a plain object's map off from the tree of
 * transitions when its prototype is changed, so that every property added later makes a new map and misses every inline
 * cache, for each object anew (Express does exactly this with each request and response: 45 us of its 60). Maps of the
 * API type stay in the tree.
 */
#include "env.h"

using namespace v8;

napi_status js_prototype_object(napi_env env, napi_value prototype, napi_value *object) {
  RUNS_JS(env);
  ARG(env, prototype);
  ARG(env, object);
  EscapableHandleScope scope(env->isolate);
  Local<Object> made;
  if (!FunctionTemplate::New(env->isolate)->InstanceTemplate()->NewInstance(env->context()).ToLocal(&made) ||
      !made->SetPrototype(env->context(), to_local(prototype)).FromMaybe(false))
    return catcher.failed();
  *object = to_value(scope.Escape(made));
  return ok(env);
}

napi_status js_object_clone(napi_env env, napi_value object, napi_value *clone) {
  *clone = to_value(to_local(object).As<Object>()->Clone());
  return napi_ok;
}
