/*
 * tls.c: one TLS connection over two memory BIOs. It knows no socket: JS feeds what came from the peer, takes what is
 * to be sent, and asks for handshake, read and write in between (modules/internal/tls_handle.js).
 */
#include "../tls_hooks.h"
#include "tls_facts.h"

typedef struct connection {
  tls_owner owner; /* first */
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
                       unsigned in_size) {
  const connection *c = tls_owner_of(ssl);
  return tls_alpn_choose(c->alpn, c->alpn_size, out, size, in, in_size);
}

static void session_new(SSL *ssl, SSL_SESSION *session) {
  connection *c = tls_owner_of(ssl);
  int size = i2d_SSL_SESSION(session, NULL);
  unsigned char *bytes = size > 0 ? malloc((size_t)size) : NULL;
  if (bytes == NULL) return;
  free(c->session);
  c->session = bytes;
  c->session_size = (size_t)i2d_SSL_SESSION(session, &bytes);
}

static const tls_hooks hooks = {.alpn = alpn_select, .new_session = session_new};

/* create(context, server, verify: 0 no, 1 ask for the peer's certificate, 2 insist, ask for SNI) → handle */
static napi_value connection_create(napi_env env, napi_callback_info info) {
  napi_value argv[4], value = NULL;
  args_get(env, info, argv, 4);
  SSL_CTX *ctx = tls_context_get(env, argv[0]);
  connection *c = ctx != NULL ? calloc(1, sizeof *c) : NULL;
  if (c == NULL) return NULL;
  tls_hooks_install(ctx);
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
  c->owner.hooks = &hooks;
  tls_owner_set(c->ssl, &c->owner);
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
  tls_hooks_install(ctx);
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

/* ---- facts: tls_facts.h ------------------------------------------------------------------------------------------ */

static napi_value connection_verify_error(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_verify_error(env, c->ssl) : NULL;
}

static napi_value connection_facts(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_facts(env, c->ssl) : NULL;
}

/* certificates(handle, own) */
static napi_value connection_certificates(napi_env env, napi_callback_info info) {
  napi_value argv[2], none = NULL;
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c != NULL) return tls_certificates(env, c->ssl, arg_bool(env, argv[1]));
  napi_create_array(env, &none);
  return none;
}

/* session(handle, fresh) → the session's bytes; fresh: only one that came since the last call */
static napi_value connection_session(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  if (!arg_bool(env, argv[1])) return tls_session_bytes(env, SSL_get_session(c->ssl));
  if (c->session == NULL) return NULL;
  napi_value value = tls_bytes(env, c->session, c->session_size);
  free(c->session);
  c->session = NULL;
  return value;
}

/* finished(handle, peer's) */
static napi_value connection_finished(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_finished(env, c->ssl, arg_bool(env, argv[1])) : NULL;
}

/* exportKey(handle, length, label, context or undefined) */
static napi_value connection_export(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_export_key(env, c->ssl, argv[1], argv[2], argv[3]) : NULL;
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
