/* crypto_kem.c: key encapsulation (crypto.encapsulate, decapsulate and SubtleCrypto's): ML-KEM, RSASVE, DHKEM. */
#include "crypto_util.h"

#include <openssl/core_names.h>

typedef struct kem_job {
  crypto_job job;
  crypto_key *key;
  crypto_bytes ciphertext; /* given: decapsulate */
  uint8_t *shared, *out;
  size_t shared_length, length;
  bool encapsulate;
} kem_job;

/* RSA and elliptic curves have to be told which scheme: the only one there is. */
static bool kem_operation(const kem_job *kem, EVP_PKEY_CTX *context) {
  EVP_PKEY *pkey = kem->key->pkey;
  const char *operation = NULL;
  if (EVP_PKEY_is_a(pkey, "RSA")) operation = OSSL_KEM_PARAM_OPERATION_RSASVE;
  if (EVP_PKEY_is_a(pkey, "EC") || EVP_PKEY_is_a(pkey, "X25519") || EVP_PKEY_is_a(pkey, "X448"))
    operation = OSSL_KEM_PARAM_OPERATION_DHKEM;
  return operation == NULL || EVP_PKEY_CTX_set_kem_op(context, operation) == 1;
}

static int kem_run(crypto_job *job) {
  kem_job *kem = (kem_job *)job;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, kem->key->pkey, NULL);
  bool good = false;
  if (context != NULL && kem->encapsulate) {
    good = EVP_PKEY_encapsulate_init(context, NULL) == 1 && kem_operation(kem, context) &&
           EVP_PKEY_encapsulate(context, NULL, &kem->length, NULL, &kem->shared_length) == 1 &&
           (kem->out = OPENSSL_malloc(kem->length + 1)) != NULL &&
           (kem->shared = OPENSSL_malloc(kem->shared_length + 1)) != NULL &&
           EVP_PKEY_encapsulate(context, kem->out, &kem->length, kem->shared, &kem->shared_length) == 1;
  } else if (context != NULL) {
    const crypto_bytes *in = &kem->ciphertext;
    good = EVP_PKEY_decapsulate_init(context, NULL) == 1 && kem_operation(kem, context) &&
           EVP_PKEY_decapsulate(context, NULL, &kem->shared_length, in->data, in->length) == 1 &&
           (kem->shared = OPENSSL_malloc(kem->shared_length + 1)) != NULL &&
           EVP_PKEY_decapsulate(context, kem->shared, &kem->shared_length, in->data, in->length) == 1;
  }
  EVP_PKEY_CTX_free(context);
  if (good) return 0;
  /* Node says which half failed, and nothing of OpenSSL's. */
  ERR_clear_error();
  return -1;
}

static napi_value kem_result(napi_env env, crypto_job *job) {
  kem_job *kem = (kem_job *)job;
  napi_value shared = crypto_buffer(env, kem->shared, kem->shared_length), pair = NULL;
  if (!kem->encapsulate) return shared;
  if (shared == NULL || napi_create_array_with_length(env, 2, &pair) != napi_ok) return NULL;
  napi_set_element(env, pair, 0, shared);
  napi_set_element(env, pair, 1, crypto_buffer(env, kem->out, kem->length));
  return pair;
}

static void kem_destroy(crypto_job *job) {
  kem_job *kem = (kem_job *)job;
  crypto_key_release(kem->key);
  crypto_bytes_free(&kem->ciphertext);
  if (kem->shared != NULL) OPENSSL_clear_free(kem->shared, kem->shared_length);
  OPENSSL_free(kem->out);
  free(kem);
}

/* kem(key, ciphertext | undefined, callback?): [shared secret, ciphertext], or the secret in a ciphertext */
static napi_value kem_start(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  kem_job *kem = calloc(1, sizeof *kem);
  if (key == NULL || key->pkey == NULL || kem == NULL) {
    free(kem);
    return crypto_throw(env, "Invalid key");
  }
  kem->job = (crypto_job){.run = kem_run, .result = kem_result, .destroy = kem_destroy};
  kem->encapsulate = arg_is(env, argv[1], napi_undefined);
  kem->job.error.message = kem->encapsulate ? "Failed to perform encapsulation" : "Failed to perform decapsulation";
  kem->job.error.code = "ERR_CRYPTO_OPERATION_FAILED";
  kem->key = crypto_key_retain(key);
  if (!kem->encapsulate && !crypto_bytes_copy(env, argv[1], &kem->ciphertext)) {
    kem_destroy(&kem->job);
    return crypto_throw(env, "Invalid data");
  }
  return crypto_job_start(env, &kem->job, argv[2]);
}

static const js_function functions[] = {{"kem", kem_start}, {NULL, NULL}};

const js_binding binding_crypto_kem = {"crypto_kem", functions, NULL};
