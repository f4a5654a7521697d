/*
 * writer.h: V8's ValueSerializer and ValueDeserializer as objects, for node:v8's classes (v8.Serializer, v8.Deserializer),
 * whose subclasses write and read parts of a value themselves. What V8 leaves to its delegate is a method of `owner`, which
 * comes with each call, so that a writer holds on to nothing: _writeHostObject(object), _getDataCloneError (a class),
 * _getSharedArrayBufferId(buffer), _readHostObject().
 *
 * Memory that JS hands to a reader must live as long as the reader: the caller's object keeps both.
 */
#ifndef JSD_RUNTIME_V8_WRITER_H
#define JSD_RUNTIME_V8_WRITER_H

#include "js.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct js_writer js_writer;
typedef struct js_reader js_reader;

/* NULL without memory. */
js_writer *js_writer_new(napi_env env);
void js_writer_free(js_writer *writer);
void js_writer_header(js_writer *writer);
/* napi_pending_exception where a part can't be cloned, or a method of owner threw. */
JS_CHECKED napi_status js_writer_value(js_writer *writer, napi_value owner, napi_value value, bool *written);
/* What was written so far, malloc'd; the writer is empty then. */
void js_writer_release(js_writer *writer, uint8_t **data, size_t *size);
void js_writer_transfer(js_writer *writer, uint32_t id, napi_value array_buffer);
void js_writer_uint32(js_writer *writer, uint32_t value);
void js_writer_uint64(js_writer *writer, uint64_t value);
void js_writer_double(js_writer *writer, double value);
void js_writer_raw(js_writer *writer, const void *data, size_t size);
/* Whether ArrayBufferViews go to _writeHostObject. */
void js_writer_views_are_host_objects(js_writer *writer, bool on);

js_reader *js_reader_new(napi_env env, const uint8_t *data, size_t size);
void js_reader_free(js_reader *reader);
JS_CHECKED napi_status js_reader_header(js_reader *reader, bool *valid);
JS_CHECKED napi_status js_reader_value(js_reader *reader, napi_value owner, napi_value *value);
/* array_buffer: an ArrayBuffer or a SharedArrayBuffer. false: it is neither. */
bool js_reader_transfer(js_reader *reader, uint32_t id, napi_value array_buffer);
uint32_t js_reader_version(js_reader *reader);
/* false: no such thing is there. */
bool js_reader_uint32(js_reader *reader, uint32_t *value);
bool js_reader_uint64(js_reader *reader, uint64_t *value);
bool js_reader_double(js_reader *reader, double *value);
/* *offset: where the bytes stand in the data. */
bool js_reader_raw(js_reader *reader, size_t size, size_t *offset);

#ifdef __cplusplus
}
#endif

#endif
