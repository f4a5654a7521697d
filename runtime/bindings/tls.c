/*
 * tls.c: one TLS connection over two memory BIOs. It knows no socket: JS feeds what came from the peer, takes what is
 * to be sent, and asks for handshake, read and write in between (modules/internal/tls_handle.js).
 */
#include "tls_connection.h"
#include "tls_facts.h"

static void connection_free(void *pointer) {
  connection *c = pointer;
  SSL_free(c->ssl); /* and the BIOs */
  SSL_SESSION_free(c->found);
  for (unsigned i = 0; i < c->session_count; i++) free(c->sessions[i].bytes);
  OPENSSL_clear_free(c->keylog, c->keylog_size);
  free(c->ocsp);
  free(c->alpn);
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

/* OpenSSL may not lose the connection under its feet: closing waits for leave(). */
static void enter(connection *c, napi_env env, napi_value function) {
  ERR_clear_error();
  c->env = env;
  c->ask = function;
  c->busy = true;
}

/* Returns whether the connection is still there. */
static bool leave(connection *c) {
  c->busy = false;
  if (!c->closed) return true;
  connection_free(c);
  return false;
}

/* 0: no, 1: ask for the peer's certificate, 2: insist */
static void verify_set(SSL *ssl, int verify) {
  SSL_set_verify(ssl,
                 verify == 0   ? SSL_VERIFY_NONE
                 : verify == 1 ? SSL_VERIFY_PEER
                               : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                 verify_later);
}

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
  c->owner.hooks = &tls_connection_hooks;
  tls_owner_set(c->ssl, &c->owner);
  bool server = arg_bool(env, argv[1]);
  verify_set(c->ssl, arg_int32(env, argv[2]));
  /* JS limits it. */
  SSL_clear_options(c->ssl, SSL_OP_NO_RENEGOTIATION);
  SSL_set_options(c->ssl, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  SSL_set_info_callback(c->ssl, tls_progress);
  c->ask_certificate = server && arg_bool(env, argv[3]);
  if (server) {
    SSL_set_cert_cb(c->ssl, certificate_asked, c);
    SSL_set_accept_state(c->ssl);
  } else {
    /* A session out of a pre-shared key has no such context either. */
    SSL_set_session_id_context(c->ssl, NULL, 0);
    SSL_set_connect_state(c->ssl);
  }
  if (js_handle_create(env, &connection_type, c, &value) != napi_ok) connection_free(c);
  return value;
}

enum {
  SET_ALPN /* protocols as on the wire */,
  SET_SERVER_NAME,
  SET_SESSION,
  SET_FOUND_SESSION /* server: what the client named, or no bytes */,
  SET_OCSP_RESPONSE,
  SET_PSK_HINT
};
enum {
  OUTCOME_CLOSED = -1,
  OUTCOME_WANTS_MORE = 0,
  OUTCOME_DONE = 1,
  OUTCOME_WANTS_CERTIFICATE = 2,
  OUTCOME_WANTS_SESSION = 3
};

static bool set_bytes(connection *c, int what, const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  char name[256] = "";
  if (size < sizeof name && size > 0) memcpy(name, bytes, size);
  bool ok = false;
  unsigned char *copy;
  SSL_SESSION *session;
  switch (what) {
    case SET_ALPN:
      return tls_bytes_copy(&c->alpn, &c->alpn_size, bytes, size) &&
             SSL_set_alpn_protos(c->ssl, bytes, (unsigned)size) == 0;
    case SET_SERVER_NAME:
      return name[0] != 0 && SSL_set_tlsext_host_name(c->ssl, name) == 1;
    case SET_SESSION:
      session = d2i_SSL_SESSION(NULL, &at, (long)size);
      ok = session != NULL && SSL_set_session(c->ssl, session) == 1;
      SSL_SESSION_free(session);
      return ok;
    case SET_FOUND_SESSION:
      c->ask_session = false;
      SSL_SESSION_free(c->found);
      c->found = size > 0 ? d2i_SSL_SESSION(NULL, &at, (long)size) : NULL;
      return c->found != NULL;
    case SET_OCSP_RESPONSE:
      copy = OPENSSL_memdup(bytes, size); /* OpenSSL's from now on */
      return copy != NULL && SSL_set_tlsext_status_ocsp_resp(c->ssl, copy, (long)size) == 1;
    case SET_PSK_HINT:
      return SSL_use_psk_identity_hint(c->ssl, name) == 1;
    default:
      return false;
  }
}

/* set(handle, what, bytes) → whether it was taken */
static napi_value connection_set(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 3);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL || js_bytes_get(env, argv[2], &bytes, &size) != napi_ok) return make_bool(env, false);
  bool ok = set_bytes(c, arg_int32(env, argv[1]), bytes, size);
  ERR_clear_error();
  return make_bool(env, ok);
}

static BIO *trace_output(void) {
  static _Thread_local BIO *output;
  if (output == NULL) output = BIO_new_fp(stderr, BIO_NOCLOSE);
  return output;
}

enum {
  TURN_ASK_ALPN /* ask() chooses */,
  TURN_ASK_SESSION,
  TURN_KEYLOG,
  TURN_OCSP_REQUEST /* client */,
  TURN_PSK /* ask() has keys */,
  TURN_TRACE /* on standard error */,
  TURN_VERIFY /* 0 to 2, as with create */,
  TURN_MAX_FRAGMENT /* bytes */
};

/* turn(handle, what, number) → whether it was taken */
static napi_value connection_turn(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  connection *c = connection_get(env, argv[0]);
  int value = arg_int32(env, argv[2]);
  bool ok = c != NULL;
  if (c == NULL) return make_bool(env, false);
  switch (arg_int32(env, argv[1])) {
    case TURN_ASK_ALPN:
      c->ask_alpn = value != 0;
      break;
    case TURN_ASK_SESSION:
      c->ask_session = value != 0;
      break;
    case TURN_KEYLOG:
      c->keylog_wanted = value != 0;
      break;
    case TURN_OCSP_REQUEST:
      ok = SSL_set_tlsext_status_type(c->ssl, TLSEXT_STATUSTYPE_ocsp) == 1;
      break;
    case TURN_PSK:
      if (SSL_is_server(c->ssl))
        SSL_set_psk_server_callback(c->ssl, tls_psk_server);
      else
        SSL_set_psk_client_callback(c->ssl, tls_psk_client);
      break;
    case TURN_TRACE:
      SSL_set_msg_callback(c->ssl, SSL_trace);
      SSL_set_msg_callback_arg(c->ssl, trace_output());
      break;
    case TURN_VERIFY:
      verify_set(c->ssl, value);
      break;
    case TURN_MAX_FRAGMENT:
      ok = SSL_set_max_send_fragment(c->ssl, value) == 1;
      break;
    default:
      ok = false;
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
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      return make_int32(env, OUTCOME_WANTS_SESSION);
    case SSL_ERROR_ZERO_RETURN:
      return make_int32(env, OUTCOME_CLOSED);
    default:
      return tls_error(env);
  }
}

/* handshake(handle, ask) → as `outcome`; ask(ASK_*, ...) answers OpenSSL's questions */
static napi_value connection_handshake(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  enter(c, env, argv[1]);
  int result = SSL_do_handshake(c->ssl);
  napi_value value = result == 1 ? make_int32(env, OUTCOME_DONE) : outcome(env, c, result);
  return leave(c) ? value : make_int32(env, OUTCOME_WANTS_MORE);
}

/* renegotiate(handle) → undefined, or an error as tls_error makes it */
static napi_value connection_renegotiate(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  ERR_clear_error();
  if (SSL_renegotiate(c->ssl) != 1) return tls_error(env);
  SSL_do_handshake(c->ssl);
  ERR_clear_error();
  return NULL;
}

/* read(handle, ask) → a Buffer, or as `outcome` */
static napi_value connection_read(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  static _Thread_local unsigned char buffer[65536];
  args_get(env, info, argv, 2);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL) return NULL;
  size_t have = 0;
  int result = 1;
  enter(c, env, argv[1]);
  while (have < sizeof buffer && (result = SSL_read(c->ssl, buffer + have, (int)(sizeof buffer - have))) > 0)
    have += (size_t)result;
  /* An error after data comes again with the next read. */
  napi_value value = have > 0 ? tls_bytes(env, buffer, have) : outcome(env, c, result);
  return leave(c) ? value : make_int32(env, OUTCOME_WANTS_MORE);
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
  if (c->busy)
    c->closed = true;
  else
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

static napi_value connection_session(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_session_bytes(env, SSL_get_session(c->ssl)) : NULL;
}

/* news(handle) → undefined, or what came since the last call: [sessions as [id, bytes], key log lines or undefined,
 * handshakes begun, handshakes done (of the whole connection), whether it is TLS 1.3 or later] */
static napi_value connection_news(napi_env env, napi_callback_info info) {
  napi_value argv[1], out, sessions, pair;
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL || !c->news) return NULL;
  c->news = false;
  napi_create_array(env, &out);
  napi_create_array(env, &sessions);
  for (unsigned i = 0; i < c->session_count; i++) {
    napi_create_array(env, &pair);
    napi_set_element(env, pair, 0, tls_bytes(env, c->sessions[i].id, c->sessions[i].id_size));
    napi_set_element(env, pair, 1, tls_bytes(env, c->sessions[i].bytes, c->sessions[i].size));
    napi_set_element(env, sessions, i, pair);
    free(c->sessions[i].bytes);
  }
  c->session_count = 0;
  napi_set_element(env, out, 0, sessions);
  if (c->keylog != NULL) napi_set_element(env, out, 1, tls_bytes(env, c->keylog, c->keylog_size));
  OPENSSL_clear_free(c->keylog, c->keylog_size);
  c->keylog = NULL;
  c->keylog_size = 0;
  napi_set_element(env, out, 2, make_int32(env, c->handshakes_begun));
  napi_set_element(env, out, 3, make_int32(env, c->handshakes_done));
  napi_set_element(env, out, 4, make_bool(env, SSL_version(c->ssl) >= TLS1_3_VERSION));
  return out;
}

/* wantedSession(handle) → the identifier of the session that the client wants to take up again */
static napi_value connection_wanted_session(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_bytes(env, c->wanted, c->wanted_size) : NULL;
}

/* ocspWanted(handle) → server: whether the client asks for an OCSP response */
static napi_value connection_ocsp_wanted(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return make_bool(env, c != NULL && SSL_get_tlsext_status_type(c->ssl) == TLSEXT_STATUSTYPE_ocsp);
}

/* ocspResponse(handle) → client: the server's response, null: it sent none, undefined: it was not asked */
static napi_value connection_ocsp_response(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  if (c == NULL || !c->ocsp_answered) return NULL;
  return c->ocsp != NULL ? tls_bytes(env, c->ocsp, c->ocsp_size) : make_null(env);
}

static napi_value connection_ticket(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_ticket(env, c->ssl) : NULL;
}

static napi_value connection_sigalgs(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_shared_sigalgs(env, c->ssl) : NULL;
}

static napi_value connection_ephemeral(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = connection_get(env, argv[0]);
  return c != NULL ? tls_ephemeral_key(env, c->ssl) : NULL;
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
    {"turn", connection_turn},
    {"handshake", connection_handshake},
    {"renegotiate", connection_renegotiate},
    {"news", connection_news},
    {"wantedSession", connection_wanted_session},
    {"ocspWanted", connection_ocsp_wanted},
    {"ocspResponse", connection_ocsp_response},
    {"ticket", connection_ticket},
    {"sharedSigalgs", connection_sigalgs},
    {"ephemeralKey", connection_ephemeral},
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
  static const constant options[] = {{"ALPN", SET_ALPN},
                                     {"SERVER_NAME", SET_SERVER_NAME},
                                     {"SESSION", SET_SESSION},
                                     {"FOUND_SESSION", SET_FOUND_SESSION},
                                     {"OCSP_RESPONSE", SET_OCSP_RESPONSE},
                                     {"PSK_HINT", SET_PSK_HINT},
                                     {NULL, 0}};
  static const constant outcomes[] = {{"DONE", OUTCOME_DONE},
                                      {"WANTS_CERTIFICATE", OUTCOME_WANTS_CERTIFICATE},
                                      {"WANTS_SESSION", OUTCOME_WANTS_SESSION},
                                      {"CLOSED", OUTCOME_CLOSED},
                                      {NULL, 0}};
  static const constant switches[] = {{"ASK_ALPN", TURN_ASK_ALPN},
                                      {"ASK_SESSION", TURN_ASK_SESSION},
                                      {"KEYLOG", TURN_KEYLOG},
                                      {"OCSP_REQUEST", TURN_OCSP_REQUEST},
                                      {"PSK", TURN_PSK},
                                      {"TRACE", TURN_TRACE},
                                      {"VERIFY", TURN_VERIFY},
                                      {"MAX_FRAGMENT", TURN_MAX_FRAGMENT},
                                      {NULL, 0}};
  static const constant questions[] = {{"ALPN", ASK_ALPN}, {"PSK", ASK_PSK}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "options", options);
  if (status == napi_ok) status = export_constants(env, exports, "switches", switches);
  if (status == napi_ok) status = export_constants(env, exports, "questions", questions);
  return status == napi_ok ? export_constants(env, exports, "outcomes", outcomes) : status;
}

const js_binding binding_tls = {"tls", functions, init};
