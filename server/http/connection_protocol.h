/*
 * connection_protocol: what is spoken on a connection (http1, http2, tunnel). connection.c reads, writes, times
 * and closes, and asks its protocol through this table for everything else; it knows none by name. A connection starts
 * with connection_protocol_default, and changes by connection_protocol_set: before the first byte (a TLS handshake has
 * agreed on another by ALPN), or in the middle (an upgrade).
 *
 * Exchanges belong to their protocol: to the connection's state with HTTP/1, to a stream of it where there are several.
 */
#ifndef JSD_HTTP_CONNECTION_PROTOCOL_H
#define JSD_HTTP_CONNECTION_PROTOCOL_H

#include "server/http/server.h"

/* Of the memory for a protocol's state inside the connection (connection.state_memory), zeroed before `start`. A
 * protocol whose state is larger keeps a pointer there. */
enum { PROTOCOL_STATE_SIZE = 264 };

typedef struct connection_protocol {
  const char *name; /* "http/1.1": as in ALPN; "tunnel" */
  /* The connection speaks it from now on. May set a deadline. NULL: nothing to do. */
  void (*start)(connection *c);
  /* Takes from the window (c->window) what it can use now, and calls the app. What it leaves is kept. */
  void (*process)(connection *c);
  /* Output went to the kernel, or something else has changed. True: call `process` again. */
  bool (*progress)(connection *c);
  /* Whether the socket is read now. */
  bool (*wants_input)(const connection *c);
  /* Nothing is under way, and the protocol would lose nothing if the connection were closed now. */
  bool (*is_idle)(const connection *c);
  /* The client has shut down its side: c->end_of_input, and all it sent was read; or only c->peer_shut, while the
   * protocol did not want input: then there may be more to read, and the call is repeated at its end. */
  void (*end_of_input)(connection *c);
  /* The deadline of kind DEADLINE_PROTOCOL has passed. */
  void (*timeout)(connection *c);
  /* Each tick of the server's timer, for times of its own. True: something has changed. NULL: has none. */
  bool (*tick)(connection *c, uint64_t now);
  /* The server has begun to drain: end soon, lose nothing. `grace`: the time (loop's clock) until which something that
   * waits for the next request may wait. */
  void (*drain)(connection *c, uint64_t grace);
  /* Ends an idle connection in the protocol's own words. NULL: it has none, the connection is closed. */
  void (*farewell)(connection *c);
  /* The connection is closed; error: 0 or a negative errno. Tells the app, once. */
  void (*closed)(connection *c, int error);
  /* Frees what its state holds; the state's memory is the connection's. */
  void (*free)(connection *c);
  /* What it keeps once for a server (server->shared[shared]), made with the server. NULL: nothing. 0 or UV_ENOMEM. */
  int (*server_open)(http_server *server);
  void (*server_close)(http_server *server);
} connection_protocol;

/* Places of http_server.shared. */
enum { SHARED_HTTP1, SHARED_HTTP2, SHARED_COUNT };

const connection_protocol *connection_protocol_default(void);
/* The protocol of an ALPN name ("http/1.1"), or NULL. */
const connection_protocol *connection_protocol_named(const char *name, size_t length);
/* c speaks `protocol` from now on: frees the state of what it spoke before, and starts this one. */
void connection_protocol_set(connection *c, const connection_protocol *protocol);

int connection_protocols_open(http_server *server);
void connection_protocols_close(http_server *server);

#endif
