/*
 * crypto_subtle.c: whole-message digests and message authentication codes as jobs (SubtleCrypto): all bytes are copied
 * when the call is made, as Web Cryptography wants, and the work is done on the thread pool. Ciphers are in
 * crypto_oneshot.c.
 */
#include "crypto_keccak.h"
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

typedef struct message_job message_job;
struct message_job {
  crypto_job job;
  bool (*make)(message_job *message); /* fills out; false: OpenSSL says why */
  EVP_MD *md;
  int strength;
  uint8_t domain;
  crypto_bytes key, name, customization, data;
  uint8_t *out;
  size_t length, bits; /* length: bytes of out */
  size_t key_bits;
  crypto_bytes expected; /* a signature to compare with */
  bool compare;
};

static keccak_span span(const crypto_bytes *bytes) { return (keccak_span){bytes->data, bytes->length}; }

static bool make_digest(message_job *m) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool good = context != NULL && EVP_DigestInit_ex(context, m->md, NULL) == 1 &&
              EVP_DigestUpdate(context, m->data.data, m->data.length) == 1 &&
              EVP_DigestFinal_ex(context, m->out, NULL) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

static bool make_hmac(message_job *m) {
  EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
  EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)EVP_MD_get0_name(m->md), 0),
                         OSSL_PARAM_construct_end()};
  bool good = context != NULL && EVP_MAC_init(context, m->key.data, m->key.length, params) == 1 &&
              EVP_MAC_update(context, m->data.data, m->data.length) == 1 &&
              EVP_MAC_final(context, m->out, NULL, m->length) == 1;
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  return good;
}

static bool make_kmac(message_job *m) {
  keccak_kmac(m->strength, span(&m->key), m->key_bits, span(&m->customization), span(&m->data), m->out, m->bits);
  return true;
}

static bool make_cshake(message_job *m) {
  keccak_cshake(m->strength, span(&m->name), span(&m->customization), span(&m->data), m->out, m->bits);
  return true;
}

static bool make_turboshake(message_job *m) {
  keccak_turboshake(m->strength, m->domain, span(&m->data), m->out, m->bits);
  return true;
}

static bool make_kangaroo(message_job *m) {
  keccak_kangaroo_twelve(m->strength, span(&m->customization), span(&m->data), m->out, m->bits);
  return true;
}

static int message_run(crypto_job *job) {
  message_job *m = (message_job *)job;
  m->out = OPENSSL_malloc(m->length + 1);
  if (m->out == NULL) return -1;
  return m->length == 0 || m->make(m) ? 0 : -1;
}

static napi_value message_result(napi_env env, crypto_job *job) {
  message_job *m = (message_job *)job;
  if (!m->compare) return crypto_array_buffer(env, m->out, m->length);
  return make_bool(env, m->expected.length == m->length && CRYPTO_memcmp(m->expected.data, m->out, m->length) == 0);
}

static void message_destroy(crypto_job *job) {
  message_job *m = (message_job *)job;
  EVP_MD_free(m->md);
  crypto_bytes_free(&m->key);
  crypto_bytes_free(&m->name);
  crypto_bytes_free(&m->customization);
  crypto_bytes_free(&m->data);
  crypto_bytes_free(&m->expected);
  OPENSSL_clear_free(m->out, m->length + 1);
  free(m);
}

static message_job *message_new(bool (*make)(message_job *)) {
  message_job *m = calloc(1, sizeof *m);
  if (m == NULL) return NULL;
  m->job = (crypto_job){.run = message_run, .result = message_result, .destroy = message_destroy};
  m->job.error.message = "Operation failed";
  m->make = make;
  return m;
}

static void message_bits(message_job *m, napi_env env, napi_value bits) {
  m->bits = (size_t)arg_int64(env, bits);
  m->length = (m->bits + 7) / 8;
}

static napi_value message_start(napi_env env, message_job *m, bool good, napi_value callback) {
  if (good) return crypto_job_start(env, &m->job, callback);
  message_destroy(&m->job);
  return crypto_throw(env, "Invalid data");
}

/* digest(name, data, callback) → ArrayBuffer */
static napi_value subtle_digest(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  bool absent;
  args_get(env, info, argv, 3);
  message_job *m = message_new(make_digest);
  if (m == NULL) return crypto_throw(env, "Out of memory");
  m->md = crypto_digest_arg(env, argv[0], &absent);
  if (m->md != NULL) m->length = (size_t)EVP_MD_get_size(m->md);
  return message_start(env, m, m->md != NULL && crypto_bytes_copy(env, argv[1], &m->data), argv[2]);
}

/* sponge(kind, strength, bits, data, customization, name | domain, callback) → ArrayBuffer */
static napi_value subtle_sponge(napi_env env, napi_callback_info info) {
  static bool (*const makers[])(message_job *) = {make_cshake, make_turboshake, make_kangaroo};
  napi_value argv[7];
  args_get(env, info, argv, 7);
  uint32_t kind = arg_uint32(env, argv[0]);
  message_job *m = kind < 3 ? message_new(makers[kind]) : NULL;
  if (m == NULL) return crypto_throw(env, "Out of memory");
  m->strength = arg_int32(env, argv[1]);
  message_bits(m, env, argv[2]);
  bool good = crypto_bytes_copy(env, argv[3], &m->data) && crypto_bytes_copy(env, argv[4], &m->customization);
  if (kind == 0)
    good = good && crypto_bytes_copy(env, argv[5], &m->name);
  else
    m->domain = (uint8_t)arg_uint32(env, argv[5]);
  return message_start(env, m, good, argv[6]);
}

/* hmac(digest, key, data, signature | undefined, callback) → ArrayBuffer, or whether the signature is right */
static napi_value subtle_hmac(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  bool absent;
  args_get(env, info, argv, 5);
  message_job *m = message_new(make_hmac);
  if (m == NULL) return crypto_throw(env, "Out of memory");
  m->md = crypto_digest_arg(env, argv[0], &absent);
  if (m->md != NULL) m->length = (size_t)EVP_MD_get_size(m->md);
  m->compare = !arg_is(env, argv[3], napi_undefined);
  bool good = m->md != NULL && crypto_secret_copy(env, argv[1], &m->key) && crypto_bytes_copy(env, argv[2], &m->data) &&
              (!m->compare || crypto_bytes_copy(env, argv[3], &m->expected));
  return message_start(env, m, good, argv[4]);
}

/* kmac(strength, key, bits of it, customization, bits, data, signature | undefined, callback): as hmac */
static napi_value subtle_kmac(napi_env env, napi_callback_info info) {
  napi_value argv[8];
  args_get(env, info, argv, 8);
  message_job *m = message_new(make_kmac);
  if (m == NULL) return crypto_throw(env, "Out of memory");
  m->strength = arg_int32(env, argv[0]);
  m->key_bits = (size_t)arg_int64(env, argv[2]);
  message_bits(m, env, argv[4]);
  m->compare = !arg_is(env, argv[6], napi_undefined);
  bool good = crypto_secret_copy(env, argv[1], &m->key) && crypto_bytes_copy(env, argv[3], &m->customization) &&
              crypto_bytes_copy(env, argv[5], &m->data) &&
              (!m->compare || crypto_bytes_copy(env, argv[6], &m->expected));
  return message_start(env, m, good, argv[7]);
}

static const js_function functions[] = {
    {"digest", subtle_digest}, {"sponge", subtle_sponge}, {"hmac", subtle_hmac}, {"kmac", subtle_kmac}, {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant sponges[] = {{"CSHAKE", 0}, {"TURBOSHAKE", 1}, {"KANGAROO_TWELVE", 2}, {NULL, 0}};
  return export_constants(env, exports, "sponges", sponges);
}

const js_binding binding_crypto_subtle = {"crypto_subtle", functions, init};
