/*
 * crypto_x509.c: certificates behind JS handles (class X509Certificate of node:crypto). What a certificate says is one
 * object, made once (tls_certificate.c and what is added here); what is asked of it are calls.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto_util.h"
#include "tls.h"

static void certificate_free(void *pointer) { X509_free(pointer); }
static const js_type certificate_type = {"X509Certificate", certificate_free};

static X509 *certificate_arg(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &certificate_type, &pointer) == napi_ok ? pointer : NULL;
}

/* x509Parse(PEM or DER) → handle */
static napi_value x509_parse(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  crypto_bytes in;
  args_get(env, info, argv, 1);
  if (!crypto_bytes_get(env, argv[0], &in)) return crypto_throw(env, "Invalid certificate");
  const unsigned char *at = in.data;
  BIO *bio = BIO_new_mem_buf(in.data, (int)in.length);
  ERR_clear_error();
  X509 *x = bio != NULL ? PEM_read_bio_X509_AUX(bio, NULL, NULL, (void *)"") : NULL;
  if (x == NULL && (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)) {
    /* The complaint about PEM is what is told when it is no DER either. */
    ERR_set_mark();
    x = d2i_X509(NULL, &at, (long)in.length);
    ERR_pop_to_mark();
  }
  BIO_free(bio);
  crypto_bytes_free(&in);
  if (x == NULL) return crypto_throw(env, "Invalid certificate");
  ERR_clear_error();
  if (js_handle_create(env, &certificate_type, x, &value) != napi_ok) X509_free(x);
  return value;
}

static double milliseconds(const ASN1_TIME *time) {
  struct tm parts;
  return ASN1_TIME_to_tm(time, &parts) == 1 ? (double)timegm(&parts) * 1000 : 0;
}

/* x509Facts(handle): as tls_certificate_object, with subjectText, issuerText, from, to (ms), algorithm, algorithmOid */
static napi_value x509_facts(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char oid[128];
  args_get(env, info, argv, 1);
  X509 *x = certificate_arg(env, argv[0]);
  if (x == NULL) return NULL;
  napi_value out = tls_certificate_object(env, x);
  const X509_ALGOR *algorithm = X509_get0_tbs_sigalg(x);
  const ASN1_OBJECT *object = NULL;
  X509_ALGOR_get0(&object, NULL, NULL, algorithm);
  int nid = OBJ_obj2nid(object);
  object_set(env, out, "subjectText", tls_name_text(env, X509_get_subject_name(x)));
  object_set(env, out, "issuerText", tls_name_text(env, X509_get_issuer_name(x)));
  object_set(env, out, "from", make_double(env, milliseconds(X509_get0_notBefore(x))));
  object_set(env, out, "to", make_double(env, milliseconds(X509_get0_notAfter(x))));
  object_set(env, out, "algorithm", nid != NID_undef ? make_string(env, OBJ_nid2ln(nid)) : make_undefined(env));
  OBJ_obj2txt(oid, sizeof oid, object, 1);
  object_set(env, out, "algorithmOid", make_string(env, oid));
  return out;
}

static napi_value x509_pem(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  X509 *x = certificate_arg(env, argv[0]);
  BIO *bio = x != NULL ? BIO_new(BIO_s_mem()) : NULL;
  if (bio == NULL) return NULL;
  PEM_write_bio_X509(bio, x);
  return crypto_bio_string(env, bio);
}

static napi_value x509_public_key(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  X509 *x = certificate_arg(env, argv[0]);
  EVP_PKEY *key = x != NULL ? X509_get_pubkey(x) : NULL;
  return key != NULL ? crypto_key_create(env, CRYPTO_KEY_PUBLIC, key) : crypto_throw(env, "Invalid public key");
}

enum { CHECK_HOST, CHECK_EMAIL, CHECK_IP };

/* x509Check(handle, what, name, flags) → the name that matched, null: none does, undefined: `name` cannot be one */
static napi_value x509_check(napi_env env, napi_callback_info info) {
  napi_value argv[4], value = NULL;
  size_t length = 0;
  char *peer = NULL;
  args_get(env, info, argv, 4);
  X509 *x = certificate_arg(env, argv[0]);
  char *name = arg_utf8(env, argv[2], &length);
  unsigned flags = arg_uint32(env, argv[3]);
  int what = arg_int32(env, argv[1]), result = -2;
  if (x != NULL && name != NULL) {
    ERR_clear_error();
    result = what == CHECK_HOST    ? X509_check_host(x, name, length, flags, &peer)
             : what == CHECK_EMAIL ? X509_check_email(x, name, length, flags)
                                   : X509_check_ip_asc(x, name, flags);
    ERR_clear_error();
  }
  if (result == 1)
    value = make_string(env, peer != NULL ? peer : name);
  else if (result == 0)
    value = make_null(env);
  OPENSSL_free(peer);
  free(name);
  return value;
}

/* x509Issued(handle, issuer's handle) */
static napi_value x509_issued(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  X509 *x = certificate_arg(env, argv[0]), *issuer = certificate_arg(env, argv[1]);
  bool ok = x != NULL && issuer != NULL && X509_check_issued(issuer, x) == X509_V_OK;
  ERR_clear_error();
  return make_bool(env, ok);
}

/* x509Key(handle, key, verify): whether a private key is the certificate's, or (verify) a public one signed it */
static napi_value x509_key(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  X509 *x = certificate_arg(env, argv[0]);
  crypto_key *key = crypto_key_arg(env, argv[1]);
  bool ok = false;
  if (x != NULL && key != NULL && key->pkey != NULL)
    ok = arg_bool(env, argv[2]) ? X509_verify(x, key->pkey) == 1 : X509_check_private_key(x, key->pkey) == 1;
  ERR_clear_error();
  return make_bool(env, ok);
}

static const js_function functions[] = {
    {"x509Parse", x509_parse}, {"x509Facts", x509_facts},   {"x509Pem", x509_pem}, {"x509PublicKey", x509_public_key},
    {"x509Check", x509_check}, {"x509Issued", x509_issued}, {"x509Key", x509_key}, {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant checks[] = {{"HOST", CHECK_HOST}, {"EMAIL", CHECK_EMAIL}, {"IP", CHECK_IP}, {NULL, 0}};
  static const constant flags[] = {{"ALWAYS_SUBJECT", X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT},
                                   {"NEVER_SUBJECT", X509_CHECK_FLAG_NEVER_CHECK_SUBJECT},
                                   {"NO_WILDCARDS", X509_CHECK_FLAG_NO_WILDCARDS},
                                   {"NO_PARTIAL_WILDCARDS", X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
                                   {"MULTI_LABEL_WILDCARDS", X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS},
                                   {"SINGLE_LABEL_SUBDOMAINS", X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS},
                                   {NULL, 0}};
  napi_status status = export_constants(env, exports, "checks", checks);
  return status == napi_ok ? export_constants(env, exports, "flags", flags) : status;
}

const js_binding binding_crypto_x509 = {"crypto_x509", functions, init};
