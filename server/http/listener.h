/*
 * http_listener: a listening socket of an http_server.
 *
 * How connections spread over worker processes that share one listening socket: see accept_group.h. With
 * options.accept_member set this happens by itself.
 */
#ifndef JSD_HTTP_LISTENER_H
#define JSD_HTTP_LISTENER_H

#include "server/http/server.h"

typedef struct http_listener http_listener;

/* Binds and listens. address: as in server/address.h ("127.0.0.1:80", "[::1]:80", ":80", "unix:/path"); names are not
 * looked up (UV_EINVAL). backlog 0: 511. 0 or negative errno. */
int http_listener_open(http_server *server, const char *address, int backlog, http_listener **out);
/* Accepts from a socket that already listens (shared with other processes: non-blocking is switched on). Owns fd, also
 * when it fails. */
int http_listener_adopt(http_server *server, int fd, http_listener **out);
/* The same, of the two steps: a bound, listening, close-on-exec, non-blocking socket, or a negative errno. For a
 * parent that binds for its workers. */
int http_listen_socket(const char *address, int backlog);
/* Stops accepting and closes its descriptor; its connections live on. Memory goes with the loop's next turn. */
void http_listener_close(http_listener *listener);

/* As http_server_set_tls, for the connections of this listener. */
void http_listener_set_tls(http_listener *listener, struct tls_config *config);

/* Whether its connections speak TLS. */
bool http_listener_is_tls(const http_listener *listener);

http_server *http_listener_server(http_listener *listener);
/* The real address (port 0 resolved). unix sockets: path in `path` when not NULL (size >= 108). */
int http_listener_address(http_listener *listener, connection_address *out, char *path);
int http_listener_fd(const http_listener *listener);
void *http_listener_data(const http_listener *listener);
void http_listener_set_data(http_listener *listener, void *data);

#endif
