/*
 * crypto_key.c: keys behind JS handles: parsing and writing PEM and DER, secrets, comparison, details.
 * JSON Web Keys are in crypto_jwk.c.
 */
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static void key_finalize(void *pointer) { crypto_key_release(pointer); }
static void *key_share(void *pointer) { return crypto_key_retain(pointer); }
static const js_type key_type = {"KeyObjectHandle", key_finalize, key_share};

crypto_key *crypto_key_arg(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &key_type, &pointer) == napi_ok ? pointer : NULL;
}

crypto_key *crypto_key_retain(crypto_key *key) {
  key->references++;
  return key;
}

void crypto_key_release(crypto_key *key) {
  if (key == NULL || --key->references > 0) return;
  EVP_PKEY_free(key->pkey);
  if (key->secret != NULL) OPENSSL_clear_free(key->secret, key->length + 1);
  free(key);
}

static napi_value key_wrap(napi_env env, crypto_key *key) {
  napi_value value = NULL;
  if (js_handle_create(env, &key_type, key, &value) == napi_ok) return value;
  crypto_key_release(key);
  return NULL;
}

napi_value crypto_key_create(napi_env env, int kind, EVP_PKEY *pkey) {
  crypto_key *key = calloc(1, sizeof *key);
  if (key == NULL) {
    EVP_PKEY_free(pkey);
    return crypto_throw(env, "Out of memory");
  }
  *key = (crypto_key){.references = 1, .kind = kind, .pkey = pkey};
  return key_wrap(env, key);
}

napi_value crypto_key_create_secret(napi_env env, const uint8_t *data, size_t length) {
  crypto_key *key = calloc(1, sizeof *key);
  if (key == NULL || (key->secret = OPENSSL_malloc(length + 1)) == NULL) {
    free(key);
    return crypto_throw(env, "Out of memory");
  }
  memcpy(key->secret, data, length);
  *key = (crypto_key){.references = 1, .kind = CRYPTO_KEY_SECRET, .secret = key->secret, .length = length};
  return key_wrap(env, key);
}

bool crypto_secret_get(napi_env env, napi_value value, crypto_bytes *bytes) {
  if (arg_is(env, value, napi_object)) {
    crypto_key *key = crypto_key_arg(env, value);
    if (key != NULL && key->kind == CRYPTO_KEY_SECRET) {
      *bytes = (crypto_bytes){.data = key->secret, .length = key->length};
      return true;
    }
  }
  return crypto_bytes_get(env, value, bytes);
}

bool crypto_secret_copy(napi_env env, napi_value value, crypto_bytes *bytes) {
  crypto_key *key = crypto_key_arg(env, value);
  if (key == NULL || key->kind != CRYPTO_KEY_SECRET) return crypto_bytes_copy(env, value, bytes);
  bytes->length = key->length;
  bytes->data = bytes->owned = malloc(key->length + 1);
  if (bytes->owned == NULL) return false;
  memcpy(bytes->owned, key->secret, key->length);
  return true;
}

/* ---- parsing ---------------------------------------------------------------------------------------------------- */

enum { FORMAT_PEM = 0, FORMAT_DER = 1 };
enum { TYPE_ANY = -1, TYPE_PKCS1 = 0, TYPE_SPKI = 1, TYPE_PKCS8 = 2, TYPE_SEC1 = 3 };

typedef struct passphrase {
  const char *text; /* NULL: none given */
  size_t length;
  bool wanted; /* it was asked for */
} passphrase;

static int passphrase_give(char *buffer, int size, int writing, void *data) {
  passphrase *phrase = data;
  phrase->wanted = true;
  if (phrase->text == NULL || phrase->length > (size_t)size) return -1;
  memcpy(buffer, phrase->text, phrase->length);
  return (int)phrase->length;
}

static EVP_PKEY *private_pem(const crypto_bytes *in, passphrase *phrase) {
  BIO *bio = BIO_new_mem_buf(in->data, (int)in->length);
  EVP_PKEY *pkey = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, passphrase_give, phrase) : NULL;
  BIO_free(bio);
  return pkey;
}

/* Whether DER holds an EncryptedPrivateKeyInfo: a sequence that begins with a sequence (the algorithm), not a number.
 */
static bool is_encrypted_pkcs8(const uint8_t *p, size_t length) {
  if (length < 2 || p[0] != 0x30) return false;
  size_t skip = 2 + (p[1] & 0x80 ? p[1] & 0x7f : 0);
  return skip < length && p[skip] == 0x30;
}

static EVP_PKEY *private_der(const crypto_bytes *in, int type, passphrase *phrase) {
  const uint8_t *p = in->data;
  if (type == TYPE_PKCS1) return d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)in->length);
  if (type == TYPE_SEC1) return d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, (long)in->length);
  BIO *bio = BIO_new_mem_buf(in->data, (int)in->length);
  if (bio == NULL) return NULL;
  EVP_PKEY *pkey = NULL;
  if (is_encrypted_pkcs8(in->data, in->length)) {
    pkey = d2i_PKCS8PrivateKey_bio(bio, NULL, passphrase_give, phrase);
  } else {
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO_bio(bio, NULL);
    if (info != NULL) pkey = EVP_PKCS82PKEY(info);
    PKCS8_PRIV_KEY_INFO_free(info);
  }
  BIO_free(bio);
  return pkey;
}

/* The block of this name in PEM text; malloc'd by OpenSSL. */
static bool pem_find(const crypto_bytes *in, const char *name, uint8_t **data, long *length) {
  BIO *bio = BIO_new_mem_buf(in->data, (int)in->length);
  if (bio == NULL) return false;
  bool found = PEM_bytes_read_bio(data, length, NULL, name, bio, NULL, NULL) == 1;
  BIO_free(bio);
  if (!found) ERR_clear_error();
  return found;
}

static EVP_PKEY *certificate_key(const uint8_t *data, long length) {
  X509 *certificate = d2i_X509(NULL, &data, length);
  EVP_PKEY *pkey = certificate != NULL ? X509_get_pubkey(certificate) : NULL;
  X509_free(certificate);
  return pkey;
}

static EVP_PKEY *public_pem(const crypto_bytes *in, bool *found) {
  static const char *const names[] = {PEM_STRING_PUBLIC, PEM_STRING_RSA_PUBLIC, PEM_STRING_X509};
  EVP_PKEY *pkey = NULL;
  *found = false;
  for (int i = 0; i < 3 && !*found; i++) {
    uint8_t *data = NULL;
    long length;
    if (!pem_find(in, names[i], &data, &length)) continue;
    *found = true;
    const uint8_t *p = data;
    if (i == 0) pkey = d2i_PUBKEY(NULL, &p, length);
    if (i == 1) pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, length);
    if (i == 2) pkey = certificate_key(data, length);
    OPENSSL_free(data);
  }
  return pkey;
}

static EVP_PKEY *public_der(const crypto_bytes *in, int type) {
  const uint8_t *p = in->data;
  if (type == TYPE_PKCS1) return d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)in->length);
  return d2i_PUBKEY(NULL, &p, (long)in->length);
}

/* keyParse(kind, data, format, type, passphrase): public keys are also taken out of certificates and private keys. */
static napi_value key_parse(napi_env env, napi_callback_info info) {
  napi_value argv[5], value = NULL;
  args_get(env, info, argv, 5);
  int kind = arg_int32(env, argv[0]), format = arg_int32(env, argv[2]), type = arg_int32(env, argv[3]);
  crypto_bytes in, secret = {0};
  if (!crypto_bytes_get(env, argv[1], &in)) return crypto_throw(env, "Invalid key data");
  passphrase phrase = {0};
  if (crypto_bytes_get(env, argv[4], &secret)) phrase = (passphrase){(const char *)secret.data, secret.length, false};
  ERR_clear_error();
  EVP_PKEY *pkey = NULL;
  bool found = false;
  if (kind == CRYPTO_KEY_PUBLIC && format == FORMAT_PEM) pkey = public_pem(&in, &found);
  if (kind == CRYPTO_KEY_PUBLIC && format == FORMAT_DER &&
      (type == TYPE_PKCS1 || type == TYPE_SPKI || type == TYPE_ANY)) {
    pkey = public_der(&in, type);
    /* PKCS#1 is also the name of a private form. */
    if (pkey == NULL && type == TYPE_PKCS1) {
      EVP_PKEY *private_key = private_der(&in, type, &phrase);
      if (private_key != NULL) {
        ERR_clear_error();
        pkey = private_key;
      }
    }
    found = true;
  }
  if (!found && pkey == NULL) pkey = format == FORMAT_PEM ? private_pem(&in, &phrase) : private_der(&in, type, &phrase);
  if (pkey != NULL) {
    ERR_clear_error();
    value = crypto_key_create(env, kind, pkey);
  } else if (phrase.wanted && phrase.text == NULL && ERR_GET_REASON(ERR_peek_error()) == PEM_R_BAD_PASSWORD_READ) {
    ERR_clear_error();
    napi_throw_type_error(env, "ERR_MISSING_PASSPHRASE", "Passphrase required for encrypted key");
  } else {
    crypto_throw(env, kind == CRYPTO_KEY_PUBLIC ? "Failed to read asymmetric key" : "Failed to read private key");
  }
  crypto_bytes_free(&in);
  crypto_bytes_free(&secret);
  return value;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static int write_public(BIO *bio, EVP_PKEY *pkey, int format, int type) {
  if (type != TYPE_PKCS1) return format == FORMAT_PEM ? PEM_write_bio_PUBKEY(bio, pkey) : i2d_PUBKEY_bio(bio, pkey);
  uint8_t *der = NULL;
  int length = i2d_PublicKey(pkey, &der);
  if (length <= 0) return 0;
  int good = format == FORMAT_PEM ? PEM_write_bio(bio, PEM_STRING_RSA_PUBLIC, "", der, length) > 0
                                  : BIO_write(bio, der, length) == length;
  OPENSSL_free(der);
  return good;
}

static int write_private(BIO *bio, EVP_PKEY *pkey, int format, int type, const EVP_CIPHER *cipher,
                         const crypto_bytes *phrase) {
  const char *text = cipher != NULL ? (const char *)phrase->data : NULL;
  int length = cipher != NULL ? (int)phrase->length : 0;
  if (type == TYPE_PKCS8) {
    return format == FORMAT_PEM ? PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, text, length, NULL, NULL)
                                : i2d_PKCS8PrivateKey_bio(bio, pkey, cipher, text, length, NULL, NULL);
  }
  if (format == FORMAT_PEM)
    return PEM_write_bio_PrivateKey_traditional(bio, pkey, cipher, (const unsigned char *)text, length, NULL, NULL);
  return i2d_PrivateKey_bio(bio, pkey);
}

/* keyExport(key, kind, format, type, cipher, passphrase): a string or Buffer; null for an unknown cipher */
static napi_value key_export(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  if (key == NULL || key->pkey == NULL) return crypto_throw(env, "Invalid key");
  int format = arg_int32(env, argv[2]), type = arg_int32(env, argv[3]);
  const EVP_CIPHER *cipher = NULL;
  if (arg_is(env, argv[4], napi_string)) {
    char *name = arg_utf8(env, argv[4], NULL);
    cipher = name != NULL ? EVP_get_cipherbyname(name) : NULL;
    free(name);
    if (cipher == NULL) return make_null(env);
  }
  crypto_bytes phrase = {.data = (const uint8_t *)""};
  if (cipher != NULL) crypto_bytes_get(env, argv[5], &phrase);
  BIO *bio = BIO_new(BIO_s_mem());
  int good = bio == NULL ? 0
             : arg_int32(env, argv[1]) == CRYPTO_KEY_PUBLIC
                 ? write_public(bio, key->pkey, format, type)
                 : write_private(bio, key->pkey, format, type, cipher, &phrase);
  crypto_bytes_free(&phrase);
  if (good != 1) {
    BIO_free_all(bio);
    return crypto_throw(env, "Failed to encode key");
  }
  return format == FORMAT_PEM ? crypto_bio_string(env, bio) : crypto_bio_buffer(env, bio);
}

/* ---- secrets, comparison, details ------------------------------------------------------------------------------- */

static napi_value key_secret(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  crypto_bytes bytes;
  args_get(env, info, argv, 1);
  if (!crypto_bytes_get(env, argv[0], &bytes)) return crypto_throw(env, "Invalid key data");
  napi_value value = crypto_key_create_secret(env, bytes.data, bytes.length);
  crypto_bytes_free(&bytes);
  return value;
}

/* secretExport(key, encoding) */
static napi_value key_secret_export(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  if (key == NULL || key->secret == NULL) return crypto_throw(env, "Invalid key");
  return crypto_output(env, key->secret, key->length, arg_int32(env, argv[1]));
}

static napi_value key_secret_length(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  return make_double(env, key != NULL ? (double)key->length : 0);
}

static napi_value key_equals(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  crypto_key *a = crypto_key_arg(env, argv[0]), *b = crypto_key_arg(env, argv[1]);
  if (a == NULL || b == NULL || a->kind != b->kind) return make_bool(env, false);
  if (a->kind == CRYPTO_KEY_SECRET)
    return make_bool(env, a->length == b->length && CRYPTO_memcmp(a->secret, b->secret, a->length) == 0);
  bool equal = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
  ERR_clear_error();
  return make_bool(env, equal);
}

/* toPublic(key): the public half */
static napi_value key_to_public(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  if (key == NULL || key->pkey == NULL) return crypto_throw(env, "Invalid key");
  EVP_PKEY_up_ref(key->pkey);
  return crypto_key_create(env, CRYPTO_KEY_PUBLIC, key->pkey);
}

/* Node's names of the kinds of keys, and OpenSSL's. */
static const char *const key_types[][2] = {
    {"rsa", "RSA"},
    {"rsa-pss", "RSA-PSS"},
    {"ec", "EC"},
    {"ed25519", "ED25519"},
    {"ed448", "ED448"},
    {"x25519", "X25519"},
    {"x448", "X448"},
    {"dsa", "DSA"},
    {"dh", "DH"},
    {"dh", "DHX"},
    {"ml-dsa-44", "ML-DSA-44"},
    {"ml-dsa-65", "ML-DSA-65"},
    {"ml-dsa-87", "ML-DSA-87"},
    {"ml-kem-512", "ML-KEM-512"},
    {"ml-kem-768", "ML-KEM-768"},
    {"ml-kem-1024", "ML-KEM-1024"},
    {"slh-dsa-sha2-128s", "SLH-DSA-SHA2-128s"},
    {"slh-dsa-sha2-128f", "SLH-DSA-SHA2-128f"},
    {"slh-dsa-sha2-192s", "SLH-DSA-SHA2-192s"},
    {"slh-dsa-sha2-192f", "SLH-DSA-SHA2-192f"},
    {"slh-dsa-sha2-256s", "SLH-DSA-SHA2-256s"},
    {"slh-dsa-sha2-256f", "SLH-DSA-SHA2-256f"},
    {"slh-dsa-shake-128s", "SLH-DSA-SHAKE-128s"},
    {"slh-dsa-shake-128f", "SLH-DSA-SHAKE-128f"},
    {"slh-dsa-shake-192s", "SLH-DSA-SHAKE-192s"},
    {"slh-dsa-shake-192f", "SLH-DSA-SHAKE-192f"},
    {"slh-dsa-shake-256s", "SLH-DSA-SHAKE-256s"},
    {"slh-dsa-shake-256f", "SLH-DSA-SHAKE-256f"},
};
enum { KEY_TYPES = sizeof key_types / sizeof *key_types };

const char *crypto_key_type(const EVP_PKEY *pkey) {
  for (size_t i = 0; i < KEY_TYPES; i++) {
    if (EVP_PKEY_is_a(pkey, key_types[i][1])) return key_types[i][0];
  }
  return NULL;
}

const char *crypto_key_algorithm(const char *type) {
  for (size_t i = 0; i < KEY_TYPES; i++) {
    if (strcmp(type, key_types[i][0]) == 0) return key_types[i][1];
  }
  return NULL;
}

static napi_value key_asymmetric_type(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  const char *name = key != NULL && key->pkey != NULL ? crypto_key_type(key->pkey) : NULL;
  return name != NULL ? make_string(env, name) : make_undefined(env);
}

static void details_bn(napi_env env, napi_value object, const char *name, EVP_PKEY *pkey, const char *parameter) {
  BIGNUM *bn = NULL;
  if (EVP_PKEY_get_bn_param(pkey, parameter, &bn) != 1) return;
  object_set(env, object, name, crypto_bn_output(env, bn, 0, false));
  BN_free(bn);
}

static void lower_case(char *text) {
  for (; *text; text++) {
    if (*text >= 'A' && *text <= 'Z') *text += 'a' - 'A';
  }
}

/* OpenSSL says SHA2-256 or SHA256 depending on where the key came from; Node says sha256. */
static napi_value digest_name(napi_env env, const char *name) {
  char text[64];
  if (strncmp(name, "SHA2-", 5) == 0)
    snprintf(text, sizeof text, "sha%s", name + 5);
  else
    snprintf(text, sizeof text, "%s", name);
  lower_case(text);
  for (char *slash = strchr(text, '/'); slash != NULL; slash = strchr(slash, '/')) *slash = '-';
  return make_string(env, text);
}

/* Whether a key of RSA-PSS says what it is for: then its algorithm has parameters, though they may all be the default.
 */
static bool pss_is_restricted(EVP_PKEY *pkey) {
  X509_PUBKEY *encoded = NULL;
  X509_ALGOR *algorithm = NULL;
  int type = V_ASN1_UNDEF;
  if (X509_PUBKEY_set(&encoded, pkey) == 1 && X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, encoded) == 1)
    X509_ALGOR_get0(NULL, &type, NULL, algorithm);
  X509_PUBKEY_free(encoded);
  return type == V_ASN1_SEQUENCE;
}

static void details_pss(napi_env env, napi_value object, EVP_PKEY *pkey) {
  char name[64];
  size_t length;
  int salt = 20;
  if (!pss_is_restricted(pkey)) return;
  if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_RSA_DIGEST, name, sizeof name, &length) != 1)
    snprintf(name, sizeof name, "sha1");
  object_set(env, object, "hashAlgorithm", digest_name(env, name));
  if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_RSA_MGF1_DIGEST, name, sizeof name, &length) != 1)
    snprintf(name, sizeof name, "sha1");
  object_set(env, object, "mgf1HashAlgorithm", digest_name(env, name));
  EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, &salt);
  object_set(env, object, "saltLength", make_int32(env, salt));
}

/* keyDetails(key): numbers are big-endian Buffers, JS makes bigints of them */
static napi_value key_details(napi_env env, napi_callback_info info) {
  napi_value argv[1], object;
  args_get(env, info, argv, 1);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  napi_create_object(env, &object);
  if (key == NULL || key->pkey == NULL) return object;
  const char *type = crypto_key_type(key->pkey);
  if (type == NULL) return object;
  if (strncmp(type, "rsa", 3) == 0) {
    object_set(env, object, "modulusLength", make_int32(env, EVP_PKEY_get_bits(key->pkey)));
    details_bn(env, object, "publicExponent", key->pkey, OSSL_PKEY_PARAM_RSA_E);
    if (type[3] != 0) details_pss(env, object, key->pkey);
  } else if (strcmp(type, "dsa") == 0) {
    BIGNUM *q = NULL;
    object_set(env, object, "modulusLength", make_int32(env, EVP_PKEY_get_bits(key->pkey)));
    if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_FFC_Q, &q) == 1)
      object_set(env, object, "divisorLength", make_int32(env, BN_num_bits(q)));
    BN_free(q);
  } else if (strcmp(type, "ec") == 0) {
    char group[64];
    size_t length;
    if (EVP_PKEY_get_group_name(key->pkey, group, sizeof group, &length) == 1)
      object_set(env, object, "namedCurve", make_string(env, group));
  }
  ERR_clear_error();
  return object;
}

static const js_function functions[] = {
    {"parse", key_parse},
    {"export", key_export},
    {"secret", key_secret},
    {"secretExport", key_secret_export},
    {"secretLength", key_secret_length},
    {"equals", key_equals},
    {"toPublic", key_to_public},
    {"asymmetricType", key_asymmetric_type},
    {"details", key_details},
    {NULL, NULL},
};

static napi_status key_init(napi_env env, napi_value exports) {
  export_int32(env, exports, "SECRET", CRYPTO_KEY_SECRET);
  export_int32(env, exports, "PUBLIC", CRYPTO_KEY_PUBLIC);
  export_int32(env, exports, "PRIVATE", CRYPTO_KEY_PRIVATE);
  return napi_ok;
}

const js_binding binding_crypto_key = {"crypto_key", functions, key_init};
