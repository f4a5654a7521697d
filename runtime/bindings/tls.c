/*
 * tls.c: one TLS connection over two memory BIOs. It knows no socket: JS feeds what came from the peer, takes what is
 * to be sent, and asks for handshake, read and write in between (modules/internal/tls_handle.js).
 */
#include "tls.h"

typedef struct connection {
  SSL *ssl;
  BIO *in, *out;
  unsigned char *alpn; /* server: the protocols, in the wire's form */
  size_t alpn_size;
  bool ask_certificate;   /* server: JS chooses the context by the name asked for */
  unsigned char *session; /* new, not yet taken by JS */
  size_t session_size;
} connection;

static void connection_free(void *pointer) {
  connection *c = pointer;
  SSL_free(c->ssl); /* and the BIOs */
  free(c->alpn);
  free(c->session);
  free(c);
}

static const js_type connection_type = {"TLS", connection_free};

static connection *connection_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  return js_handle_get(env, value, &connection_type, &pointer) == napi_ok ? pointer : NULL;
}

/* What is wrong with the peer's certificate is looked at after the handshake. */
static int verify_later(int ok, X509_STORE_CTX *store) { return 1; }

static int certificate_asked(SSL *ssl, void *data) {
  connection *c = data;
  return c->ask_certificate ? -1 : 1;
}

static int alpn_select(SSL *ssl, const unsigned char **out, unsigned char *size, const unsigned char *in,
                       unsigned in_size, void *data) {
  connection *c = SSL_get_app_data(ssl);
  if (c == NULL || c->alpn == NULL) return SSL_TLSEXT_ERR_NOACK;
  unsigned char *chosen = NULL;
  if (SSL_select_next_proto(&chosen, size, c->alpn, (unsigned)c->alpn_size, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

static int session_new(SSL *ssl, SSL_SESSION *session) {
  connection *c = SSL_get_app_data(ssl);
  int size = i2d_SSL_SESSION(session, NULL);
  unsigned char *bytes = c != NULL && size > 0 ? malloc((size_t)size) : NULL;
  if (bytes == NULL) return 0;
  free(c->session);
  c->session = bytes;
  c->session_size = (size_t)i2d_SSL_SESSION(session, &bytes);
  return 0;
}

/* create(context, server, verify: 0 no, 1 ask for the peer's certificate, 2 insist, ask for SNI) → handle */
static napi_value connection_create(napi_env env, napi_callback_info info) {
  napi_value argv[4], value = NULL;
  args_get(env, info, argv, 4);
  SSL_CTX *ctx = tls_context_get(env, argv[0]);
  connection *c = ctx != NULL ? calloc(1, sizeof *c) : NULL;
  if (c == NULL) return NULL;
  SSL_CTX_set_alpn_select_cb(ctx, alpn_select, NULL);
  SSL_CTX_sess_set_new_cb(ctx, session_new);
  c->ssl = SSL_new(ctx);
  c->in = BIO_new(BIO_s_mem());
  c->out = BIO_new(BIO_s_mem());
  if (c->ssl == NULL || c->in == NULL || c->out == NULL) {
    BIO_free(c->in);
    BIO_free(c->out);
    connection_free(c);
    return tls_error(env);
  }
  BIO_set_mem_eof_return(c->in, -1);
  SSL_set_bio(c->ssl, c->in, c->out);
  SSL_set_app_data(c->ssl, c);
  int verify = arg_int32(env, argv[2]);
  bool server = arg_bool(env, argv[1]);
  SSL_set_verify(c->ssl,
                 verify == 0   ? SSL_VERIFY_NONE
                 : verify == 1 ? SSL_VERIFY_PEER
                               : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                 verify_later);
  c->ask_certificate = server && arg_bool(env, argv[3]);
  if (server) {
    SSL_set_cert_cb(c->ssl, certificate_asked, c);
    SSL_set_accept_state(c->ssl);
  } else {
    SSL_set_connect_state(c->ssl);
  }
  if (js_handle_create(env, &connection_type, c, &value) != napi_ok) connection_free(c);
  return value;
}

enum { SET_ALPN /* protocols as on the wire */, SET_SERVER_NAME, SET_SESSION };
enum { OUTCOME_CLOSED = -1, OUTCOME_WANTS_MORE = 0, OUTCOME_DONE = 1, OUTCOME_WANTS_CERTIFICATE = 2 };

/* set(handle, what, bytes) → whether it was taken */
static napi_value connection_set(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 3);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL || js_bytes_get(env, argv[2], &bytes, &size) != napi_ok) return make_bool(env, false);
  bool ok = false;
  int what = arg_int32(env, argv[1]);
  if (what == SET_ALPN) {
    free(c->alpn);
    c->alpn = malloc(size + 1);
    c->alpn_size = size;
    if (c->alpn != NULL && size > 0) memcpy(c->alpn, bytes, size);
    ok = c->alpn != NULL && SSL_set_alpn_protos(c->ssl, bytes, (unsigned)size) == 0;
  } else if (what == SET_SERVER_NAME) {
    char name[256] = "";
    if (size < sizeof name) memcpy(name, bytes, size);
    ok = name[0] != 0 && SSL_set_tlsext_host_name(c->ssl, name) == 1;
  } else if (what == SET_SESSION) {
    const unsigned char *at = bytes;
    SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, (long)size);
    ok = session != NULL && SSL_set_session(c->ssl, session) == 1;
    SSL_SESSION_free(session);
  }
  ERR_clear_error();
  return make_bool(env, ok);
}

/* setContext(handle, context or undefined): the answer to a handshake that asked for a certificate */
static napi_value connection_set_context(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  SSL_CTX *ctx = tls_context_get(env, argv[1]);
  if (c == NULL) return NULL;
  c->ask_certificate = false;
  if (ctx == NULL) return NULL;
  SSL_CTX_set_alpn_select_cb(ctx, alpn_select, NULL);
  SSL_CTX_sess_set_new_cb(ctx, session_new);
  SSL_set_SSL_CTX(c->ssl, ctx);
  return NULL;
}

static napi_value connection_feed(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c != NULL && js_bytes_get(env, argv[1], &bytes, &size) == napi_ok && size > 0) BIO_write(c->in, bytes, (int)size);
  return NULL;
}

/* What SSL_get_error says of `result`: an outcome (CLOSED: by the peer), or an error array. */
static napi_value outcome(napi_env env, connection *c, int result) {
  switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return make_int32(env, OUTCOME_WANTS_MORE);
    case SSL_ERROR_WANT_X509_LOOKUP:
      return make_int32(env, OUTCOME_WANTS_CERTIFICATE);
    case SSL_ERROR_ZERO_RETURN:
      return make_int32(env, OUTCOME_CLOSED);
    default:
      return tls_error(env);
  }
}

/* handshake(handle) → as `outcome` */
static napi_value connection_handshake(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  ERR_clear_error();
  int result = SSL_do_handshake(c->ssl);
  return result == 1 ? make_int32(env, OUTCOME_DONE) : outcome(env, c, result);
}

/* read(handle) → a Buffer, or as `outcome` */
static napi_value connection_read(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  static _Thread_local unsigned char buffer[65536];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  size_t have = 0;
  int result = 1;
  ERR_clear_error();
  while (have < sizeof buffer && (result = SSL_read(c->ssl, buffer + have, (int)(sizeof buffer - have))) > 0)
    have += (size_t)result;
  /* An error after data comes again with the next read. */
  return have > 0 ? tls_bytes(env, buffer, have) : outcome(env, c, result);
}

/* write(handle, bytes) → bytes taken (all), or as `outcome` */
static napi_value connection_write(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL || js_bytes_get(env, argv[1], &bytes, &size) != napi_ok) return NULL;
  if (size == 0) return make_int32(env, 1);
  ERR_clear_error();
  size_t written = 0;
  return SSL_write_ex(c->ssl, bytes, size, &written) == 1 ? make_double(env, (double)written) : outcome(env, c, 0);
}

/* output(handle) → a Buffer with what is to be sent, or undefined */
static napi_value connection_output(napi_env env, napi_callback_info info) {
  napi_value argv[1], value = NULL;
  void *data = NULL;
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  size_t size = c != NULL ? BIO_ctrl_pending(c->out) : 0;
  if (size == 0 || js_buffer_create(env, size, &data, &value) != napi_ok) return NULL;
  BIO_read(c->out, data, (int)size);
  return value;
}

static napi_value connection_shutdown(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c != NULL && SSL_is_init_finished(c->ssl)) SSL_shutdown(c->ssl);
  ERR_clear_error();
  return NULL;
}

static napi_value connection_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  js_handle_clear(env, argv[0]);
  connection_free(c);
  return NULL;
}

/* ---- facts --------------------------------------------------------------------------------------------------------
 */

static const char *verify_code(long error) {
  switch (error) {
#define CODE(name)        \
  case X509_V_ERR_##name: \
    return #name;
    CODE(UNABLE_TO_GET_ISSUER_CERT)
    CODE(UNABLE_TO_GET_CRL)
    CODE(UNABLE_TO_DECRYPT_CERT_SIGNATURE)
    CODE(UNABLE_TO_DECRYPT_CRL_SIGNATURE)
    CODE(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY)
    CODE(CERT_SIGNATURE_FAILURE)
    CODE(CRL_SIGNATURE_FAILURE)
    CODE(CERT_NOT_YET_VALID)
    CODE(CERT_HAS_EXPIRED)
    CODE(CRL_NOT_YET_VALID)
    CODE(CRL_HAS_EXPIRED)
    CODE(ERROR_IN_CERT_NOT_BEFORE_FIELD)
    CODE(ERROR_IN_CERT_NOT_AFTER_FIELD)
    CODE(OUT_OF_MEM)
    CODE(DEPTH_ZERO_SELF_SIGNED_CERT)
    CODE(SELF_SIGNED_CERT_IN_CHAIN)
    CODE(UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
    CODE(UNABLE_TO_VERIFY_LEAF_SIGNATURE)
    CODE(CERT_CHAIN_TOO_LONG)
    CODE(CERT_REVOKED)
    CODE(INVALID_CA)
    CODE(PATH_LENGTH_EXCEEDED)
    CODE(INVALID_PURPOSE)
    CODE(CERT_UNTRUSTED)
    CODE(CERT_REJECTED)
    CODE(HOSTNAME_MISMATCH)
#undef CODE
    default:
      return "UNSPECIFIED";
  }
}

/* verifyError(handle) → undefined, or [message, code]; a peer without a certificate is not verified either */
static napi_value connection_verify_error(napi_env env, napi_callback_info info) {
  napi_value argv[1], out;
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  long error = SSL_get0_peer_certificate(c->ssl) != NULL || SSL_session_reused(c->ssl) ? SSL_get_verify_result(c->ssl)
                                                                                       : X509_V_ERR_UNSPECIFIED;
  if (error == X509_V_OK) return NULL;
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_string(env, X509_verify_cert_error_string(error)));
  napi_set_element(env, out, 1, make_string(env, verify_code(error)));
  return out;
}

/* facts(handle) → [protocol, cipher, cipher's standard name, cipher's version, ALPN, server name, session reused] */
static napi_value connection_facts(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, alpn = NULL;
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl);
  const char *name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);
  const unsigned char *protocol = NULL;
  unsigned size = 0;
  SSL_get0_alpn_selected(c->ssl, &protocol, &size);
  napi_create_array(env, &out);
  napi_set_element(env, out, 0, make_string(env, SSL_get_version(c->ssl)));
  if (cipher != NULL) {
    napi_set_element(env, out, 1, make_string(env, SSL_CIPHER_get_name(cipher)));
    napi_set_element(env, out, 2, make_string(env, SSL_CIPHER_standard_name(cipher)));
    napi_set_element(env, out, 3, make_string(env, SSL_CIPHER_get_version(cipher)));
  }
  if (size > 0 && js_string_latin1(env, (const char *)protocol, size, &alpn) == napi_ok)
    napi_set_element(env, out, 4, alpn);
  if (name != NULL) napi_set_element(env, out, 5, make_string(env, name));
  napi_set_element(env, out, 6, make_bool(env, SSL_session_reused(c->ssl) == 1));
  return out;
}

/* certificates(handle, own) → the peer's (or own) certificate and those above it, as objects */
static napi_value connection_certificates(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  napi_create_array(env, &out);
  if (c == NULL) return out;
  bool own = arg_bool(env, argv[1]);
  uint32_t at = 0;
  X509 *leaf = own ? SSL_get_certificate(c->ssl) : SSL_get0_peer_certificate(c->ssl);
  if (leaf == NULL) return out;
  napi_set_element(env, out, at++, tls_certificate_object(env, leaf));
  STACK_OF(X509) *chain = own ? NULL : SSL_get0_verified_chain(c->ssl);
  if (chain == NULL && !own) chain = SSL_get_peer_cert_chain(c->ssl);
  for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++) {
    X509 *next = sk_X509_value(chain, i);
    if (X509_cmp(next, leaf) != 0) napi_set_element(env, out, at++, tls_certificate_object(env, next));
  }
  return out;
}

/* session(handle, fresh) → the session's bytes; fresh: only one that came since the last call */
static napi_value connection_session(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  if (arg_bool(env, argv[1])) {
    if (c->session == NULL) return NULL;
    napi_value value = tls_bytes(env, c->session, c->session_size);
    free(c->session);
    c->session = NULL;
    return value;
  }
  SSL_SESSION *session = SSL_get_session(c->ssl);
  unsigned char *bytes = NULL;
  int size = session != NULL ? i2d_SSL_SESSION(session, &bytes) : 0;
  napi_value value = size > 0 ? tls_bytes(env, bytes, (size_t)size) : NULL;
  OPENSSL_free(bytes);
  return value;
}

/* finished(handle, peer's) → the last Finished message */
static napi_value connection_finished(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  unsigned char bytes[EVP_MAX_MD_SIZE * 2];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  size_t size = arg_bool(env, argv[1]) ? SSL_get_peer_finished(c->ssl, bytes, sizeof bytes)
                                       : SSL_get_finished(c->ssl, bytes, sizeof bytes);
  return size > 0 && size <= sizeof bytes ? tls_bytes(env, bytes, size) : NULL;
}

/* exportKey(handle, length, label, context or undefined) → bytes, or an error array */
static napi_value connection_export(napi_env env, napi_callback_info info) {
  napi_value argv[4], value = NULL;
  void *context = NULL, *data = NULL;
  size_t context_size = 0, label_size = 0, size;
  args_get(env, info, argv, 4);
  connection *c = connection_get(env, argv[0]);
  size = arg_uint32(env, argv[1]);
  if (c == NULL || js_buffer_create(env, size, &data, &value) != napi_ok) return NULL;
  char *label = arg_utf8(env, argv[2], &label_size);
  bool with = js_bytes_get(env, argv[3], &context, &context_size) == napi_ok;
  ERR_clear_error();
  int ok = label == NULL
               ? 0
               : SSL_export_keying_material(c->ssl, data, size, label, label_size, context, context_size, with);
  free(label);
  return ok == 1 ? value : tls_error(env);
}

static const js_function functions[] = {
    {"create", connection_create},
    {"set", connection_set},
    {"setContext", connection_set_context},
    {"feed", connection_feed},
    {"handshake", connection_handshake},
    {"read", connection_read},
    {"write", connection_write},
    {"output", connection_output},
    {"shutdown", connection_shutdown},
    {"close", connection_close},
    {"verifyError", connection_verify_error},
    {"facts", connection_facts},
    {"certificates", connection_certificates},
    {"session", connection_session},
    {"finished", connection_finished},
    {"exportKey", connection_export},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant options[] = {
      {"ALPN", SET_ALPN}, {"SERVER_NAME", SET_SERVER_NAME}, {"SESSION", SET_SESSION}, {NULL, 0}};
  static const constant outcomes[] = {
      {"DONE", OUTCOME_DONE}, {"WANTS_CERTIFICATE", OUTCOME_WANTS_CERTIFICATE}, {"CLOSED", OUTCOME_CLOSED}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "options", options);
  return status == napi_ok ? export_constants(env, exports, "outcomes", outcomes) : status;
}

const js_binding binding_tls = {"tls", functions, init};
