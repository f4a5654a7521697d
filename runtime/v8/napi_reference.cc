/*
 * napi_reference.cc: references, wrapped objects, externals, finalizers, instance data, handle scopes.
 *
 * One struct serves all of them: a counted, possibly weak handle that may carry a finalizer. A reference that only
 * exists for its finalizer is the environment's and goes with the object; one that C was given lives until
 * napi_delete_reference. Finalizers never run inside of a collection: they queue (env.cc).
 */
#include <new>

#include "env.h"

using namespace v8;

namespace {
struct Reference final : Tracked {
  napi_env env;
  Global<Value> value;
  uint32_t count;
  bool weakable, ours;
  Finalizer finalizer{};

  Reference(napi_env environment, Local<Value> target, uint32_t initial, bool owned)
      : env(environment),
        value(environment->isolate, target),
        count(initial),
        weakable(target->IsObject()),
        ours(owned) {
    if (count == 0) weaken();
  }
  void carry(napi_finalize call, void *data, void *hint) {
    finalizer = {call, data, hint};
    link(call == nullptr ? &env->tracked : &env->finalizing);
  }
  void weaken() {
    if (weakable && !value.IsEmpty()) value.SetWeak(this, collected, WeakCallbackType::kParameter);
  }
  /* During a collection: nothing but the queue may be touched. */
  static void collected(const WeakCallbackInfo<Reference> &info) {
    Reference *self = info.GetParameter();
    self->value.Reset();
    Finalizer finalizer = self->finalizer;
    self->finalizer.call = nullptr;
    env_finalizer_push(self->env, finalizer.call, finalizer.data, finalizer.hint);
    if (self->ours) delete self;
  }
  void finish() override {
    Finalizer due = finalizer;
    finalizer.call = nullptr;
    napi_env environment = env;
    if (ours || due.call == nullptr) {
      delete this;
    } else { /* C may delete it in its finalizer, so it outlives this call, then goes with the plain ones */
      value.Reset();
      unlink();
      link(&environment->tracked);
    }
    if (due.call != nullptr) due.call(environment, due.data, due.hint);
  }
};
}  // namespace

static Reference *reference_of(napi_ref ref) { return reinterpret_cast<Reference *>(ref); }

napi_status napi_create_reference(napi_env env, napi_value value, uint32_t initial_refcount, napi_ref *result) {
  ENV(env);
  ARG(env, value);
  ARG(env, result);
  auto *made = new Reference(env, to_local(value), initial_refcount, false);
  made->carry(nullptr, nullptr, nullptr);
  *result = reinterpret_cast<napi_ref>(made);
  return ok(env);
}

napi_status napi_delete_reference(node_api_basic_env env, napi_ref ref) {
  ENV(env);
  ARG(env, ref);
  delete reference_of(ref);
  return ok(env);
}

napi_status napi_reference_ref(napi_env env, napi_ref ref, uint32_t *result) {
  ENV(env);
  ARG(env, ref);
  Reference *reference = reference_of(ref);
  CHECK(env, !reference->value.IsEmpty(), napi_generic_failure);
  if (reference->count++ == 0 && reference->weakable) reference->value.ClearWeak();
  if (result != nullptr) *result = reference->count;
  return ok(env);
}

napi_status napi_reference_unref(napi_env env, napi_ref ref, uint32_t *result) {
  ENV(env);
  ARG(env, ref);
  Reference *reference = reference_of(ref);
  CHECK(env, reference->count != 0, napi_generic_failure);
  if (--reference->count == 0) reference->weaken();
  if (result != nullptr) *result = reference->count;
  return ok(env);
}

napi_status napi_get_reference_value(napi_env env, napi_ref ref, napi_value *result) {
  ENV(env);
  ARG(env, ref);
  ARG(env, result);
  Reference *reference = reference_of(ref);
  *result = reference->value.IsEmpty() ? nullptr : to_value(reference->value.Get(env->isolate));
  return ok(env);
}

/* ---- wrapped objects -------------------------------------------------------------------------------------------- */

static napi_status wrapped(napi_env env, napi_value value, Local<Object> *object, Reference **reference) {
  ARG(env, value);
  CHECK(env, to_local(value)->IsObject(), napi_object_expected);
  *object = to_local(value).As<Object>();
  Local<Value> holder;
  CHECK(env,
        (*object)->GetPrivate(env->context(), env_private(env, &env->wrap_key, "napi.wrap")).ToLocal(&holder) &&
            holder->IsExternal(),
        napi_invalid_arg);
  *reference = static_cast<Reference *>(holder.As<External>()->Value());
  return ok(env);
}

napi_status napi_wrap(napi_env env, napi_value js_object, void *native_object, node_api_basic_finalize finalize_cb,
                      void *finalize_hint, napi_ref *result) {
  RUNS_JS(env);
  ARG(env, js_object);
  CHECK(env, to_local(js_object)->IsObject(), napi_object_expected);
  Local<Object> object = to_local(js_object).As<Object>();
  Local<Private> key = env_private(env, &env->wrap_key, "napi.wrap");
  CHECK(env, !object->HasPrivate(env->context(), key).FromMaybe(true), napi_invalid_arg);
  auto *made = new Reference(env, object, 0, result == nullptr);
  made->carry(finalize_cb, native_object, finalize_hint);
  if (!object->SetPrivate(env->context(), key, External::New(env->isolate, made)).FromMaybe(false)) {
    delete made;
    return catcher.failed();
  }
  if (result != nullptr) *result = reinterpret_cast<napi_ref>(made);
  return ok(env);
}

napi_status napi_unwrap(napi_env env, napi_value js_object, void **result) {
  ENV(env);
  ARG(env, result);
  Local<Object> object;
  Reference *reference;
  napi_status status = wrapped(env, js_object, &object, &reference);
  if (status == napi_ok) *result = reference->finalizer.data;
  return status;
}

napi_status napi_remove_wrap(napi_env env, napi_value js_object, void **result) {
  RUNS_JS(env);
  Local<Object> object;
  Reference *reference;
  napi_status status = wrapped(env, js_object, &object, &reference);
  if (status != napi_ok) return status;
  if (result != nullptr) *result = reference->finalizer.data;
  object->DeletePrivate(env->context(), env_private(env, &env->wrap_key, "napi.wrap")).FromMaybe(false);
  reference->finalizer = {};
  if (reference->ours) delete reference;
  return ok(env);
}

/* ---- externals, finalizers -------------------------------------------------------------------------------------- */

napi_status napi_create_external(napi_env env, void *data, node_api_basic_finalize finalize_cb, void *finalize_hint,
                                 napi_value *result) {
  ENV(env);
  ARG(env, result);
  Local<External> made = External::New(env->isolate, data);
  if (finalize_cb != nullptr) {
    auto *reference = new Reference(env, made, 1, true);
    reference->count = 0;
    reference->weakable = true;
    reference->weaken();
    reference->carry(finalize_cb, data, finalize_hint);
  }
  *result = to_value(made);
  return ok(env);
}

napi_status napi_get_value_external(napi_env env, napi_value value, void **result) {
  ENV(env);
  ARG(env, value);
  ARG(env, result);
  CHECK(env, to_local(value)->IsExternal(), napi_invalid_arg);
  *result = to_local(value).As<External>()->Value();
  return ok(env);
}

napi_status napi_add_finalizer(napi_env env, napi_value js_object, void *finalize_data,
                               node_api_basic_finalize finalize_cb, void *finalize_hint, napi_ref *result) {
  ENV(env);
  ARG(env, js_object);
  ARG(env, finalize_cb);
  CHECK(env, to_local(js_object)->IsObject(), napi_invalid_arg);
  auto *made = new Reference(env, to_local(js_object), 0, result == nullptr);
  made->carry(finalize_cb, finalize_data, finalize_hint);
  if (result != nullptr) *result = reinterpret_cast<napi_ref>(made);
  return ok(env);
}

napi_status napi_set_instance_data(node_api_basic_env env, void *data, napi_finalize finalize_cb, void *finalize_hint) {
  ENV(env);
  env->instance_data = {finalize_cb, data, finalize_hint};
  return ok(env);
}

napi_status napi_get_instance_data(node_api_basic_env env, void **data) {
  ENV(env);
  ARG(env, data);
  *data = env->instance_data.data;
  return ok(env);
}

/* ---- handle scopes ---------------------------------------------------------------------------------------------- */

namespace {
struct Escapable {
  EscapableHandleScope scope;
  bool escaped = false;
  explicit Escapable(Isolate *isolate) : scope(isolate) {}
};
struct Plain {
  HandleScope scope;
  explicit Plain(Isolate *isolate) : scope(isolate) {}
};
}  // namespace

napi_status napi_open_handle_scope(napi_env env, napi_handle_scope *result) {
  ENV(env);
  ARG(env, result);
  *result = reinterpret_cast<napi_handle_scope>(new Plain(env->isolate));
  return ok(env);
}

napi_status napi_close_handle_scope(napi_env env, napi_handle_scope scope) {
  ENV(env);
  ARG(env, scope);
  delete reinterpret_cast<Plain *>(scope);
  return ok(env);
}

napi_status napi_open_escapable_handle_scope(napi_env env, napi_escapable_handle_scope *result) {
  ENV(env);
  ARG(env, result);
  *result = reinterpret_cast<napi_escapable_handle_scope>(new Escapable(env->isolate));
  return ok(env);
}

napi_status napi_close_escapable_handle_scope(napi_env env, napi_escapable_handle_scope scope) {
  ENV(env);
  ARG(env, scope);
  delete reinterpret_cast<Escapable *>(scope);
  return ok(env);
}

napi_status napi_escape_handle(napi_env env, napi_escapable_handle_scope scope, napi_value escapee,
                               napi_value *result) {
  ENV(env);
  ARG(env, scope);
  ARG(env, escapee);
  ARG(env, result);
  auto *escapable = reinterpret_cast<Escapable *>(scope);
  CHECK(env, !escapable->escaped, napi_escape_called_twice);
  escapable->escaped = true;
  *result = to_value(escapable->scope.Escape(to_local(escapee)));
  return ok(env);
}
