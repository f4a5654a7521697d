/*
 * tls_hooks: what OpenSSL asks of a context (SSL_CTX) is asked of the connection that uses it. A context may serve
 * connections of several kinds at once (tls sockets of JS, the HTTP engine's), and OpenSSL keeps one callback of each
 * sort per context, so all of them are set here and passed on to the owner of the SSL object. Plain C, no JavaScript.
 */
#ifndef JSD_RUNTIME_TLS_HOOKS_H
#define JSD_RUNTIME_TLS_HOOKS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/* All members may be NULL: what OpenSSL does without the callback. Arguments and results as OpenSSL documents them for
 * the callback of the same meaning. */
typedef struct tls_hooks {
  int (*alpn)(SSL *ssl, const unsigned char **out, unsigned char *size, const unsigned char *in, unsigned in_size);
  void (*new_session)(SSL *ssl, SSL_SESSION *session); /* keeps no reference */
  void (*keylog)(const SSL *ssl, const char *line);
  int (*status)(SSL *ssl); /* OCSP stapling: SSL_TLSEXT_ERR_* */
  int (*hello)(SSL *ssl);  /* SSL_CLIENT_HELLO_*: before anything else is made of the client's first message */
  SSL_SESSION *(*get_session)(SSL *ssl, const unsigned char *id, int size); /* gives its reference away */
} tls_hooks;

/* The first member of whatever owns an SSL object. */
typedef struct tls_owner {
  const tls_hooks *hooks;
} tls_owner;

/* Every context that a connection uses, before it does; again is harmless. */
void tls_hooks_install(SSL_CTX *context);
static inline void tls_owner_set(SSL *ssl, tls_owner *owner) { SSL_set_app_data(ssl, owner); }
static inline void *tls_owner_of(const SSL *ssl) { return SSL_get_app_data(ssl); }

/* The answer of an ALPN hook: the first of `protocols` (in the wire's form) that the client offers; an alert when there
 * is none; nothing at all when protocols is NULL. */
int tls_alpn_choose(const unsigned char *protocols, size_t length, const unsigned char **out, unsigned char *size,
                    const unsigned char *in, unsigned in_size);

#endif
