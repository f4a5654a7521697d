/*
 * tls_callbacks.c: what OpenSSL asks and tells while it works on a connection of tls.c. A question (which protocol,
 * which key) needs its answer at once: JS is called. Everything else is kept, and JS takes it after the step (`news`):
 * an event of the app's never runs inside of OpenSSL.
 */
#include "tls_connection.h"

/* The function's result, or NULL: it threw (the exception is pending), or nobody answers. */
static napi_value ask(connection *c, int what, size_t count, const napi_value *arguments) {
  napi_value argv[4] = {make_int32(c->env, what)}, result = NULL, self = NULL;
  if (!arg_is(c->env, c->ask, napi_function)) return NULL;
  for (size_t i = 0; i < count && i < 3; i++)
    argv[i + 1] = arguments[i] != NULL ? arguments[i] : make_undefined(c->env);
  napi_get_undefined(c->env, &self);
  return napi_call_function(c->env, self, c->ask, count + 1, argv, &result) == napi_ok ? result : NULL;
}

static int alpn_select(SSL *ssl, const unsigned char **out, unsigned char *size, const unsigned char *in,
                       unsigned in_size) {
  connection *c = tls_owner_of(ssl);
  void *bytes = NULL;
  size_t length = 0;
  if (!c->ask_alpn) return tls_alpn_choose(c->alpn, c->alpn_size, out, size, in, in_size);
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  napi_value answer = ask(
      c, ASK_ALPN, 2, (napi_value[]){tls_bytes(c->env, in, in_size), name != NULL ? make_string(c->env, name) : NULL});
  if (answer == NULL || js_bytes_get(c->env, answer, &bytes, &length) != napi_ok || length == 0 || length > 255)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  memcpy(c->chosen, bytes, length);
  *out = (const unsigned char *)c->chosen;
  *size = (unsigned char)length;
  return SSL_TLSEXT_ERR_OK;
}

static unsigned psk_take(connection *c, napi_value value, unsigned char *psk, unsigned max) {
  void *bytes = NULL;
  size_t size = 0;
  if (value == NULL || js_bytes_get(c->env, value, &bytes, &size) != napi_ok || size > max) return 0;
  memcpy(psk, bytes, size);
  return (unsigned)size;
}

/* ask(PSK, identity, bytes the key may have at most) → the key */
unsigned tls_psk_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned max) {
  connection *c = tls_owner_of(ssl);
  napi_value name = make_string(c->env, identity);
  return psk_take(c, ask(c, ASK_PSK, 2, (napi_value[]){name, make_uint32(c->env, max)}), psk, max);
}

/* ask(PSK, hint or undefined, bytes of the key at most, of the identity) → [identity, key] */
unsigned tls_psk_client(SSL *ssl, const char *hint, char *identity, unsigned identity_max, unsigned char *psk,
                        unsigned max) {
  connection *c = tls_owner_of(ssl);
  napi_value name = NULL, key = NULL;
  size_t size = 0;
  napi_value answer = ask(c, ASK_PSK, 3,
                          (napi_value[]){hint != NULL ? make_string(c->env, hint) : NULL, make_uint32(c->env, max),
                                         make_uint32(c->env, identity_max)});
  if (answer == NULL || !arg_is(c->env, answer, napi_object) || napi_get_element(c->env, answer, 0, &name) != napi_ok ||
      napi_get_element(c->env, answer, 1, &key) != napi_ok)
    return 0;
  char *text = arg_utf8(c->env, name, &size);
  bool fits = text != NULL && size < identity_max;
  if (fits) memcpy(identity, text, size + 1);
  free(text);
  return fits ? psk_take(c, key, psk, max) : 0;
}

/* ---- other callbacks: kept for JS -------------------------------------------------------------------------------- */

bool tls_bytes_copy(unsigned char **to, size_t *to_size, const void *bytes, size_t size) {
  free(*to);
  *to = malloc(size + 1);
  *to_size = size;
  if (*to != NULL && size > 0) memcpy(*to, bytes, size);
  return *to != NULL;
}

static void session_new(SSL *ssl, SSL_SESSION *session) {
  connection *c = tls_owner_of(ssl);
  int size = i2d_SSL_SESSION(session, NULL);
  unsigned char *bytes = size > 0 && c->session_count < SESSIONS_MAX ? malloc((size_t)size) : NULL;
  if (bytes == NULL) return;
  session_news *news = &c->sessions[c->session_count++];
  const unsigned char *id = SSL_SESSION_get_id(session, &news->id_size);
  memcpy(news->id, id, news->id_size);
  news->bytes = bytes;
  news->size = (size_t)i2d_SSL_SESSION(session, &bytes);
  c->news = true;
}

static void keylog_line(const SSL *ssl, const char *line) {
  connection *c = tls_owner_of(ssl);
  if (!c->keylog_wanted) return;
  size_t size = strlen(line);
  char *larger = OPENSSL_clear_realloc(c->keylog, c->keylog_size, c->keylog_size + size + 1);
  if (larger == NULL) return;
  memcpy(larger + c->keylog_size, line, size);
  larger[c->keylog_size + size] = '\n';
  c->keylog = larger;
  c->keylog_size += size + 1;
  c->news = true;
}

static int status_give(SSL *ssl) {
  connection *c = tls_owner_of(ssl);
  const unsigned char *response = NULL;
  if (!SSL_is_server(ssl)) {
    long size = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
    c->ocsp_answered = true;
    if (response != NULL && size > 0) tls_bytes_copy(&c->ocsp, &c->ocsp_size, response, (size_t)size);
    return 1;
  }
  return SSL_get_tlsext_status_ocsp_resp(ssl, &response) > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* A client that names a session (and has no ticket, which holds all that is needed): JS looks for it. */
static int hello_seen(SSL *ssl) {
  connection *c = tls_owner_of(ssl);
  const unsigned char *id = NULL, *ticket = NULL;
  size_t ticket_size = 0;
  if (!c->ask_session) return SSL_CLIENT_HELLO_SUCCESS;
  size_t size = SSL_client_hello_get0_session_id(ssl, &id);
  if (size == 0 || size > sizeof c->wanted ||
      (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &ticket, &ticket_size) == 1 && ticket_size > 0)) {
    c->ask_session = false;
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  memcpy(c->wanted, id, size);
  c->wanted_size = size;
  return SSL_CLIENT_HELLO_RETRY;
}

static SSL_SESSION *session_give(SSL *ssl, const unsigned char *id, int size) {
  connection *c = tls_owner_of(ssl);
  SSL_SESSION *found = c->found;
  c->found = NULL;
  return found;
}

void tls_progress(const SSL *ssl, int where, int result) {
  connection *c = tls_owner_of(ssl);
  if (where & SSL_CB_HANDSHAKE_START) c->handshakes_begun++;
  if (where & SSL_CB_HANDSHAKE_DONE) c->handshakes_done++;
  /* What TLS 1.3 does after its handshake is none. */
  c->news |= c->handshakes_begun > 1 && SSL_version(ssl) < TLS1_3_VERSION;
}

const tls_hooks tls_connection_hooks = {.alpn = alpn_select,
                                        .new_session = session_new,
                                        .keylog = keylog_line,
                                        .status = status_give,
                                        .hello = hello_seen,
                                        .get_session = session_give};
