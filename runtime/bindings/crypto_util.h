/*
 * What the crypto bindings share: OpenSSL's errors as JS exceptions, bytes of arguments, output in an encoding, work
 * that runs at once or on the thread pool, and keys.
 */
#ifndef JSD_RUNTIME_BINDINGS_CRYPTO_UTIL_H
#define JSD_RUNTIME_BINDINGS_CRYPTO_UTIL_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "util.h"

/* ---- errors ----------------------------------------------------------------------------------------------------- */
enum { CRYPTO_ERROR_MAX = 8 };
typedef struct crypto_error {
  unsigned long codes[CRYPTO_ERROR_MAX]; /* oldest first */
  int count;
  const char *message; /* when OpenSSL gave no reason; static */
  const char *code;    /* error.code for `message`; static, may be NULL */
} crypto_error;

/* Takes this thread's queue of errors. */
void crypto_error_take(crypto_error *error);
napi_value crypto_error_value(napi_env env, const crypto_error *error);
/* Throws what OpenSSL reported (or `message`); returns NULL for the caller to return. */
napi_value crypto_throw(napi_env env, const char *message);
napi_value crypto_throw_code(napi_env env, const char *code, const char *message);

/* ---- bytes ------------------------------------------------------------------------------------------------------ */
typedef struct crypto_bytes {
  const uint8_t *data; /* never NULL after a get */
  size_t length;
  uint8_t *owned; /* NULL, or malloc'd */
} crypto_bytes;

/* A string (UTF-8), or bytes borrowed from JS until the callback returns; false: neither, or no memory. */
bool crypto_bytes_get(napi_env env, napi_value value, crypto_bytes *bytes);
/* The same, always a copy: for the thread pool. */
bool crypto_bytes_copy(napi_env env, napi_value value, crypto_bytes *bytes);
/* Wipes and frees what is owned. */
void crypto_bytes_free(crypto_bytes *bytes);

enum {
  CRYPTO_OUT_BUFFER = 0,
  CRYPTO_OUT_HEX = 1,
  CRYPTO_OUT_BASE64 = 2,
  CRYPTO_OUT_BASE64URL = 3,
  CRYPTO_OUT_LATIN1 = 4
};
napi_value crypto_output(napi_env env, const uint8_t *data, size_t length, int encoding);
napi_value crypto_buffer(napi_env env, const uint8_t *data, size_t length);
napi_value crypto_array_buffer(napi_env env, const uint8_t *data, size_t length);
/* Everything in a memory BIO, as a string or a Buffer; frees the BIO. */
napi_value crypto_bio_string(napi_env env, BIO *bio);
napi_value crypto_bio_buffer(napi_env env, BIO *bio);
/* Big-endian, `width` bytes (0: as many as needed), base64url when `base64url`. */
napi_value crypto_bn_output(napi_env env, const BIGNUM *bn, int width, bool base64url);

/* ---- objects ---------------------------------------------------------------------------------------------------- */
void object_set(napi_env env, napi_value object, const char *name, napi_value value);
napi_value object_get(napi_env env, napi_value object, const char *name);
int32_t object_int32(napi_env env, napi_value object, const char *name, int32_t fallback);
/* malloc'd UTF-8, or NULL where the property is no string. */
char *object_utf8(napi_env env, napi_value object, const char *name);

/* EVP_MD of a name in any spelling OpenSSL knows (also its old aliases such as RSA-SHA256); EVP_MD_free. NULL: unknown,
 * with the queue of errors empty. */
EVP_MD *crypto_digest_fetch(const char *name);
/* The same from an argument; *absent tells undefined or null from an unknown name. */
EVP_MD *crypto_digest_arg(napi_env env, napi_value name, bool *absent);

/* ---- jobs ------------------------------------------------------------------------------------------------------- */
typedef struct crypto_job crypto_job;
struct crypto_job {
  uv_work_t work;
  runtime_work queued;
  runtime *rt;
  held callback;
  const char *type; /* as async_hooks name it */
  /* In any thread; 0, or -1 with OpenSSL's errors or `error.message` set. */
  int (*run)(crypto_job *job);
  /* On the loop's thread; NULL with an exception pending when it fails. */
  napi_value (*result)(napi_env env, crypto_job *job);
  void (*destroy)(crypto_job *job); /* frees job too */
  int status;
  crypto_error error;
};

/* Runs the job now and returns its result (throws), or with a callback on the thread pool: callback(error, result). */
napi_value crypto_job_start(napi_env env, crypto_job *job, napi_value callback);

/* ---- keys ------------------------------------------------------------------------------------------------------- */
enum { CRYPTO_KEY_SECRET = 0, CRYPTO_KEY_PUBLIC = 1, CRYPTO_KEY_PRIVATE = 2 };
typedef struct crypto_key {
  _Atomic int references; /* clones of it may be in other threads */
  int kind;
  EVP_PKEY *pkey; /* public, private */
  uint8_t *secret;
  size_t length;
} crypto_key;

crypto_key *crypto_key_arg(napi_env env, napi_value value); /* borrowed; NULL: no key */
crypto_key *crypto_key_retain(crypto_key *key);
void crypto_key_release(crypto_key *key);
/* A JS handle over a new key that takes `pkey` over (also when it fails). */
napi_value crypto_key_create(napi_env env, int kind, EVP_PKEY *pkey);
napi_value crypto_key_create_secret(napi_env env, const uint8_t *data, size_t length);
/* Node's name of a key's kind ("ml-dsa-44"), NULL: none; and OpenSSL's of Node's. */
const char *crypto_key_type(const EVP_PKEY *pkey);
const char *crypto_key_algorithm(const char *type);
/* A secret from a key handle, bytes or a string. */
bool crypto_secret_get(napi_env env, napi_value value, crypto_bytes *bytes);
bool crypto_secret_copy(napi_env env, napi_value value, crypto_bytes *bytes);

#endif
