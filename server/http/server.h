/*
 * http_server: limits, timeouts, counters and connections of one HTTP server in one process (one loop). Make it, give
 * it listeners (listener.h), drain it, destroy it. Pure C: knows neither V8 nor the master.
 */
#ifndef JSD_HTTP_SERVER_H
#define JSD_HTTP_SERVER_H

#include <uv.h>

#include "server/http/connection.h"
#include "server/http/exchange.h"

typedef struct http_server http_server;
struct accept_member;

/* Times in milliseconds, sizes in bytes; 0 in a limit or timeout means none unless said otherwise. Start from
 * http_server_options_default. May be changed while running through http_server_options_of: new values apply from the
 * next request on. */
typedef struct http_server_options {
  uint64_t header_timeout;  /* 60000: from the first byte of a request (or from accept) to the end of its head: 408 */
  uint64_t request_timeout; /* 300000: from the first byte of a request to the end of its body: 408 */
  uint64_t keep_alive_timeout; /* 5000: idle between requests; closed silently */
  uint64_t write_timeout;      /* 60000: a client that takes no byte of pending output */
  uint64_t linger_timeout;     /* 2000: reading on after an error answer or a close, so that the client gets it */
  uint64_t drain_idle_grace;   /* 2000: while draining: how long an idle connection may still bring its next request */
  uint64_t timer_tick;         /* 500: coarseness of all of these; must not be 0 */
  size_t max_header_bytes;     /* 16384: request line and headers: 431 (414 when the URL alone exceeds it) */
  size_t max_url_bytes;        /* 0: as max_header_bytes; 414 */
  unsigned max_headers_count;  /* 2000 (at most 65535): 431 */
  uint64_t max_body_bytes;     /* 0: 413 */
  uint64_t max_discard_bytes;  /* 1 MiB: of a body nobody reads, before the connection is closed instead */
  uint64_t max_requests_per_connection; /* 0: then Connection: close (as_node: that is said, the client closes) */
  unsigned max_connections;             /* 0: then the longest idle one is closed; if none is, accepting pauses, or with
                                           drop_connections (which closes no idle one) new ones are closed */
  bool drop_connections;
  bool require_host_header;            /* true: 400 for HTTP/1.1 without Host */
  bool as_node;                        /* false: judge requests and answer what cannot be served as Node's server does:
                                          400, 408, 413 and 431 with nothing but Connection: close; any
                                          Expect is the app's matter; paths may be any text; a client
                                          that goes is noticed before the body it sent is read */
  bool lenient;                        /* false: take control characters in header values, a second Host, and a
                                          Content-Length beside Transfer-Encoding: each read as one thing here and as another elsewhere */
  bool allow_half_open;                /* false: a client's FIN before the response ended is an abort, as in Node */
  size_t high_water_mark;              /* 65536: pending output above which exchange_write returns 0 */
  size_t low_water_mark;               /* 16384: on_drain at or below it */
  unsigned http2;                      /* 0; HTTP2_*: where clients may speak HTTP/2 */
  unsigned http2_max_streams;          /* 128: concurrent ones of a connection; 0: no limit */
  unsigned http2_max_resets;           /* 200: streams reset before their answer, by the client or for what it sent */
  unsigned http2_max_control_frames;   /* 1000: frames that carry nothing. Both: of a connection, a tenth of it comes
                                          back per second; more: GOAWAY(ENHANCE_YOUR_CALM) */
  struct accept_member *accept_member; /* NULL: this process accepts alone */
  struct in_flight *in_flight; /* NULL, or where requests in flight are recorded (in_flight.h); outlives the server */
  void (*note)(const char *text); /* NULL, or takes a line for the operator: what runs out, once a burst */
} http_server_options;

enum {
  HTTP2_CLEAR = 1, /* over a clear socket, with prior knowledge: a connection that begins with HTTP/2's preface */
  HTTP2_TLS = 2,   /* where ALPN has chosen "h2" (tls_config_set_alpn offers it) */
};

/* Written by this server only, plain stores, each 8 byte aligned: readers in other processes may read any time. */
typedef struct http_counters {
  uint64_t connections_accepted, connections_active, connections_dropped, connections_handed_over;
  uint64_t requests, requests_active;
  uint64_t responses_1xx, responses_2xx, responses_3xx, responses_4xx, responses_5xx;
  uint64_t bytes_read, bytes_written;
  uint64_t client_errors, timeouts, aborted;
  uint64_t http2_connections, http2_floods; /* floods: connections ended with ENHANCE_YOUR_CALM */
  uint64_t http2_unknown_frames;            /* of a type that is not known, and ignored (RFC 9113 5.5) */
  uint64_t tls_handshakes, tls_failed;      /* finished; not, of clients that have said something */
  uint64_t tunnels, tunnels_active;         /* exchange_upgrade; connections_active counts their connections too */
} http_counters;

typedef struct http_client_error {
  int status; /* what the engine will answer: 400, 408, 413, 414, 417, 431, 501, 505; 0: nothing can be answered */
  const char *code; /* Node's: "HPE_INVALID_METHOD", "HPE_HEADER_OVERFLOW", "ERR_HTTP_REQUEST_TIMEOUT", "ECONNRESET" */
  const char *reason; /* one line, e.g. llhttp's */
  http_slice raw;     /* the bytes that were being parsed (Node's rawPacket); valid in the call */
  size_t parsed;      /* how many of them were in order, as far as that is known */
} http_client_error;

/* The app. All members but on_request may be NULL. */
typedef struct http_handler {
  void (*on_request)(void *data, exchange *x);
  void (*on_connection)(void *data, connection *c);
  /* The connection is gone (its exchange was closed before); error: 0 or why, negative errno. */
  void (*on_connection_close)(void *data, connection *c, int error);
  /* A request that could not be parsed or came too late. True: the app answers with connection_write /
   * connection_end / connection_destroy itself (later is fine); false: default answer, then close. Not called once an
   * exchange exists for the request (that one gets on_close). */
  bool (*on_client_error)(void *data, connection *c, const http_client_error *error);
  /* connection_set_timeout fired. True: handled; false: destroy. */
  bool (*on_timeout)(void *data, connection *c);
  /* A connection was closed at once because of max_connections. */
  void (*on_drop)(void *data, const connection_address *peer);
} http_handler;

void http_server_options_default(http_server_options *options);
/* counters may be NULL (own memory). handler is used in place and outlives the server. 0 or negative errno. */
int http_server_create(uv_loop_t *loop, const http_server_options *options, const http_handler *handler, void *data,
                       http_counters *counters, http_server **out);
http_server_options *http_server_options_of(http_server *server);
void *http_server_data(const http_server *server);
const http_counters *http_server_counters(const http_server *server);
uv_loop_t *http_server_loop(const http_server *server);
connection *http_server_first_connection(http_server *server);
unsigned http_server_connections(const http_server *server);
/* Those of them that have become tunnels (tunnel.h). */
unsigned http_server_tunnels(const http_server *server);

/* Connections accepted from now on speak TLS (tls_config.h); takes the caller's reference. NULL: clear ones. Of a
 * listener's own config see http_listener_set_tls. */
struct tls_config;
void http_server_set_tls(http_server *server, struct tls_config *config);
struct tls_config *http_server_tls(const http_server *server);

/* Serves a connected stream socket that somebody else accepted; the server owns fd from now on (also on failure). */
int http_server_adopt(http_server *server, int fd);

/* Stops accepting (closes the listeners), answers what is in flight with Connection: close, and lets every idle
 * connection bring one more request (answered with Connection: close) for drain_idle_grace; then it is shut down and
 * lingers. done(data) is called once, from the loop, when no connection is left. Calling again is ignored (-EALREADY).
 * Tunnels hold it until they have ended, or http_server_close_all cuts them. */
int http_server_drain(http_server *server, void (*done)(void *data), void *data);
bool http_server_draining(const http_server *server);
/* Node's closeIdleConnections / closeAllConnections, which spares what was upgraded. */
void http_server_close_idle(http_server *server);
void http_server_close_exchanges(http_server *server);
/* Cuts every connection, tunnels included; their on_close(UV_ECANCELED) follows from the loop. */
void http_server_close_all(http_server *server);

/* The process ends: offers what connections have to send to the kernel once. Does not wait, calls nobody. */
void http_server_flush_all(http_server *server);

/* Destroys connections and listeners now (exchanges get on_close from the loop), then closed(data) from the loop; the
 * memory goes after that. Counters memory is not touched any more. */
void http_server_destroy(http_server *server, void (*closed)(void *data), void *data);
/* Whether the server's listeners and connections keep the loop alive (default true). */
void http_server_set_referenced(http_server *server, bool referenced);

#endif
