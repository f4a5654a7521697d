/* crypto_raw.c: keys to and from their bare bytes: public points and keys, private scalars and keys, seeds. */
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

enum { RAW_PUBLIC = 0, RAW_PRIVATE = 1, RAW_SEED = 2 };
enum { RAW_MAX = 8192 }; /* bytes; ML-DSA-87's private key has 4896 */

static napi_value raw_export_ec(napi_env env, EVP_PKEY *pkey, int form) {
  uint8_t data[2 * 66 + 1];
  BIGNUM *x = NULL, *y = NULL;
  size_t width = ((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8;
  bool good = width <= 66 && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
              EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
              BN_bn2binpad(x, data + 1, (int)width) == (int)width &&
              BN_bn2binpad(y, data + 1 + width, (int)width) == (int)width;
  bool compressed = form == POINT_CONVERSION_COMPRESSED;
  data[0] = compressed ? good && BN_is_odd(y) ? 3 : 2 : 4;
  BN_free(x);
  BN_free(y);
  return good ? crypto_buffer(env, data, 1 + (compressed ? width : 2 * width)) : make_undefined(env);
}

static napi_value raw_export_scalar(napi_env env, EVP_PKEY *pkey) {
  BIGNUM *d = NULL, *order = NULL;
  napi_value value = make_undefined(env);
  if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
      EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_ORDER, &order) == 1)
    value = crypto_bn_output(env, d, BN_num_bytes(order), false);
  BN_clear_free(d);
  BN_free(order);
  return value;
}

/* rawExport(key, what, form of the point): a Buffer; undefined where the key has no such bytes */
static napi_value raw_export(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  crypto_key *key = crypto_key_arg(env, argv[0]);
  if (key == NULL || key->pkey == NULL) return crypto_throw(env, "Invalid key");
  int what = arg_int32(env, argv[1]);
  EVP_PKEY *pkey = key->pkey;
  if (EVP_PKEY_is_a(pkey, "EC") && what == RAW_PUBLIC) return raw_export_ec(env, pkey, arg_int32(env, argv[2]));
  if (EVP_PKEY_is_a(pkey, "EC") && what == RAW_PRIVATE) return raw_export_scalar(env, pkey);
  uint8_t *data = OPENSSL_malloc(RAW_MAX);
  if (data == NULL) return crypto_throw(env, "Out of memory");
  size_t length = RAW_MAX;
  bool good = what == RAW_PUBLIC    ? EVP_PKEY_get_raw_public_key(pkey, data, &length) == 1
              : what == RAW_PRIVATE ? EVP_PKEY_get_raw_private_key(pkey, data, &length) == 1
                                    : EVP_PKEY_get_octet_string_param(pkey, "seed", data, RAW_MAX, &length) == 1;
  napi_value value = good ? crypto_buffer(env, data, length) : make_undefined(env);
  OPENSSL_clear_free(data, RAW_MAX);
  ERR_clear_error();
  return value;
}

static EVP_PKEY *key_from(const char *algorithm, int selection, OSSL_PARAM *params) {
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
  if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &pkey, selection, params) != 1)
    pkey = NULL;
  EVP_PKEY_CTX_free(context);
  return pkey;
}

static EVP_PKEY *raw_import_point(const char *curve, const crypto_bytes *in) {
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve, 0),
                         OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)in->data, in->length),
                         OSSL_PARAM_construct_end()};
  return key_from("EC", EVP_PKEY_PUBLIC_KEY, params);
}

/* The public half is the scalar times the generator. */
static EVP_PKEY *raw_import_scalar(const char *curve, const crypto_bytes *in) {
  EC_GROUP *group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(curve));
  const BIGNUM *order = group != NULL ? EC_GROUP_get0_order(group) : NULL;
  EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;
  BIGNUM *d = BN_secure_new();
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM *params = NULL;
  EVP_PKEY *pkey = NULL;
  uint8_t encoded[2 * 66 + 1];
  size_t length = 0;
  if (point != NULL && d != NULL && builder != NULL && (int)in->length == BN_num_bytes(order) &&
      BN_bin2bn(in->data, (int)in->length, d) != NULL && !BN_is_zero(d) && BN_cmp(d, order) < 0 &&
      EC_POINT_mul(group, point, d, NULL, NULL, NULL) == 1 &&
      (length = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded, sizeof encoded, NULL)) > 0 &&
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, encoded, length) == 1 &&
      OSSL_PARAM_BLD_push_BN_pad(builder, OSSL_PKEY_PARAM_PRIV_KEY, d, in->length) == 1 &&
      (params = OSSL_PARAM_BLD_to_param(builder)) != NULL)
    pkey = key_from("EC", EVP_PKEY_KEYPAIR, params);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(builder);
  BN_clear_free(d);
  EC_POINT_free(point);
  EC_GROUP_free(group);
  return pkey;
}

static EVP_PKEY *raw_import_seed(const char *algorithm, const crypto_bytes *in) {
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string("seed", (void *)in->data, in->length),
                         OSSL_PARAM_construct_end()};
  return key_from(algorithm, EVP_PKEY_KEYPAIR, params);
}

/* rawImport(what, type, curve | undefined, data): a key's handle; undefined where the bytes are none */
static napi_value raw_import(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  int what = arg_int32(env, argv[0]);
  char *type = arg_utf8(env, argv[1], NULL), *curve = arg_utf8(env, argv[2], NULL);
  const char *algorithm = type != NULL ? crypto_key_algorithm(type) : NULL;
  crypto_bytes in = {0};
  EVP_PKEY *pkey = NULL;
  if (algorithm != NULL && crypto_bytes_get(env, argv[3], &in)) {
    if (curve != NULL)
      pkey = what == RAW_PUBLIC ? raw_import_point(curve, &in) : raw_import_scalar(curve, &in);
    else if (what == RAW_PUBLIC)
      pkey = EVP_PKEY_new_raw_public_key_ex(NULL, algorithm, NULL, in.data, in.length);
    else if (what == RAW_PRIVATE)
      pkey = EVP_PKEY_new_raw_private_key_ex(NULL, algorithm, NULL, in.data, in.length);
    else
      pkey = raw_import_seed(algorithm, &in);
  }
  crypto_bytes_free(&in);
  free(type);
  free(curve);
  ERR_clear_error();
  if (pkey == NULL) return make_undefined(env);
  return crypto_key_create(env, what == RAW_PUBLIC ? CRYPTO_KEY_PUBLIC : CRYPTO_KEY_PRIVATE, pkey);
}

static const js_function functions[] = {{"rawExport", raw_export}, {"rawImport", raw_import}, {NULL, NULL}};

static napi_status init(napi_env env, napi_value exports) {
  static const constant forms[] = {{"PUBLIC", RAW_PUBLIC}, {"PRIVATE", RAW_PRIVATE}, {"SEED", RAW_SEED}, {NULL, 0}};
  return export_constants(env, exports, "raw", forms);
}

const js_binding binding_crypto_raw = {"crypto_raw", functions, init};
