/*
 * serializer.cc: structured clone. Transferred ArrayBuffers are detached here, and each one's memory moves to a new
 * ArrayBuffer that takes its place in the caller's array: handed to js_deserialize, it is what arrives.
 */
#include <stdlib.h>

#include "env.h"

using namespace v8;

namespace {
class Writer final : public ValueSerializer::Delegate {
 public:
  explicit Writer(napi_env env) : env_(env) {}
  void ThrowDataCloneError(Local<String> message) override {
    env_->isolate->ThrowException(Exception::Error(message, Local<Value>()));
  }

 private:
  napi_env env_;
};
}  // namespace

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

napi_status js_serialize(napi_env env, napi_value value, napi_value transfer_array_buffers, uint8_t **data,
                         size_t *size) {
  ARG(env, value);
  std::vector<Local<ArrayBuffer>> transfers;
  napi_status status = transfers_get(env, transfer_array_buffers, &transfers);
  if (status != napi_ok) return status;
  Catcher catcher(env);
  Writer writer(env);
  ValueSerializer serializer(env->isolate, &writer);
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

napi_status js_deserialize(napi_env env, const uint8_t *data, size_t size, napi_value array_buffers,
                           napi_value *value) {
  std::vector<Local<ArrayBuffer>> transfers;
  napi_status status = transfers_get(env, array_buffers, &transfers);
  if (status != napi_ok) return status;
  Catcher catcher(env);
  ValueDeserializer deserializer(env->isolate, data, size);
  for (uint32_t i = 0; i < transfers.size(); i++) deserializer.TransferArrayBuffer(i, transfers[i]);
  Local<Value> out;
  if (!deserializer.ReadHeader(env->context()).FromMaybe(false) ||
      !deserializer.ReadValue(env->context()).ToLocal(&out))
    return catcher.failed(napi_generic_failure);
  *value = to_value(out);
  return ok(env);
}
