/*
 * crypto_key.c: asymmetric keys (EVP_PKEY): reading and writing PEM and DER, their facts, signatures, generation.
 * Failures come back as the text of OpenSSL's reason; JS makes the error of it.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto_job.h"

static void key_finalize(void *pointer) { EVP_PKEY_free(pointer); }
static const js_type key_type = {"Key", key_finalize};

static EVP_PKEY *key_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &key_type, &pointer) == napi_ok ? pointer : NULL;
}

static napi_value key_value(napi_env env, EVP_PKEY *key) {
  napi_value value = NULL;
  if (js_handle_create(env, &key_type, key, &value) != napi_ok) EVP_PKEY_free(key);
  return value;
}

/* The last OpenSSL error as "error:XXXXXXXX:library::reason". */
static napi_value failure(napi_env env) {
  char text[256];
  unsigned long error = ERR_peek_last_error();
  ERR_error_string_n(error, text, sizeof text);
  ERR_clear_error();
  return make_string(env, error != 0 ? text : "error:operation failed");
}

static napi_value bytes_value(napi_env env, const void *bytes, size_t size) {
  napi_value value = NULL;
  void *data;
  if (js_buffer_create(env, size, &data, &value) == napi_ok && size > 0) memcpy(data, bytes, size);
  return value;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

struct passphrase {
  const char *data;
  size_t size;
  bool asked;
};

static int give_passphrase(char *buffer, int capacity, int writing, void *data) {
  struct passphrase *p = data;
  p->asked = true;
  if (p->data == NULL || (size_t)capacity < p->size) return -1;
  memcpy(buffer, p->data, p->size);
  return (int)p->size;
}

static EVP_PKEY *read_private(BIO *bio, bool pem, struct passphrase *passphrase) {
  if (pem) return PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, passphrase);
  char *data;
  long size = BIO_get_mem_data(bio, &data);
  const unsigned char *at = (const unsigned char *)data;
  EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, size);
  if (key != NULL) return key;
  ERR_clear_error();
  return d2i_PKCS8PrivateKey_bio(bio, NULL, give_passphrase, passphrase);
}

static EVP_PKEY *read_public(BIO *bio, bool pem) {
  char *data;
  long size = BIO_get_mem_data(bio, &data);
  EVP_PKEY *key = NULL;
  if (!pem) {
    const unsigned char *at = (const unsigned char *)data;
    key = d2i_PUBKEY(NULL, &at, size);
    if (key == NULL) {
      at = (const unsigned char *)data;
      key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, size);
    }
    return key;
  }
  char *name = NULL, *header = NULL;
  unsigned char *der = NULL;
  long length = 0;
  if (PEM_read_bio(bio, &name, &header, &der, &length) != 1) return NULL;
  const unsigned char *at = der;
  if (strcmp(name, "PUBLIC KEY") == 0) {
    key = d2i_PUBKEY(NULL, &at, length);
  } else if (strcmp(name, "RSA PUBLIC KEY") == 0) {
    key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, length);
  } else if (strcmp(name, "CERTIFICATE") == 0) {
    X509 *certificate = d2i_X509(NULL, &at, length);
    if (certificate != NULL) key = X509_get_pubkey(certificate);
    X509_free(certificate);
  }
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(der);
  return key;
}

/* parse(bytes, private, pem, passphrase or undefined) → handle; a string is the reason why not; true: passphrase needed */
static napi_value key_parse(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  void *data, *secret = NULL;
  size_t size, secret_size = 0;
  args_get(env, info, argv, 4);
  if (js_bytes_get(env, argv[0], &data, &size) != napi_ok) return NULL;
  struct passphrase passphrase = {0};
  if (js_bytes_get(env, argv[3], &secret, &secret_size) == napi_ok) {
    passphrase.data = secret_size > 0 ? secret : "";
    passphrase.size = secret_size;
  }
  BIO *bio = BIO_new_mem_buf(data, (int)size);
  bool pem = arg_bool(env, argv[2]);
  ERR_clear_error();
  EVP_PKEY *key = arg_bool(env, argv[1]) ? read_private(bio, pem, &passphrase) : read_public(bio, pem);
  BIO_free(bio);
  if (key != NULL) {
    ERR_clear_error();
    return key_value(env, key);
  }
  if (passphrase.asked && passphrase.data == NULL) {
    ERR_clear_error();
    return make_bool(env, true);
  }
  return failure(env);
}

/* ---- facts -------------------------------------------------------------------------------------------------------- */

static const char *type_name(const EVP_PKEY *key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return "rsa";
    case EVP_PKEY_RSA_PSS: return "rsa-pss";
    case EVP_PKEY_DSA: return "dsa";
    case EVP_PKEY_DH: return "dh";
    case EVP_PKEY_EC: return "ec";
    case EVP_PKEY_X25519: return "x25519";
    case EVP_PKEY_X448: return "x448";
    case EVP_PKEY_ED25519: return "ed25519";
    case EVP_PKEY_ED448: return "ed448";
    default: return NULL;
  }
}

/* details(handle) → [type, bits, public exponent as decimal text or undefined, curve or undefined] */
static napi_value key_details(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  args_get(env, info, argv, 1);
  EVP_PKEY *key = key_get(env, argv[0]);
  if (key == NULL) return NULL;
  napi_create_array(env, &out);
  const char *type = type_name(key);
  napi_set_element(env, out, 0, type ? make_string(env, type) : make_undefined(env));
  napi_set_element(env, out, 1, make_int32(env, EVP_PKEY_get_bits(key)));
  BIGNUM *e = NULL;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1) {
    char *text = BN_bn2dec(e);
    napi_set_element(env, out, 2, make_string(env, text));
    OPENSSL_free(text);
  }
  BN_free(e);
  char curve[80];
  size_t size;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve, &size) == 1)
    napi_set_element(env, out, 3, make_string(env, curve));
  ERR_clear_error();
  return out;
}

static napi_value key_equal(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  EVP_PKEY *a = key_get(env, argv[0]), *b = key_get(env, argv[1]);
  bool equal = a != NULL && b != NULL && EVP_PKEY_eq(a, b) == 1;
  ERR_clear_error();
  return make_bool(env, equal);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

enum { TYPE_SPKI, TYPE_PKCS1, TYPE_PKCS8, TYPE_SEC1 };

static bool write_private(BIO *bio, EVP_PKEY *key, bool pem, int type, const EVP_CIPHER *cipher, void *pass, int size) {
  if (type == TYPE_PKCS8) {
    return (pem ? PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, pass, size, NULL, NULL)
                : i2d_PKCS8PrivateKey_bio(bio, key, cipher, pass, size, NULL, NULL)) == 1;
  }
  if (pem) return PEM_write_bio_PrivateKey_traditional(bio, key, cipher, pass, size, NULL, NULL) == 1;
  return i2d_PrivateKey_bio(bio, key) == 1;
}

static bool write_public(BIO *bio, EVP_PKEY *key, bool pem, int type) {
  if (type == TYPE_SPKI) return (pem ? PEM_write_bio_PUBKEY(bio, key) : i2d_PUBKEY_bio(bio, key)) == 1;
  unsigned char *der = NULL;
  int size = i2d_PublicKey(key, &der);
  bool ok = size > 0 && (pem ? PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, size) > 0 : BIO_write(bio, der, size) == size);
  OPENSSL_free(der);
  return ok;
}

/* export(handle, private, pem, type, cipher or undefined, passphrase) → bytes, or the reason as a string */
static napi_value key_export(napi_env env, napi_callback_info info) {
  napi_value argv[6], out;
  void *pass = NULL;
  size_t pass_size = 0;
  args_get(env, info, argv, 6);
  EVP_PKEY *key = key_get(env, argv[0]);
  if (key == NULL) return NULL;
  const EVP_CIPHER *cipher = NULL;
  if (arg_is(env, argv[4], napi_string)) {
    char *name = arg_utf8(env, argv[4], NULL);
    cipher = name ? EVP_get_cipherbyname(name) : NULL;
    free(name);
    if (cipher == NULL) return make_string(env, "error:unknown cipher");
    js_bytes_get(env, argv[5], &pass, &pass_size);
  }
  BIO *bio = BIO_new(BIO_s_mem());
  bool pem = arg_bool(env, argv[2]);
  int type = arg_int32(env, argv[3]);
  ERR_clear_error();
  bool ok = arg_bool(env, argv[1]) ? write_private(bio, key, pem, type, cipher, pass, (int)pass_size)
                                   : write_public(bio, key, pem, type);
  char *data;
  long size = BIO_get_mem_data(bio, &data);
  out = ok ? bytes_value(env, data, (size_t)size) : failure(env);
  BIO_free(bio);
  return out;
}

/* ---- signatures --------------------------------------------------------------------------------------------------- */

typedef struct sign_job {
  crypto_job job;
  EVP_PKEY *key;
  const EVP_MD *md; /* NULL: the key's own way (Ed25519) */
  unsigned char *data, *signature;
  size_t data_size, signature_size;
  int padding, salt; /* 0: default */
  bool p1363, verify, valid;
} sign_job;

static int ec_bytes(const EVP_PKEY *key) { return (EVP_PKEY_get_bits(key) + 7) / 8; }

/* DER to r || s, and back (IEEE P1363). */
static bool to_p1363(sign_job *s) {
  int n = ec_bytes(s->key);
  const unsigned char *at = s->signature;
  ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)s->signature_size);
  unsigned char *out = sig ? malloc((size_t)n * 2) : NULL;
  bool ok = out != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, n) == n &&
            BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + n, n) == n;
  ECDSA_SIG_free(sig);
  if (!ok) {
    free(out);
    return false;
  }
  free(s->signature);
  s->signature = out;
  s->signature_size = (size_t)n * 2;
  return true;
}

static bool from_p1363(sign_job *s) {
  int n = ec_bytes(s->key);
  if (s->signature_size != (size_t)n * 2) return false;
  ECDSA_SIG *sig = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(s->signature, n, NULL), *t = BN_bin2bn(s->signature + n, n, NULL);
  unsigned char *der = NULL;
  int size = -1;
  if (sig != NULL && ECDSA_SIG_set0(sig, r, t) == 1) size = i2d_ECDSA_SIG(sig, &der);
  ECDSA_SIG_free(sig);
  if (size < 0) return false;
  free(s->signature);
  s->signature = malloc((size_t)size);
  if (s->signature != NULL) memcpy(s->signature, der, (size_t)size);
  s->signature_size = (size_t)size;
  OPENSSL_free(der);
  return s->signature != NULL;
}

static bool sign_parameters(sign_job *s, EVP_PKEY_CTX *context) {
  int id = EVP_PKEY_get_base_id(s->key);
  if (id != EVP_PKEY_RSA && id != EVP_PKEY_RSA_PSS) return true;
  int padding = s->padding != 0 ? s->padding : id == EVP_PKEY_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
  if (EVP_PKEY_CTX_set_rsa_padding(context, padding) != 1) return false;
  return padding != RSA_PKCS1_PSS_PADDING || s->salt == 0 || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, s->salt == -100 ? 0 : s->salt) == 1;
}

static bool sign_run(crypto_job *job) {
  sign_job *s = (sign_job *)job;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_PKEY_CTX *parameters = NULL;
  bool ec = s->p1363 && EVP_PKEY_get_base_id(s->key) == EVP_PKEY_EC;
  bool ok = false;
  if (s->verify) {
    if (ec && !from_p1363(s)) {
      s->valid = false;
      ok = true;
    } else if (EVP_DigestVerifyInit(context, &parameters, s->md, NULL, s->key) == 1 && sign_parameters(s, parameters)) {
      s->valid = EVP_DigestVerify(context, s->signature, s->signature_size, s->data, s->data_size) == 1;
      ok = true;
    }
  } else if (EVP_DigestSignInit(context, &parameters, s->md, NULL, s->key) == 1 && sign_parameters(s, parameters) &&
             EVP_DigestSign(context, NULL, &s->signature_size, s->data, s->data_size) == 1) {
    s->signature = malloc(s->signature_size);
    ok = s->signature != NULL &&
         EVP_DigestSign(context, s->signature, &s->signature_size, s->data, s->data_size) == 1 && (!ec || to_p1363(s));
  }
  EVP_MD_CTX_free(context);
  return ok;
}

static napi_value sign_value(napi_env env, crypto_job *job) {
  sign_job *s = (sign_job *)job;
  return s->verify ? make_bool(env, s->valid) : bytes_value(env, s->signature, s->signature_size);
}

static void sign_clean(crypto_job *job) {
  sign_job *s = (sign_job *)job;
  EVP_PKEY_free(s->key);
  free(s->data);
  free(s->signature);
}

static unsigned char *duplicate(napi_env env, napi_value value, size_t *size) {
  void *data = NULL;
  *size = 0;
  js_bytes_get(env, value, &data, size);
  unsigned char *out = malloc(*size + 1);
  if (out != NULL && *size > 0) memcpy(out, data, *size);
  return out;
}

/* sign(handle, digest or undefined, data, padding, saltLength, p1363, signature or undefined, callback)
 * With a signature it verifies. → bytes or boolean; false for an unknown digest is undefined; a number is an error */
static napi_value key_sign(napi_env env, napi_callback_info info) {
  napi_value argv[8];
  args_get(env, info, argv, 8);
  EVP_PKEY *key = key_get(env, argv[0]);
  if (key == NULL) return NULL;
  const EVP_MD *md = NULL;
  if (arg_is(env, argv[1], napi_string)) {
    char *name = arg_utf8(env, argv[1], NULL);
    md = name ? EVP_get_digestbyname(name) : NULL;
    free(name);
    if (md == NULL) return NULL;
  }
  sign_job *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  EVP_PKEY_up_ref(key);
  s->job = (crypto_job){.run = sign_run, .value = sign_value, .clean = sign_clean};
  s->key = key;
  s->md = md;
  s->data = duplicate(env, argv[2], &s->data_size);
  s->padding = arg_int32(env, argv[3]);
  s->salt = arg_int32(env, argv[4]);
  s->p1363 = arg_bool(env, argv[5]);
  s->verify = !arg_is(env, argv[6], napi_undefined);
  if (s->verify) s->signature = duplicate(env, argv[6], &s->signature_size);
  return crypto_job_start(env, &s->job, argv[7]);
}

/* crypt(handle, operation: 0 public encrypt, 1 private decrypt, 2 private encrypt, 3 public decrypt; data, padding,
 *       oaep digest, oaep label) → bytes, or the reason as a string */
static napi_value key_crypt(napi_env env, napi_callback_info info) {
  napi_value argv[6], out;
  void *data = NULL, *label = NULL;
  size_t size = 0, label_size = 0, out_size = 0;
  args_get(env, info, argv, 6);
  EVP_PKEY *key = key_get(env, argv[0]);
  if (key == NULL || js_bytes_get(env, argv[2], &data, &size) != napi_ok) return NULL;
  int operation = arg_int32(env, argv[1]), padding = arg_int32(env, argv[3]);
  char *digest = arg_is(env, argv[4], napi_string) ? arg_utf8(env, argv[4], NULL) : NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
  static int (*const init[])(EVP_PKEY_CTX *) = {EVP_PKEY_encrypt_init, EVP_PKEY_decrypt_init, EVP_PKEY_sign_init,
                                                EVP_PKEY_verify_recover_init};
  static int (*const run[])(EVP_PKEY_CTX *, unsigned char *, size_t *, const unsigned char *, size_t) = {
      EVP_PKEY_encrypt, EVP_PKEY_decrypt, EVP_PKEY_sign, EVP_PKEY_verify_recover};
  ERR_clear_error();
  bool ok = context != NULL && operation >= 0 && operation < 4 && init[operation](context) == 1 &&
            EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1;
  if (ok && padding == RSA_PKCS1_OAEP_PADDING) {
    const EVP_MD *md = EVP_get_digestbyname(digest ? digest : "sha1");
    ok = md != NULL && EVP_PKEY_CTX_set_rsa_oaep_md(context, md) == 1;
    if (ok && js_bytes_get(env, argv[5], &label, &label_size) == napi_ok && label_size > 0) {
      void *copy = OPENSSL_memdup(label, label_size);
      ok = EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)label_size) == 1;
    }
  }
  unsigned char *result = NULL;
  ok = ok && run[operation](context, NULL, &out_size, data, size) == 1 && (result = malloc(out_size + 1)) != NULL &&
       run[operation](context, result, &out_size, data, size) == 1;
  out = ok ? bytes_value(env, result, out_size) : failure(env);
  free(result);
  free(digest);
  EVP_PKEY_CTX_free(context);
  return out;
}

/* ---- generation --------------------------------------------------------------------------------------------------- */

typedef struct generate_job {
  crypto_job job;
  char type[16], curve[64];
  int bits;
  uint32_t exponent;
  EVP_PKEY *key;
} generate_job;

static bool generate_run(crypto_job *job) {
  generate_job *g = (generate_job *)job;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, g->type, NULL);
  bool ok = context != NULL && EVP_PKEY_keygen_init(context) == 1;
  if (ok && strncmp(g->type, "RSA", 3) == 0) {
    BIGNUM *e = BN_new();
    ok = e != NULL && BN_set_word(e, g->exponent) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, g->bits) == 1 &&
         EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1;
    BN_free(e);
  } else if (ok && strcmp(g->type, "EC") == 0) {
    ok = EVP_PKEY_CTX_set_group_name(context, g->curve) == 1;
  }
  ok = ok && EVP_PKEY_keygen(context, &g->key) == 1;
  EVP_PKEY_CTX_free(context);
  return ok;
}

static napi_value generate_value(napi_env env, crypto_job *job) {
  generate_job *g = (generate_job *)job;
  EVP_PKEY *key = g->key;
  g->key = NULL;
  return key_value(env, key);
}

static void generate_clean(crypto_job *job) { EVP_PKEY_free(((generate_job *)job)->key); }

/* generate(type as OpenSSL names it, bits, exponent, curve, callback) → handle */
static napi_value key_generate(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  size_t size = 0;
  args_get(env, info, argv, 5);
  generate_job *g = calloc(1, sizeof *g);
  if (g == NULL) return NULL;
  g->job = (crypto_job){.run = generate_run, .value = generate_value, .clean = generate_clean};
  js_string_write_latin1(env, argv[0], g->type, sizeof g->type - 1, &size);
  js_string_write_latin1(env, argv[3], g->curve, sizeof g->curve - 1, &size);
  g->bits = arg_int32(env, argv[1]);
  g->exponent = arg_uint32(env, argv[2]);
  return crypto_job_start(env, &g->job, argv[4]);
}

/* derive(private handle, public handle) → shared secret, or the reason as a string */
static napi_value key_derive(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  size_t size = 0;
  args_get(env, info, argv, 2);
  EVP_PKEY *key = key_get(env, argv[0]), *peer = key_get(env, argv[1]);
  if (key == NULL || peer == NULL) return NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
  unsigned char *secret = NULL;
  ERR_clear_error();
  bool ok = context != NULL && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1 &&
            EVP_PKEY_derive(context, NULL, &size) == 1 && (secret = malloc(size + 1)) != NULL &&
            EVP_PKEY_derive(context, secret, &size) == 1;
  out = ok ? bytes_value(env, secret, size) : failure(env);
  free(secret);
  EVP_PKEY_CTX_free(context);
  return out;
}

static const js_function functions[] = {
    {"parse", key_parse}, {"details", key_details}, {"equal", key_equal},       {"export", key_export},
    {"sign", key_sign},   {"crypt", key_crypt},     {"generate", key_generate}, {"derive", key_derive},
    {NULL, NULL},
};

const js_binding binding_crypto_key = {"crypto_key", functions, NULL};
