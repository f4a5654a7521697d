/* crypto_sign.c: signatures, and RSA encryption. At once or on the thread pool. */
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

enum { MODE_SIGN = 0, MODE_VERIFY = 1 };
enum { ENCODING_DER = 0, ENCODING_P1363 = 1 };
enum { UNSET = INT32_MIN };

typedef struct sign_job {
  crypto_job job;
  crypto_key *key;
  int mode, padding, salt_length, encoding;
  bool prehashed; /* data is the digest already */
  EVP_MD *md;
  crypto_bytes data, signature;
  crypto_bytes context; /* of Ed448, ML-DSA and SLH-DSA */
  uint8_t *out;
  size_t length;
  bool verdict;
} sign_job;

/* Bytes of r and of s in a signature of this key; 0: the key's signatures have no such form. */
static size_t p1363_half(EVP_PKEY *pkey) {
  if (EVP_PKEY_is_a(pkey, "EC")) return ((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8;
  if (!EVP_PKEY_is_a(pkey, "DSA")) return 0;
  BIGNUM *q = NULL;
  size_t half = EVP_PKEY_get_bn_param(pkey, "q", &q) == 1 ? (size_t)BN_num_bytes(q) : 0;
  BN_free(q);
  return half;
}

/* r || s of fixed width instead of the DER sequence. */
static int to_p1363(sign_job *sign, size_t half) {
  const uint8_t *p = sign->out;
  ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &p, (long)sign->length);
  uint8_t *out = OPENSSL_malloc(2 * half);
  bool good = parsed != NULL && out != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out, (int)half) == (int)half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out + half, (int)half) == (int)half;
  ECDSA_SIG_free(parsed);
  if (!good) {
    OPENSSL_free(out);
    return -1;
  }
  OPENSSL_free(sign->out);
  sign->out = out;
  sign->length = 2 * half;
  return 0;
}

/* false: the signature cannot be one */
static bool from_p1363(sign_job *sign, size_t half) {
  if (sign->signature.length != 2 * half) return false;
  ECDSA_SIG *made = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(sign->signature.data, (int)half, NULL),
         *s = BN_bin2bn(sign->signature.data + half, (int)half, NULL);
  uint8_t *der = NULL;
  int length = -1;
  if (made != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(made, r, s) == 1) {
    length = i2d_ECDSA_SIG(made, &der);
  } else {
    BN_free(r);
    BN_free(s);
  }
  ECDSA_SIG_free(made);
  uint8_t *copy = length > 0 ? malloc((size_t)length) : NULL;
  if (copy != NULL) {
    memcpy(copy, der, (size_t)length);
    crypto_bytes_free(&sign->signature);
    sign->signature = (crypto_bytes){.data = copy, .length = (size_t)length, .owned = copy};
  }
  OPENSSL_free(der);
  return copy != NULL;
}

static int configure(const sign_job *sign, EVP_PKEY_CTX *context) {
  EVP_PKEY *pkey = sign->key->pkey;
  if (sign->context.length > 0) {
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
                                                             (void *)sign->context.data, sign->context.length),
                           OSSL_PARAM_construct_end()};
    /* Ed25519 has contexts in a variant of its own (RFC 8032, Ed25519ctx). */
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
      char variant[] = "Ed25519ctx";
      OSSL_PARAM instance[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_INSTANCE, variant, 0),
                               OSSL_PARAM_construct_end()};
      if (EVP_PKEY_CTX_set_params(context, instance) != 1) return 0;
    }
    if (EVP_PKEY_CTX_set_params(context, params) != 1) return 0;
  }
  if (!EVP_PKEY_is_a(pkey, "RSA") && !EVP_PKEY_is_a(pkey, "RSA-PSS")) return 1;
  int padding = sign->padding;
  if (padding == UNSET) padding = EVP_PKEY_is_a(pkey, "RSA-PSS") ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
  if (EVP_PKEY_CTX_set_rsa_padding(context, padding) != 1) return 0;
  /* Signatures get as much salt as they can hold, and any is accepted, unless the program or the key says more. */
  if (padding == RSA_PKCS1_PSS_PADDING && sign->salt_length == UNSET && EVP_PKEY_is_a(pkey, "RSA"))
    return EVP_PKEY_CTX_set_rsa_pss_saltlen(context,
                                            sign->mode == MODE_SIGN ? RSA_PSS_SALTLEN_MAX : RSA_PSS_SALTLEN_AUTO) == 1;
  if (padding == RSA_PKCS1_PSS_PADDING && sign->salt_length != UNSET)
    return EVP_PKEY_CTX_set_rsa_pss_saltlen(context, sign->salt_length) == 1;
  return 1;
}

static int sign_prehashed(sign_job *sign) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(sign->key->pkey, NULL);
  int status = -1;
  bool verify = sign->mode == MODE_VERIFY;
  if (context == NULL || (verify ? EVP_PKEY_verify_init(context) : EVP_PKEY_sign_init(context)) != 1 ||
      configure(sign, context) != 1 || (sign->md != NULL && EVP_PKEY_CTX_set_signature_md(context, sign->md) != 1))
    goto out;
  if (verify) {
    sign->verdict =
        EVP_PKEY_verify(context, sign->signature.data, sign->signature.length, sign->data.data, sign->data.length) == 1;
    ERR_clear_error();
    status = 0;
  } else if (EVP_PKEY_sign(context, NULL, &sign->length, sign->data.data, sign->data.length) == 1 &&
             (sign->out = OPENSSL_malloc(sign->length + 1)) != NULL &&
             EVP_PKEY_sign(context, sign->out, &sign->length, sign->data.data, sign->data.length) == 1) {
    status = 0;
  }
out:
  EVP_PKEY_CTX_free(context);
  return status;
}

static int sign_whole(sign_job *sign) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY_CTX *pkey_context = NULL;
  int status = -1;
  bool verify = sign->mode == MODE_VERIFY;
  const crypto_bytes *data = &sign->data;
  if (context == NULL ||
      (verify ? EVP_DigestVerifyInit : EVP_DigestSignInit)(context, &pkey_context, sign->md, NULL, sign->key->pkey) !=
          1 ||
      configure(sign, pkey_context) != 1)
    goto out;
  if (verify) {
    sign->verdict =
        EVP_DigestVerify(context, sign->signature.data, sign->signature.length, data->data, data->length) == 1;
    ERR_clear_error();
    status = 0;
  } else if (EVP_DigestSign(context, NULL, &sign->length, data->data, data->length) == 1 &&
             (sign->out = OPENSSL_malloc(sign->length + 1)) != NULL &&
             EVP_DigestSign(context, sign->out, &sign->length, data->data, data->length) == 1) {
    status = 0;
  }
out:
  EVP_MD_CTX_free(context);
  return status;
}

/* Keys whose signatures are of messages, not of digests. */
static bool takes_whole_message(const EVP_PKEY *pkey) {
  const char *type = crypto_key_type(pkey);
  return type != NULL &&
         (strncmp(type, "ed", 2) == 0 || strncmp(type, "ml-dsa", 6) == 0 || strncmp(type, "slh-", 4) == 0);
}

static int sign_run(crypto_job *job) {
  sign_job *sign = (sign_job *)job;
  size_t half = sign->encoding == ENCODING_P1363 ? p1363_half(sign->key->pkey) : 0;
  if (half > 0 && sign->mode == MODE_VERIFY && !from_p1363(sign, half)) return 0;
  bool one_shot_only = takes_whole_message(sign->key->pkey);
  if (one_shot_only && sign->prehashed) {
    ERR_raise(ERR_LIB_EVP, EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE);
    return -1;
  }
  int status = sign->prehashed ? sign_prehashed(sign) : sign_whole(sign);
  if (status == 0 && half > 0 && sign->mode == MODE_SIGN) return to_p1363(sign, half);
  return status;
}

static napi_value sign_result(napi_env env, crypto_job *job) {
  sign_job *sign = (sign_job *)job;
  if (sign->mode == MODE_VERIFY) return make_bool(env, sign->verdict);
  return crypto_buffer(env, sign->out, sign->length);
}

static void sign_destroy(crypto_job *job) {
  sign_job *sign = (sign_job *)job;
  crypto_key_release(sign->key);
  EVP_MD_free(sign->md);
  crypto_bytes_free(&sign->data);
  crypto_bytes_free(&sign->signature);
  crypto_bytes_free(&sign->context);
  OPENSSL_free(sign->out);
  free(sign);
}

/* sign(key, digest | null, data, padding?, saltLength?, encoding, prehashed, callback?, signature?, context?): with a
 * signature it verifies. null: unknown digest. */
static napi_value sign_or_verify(napi_env env, napi_callback_info info) {
  napi_value argv[10];
  args_get(env, info, argv, 10);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  if (key == NULL || key->pkey == NULL) return crypto_throw(env, "Invalid key");
  bool absent;
  EVP_MD *md = crypto_digest_arg(env, argv[1], &absent);
  if (md == NULL && !absent) return make_null(env);
  sign_job *sign = calloc(1, sizeof *sign);
  if (sign == NULL) {
    EVP_MD_free(md);
    return crypto_throw(env, "Out of memory");
  }
  sign->job = (crypto_job){.type = "SIGNREQUEST", .run = sign_run, .result = sign_result, .destroy = sign_destroy};
  sign->job.error.message = "Signing failed";
  sign->key = crypto_key_retain(key);
  sign->md = md;
  sign->padding = arg_is(env, argv[3], napi_number) ? arg_int32(env, argv[3]) : UNSET;
  sign->salt_length = arg_is(env, argv[4], napi_number) ? arg_int32(env, argv[4]) : UNSET;
  sign->encoding = arg_int32(env, argv[5]);
  sign->prehashed = arg_bool(env, argv[6]);
  sign->mode = arg_is(env, argv[8], napi_undefined) ? MODE_SIGN : MODE_VERIFY;
  bool later = arg_is(env, argv[7], napi_function);
  bool (*get)(napi_env, napi_value, crypto_bytes *) = later ? crypto_bytes_copy : crypto_bytes_get;
  if (!get(env, argv[2], &sign->data) || (sign->mode == MODE_VERIFY && !get(env, argv[8], &sign->signature)) ||
      (!arg_is(env, argv[9], napi_undefined) && !get(env, argv[9], &sign->context))) {
    sign_destroy(&sign->job);
    return crypto_throw(env, "Invalid data");
  }
  return crypto_job_start(env, &sign->job, argv[7]);
}

/* ---- RSA encryption --------------------------------------------------------------------------------------------- */

enum { RSA_PUBLIC_ENCRYPT = 0, RSA_PRIVATE_DECRYPT = 1, RSA_PRIVATE_ENCRYPT = 2, RSA_PUBLIC_DECRYPT = 3 };

typedef int (*rsa_init)(EVP_PKEY_CTX *);
typedef int (*rsa_operation)(EVP_PKEY_CTX *, unsigned char *, size_t *, const unsigned char *, size_t);
static const struct {
  rsa_init init;
  rsa_operation operation;
} rsa_operations[] = {
    {EVP_PKEY_encrypt_init, EVP_PKEY_encrypt},
    {EVP_PKEY_decrypt_init, EVP_PKEY_decrypt},
    {EVP_PKEY_sign_init, EVP_PKEY_sign},
    {EVP_PKEY_verify_recover_init, EVP_PKEY_verify_recover},
};

static bool rsa_oaep(napi_env env, EVP_PKEY_CTX *context, EVP_MD *md, napi_value label) {
  if (md != NULL && EVP_PKEY_CTX_set_rsa_oaep_md(context, md) != 1) return false;
  crypto_bytes bytes;
  if (!crypto_bytes_get(env, label, &bytes) || bytes.length == 0) return true;
  void *copy = OPENSSL_memdup(bytes.data, bytes.length);
  bool good = copy != NULL && EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)bytes.length) == 1;
  if (!good) OPENSSL_free(copy);
  crypto_bytes_free(&bytes);
  return good;
}

/*
 * Whether a ciphertext was padded as PKCS #1 v1.5 wants must not show (Bleichenbacher's attack, CVE-2023-46809):
 * OpenSSL then gives random bytes instead of an error (implicit rejection). One that cannot is not asked at all, as in
 * Node.
 */
static bool rsa_hides_padding(EVP_PKEY_CTX *context) {
  return EVP_PKEY_CTX_ctrl_str(context, "rsa_pkcs1_implicit_rejection", "1") > 0;
}

/* rsaCrypt(operation, key, data, padding, oaepHash?, oaepLabel?): null for an unknown digest */
static napi_value rsa_crypt(napi_env env, napi_callback_info info) {
  napi_value argv[6], value = NULL;
  args_get(env, info, argv, 6);
  unsigned which = arg_uint32(env, argv[0]);
  crypto_key *key = crypto_key_arg(env, argv[1]);
  if (key == NULL || key->pkey == NULL || which > RSA_PUBLIC_DECRYPT) return crypto_throw(env, "Invalid key");
  bool absent;
  EVP_MD *md = crypto_digest_arg(env, argv[4], &absent);
  if (md == NULL && !absent) return make_null(env);
  crypto_bytes data = {0};
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
  uint8_t *out = NULL;
  size_t length = 0;
  int padding = arg_int32(env, argv[3]);
  ERR_clear_error();
  bool good = context != NULL && crypto_bytes_get(env, argv[2], &data) && rsa_operations[which].init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1;
  bool refused = good && which == RSA_PRIVATE_DECRYPT && padding == RSA_PKCS1_PADDING && !rsa_hides_padding(context);
  if (refused) ERR_clear_error();
  good = good && !refused && (padding != RSA_PKCS1_OAEP_PADDING || rsa_oaep(env, context, md, argv[5])) &&
         rsa_operations[which].operation(context, NULL, &length, data.data, data.length) == 1 &&
         (out = OPENSSL_malloc(length + 1)) != NULL &&
         rsa_operations[which].operation(context, out, &length, data.data, data.length) == 1;
  if (good)
    value = crypto_buffer(env, out, length);
  else if (refused)
    crypto_throw_code(env, "ERR_INVALID_ARG_VALUE", "RSA_PKCS1_PADDING is no longer supported for private decryption");
  else
    crypto_throw(env, "RSA operation failed");
  OPENSSL_clear_free(out, length);
  EVP_PKEY_CTX_free(context);
  EVP_MD_free(md);
  crypto_bytes_free(&data);
  return value;
}

static const js_function functions[] = {{"sign", sign_or_verify}, {"rsaCrypt", rsa_crypt}, {NULL, NULL}};

const js_binding binding_crypto_sign = {"crypto_sign", functions, NULL};
