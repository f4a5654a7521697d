/*
 * http_parser.c: llhttp for the HTTP client in JS, which reads responses from a stream of its own (the binding
 * "http_parser"). Requests are the engine's alone to read, on whatever they come.
 *
 * execute() never calls JS. It returns what it found as one flat array, which JS works through afterwards:
 *   HEAD, status, reason, header block, version (10, 11), HEAD_* bits
 *   BODY, start, end                                                                 offsets into the given buffer
 *   DONE, trailer block
 *   UPGRADE, offset                                                                  the last: no HTTP follows
 *   ERROR, code, reason, offset
 */
#include <llhttp.h>

#include "util.h"

enum { FOUND_HEAD = 1, FOUND_BODY = 2, FOUND_DONE = 3, FOUND_UPGRADE = 4, FOUND_ERROR = 5 };
enum { HEAD_KEEP_ALIVE = 1, HEAD_UPGRADE = 2 };
enum { SKIP_BODY = 1, NO_HTTP_AFTER_HEAD = 2 };
/* What create() is told not to be strict about. */
enum {
  INSECURE = LENIENT_HEADERS | LENIENT_CHUNKED_LENGTH | LENIENT_KEEP_ALIVE | LENIENT_TRANSFER_ENCODING |
             LENIENT_VERSION | LENIENT_DATA_AFTER_CLOSE | LENIENT_OPTIONAL_LF_AFTER_CR |
             LENIENT_OPTIONAL_CR_BEFORE_LF | LENIENT_OPTIONAL_CRLF_AFTER_CHUNK | LENIENT_SPACES_AFTER_CHUNK_SIZE,
  RELAXED_VALUES = LENIENT_HEADER_VALUE_RELAXED,
};

typedef struct text {
  char *data;
  size_t length, capacity;
} text;

typedef struct parser {
  llhttp_t llhttp;
  llhttp_settings_t settings;
  napi_env env;
  napi_value found; /* during execute */
  uint32_t found_count;
  const char *base;
  text block, reason;
  size_t head_bytes, max_head_bytes;
  bool in_value, head_done, overflow;
  int mode;
} parser;

static void text_free(text *t) { free(t->data); }

static bool text_add(text *t, const char *data, size_t length) {
  if (t->length + length > t->capacity) {
    size_t capacity = (t->length + length) * 2 + 64;
    char *grown = realloc(t->data, capacity);
    if (grown == NULL) return false;
    t->data = grown;
    t->capacity = capacity;
  }
  memcpy(t->data + t->length, data, length);
  t->length += length;
  return true;
}

static napi_value text_value(napi_env env, const text *t) {
  napi_value value = NULL;
  js_string_latin1(env, t->data ? t->data : "", t->length, &value);
  return value;
}

static void found(parser *p, napi_value value) { napi_set_element(p->env, p->found, p->found_count++, value); }
static void found_number(parser *p, double value) { found(p, make_double(p->env, value)); }

static int count_head(parser *p, size_t length) {
  p->head_bytes += length;
  if (p->head_bytes <= p->max_head_bytes) return 0;
  p->overflow = true;
  llhttp_set_error_reason(&p->llhttp, "Header overflow");
  return HPE_USER;
}

static int on_message_begin(llhttp_t *l) {
  parser *p = l->data;
  p->block.length = p->reason.length = 0;
  p->in_value = p->head_done = false;
  p->head_bytes = 0;
  return 0;
}

static int on_status(llhttp_t *l, const char *at, size_t length) {
  parser *p = l->data;
  return text_add(&p->reason, at, length) ? count_head(p, length) : HPE_USER;
}

static int on_header_field(llhttp_t *l, const char *at, size_t length) {
  parser *p = l->data;
  if (p->in_value && !text_add(&p->block, "\r\n", 2)) return HPE_USER;
  p->in_value = false;
  return text_add(&p->block, at, length) ? count_head(p, length) : HPE_USER;
}

static int on_header_value(llhttp_t *l, const char *at, size_t length) {
  parser *p = l->data;
  if (!p->in_value && !text_add(&p->block, ": ", 2)) return HPE_USER;
  p->in_value = true;
  return text_add(&p->block, at, length) ? count_head(p, length) : HPE_USER;
}

static int on_headers_complete(llhttp_t *l) {
  parser *p = l->data;
  found_number(p, FOUND_HEAD);
  found_number(p, l->status_code);
  found(p, text_value(p->env, &p->reason));
  found(p, text_value(p->env, &p->block));
  found_number(p, l->http_major * 10 + l->http_minor);
  found_number(p, (llhttp_should_keep_alive(l) ? HEAD_KEEP_ALIVE : 0) | (l->upgrade ? HEAD_UPGRADE : 0));
  p->block.length = 0;
  p->in_value = false;
  p->head_done = true;
  bool informational = l->status_code >= 100 && l->status_code < 200 && l->status_code != 101;
  return informational ? 0 : p->mode;
}

static int on_body(llhttp_t *l, const char *at, size_t length) {
  parser *p = l->data;
  found_number(p, FOUND_BODY);
  found_number(p, (double)(at - p->base));
  found_number(p, (double)(at - p->base) + (double)length);
  return 0;
}

static int on_message_complete(llhttp_t *l) {
  parser *p = l->data;
  found_number(p, FOUND_DONE);
  found(p, text_value(p->env, &p->block));
  return 0;
}

static void parser_finalize(void *pointer) {
  parser *p = pointer;
  text_free(&p->block);
  text_free(&p->reason);
  free(p);
}
static const js_type parser_type = {"HttpParser", parser_finalize};

/* create(maxHeaderSize, leniency) -> handle */
static napi_value parser_create(napi_env env, napi_callback_info info) {
  napi_value argv[2], handle;
  args_get(env, info, argv, 2);
  parser *p = calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  p->env = env;
  p->max_head_bytes = (size_t)arg_double(env, argv[0]);
  llhttp_settings_init(&p->settings);
  p->settings.on_message_begin = on_message_begin;
  p->settings.on_status = on_status;
  p->settings.on_header_field = on_header_field;
  p->settings.on_header_value = on_header_value;
  p->settings.on_headers_complete = on_headers_complete;
  p->settings.on_body = on_body;
  p->settings.on_message_complete = on_message_complete;
  llhttp_init(&p->llhttp, HTTP_RESPONSE, &p->settings);
  p->llhttp.data = p;
  p->llhttp.lenient_flags = (uint16_t)arg_int32(env, argv[1]);
  if (js_handle_create(env, &parser_type, p, &handle) == napi_ok) return handle;
  parser_finalize(p);
  return NULL;
}

static void found_error(parser *p, const char *data) {
  const char *code = p->overflow ? "HPE_HEADER_OVERFLOW" : llhttp_errno_name(llhttp_get_errno(&p->llhttp));
  const char *reason = llhttp_get_error_reason(&p->llhttp), *at = llhttp_get_error_pos(&p->llhttp);
  found_number(p, FOUND_ERROR);
  found(p, make_string(p->env, code));
  found(p, make_string(p->env, reason ? reason : ""));
  found_number(p, at != NULL && data != NULL ? (double)(at - data) : 0);
}

/* execute(handle, buffer | null at the end of the stream, mode) -> found. mode: SKIP_BODY after HEAD, or
 * NO_HTTP_AFTER_HEAD after CONNECT. */
static napi_value parser_execute(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *pointer, *data = NULL;
  size_t length = 0;
  args_get(env, info, argv, 3);
  if (js_handle_get(env, argv[0], &parser_type, &pointer) != napi_ok) return NULL;
  parser *p = pointer;
  p->mode = arg_int32(env, argv[2]);
  p->found_count = 0;
  if (napi_create_array(env, &p->found) != napi_ok) return NULL;
  llhttp_errno_t error;
  if (js_bytes_get(env, argv[1], &data, &length) == napi_ok) {
    p->base = data;
    error = llhttp_execute(&p->llhttp, data, length);
  } else {
    error = llhttp_finish(&p->llhttp);
  }
  if (error == HPE_PAUSED_UPGRADE) {
    found_number(p, FOUND_UPGRADE);
    found_number(p, (double)(llhttp_get_error_pos(&p->llhttp) - (const char *)data));
  } else if (error != HPE_OK) {
    found_error(p, data);
  }
  napi_value out = p->found;
  p->found = NULL;
  return out;
}

static const js_function functions[] = {{"create", parser_create}, {"execute", parser_execute}, {NULL, NULL}};

/* methods: names by llhttp's number, which is what the engine's facts have too; without those of RTSP. */
static napi_status methods_export(napi_env env, napi_value exports) {
  napi_value methods;
  napi_status status = napi_create_array(env, &methods);
#define METHOD(number, name, text) \
  if (status == napi_ok) status = napi_set_element(env, methods, number, make_string(env, #text));
  HTTP_METHOD_MAP(METHOD)
#undef METHOD
  return status == napi_ok ? napi_set_named_property(env, exports, "methods", methods) : status;
}

static napi_status init(napi_env env, napi_value exports) {
  static const constant constants[] = {CONSTANT(FOUND_HEAD),         CONSTANT(FOUND_BODY),
                                       CONSTANT(FOUND_DONE),         CONSTANT(FOUND_UPGRADE),
                                       CONSTANT(FOUND_ERROR),        CONSTANT(SKIP_BODY),
                                       CONSTANT(HEAD_KEEP_ALIVE),    CONSTANT(HEAD_UPGRADE),
                                       CONSTANT(NO_HTTP_AFTER_HEAD), CONSTANT(INSECURE),
                                       CONSTANT(RELAXED_VALUES),     {NULL, 0}};
  napi_status status = export_constants(env, exports, "constants", constants);
  return status == napi_ok ? methods_export(env, exports) : status;
}

const js_binding binding_http_parser = {"http_parser", functions, init};
