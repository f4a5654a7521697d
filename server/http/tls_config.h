/*
 * tls_config: what the TLS connections of a server (or of one listener) have in common: the context with certificate
 * and key, ALPN, whether clients must show a certificate, and whom to ask. It is the same for an app's https.Server
 * and for listeners of the configuration file. Counted: the server and every connection hold one reference.
 */
#ifndef JSD_HTTP_TLS_CONFIG_H
#define JSD_HTTP_TLS_CONFIG_H

#include <openssl/ssl.h>

#include "server/http/connection.h"

enum { TLS_RECORD = 16384 }; /* bytes of one record at most (RFC 8446 5.1) */

/* Events of connections that are not secure yet, or have to do with TLS alone. All come from the loop; all may be NULL,
 * and only those in tls_config.wants are called. The connection may be destroyed inside. */
typedef struct tls_handler {
  /* The client's wish is known, the certificate is about to be chosen. name: SNI, or NULL; status: the client wants an
   * OCSP response. The handshake waits until connection_tls_choose is called, inside or later. */
  void (*choose)(void *data, connection *c, const char *name, bool status);
  void (*secure)(void *data, connection *c);
  /* The handshake can't be finished, the connection closes next. error: UV_EPROTO (OpenSSL's queue says more),
   * UV_ECONNRESET the client has gone, UV_ETIMEDOUT, UV_EACCES no acceptable client certificate, or another errno. */
  void (*failed)(void *data, connection *c, int error);
  /* The handshake waits until connection_tls_stored is called, once for each session, inside or later. */
  void (*new_session)(void *data, connection *c, SSL_SESSION *session);
  /* The client names a session, and has no ticket: the handshake waits until connection_tls_resume is called, inside or
   * later. */
  void (*find_session)(void *data, connection *c, const unsigned char *id, size_t size);
  /* Which of the protocols that the client offers (in the wire's form): written to `out`, its length; 0: none, which is
   * refused. name: SNI, or NULL. */
  size_t (*alpn)(void *data, connection *c, const char *name, const unsigned char *offered, size_t length,
                 unsigned char out[255]);
  /* The key that is shared with a client of this name, at most `most` bytes; 0: none. */
  size_t (*psk)(void *data, connection *c, const char *identity, unsigned char *out, size_t most);
  void (*keylog)(void *data, connection *c, const char *line);
  /* The client wants an OCSP response and `choose` has given none: the DER encoded one about the certificate that is
   * going to be sent, which stays the handler's; NULL: none. */
  const unsigned char *(*staple)(void *data, const X509 *sent, size_t *length);
} tls_handler;

enum {
  TLS_WANTS_NAMES = 1,  /* choose, for clients that send a name */
  TLS_WANTS_STATUS = 2, /* choose, for clients that ask for a status */
  TLS_WANTS_SECURE = 4,
  TLS_WANTS_FAILED = 8,
  TLS_WANTS_SESSIONS = 16,
  TLS_WANTS_KEYLOG = 32,
  TLS_WANTS_STAPLE = 64,
  TLS_WANTS_ALPN = 128,
  TLS_WANTS_PSK = 256, /* when a connection begins */
  TLS_WANTS_FIND = 512,
};

typedef enum tls_verify {
  TLS_VERIFY_NONE,     /* clients are asked for no certificate */
  TLS_VERIFY_ASK,      /* asked; whether theirs is good is for the app to look at */
  TLS_VERIFY_REQUIRED, /* who has no good one is refused after the handshake, without an alert, as Node does */
  TLS_VERIFY_OPTIONAL, /* asked; one that is not good is refused by an alert, none is fine */
  TLS_VERIFY_ENFORCED, /* who has no good one is refused by an alert */
} tls_verify;

typedef struct tls_config {
  unsigned references;
  SSL_CTX *context; /* its own reference; tls_config_set_context replaces it for new connections */
  const tls_handler *handler;
  void *data;
  unsigned wants;
  tls_verify verify;
  unsigned char *alpn; /* in the wire's form; NULL: ALPN is not spoken */
  size_t alpn_length;
  char *psk_hint;             /* for clients of TLS 1.2; NULL: none; freed with it */
  uint64_t handshake_timeout; /* ms from accept on, beside the server's header_timeout; 0: that alone */
  char gather[TLS_RECORD];    /* small pieces of one write become one record */
} tls_config;

/* With one reference, the caller's; NULL when out of memory. Takes a reference to context. handler and data outlive all
 * connections; handler may be NULL. */
tls_config *tls_config_create(SSL_CTX *context, const tls_handler *handler, void *data);
static inline tls_config *tls_config_retain(tls_config *config) {
  config->references++;
  return config;
}
void tls_config_release(tls_config *config); /* NULL is allowed */
void tls_config_set_context(tls_config *config, SSL_CTX *context);
/* Copies; length 0: ALPN is not spoken. 0 or UV_ENOMEM. */
int tls_config_set_alpn(tls_config *config, const void *protocols, size_t length);

/* Whether the client has sent anything: a connection that only opens and closes is no handshake that failed. */
bool connection_tls_has_spoken(const connection *c);
/* NULL over a clear socket. */
SSL *connection_ssl(const connection *c);
/* The protocol that ALPN chose; empty: none. */
http_slice connection_alpn(const connection *c);
/* Answers `choose`. context NULL: the config's. response: a DER encoded OCSP response, copied; NULL: none. Without a
 * handshake that waits for it nothing happens. 0, UV_EINVAL, UV_ENOMEM. */
int connection_tls_choose(connection *c, SSL_CTX *context, const void *response, size_t length);
/* Answers `new_session`, and `find_session` (NULL: it is not known; takes the reference): likewise. */
void connection_tls_stored(connection *c);
void connection_tls_resume(connection *c, SSL_SESSION *session);

#endif
