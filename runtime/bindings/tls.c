/*
 * tls.c: TLS sessions of OpenSSL over memory: JS moves the encrypted bytes between a session and its socket
 * (modules/internal/tls_handle.js). A server whose certificate depends on the name asked for stops its handshake at the
 * certificate callback until JS has chosen a context.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "util.h"

static void context_finalize(void *pointer) { SSL_CTX_free(pointer); }
static const js_type context_type = {"SecureContext", context_finalize};

typedef struct session {
  SSL *ssl;
  BIO *in, *out; /* owned by ssl */
  unsigned char alpn[256];
  unsigned alpn_size;
  bool ask_name, name_answered;
} session;

static void session_finalize(void *pointer) {
  session *s = pointer;
  SSL_free(s->ssl);
  free(s);
}
static const js_type session_type = {"TLSSession", session_finalize};

static napi_value failure(napi_env env) {
  char text[256];
  unsigned long error = ERR_get_error();
  ERR_error_string_n(error, text, sizeof text);
  ERR_clear_error();
  return make_string(env, error != 0 ? text : "error:unknown");
}

static napi_value property(napi_env env, napi_value object, const char *name) {
  napi_value value = NULL;
  napi_get_named_property(env, object, name, &value);
  return value;
}

static BIO *bio_of(napi_env env, napi_value value) {
  void *data;
  size_t size;
  return js_bytes_get(env, value, &data, &size) == napi_ok ? BIO_new_mem_buf(data, (int)size) : NULL;
}

/* ---- contexts ----------------------------------------------------------------------------------------------------- */

static int give_passphrase(char *buffer, int capacity, int writing, void *data) {
  const char *text = data;
  int size = text != NULL ? (int)strlen(text) : -1;
  if (size < 0 || size > capacity) return -1;
  memcpy(buffer, text, (size_t)size);
  return size;
}

static bool use_certificate(SSL_CTX *ctx, BIO *bio) {
  X509 *leaf = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
  bool ok = leaf != NULL && SSL_CTX_use_certificate(ctx, leaf) == 1;
  X509_free(leaf);
  for (X509 *next; ok && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL;) {
    if (SSL_CTX_add0_chain_cert(ctx, next) != 1) {
      X509_free(next);
      ok = false;
    }
  }
  if (ok) ERR_clear_error(); /* the end of the file is an error to PEM_read_bio */
  return ok;
}

static bool use_key(SSL_CTX *ctx, BIO *bio, char *passphrase) {
  EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, passphrase);
  bool ok = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1;
  EVP_PKEY_free(key);
  return ok;
}

static bool add_ca(SSL_CTX *ctx, BIO *bio) {
  X509_STORE *store = SSL_CTX_get_cert_store(ctx);
  for (X509 *certificate; (certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)) != NULL;) {
    X509_STORE_add_cert(store, certificate);
    SSL_CTX_add_client_CA(ctx, certificate);
    X509_free(certificate);
  }
  ERR_clear_error();
  return true;
}

static bool use_pfx(SSL_CTX *ctx, BIO *bio, const char *passphrase) {
  PKCS12 *pfx = d2i_PKCS12_bio(bio, NULL);
  EVP_PKEY *key = NULL;
  X509 *certificate = NULL;
  STACK_OF(X509) *chain = NULL;
  bool ok = pfx != NULL && PKCS12_parse(pfx, passphrase, &key, &certificate, &chain) == 1 &&
            SSL_CTX_use_certificate(ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
  for (int i = 0; ok && i < sk_X509_num(chain); i++) SSL_CTX_add1_chain_cert(ctx, sk_X509_value(chain, i));
  PKCS12_free(pfx);
  EVP_PKEY_free(key);
  X509_free(certificate);
  sk_X509_pop_free(chain, X509_free);
  return ok;
}

/* Calls use(ctx, bio) for each element of options[name], an array of bytes. */
static bool for_each(napi_env env, napi_value options, const char *name, SSL_CTX *ctx, char *passphrase, int what) {
  napi_value list = property(env, options, name), item;
  uint32_t count = 0;
  if (napi_get_array_length(env, list, &count) != napi_ok) return true;
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, list, i, &item);
    BIO *bio = bio_of(env, item);
    if (bio == NULL) return false;
    bool ok = what == 0   ? use_certificate(ctx, bio)
              : what == 1 ? use_key(ctx, bio, passphrase)
              : what == 2 ? add_ca(ctx, bio)
                          : use_pfx(ctx, bio, passphrase);
    BIO_free(bio);
    if (!ok) return false;
  }
  return true;
}

static int on_certificate(SSL *ssl, void *data) {
  session *s = SSL_get_app_data(ssl);
  return s == NULL || !s->ask_name || s->name_answered ? 1 : -1; /* -1: come back when JS has answered */
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in, unsigned in_size,
                   void *data) {
  session *s = SSL_get_app_data(ssl);
  if (s == NULL || s->alpn_size == 0) return SSL_TLSEXT_ERR_NOACK;
  int result = SSL_select_next_proto((unsigned char **)out, out_size, s->alpn, s->alpn_size, in, in_size);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_text(napi_env env, napi_value options, const char *name, SSL_CTX *ctx, int (*set)(SSL_CTX *, const char *)) {
  napi_value value = property(env, options, name);
  if (!arg_is(env, value, napi_string)) return true;
  char *text = arg_utf8(env, value, NULL);
  bool ok = text != NULL && (*text == 0 || set(ctx, text) == 1);
  free(text);
  return ok;
}

static int set_groups(SSL_CTX *ctx, const char *groups) { return SSL_CTX_set1_groups_list(ctx, groups); }

/* context({ cert: [], key: [], ca: [] | undefined, pfx: [], passphrase, ciphers, suites, curve, minVersion, maxVersion,
 *           sessionIdContext }) → handle, or the reason as a string */
static napi_value tls_context(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  args_get(env, info, argv, 1);
  napi_value options = argv[0];
  ERR_clear_error();
  SSL_CTX *ctx = SSL_CTX_new(TLS_method());
  if (ctx == NULL) return failure(env);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
                            SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"jsd", 3);
  SSL_CTX_set_cert_cb(ctx, on_certificate, NULL);
  SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
  char *passphrase = NULL;
  napi_value secret = property(env, options, "passphrase");
  if (arg_is(env, secret, napi_string)) passphrase = arg_utf8(env, secret, NULL);
  bool ok = for_each(env, options, "cert", ctx, passphrase, 0) && for_each(env, options, "key", ctx, passphrase, 1) &&
            for_each(env, options, "pfx", ctx, passphrase, 3);
  bool own_ca = false;
  napi_is_array(env, property(env, options, "ca"), &own_ca);
  if (own_ca) ok = ok && for_each(env, options, "ca", ctx, passphrase, 2);
  else SSL_CTX_set_default_verify_paths(ctx);
  ok = ok && set_text(env, options, "ciphers", ctx, SSL_CTX_set_cipher_list) &&
       set_text(env, options, "suites", ctx, SSL_CTX_set_ciphersuites) && set_text(env, options, "curve", ctx, set_groups);
  SSL_CTX_set_min_proto_version(ctx, arg_int32(env, property(env, options, "minVersion")));
  SSL_CTX_set_max_proto_version(ctx, arg_int32(env, property(env, options, "maxVersion")));
  free(passphrase);
  if (!ok || js_handle_create(env, &context_type, ctx, &value) != napi_ok) {
    value = failure(env);
    SSL_CTX_free(ctx);
  }
  return value;
}

/* ---- sessions ----------------------------------------------------------------------------------------------------- */

static session *session_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &session_type, &pointer) == napi_ok ? pointer : NULL;
}

static int accept_any(int ok, X509_STORE_CTX *store) { return 1; } /* JS decides on the result (rejectUnauthorized) */

/* session(context, server, servername or undefined, alpn bytes or undefined, requestCert, askName) → handle */
static napi_value tls_session(napi_env env, napi_callback_info info) {
  napi_value argv[6], value = NULL;
  void *ctx, *alpn;
  size_t size;
  args_get(env, info, argv, 6);
  if (js_handle_get(env, argv[0], &context_type, &ctx) != napi_ok) return NULL;
  session *s = calloc(1, sizeof *s);
  if (s == NULL || (s->ssl = SSL_new(ctx)) == NULL) {
    free(s);
    return NULL;
  }
  s->in = BIO_new(BIO_s_mem());
  s->out = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(s->in, -1);
  SSL_set_bio(s->ssl, s->in, s->out);
  SSL_set_app_data(s->ssl, s);
  bool server = arg_bool(env, argv[1]);
  if (js_bytes_get(env, argv[3], &alpn, &size) == napi_ok && size < sizeof s->alpn) {
    memcpy(s->alpn, alpn, size);
    s->alpn_size = (unsigned)size;
    if (!server) SSL_set_alpn_protos(s->ssl, s->alpn, s->alpn_size);
  }
  s->ask_name = arg_bool(env, argv[5]);
  if (server) {
    SSL_set_accept_state(s->ssl);
    SSL_set_verify(s->ssl, arg_bool(env, argv[4]) ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, accept_any);
  } else {
    SSL_set_connect_state(s->ssl);
    SSL_set_verify(s->ssl, SSL_VERIFY_PEER, accept_any);
    if (arg_is(env, argv[2], napi_string)) {
      char *name = arg_utf8(env, argv[2], NULL);
      if (name != NULL) SSL_set_tlsext_host_name(s->ssl, name);
      free(name);
    }
  }
  if (js_handle_create(env, &session_type, s, &value) != napi_ok) session_finalize(s);
  return value;
}

/* setContext(session, context or undefined): JS's answer to the name that was asked for */
static napi_value tls_set_context(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *ctx;
  args_get(env, info, argv, 2);
  session *s = session_get(env, argv[0]);
  if (s == NULL) return NULL;
  s->name_answered = true;
  if (js_handle_get(env, argv[1], &context_type, &ctx) == napi_ok) SSL_set_SSL_CTX(s->ssl, ctx);
  return NULL;
}

/* feed(session, view): encrypted bytes from the socket */
static napi_value tls_feed(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t size;
  args_get(env, info, argv, 2);
  session *s = session_get(env, argv[0]);
  if (s != NULL && js_bytes_get(env, argv[1], &data, &size) == napi_ok) BIO_write(s->in, data, (int)size);
  return NULL;
}

/* drain(session) → encrypted bytes for the socket, or undefined */
static napi_value tls_drain(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  void *data;
  args_get(env, info, argv, 1);
  session *s = session_get(env, argv[0]);
  size_t size = s != NULL ? BIO_ctrl_pending(s->out) : 0;
  if (size == 0 || js_buffer_create(env, size, &data, &out) != napi_ok) return NULL;
  BIO_read(s->out, data, (int)size);
  return out;
}

enum { WANT = 0, DONE = 1, NAME = 2, ENDED = 3 };

/* 0 more bytes are needed, 1 done, 2 a context must be chosen, 3 the peer closed; a string is the reason of a failure */
static napi_value result_of(napi_env env, session *s, int result) {
  if (result > 0) return make_int32(env, DONE);
  switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return make_int32(env, WANT);
    case SSL_ERROR_WANT_X509_LOOKUP: return make_int32(env, NAME);
    case SSL_ERROR_ZERO_RETURN: return make_int32(env, ENDED);
    default: return failure(env);
  }
}

static napi_value tls_handshake(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  session *s = session_get(env, argv[0]);
  if (s == NULL) return NULL;
  ERR_clear_error();
  return result_of(env, s, SSL_do_handshake(s->ssl));
}

/* read(session) → a Buffer of decrypted bytes, or as handshake */
static napi_value tls_read(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  char buffer[16384];
  void *data;
  args_get(env, info, argv, 1);
  session *s = session_get(env, argv[0]);
  if (s == NULL) return NULL;
  ERR_clear_error();
  int n = SSL_read(s->ssl, buffer, sizeof buffer);
  if (n <= 0) return result_of(env, s, n);
  if (js_buffer_create(env, (size_t)n, &data, &out) == napi_ok) memcpy(data, buffer, (size_t)n);
  return out;
}

/* write(session, view) → as handshake; memory takes all of it */
static napi_value tls_write(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *data;
  size_t size;
  args_get(env, info, argv, 2);
  session *s = session_get(env, argv[0]);
  if (s == NULL || js_bytes_get(env, argv[1], &data, &size) != napi_ok) return NULL;
  ERR_clear_error();
  int n = 1;
  for (size_t done = 0; done < size && n > 0; done += n > 0 ? (size_t)n : 0)
    n = SSL_write(s->ssl, (char *)data + done, (int)(size - done));
  return result_of(env, s, n);
}

static napi_value tls_shutdown(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  session *s = session_get(env, argv[0]);
  if (s != NULL && SSL_is_init_finished(s->ssl)) SSL_shutdown(s->ssl);
  ERR_clear_error();
  return NULL;
}

/* ---- facts -------------------------------------------------------------------------------------------------------- */

/* { protocol, cipher, standardCipher, cipherVersion, alpn, servername, reused, verify: [code, text] } */
static napi_value tls_info(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, verify;
  args_get(env, info, argv, 1);
  session *s = session_get(env, argv[0]);
  if (s == NULL) return NULL;
  napi_create_object(env, &out);
  napi_set_named_property(env, out, "protocol", make_string(env, SSL_get_version(s->ssl)));
  const SSL_CIPHER *cipher = SSL_get_current_cipher(s->ssl);
  if (cipher != NULL) {
    napi_set_named_property(env, out, "cipher", make_string(env, SSL_CIPHER_get_name(cipher)));
    napi_set_named_property(env, out, "standardCipher", make_string(env, SSL_CIPHER_standard_name(cipher)));
    napi_set_named_property(env, out, "cipherVersion", make_string(env, SSL_CIPHER_get_version(cipher)));
  }
  const unsigned char *alpn;
  unsigned size;
  SSL_get0_alpn_selected(s->ssl, &alpn, &size);
  if (size > 0) {
    napi_value text;
    js_string_latin1(env, (const char *)alpn, size, &text);
    napi_set_named_property(env, out, "alpn", text);
  }
  const char *name = SSL_get_servername(s->ssl, TLSEXT_NAMETYPE_host_name);
  if (name != NULL) napi_set_named_property(env, out, "servername", make_string(env, name));
  napi_set_named_property(env, out, "reused", make_bool(env, SSL_session_reused(s->ssl) == 1));
  long code = SSL_get_verify_result(s->ssl);
  X509 *peer = SSL_get0_peer_certificate(s->ssl);
  napi_set_named_property(env, out, "hasPeer", make_bool(env, peer != NULL));
  napi_create_array(env, &verify);
  napi_set_element(env, verify, 0, make_int32(env, (int32_t)code));
  napi_set_element(env, verify, 1, make_string(env, X509_verify_cert_error_string(code)));
  napi_set_named_property(env, out, "verify", verify);
  return out;
}

static napi_value bio_text(napi_env env, BIO *bio) {
  char *data;
  long size = BIO_get_mem_data(bio, &data);
  napi_value out = NULL;
  js_string_utf8(env, data, (size_t)size, &out);
  BIO_free(bio);
  return out;
}

/* "CN=name\nO=..." */
static napi_value name_text(napi_env env, const X509_NAME *name) {
  BIO *bio = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(bio, name, 0, (XN_FLAG_MULTILINE & ~XN_FLAG_FN_MASK & ~ASN1_STRFLGS_ESC_MSB & ~XN_FLAG_SPC_EQ) | XN_FLAG_FN_SN);
  return bio_text(env, bio);
}

static napi_value time_text(napi_env env, const ASN1_TIME *time) {
  BIO *bio = BIO_new(BIO_s_mem());
  ASN1_TIME_print(bio, time);
  return bio_text(env, bio);
}

static napi_value names_text(napi_env env, X509 *certificate) {
  int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  if (at < 0) return make_undefined(env);
  GENERAL_NAMES *names = X509V3_EXT_d2i(X509_get_ext(certificate, at));
  BIO *bio = BIO_new(BIO_s_mem());
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    if (i > 0) BIO_write(bio, ", ", 2);
    GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_IPADD) {
      char text[INET6_ADDRSTRLEN];
      bool six = name->d.iPAddress->length == 16;
      uv_inet_ntop(six ? AF_INET6 : AF_INET, name->d.iPAddress->data, text, sizeof text);
      BIO_printf(bio, "IP Address:%s", text);
    } else {
      GENERAL_NAME_print(bio, name);
    }
  }
  GENERAL_NAMES_free(names);
  return bio_text(env, bio);
}

/* peer(session) → { subject, issuer, subjectaltname, valid_from, valid_to, serialNumber, raw }, or undefined */
static napi_value tls_peer(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, raw;
  args_get(env, info, argv, 1);
  session *s = session_get(env, argv[0]);
  X509 *peer = s != NULL ? SSL_get0_peer_certificate(s->ssl) : NULL;
  if (peer == NULL) return NULL;
  napi_create_object(env, &out);
  napi_set_named_property(env, out, "subject", name_text(env, X509_get_subject_name(peer)));
  napi_set_named_property(env, out, "issuer", name_text(env, X509_get_issuer_name(peer)));
  napi_set_named_property(env, out, "subjectaltname", names_text(env, peer));
  napi_set_named_property(env, out, "valid_from", time_text(env, X509_get0_notBefore(peer)));
  napi_set_named_property(env, out, "valid_to", time_text(env, X509_get0_notAfter(peer)));
  BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(peer), NULL);
  char *hex = serial != NULL ? BN_bn2hex(serial) : NULL;
  if (hex != NULL) napi_set_named_property(env, out, "serialNumber", make_string(env, hex));
  OPENSSL_free(hex);
  BN_free(serial);
  unsigned char *der = NULL;
  int size = i2d_X509(peer, &der);
  void *data;
  if (size > 0 && js_buffer_create(env, (size_t)size, &data, &raw) == napi_ok) {
    memcpy(data, der, (size_t)size);
    napi_set_named_property(env, out, "raw", raw);
  }
  OPENSSL_free(der);
  return out;
}

static napi_value tls_ciphers(napi_env env, napi_callback_info info) {
  napi_value out;
  SSL_CTX *ctx = SSL_CTX_new(TLS_method());
  napi_create_array(env, &out);
  STACK_OF(SSL_CIPHER) *list = ctx != NULL ? SSL_CTX_get_ciphers(ctx) : NULL;
  for (int i = 0; i < sk_SSL_CIPHER_num(list); i++)
    napi_set_element(env, out, (uint32_t)i, make_string(env, SSL_CIPHER_get_name(sk_SSL_CIPHER_value(list, i))));
  SSL_CTX_free(ctx);
  return out;
}

static const js_function functions[] = {
    {"context", tls_context},     {"session", tls_session}, {"setContext", tls_set_context}, {"feed", tls_feed},
    {"drain", tls_drain},         {"handshake", tls_handshake}, {"read", tls_read},          {"write", tls_write},
    {"shutdown", tls_shutdown},   {"info", tls_info},       {"peer", tls_peer},              {"ciphers", tls_ciphers},
    {NULL, NULL},
};

const js_binding binding_tls = {"tls", functions, NULL};
