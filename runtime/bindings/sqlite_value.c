/* sqlite_value.c: values between JS and sqlite, and its errors. */
#include "sqlite.h"

bool sqlite_js_threw(napi_env env) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  return pending;
}

napi_value sqlite_error(napi_env env, int code, const char *message) {
  napi_value error = NULL;
  napi_create_error(env, make_string(env, "ERR_SQLITE_ERROR"), make_string(env, message), &error);
  napi_set_named_property(env, error, "errcode", make_int32(env, code));
  napi_set_named_property(env, error, "errstr", make_string(env, sqlite3_errstr(code)));
  return error;
}

void sqlite_throw(napi_env env, sqlite3 *db) {
  if (!sqlite_js_threw(env)) napi_throw(env, sqlite_error(env, sqlite3_extended_errcode(db), sqlite3_errmsg(db)));
}

void sqlite_throw_code(napi_env env, int code) {
  if (!sqlite_js_threw(env)) napi_throw(env, sqlite_error(env, code, sqlite3_errstr(code)));
}

napi_value sqlite_bytes(napi_env env, const void *data, size_t size) {
  napi_value buffer = NULL, out = NULL;
  void *copy = NULL;
  napi_create_arraybuffer(env, size, &copy, &buffer);
  if (copy != NULL && size > 0) memcpy(copy, data, size);
  napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &out);
  return out;
}

static napi_value integer(napi_env env, int64_t value, bool bigints) {
  static const int64_t safe = ((int64_t)1 << 53) - 1;
  napi_value out = NULL;
  if (bigints) {
    napi_create_bigint_int64(env, value, &out);
    return out;
  }
  if (value >= -safe && value <= safe) return make_double(env, (double)value);
  char text[96];
  snprintf(text, sizeof text, "Value is too large to be represented as a JavaScript number: %lld", (long long)value);
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", text);
  return NULL;
}

static napi_value text_value(napi_env env, const void *text, int size) {
  napi_value out = NULL;
  js_string_utf8(env, text, (size_t)size, &out);
  return out;
}

napi_value sqlite_column_value(napi_env env, sqlite3_stmt *s, int column, bool bigints) {
  switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER:
      return integer(env, sqlite3_column_int64(s, column), bigints);
    case SQLITE_FLOAT:
      return make_double(env, sqlite3_column_double(s, column));
    case SQLITE_TEXT: {
      const void *text = sqlite3_column_text(s, column);
      return text_value(env, text, sqlite3_column_bytes(s, column));
    }
    case SQLITE_BLOB: {
      const void *data = sqlite3_column_blob(s, column);
      return sqlite_bytes(env, data, (size_t)sqlite3_column_bytes(s, column));
    }
    default:
      return make_null(env);
  }
}

napi_value sqlite_argument_value(napi_env env, sqlite3_value *value, bool bigints) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return integer(env, sqlite3_value_int64(value), bigints);
    case SQLITE_FLOAT:
      return make_double(env, sqlite3_value_double(value));
    case SQLITE_TEXT: {
      const void *text = sqlite3_value_text(value);
      return text_value(env, text, sqlite3_value_bytes(value));
    }
    case SQLITE_BLOB: {
      const void *data = sqlite3_value_blob(value);
      return sqlite_bytes(env, data, (size_t)sqlite3_value_bytes(value));
    }
    default:
      return make_null(env);
  }
}

/* A JS value, as sqlite takes it. */
typedef struct cell {
  enum { CELL_NULL, CELL_INTEGER, CELL_REAL, CELL_TEXT, CELL_BLOB, CELL_OTHER, CELL_HUGE } kind;
  int64_t integer;
  double real;
  void *data; /* text: malloc'd */
  size_t size;
} cell;

static cell cell_of(napi_env env, napi_value value) {
  cell c = {CELL_OTHER};
  bool lossless = false;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  switch (type) {
    case napi_null:
      c.kind = CELL_NULL;
      break;
    case napi_number:
      c.kind = CELL_REAL;
      c.real = arg_double(env, value);
      break;
    case napi_boolean:
      c.kind = CELL_INTEGER;
      c.integer = arg_bool(env, value);
      break;
    case napi_bigint:
      napi_get_value_bigint_int64(env, value, &c.integer, &lossless);
      c.kind = lossless ? CELL_INTEGER : CELL_HUGE;
      break;
    case napi_string:
      c.kind = CELL_TEXT;
      c.data = arg_utf8(env, value, &c.size);
      break;
    default:
      if (js_bytes_get(env, value, &c.data, &c.size) == napi_ok) c.kind = CELL_BLOB;
  }
  return c;
}

int sqlite_bind_value(napi_env env, sqlite3_stmt *s, int index, napi_value value) {
  cell c = cell_of(env, value);
  switch (c.kind) {
    case CELL_NULL:
      return sqlite3_bind_null(s, index);
    case CELL_INTEGER:
      return sqlite3_bind_int64(s, index, c.integer);
    case CELL_REAL:
      return sqlite3_bind_double(s, index, c.real);
    case CELL_TEXT:
      if (c.data == NULL) return SQLITE_NOMEM;
      return sqlite3_bind_text64(s, index, c.data, c.size, free, SQLITE_UTF8);
    case CELL_BLOB: /* an empty one without memory would be NULL */
      return sqlite3_bind_blob64(s, index, c.size == 0 ? "" : c.data, c.size, SQLITE_TRANSIENT);
    default:
      return c.kind == CELL_HUGE ? -2 : -1;
  }
}

void sqlite_result_value(napi_env env, sqlite3_context *context, napi_value value) {
  bool promise = false;
  if (arg_is(env, value, napi_undefined)) {
    sqlite3_result_null(context);
    return;
  }
  cell c = cell_of(env, value);
  switch (c.kind) {
    case CELL_NULL:
      sqlite3_result_null(context);
      break;
    case CELL_INTEGER:
      sqlite3_result_int64(context, c.integer);
      break;
    case CELL_REAL:
      sqlite3_result_double(context, c.real);
      break;
    case CELL_TEXT:
      if (c.data == NULL)
        sqlite3_result_error_nomem(context);
      else
        sqlite3_result_text64(context, c.data, c.size, free, SQLITE_UTF8);
      break;
    case CELL_BLOB:
      sqlite3_result_blob64(context, c.size == 0 ? "" : c.data, c.size, SQLITE_TRANSIENT);
      break;
    case CELL_HUGE:
      sqlite3_result_error(context, "BigInt value is too large for SQLite", -1);
      break;
    default:
      napi_is_promise(env, value, &promise);
      sqlite3_result_error(context,
                           promise ? "Asynchronous user-defined functions are not supported"
                                   : "Returned JavaScript value cannot be converted to a SQLite value",
                           -1);
  }
}
