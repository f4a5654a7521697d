/* crypto_keygen.c: new key pairs, and shared secrets of two keys. At once or on the thread pool. */
#include "crypto_util.h"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

typedef struct keygen_job {
  crypto_job job;
  char type[24];
  char *curve, *group, *digest, *mgf1;
  int bits, divisor, salt_length, generator;
  uint32_t exponent;
  bool explicit_curve;
  BIGNUM *prime;
  EVP_PKEY *pkey;
} keygen_job;

static EVP_PKEY *generate_from(EVP_PKEY *parameters) {
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *context = parameters != NULL ? EVP_PKEY_CTX_new(parameters, NULL) : NULL;
  if (context != NULL && EVP_PKEY_keygen_init(context) == 1) EVP_PKEY_generate(context, &pkey);
  EVP_PKEY_CTX_free(context);
  return pkey;
}

static EVP_PKEY *generate_rsa(const keygen_job *g) {
  bool pss = strcmp(g->type, "rsa-pss") == 0;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, pss ? "RSA-PSS" : "RSA", NULL);
  EVP_PKEY *pkey = NULL;
  BIGNUM *e = BN_new();
  EVP_MD *digest = g->digest != NULL ? crypto_digest_fetch(g->digest) : NULL;
  EVP_MD *mgf1 = g->mgf1 != NULL ? crypto_digest_fetch(g->mgf1) : NULL;
  bool good = context != NULL && e != NULL && BN_set_word(e, g->exponent) == 1 && EVP_PKEY_keygen_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(context, g->bits) == 1 &&
              EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1;
  if (good && pss && digest != NULL) good = EVP_PKEY_CTX_set_rsa_pss_keygen_md(context, digest) == 1;
  if (good && pss && (mgf1 != NULL || digest != NULL))
    good = EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md(context, mgf1 != NULL ? mgf1 : digest) == 1;
  int salt = g->salt_length >= 0 ? g->salt_length : digest != NULL ? EVP_MD_get_size(digest) : -1;
  if (good && pss && salt >= 0) good = EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, salt) == 1;
  if (good) EVP_PKEY_generate(context, &pkey);
  EVP_MD_free(digest);
  EVP_MD_free(mgf1);
  BN_free(e);
  EVP_PKEY_CTX_free(context);
  return pkey;
}

static EVP_PKEY *generate_ec(const keygen_job *g) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
  EVP_PKEY *pkey = NULL;
  bool good = context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
              EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, OBJ_txt2nid(g->curve)) == 1 &&
              EVP_PKEY_CTX_set_ec_param_enc(context, g->explicit_curve ? 0 : OPENSSL_EC_NAMED_CURVE) == 1;
  if (good) EVP_PKEY_generate(context, &pkey);
  EVP_PKEY_CTX_free(context);
  return pkey;
}

static EVP_PKEY *generate_dsa(const keygen_job *g) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
  EVP_PKEY *parameters = NULL;
  bool good = context != NULL && EVP_PKEY_paramgen_init(context) == 1 &&
              EVP_PKEY_CTX_set_dsa_paramgen_bits(context, g->bits) == 1 &&
              (g->divisor < 0 || EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context, g->divisor) == 1);
  if (good) EVP_PKEY_paramgen(context, &parameters);
  EVP_PKEY_CTX_free(context);
  EVP_PKEY *pkey = generate_from(parameters);
  EVP_PKEY_free(parameters);
  return pkey;
}

static EVP_PKEY *dh_parameters_of(const BIGNUM *prime, int generator) {
  EVP_PKEY *parameters = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *g = BN_new();
  OSSL_PARAM *params = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
  if (builder != NULL && g != NULL && context != NULL && BN_set_word(g, (BN_ULONG)generator) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_P, prime) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_FFC_G, g) == 1 &&
      (params = OSSL_PARAM_BLD_to_param(builder)) != NULL && EVP_PKEY_fromdata_init(context) == 1)
    EVP_PKEY_fromdata(context, &parameters, EVP_PKEY_KEY_PARAMETERS, params);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(builder);
  BN_free(g);
  EVP_PKEY_CTX_free(context);
  return parameters;
}

/* Node's group names (RFC 2409, 3526) in OpenSSL's words. */
static const char *dh_group_name(const char *name) {
  static const char *const names[][2] = {{"modp5", "modp_1536"},  {"modp14", "modp_2048"}, {"modp15", "modp_3072"},
                                         {"modp16", "modp_4096"}, {"modp17", "modp_6144"}, {"modp18", "modp_8192"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(name, names[i][0]) == 0) return names[i][1];
  }
  return name;
}

static EVP_PKEY *generate_dh(const keygen_job *g) {
  EVP_PKEY *parameters = NULL;
  if (g->prime != NULL) {
    parameters = dh_parameters_of(g->prime, g->generator);
  } else {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    OSSL_PARAM params[] = {OSSL_PARAM_END, OSSL_PARAM_END};
    if (g->group != NULL)
      params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)dh_group_name(g->group), 0);
    bool good = context != NULL;
    if (good && g->group != NULL) {
      good = EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_params(context, params) == 1;
      EVP_PKEY *pkey = NULL;
      if (good) EVP_PKEY_generate(context, &pkey);
      EVP_PKEY_CTX_free(context);
      return pkey;
    }
    if (good && EVP_PKEY_paramgen_init(context) == 1 && EVP_PKEY_CTX_set_dh_paramgen_prime_len(context, g->bits) == 1 &&
        EVP_PKEY_CTX_set_dh_paramgen_generator(context, g->generator) == 1)
      EVP_PKEY_paramgen(context, &parameters);
    EVP_PKEY_CTX_free(context);
  }
  EVP_PKEY *pkey = generate_from(parameters);
  EVP_PKEY_free(parameters);
  return pkey;
}

static int keygen_run(crypto_job *job) {
  keygen_job *g = (keygen_job *)job;
  if (strncmp(g->type, "rsa", 3) == 0) {
    g->pkey = generate_rsa(g);
  } else if (strcmp(g->type, "ec") == 0) {
    g->pkey = generate_ec(g);
  } else if (strcmp(g->type, "dsa") == 0) {
    g->pkey = generate_dsa(g);
  } else if (strcmp(g->type, "dh") == 0) {
    g->pkey = generate_dh(g);
  } else {
    const char *algorithm = crypto_key_algorithm(g->type);
    EVP_PKEY_CTX *context = algorithm != NULL ? EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL) : NULL;
    if (context != NULL && EVP_PKEY_keygen_init(context) == 1) EVP_PKEY_generate(context, &g->pkey);
    EVP_PKEY_CTX_free(context);
  }
  return g->pkey != NULL ? 0 : -1;
}

static napi_value keygen_result(napi_env env, crypto_job *job) {
  keygen_job *g = (keygen_job *)job;
  napi_value pair;
  napi_create_array_with_length(env, 2, &pair);
  EVP_PKEY_up_ref(g->pkey);
  napi_value value = crypto_key_create(env, CRYPTO_KEY_PUBLIC, g->pkey);
  if (value == NULL) return NULL;
  napi_set_element(env, pair, 0, value);
  EVP_PKEY_up_ref(g->pkey);
  if ((value = crypto_key_create(env, CRYPTO_KEY_PRIVATE, g->pkey)) == NULL) return NULL;
  napi_set_element(env, pair, 1, value);
  return pair;
}

static void keygen_destroy(crypto_job *job) {
  keygen_job *g = (keygen_job *)job;
  EVP_PKEY_free(g->pkey);
  BN_free(g->prime);
  free(g->curve);
  free(g->group);
  free(g->digest);
  free(g->mgf1);
  free(g);
}

/* keygen(type, parameters, callback?): [public handle, private handle] */
static napi_value keygen_start(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  char *type = arg_utf8(env, argv[0], NULL);
  keygen_job *g = calloc(1, sizeof *g);
  if (g == NULL || type == NULL) {
    free(type);
    free(g);
    return crypto_throw(env, "Out of memory");
  }
  g->job =
      (crypto_job){.type = "KEYPAIRGENREQUEST", .run = keygen_run, .result = keygen_result, .destroy = keygen_destroy};
  g->job.error.message = "Key generation failed";
  snprintf(g->type, sizeof g->type, "%s", type);
  free(type);
  g->bits = object_int32(env, argv[1], "modulusLength", object_int32(env, argv[1], "primeLength", 0));
  g->divisor = object_int32(env, argv[1], "divisorLength", -1);
  g->salt_length = object_int32(env, argv[1], "saltLength", -1);
  g->generator = object_int32(env, argv[1], "generator", 2);
  napi_value exponent = object_get(env, argv[1], "publicExponent");
  g->exponent = arg_is(env, exponent, napi_number) ? arg_uint32(env, exponent) : 65537;
  g->explicit_curve = object_int32(env, argv[1], "explicit", 0) != 0;
  g->curve = object_utf8(env, argv[1], "namedCurve");
  g->group = object_utf8(env, argv[1], "group");
  g->digest = object_utf8(env, argv[1], "hashAlgorithm");
  g->mgf1 = object_utf8(env, argv[1], "mgf1HashAlgorithm");
  if (strcmp(g->type, "ec") == 0 && g->curve == NULL) g->curve = calloc(1, 1);
  crypto_bytes prime;
  napi_value given = object_get(env, argv[1], "prime");
  if (crypto_bytes_get(env, given, &prime)) {
    g->prime = BN_bin2bn(prime.data, (int)prime.length, NULL);
    crypto_bytes_free(&prime);
  }
  return crypto_job_start(env, &g->job, argv[2]);
}

/* curveKnown(name) */
static napi_value keygen_curve_known(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  char *name = arg_utf8(env, argv[0], NULL);
  int nid = name != NULL ? OBJ_txt2nid(name) : NID_undef;
  if (nid == NID_undef && name != NULL) nid = EC_curve_nist2nid(name);
  free(name);
  EC_GROUP *group = nid != NID_undef ? EC_GROUP_new_by_curve_name(nid) : NULL;
  bool known = group != NULL;
  EC_GROUP_free(group);
  ERR_clear_error();
  return known ? make_string(env, OBJ_nid2sn(nid)) : make_undefined(env);
}

/* ---- shared secrets --------------------------------------------------------------------------------------------- */

typedef struct derive_job {
  crypto_job job;
  crypto_key *mine, *theirs;
  uint8_t *out;
  size_t length;
} derive_job;

static int derive_run(crypto_job *job) {
  derive_job *d = (derive_job *)job;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(d->mine->pkey, NULL);
  bool good = context != NULL && EVP_PKEY_derive_init(context) == 1;
  /* Node pads the secrets of finite-field groups to the prime's length. */
  if (good && EVP_PKEY_is_a(d->mine->pkey, "DH")) good = EVP_PKEY_CTX_set_dh_pad(context, 1) == 1;
  good = good && EVP_PKEY_derive_set_peer(context, d->theirs->pkey) == 1 &&
         EVP_PKEY_derive(context, NULL, &d->length) == 1 && (d->out = OPENSSL_malloc(d->length + 1)) != NULL &&
         EVP_PKEY_derive(context, d->out, &d->length) == 1;
  EVP_PKEY_CTX_free(context);
  return good ? 0 : -1;
}

static napi_value derive_result(napi_env env, crypto_job *job) {
  derive_job *d = (derive_job *)job;
  return crypto_buffer(env, d->out, d->length);
}

static void derive_destroy(crypto_job *job) {
  derive_job *d = (derive_job *)job;
  crypto_key_release(d->mine);
  crypto_key_release(d->theirs);
  OPENSSL_clear_free(d->out, d->length);
  free(d);
}

/* derive(private key, public key, callback?) */
static napi_value derive_start(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  crypto_key *mine = crypto_key_arg(env, argv[0]), *theirs = crypto_key_arg(env, argv[1]);
  derive_job *d = calloc(1, sizeof *d);
  if (mine == NULL || theirs == NULL || mine->pkey == NULL || theirs->pkey == NULL || d == NULL) {
    free(d);
    return crypto_throw(env, "Invalid key");
  }
  d->job =
      (crypto_job){.type = "DERIVEBITSREQUEST", .run = derive_run, .result = derive_result, .destroy = derive_destroy};
  d->job.error.message = "diffieHellman failed";
  d->job.error.code = "ERR_CRYPTO_OPERATION_FAILED";
  d->mine = crypto_key_retain(mine);
  d->theirs = crypto_key_retain(theirs);
  return crypto_job_start(env, &d->job, argv[2]);
}

static const js_function functions[] = {
    {"keygen", keygen_start},
    {"curveKnown", keygen_curve_known},
    {"derive", derive_start},
    {NULL, NULL},
};

const js_binding binding_crypto_keygen = {"crypto_keygen", functions, NULL};
