/*
 * tls_context.c: SSL contexts (certificates, keys, trust, protocol versions, ciphers) and certificates as JS objects.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "tls.h"
#include "tls_roots.h"

static void context_finalize(void *pointer) { SSL_CTX_free(pointer); }
const js_type tls_context_type = {"SecureContext", context_finalize};

SSL_CTX *tls_context_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &tls_context_type, &pointer) == napi_ok ? pointer : NULL;
}

napi_value tls_bytes(napi_env env, const void *bytes, size_t size) {
  napi_value value = NULL;
  void *data = NULL;
  if (js_buffer_create(env, size, &data, &value) == napi_ok && size > 0) memcpy(data, bytes, size);
  return value;
}

napi_value tls_error(napi_env env) {
  char text[256];
  unsigned long error = ERR_get_error();
  const char *reason = ERR_reason_error_string(error), *library = ERR_lib_error_string(error);
  if (error != 0) ERR_error_string_n(error, text, sizeof text);
  napi_value out;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_string(env, error != 0 ? text : "TLS operation failed"));
  napi_set_element(env, out, 1, make_string(env, reason != NULL ? reason : ""));
  napi_set_element(env, out, 2, make_string(env, library != NULL ? library : ""));
  ERR_clear_error();
  return out;
}

/* contextNew() → handle */
static napi_value context_new(napi_env env, napi_callback_info info) {
  napi_value value = NULL;
  SSL_CTX *ctx = SSL_CTX_new(TLS_method());
  if (ctx == NULL) return tls_error(env);
  /* The level that Node's OpenSSL is built with; distributions raise it. */
  SSL_CTX_set_security_level(ctx, 1);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"jsd", 3);
  if (js_handle_create(env, &tls_context_type, ctx, &value) != napi_ok) SSL_CTX_free(ctx);
  return value;
}

/* A passphrase for PEM_read_*; without one nobody is asked on the terminal. */
static int give_passphrase(char *buffer, int capacity, int writing, void *data) {
  size_t size = data != NULL ? strlen(data) : 0;
  if (data == NULL || size > (size_t)capacity) return -1;
  memcpy(buffer, data, size);
  return (int)size;
}

static bool chain_set(SSL_CTX *ctx, BIO *bio) {
  X509 *leaf = PEM_read_bio_X509_AUX(bio, NULL, give_passphrase, NULL);
  if (leaf == NULL) return false;
  bool ok = SSL_CTX_use_certificate(ctx, leaf) == 1;
  X509_free(leaf);
  if (!ok) return false;
  SSL_CTX_clear_chain_certs(ctx);
  for (X509 *next; (next = PEM_read_bio_X509(bio, NULL, give_passphrase, NULL)) != NULL;) {
    ok = SSL_CTX_add0_chain_cert(ctx, next) == 1;
    if (!ok) {
      X509_free(next);
      return false;
    }
  }
  ERR_clear_error(); /* the end of the file */
  return true;
}

static bool key_set(SSL_CTX *ctx, BIO *bio, char *passphrase) {
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, passphrase);
  if (key == NULL) return false;
  bool ok = SSL_CTX_use_PrivateKey(ctx, key) == 1;
  EVP_PKEY_free(key);
  return ok;
}

static bool trust_add(SSL_CTX *ctx, BIO *bio) {
  X509_STORE *store = SSL_CTX_get_cert_store(ctx);
  size_t count = 0;
  for (X509 *ca; (ca = PEM_read_bio_X509_AUX(bio, NULL, give_passphrase, NULL)) != NULL; count++) {
    X509_STORE_add_cert(store, ca);
    SSL_CTX_add_client_CA(ctx, ca);
    X509_free(ca);
  }
  if (count > 0) ERR_clear_error();
  return count > 0;
}

static bool revoked_add(SSL_CTX *ctx, BIO *bio) {
  X509_STORE *store = SSL_CTX_get_cert_store(ctx);
  X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, give_passphrase, NULL);
  if (crl == NULL) return false;
  X509_STORE_add_crl(store, crl);
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_CRL_free(crl);
  return true;
}

static bool pfx_set(SSL_CTX *ctx, BIO *bio, const char *passphrase) {
  EVP_PKEY *key = NULL;
  X509 *leaf = NULL;
  STACK_OF(X509) *others = NULL;
  PKCS12 *p12 = d2i_PKCS12_bio(bio, NULL);
  bool ok = p12 != NULL && PKCS12_parse(p12, passphrase, &key, &leaf, &others) == 1 && leaf != NULL && key != NULL &&
            SSL_CTX_use_certificate(ctx, leaf) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
  for (int i = 0; ok && others != NULL && i < sk_X509_num(others); i++) {
    SSL_CTX_add1_chain_cert(ctx, sk_X509_value(others, i));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), sk_X509_value(others, i));
  }
  PKCS12_free(p12);
  EVP_PKEY_free(key);
  X509_free(leaf);
  sk_X509_pop_free(others, X509_free);
  return ok;
}

static bool dh_set(SSL_CTX *ctx, BIO *bio, size_t size) {
  if (size == 0) return SSL_CTX_set_dh_auto(ctx, 1) == 1;
  EVP_PKEY *parameters = PEM_read_bio_Parameters(bio, NULL);
  if (parameters == NULL || SSL_CTX_set0_tmp_dh_pkey(ctx, parameters) == 1) return parameters != NULL;
  EVP_PKEY_free(parameters);
  return false;
}

enum setting {
  CERT,
  KEY,
  CA,
  CRL,
  PFX,
  CIPHERS,
  SUITES,
  CURVES,
  SIGALGS,
  SESSION_CONTEXT,
  DH_PARAMETERS,
  SYSTEM_ROOTS
};

/* contextSet(context, setting, bytes, passphrase or undefined) → undefined, or an error as tls_error makes it */
static napi_value context_set(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 4);
  SSL_CTX *ctx = tls_context_get(env, argv[0]);
  if (ctx == NULL) return NULL;
  js_bytes_get(env, argv[2], &bytes, &size);
  char *passphrase = arg_utf8(env, argv[3], NULL);
  char *text = malloc(size + 1);
  BIO *bio = BIO_new_mem_buf(size > 0 ? bytes : "", (int)size);
  bool ok = false;
  if (text != NULL && bio != NULL) {
    if (size > 0) memcpy(text, bytes, size);
    text[size] = 0;
    ERR_clear_error();
    switch ((enum setting)arg_int32(env, argv[1])) {
      case CERT:
        ok = chain_set(ctx, bio);
        break;
      case KEY:
        ok = key_set(ctx, bio, passphrase);
        break;
      case CA:
        ok = trust_add(ctx, bio);
        break;
      case CRL:
        ok = revoked_add(ctx, bio);
        break;
      case PFX:
        ok = pfx_set(ctx, bio, passphrase);
        break;
      case CIPHERS:
        ok = SSL_CTX_set_cipher_list(ctx, text) == 1;
        break;
      case SUITES:
        ok = SSL_CTX_set_ciphersuites(ctx, text) == 1;
        break;
      case CURVES:
        ok = SSL_CTX_set1_groups_list(ctx, text) == 1;
        break;
      case SIGALGS:
        ok = SSL_CTX_set1_sigalgs_list(ctx, text) == 1;
        break;
      case SESSION_CONTEXT:
        ok = SSL_CTX_set_session_id_context(ctx, bytes, (unsigned)size) == 1;
        break;
      case DH_PARAMETERS:
        ok = dh_set(ctx, bio, size);
        break;
      case SYSTEM_ROOTS:
        ok = tls_roots_add(ctx, "") == 0;
        break;
    }
  }
  BIO_free(bio);
  if (passphrase != NULL) OPENSSL_cleanse(passphrase, strlen(passphrase));
  free(passphrase);
  if (text != NULL) OPENSSL_cleanse(text, size);
  free(text);
  return ok ? NULL : tls_error(env);
}

/* contextNumbers(context, minimum version, maximum version, options, session seconds); 0 leaves one as it is */
static napi_value context_numbers(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  args_get(env, info, argv, 5);
  SSL_CTX *ctx = tls_context_get(env, argv[0]);
  if (ctx == NULL) return NULL;
  SSL_CTX_set_min_proto_version(ctx, arg_int32(env, argv[1]));
  SSL_CTX_set_max_proto_version(ctx, arg_int32(env, argv[2]));
  SSL_CTX_set_options(ctx, (uint64_t)arg_int64(env, argv[3]));
  if (arg_int32(env, argv[4]) > 0) SSL_CTX_set_timeout(ctx, arg_int32(env, argv[4]));
  return NULL;
}

/*
 * Keys of session tickets are 48 bytes in JS (16 each: name, HMAC, AES), while OpenSSL wants longer ones, so the last
 * two are hashed. The 48 bytes stay with the context, for those who ask for them.
 */
static void ticket_keys_free(void *parent, void *keys, CRYPTO_EX_DATA *data, int index, long number, void *pointer) {
  OPENSSL_clear_free(keys, 48);
}

static int ticket_keys_index(void) {
  static int index = -1;
  if (index < 0) index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, ticket_keys_free);
  return index;
}

static bool ticket_keys_set(SSL_CTX *ctx, const unsigned char *keys) {
  unsigned char wide[80];
  unsigned char *copy = OPENSSL_memdup(keys, 48);
  memcpy(wide, keys, 16);
  bool ok = copy != NULL && EVP_Digest(keys + 16, 16, wide + 16, NULL, EVP_sha256(), NULL) == 1 &&
            EVP_Digest(keys + 32, 16, wide + 48, NULL, EVP_sha256(), NULL) == 1 &&
            SSL_CTX_set_tlsext_ticket_keys(ctx, wide, sizeof wide) == 1;
  OPENSSL_cleanse(wide, sizeof wide);
  void *before = SSL_CTX_get_ex_data(ctx, ticket_keys_index());
  if (ok && SSL_CTX_set_ex_data(ctx, ticket_keys_index(), copy) == 1) {
    OPENSSL_clear_free(before, before != NULL ? 48 : 0);
    return true;
  }
  OPENSSL_clear_free(copy, copy != NULL ? 48 : 0);
  return false;
}

/* contextTickets(context, 48 bytes or undefined) → the keys: random ones unless some were given */
static napi_value context_tickets(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  unsigned char fresh[48];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 2);
  SSL_CTX *ctx = tls_context_get(env, argv[0]);
  if (ctx == NULL) return NULL;
  bool given = js_bytes_get(env, argv[1], &bytes, &size) == napi_ok && size == sizeof fresh;
  void *keys = SSL_CTX_get_ex_data(ctx, ticket_keys_index());
  if (given)
    ticket_keys_set(ctx, bytes);
  else if (keys == NULL && RAND_bytes(fresh, sizeof fresh) == 1)
    ticket_keys_set(ctx, fresh);
  OPENSSL_cleanse(fresh, sizeof fresh);
  keys = SSL_CTX_get_ex_data(ctx, ticket_keys_index());
  return keys != NULL ? tls_bytes(env, keys, 48) : NULL;
}

static napi_value certificate_bytes(napi_env env, X509 *certificate) {
  unsigned char *der = NULL;
  int size = certificate != NULL ? i2d_X509(certificate, &der) : 0;
  napi_value value = size > 0 ? tls_bytes(env, der, (size_t)size) : make_undefined(env);
  OPENSSL_free(der);
  return value;
}

/* contextIdentity(context) → [certificate, issuer], DER; undefined where there is none */
static napi_value context_identity(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  args_get(env, info, argv, 1);
  SSL_CTX *ctx = tls_context_get(env, argv[0]);
  X509 *leaf = ctx != NULL ? SSL_CTX_get0_certificate(ctx) : NULL, *issuer = NULL;
  STACK_OF(X509) *chain = NULL;
  if (leaf != NULL) SSL_CTX_get0_chain_certs(ctx, &chain);
  for (int i = 0; chain != NULL && i < sk_X509_num(chain) && issuer == NULL; i++)
    if (X509_check_issued(sk_X509_value(chain, i), leaf) == X509_V_OK) issuer = sk_X509_value(chain, i);
  X509_STORE_CTX *search = leaf != NULL && issuer == NULL ? X509_STORE_CTX_new() : NULL;
  X509 *found = NULL;
  if (search != NULL && X509_STORE_CTX_init(search, SSL_CTX_get_cert_store(ctx), NULL, NULL) == 1)
    X509_STORE_CTX_get1_issuer(&found, search, leaf);
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, certificate_bytes(env, leaf));
  napi_set_element(env, out, 1, certificate_bytes(env, issuer != NULL ? issuer : found));
  X509_free(found);
  X509_STORE_CTX_free(search);
  ERR_clear_error();
  return out;
}

/* rootFiles() → paths of files that may hold the machine's trusted certificates, in the order of search */
static napi_value root_files(napi_env env, napi_callback_info info) {
  napi_value out;
  napi_create_array(env, &out);
  for (uint32_t i = 0; tls_roots_files[i] != NULL; i++)
    napi_set_element(env, out, i, make_string(env, tls_roots_files[i]));
  return out;
}

/* ciphers() → names in lower case, TLS 1.3's first */
static napi_value cipher_names(napi_env env, napi_callback_info info) {
  napi_value out;
  napi_create_array(env, &out);
  SSL_CTX *ctx = SSL_CTX_new(TLS_method());
  if (ctx == NULL) return out;
  SSL_CTX_set_security_level(ctx, 0);
  SSL_CTX_set_cipher_list(ctx, "ALL:!eNULL");
  STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
    napi_set_element(env, out, (uint32_t)i, make_string(env, SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i))));
  }
  SSL_CTX_free(ctx);
  ERR_clear_error();
  return out;
}

/* ---- certificates -------------------------------------------------------------------------------------------------
 */

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

/* Text that cannot be mistaken for several names of a list. */
static bool plain_text(const ASN1_STRING *text) {
  const unsigned char *at = ASN1_STRING_get0_data(text);
  for (int i = 0; i < ASN1_STRING_length(text); i++) {
    if (at[i] <= 0x20 || at[i] > 0x7e || strchr("\"\\,'", at[i]) != NULL) return false;
  }
  return true;
}

static void alternative_name_print(BIO *bio, const GENERAL_NAME *name) {
  const char *kind = name->type == GEN_DNS     ? "DNS"
                     : name->type == GEN_EMAIL ? "email"
                     : name->type == GEN_URI   ? "URI"
                                               : NULL;
  const char *between = BIO_pending(bio) > 0 ? ", " : "";
  if (kind != NULL && plain_text(name->d.ia5)) {
    BIO_printf(bio, "%s%s:%.*s", between, kind, ASN1_STRING_length(name->d.ia5), ASN1_STRING_get0_data(name->d.ia5));
  } else if (name->type == GEN_IPADD) {
    const unsigned char *ip = ASN1_STRING_get0_data(name->d.ip);
    int size = ASN1_STRING_length(name->d.ip);
    char text[64];
    if ((size == 4 && uv_inet_ntop(AF_INET, ip, text, sizeof text) == 0) ||
        (size == 16 && uv_inet_ntop(AF_INET6, ip, text, sizeof text) == 0))
      BIO_printf(bio, "%sIP Address:%s", between, text);
  }
}

static void alternative_names_put(napi_env env, napi_value out, X509 *x, BIO *bio) {
  GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
  if (names == NULL) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) alternative_name_print(bio, sk_GENERAL_NAME_value(names, i));
  put(env, out, "subjectaltname", bio_string(env, bio));
  GENERAL_NAMES_free(names);
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
  int size = i2d_PUBKEY(key, &der);
  if (size > 0) put(env, out, "pubkey", tls_bytes(env, der, (size_t)size));
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
  alternative_names_put(env, out, x, bio);
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
  if (serial != NULL) BN_print(bio, serial);
  put(env, out, "serialNumber", bio_string(env, bio));
  BN_free(serial);
  unsigned char *der = NULL;
  int size = i2d_X509(x, &der);
  if (size > 0) put(env, out, "raw", tls_bytes(env, der, (size_t)size));
  OPENSSL_free(der);
  BIO_free(bio);
  ERR_clear_error();
  return out;
}

static const js_function functions[] = {
    {"contextNew", context_new},
    {"contextSet", context_set},
    {"contextNumbers", context_numbers},
    {"contextTickets", context_tickets},
    {"contextIdentity", context_identity},
    {"ciphers", cipher_names},
    {"rootFiles", root_files},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant settings[] = {
      CONSTANT(CERT),          CONSTANT(KEY),          CONSTANT(CA),     CONSTANT(CRL),     CONSTANT(PFX),
      CONSTANT(CIPHERS),       CONSTANT(SUITES),       CONSTANT(CURVES), CONSTANT(SIGALGS), CONSTANT(SESSION_CONTEXT),
      CONSTANT(DH_PARAMETERS), CONSTANT(SYSTEM_ROOTS), {NULL, 0}};
  return export_constants(env, exports, "settings", settings);
}

const js_binding binding_tls_context = {"tls_context", functions, init};
