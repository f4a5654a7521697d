/*
 * connection: one accepted socket: its I/O, output queue, state and addresses. Belongs to one http_server. Its memory
 * is pooled; a pointer is valid until handler->on_connection_close has returned.
 */
#ifndef JSD_HTTP_CONNECTION_H
#define JSD_HTTP_CONNECTION_H

#include <sys/socket.h>

#include "server/http/exchange.h"

struct http_server;
struct http_listener;

typedef struct connection_address {
  char address[64]; /* "203.0.113.7", "2001:db8::1", "" for unix sockets */
  uint16_t port;    /* 0 for unix sockets */
  int family;       /* AF_INET, AF_INET6, AF_UNIX */
} connection_address;

/* Looked up once, then cached; never NULL. */
const connection_address *connection_peer(connection *c);
const connection_address *connection_local(connection *c);

int connection_fd(const connection *c); /* for options only (setsockopt): don't read, write or close it */
struct http_server *connection_server(connection *c);
struct http_listener *connection_listener(connection *c); /* NULL when adopted without one, or closed since */
uint64_t connection_bytes_read(const connection *c);
uint64_t connection_bytes_written(const connection *c);
uint64_t connection_requests(const connection *c); /* requests begun */
bool connection_is_idle(const connection *c);      /* waiting for a request, not one byte of it has arrived */
void *connection_data(const connection *c);        /* the app's */
void connection_set_data(connection *c, void *data);
connection *connection_next(connection *c); /* iterates a server's connections, see http_server_first_connection */

/* Node's per-socket timeout: after ms without any byte in or out, handler->on_timeout (default: destroy). 0: off. */
void connection_set_timeout(connection *c, uint64_t ms);

/* Whether it keeps the loop alive, as connections do unless their server does not. */
void connection_set_referenced(connection *c, bool referenced);

/* Raw bytes, for answering a client error oneself (on_client_error): copied. 0 or negative errno. */
int connection_write(connection *c, const char *data, size_t length);
/* Sends what is pending, then closes gracefully (shutdown, lingering). */
void connection_end(connection *c);
/* Closes now; a running exchange gets on_close(UV_ECANCELED). */
void connection_destroy(connection *c);

#endif
