/* Callbacks of contexts, passed on to the connection's owner. */
#include "tls_hooks.h"

static const tls_hooks *hooks_of(const SSL *ssl) {
  static const tls_hooks none;
  const tls_owner *owner = tls_owner_of(ssl);
  return owner != NULL ? owner->hooks : &none;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *size, const unsigned char *in, unsigned in_size,
                   void *data) {
  const tls_hooks *hooks = hooks_of(ssl);
  return hooks->alpn != NULL ? hooks->alpn(ssl, out, size, in, in_size) : SSL_TLSEXT_ERR_NOACK;
}

static int on_new_session(SSL *ssl, SSL_SESSION *session) {
  const tls_hooks *hooks = hooks_of(ssl);
  if (hooks->new_session != NULL) hooks->new_session(ssl, session);
  return 0;
}

static void on_keylog(const SSL *ssl, const char *line) {
  const tls_hooks *hooks = hooks_of(ssl);
  if (hooks->keylog != NULL) hooks->keylog(ssl, line);
}

static int on_status(SSL *ssl, void *data) {
  const tls_hooks *hooks = hooks_of(ssl);
  return hooks->status != NULL ? hooks->status(ssl) : SSL_TLSEXT_ERR_NOACK;
}

static int on_hello(SSL *ssl, int *alert, void *data) {
  const tls_hooks *hooks = hooks_of(ssl);
  return hooks->hello != NULL ? hooks->hello(ssl) : SSL_CLIENT_HELLO_SUCCESS;
}

static SSL_SESSION *on_get_session(SSL *ssl, const unsigned char *id, int size, int *copy) {
  const tls_hooks *hooks = hooks_of(ssl);
  *copy = 0;
  return hooks->get_session != NULL ? hooks->get_session(ssl, id, size) : NULL;
}

void tls_hooks_install(SSL_CTX *context) {
  SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
  SSL_CTX_set_keylog_callback(context, on_keylog);
  SSL_CTX_set_tlsext_status_cb(context, on_status);
  SSL_CTX_set_client_hello_cb(context, on_hello, NULL);
  SSL_CTX_sess_set_get_cb(context, on_get_session);
}

int tls_alpn_choose(const unsigned char *protocols, size_t length, const unsigned char **out, unsigned char *size,
                    const unsigned char *in, unsigned in_size) {
  unsigned char *chosen = NULL;
  if (protocols == NULL) return SSL_TLSEXT_ERR_NOACK;
  if (SSL_select_next_proto(&chosen, size, protocols, (unsigned)length, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}
