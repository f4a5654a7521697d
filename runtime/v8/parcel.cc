/*
 * parcel.cc: structured clones that leave their environment (js_parcel). All that a parcel holds is the process's: bytes,
 * memory of buffers, WebAssembly code, native handles whose type can be shared. So one thread writes it, any other reads
 * it, and whoever lets go of it last frees it.
 */
#include <stdlib.h>

#include <atomic>

#include "env.h"

using namespace v8;

struct js_parcel {
  std::atomic<unsigned> refs{1};
  uint8_t *data = nullptr;
  size_t size = 0;
  std::vector<std::shared_ptr<BackingStore>> moved, shared;
  std::vector<CompiledWasmModule> wasm;
  struct Native {
    const js_type *type;
    void *pointer;
  };
  std::vector<Native> natives;
  js_parcel *hosts = nullptr;
  ~js_parcel() {
    free(data);
    for (auto &native : natives)
      if (native.type->finalize != nullptr) native.type->finalize(native.pointer);
    js_parcel_free(hosts);
  }
};

namespace {
/* What stands before a host object in the bytes. */
enum : uint32_t { HOST_MARKED, HOST_NATIVE };

class ParcelWriter final : public ValueSerializer::Delegate {
 public:
  ParcelWriter(napi_env env, js_parcel *parcel, Local<Array> hosts) : env_(env), parcel_(parcel), hosts_(hosts) {
    mark_ = host_mark(env->isolate);
  }
  ValueSerializer *serializer = nullptr;

  void ThrowDataCloneError(Local<String> message) override {
    env_->isolate->ThrowException(Exception::Error(message, Local<Value>()));
  }
  bool HasCustomHostObject(Isolate *) override { return env_->host_objects; }
  Maybe<bool> IsHostObject(Isolate *, Local<Object> object) override {
    if (object->InternalFieldCount() > 0) return Just(true);
    return object->HasPrivate(env_->context(), mark_);
  }
  Maybe<bool> WriteHostObject(Isolate *isolate, Local<Object> object) override {
    const js_type *type;
    void *pointer;
    if (object->HasPrivate(env_->context(), mark_).FromMaybe(false)) {
      uint32_t index = hosts_->Length();
      if (!hosts_->Set(env_->context(), index, object).FromMaybe(false)) return Nothing<bool>();
      serializer->WriteUint32(HOST_MARKED);
      serializer->WriteUint32(index);
      return Just(true);
    }
    if (handle_details(object, &type, &pointer) && type->share != nullptr) {
      serializer->WriteUint32(HOST_NATIVE);
      serializer->WriteUint32(static_cast<uint32_t>(parcel_->natives.size()));
      parcel_->natives.push_back({type, type->share(pointer)});
      return Just(true);
    }
    Local<String> before = String::NewFromUtf8Literal(isolate, "#<");
    Local<String> after = String::NewFromUtf8Literal(isolate, "> could not be cloned.");
    ThrowDataCloneError(String::Concat(isolate, String::Concat(isolate, before, object->GetConstructorName()), after));
    return Nothing<bool>();
  }
  Maybe<uint32_t> GetSharedArrayBufferId(Isolate *, Local<SharedArrayBuffer> buffer) override {
    std::shared_ptr<BackingStore> store = buffer->GetBackingStore();
    for (uint32_t i = 0; i < parcel_->shared.size(); i++)
      if (parcel_->shared[i] == store) return Just(i);
    parcel_->shared.push_back(std::move(store));
    return Just(static_cast<uint32_t>(parcel_->shared.size() - 1));
  }
  Maybe<uint32_t> GetWasmModuleTransferId(Isolate *, Local<WasmModuleObject> module) override {
    parcel_->wasm.push_back(module->GetCompiledModule());
    return Just(static_cast<uint32_t>(parcel_->wasm.size() - 1));
  }
  bool AdoptSharedValueConveyor(Isolate *, SharedValueConveyor &&) override { return false; }

 private:
  napi_env env_;
  js_parcel *parcel_;
  Local<Array> hosts_;
  Local<Private> mark_;
};

class ParcelReader final : public ValueDeserializer::Delegate {
 public:
  ParcelReader(napi_env env, js_parcel *parcel, Local<Array> hosts) : env_(env), parcel_(parcel), hosts_(hosts) {}
  ValueDeserializer *deserializer = nullptr;

  MaybeLocal<Object> ReadHostObject(Isolate *isolate) override {
    uint32_t kind, index;
    Local<Value> value;
    if (deserializer->ReadUint32(&kind) && deserializer->ReadUint32(&index)) {
      if (kind == HOST_MARKED && !hosts_.IsEmpty() && hosts_->Get(env_->context(), index).ToLocal(&value) &&
          value->IsObject())
        return value.As<Object>();
      napi_value handle;
      if (kind == HOST_NATIVE && index < parcel_->natives.size()) {
        auto &native = parcel_->natives[index];
        void *pointer = native.type->share(native.pointer);
        if (js_handle_create(env_, native.type, pointer, &handle) == napi_ok) return to_local(handle).As<Object>();
      }
    }
    isolate->ThrowException(
        Exception::Error(String::NewFromUtf8Literal(isolate, "Unable to deserialize cloned data.")));
    return MaybeLocal<Object>();
  }
  MaybeLocal<SharedArrayBuffer> GetSharedArrayBufferFromId(Isolate *isolate, uint32_t id) override {
    if (id >= parcel_->shared.size()) return MaybeLocal<SharedArrayBuffer>();
    return SharedArrayBuffer::New(isolate, parcel_->shared[id]);
  }
  MaybeLocal<WasmModuleObject> GetWasmModuleFromId(Isolate *isolate, uint32_t id) override {
    if (id >= parcel_->wasm.size()) return MaybeLocal<WasmModuleObject>();
    return WasmModuleObject::FromCompiledModule(isolate, parcel_->wasm[id]);
  }

 private:
  napi_env env_;
  js_parcel *parcel_;
  Local<Array> hosts_;
};

Local<Array> array_of(napi_value list) {
  return list != nullptr && to_local(list)->IsArray() ? to_local(list).As<Array>() : Local<Array>();
}
}  // namespace

/* The buffers of `list`, which are all detachable; false with an exception pending in the engine. */
static bool buffers_get(napi_env env, Local<Array> list, std::vector<Local<ArrayBuffer>> *out) {
  for (uint32_t i = 0; !list.IsEmpty() && i < list->Length(); i++) {
    Local<Value> element;
    if (!list->Get(env->context(), i).ToLocal(&element)) return false;
    if (!element->IsArrayBuffer() || !element.As<ArrayBuffer>()->IsDetachable()) {
      env->isolate->ThrowException(
          Exception::Error(String::NewFromUtf8Literal(env->isolate, "An ArrayBuffer could not be cloned.")));
      return false;
    }
    out->push_back(element.As<ArrayBuffer>());
  }
  return true;
}

napi_status js_parcel_write(napi_env env, napi_value value, napi_value array_buffers, napi_value hosts,
                            js_parcel **out) {
  RUNS_JS(env);
  ARG(env, value);
  CHECK(env, !array_of(hosts).IsEmpty(), napi_array_expected);
  std::unique_ptr<js_parcel> parcel(new js_parcel);
  std::vector<Local<ArrayBuffer>> buffers;
  ParcelWriter writer(env, parcel.get(), array_of(hosts));
  ValueSerializer serializer(env->isolate, &writer);
  writer.serializer = &serializer;
  if (!buffers_get(env, array_of(array_buffers), &buffers)) return catcher.failed(napi_pending_exception);
  for (uint32_t i = 0; i < buffers.size(); i++) serializer.TransferArrayBuffer(i, buffers[i]);
  serializer.WriteHeader();
  if (!serializer.WriteValue(env->context(), to_local(value)).FromMaybe(false))
    return catcher.failed(napi_pending_exception);
  for (auto &buffer : buffers) {
    parcel->moved.push_back(buffer->GetBackingStore());
    buffer->Detach(Local<Value>()).Check();
  }
  std::pair<uint8_t *, size_t> written = serializer.Release(); /* realloc'd by the default delegate */
  parcel->data = written.first;
  parcel->size = written.second;
  *out = parcel.release();
  return ok(env);
}

napi_status js_parcel_read(napi_env env, js_parcel *parcel, napi_value hosts, napi_value *value) {
  RUNS_JS(env);
  ParcelReader reader(env, parcel, array_of(hosts));
  ValueDeserializer deserializer(env->isolate, parcel->data, parcel->size, &reader);
  reader.deserializer = &deserializer;
  for (uint32_t i = 0; i < parcel->moved.size(); i++)
    deserializer.TransferArrayBuffer(i, ArrayBuffer::New(env->isolate, parcel->moved[i]));
  Local<Value> out;
  if (!deserializer.ReadHeader(env->context()).FromMaybe(false) ||
      !deserializer.ReadValue(env->context()).ToLocal(&out))
    return catcher.failed(napi_generic_failure);
  *value = to_value(out);
  return ok(env);
}

void js_parcel_hosts_set(js_parcel *parcel, js_parcel *hosts) { parcel->hosts = hosts; }
js_parcel *js_parcel_hosts(js_parcel *parcel) { return parcel->hosts; }

js_parcel *js_parcel_share(js_parcel *parcel) {
  parcel->refs.fetch_add(1, std::memory_order_relaxed);
  return parcel;
}

void js_parcel_free(js_parcel *parcel) {
  if (parcel != nullptr && parcel->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete parcel;
}
