/*
 * serializer.cc: structured clone. Transferred ArrayBuffers are detached here, and each one's memory moves to a new
 * ArrayBuffer that takes its place in the caller's array: handed to js_deserialize, it is what arrives.
 */
#include <stdlib.h>

#include "env.h"

using namespace v8;

Local<Private> host_mark(Isolate *isolate) {
  return Private::ForApi(isolate, String::NewFromUtf8Literal(isolate, "jsd:host"));
}

namespace {
class Writer final : public ValueSerializer::Delegate {
 public:
  Writer(napi_env env, Local<Array> hosts) : env_(env), hosts_(hosts), serializer_(nullptr) {
    if (!hosts_.IsEmpty()) mark_ = host_mark(env->isolate);
  }
  void serializer_set(ValueSerializer *serializer) { serializer_ = serializer; }
  void ThrowDataCloneError(Local<String> message) override {
    env_->isolate->ThrowException(Exception::Error(message, Local<Value>()));
  }
  /* Asked of each object otherwise: costs a quarter of a small clone. */
  bool HasCustomHostObject(Isolate *isolate) override { return !hosts_.IsEmpty() && env_->host_objects; }
  Maybe<bool> IsHostObject(Isolate *isolate, Local<Object> object) override {
    if (object->InternalFieldCount() > 0) return Just(true);
    return object->HasPrivate(env_->context(), mark_);
  }
  Maybe<bool> WriteHostObject(Isolate *isolate, Local<Object> object) override {
    bool marked = !hosts_.IsEmpty() && object->HasPrivate(env_->context(), mark_).FromMaybe(false);
    if (!marked) {
      Local<String> name = object->GetConstructorName();
      ThrowDataCloneError(String::Concat(isolate,
                                         String::Concat(isolate, String::NewFromUtf8Literal(isolate, "#<"), name),
                                         String::NewFromUtf8Literal(isolate, "> could not be cloned.")));
      return Nothing<bool>();
    }
    uint32_t index = hosts_->Length();
    if (!hosts_->Set(env_->context(), index, object).FromMaybe(false)) return Nothing<bool>();
    serializer_->WriteUint32(index);
    return Just(true);
  }
  Maybe<uint32_t> GetSharedArrayBufferId(Isolate *isolate, Local<SharedArrayBuffer> buffer) override {
    if (hosts_.IsEmpty()) {
      ThrowDataCloneError(String::NewFromUtf8Literal(isolate, "#<SharedArrayBuffer> could not be cloned."));
      return Nothing<uint32_t>();
    }
    uint32_t index = hosts_->Length();
    if (!hosts_->Set(env_->context(), index, buffer).FromMaybe(false)) return Nothing<uint32_t>();
    return Just(index);
  }

 private:
  napi_env env_;
  Local<Array> hosts_;
  Local<Private> mark_;
  ValueSerializer *serializer_;
};

class Reader final : public ValueDeserializer::Delegate {
 public:
  Reader(napi_env env, Local<Array> hosts) : env_(env), hosts_(hosts), deserializer_(nullptr) {}
  void deserializer_set(ValueDeserializer *deserializer) { deserializer_ = deserializer; }
  MaybeLocal<Object> ReadHostObject(Isolate *isolate) override {
    uint32_t index;
    Local<Value> value;
    if (!hosts_.IsEmpty() && deserializer_->ReadUint32(&index) && index < hosts_->Length() &&
        hosts_->Get(env_->context(), index).ToLocal(&value) && value->IsObject())
      return value.As<Object>();
    isolate->ThrowException(
        Exception::Error(String::NewFromUtf8Literal(isolate, "Unable to deserialize cloned data.")));
    return MaybeLocal<Object>();
  }
  MaybeLocal<SharedArrayBuffer> GetSharedArrayBufferFromId(Isolate *isolate, uint32_t id) override {
    Local<Value> value;
    if (!hosts_.IsEmpty() && id < hosts_->Length() && hosts_->Get(env_->context(), id).ToLocal(&value) &&
        value->IsSharedArrayBuffer())
      return SharedArrayBuffer::New(isolate, value.As<SharedArrayBuffer>()->GetBackingStore());
    isolate->ThrowException(
        Exception::Error(String::NewFromUtf8Literal(isolate, "Unable to deserialize cloned data.")));
    return MaybeLocal<SharedArrayBuffer>();
  }

 private:
  napi_env env_;
  Local<Array> hosts_;
  ValueDeserializer *deserializer_;
};
}  // namespace

static Local<Array> hosts_of(napi_value list) {
  return list != nullptr && to_local(list)->IsArray() ? to_local(list).As<Array>() : Local<Array>();
}

napi_status js_host_object_mark(napi_env env, napi_value object) {
  ARG(env, object);
  CHECK(env, to_local(object)->IsObject(), napi_object_expected);
  Isolate *isolate = env->isolate;
  env->host_objects = true;
  to_local(object).As<Object>()->SetPrivate(env->context(), host_mark(isolate), True(isolate)).Check();
  return ok(env);
}

static napi_status transfers_get(napi_env env, napi_value list, std::vector<Local<ArrayBuffer>> *out) {
  if (list == nullptr || !to_local(list)->IsArray()) return ok(env);
  Local<Array> array = to_local(list).As<Array>();
  for (uint32_t i = 0; i < array->Length(); i++) {
    Local<Value> element;
    CHECK(env, array->Get(env->context(), i).ToLocal(&element) && element->IsArrayBuffer(), napi_arraybuffer_expected);
    out->push_back(element.As<ArrayBuffer>());
  }
  return ok(env);
}

napi_status js_serialize(napi_env env, napi_value value, napi_value transfer_array_buffers, napi_value hosts,
                         uint8_t **data, size_t *size) {
  ARG(env, value);
  std::vector<Local<ArrayBuffer>> transfers;
  napi_status status = transfers_get(env, transfer_array_buffers, &transfers);
  if (status != napi_ok) return status;
  Catcher catcher(env);
  Writer writer(env, hosts_of(hosts));
  ValueSerializer serializer(env->isolate, &writer);
  writer.serializer_set(&serializer);
  for (uint32_t i = 0; i < transfers.size(); i++) {
    if (!transfers[i]->IsDetachable()) {
      writer.ThrowDataCloneError(String::NewFromUtf8Literal(env->isolate, "An ArrayBuffer is not detachable"));
      return catcher.failed(napi_pending_exception);
    }
    serializer.TransferArrayBuffer(i, transfers[i]);
  }
  serializer.WriteHeader();
  if (!serializer.WriteValue(env->context(), to_local(value)).FromMaybe(false))
    return catcher.failed(napi_pending_exception);
  for (uint32_t i = 0; i < transfers.size(); i++) {
    std::shared_ptr<BackingStore> store = transfers[i]->GetBackingStore();
    transfers[i]->Detach(Local<Value>()).Check();
    Local<ArrayBuffer> moved = ArrayBuffer::New(env->isolate, std::move(store));
    to_local(transfer_array_buffers).As<Array>()->Set(env->context(), i, moved).Check();
  }
  std::pair<uint8_t *, size_t> written = serializer.Release(); /* realloc'd by the default delegate */
  *data = written.first;
  *size = written.second;
  return ok(env);
}

napi_status js_deserialize(napi_env env, const uint8_t *data, size_t size, napi_value array_buffers, napi_value hosts,
                           napi_value *value) {
  std::vector<Local<ArrayBuffer>> transfers;
  napi_status status = transfers_get(env, array_buffers, &transfers);
  if (status != napi_ok) return status;
  Catcher catcher(env);
  Reader reader(env, hosts_of(hosts));
  ValueDeserializer deserializer(env->isolate, data, size, &reader);
  reader.deserializer_set(&deserializer);
  for (uint32_t i = 0; i < transfers.size(); i++) deserializer.TransferArrayBuffer(i, transfers[i]);
  Local<Value> out;
  if (!deserializer.ReadHeader(env->context()).FromMaybe(false) ||
      !deserializer.ReadValue(env->context()).ToLocal(&out))
    return catcher.failed(napi_generic_failure);
  *value = to_value(out);
  return ok(env);
}
