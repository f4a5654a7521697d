/* crypto_util.c: what the crypto bindings share; the contract is in crypto_util.h. */
#include "crypto_util.h"
#include "text_encoding.h"

#include <ctype.h>
#include <strings.h>

/* ---- errors ----------------------------------------------------------------------------------------------------- */

void crypto_error_take(crypto_error *error) {
  unsigned long code;
  error->count = 0;
  while ((code = ERR_get_error()) != 0) {
    if (error->count < CRYPTO_ERROR_MAX) error->codes[error->count++] = code;
  }
}

static const char *library_name(unsigned long code) {
  static const struct {
    int library;
    const char *name;
  } names[] = {
      {ERR_LIB_SYS, "SYS_"},
      {ERR_LIB_BN, "BN_"},
      {ERR_LIB_RSA, "RSA_"},
      {ERR_LIB_DH, "DH_"},
      {ERR_LIB_EVP, "EVP_"},
      {ERR_LIB_BUF, "BUF_"},
      {ERR_LIB_OBJ, "OBJ_"},
      {ERR_LIB_PEM, "PEM_"},
      {ERR_LIB_DSA, "DSA_"},
      {ERR_LIB_X509, "X509_"},
      {ERR_LIB_ASN1, "ASN1_"},
      {ERR_LIB_CONF, "CONF_"},
      {ERR_LIB_CRYPTO, "CRYPTO_"},
      {ERR_LIB_EC, "EC_"},
      {ERR_LIB_SSL, "SSL_"},
      {ERR_LIB_BIO, "BIO_"},
      {ERR_LIB_PKCS7, "PKCS7_"},
      {ERR_LIB_X509V3, "X509V3_"},
      {ERR_LIB_PKCS12, "PKCS12_"},
      {ERR_LIB_RAND, "RAND_"},
      {ERR_LIB_DSO, "DSO_"},
      {ERR_LIB_ENGINE, "ENGINE_"},
      {ERR_LIB_OCSP, "OCSP_"},
      {ERR_LIB_UI, "UI_"},
      {ERR_LIB_COMP, "COMP_"},
      {ERR_LIB_CMS, "CMS_"},
      {ERR_LIB_TS, "TS_"},
      {ERR_LIB_CT, "CT_"},
      {ERR_LIB_OSSL_STORE, "OSSL_STORE_"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (names[i].library == ERR_GET_LIB(code)) return names[i].name;
  }
  return "";
}

static void code_name(unsigned long code, const char *reason, char *out, size_t size) {
  const char *library = library_name(code);
  int length = snprintf(out, size, "ERR_%s%s%s", strcmp(library, "SSL_") == 0 ? "" : "OSSL_", library, reason);
  for (int i = 0; i < length && out[i]; i++) out[i] = out[i] == ' ' ? '_' : (char)toupper((unsigned char)out[i]);
}

napi_value crypto_error_value(napi_env env, const crypto_error *error) {
  char text[256];
  napi_value value = NULL;
  if (error->count == 0) {
    napi_create_error(env, NULL, make_string(env, error->message ? error->message : "Unknown error"), &value);
    if (error->code != NULL && value != NULL) object_set(env, value, "code", make_string(env, error->code));
    return value;
  }
  unsigned long code = error->codes[0];
  ERR_error_string_n(code, text, sizeof text);
  if (napi_create_error(env, NULL, make_string(env, text), &value) != napi_ok) return NULL;
  if (error->count > 1) {
    napi_value stack;
    napi_create_array(env, &stack);
    for (int i = error->count - 1, n = 0; i > 0; i--, n++) {
      ERR_error_string_n(error->codes[i], text, sizeof text);
      napi_set_element(env, stack, (uint32_t)n, make_string(env, text));
    }
    object_set(env, value, "opensslErrorStack", stack);
  }
  const char *library = ERR_lib_error_string(code), *reason = ERR_reason_error_string(code);
  if (library != NULL) object_set(env, value, "library", make_string(env, library));
  if (reason != NULL) {
    object_set(env, value, "reason", make_string(env, reason));
    code_name(code, reason, text, sizeof text);
    object_set(env, value, "code", make_string(env, text));
  }
  return value;
}

napi_value crypto_throw(napi_env env, const char *message) { return crypto_throw_code(env, NULL, message); }

napi_value crypto_throw_code(napi_env env, const char *code, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) return NULL;
  crypto_error error = {.message = message, .code = code};
  crypto_error_take(&error);
  napi_value value = crypto_error_value(env, &error);
  if (value != NULL) napi_throw(env, value);
  return NULL;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

bool crypto_bytes_get(napi_env env, napi_value value, crypto_bytes *bytes) {
  void *data = NULL;
  bytes->owned = NULL;
  if (js_bytes_get(env, value, &data, &bytes->length) == napi_ok) {
    bytes->data = data != NULL ? data : (const uint8_t *)"";
    return true;
  }
  bytes->owned = (uint8_t *)arg_utf8(env, value, &bytes->length);
  bytes->data = bytes->owned != NULL ? bytes->owned : (const uint8_t *)"";
  if (bytes->owned == NULL) bytes->length = 0;
  return bytes->owned != NULL;
}

bool crypto_bytes_copy(napi_env env, napi_value value, crypto_bytes *bytes) {
  if (!crypto_bytes_get(env, value, bytes)) return false;
  if (bytes->owned != NULL) return true;
  bytes->owned = malloc(bytes->length + 1);
  if (bytes->owned == NULL) return false;
  memcpy(bytes->owned, bytes->data, bytes->length);
  bytes->owned[bytes->length] = 0;
  bytes->data = bytes->owned;
  return true;
}

void crypto_bytes_free(crypto_bytes *bytes) {
  if (bytes->owned == NULL) return;
  OPENSSL_cleanse(bytes->owned, bytes->length);
  free(bytes->owned);
  bytes->owned = NULL;
}

napi_value crypto_buffer(napi_env env, const uint8_t *data, size_t length) {
  void *out = NULL;
  napi_value value = NULL;
  if (js_buffer_create(env, length, &out, &value) != napi_ok) return NULL;
  if (length > 0 && data != NULL) memcpy(out, data, length);
  return value;
}

napi_value crypto_array_buffer(napi_env env, const uint8_t *data, size_t length) {
  void *out = NULL;
  napi_value value = NULL;
  if (napi_create_arraybuffer(env, length, &out, &value) != napi_ok) return NULL;
  if (length > 0 && data != NULL) memcpy(out, data, length);
  return value;
}

napi_value crypto_output(napi_env env, const uint8_t *data, size_t length, int encoding) {
  if (encoding == CRYPTO_OUT_BUFFER) return crypto_buffer(env, data, length);
  napi_value value = NULL;
  if (encoding == CRYPTO_OUT_LATIN1) {
    js_string_latin1(env, (const char *)data, length, &value);
    return value;
  }
  char small[256], *text = small;
  if (length > 120 && (text = malloc(length * 2 + 4)) == NULL) return crypto_throw(env, "Out of memory");
  size_t written = encoding == CRYPTO_OUT_HEX ? hex_encode(data, length, text)
                                              : base64_encode(data, length, text, encoding == CRYPTO_OUT_BASE64URL);
  js_string_latin1(env, text, written, &value);
  if (text != small) free(text);
  return value;
}

napi_value crypto_bio_string(napi_env env, BIO *bio) {
  char *data = NULL;
  napi_value value = NULL;
  long length = BIO_get_mem_data(bio, &data);
  js_string_utf8(env, data ? data : "", length > 0 ? (size_t)length : 0, &value);
  BIO_free_all(bio);
  return value;
}

napi_value crypto_bio_buffer(napi_env env, BIO *bio) {
  char *data = NULL;
  long length = BIO_get_mem_data(bio, &data);
  napi_value value = crypto_buffer(env, (uint8_t *)data, length > 0 ? (size_t)length : 0);
  BIO_free_all(bio);
  return value;
}

napi_value crypto_bn_output(napi_env env, const BIGNUM *bn, int width, bool base64url) {
  if (bn == NULL) return make_undefined(env);
  int size = BN_num_bytes(bn);
  if (width < size) width = size;
  uint8_t *data = malloc((size_t)width + 1);
  if (data == NULL) return crypto_throw(env, "Out of memory");
  BN_bn2binpad(bn, data, width);
  napi_value value = crypto_output(env, data, (size_t)width, base64url ? CRYPTO_OUT_BASE64URL : CRYPTO_OUT_BUFFER);
  OPENSSL_cleanse(data, (size_t)width);
  free(data);
  return value;
}

/* ---- objects ---------------------------------------------------------------------------------------------------- */

void object_set(napi_env env, napi_value object, const char *name, napi_value value) {
  if (value != NULL) napi_set_named_property(env, object, name, value);
}

napi_value object_get(napi_env env, napi_value object, const char *name) {
  napi_value value = NULL;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return make_undefined(env);
  return value;
}

int32_t object_int32(napi_env env, napi_value object, const char *name, int32_t fallback) {
  napi_value value = object_get(env, object, name);
  return arg_is(env, value, napi_number) ? arg_int32(env, value) : fallback;
}

char *object_utf8(napi_env env, napi_value object, const char *name) {
  napi_value value = object_get(env, object, name);
  return arg_is(env, value, napi_string) ? arg_utf8(env, value, NULL) : NULL;
}

EVP_MD *crypto_digest_fetch(const char *name) {
  if (strcasecmp(name, "dss1") == 0) name = "SHA1"; /* its name in old OpenSSL */
  EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
  if (md == NULL) {
    const EVP_MD *old = EVP_get_digestbyname(name);
    if (old != NULL) md = EVP_MD_fetch(NULL, EVP_MD_get0_name(old), NULL);
  }
  ERR_clear_error();
  return md;
}

EVP_MD *crypto_digest_arg(napi_env env, napi_value name, bool *absent) {
  *absent = !arg_is(env, name, napi_string);
  if (*absent) return NULL;
  char *text = arg_utf8(env, name, NULL);
  EVP_MD *md = text != NULL ? crypto_digest_fetch(text) : NULL;
  free(text);
  return md;
}

/* ---- jobs ------------------------------------------------------------------------------------------------------- */

static void job_run(crypto_job *job) {
  ERR_clear_error();
  job->status = job->run(job);
  if (job->status != 0) crypto_error_take(&job->error);
  ERR_clear_error();
}

static void job_work(uv_work_t *work) { job_run((crypto_job *)work->data); }

static void job_done(uv_work_t *work, int status) {
  crypto_job *job = work->data;
  napi_env env = runtime_env(job->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[2] = {make_null(env), make_undefined(env)};
  runtime_work_end(&job->queued);
  if (status != 0) {
    job->status = -1;
    job->error.message = "Operation was cancelled";
  }
  if (job->status == 0) {
    napi_value value = job->result(env, job);
    if (value != NULL)
      argv[1] = value;
    else
      napi_get_and_clear_last_exception(env, &argv[0]);
  } else {
    napi_value error = crypto_error_value(env, &job->error);
    if (error != NULL) argv[0] = error;
  }
  runtime *rt = job->rt;
  held callback = job->callback;
  runtime_work queued = job->queued;
  bool failed = !arg_is(env, argv[0], napi_null);
  job->destroy(job);
  runtime_work_done(rt, &queued, &callback, failed ? 1 : 2, argv);
  js_scope_close(&scope);
}

napi_value crypto_job_start(napi_env env, crypto_job *job, napi_value callback) {
  job->rt = runtime_of(env);
  job->work.data = job;
  if (arg_is(env, callback, napi_function) && held_set(&job->callback, env, callback) == napi_ok) {
    if (uv_queue_work(runtime_loop(job->rt), &job->work, job_work, job_done) == 0) {
      runtime_work_begin(job->rt, &job->queued, (uv_req_t *)&job->work, job->type);
      return make_undefined(env);
    }
    held_clear(&job->callback, env);
    job->destroy(job);
    return crypto_throw(env, "Cannot queue work");
  }
  job_run(job);
  napi_value value = NULL;
  if (job->status == 0) {
    value = job->result(env, job);
  } else {
    napi_value error = crypto_error_value(env, &job->error);
    if (error != NULL) napi_throw(env, error);
  }
  job->destroy(job);
  return value;
}
