/* writer.cc: see writer.h. */
#include "env.h"

#include <new>

#include "writer.h"

using namespace v8;

/* Calls owner[name](argument); empty with an exception pending. */
static MaybeLocal<Value> owner_call(napi_env env, Local<Object> owner, const char *name, int argc, Local<Value> *argv) {
  Local<String> key = String::NewFromUtf8(env->isolate, name).ToLocalChecked();
  Local<Value> method;
  if (owner.IsEmpty() || !owner->Get(env->context(), key).ToLocal(&method)) return {};
  if (!method->IsFunction()) return Undefined(env->isolate);
  return method.As<Function>()->Call(env->context(), owner, argc, argv);
}

struct js_writer final : ValueSerializer::Delegate {
  explicit js_writer(napi_env env) : env(env), serializer(env->isolate, this) {}

  void ThrowDataCloneError(Local<String> message) override {
    Local<Value> argument = message, error;
    if (owner_call(env, owner, "_getDataCloneError", 1, &argument).ToLocal(&error)) {
      if (!error->IsObject()) error = Exception::Error(message, Local<Value>());
      env->isolate->ThrowException(error);
    }
  }
  Maybe<bool> WriteHostObject(Isolate *isolate, Local<Object> object) override {
    Local<Value> argument = object, ignored;
    Local<String> key = String::NewFromUtf8Literal(isolate, "_writeHostObject");
    Local<Value> method;
    if (!owner->Get(env->context(), key).ToLocal(&method)) return Nothing<bool>();
    if (!method->IsFunction()) return ValueSerializer::Delegate::WriteHostObject(isolate, object);
    if (!method.As<Function>()->Call(env->context(), owner, 1, &argument).ToLocal(&ignored)) return Nothing<bool>();
    return Just(true);
  }
  Maybe<uint32_t> GetSharedArrayBufferId(Isolate *isolate, Local<SharedArrayBuffer> buffer) override {
    Local<Value> argument = buffer, id;
    Local<String> key = String::NewFromUtf8Literal(isolate, "_getSharedArrayBufferId");
    Local<Value> method;
    if (!owner->Get(env->context(), key).ToLocal(&method)) return Nothing<uint32_t>();
    if (!method->IsFunction()) return ValueSerializer::Delegate::GetSharedArrayBufferId(isolate, buffer);
    if (!method.As<Function>()->Call(env->context(), owner, 1, &argument).ToLocal(&id)) return Nothing<uint32_t>();
    return id->Uint32Value(env->context());
  }

  napi_env env;
  Local<Object> owner; /* during js_writer_value */
  ValueSerializer serializer;
};

struct js_reader final : ValueDeserializer::Delegate {
  js_reader(napi_env env, const uint8_t *data, size_t size)
      : env(env), data(data), deserializer(env->isolate, data, size, this) {}

  MaybeLocal<Object> ReadHostObject(Isolate *isolate) override {
    Isolate::AllowJavascriptExecutionScope allowed(isolate); /* V8 expects none while it reads */
    Local<Value> method, object;
    Local<String> key = String::NewFromUtf8Literal(isolate, "_readHostObject");
    if (!owner->Get(env->context(), key).ToLocal(&method)) return {};
    if (!method->IsFunction()) return ValueDeserializer::Delegate::ReadHostObject(isolate);
    if (!method.As<Function>()->Call(env->context(), owner, 0, nullptr).ToLocal(&object)) return {};
    if (object->IsObject()) return object.As<Object>();
    isolate->ThrowException(
        Exception::TypeError(String::NewFromUtf8Literal(isolate, "readHostObject must return an object")));
    return {};
  }

  napi_env env;
  Local<Object> owner; /* during js_reader_value */
  const uint8_t *data;
  ValueDeserializer deserializer;
};

js_writer *js_writer_new(napi_env env) { return new (std::nothrow) js_writer(env); }
void js_writer_free(js_writer *writer) { delete writer; }
void js_writer_header(js_writer *writer) { writer->serializer.WriteHeader(); }

napi_status js_writer_value(js_writer *writer, napi_value owner, napi_value value, bool *written) {
  napi_env env = writer->env;
  Catcher catcher(env);
  Local<Object> outer = writer->owner; /* a host object's writer may write values */
  writer->owner = to_local(owner).As<Object>();
  Maybe<bool> result = writer->serializer.WriteValue(env->context(), to_local(value));
  writer->owner = outer;
  *written = result.FromMaybe(false);
  return result.IsNothing() ? catcher.failed(napi_pending_exception) : ok(env);
}

void js_writer_release(js_writer *writer, uint8_t **data, size_t *size) {
  std::pair<uint8_t *, size_t> bytes = writer->serializer.Release();
  *data = bytes.first;
  *size = bytes.second;
}

void js_writer_transfer(js_writer *writer, uint32_t id, napi_value array_buffer) {
  if (to_local(array_buffer)->IsArrayBuffer())
    writer->serializer.TransferArrayBuffer(id, to_local(array_buffer).As<ArrayBuffer>());
}
void js_writer_uint32(js_writer *writer, uint32_t value) { writer->serializer.WriteUint32(value); }
void js_writer_uint64(js_writer *writer, uint64_t value) { writer->serializer.WriteUint64(value); }
void js_writer_double(js_writer *writer, double value) { writer->serializer.WriteDouble(value); }
void js_writer_raw(js_writer *writer, const void *data, size_t size) { writer->serializer.WriteRawBytes(data, size); }
void js_writer_views_are_host_objects(js_writer *writer, bool on) {
  writer->serializer.SetTreatArrayBufferViewsAsHostObjects(on);
}

js_reader *js_reader_new(napi_env env, const uint8_t *data, size_t size) {
  return new (std::nothrow) js_reader(env, data, size);
}
void js_reader_free(js_reader *reader) { delete reader; }

napi_status js_reader_header(js_reader *reader, bool *valid) {
  Catcher catcher(reader->env);
  Maybe<bool> result = reader->deserializer.ReadHeader(reader->env->context());
  *valid = result.FromMaybe(false);
  return result.IsNothing() ? catcher.failed(napi_pending_exception) : ok(reader->env);
}

napi_status js_reader_value(js_reader *reader, napi_value owner, napi_value *value) {
  napi_env env = reader->env;
  Catcher catcher(env);
  Local<Object> outer = reader->owner;
  Local<Value> out;
  reader->owner = to_local(owner).As<Object>();
  bool read = reader->deserializer.ReadValue(env->context()).ToLocal(&out);
  reader->owner = outer;
  if (!read) return catcher.failed(napi_pending_exception);
  *value = to_value(out);
  return ok(env);
}

bool js_reader_transfer(js_reader *reader, uint32_t id, napi_value array_buffer) {
  Local<Value> value = to_local(array_buffer);
  if (value->IsArrayBuffer()) {
    reader->deserializer.TransferArrayBuffer(id, value.As<ArrayBuffer>());
  } else if (value->IsSharedArrayBuffer()) {
    reader->deserializer.TransferSharedArrayBuffer(id, value.As<SharedArrayBuffer>());
  } else {
    return false;
  }
  return true;
}

uint32_t js_reader_version(js_reader *reader) { return reader->deserializer.GetWireFormatVersion(); }
bool js_reader_uint32(js_reader *reader, uint32_t *value) { return reader->deserializer.ReadUint32(value); }
bool js_reader_uint64(js_reader *reader, uint64_t *value) { return reader->deserializer.ReadUint64(value); }
bool js_reader_double(js_reader *reader, double *value) { return reader->deserializer.ReadDouble(value); }

bool js_reader_raw(js_reader *reader, size_t size, size_t *offset) {
  const void *at;
  if (!reader->deserializer.ReadRawBytes(size, &at)) return false;
  *offset = static_cast<size_t>(static_cast<const uint8_t *>(at) - reader->data);
  return true;
}
