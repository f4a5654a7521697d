/* crypto_kdf.c: keys from passwords and secrets: PBKDF2, scrypt, HKDF, Argon2. At once, or on the thread pool. */
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

typedef struct kdf_job {
  crypto_job job;
  const char *algorithm;
  char digest[64];
  crypto_bytes secret, salt, info;
  uint64_t n, maxmem;
  uint32_t r, p;
  uint64_t iterations;
  uint8_t *out;
  size_t length;
} kdf_job;

static int kdf_run(crypto_job *job) {
  kdf_job *kdf = (kdf_job *)job;
  if (kdf->length == 0) return 0;
  bool scrypt = strcmp(kdf->algorithm, OSSL_KDF_NAME_SCRYPT) == 0;
  bool pbkdf2 = strcmp(kdf->algorithm, OSSL_KDF_NAME_PBKDF2) == 0;
  OSSL_PARAM params[8], *p = params;
  int unchecked = 1; /* Node has no lower limits for PBKDF2 */
  const char *secret_name = scrypt || pbkdf2 ? OSSL_KDF_PARAM_PASSWORD : OSSL_KDF_PARAM_KEY;
  *p++ = OSSL_PARAM_construct_octet_string(secret_name, (void *)kdf->secret.data, kdf->secret.length);
  *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)kdf->salt.data, kdf->salt.length);
  if (scrypt) {
    *p++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &kdf->n);
    *p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &kdf->r);
    *p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &kdf->p);
    *p++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &kdf->maxmem);
  } else {
    *p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, kdf->digest, 0);
    if (pbkdf2) {
      *p++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &kdf->iterations);
      *p++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &unchecked);
    } else {
      *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)kdf->info.data, kdf->info.length);
    }
  }
  *p = OSSL_PARAM_construct_end();
  EVP_KDF *fetched = EVP_KDF_fetch(NULL, kdf->algorithm, NULL);
  EVP_KDF_CTX *context = fetched != NULL ? EVP_KDF_CTX_new(fetched) : NULL;
  int status = context != NULL && EVP_KDF_derive(context, kdf->out, kdf->length, params) == 1 ? 0 : -1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(fetched);
  return status;
}

static napi_value kdf_result(napi_env env, crypto_job *job) {
  kdf_job *kdf = (kdf_job *)job;
  return crypto_buffer(env, kdf->out, kdf->length);
}

static void kdf_destroy(crypto_job *job) {
  kdf_job *kdf = (kdf_job *)job;
  crypto_bytes_free(&kdf->secret);
  crypto_bytes_free(&kdf->salt);
  crypto_bytes_free(&kdf->info);
  OPENSSL_clear_free(kdf->out, kdf->length + 1);
  free(kdf);
}

/* The digest's name is checked by JS (hashFetch). */
static napi_value kdf_start(napi_env env, const kdf_job *template, napi_value digest, napi_value secret,
                            napi_value salt, napi_value info, napi_value length, napi_value callback) {
  kdf_job *kdf = malloc(sizeof *kdf);
  if (kdf == NULL) return crypto_throw(env, "Out of memory");
  *kdf = *template;
  kdf->job = (crypto_job){.type = template->job.type, .run = kdf_run, .result = kdf_result, .destroy = kdf_destroy};
  kdf->job.error.message = "Deriving bits failed";
  kdf->length = (size_t)arg_int64(env, length);
  kdf->out = OPENSSL_malloc(kdf->length + 1);
  bool absent, good = kdf->out != NULL && crypto_secret_copy(env, secret, &kdf->secret) &&
                      crypto_bytes_copy(env, salt, &kdf->salt);
  if (good && info != NULL) good = crypto_bytes_copy(env, info, &kdf->info);
  if (good && digest != NULL) {
    EVP_MD *md = crypto_digest_arg(env, digest, &absent);
    good = md != NULL;
    if (good) snprintf(kdf->digest, sizeof kdf->digest, "%s", EVP_MD_get0_name(md));
    EVP_MD_free(md);
  }
  if (!good) {
    kdf_destroy(&kdf->job);
    return crypto_throw(env, "Deriving bits failed");
  }
  return crypto_job_start(env, &kdf->job, callback);
}

/* pbkdf2(password, salt, iterations, length, digest, callback?) */
static napi_value kdf_pbkdf2(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  kdf_job template = {
      .job.type = "PBKDF2REQUEST", .algorithm = OSSL_KDF_NAME_PBKDF2, .iterations = (uint64_t)arg_int64(env, argv[2])};
  return kdf_start(env, &template, argv[4], argv[0], argv[1], NULL, argv[3], argv[5]);
}

/* hkdf(digest, key, salt, info, length, callback?) */
static napi_value kdf_hkdf(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  kdf_job template = {.job.type = "HKDFREQUEST", .algorithm = OSSL_KDF_NAME_HKDF};
  return kdf_start(env, &template, argv[0], argv[1], argv[2], argv[3], argv[4], argv[5]);
}

/* scryptCheck(N, r, p, maxmem): whether these parameters are possible; the error is thrown with OpenSSL's reason */
static napi_value kdf_scrypt_check(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  uint64_t n = (uint64_t)arg_int64(env, argv[0]), r = arg_uint32(env, argv[1]), p = arg_uint32(env, argv[2]);
  if (EVP_PBE_scrypt(NULL, 0, NULL, 0, n, r, p, (uint64_t)arg_int64(env, argv[3]), NULL, 0) == 1) {
    ERR_clear_error();
    return make_undefined(env);
  }
  crypto_error error = {0};
  crypto_error_take(&error);
  const char *reason = error.count > 0 ? ERR_reason_error_string(error.codes[0]) : NULL;
  return make_string(env, reason != NULL ? reason : "");
}

/* scrypt(password, salt, N, r, p, maxmem, length, callback?) */
static napi_value kdf_scrypt(napi_env env, napi_callback_info info) {
  napi_value argv[8];
  args_get(env, info, argv, 8);
  kdf_job template = {.job.type = "SCRYPTREQUEST",
                      .algorithm = OSSL_KDF_NAME_SCRYPT,
                      .n = (uint64_t)arg_int64(env, argv[2]),
                      .r = arg_uint32(env, argv[3]),
                      .p = arg_uint32(env, argv[4]),
                      .maxmem = (uint64_t)arg_int64(env, argv[5])};
  return kdf_start(env, &template, NULL, argv[0], argv[1], NULL, argv[6], argv[7]);
}

/* ---- Argon2 ----------------------------------------------------------------------------------------------------- */

typedef struct argon2_job {
  crypto_job job;
  const char *algorithm;
  crypto_bytes message, nonce, secret, associated;
  uint32_t lanes, memory, passes;
  uint8_t *out;
  size_t length;
} argon2_job;

static int argon2_run(crypto_job *job) {
  argon2_job *a = (argon2_job *)job;
  OSSL_PARAM params[9], *p = params;
  uint32_t threads = 1; /* OpenSSL's own pool is not used: this is a thread already */
  *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)a->message.data, a->message.length);
  *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)a->nonce.data, a->nonce.length);
  *p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &a->lanes);
  *p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_THREADS, &threads);
  *p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &a->memory);
  *p++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &a->passes);
  if (a->secret.length > 0)
    *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)a->secret.data, a->secret.length);
  if (a->associated.length > 0)
    *p++ =
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_ARGON2_AD, (void *)a->associated.data, a->associated.length);
  *p = OSSL_PARAM_construct_end();
  EVP_KDF *fetched = EVP_KDF_fetch(NULL, a->algorithm, NULL);
  EVP_KDF_CTX *context = fetched != NULL ? EVP_KDF_CTX_new(fetched) : NULL;
  int status = context != NULL && EVP_KDF_derive(context, a->out, a->length, params) == 1 ? 0 : -1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(fetched);
  return status;
}

static napi_value argon2_result(napi_env env, crypto_job *job) {
  argon2_job *a = (argon2_job *)job;
  return crypto_buffer(env, a->out, a->length);
}

static void argon2_destroy(crypto_job *job) {
  argon2_job *a = (argon2_job *)job;
  crypto_bytes_free(&a->message);
  crypto_bytes_free(&a->nonce);
  crypto_bytes_free(&a->secret);
  crypto_bytes_free(&a->associated);
  OPENSSL_clear_free(a->out, a->length + 1);
  free(a);
}

/* argon2(variant: 0 d, 1 i, 2 id, message, nonce, secret, associated data, lanes, KiB, passes, length, callback?) */
static napi_value kdf_argon2(napi_env env, napi_callback_info info) {
  static const char *const names[] = {"ARGON2D", "ARGON2I", "ARGON2ID"};
  napi_value argv[10];
  args_get(env, info, argv, 10);
  argon2_job *a = calloc(1, sizeof *a);
  if (a == NULL) return crypto_throw(env, "Out of memory");
  a->job = (crypto_job){.run = argon2_run, .result = argon2_result, .destroy = argon2_destroy};
  a->job.error.message = "Argon2 job failed";
  a->algorithm = names[arg_uint32(env, argv[0]) % 3];
  a->lanes = arg_uint32(env, argv[5]);
  a->memory = arg_uint32(env, argv[6]);
  a->passes = arg_uint32(env, argv[7]);
  a->length = (size_t)arg_int64(env, argv[8]);
  a->out = OPENSSL_malloc(a->length + 1);
  if (a->out == NULL || !crypto_secret_copy(env, argv[1], &a->message) || !crypto_bytes_copy(env, argv[2], &a->nonce) ||
      !crypto_secret_copy(env, argv[3], &a->secret) || !crypto_bytes_copy(env, argv[4], &a->associated)) {
    argon2_destroy(&a->job);
    return crypto_throw(env, "Invalid data");
  }
  return crypto_job_start(env, &a->job, argv[9]);
}

static const js_function functions[] = {
    {"argon2", kdf_argon2},
    {"pbkdf2", kdf_pbkdf2},
    {"hkdf", kdf_hkdf},
    {"scrypt", kdf_scrypt},
    {"scryptCheck", kdf_scrypt_check},
    {NULL, NULL},
};

const js_binding binding_crypto_kdf = {"crypto_kdf", functions, NULL};
