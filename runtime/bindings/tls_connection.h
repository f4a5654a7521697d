/*
 * tls_connection.h: a connection as tls.c (its life, bytes in and out) and tls_callbacks.c (OpenSSL's callbacks)
 * see it.
 */
#ifndef JSD_RUNTIME_BINDINGS_TLS_CONNECTION_H
#define JSD_RUNTIME_BINDINGS_TLS_CONNECTION_H

#include "../tls_hooks.h"
#include "tls.h"

typedef struct session_news {
  unsigned char id[SSL_MAX_SSL_SESSION_ID_LENGTH];
  unsigned id_size;
  unsigned char *bytes;
  size_t size;
} session_news;

enum { SESSIONS_MAX = 4 }; /* kept until JS takes them: servers send two */

typedef struct connection {
  tls_owner owner; /* first */
  SSL *ssl;
  BIO *in, *out;
  unsigned char *alpn; /* server: the protocols, in the wire's form */
  size_t alpn_size;
  bool ask_certificate; /* server: JS chooses the context by the name asked for, or has an OCSP response to fetch */
  bool ask_alpn, ask_session;
  bool keylog_wanted;
  /* While OpenSSL runs: JS's function that answers its questions, and whether the connection was closed meanwhile. */
  napi_env env;
  napi_value ask;
  bool busy, closed;
  /* Server: the session that the client wants to take up again, and what JS found of it. */
  unsigned char wanted[SSL_MAX_SSL_SESSION_ID_LENGTH];
  size_t wanted_size;
  SSL_SESSION *found;
  unsigned char *ocsp; /* client: the server's response */
  size_t ocsp_size;
  bool ocsp_answered; /* client: the server had its chance */
  char chosen[256];   /* ALPN: JS's answer */
  /* News for JS. */
  session_news sessions[SESSIONS_MAX];
  unsigned session_count;
  char *keylog; /* lines */
  size_t keylog_size;
  int handshakes_begun, handshakes_done;
  bool news;
} connection;

/* What the function that answers is asked, its first argument: see tls_callbacks.c. */
enum { ASK_ALPN, ASK_PSK };

extern const tls_hooks tls_connection_hooks;
/* For SSL_set_psk_server_callback, SSL_set_psk_client_callback, SSL_set_info_callback. */
unsigned tls_psk_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned max);
unsigned tls_psk_client(SSL *ssl, const char *hint, char *identity, unsigned identity_max, unsigned char *psk,
                        unsigned max);
void tls_progress(const SSL *ssl, int where, int result);
/* A malloc'd copy instead of what *to is; false: no memory. */
bool tls_bytes_copy(unsigned char **to, size_t *to_size, const void *bytes, size_t size);

#endif
