/* napi_buffer.cc: Node-API's ArrayBuffers, typed arrays and DataViews, and its versions. */
#include "bytes.h"

using namespace v8;

napi_status napi_create_arraybuffer(napi_env env, size_t byte_length, void **data, napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  CHECK(env, byte_length <= BYTES_MAX, napi_invalid_arg);
  Local<ArrayBuffer> buffer = ArrayBuffer::New(env->isolate, byte_length);
  if (data != nullptr) *data = buffer->Data();
  *result = to_value(buffer);
  return ok(env);
}

napi_status napi_create_external_arraybuffer(napi_env env, void *external_data, size_t byte_length,
                                             node_api_basic_finalize finalize_cb, void *finalize_hint,
                                             napi_value *result) {
  RUNS_JS(env);
  ARG(env, result);
  *result = to_value(ArrayBuffer::New(
      env->isolate, store_with_finalizer(env, external_data, byte_length, finalize_cb, finalize_hint)));
  return ok(env);
}

napi_status napi_get_arraybuffer_info(napi_env env, napi_value arraybuffer, void **data, size_t *byte_length) {
  ENV(env);
  ARG(env, arraybuffer);
  CHECK(env, to_local(arraybuffer)->IsArrayBuffer(), napi_invalid_arg);
  std::shared_ptr<BackingStore> store = to_local(arraybuffer).As<ArrayBuffer>()->GetBackingStore();
  if (data != nullptr) *data = store->Data();
  if (byte_length != nullptr) *byte_length = store->ByteLength();
  return ok(env);
}

napi_status napi_detach_arraybuffer(napi_env env, napi_value arraybuffer) {
  ENV(env);
  ARG(env, arraybuffer);
  CHECK(env, to_local(arraybuffer)->IsArrayBuffer(), napi_arraybuffer_expected);
  Local<ArrayBuffer> buffer = to_local(arraybuffer).As<ArrayBuffer>();
  CHECK(env, buffer->IsDetachable(), napi_detachable_arraybuffer_expected);
  buffer->Detach(Local<Value>()).Check();
  return ok(env);
}

napi_status napi_is_detached_arraybuffer(napi_env env, napi_value value, bool *result) {
  ENV(env);
  ARG(env, value);
  ARG(env, result);
  *result = to_local(value)->IsArrayBuffer() && to_local(value).As<ArrayBuffer>()->ByteLength() == 0 &&
            to_local(value).As<ArrayBuffer>()->Data() == nullptr;
  return ok(env);
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

template <class Array>
static Local<TypedArray> view_new(Local<ArrayBuffer> buffer, size_t offset, size_t length) {
  return Array::New(buffer, offset, length);
}

static const struct {
  napi_typedarray_type type;
  size_t size;
  const char *name;
  Local<TypedArray> (*make)(Local<ArrayBuffer>, size_t, size_t);
  bool (Value::*is)() const;
} view_types[] = {
    {napi_int8_array, 1, "Int8Array", view_new<Int8Array>, &Value::IsInt8Array},
    {napi_uint8_array, 1, "Uint8Array", view_new<Uint8Array>, &Value::IsUint8Array},
    {napi_uint8_clamped_array, 1, "Uint8ClampedArray", view_new<Uint8ClampedArray>, &Value::IsUint8ClampedArray},
    {napi_int16_array, 2, "Int16Array", view_new<Int16Array>, &Value::IsInt16Array},
    {napi_uint16_array, 2, "Uint16Array", view_new<Uint16Array>, &Value::IsUint16Array},
    {napi_int32_array, 4, "Int32Array", view_new<Int32Array>, &Value::IsInt32Array},
    {napi_uint32_array, 4, "Uint32Array", view_new<Uint32Array>, &Value::IsUint32Array},
    {napi_float32_array, 4, "Float32Array", view_new<Float32Array>, &Value::IsFloat32Array},
    {napi_float64_array, 8, "Float64Array", view_new<Float64Array>, &Value::IsFloat64Array},
    {napi_bigint64_array, 8, "BigInt64Array", view_new<BigInt64Array>, &Value::IsBigInt64Array},
    {napi_biguint64_array, 8, "BigUint64Array", view_new<BigUint64Array>, &Value::IsBigUint64Array},
};

napi_status napi_create_typedarray(napi_env env, napi_typedarray_type type, size_t length, napi_value arraybuffer,
                                   size_t byte_offset, napi_value *result) {
  RUNS_JS(env);
  ARG(env, arraybuffer);
  ARG(env, result);
  CHECK(env, to_local(arraybuffer)->IsArrayBuffer(), napi_invalid_arg);
  Local<ArrayBuffer> buffer = to_local(arraybuffer).As<ArrayBuffer>();
  for (auto &view : view_types) {
    if (view.type != type) continue;
    if (byte_offset % view.size != 0) {
      char message[96];
      snprintf(message, sizeof message, "start offset of %s should be a multiple of %zu", view.name, view.size);
      napi_throw_range_error(env, "ERR_NAPI_INVALID_TYPEDARRAY_ALIGNMENT", message);
      return fail(env, napi_invalid_arg);
    }
    if (byte_offset > buffer->ByteLength() || length > (buffer->ByteLength() - byte_offset) / view.size) {
      napi_throw_range_error(env, "ERR_NAPI_INVALID_TYPEDARRAY_LENGTH", "Invalid typed array length");
      return fail(env, napi_invalid_arg);
    }
    *result = to_value(view.make(buffer, byte_offset, length));
    return ok(env);
  }
  return fail(env, napi_invalid_arg);
}

napi_status napi_get_typedarray_info(napi_env env, napi_value typedarray, napi_typedarray_type *type, size_t *length,
                                     void **data, napi_value *arraybuffer, size_t *byte_offset) {
  ENV(env);
  ARG(env, typedarray);
  Local<Value> value = to_local(typedarray);
  CHECK(env, value->IsTypedArray(), napi_invalid_arg);
  Local<TypedArray> array = value.As<TypedArray>();
  if (type != nullptr) {
    for (auto &view : view_types) {
      if (((*value)->*view.is)()) {
        *type = view.type;
        break;
      }
    }
  }
  if (length != nullptr) *length = array->Length();
  if (data != nullptr) {
    size_t ignored;
    bytes_of(value, data, &ignored);
  }
  if (arraybuffer != nullptr) *arraybuffer = to_value(array->Buffer());
  if (byte_offset != nullptr) *byte_offset = array->ByteOffset();
  return ok(env);
}

napi_status napi_create_dataview(napi_env env, size_t length, napi_value arraybuffer, size_t byte_offset,
                                 napi_value *result) {
  RUNS_JS(env);
  ARG(env, arraybuffer);
  ARG(env, result);
  CHECK(env, to_local(arraybuffer)->IsArrayBuffer(), napi_invalid_arg);
  Local<ArrayBuffer> buffer = to_local(arraybuffer).As<ArrayBuffer>();
  if (byte_offset > buffer->ByteLength() || length > buffer->ByteLength() - byte_offset) {
    napi_throw_range_error(env, "ERR_NAPI_INVALID_DATAVIEW_ARGS",
                           "byte_offset + byte_length should be less than or equal to the size in bytes of the array "
                           "passed in");
    return fail(env, napi_pending_exception);
  }
  *result = to_value(DataView::New(buffer, byte_offset, length));
  return ok(env);
}

napi_status napi_get_dataview_info(napi_env env, napi_value dataview, size_t *bytelength, void **data,
                                   napi_value *arraybuffer, size_t *byte_offset) {
  ENV(env);
  ARG(env, dataview);
  Local<Value> value = to_local(dataview);
  CHECK(env, value->IsDataView(), napi_invalid_arg);
  void *bytes = nullptr;
  size_t count = 0;
  bytes_of(value, &bytes, &count);
  if (bytelength != nullptr) *bytelength = count;
  if (data != nullptr) *data = bytes;
  if (arraybuffer != nullptr) *arraybuffer = to_value(value.As<DataView>()->Buffer());
  if (byte_offset != nullptr) *byte_offset = value.As<DataView>()->ByteOffset();
  return ok(env);
}

/* ---- versions --------------------------------------------------------------------------------------------------- */

napi_status napi_get_version(node_api_basic_env env, uint32_t *result) {
  ENV(env);
  ARG(env, result);
  *result = NAPI_VERSION;
  return ok(env);
}

napi_status napi_get_node_version(node_api_basic_env env, const napi_node_version **version) {
  static const napi_node_version node_version = {NODE_LEVEL_MAJOR, NODE_LEVEL_MINOR, NODE_LEVEL_PATCH, "node"};
  ENV(env);
  ARG(env, version);
  *version = &node_version;
  return ok(env);
}
