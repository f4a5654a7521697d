/*
 * crypto_dh.c: the arithmetic of the classes DiffieHellman and ECDH. They hold their numbers as Buffers in JS; what is
 * here has no state.
 */
#include "crypto_util.h"

#include <openssl/dh.h>
#include <openssl/ec.h>

static BIGNUM *bn_arg(napi_env env, napi_value value) {
  crypto_bytes bytes;
  if (!crypto_bytes_get(env, value, &bytes)) return NULL;
  BIGNUM *bn = BN_secure_new();
  if (bn != NULL) BN_bin2bn(bytes.data, (int)bytes.length, bn);
  crypto_bytes_free(&bytes);
  return bn;
}

static napi_value pair(napi_env env, napi_value first, napi_value second) {
  napi_value array = NULL;
  if (first == NULL || second == NULL) return NULL;
  napi_create_array_with_length(env, 2, &array);
  napi_set_element(env, array, 0, first);
  napi_set_element(env, array, 1, second);
  return array;
}

/* ---- finite-field groups ---------------------------------------------------------------------------------------- */

/* dhKeys(prime, generator, private?): [private, public]; a private key is drawn where none is given */
static napi_value dh_keys(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  BIGNUM *p = bn_arg(env, argv[0]), *g = bn_arg(env, argv[1]), *priv = bn_arg(env, argv[2]);
  BIGNUM *pub = BN_new(), *most = BN_new();
  BN_CTX *context = BN_CTX_secure_new();
  bool good = p != NULL && g != NULL && pub != NULL && most != NULL && context != NULL;
  if (good && priv == NULL) {
    /* 2 to p - 2, and no longer than its use: 2 x 256 bits of strength are enough for any group of Node's. */
    int bits = BN_num_bits(p);
    priv = BN_secure_new();
    good = priv != NULL && BN_copy(most, p) != NULL && BN_sub_word(most, 3) == 1;
    if (good && (BN_is_zero(most) || BN_is_negative(most))) good = false;
    if (good && bits > 1024) good = BN_set_word(most, 0) == 1 && BN_set_bit(most, 512) == 1;
    good = good && BN_priv_rand_range_ex(priv, most, 0, context) == 1 && BN_add_word(priv, 2) == 1;
  }
  if (good) BN_set_flags(priv, BN_FLG_CONSTTIME);
  good = good && BN_mod_exp(pub, g, priv, p, context) == 1;
  if (good)
    value = pair(env, crypto_bn_output(env, priv, 0, false), crypto_bn_output(env, pub, BN_num_bytes(p), false));
  else
    crypto_throw_code(env, "ERR_CRYPTO_OPERATION_FAILED", "Key generation failed");
  BN_free(p);
  BN_free(g);
  BN_clear_free(priv);
  BN_free(pub);
  BN_free(most);
  BN_CTX_free(context);
  return value;
}

/* dhSecret(prime, private, other public): a Buffer as long as the prime; -1 too small, -2 too large */
static napi_value dh_secret(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  BIGNUM *p = bn_arg(env, argv[0]), *priv = bn_arg(env, argv[1]), *pub = bn_arg(env, argv[2]);
  BIGNUM *secret = BN_secure_new(), *most = BN_new();
  BN_CTX *context = BN_CTX_secure_new();
  bool good = p && priv && pub && secret && most && context && BN_copy(most, p) != NULL && BN_sub_word(most, 1) == 1;
  if (good && BN_cmp(pub, BN_value_one()) <= 0) {
    value = make_int32(env, -1);
  } else if (good && BN_cmp(pub, most) >= 0) {
    value = make_int32(env, -2);
  } else if (good) {
    BN_set_flags(priv, BN_FLG_CONSTTIME);
    if (BN_mod_exp(secret, pub, priv, p, context) == 1) value = crypto_bn_output(env, secret, BN_num_bytes(p), false);
  }
  if (value == NULL) crypto_throw(env, "Computing the secret failed");
  BN_free(p);
  BN_clear_free(priv);
  BN_free(pub);
  BN_clear_free(secret);
  BN_free(most);
  BN_CTX_free(context);
  return value;
}

/* dhCheck(prime, generator): the bits of verifyError */
static napi_value dh_check(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  BIGNUM *p = bn_arg(env, argv[0]), *g = bn_arg(env, argv[1]), *other = BN_new();
  BN_CTX *context = BN_CTX_new();
  int32_t bits = 0;
  if (p && g && other && context && BN_copy(other, p) != NULL && BN_sub_word(other, 1) == 1) {
    if (BN_cmp(g, BN_value_one()) <= 0 || BN_cmp(g, other) >= 0) bits |= DH_NOT_SUITABLE_GENERATOR;
    if (BN_num_bits(p) < 512) bits |= DH_MODULUS_TOO_SMALL;
    if (BN_num_bits(p) > OPENSSL_DH_MAX_MODULUS_BITS) bits |= DH_MODULUS_TOO_LARGE;
    if (BN_check_prime(p, context, NULL) != 1)
      bits |= DH_CHECK_P_NOT_PRIME;
    else if (BN_rshift1(other, p) == 1 && BN_check_prime(other, context, NULL) != 1)
      bits |= DH_CHECK_P_NOT_SAFE_PRIME;
  }
  ERR_clear_error();
  BN_free(p);
  BN_free(g);
  BN_free(other);
  BN_CTX_free(context);
  return make_int32(env, bits);
}

/* dhGroup(name): [prime, generator], or undefined */
static napi_value dh_group(napi_env env, napi_callback_info info) {
  static const struct {
    const char *name;
    BIGNUM *(*prime)(BIGNUM *);
  } groups[] = {
      {"modp1", BN_get_rfc2409_prime_768},   {"modp2", BN_get_rfc2409_prime_1024},
      {"modp5", BN_get_rfc3526_prime_1536},  {"modp14", BN_get_rfc3526_prime_2048},
      {"modp15", BN_get_rfc3526_prime_3072}, {"modp16", BN_get_rfc3526_prime_4096},
      {"modp17", BN_get_rfc3526_prime_6144}, {"modp18", BN_get_rfc3526_prime_8192},
  };
  napi_value argv[1], value = make_undefined(env);
  args_get(env, info, argv, 1);
  char *name = arg_utf8(env, argv[0], NULL);
  for (size_t i = 0; name != NULL && i < sizeof groups / sizeof *groups; i++) {
    if (strcmp(name, groups[i].name) != 0) continue;
    BIGNUM *prime = groups[i].prime(NULL);
    uint8_t generator = 2;
    value = pair(env, crypto_bn_output(env, prime, 0, false), crypto_buffer(env, &generator, 1));
    BN_free(prime);
  }
  free(name);
  return value;
}

/* dhPrime(bits, generator): a safe prime that suits the generator */
static napi_value dh_prime(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
  EVP_PKEY *parameters = NULL;
  BIGNUM *prime = NULL;
  if (context != NULL && EVP_PKEY_paramgen_init(context) == 1 &&
      EVP_PKEY_CTX_set_dh_paramgen_prime_len(context, arg_int32(env, argv[0])) == 1 &&
      EVP_PKEY_CTX_set_dh_paramgen_generator(context, arg_int32(env, argv[1])) == 1 &&
      EVP_PKEY_paramgen(context, &parameters) == 1 && EVP_PKEY_get_bn_param(parameters, "p", &prime) == 1)
    value = crypto_bn_output(env, prime, 0, false);
  else
    crypto_throw(env, "Initialization failed");
  BN_free(prime);
  EVP_PKEY_free(parameters);
  EVP_PKEY_CTX_free(context);
  return value;
}

/* ---- elliptic curves -------------------------------------------------------------------------------------------- */

static EC_GROUP *curve_arg(napi_env env, napi_value value) {
  char *name = arg_utf8(env, value, NULL);
  int nid = name != NULL ? OBJ_txt2nid(name) : NID_undef;
  free(name);
  return nid != NID_undef ? EC_GROUP_new_by_curve_name(nid) : NULL;
}

static napi_value point_output(napi_env env, const EC_GROUP *group, const EC_POINT *point, int form) {
  uint8_t data[512];
  size_t length = EC_POINT_point2oct(group, point, (point_conversion_form_t)form, data, sizeof data, NULL);
  if (length == 0) return crypto_throw(env, "Failed to encode the point");
  return crypto_buffer(env, data, length);
}

static EC_POINT *point_arg(napi_env env, const EC_GROUP *group, napi_value value) {
  crypto_bytes bytes;
  if (!crypto_bytes_get(env, value, &bytes)) return NULL;
  EC_POINT *point = EC_POINT_new(group);
  if (point != NULL && EC_POINT_oct2point(group, point, bytes.data, bytes.length, NULL) != 1) {
    EC_POINT_free(point);
    point = NULL;
  }
  crypto_bytes_free(&bytes);
  ERR_clear_error();
  return point;
}

/* ecdhKeys(curve, private?): [private, public (uncompressed)]; undefined for a private key out of range */
static napi_value ecdh_keys(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = make_undefined(env);
  args_get(env, info, argv, 2);
  EC_GROUP *group = curve_arg(env, argv[0]);
  if (group == NULL) return value;
  const BIGNUM *order = EC_GROUP_get0_order(group);
  int width = BN_num_bytes(order);
  BIGNUM *priv = bn_arg(env, argv[1]);
  if (priv == NULL && (priv = BN_secure_new()) != NULL) {
    do {
      if (BN_priv_rand_range_ex(priv, order, 0, NULL) != 1) break;
    } while (BN_is_zero(priv));
  }
  EC_POINT *point = EC_POINT_new(group);
  if (priv != NULL && point != NULL && !BN_is_zero(priv) && BN_cmp(priv, order) < 0 &&
      EC_POINT_mul(group, point, priv, NULL, NULL, NULL) == 1)
    value = pair(env, crypto_bn_output(env, priv, width, false),
                 point_output(env, group, point, POINT_CONVERSION_UNCOMPRESSED));
  EC_POINT_free(point);
  BN_clear_free(priv);
  EC_GROUP_free(group);
  ERR_clear_error();
  return value;
}

/* ecdhSecret(curve, private, other public): undefined where the public key is no point of the curve */
static napi_value ecdh_secret(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = make_undefined(env);
  args_get(env, info, argv, 3);
  EC_GROUP *group = curve_arg(env, argv[0]);
  if (group == NULL) return value;
  BIGNUM *priv = bn_arg(env, argv[1]), *x = BN_secure_new();
  EC_POINT *other = point_arg(env, group, argv[2]), *shared = EC_POINT_new(group);
  if (priv && x && other && shared && !EC_POINT_is_at_infinity(group, other) &&
      EC_POINT_mul(group, shared, NULL, other, priv, NULL) == 1 && !EC_POINT_is_at_infinity(group, shared) &&
      EC_POINT_get_affine_coordinates(group, shared, x, NULL, NULL) == 1)
    value = crypto_bn_output(env, x, (EC_GROUP_get_degree(group) + 7) / 8, false);
  EC_POINT_free(other);
  EC_POINT_clear_free(shared);
  BN_clear_free(x);
  BN_clear_free(priv);
  EC_GROUP_free(group);
  ERR_clear_error();
  return value;
}

/* ecdhConvert(curve, point, form): undefined where it is none of the curve's */
static napi_value ecdh_convert(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = make_undefined(env);
  args_get(env, info, argv, 3);
  EC_GROUP *group = curve_arg(env, argv[0]);
  if (group == NULL) return value;
  EC_POINT *point = point_arg(env, group, argv[1]);
  if (point != NULL) value = point_output(env, group, point, arg_int32(env, argv[2]));
  EC_POINT_free(point);
  EC_GROUP_free(group);
  return value;
}

static napi_value curve_list(napi_env env, napi_callback_info info) {
  napi_value array;
  napi_create_array(env, &array);
  size_t count = EC_get_builtin_curves(NULL, 0);
  EC_builtin_curve *curves = calloc(count, sizeof *curves);
  if (curves == NULL) return array;
  EC_get_builtin_curves(curves, count);
  for (size_t i = 0; i < count; i++)
    napi_set_element(env, array, (uint32_t)i, make_string(env, OBJ_nid2sn(curves[i].nid)));
  free(curves);
  return array;
}

static const js_function functions[] = {
    {"dhKeys", dh_keys},         {"dhSecret", dh_secret},
    {"dhCheck", dh_check},       {"dhGroup", dh_group},
    {"dhPrime", dh_prime},       {"ecdhKeys", ecdh_keys},
    {"ecdhSecret", ecdh_secret}, {"ecdhConvert", ecdh_convert},
    {"curves", curve_list},      {NULL, NULL},
};

const js_binding binding_crypto_dh = {"crypto_dh", functions, NULL};
