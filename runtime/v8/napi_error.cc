/* napi_error.cc: Node-API's errors: making, throwing, catching them, and what the last call said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"

using namespace v8;

static const char *const status_texts[] = {
    nullptr,
    "Invalid argument",
    "An object was expected",
    "A string was expected",
    "A string or symbol was expected",
    "A function was expected",
    "A number was expected",
    "A boolean was expected",
    "An array was expected",
    "Unknown failure",
    "An exception is pending",
    "The async work item was cancelled",
    "napi_escape_handle already called on scope",
    "Invalid handle scope usage",
    "Invalid callback scope usage",
    "Thread-safe function queue is full",
    "Thread-safe function handle is closing",
    "A bigint was expected",
    "A date was expected",
    "An arraybuffer was expected",
    "A detachable arraybuffer was expected",
    "Main thread would deadlock",
    "External buffers are not allowed",
    "Cannot run JavaScript",
};

napi_status napi_get_last_error_info(node_api_basic_env env, const napi_extended_error_info **result) {
  ENV(env);
  if (result == nullptr) return napi_invalid_arg;
  env->last_error.error_message = status_texts[env->last_error.error_code];
  *result = &env->last_error;
  return napi_ok;
}

static bool code_set(napi_env env, Local<Value> error, Local<Value> code) {
  if (env->code_string.IsEmpty())
    env->code_string.Reset(env->isolate,
                           String::NewFromUtf8Literal(env->isolate, "code", NewStringType::kInternalized));
  return error.As<Object>()->Set(env->context(), env->code_string.Get(env->isolate), code).FromMaybe(false);
}

typedef Local<Value> (*ErrorMaker)(Local<String> message, Local<Value> options);

static napi_status create(napi_env env, ErrorMaker make, napi_value code, napi_value msg, napi_value *result) {
  ENV(env);
  ARG(env, msg);
  ARG(env, result);
  CHECK(env, to_local(msg)->IsString(), napi_string_expected);
  CHECK(env, code == nullptr || to_local(code)->IsString(), napi_string_expected);
  Local<Value> error = make(to_local(msg).As<String>(), Local<Value>());
  CHECK(env, code == nullptr || code_set(env, error, to_local(code)), napi_generic_failure);
  *result = to_value(error);
  return ok(env);
}

napi_status napi_create_error(napi_env env, napi_value code, napi_value msg, napi_value *result) {
  return create(env, Exception::Error, code, msg, result);
}
napi_status napi_create_type_error(napi_env env, napi_value code, napi_value msg, napi_value *result) {
  return create(env, Exception::TypeError, code, msg, result);
}
napi_status napi_create_range_error(napi_env env, napi_value code, napi_value msg, napi_value *result) {
  return create(env, Exception::RangeError, code, msg, result);
}
napi_status node_api_create_syntax_error(napi_env env, napi_value code, napi_value msg, napi_value *result) {
  return create(env, Exception::SyntaxError, code, msg, result);
}

/* ---- throwing: the exception waits in the environment until C returns to JS -------------------------------------- */

static napi_status throw_made(napi_env env, ErrorMaker make, const char *code, const char *msg) {
  ENV(env);
  CHECK(env, env->last_exception.IsEmpty(), napi_pending_exception);
  HandleScope scope(env->isolate);
  napi_value code_value = nullptr, text, error;
  napi_status status;
  if (msg == nullptr) msg = "";
  if ((status = napi_create_string_utf8(env, msg, NAPI_AUTO_LENGTH, &text)) != napi_ok) return status;
  if (code != nullptr && (status = napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &code_value)) != napi_ok)
    return status;
  if ((status = create(env, make, code_value, text, &error)) != napi_ok) return status;
  return napi_throw(env, error);
}

napi_status napi_throw(napi_env env, napi_value error) {
  ENV(env);
  ARG(env, error);
  CHECK(env, env->last_exception.IsEmpty(), napi_pending_exception);
  env->last_exception.Reset(env->isolate, to_local(error));
  return ok(env);
}

napi_status napi_throw_error(napi_env env, const char *code, const char *msg) {
  return throw_made(env, Exception::Error, code, msg);
}
napi_status napi_throw_type_error(napi_env env, const char *code, const char *msg) {
  return throw_made(env, Exception::TypeError, code, msg);
}
napi_status napi_throw_range_error(napi_env env, const char *code, const char *msg) {
  return throw_made(env, Exception::RangeError, code, msg);
}
napi_status node_api_throw_syntax_error(napi_env env, const char *code, const char *msg) {
  return throw_made(env, Exception::SyntaxError, code, msg);
}

napi_status napi_is_exception_pending(napi_env env, bool *result) {
  ENV(env);
  ARG(env, result);
  *result = !env->last_exception.IsEmpty();
  return ok(env);
}

napi_status napi_get_and_clear_last_exception(napi_env env, napi_value *result) {
  ENV(env);
  ARG(env, result);
  if (env->last_exception.IsEmpty()) return napi_get_undefined(env, result);
  *result = to_value(env->last_exception.Get(env->isolate));
  env->last_exception.Reset();
  return ok(env);
}

/* ---- fatal ------------------------------------------------------------------------------------------------------ */

NAPI_NO_RETURN void napi_fatal_error(const char *location, size_t location_len, const char *message,
                                     size_t message_len) {
  if (location == nullptr) location = "";
  if (message == nullptr) message = "";
  if (location_len == NAPI_AUTO_LENGTH) location_len = strlen(location);
  if (message_len == NAPI_AUTO_LENGTH) message_len = strlen(message);
  fprintf(stderr, "FATAL ERROR: %.*s %.*s\n", static_cast<int>(location_len), location, static_cast<int>(message_len),
          message);
  fflush(nullptr);
  abort();
}
