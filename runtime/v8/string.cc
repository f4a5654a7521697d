/*
 * string.cc: strings. V8 keeps one byte per character where all are below 256; Latin-1 in and out is then a copy.
 * UTF-8 that is pure ASCII, which nearly all of it is, takes that way too.
 */
#include <string.h>

#include <string>

#include "env.h"

using namespace v8;

static bool is_ascii(const char *bytes, size_t length) {
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    uint64_t word;
    memcpy(&word, bytes + i, 8);
    if (word & 0x8080808080808080ull) return false;
  }
  for (; i < length; i++) {
    if (bytes[i] & 0x80) return false;
  }
  return true;
}

static napi_status make_one_byte(napi_env env, const char *bytes, size_t length, NewStringType type,
                                 napi_value *value) {
  Local<String> string;
  if (length > static_cast<size_t>(String::kMaxLength)) return fail(env, napi_invalid_arg);
  if (!String::NewFromOneByte(env->isolate, reinterpret_cast<const uint8_t *>(bytes), type, static_cast<int>(length))
           .ToLocal(&string))
    return fail(env, napi_generic_failure);
  *value = to_value(string);
  return ok(env);
}

static napi_status make_utf8(napi_env env, const char *bytes, size_t length, NewStringType type, napi_value *value) {
  if (is_ascii(bytes, length)) return make_one_byte(env, bytes, length, type, value);
  Local<String> string;
  if (length > static_cast<size_t>(INT32_MAX)) return fail(env, napi_invalid_arg);
  if (!String::NewFromUtf8(env->isolate, bytes, type, static_cast<int>(length)).ToLocal(&string))
    return fail(env, napi_generic_failure);
  *value = to_value(string);
  return ok(env);
}

static napi_status make_utf16(napi_env env, const char16_t *units, size_t length, NewStringType type,
                              napi_value *value) {
  Local<String> string;
  if (length > static_cast<size_t>(String::kMaxLength)) return fail(env, napi_invalid_arg);
  if (!String::NewFromTwoByte(env->isolate, reinterpret_cast<const uint16_t *>(units), type, static_cast<int>(length))
           .ToLocal(&string))
    return fail(env, napi_generic_failure);
  *value = to_value(string);
  return ok(env);
}

napi_status js_string_latin1(napi_env env, const char *bytes, size_t length, napi_value *value) {
  return make_one_byte(env, bytes, length, NewStringType::kNormal, value);
}

napi_status js_string_intern(napi_env env, const char *bytes, size_t length, napi_value *value) {
  return make_utf8(env, bytes, length, NewStringType::kInternalized, value);
}

napi_status js_string_utf8(napi_env env, const char *bytes, size_t length, napi_value *value) {
  return make_utf8(env, bytes, length, NewStringType::kNormal, value);
}

/* ---- external --------------------------------------------------------------------------------------------------- */

namespace {
class ExternalLatin1 final : public String::ExternalOneByteStringResource {
 public:
  ExternalLatin1(const char *bytes, size_t length, void (*release)(const char *, void *), void *hint)
      : bytes_(bytes), length_(length), release_(release), hint_(hint) {}
  ~ExternalLatin1() override {
    if (release_ != nullptr) release_(bytes_, hint_);
  }
  const char *data() const override { return bytes_; }
  size_t length() const override { return length_; }

 private:
  const char *bytes_;
  size_t length_;
  void (*release_)(const char *, void *);
  void *hint_;
};
}  // namespace

napi_status js_string_external_latin1(napi_env env, const char *bytes, size_t length,
                                      void (*release)(const char *bytes, void *hint), void *hint, napi_value *value) {
  if (length < 256) { /* a copy is cheaper than the bookkeeping */
    napi_status status = js_string_latin1(env, bytes, length, value);
    if (status == napi_ok && release != nullptr) release(bytes, hint);
    return status;
  }
  Local<String> string;
  if (length > static_cast<size_t>(String::kMaxLength)) return fail(env, napi_invalid_arg);
  auto *resource = new ExternalLatin1(bytes, length, release, hint);
  if (!String::NewExternalOneByte(env->isolate, resource).ToLocal(&string)) return fail(env, napi_generic_failure);
  *value = to_value(string);
  return ok(env);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

#define STRING(env, value, string)                                                     \
  CHECK(env, (value) != nullptr && to_local(value)->IsString(), napi_string_expected); \
  Local<String> string = to_local(value).As<String>()

napi_status js_string_info(napi_env env, napi_value value, size_t *length, bool *one_byte) {
  STRING(env, value, string);
  if (length != nullptr) *length = static_cast<size_t>(string->Length());
  if (one_byte != nullptr) *one_byte = string->IsOneByte();
  return ok(env);
}

napi_status js_string_write_latin1(napi_env env, napi_value value, char *buffer, size_t capacity, size_t *written) {
  STRING(env, value, string);
  int count =
      string->WriteOneByte(env->isolate, reinterpret_cast<uint8_t *>(buffer), 0,
                           static_cast<int>(capacity > INT32_MAX ? INT32_MAX : capacity), String::NO_NULL_TERMINATION);
  if (written != nullptr) *written = static_cast<size_t>(count);
  return ok(env);
}

napi_status js_string_write_utf8(napi_env env, napi_value value, char *buffer, size_t capacity, size_t *written) {
  STRING(env, value, string);
  int count = string->WriteUtf8(env->isolate, buffer, static_cast<int>(capacity > INT32_MAX ? INT32_MAX : capacity),
                                nullptr, String::NO_NULL_TERMINATION | String::REPLACE_INVALID_UTF8);
  if (written != nullptr) *written = static_cast<size_t>(count);
  return ok(env);
}

napi_status js_string_write_utf16(napi_env env, napi_value value, uint16_t *buffer, size_t capacity, size_t *written) {
  STRING(env, value, string);
  int count = string->Write(env->isolate, buffer, 0, static_cast<int>(capacity > INT32_MAX ? INT32_MAX : capacity),
                            String::NO_NULL_TERMINATION);
  if (written != nullptr) *written = static_cast<size_t>(count);
  return ok(env);
}

napi_status js_string_hash(napi_env env, napi_value value, uint32_t *hash) {
  CHECK(env, value != nullptr && to_local(value)->IsString(), napi_string_expected);
  *hash = static_cast<uint32_t>(to_local(value).As<String>()->GetIdentityHash());
  return ok(env);
}

napi_status js_string_utf8_length(napi_env env, napi_value value, size_t *bytes) {
  STRING(env, value, string);
  *bytes = static_cast<size_t>(string->Utf8Length(env->isolate));
  return ok(env);
}

/* ---- Node-API --------------------------------------------------------------------------------------------------- */

/* NULL is a string only where it has no characters. */
#define NAPI_STRING_ARGS(env, str, length, result)                   \
  ENV(env);                                                          \
  if ((str) == nullptr) CHECK(env, (length) == 0, napi_invalid_arg); \
  ARG(env, result);                                                  \
  CHECK(env, (length) == NAPI_AUTO_LENGTH || (length) <= INT32_MAX, napi_invalid_arg)

static size_t units(const char *str, size_t length) { return length != NAPI_AUTO_LENGTH ? length : strlen(str); }
static size_t units(const char16_t *str, size_t length) {
  return length != NAPI_AUTO_LENGTH ? length : std::char_traits<char16_t>::length(str);
}

napi_status napi_create_string_latin1(napi_env env, const char *str, size_t length, napi_value *result) {
  NAPI_STRING_ARGS(env, str, length, result);
  return make_one_byte(env, str, units(str, length), NewStringType::kNormal, result);
}

napi_status napi_create_string_utf8(napi_env env, const char *str, size_t length, napi_value *result) {
  NAPI_STRING_ARGS(env, str, length, result);
  return make_utf8(env, str, units(str, length), NewStringType::kNormal, result);
}

napi_status napi_create_string_utf16(napi_env env, const char16_t *str, size_t length, napi_value *result) {
  NAPI_STRING_ARGS(env, str, length, result);
  return make_utf16(env, str, units(str, length), NewStringType::kNormal, result);
}

napi_status node_api_create_property_key_latin1(napi_env env, const char *str, size_t length, napi_value *result) {
  NAPI_STRING_ARGS(env, str, length, result);
  return make_one_byte(env, str, units(str, length), NewStringType::kInternalized, result);
}

napi_status node_api_create_property_key_utf8(napi_env env, const char *str, size_t length, napi_value *result) {
  NAPI_STRING_ARGS(env, str, length, result);
  return make_utf8(env, str, units(str, length), NewStringType::kInternalized, result);
}

napi_status node_api_create_property_key_utf16(napi_env env, const char16_t *str, size_t length, napi_value *result) {
  NAPI_STRING_ARGS(env, str, length, result);
  return make_utf16(env, str, units(str, length), NewStringType::kInternalized, result);
}

/* An engine may copy, and must say so; the caller's memory is then free at once. */
napi_status node_api_create_external_string_latin1(napi_env env, char *str, size_t length,
                                                   node_api_basic_finalize finalize_callback, void *finalize_hint,
                                                   napi_value *result, bool *copied) {
  napi_status status = napi_create_string_latin1(env, str, length, result);
  if (status != napi_ok) return status;
  if (copied != nullptr) *copied = true;
  if (finalize_callback != nullptr) finalize_callback(env, str, finalize_hint);
  return napi_ok;
}

napi_status node_api_create_external_string_utf16(napi_env env, char16_t *str, size_t length,
                                                  node_api_basic_finalize finalize_callback, void *finalize_hint,
                                                  napi_value *result, bool *copied) {
  napi_status status = napi_create_string_utf16(env, str, length, result);
  if (status != napi_ok) return status;
  if (copied != nullptr) *copied = true;
  if (finalize_callback != nullptr) finalize_callback(env, str, finalize_hint);
  return napi_ok;
}

/* Without a buffer the length is told; with one, what fits is copied and terminated. */
napi_status napi_get_value_string_latin1(napi_env env, napi_value value, char *buf, size_t bufsize, size_t *result) {
  ENV(env);
  ARG(env, value);
  STRING(env, value, string);
  if (buf == nullptr) {
    ARG(env, result);
    *result = static_cast<size_t>(string->Length());
    return ok(env);
  }
  size_t count = 0;
  if (bufsize != 0) {
    js_string_write_latin1(env, value, buf, bufsize - 1, &count);
    buf[count] = 0;
  }
  if (result != nullptr) *result = count;
  return ok(env);
}

napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char *buf, size_t bufsize, size_t *result) {
  ENV(env);
  ARG(env, value);
  STRING(env, value, string);
  if (buf == nullptr) {
    ARG(env, result);
    *result = static_cast<size_t>(string->Utf8Length(env->isolate));
    return ok(env);
  }
  size_t count = 0;
  if (bufsize != 0) {
    js_string_write_utf8(env, value, buf, bufsize - 1, &count);
    buf[count] = 0;
  }
  if (result != nullptr) *result = count;
  return ok(env);
}

napi_status napi_get_value_string_utf16(napi_env env, napi_value value, char16_t *buf, size_t bufsize, size_t *result) {
  ENV(env);
  ARG(env, value);
  STRING(env, value, string);
  if (buf == nullptr) {
    ARG(env, result);
    *result = static_cast<size_t>(string->Length());
    return ok(env);
  }
  size_t count = 0;
  if (bufsize != 0) {
    js_string_write_utf16(env, value, reinterpret_cast<uint16_t *>(buf), bufsize - 1, &count);
    buf[count] = 0;
  }
  if (result != nullptr) *result = count;
  return ok(env);
}
