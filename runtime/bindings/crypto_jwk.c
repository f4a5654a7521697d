/* crypto_jwk.c: keys to and from the members of JSON Web Keys (RFC 7517, 7518, 8037). */
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

static void set_bn(napi_env env, napi_value object, const char *member, EVP_PKEY *pkey, const char *parameter,
                   int width) {
  BIGNUM *bn = NULL;
  if (EVP_PKEY_get_bn_param(pkey, parameter, &bn) == 1)
    object_set(env, object, member, crypto_bn_output(env, bn, width, true));
  BN_clear_free(bn);
}

static const struct {
  const char *member, *parameter;
  bool is_private;
} rsa_members[] = {
    {"n", OSSL_PKEY_PARAM_RSA_N, false},         {"e", OSSL_PKEY_PARAM_RSA_E, false},
    {"d", OSSL_PKEY_PARAM_RSA_D, true},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1, true},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2, true},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, true},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, true}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, true},
};

static const struct {
  const char *group, *curve;
} curves[] = {
    {"prime256v1", "P-256"},
    {"secp256k1", "secp256k1"},
    {"secp384r1", "P-384"},
    {"secp521r1", "P-521"},
};

static napi_value export_ec(napi_env env, crypto_key *key, napi_value object) {
  char group[64];
  size_t length;
  if (EVP_PKEY_get_group_name(key->pkey, group, sizeof group, &length) != 1) return crypto_throw(env, "Invalid key");
  const char *curve = NULL;
  for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
    if (strcmp(group, curves[i].group) == 0) curve = curves[i].curve;
  }
  if (curve == NULL) {
    char message[128];
    snprintf(message, sizeof message, "Unsupported JWK EC curve: %s.", group);
    return crypto_throw_code(env, "ERR_CRYPTO_JWK_UNSUPPORTED_CURVE", message);
  }
  int width = (EVP_PKEY_get_bits(key->pkey) + 7) / 8;
  object_set(env, object, "kty", make_string(env, "EC"));
  set_bn(env, object, "x", key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, width);
  set_bn(env, object, "y", key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, width);
  object_set(env, object, "crv", make_string(env, curve));
  if (key->kind == CRYPTO_KEY_PRIVATE) set_bn(env, object, "d", key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, width);
  return object;
}

static napi_value export_okp(napi_env env, crypto_key *key, napi_value object, const char *curve) {
  uint8_t data[128];
  size_t length = sizeof data;
  object_set(env, object, "crv", make_string(env, curve));
  if (key->kind == CRYPTO_KEY_PRIVATE && EVP_PKEY_get_raw_private_key(key->pkey, data, &length) == 1)
    object_set(env, object, "d", crypto_output(env, data, length, CRYPTO_OUT_BASE64URL));
  length = sizeof data;
  if (EVP_PKEY_get_raw_public_key(key->pkey, data, &length) == 1)
    object_set(env, object, "x", crypto_output(env, data, length, CRYPTO_OUT_BASE64URL));
  object_set(env, object, "kty", make_string(env, "OKP"));
  OPENSSL_cleanse(data, sizeof data);
  return object;
}

/* Algorithm key pairs (draft-ietf-cose-dilithium): the private member is the seed, or the key where it has none
 * (SLH-DSA). */
static napi_value export_akp(napi_env env, crypto_key *key, napi_value object, const char *type) {
  uint8_t data[4096];
  size_t length = sizeof data;
  bool has_seed = strncmp(type, "ml-", 3) == 0;
  if (key->kind == CRYPTO_KEY_PRIVATE) {
    if (has_seed ? EVP_PKEY_get_octet_string_param(key->pkey, "seed", data, sizeof data, &length) != 1
                 : EVP_PKEY_get_raw_private_key(key->pkey, data, &length) != 1)
      return crypto_throw_code(env, "ERR_CRYPTO_OPERATION_FAILED", "key does not have an available seed");
    object_set(env, object, "priv", crypto_output(env, data, length, CRYPTO_OUT_BASE64URL));
    OPENSSL_cleanse(data, sizeof data);
  }
  object_set(env, object, "kty", make_string(env, "AKP"));
  object_set(env, object, "alg", make_string(env, crypto_key_algorithm(type)));
  length = sizeof data;
  if (EVP_PKEY_get_raw_public_key(key->pkey, data, &length) != 1) return crypto_throw(env, "Failed to export key");
  object_set(env, object, "pub", crypto_output(env, data, length, CRYPTO_OUT_BASE64URL));
  return object;
}

/* jwkExport(key): the members for a public or private key; undefined for kinds of keys that JWK has no form for */
static napi_value jwk_export(napi_env env, napi_callback_info info) {
  static const char *const okp[][2] = {
      {"ED25519", "Ed25519"}, {"ED448", "Ed448"}, {"X25519", "X25519"}, {"X448", "X448"}};
  napi_value argv[1], object;
  args_get(env, info, argv, 1);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  if (key == NULL || key->pkey == NULL) return crypto_throw(env, "Invalid key");
  napi_create_object(env, &object);
  if (EVP_PKEY_is_a(key->pkey, "EC")) return export_ec(env, key, object);
  for (size_t i = 0; i < sizeof okp / sizeof *okp; i++) {
    if (EVP_PKEY_is_a(key->pkey, okp[i][0])) return export_okp(env, key, object, okp[i][1]);
  }
  const char *type = crypto_key_type(key->pkey);
  if (type != NULL && (strncmp(type, "ml-", 3) == 0 || strncmp(type, "slh-", 4) == 0))
    return export_akp(env, key, object, type);
  if (!EVP_PKEY_is_a(key->pkey, "RSA")) return make_undefined(env);
  object_set(env, object, "kty", make_string(env, "RSA"));
  for (size_t i = 0; i < sizeof rsa_members / sizeof *rsa_members; i++) {
    if (!rsa_members[i].is_private || key->kind == CRYPTO_KEY_PRIVATE)
      set_bn(env, object, rsa_members[i].member, key->pkey, rsa_members[i].parameter, 0);
  }
  return object;
}

static EVP_PKEY *key_build(const char *type, int selection, OSSL_PARAM_BLD *builder) {
  EVP_PKEY *pkey = NULL;
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &pkey, selection, params) != 1)
    pkey = NULL;
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  return pkey;
}

static BIGNUM *member_bn(napi_env env, napi_value object, const char *name) {
  crypto_bytes bytes;
  napi_value value = object_get(env, object, name);
  if (!crypto_bytes_get(env, value, &bytes)) return NULL;
  BIGNUM *bn = BN_bin2bn(bytes.data, (int)bytes.length, NULL);
  crypto_bytes_free(&bytes);
  return bn;
}

/* jwkRsa(kind, members): the members' values as bytes */
static napi_value jwk_rsa(napi_env env, napi_callback_info info) {
  enum { COUNT = sizeof rsa_members / sizeof *rsa_members };
  napi_value argv[2];
  BIGNUM *numbers[COUNT] = {NULL};
  args_get(env, info, argv, 2);
  int kind = arg_int32(env, argv[0]);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  bool good = builder != NULL;
  for (size_t i = 0; i < COUNT && good; i++) {
    if (rsa_members[i].is_private && kind != CRYPTO_KEY_PRIVATE) continue;
    numbers[i] = member_bn(env, argv[1], rsa_members[i].member);
    good = numbers[i] != NULL && OSSL_PARAM_BLD_push_BN(builder, rsa_members[i].parameter, numbers[i]) == 1;
  }
  EVP_PKEY *pkey =
      good ? key_build("RSA", kind == CRYPTO_KEY_PRIVATE ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder) : NULL;
  OSSL_PARAM_BLD_free(builder);
  for (size_t i = 0; i < COUNT; i++) BN_clear_free(numbers[i]);
  if (pkey == NULL) return make_undefined(env);
  return crypto_key_create(env, kind, pkey);
}

/* jwkEc(kind, group, members): x, y and d as bytes; undefined when they make no key */
static napi_value jwk_ec(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  uint8_t point[1 + 2 * 66] = {4};
  args_get(env, info, argv, 3);
  int kind = arg_int32(env, argv[0]);
  char *group = arg_utf8(env, argv[1], NULL);
  EC_GROUP *curve = group != NULL ? EC_GROUP_new_by_curve_name(OBJ_txt2nid(group)) : NULL;
  int width = curve != NULL ? (EC_GROUP_get_degree(curve) + 7) / 8 : 0;
  EC_GROUP_free(curve);
  BIGNUM *x = member_bn(env, argv[2], "x"), *y = member_bn(env, argv[2], "y"), *d = NULL;
  bool is_private = kind == CRYPTO_KEY_PRIVATE;
  if (is_private) d = member_bn(env, argv[2], "d");
  EVP_PKEY *pkey = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  if (width > 0 && width <= 66 && x != NULL && y != NULL && (!is_private || d != NULL) && builder != NULL &&
      BN_bn2binpad(x, point + 1, width) == width && BN_bn2binpad(y, point + 1 + width, width) == width &&
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * (size_t)width) == 1 &&
      (d == NULL || OSSL_PARAM_BLD_push_BN_pad(builder, OSSL_PKEY_PARAM_PRIV_KEY, d, (size_t)width) == 1))
    pkey = key_build("EC", is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder);
  OSSL_PARAM_BLD_free(builder);
  BN_free(x);
  BN_free(y);
  BN_clear_free(d);
  free(group);
  ERR_clear_error();
  if (pkey == NULL) return make_undefined(env);
  return crypto_key_create(env, kind, pkey);
}

static const js_function functions[] = {
    {"jwkExport", jwk_export},
    {"jwkRsa", jwk_rsa},
    {"jwkEc", jwk_ec},
    {NULL, NULL},
};

const js_binding binding_crypto_jwk = {"crypto_jwk", functions, NULL};
