/*
 * tls_context.c: SSL contexts: certificates, keys, trust, protocol versions, ciphers.
 */
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

/* A passphrase for PEM_read_*; without one an empty one: nobody is asked on the terminal. */
static int give_passphrase(char *buffer, int capacity, int writing, void *data) {
  size_t size = data != NULL ? strlen(data) : 0;
  if (size > (size_t)capacity) return -1;
  if (size > 0) memcpy(buffer, data, size);
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
  SYSTEM_ROOTS,
  PARTIAL_CHAIN
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
      case PARTIAL_CHAIN:
        ok = X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx), X509_V_FLAG_PARTIAL_CHAIN) == 1;
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
  SSL_CTX_set_ciphersuites(ctx,
                           "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
                           "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256");
  STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
    napi_set_element(env, out, (uint32_t)i, make_string(env, SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i))));
  }
  SSL_CTX_free(ctx);
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
  static const constant settings[] = {CONSTANT(CERT),
                                      CONSTANT(KEY),
                                      CONSTANT(CA),
                                      CONSTANT(CRL),
                                      CONSTANT(PFX),
                                      CONSTANT(CIPHERS),
                                      CONSTANT(SUITES),
                                      CONSTANT(CURVES),
                                      CONSTANT(SIGALGS),
                                      CONSTANT(SESSION_CONTEXT),
                                      CONSTANT(DH_PARAMETERS),
                                      CONSTANT(SYSTEM_ROOTS),
                                      CONSTANT(PARTIAL_CHAIN),
                                      {NULL, 0}};
  return export_constants(env, exports, "settings", settings);
}

const js_binding binding_tls_context = {"tls_context", functions, init};
