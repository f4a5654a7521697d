/*
 * tls_certificate.c: a certificate's facts as a plain JS object; modules/internal/tls_identity.js gives it Node's form.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include "tls.h"

static void put(napi_env env, napi_value object, const char *name, napi_value value) {
  if (value != NULL) napi_set_named_property(env, object, name, value);
}

static napi_value bio_string(napi_env env, BIO *bio) {
  char *data = NULL;
  napi_value value = NULL;
  long size = BIO_get_mem_data(bio, &data);
  js_string_utf8(env, data != NULL ? data : "", size > 0 ? (size_t)size : 0, &value);
  (void)BIO_reset(bio);
  return value;
}

static napi_value name_pairs(napi_env env, const X509_NAME *name) {
  napi_value out, value;
  uint32_t at = 0;
  napi_create_array(env, &out);
  for (int i = 0; i < X509_NAME_entry_count(name); i++) {
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
    const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
    char label[80];
    int nid = OBJ_obj2nid(object);
    if (nid != NID_undef)
      snprintf(label, sizeof label, "%s", OBJ_nid2sn(nid));
    else
      OBJ_obj2txt(label, sizeof label, object, 1);
    unsigned char *text = NULL;
    int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    if (size < 0) continue;
    if (js_string_utf8(env, (const char *)text, (size_t)size, &value) == napi_ok) {
      napi_set_element(env, out, at++, make_string(env, label));
      napi_set_element(env, out, at++, value);
    }
    OPENSSL_free(text);
  }
  return out;
}

static void fingerprint_put(napi_env env, napi_value out, const char *name, X509 *x, const EVP_MD *md) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  char text[EVP_MAX_MD_SIZE * 3 + 1] = "";
  X509_digest(x, md, digest, &size);
  for (size_t i = 0; i < size; i++) snprintf(text + i * 3, 4, i + 1 < size ? "%02X:" : "%02X", digest[i]);
  put(env, out, name, make_string(env, text));
}

static void key_put(napi_env env, napi_value out, X509 *x, BIO *bio) {
  EVP_PKEY *key = X509_get0_pubkey(x);
  if (key == NULL) return;
  if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC"))
    put(env, out, "bits", make_int32(env, EVP_PKEY_get_bits(key)));
  BIGNUM *n = NULL, *e = NULL;
  if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1) {
    BN_print(bio, n);
    put(env, out, "modulus", bio_string(env, bio));
    BIO_printf(bio, "0x%lx", (unsigned long)BN_get_word(e));
    put(env, out, "exponent", bio_string(env, bio));
  }
  BN_free(n);
  BN_free(e);
  char group[64];
  if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
    const char *nist = EC_curve_nid2nist(OBJ_sn2nid(group));
    put(env, out, "asn1Curve", make_string(env, group));
    if (nist != NULL) put(env, out, "nistCurve", make_string(env, nist));
  }
  unsigned char *der = NULL;
  size_t point = 0;
  int size = 0;
  /* Of elliptic curves it is the point alone. */
  if (EVP_PKEY_is_a(key, "EC")) {
    point = EVP_PKEY_get1_encoded_public_key(key, &der);
    if (point > 0) put(env, out, "pubkey", tls_bytes(env, der, point));
  } else if (EVP_PKEY_is_a(key, "RSA") && (size = i2d_PUBKEY(key, &der)) > 0) {
    put(env, out, "pubkey", tls_bytes(env, der, (size_t)size));
  }
  OPENSSL_free(der);
}

static void usage_put(napi_env env, napi_value out, X509 *x) {
  EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
  if (usages == NULL) return;
  napi_value list;
  napi_create_array(env, &list);
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
    char text[80];
    OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(usages, i), 1);
    napi_set_element(env, list, (uint32_t)i, make_string(env, text));
  }
  put(env, out, "ext_key_usage", list);
  sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
}

napi_value tls_certificate_object(napi_env env, X509 *x) {
  napi_value out = NULL;
  BIO *bio = BIO_new(BIO_s_mem());
  napi_create_object(env, &out);
  if (bio == NULL) return out;
  put(env, out, "subject", name_pairs(env, X509_get_subject_name(x)));
  put(env, out, "issuer", name_pairs(env, X509_get_issuer_name(x)));
  put(env, out, "subjectaltname", tls_alternative_names(env, x));
  put(env, out, "infoAccess", tls_info_access(env, x));
  put(env, out, "ca", make_bool(env, X509_check_ca(x) == 1));
  key_put(env, out, x, bio);
  ASN1_TIME_print(bio, X509_get0_notBefore(x));
  put(env, out, "valid_from", bio_string(env, bio));
  ASN1_TIME_print(bio, X509_get0_notAfter(x));
  put(env, out, "valid_to", bio_string(env, bio));
  fingerprint_put(env, out, "fingerprint", x, EVP_sha1());
  fingerprint_put(env, out, "fingerprint256", x, EVP_sha256());
  fingerprint_put(env, out, "fingerprint512", x, EVP_sha512());
  usage_put(env, out, x);
  BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
  char *hex = serial != NULL ? BN_bn2hex(serial) : NULL; /* whole bytes, unlike BN_print */
  put(env, out, "serialNumber", make_string(env, hex != NULL ? hex : ""));
  OPENSSL_free(hex);
  BN_free(serial);
  unsigned char *der = NULL;
  int size = i2d_X509(x, &der);
  if (size > 0) put(env, out, "raw", tls_bytes(env, der, (size_t)size));
  OPENSSL_free(der);
  BIO_free(bio);
  ERR_clear_error();
  return out;
}
