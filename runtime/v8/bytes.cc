/*
 * bytes.cc: memory shared between C and JS: Buffers, ArrayBuffers, typed arrays.
 *
 * A Buffer is a Uint8Array with another prototype. V8's heap keeps the bytes of small typed arrays inside itself
 * until somebody asks for their address; reading them here asks.
 */
#include "bytes.h"

#include <stdlib.h>

#include <new>

using namespace v8;

static void free_bytes(void *data, size_t length, void *) { free(data); }

bool bytes_of(Local<Value> value, void **data, size_t *length) {
  if (value->IsArrayBufferView()) {
    Local<ArrayBufferView> view = value.As<ArrayBufferView>();
    *length = view->ByteLength();
    char *base = static_cast<char *>(view->Buffer()->Data());
    *data = base == nullptr ? nullptr : base + view->ByteOffset();
    return true;
  }
  if (value->IsArrayBuffer()) {
    *data = value.As<ArrayBuffer>()->Data();
    *length = value.As<ArrayBuffer>()->ByteLength();
    return true;
  }
  if (value->IsSharedArrayBuffer()) {
    *data = value.As<SharedArrayBuffer>()->Data();
    *length = value.As<SharedArrayBuffer>()->ByteLength();
    return true;
  }
  return false;
}

napi_status js_bytes_get(napi_env env, napi_value value, void **data, size_t *length) {
  if (value == nullptr || !bytes_of(to_local(value), data, length)) return fail(env, napi_invalid_arg);
  return ok(env);
}

void js_bytes_keep_attached(napi_env env, napi_value array_buffer) {
  Local<Value> value = to_local(array_buffer);
  if (value->IsArrayBuffer()) value.As<ArrayBuffer>()->SetDetachKey(Symbol::New(env->isolate));
}

/* ---- bytes that outlive the call -------------------------------------------------------------------------------- */

using Store = std::shared_ptr<BackingStore>;
static_assert(sizeof(Store) <= sizeof(js_bytes::opaque) && alignof(Store) <= alignof(void *), "js_bytes holds one");

static Store store_of(Local<Value> value) {
  if (value->IsArrayBufferView()) return value.As<ArrayBufferView>()->Buffer()->GetBackingStore();
  if (value->IsArrayBuffer()) return value.As<ArrayBuffer>()->GetBackingStore();
  return value.As<SharedArrayBuffer>()->GetBackingStore();
}

napi_status js_bytes_hold(napi_env env, napi_value value, js_bytes_use use, js_bytes *bytes) {
  *bytes = {};
  if (value == nullptr || !bytes_of(to_local(value), &bytes->data, &bytes->length)) return fail(env, napi_invalid_arg);
  if (bytes->length == 0) return ok(env);
  Store store = store_of(to_local(value));
  if (use == js_bytes_read && store->IsResizableByUserJavaScript() && !store->IsShared()) {
    void *copy = malloc(bytes->length);
    if (copy == nullptr) {
      *bytes = {};
      return fail(env, napi_generic_failure);
    }
    memcpy(copy, bytes->data, bytes->length);
    bytes->data = copy;
    store = ArrayBuffer::NewBackingStore(copy, bytes->length, free_bytes, nullptr);
  }
  ::new (static_cast<void *>(bytes->opaque)) Store(std::move(store));
  return ok(env);
}

void js_bytes_drop(js_bytes *bytes) {
  if (bytes->opaque[0] != nullptr) reinterpret_cast<Store *>(bytes->opaque)->~Store();
  *bytes = {};
}

/* ---- memory that is somebody's ---------------------------------------------------------------------------------- */

namespace {
/* One finalizer call for two ways to end: the engine frees the memory (on any thread), or the environment goes. */
struct Foreign final : Tracked {
  napi_env env;
  Finalizer finalizer;
  bool finished = false;
  void finish() override {}
  static void freed(void *, size_t, void *pointer) {
    auto *foreign = static_cast<Foreign *>(pointer);
    napi_env env = foreign->env;
    bool told;
    {
      std::lock_guard<std::mutex> guard(env->finalizers_lock);
      told = foreign->finished;
      foreign->unlink();
      if (!told) env->finalizers.push_back(foreign->finalizer);
    }
    delete foreign;
    if (!told) env->runner_wake();
  }
};
}  // namespace

void env_foreign_finish(napi_env env) {
  for (;;) {
    Finalizer finalizer;
    {
      std::lock_guard<std::mutex> guard(env->finalizers_lock);
      auto *foreign = static_cast<Foreign *>(env->foreign.next);
      if (foreign == nullptr) return;
      foreign->unlink();
      foreign->finished = true; /* deleted by `freed`, when the engine drops the memory */
      finalizer = foreign->finalizer;
    }
    finalizer.call(env, finalizer.data, finalizer.hint);
  }
}

static void keep_bytes(void *data, size_t length, void *) {}

std::shared_ptr<BackingStore> store_with_finalizer(napi_env env, void *data, size_t length, napi_finalize call,
                                                   void *hint) {
  if (call == nullptr) return ArrayBuffer::NewBackingStore(data, length, keep_bytes, nullptr);
  auto *foreign = new Foreign;
  foreign->env = env;
  foreign->finalizer = {call, data, hint};
  {
    std::lock_guard<std::mutex> guard(env->finalizers_lock);
    foreign->link(&env->foreign);
  }
  return ArrayBuffer::NewBackingStore(data, length, Foreign::freed, foreign);
}

/* ---- Buffers ---------------------------------------------------------------------------------------------------- */

MaybeLocal<Uint8Array> buffer_from_array_buffer(napi_env env, Local<ArrayBuffer> buffer, size_t offset, size_t length) {
  Local<Uint8Array> array = Uint8Array::New(buffer, offset, length);
  if (!env->buffer_prototype.IsEmpty()) {
    Local<Object> prototype = slot_of(env->buffer_prototype);
    if (array->SetPrototype(env->context(), prototype).IsNothing()) return MaybeLocal<Uint8Array>();
  }
  return array;
}

static napi_status buffer_over(napi_env env, std::shared_ptr<BackingStore> store, size_t length, napi_value *value) {
  Local<Uint8Array> array;
  if (!buffer_from_array_buffer(env, ArrayBuffer::New(env->isolate, std::move(store)), 0, length).ToLocal(&array))
    return fail(env, napi_generic_failure);
  *value = to_value(array);
  return ok(env);
}

napi_status js_buffer_adopt(napi_env env, void *data, size_t length, napi_value *value) {
  if (length == 0 || data == nullptr) {
    free(data);
    return buffer_over(env, ArrayBuffer::NewBackingStore(env->isolate, 0), 0, value);
  }
  CHECK(env, length <= BYTES_MAX, napi_invalid_arg);
  return buffer_over(env, ArrayBuffer::NewBackingStore(data, length, free_bytes, nullptr), length, value);
}

/* Zeroed where nobody is given the address to fill it. */
napi_status js_buffer_create(napi_env env, size_t length, void **data, napi_value *value) {
  CHECK(env, length <= BYTES_MAX, napi_invalid_arg);
  if (length == 0) {
    if (data != nullptr) *data = nullptr;
    return js_buffer_adopt(env, nullptr, 0, value);
  }
  void *memory = data == nullptr ? calloc(1, length) : malloc(length);
  CHECK(env, memory != nullptr, napi_generic_failure);
  if (data != nullptr) *data = memory;
  return js_buffer_adopt(env, memory, length, value);
}

napi_status js_buffer_prototype_set(napi_env env, napi_value prototype) {
  CHECK(env, prototype != nullptr && to_local(prototype)->IsObject(), napi_object_expected);
  env->buffer_prototype.Reset(env->isolate, to_local(prototype).As<Object>());
  env_state_set(env, STATE_BUFFER_PROTOTYPE, to_local(prototype));
  return ok(env);
}

napi_status napi_create_buffer(napi_env env, size_t length, void **data, napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  return js_buffer_create(env, length, data, result);
}

napi_status napi_create_buffer_copy(napi_env env, size_t length, const void *data, void **result_data,
                                    napi_value *result) {
  void *bytes = nullptr;
  napi_status status = napi_create_buffer(env, length, &bytes, result);
  if (status != napi_ok) return status;
  if (length != 0) memcpy(bytes, data, length);
  if (result_data != nullptr) *result_data = bytes;
  return napi_ok;
}

napi_status napi_create_external_buffer(napi_env env, size_t length, void *data, node_api_basic_finalize finalize_cb,
                                        void *finalize_hint, napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  CHECK(env, length <= BYTES_MAX, napi_invalid_arg);
  return buffer_over(env, store_with_finalizer(env, data, length, finalize_cb, finalize_hint), length, result);
}

napi_status node_api_create_buffer_from_arraybuffer(napi_env env, napi_value arraybuffer, size_t byte_offset,
                                                    size_t byte_length, napi_value *result) {
  RUNS_JS(env);
  ARG(env, arraybuffer);
  ARG(env, result);
  CHECK(env, to_local(arraybuffer)->IsArrayBuffer(), napi_arraybuffer_expected);
  Local<ArrayBuffer> buffer = to_local(arraybuffer).As<ArrayBuffer>();
  if (byte_offset > buffer->ByteLength() || byte_length > buffer->ByteLength() - byte_offset) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "The byte offset + length is out of range");
    return fail(env, napi_pending_exception);
  }
  Local<Uint8Array> array;
  if (!buffer_from_array_buffer(env, buffer, byte_offset, byte_length).ToLocal(&array)) return catcher.failed();
  *result = to_value(array);
  return ok(env);
}

napi_status napi_is_buffer(napi_env env, napi_value value, bool *result) {
  ENV(env);
  ARG(env, value);
  ARG(env, result);
  *result = to_local(value)->IsArrayBufferView();
  return ok(env);
}

napi_status napi_get_buffer_info(napi_env env, napi_value value, void **data, size_t *length) {
  ENV(env);
  ARG(env, value);
  void *bytes = nullptr;
  size_t count = 0;
  CHECK(env, to_local(value)->IsArrayBufferView() && bytes_of(to_local(value), &bytes, &count), napi_invalid_arg);
  if (data != nullptr) *data = bytes;
  if (length != nullptr) *length = count;
  return ok(env);
}
