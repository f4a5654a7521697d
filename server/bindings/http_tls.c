/*
 * http_tls.c: TLS of the engine's servers and connections (the binding "http_tls"). Contexts come from the runtime's
 * binding "tls_context"; handshakes and bytes stay in server/http/tls_transport.c. What is to be known of a connection
 * is asked by its number (see http_peer.c), with the names and results of the runtime's binding "tls".
 */
#include "runtime/bindings/tls_facts.h"
#include "server/bindings/http_binding.h"
#include "server/http/tls_config.h"

/* Kinds of onTls(kind, peer, a, b). */
enum {
  TLS_CHOOSE = 1,
  TLS_SECURE = 2,
  TLS_FAILED = 3,
  TLS_SESSION = 4,
  TLS_KEYLOG = 5,
  TLS_FIND = 6,
  TLS_ALPN = 7,
  TLS_PSK = 8
};

/* What JS returns, or NULL. */
static napi_value tls_ask(http_tls *tls, int kind, connection *c, napi_value a, napi_value b) {
  napi_env env = runtime_env(tls->state->rt);
  napi_value argv[4] = {make_int32(env, kind), make_int32(env, http_peer_of(tls->state, c)), a, b}, result = NULL;
  napi_value function = held_value(&tls->on_tls, env);
  if (function == NULL || runtime_call(tls->state->rt, NULL, NULL, function, 4, argv, &result) != napi_ok) return NULL;
  return result;
}

static void tls_event(http_tls *tls, int kind, connection *c, napi_value a, napi_value b) {
  if (tls_ask(tls, kind, c, a, b) == NULL) return; /* it threw, and that was reported */
}

static napi_value or_undefined(napi_env env, napi_value value) { return value != NULL ? value : make_undefined(env); }

/* name or undefined, whether an OCSP response is wanted */
static void on_choose(void *data, connection *c, const char *name, bool status) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  tls_event(tls, TLS_CHOOSE, c, name ? make_string(env, name) : make_undefined(env), make_bool(env, status));
  js_scope_close(&scope);
}

static void on_secure(void *data, connection *c) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  tls_event(tls, TLS_SECURE, c, make_undefined(env), make_undefined(env));
  js_scope_close(&scope);
}

/* errno, and OpenSSL's error where it has one */
static void on_failed(void *data, connection *c, int error) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value why = error == UV_EPROTO ? tls_error(env) : make_undefined(env);
  tls_event(tls, TLS_FAILED, c, make_int32(env, error), why);
  js_scope_close(&scope);
}

/* the session's identifier and its bytes */
static void on_session(void *data, connection *c, SSL_SESSION *session) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  unsigned size = 0;
  js_scope_open(env, &scope);
  const unsigned char *id = SSL_SESSION_get_id(session, &size);
  tls_event(tls, TLS_SESSION, c, or_undefined(env, tls_bytes(env, id, size)),
            or_undefined(env, tls_session_bytes(env, session)));
  js_scope_close(&scope);
}

/* a line for key log files, without its line end */
static void on_keylog(void *data, connection *c, const char *line) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  tls_event(tls, TLS_KEYLOG, c, make_string(env, line), make_undefined(env));
  js_scope_close(&scope);
}

/* the session's identifier */
static void on_find(void *data, connection *c, const unsigned char *id, size_t size) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  tls_event(tls, TLS_FIND, c, or_undefined(env, tls_bytes(env, id, size)), make_undefined(env));
  js_scope_close(&scope);
}

/* The bytes that JS answers with, at most `most`; 0: none. */
static size_t bytes_taken(napi_env env, napi_value answer, unsigned char *out, size_t most) {
  void *bytes = NULL;
  size_t size = 0;
  if (answer == NULL || js_bytes_get(env, answer, &bytes, &size) != napi_ok || size > most) return 0;
  if (size > 0) memcpy(out, bytes, size);
  return size;
}

/* the protocols offered, in the wire's form, and the server name or undefined → the one chosen */
static size_t on_alpn(void *data, connection *c, const char *name, const unsigned char *offered, size_t length,
                      unsigned char out[255]) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value answer = tls_ask(tls, TLS_ALPN, c, or_undefined(env, tls_bytes(env, offered, length)),
                              name ? make_string(env, name) : make_undefined(env));
  size_t size = bytes_taken(env, answer, out, 255);
  js_scope_close(&scope);
  return size;
}

/* the client's identity, and how many bytes the key may have → the key */
static size_t on_psk(void *data, connection *c, const char *identity, unsigned char *out, size_t most) {
  http_tls *tls = data;
  napi_env env = runtime_env(tls->state->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value answer = tls_ask(tls, TLS_PSK, c, make_string(env, identity), make_uint32(env, (uint32_t)most));
  size_t size = bytes_taken(env, answer, out, most);
  js_scope_close(&scope);
  return size;
}

static const tls_handler handler = {.choose = on_choose,
                                    .secure = on_secure,
                                    .failed = on_failed,
                                    .new_session = on_session,
                                    .keylog = on_keylog,
                                    .find_session = on_find,
                                    .alpn = on_alpn,
                                    .psk = on_psk};

void http_tls_clear(http_tls *tls, napi_env env) { held_clear(&tls->on_tls, env); }

/* secure(server, onTls, context, ALPN protocols as on the wire or undefined, verify, handshake timeout in ms, hint
 * for clients that share a key, or undefined): the server's connections speak TLS. 0 or a negative errno. */
static napi_value tls_secure(napi_env env, napi_callback_info info) {
  napi_value argv[7];
  void *alpn = NULL;
  size_t length = 0;
  args_get(env, info, argv, 7);
  http_server *server = NULL;
  http_tls *tls = http_tls_of_server(env, argv[0], &server);
  SSL_CTX *context = tls_context_get(env, argv[2]);
  if (tls == NULL || context == NULL) return make_int32(env, UV_EINVAL);
  tls_config *config = tls_config_create(context, &handler, tls);
  if (config == NULL) return make_int32(env, UV_ENOMEM);
  if (js_bytes_get(env, argv[3], &alpn, &length) == napi_ok && tls_config_set_alpn(config, alpn, length) < 0) {
    tls_config_release(config);
    return make_int32(env, UV_ENOMEM);
  }
  tls->state = http_state_of(env);
  config->verify = (tls_verify)arg_int32(env, argv[4]);
  config->handshake_timeout = (uint64_t)arg_double(env, argv[5]);
  config->psk_hint = arg_is(env, argv[6], napi_string) ? arg_utf8(env, argv[6], NULL) : NULL;
  held_set(&tls->on_tls, env, argv[1]);
  /* node:https offers what the app says and answers in HTTP/1.1, whatever ALPN chose, as Node does. */
  http_server_options_of(server)->http2 &= ~(unsigned)HTTP2_TLS;
  http_server_set_tls(server, config);
  return make_int32(env, 0);
}

/* context(server, context): for connections from now on. */
static napi_value tls_set_context(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  http_server *server = NULL;
  SSL_CTX *context = tls_context_get(env, argv[1]);
  if (http_tls_of_server(env, argv[0], &server) == NULL || context == NULL) return NULL;
  if (http_server_tls(server) != NULL) tls_config_set_context(http_server_tls(server), context);
  return NULL;
}

/* wants(server, TLS_WANTS_* together): which events somebody listens to. */
static napi_value tls_set_wants(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  http_server *server = NULL;
  if (http_tls_of_server(env, argv[0], &server) != NULL && http_server_tls(server) != NULL)
    http_server_tls(server)->wants = arg_uint32(env, argv[1]);
  return NULL;
}

/* ---- connections --------------------------------------------------------------------------------------------------
 */

/* choose(peer, context or undefined, OCSP response or undefined): the handshake goes on. */
static napi_value tls_choose(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *response = NULL;
  size_t length = 0;
  args_get(env, info, argv, 3);
  connection *c = http_peer_at(env, argv[0]);
  js_bytes_get(env, argv[2], &response, &length);
  return make_int32(env, c ? connection_tls_choose(c, tls_context_get(env, argv[1]), response, length) : UV_ECANCELED);
}

/* stored(peer): the app is done with a session of TLS_SESSION. */
static napi_value tls_stored(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  connection *c = http_peer_at(env, argv[0]);
  if (c != NULL) connection_tls_stored(c);
  return NULL;
}

/* resume(peer, the session's bytes or undefined): answers TLS_FIND. */
static napi_value tls_resume(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  void *bytes = NULL;
  size_t size = 0;
  args_get(env, info, argv, 2);
  connection *c = http_peer_at(env, argv[0]);
  if (c == NULL) return NULL;
  SSL_SESSION *session = NULL;
  if (js_bytes_get(env, argv[1], &bytes, &size) == napi_ok) {
    const unsigned char *at = bytes;
    session = d2i_SSL_SESSION(NULL, &at, (long)size); /* NULL: it is none, and not resumed */
  }
  connection_tls_resume(c, session);
  return NULL;
}

static SSL *ssl_at(napi_env env, napi_value peer) {
  connection *c = http_peer_at(env, peer);
  return c != NULL ? connection_ssl(c) : NULL;
}

static napi_value peer_verify_error(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_verify_error(env, ssl) : NULL;
}

/* established(peer): the handshake is done. */
static napi_value peer_established(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return make_bool(env, ssl != NULL && SSL_is_init_finished(ssl));
}

/* asksCertificate(peer): whether the client was asked for one. */
static napi_value peer_asks_certificate(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return make_bool(env, ssl != NULL && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE);
}

static napi_value peer_facts(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_facts(env, ssl) : NULL;
}

/* certificates(peer, own) */
static napi_value peer_certificates(napi_env env, napi_callback_info info) {
  napi_value argv[2], none = NULL;
  args_get(env, info, argv, 2);
  SSL *ssl = ssl_at(env, argv[0]);
  if (ssl != NULL) return tls_certificates(env, ssl, arg_bool(env, argv[1]));
  napi_create_array(env, &none);
  return none;
}

static napi_value peer_session(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_session_bytes(env, SSL_get_session(ssl)) : NULL;
}

static napi_value peer_ticket(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_ticket(env, ssl) : NULL;
}

static napi_value peer_sigalgs(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_shared_sigalgs(env, ssl) : NULL;
}

/* finished(peer, the other side's) */
static napi_value peer_finished(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_finished(env, ssl, arg_bool(env, argv[1])) : NULL;
}

/* exportKey(peer, length, label, context or undefined) */
static napi_value peer_export(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  SSL *ssl = ssl_at(env, argv[0]);
  return ssl != NULL ? tls_export_key(env, ssl, argv[1], argv[2], argv[3]) : NULL;
}

static const js_function functions[] = {
    {"secure", tls_secure},
    {"context", tls_set_context},
    {"wants", tls_set_wants},
    {"choose", tls_choose},
    {"stored", tls_stored},
    {"resume", tls_resume},
    {"verifyError", peer_verify_error},
    {"established", peer_established},
    {"asksCertificate", peer_asks_certificate},
    {"facts", peer_facts},
    {"certificates", peer_certificates},
    {"session", peer_session},
    {"ticket", peer_ticket},
    {"sharedSigalgs", peer_sigalgs},
    {"finished", peer_finished},
    {"exportKey", peer_export},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant events[] = {{"CHOOSE", TLS_CHOOSE},   {"SECURE", TLS_SECURE}, {"FAILED", TLS_FAILED},
                                    {"SESSION", TLS_SESSION}, {"KEYLOG", TLS_KEYLOG}, {"FIND", TLS_FIND},
                                    {"ALPN", TLS_ALPN},       {"PSK", TLS_PSK},       {NULL, 0}};
  static const constant wanted[] = {{"NAMES", TLS_WANTS_NAMES},       {"STATUS", TLS_WANTS_STATUS},
                                    {"SECURE", TLS_WANTS_SECURE},     {"FAILED", TLS_WANTS_FAILED},
                                    {"SESSIONS", TLS_WANTS_SESSIONS}, {"KEYLOG", TLS_WANTS_KEYLOG},
                                    {"ALPN", TLS_WANTS_ALPN},         {"PSK", TLS_WANTS_PSK},
                                    {"FIND", TLS_WANTS_FIND},         {NULL, 0}};
  static const constant verify[] = {
      {"NONE", TLS_VERIFY_NONE}, {"ASK", TLS_VERIFY_ASK}, {"REQUIRED", TLS_VERIFY_REQUIRED}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "events", events);
  if (status == napi_ok) status = export_constants(env, exports, "wanted", wanted);
  return status == napi_ok ? export_constants(env, exports, "verify", verify) : status;
}

const js_binding binding_http_tls = {"http_tls", functions, init};
