/*
 * Argument helpers for bindings: short names for what every napi_callback does first. They never throw: a missing or
 * wrong argument yields the neutral value, because the JS half has validated what users pass.
 */
#ifndef JSD_RUNTIME_BINDINGS_UTIL_H
#define JSD_RUNTIME_BINDINGS_UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../held.h"
#include "../runtime.h"

/* Fills argv (of `count`) with the call's arguments, undefined where there are fewer. */
static inline void args_get(napi_env env, napi_callback_info info, napi_value *argv, size_t count) {
  napi_get_cb_info(env, info, &count, argv, NULL, NULL);
}

static inline int32_t arg_int32(napi_env env, napi_value value) {
  int32_t out = 0;
  napi_get_value_int32(env, value, &out);
  return out;
}

static inline uint32_t arg_uint32(napi_env env, napi_value value) {
  uint32_t out = 0;
  napi_get_value_uint32(env, value, &out);
  return out;
}

static inline int64_t arg_int64(napi_env env, napi_value value) {
  int64_t out = 0;
  napi_get_value_int64(env, value, &out);
  return out;
}

static inline double arg_double(napi_env env, napi_value value) {
  double out = 0;
  napi_get_value_double(env, value, &out);
  return out;
}

static inline bool arg_bool(napi_env env, napi_value value) {
  bool out = false;
  napi_get_value_bool(env, value, &out);
  return out;
}

static inline bool arg_is(napi_env env, napi_value value, napi_valuetype type) {
  napi_valuetype actual = napi_undefined;
  return napi_typeof(env, value, &actual) == napi_ok && actual == type;
}

/* A malloc'd, NUL-terminated UTF-8 copy, or NULL (no string, no memory). *length may be NULL. */
static inline char *arg_utf8(napi_env env, napi_value value, size_t *length) {
  size_t bytes = 0;
  if (js_string_utf8_length(env, value, &bytes) != napi_ok) return NULL;
  char *out = malloc(bytes + 1);
  if (out == NULL) return NULL;
  js_string_write_utf8(env, value, out, bytes, &bytes);
  out[bytes] = 0;
  if (length != NULL) *length = bytes;
  return out;
}

static inline napi_value make_int32(napi_env env, int32_t value) {
  napi_value out = NULL;
  napi_create_int32(env, value, &out);
  return out;
}

static inline napi_value make_uint32(napi_env env, uint32_t value) {
  napi_value out = NULL;
  napi_create_uint32(env, value, &out);
  return out;
}

static inline napi_value make_double(napi_env env, double value) {
  napi_value out = NULL;
  napi_create_double(env, value, &out);
  return out;
}

static inline napi_value make_bool(napi_env env, bool value) {
  napi_value out = NULL;
  napi_get_boolean(env, value, &out);
  return out;
}

static inline napi_value make_string(napi_env env, const char *utf8) {
  napi_value out = NULL;
  js_string_utf8(env, utf8, strlen(utf8), &out);
  return out;
}

static inline napi_value make_undefined(napi_env env) {
  napi_value out = NULL;
  napi_get_undefined(env, &out);
  return out;
}

static inline napi_value make_null(napi_env env) {
  napi_value out = NULL;
  napi_get_null(env, &out);
  return out;
}

/* exports[name] = value, for constants. */
static inline void export_int32(napi_env env, napi_value exports, const char *name, int32_t value) {
  napi_set_named_property(env, exports, name, make_int32(env, value));
}

/*
 * Numbers that C and JS share have one place: the C enum. A binding exports them by name from its init, so they are in
 * the snapshot and cost nothing at run time: exports[group] = {NAME: number, ...}. The list ends with {NULL, 0}.
 */
typedef struct constant {
  const char *name;
  int32_t value;
} constant;
#define CONSTANT(name) \
  { #name, name }

static inline napi_status export_constants(napi_env env, napi_value exports, const char *group, const constant *list) {
  napi_value object;
  napi_status status = napi_create_object(env, &object);
  for (; status == napi_ok && list->name != NULL; list++)
    status = napi_set_named_property(env, object, list->name, make_int32(env, list->value));
  return status == napi_ok ? napi_set_named_property(env, exports, group, object) : status;
}

#endif
