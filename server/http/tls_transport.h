/*
 * tls_transport: a connection's bytes over OpenSSL, on the descriptor itself: no memory BIO, no byte passes through
 * JavaScript. The handshake runs inside transport_read (with `handshaking` set until it is done), so that it stands
 * under the same deadlines as the head of a request.
 */
#ifndef JSD_HTTP_TLS_TRANSPORT_H
#define JSD_HTTP_TLS_TRANSPORT_H

#include "server/http/tls_config.h"
#include "server/http/transport.h"

/* The server's side, over a connected, non-blocking socket. Owns fd, also when it fails; takes a reference to config. c
 * is what config's events name. 0 or UV_ENOMEM. */
int transport_open_tls(transport *t, int fd, tls_config *config, connection *c);
/* Reports to the config's handler why a handshake ends that is not done; for deadlines. */
void transport_tls_fail(transport *t, int error);
/* Whether a byte has come. */
bool transport_tls_has_spoken(const transport *t);
/* The config's handshake_timeout. */
uint64_t transport_tls_timeout(const transport *t);
/* NULL for other kinds. */
SSL *transport_ssl(const transport *t);
/* connection_tls_stored, connection_tls_resume; true: as below. */
bool transport_tls_stored(transport *t);
bool transport_tls_resume(transport *t, SSL_SESSION *session);
/* connection_tls_choose; true: the handshake goes on with the next transport_read. */
bool transport_tls_choose(transport *t, SSL_CTX *context, const void *response, size_t length);

#endif
