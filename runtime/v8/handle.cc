/*
 * handle.cc: JS objects with a C pointer. Internal fields: the type (whose address says what the pointer is), the
 * pointer and who finalizes it. Only a type with a finalizer costs a weak handle. Some have two more, for what they
 * keep alive on the heap, where a cycle can be collected.
 */
#include "env.h"

using namespace v8;

namespace {
struct Owner final : Tracked {
  Global<Object> object;
  const js_type *type;
  void *pointer;

  /* First pass of a collection: the handle must be reset, nothing of the engine may be called. */
  static void collected(const WeakCallbackInfo<Owner> &info) {
    Owner *owner = info.GetParameter();
    owner->object.Reset();
    info.SetSecondPassCallback(release);
  }
  static void release(const WeakCallbackInfo<Owner> &info) { info.GetParameter()->finish(); }
  void finish() override {
    const js_type *finalizing_type = type;
    void *finalized = pointer;
    delete this;
    finalizing_type->finalize(finalized);
  }
};
}  // namespace

enum {
  FIELD_TYPE,
  FIELD_POINTER,
  FIELD_OWNER,
  FIELD_COUNT,
  FIELD_HELD = FIELD_COUNT,
  FIELD_COUNT_HOLDING = FIELD_HELD + 2
};

static bool aligned(const void *pointer) { return (reinterpret_cast<uintptr_t>(pointer) & 1) == 0; }

static Local<ObjectTemplate> template_of(napi_env env, Global<ObjectTemplate> *slot, int fields) {
  if (UNLIKELY(slot->IsEmpty())) {
    Local<ObjectTemplate> made = ObjectTemplate::New(env->isolate);
    made->SetInternalFieldCount(fields);
    slot->Reset(env->isolate, made);
  }
  return slot_of(*slot);
}

static napi_status create(napi_env env, Local<ObjectTemplate> object_template, const js_type *type, void *pointer,
                          napi_value *value) {
  CHECK(env, type != nullptr && aligned(type) && aligned(pointer), napi_invalid_arg);
  Isolate *isolate = env->isolate;
  Local<Object> object;
  if (!object_template->NewInstance(env->context()).ToLocal(&object)) return fail(env, napi_generic_failure);
  Owner *owner = nullptr;
  if (type->finalize != nullptr) {
    owner = new Owner;
    owner->type = type;
    owner->pointer = pointer;
    owner->object.Reset(isolate, object);
    owner->object.SetWeak(owner, Owner::collected, WeakCallbackType::kParameter);
    owner->link(&env->tracked);
  }
  object->SetAlignedPointerInInternalField(FIELD_TYPE, const_cast<js_type *>(type));
  object->SetAlignedPointerInInternalField(FIELD_POINTER, pointer);
  object->SetAlignedPointerInInternalField(FIELD_OWNER, owner);
  *value = to_value(object);
  return ok(env);
}

napi_status js_handle_create(napi_env env, const js_type *type, void *pointer, napi_value *value) {
  return create(env, template_of(env, &env->handle_template, FIELD_COUNT), type, pointer, value);
}

napi_status handle_create_holding(napi_env env, const js_type *type, void *pointer, Local<Data> first,
                                  Local<Data> second, napi_value *value) {
  napi_status status = create(env, template_of(env, &env->holding_template, FIELD_COUNT_HOLDING), type, pointer, value);
  if (status != napi_ok) return status;
  Local<Object> object = to_local(*value).As<Object>();
  object->SetInternalField(FIELD_HELD, first);
  object->SetInternalField(FIELD_HELD + 1, second);
  return status;
}

static inline bool is_handle(napi_value value, Local<Object> *object) {
  if (value == nullptr || !to_local(value)->IsObject()) return false;
  *object = to_local(value).As<Object>();
  int count = (*object)->InternalFieldCount();
  return count == FIELD_COUNT || count == FIELD_COUNT_HOLDING;
}

napi_status js_handle_get(napi_env env, napi_value value, const js_type *type, void **pointer) {
  Local<Object> object;
  if (!is_handle(value, &object) || object->GetAlignedPointerFromInternalField(FIELD_TYPE) != type)
    return fail(env, napi_invalid_arg);
  *pointer = object->GetAlignedPointerFromInternalField(FIELD_POINTER);
  return ok(env);
}

bool handle_details(Local<Object> object, const js_type **type, void **pointer) {
  int count = object->InternalFieldCount();
  if (count != FIELD_COUNT && count != FIELD_COUNT_HOLDING) return false;
  *type = static_cast<const js_type *>(object->GetAlignedPointerFromInternalField(FIELD_TYPE));
  *pointer = object->GetAlignedPointerFromInternalField(FIELD_POINTER);
  return *type != nullptr;
}

napi_status js_handle_clear(napi_env env, napi_value value) {
  Local<Object> object;
  if (!is_handle(value, &object)) return fail(env, napi_invalid_arg);
  delete static_cast<Owner *>(object->GetAlignedPointerFromInternalField(FIELD_OWNER));
  object->SetAlignedPointerInInternalField(FIELD_TYPE, nullptr);
  object->SetAlignedPointerInInternalField(FIELD_POINTER, nullptr);
  object->SetAlignedPointerInInternalField(FIELD_OWNER, nullptr);
  return ok(env);
}
