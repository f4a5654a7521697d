/* serializer.c: what modules/internal/serializer.js makes node:v8's Serializer and Deserializer of. */
#include "v8/writer.h"

#include "util.h"

static void writer_collected(void *pointer) { js_writer_free(pointer); }

/* A reader and the bytes that it reads. */
typedef struct reader {
  js_reader *js;
  js_bytes bytes;
} reader;

static void reader_collected(void *pointer) {
  reader *r = pointer;
  if (r->js != NULL) js_reader_free(r->js);
  js_bytes_drop(&r->bytes);
  free(r);
}

static const js_type writer_type = {"Serializer", writer_collected};
static const js_type reader_type = {"Deserializer", reader_collected};

static js_writer *writer_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &writer_type, &pointer) == napi_ok ? pointer : NULL;
}

static js_reader *reader_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &reader_type, &pointer) == napi_ok ? ((reader *)pointer)->js : NULL;
}

/* writer() → handle */
static napi_value serializer_writer(napi_env env, napi_callback_info info) {
  napi_value value = NULL;
  js_writer *writer = js_writer_new(env);
  if (writer == NULL || js_handle_create(env, &writer_type, writer, &value) != napi_ok) {
    if (writer != NULL) js_writer_free(writer);
    napi_throw_error(env, NULL, "Out of memory");
    return NULL;
  }
  return value;
}

static napi_value serializer_write_header(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer != NULL) js_writer_header(writer);
  return NULL;
}

/* writeValue(writer, owner, value) → boolean */
static napi_value serializer_write_value(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  bool written = false;
  args_get(env, info, argv, 3);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer == NULL || js_writer_value(writer, argv[1], argv[2], &written) != napi_ok) return NULL;
  return make_bool(env, written);
}

/* release(writer) → Buffer */
static napi_value serializer_release(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  uint8_t *data = NULL;
  size_t size = 0;
  args_get(env, info, argv, 1);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer == NULL) return NULL;
  js_writer_release(writer, &data, &size);
  if (data == NULL) return js_buffer_create(env, 0, NULL, &out) == napi_ok ? out : NULL;
  if (js_buffer_adopt(env, data, size, &out) != napi_ok) free(data);
  return out;
}

/* transfer(writer or reader, id, buffer) → whether it is a buffer */
static napi_value serializer_transfer(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer != NULL) {
    js_writer_transfer(writer, arg_uint32(env, argv[1]), argv[2]);
    return make_bool(env, true);
  }
  js_reader *reader = reader_get(env, argv[0]);
  return make_bool(env, reader != NULL && js_reader_transfer(reader, arg_uint32(env, argv[1]), argv[2]));
}

static napi_value serializer_write_uint32(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer != NULL) js_writer_uint32(writer, arg_uint32(env, argv[1]));
  return NULL;
}

/* writeUint64(writer, high, low) */
static napi_value serializer_write_uint64(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer != NULL) js_writer_uint64(writer, (uint64_t)arg_uint32(env, argv[1]) << 32 | arg_uint32(env, argv[2]));
  return NULL;
}

static napi_value serializer_write_double(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer != NULL) js_writer_double(writer, arg_double(env, argv[1]));
  return NULL;
}

/* writeRaw(writer, view) → whether it is one */
static napi_value serializer_write_raw(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t size;
  args_get(env, info, argv, 2);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer == NULL || js_bytes_get(env, argv[1], &data, &size) != napi_ok) return make_bool(env, false);
  js_writer_raw(writer, data, size);
  return make_bool(env, true);
}

static napi_value serializer_views(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  js_writer *writer = writer_get(env, argv[0]);
  if (writer != NULL) js_writer_views_are_host_objects(writer, arg_bool(env, argv[1]));
  return NULL;
}

/* reader(view) → handle */
static napi_value serializer_reader(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  args_get(env, info, argv, 1);
  reader *r = calloc(1, sizeof *r);
  if (r != NULL && js_bytes_hold(env, argv[0], js_bytes_read, &r->bytes) == napi_ok &&
      (r->js = js_reader_new(env, r->bytes.data, r->bytes.length)) != NULL &&
      js_handle_create(env, &reader_type, r, &value) == napi_ok)
    return value;
  if (r != NULL) reader_collected(r);
  napi_throw_error(env, NULL, "Out of memory");
  return NULL;
}

static napi_value serializer_read_header(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  bool valid = false;
  args_get(env, info, argv, 1);
  js_reader *r = reader_get(env, argv[0]);
  if (r == NULL || js_reader_header(r, &valid) != napi_ok) return NULL;
  return make_bool(env, valid);
}

/* readValue(reader, owner) */
static napi_value serializer_read_value(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  args_get(env, info, argv, 2);
  js_reader *r = reader_get(env, argv[0]);
  if (r == NULL || js_reader_value(r, argv[1], &out) != napi_ok) return NULL;
  return out;
}

static napi_value serializer_version(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  js_reader *r = reader_get(env, argv[0]);
  return r == NULL ? NULL : make_double(env, js_reader_version(r));
}

/* readUint32(reader) → number, or undefined where none is */
static napi_value serializer_read_uint32(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  uint32_t value;
  args_get(env, info, argv, 1);
  js_reader *r = reader_get(env, argv[0]);
  return r != NULL && js_reader_uint32(r, &value) ? make_double(env, value) : NULL;
}

/* readUint64(reader) → [high, low] */
static napi_value serializer_read_uint64(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  uint64_t value;
  args_get(env, info, argv, 1);
  js_reader *r = reader_get(env, argv[0]);
  if (r == NULL || !js_reader_uint64(r, &value)) return NULL;
  napi_create_array_with_length(env, 2, &out);
  napi_set_element(env, out, 0, make_double(env, (double)(value >> 32)));
  napi_set_element(env, out, 1, make_double(env, (double)(uint32_t)value));
  return out;
}

static napi_value serializer_read_double(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  double value;
  args_get(env, info, argv, 1);
  js_reader *r = reader_get(env, argv[0]);
  return r != NULL && js_reader_double(r, &value) ? make_double(env, value) : NULL;
}

/* readRaw(reader, length) → where they begin in the bytes */
static napi_value serializer_read_raw(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  size_t offset;
  args_get(env, info, argv, 2);
  js_reader *r = reader_get(env, argv[0]);
  double length = arg_double(env, argv[1]);
  if (r == NULL || !(length >= 0 && length < 9e15) || !js_reader_raw(r, (size_t)length, &offset)) return NULL;
  return make_double(env, (double)offset);
}

static const js_function functions[] = {
    {"writer", serializer_writer},
    {"writeHeader", serializer_write_header},
    {"writeValue", serializer_write_value},
    {"release", serializer_release},
    {"transfer", serializer_transfer},
    {"writeUint32", serializer_write_uint32},
    {"writeUint64", serializer_write_uint64},
    {"writeDouble", serializer_write_double},
    {"writeRaw", serializer_write_raw},
    {"viewsAreHostObjects", serializer_views},
    {"reader", serializer_reader},
    {"readHeader", serializer_read_header},
    {"readValue", serializer_read_value},
    {"version", serializer_version},
    {"readUint32", serializer_read_uint32},
    {"readUint64", serializer_read_uint64},
    {"readDouble", serializer_read_double},
    {"readRaw", serializer_read_raw},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) { return napi_ok; }

const js_binding binding_serializer = {"serializer", functions, init};
