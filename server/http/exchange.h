/*
 * exchange: one request and its response. It is the only thing that the protocol side (http1, later http2) and the app
 * side (fetch handler, node:http, static files, status page) share; a handler never learns which HTTP version carries
 * it. Protocols plug in through `exchange_protocol`.
 *
 * Rules that make it safe to use from JS:
 * - No event (exchange_events, http_handler) is ever called from inside an exchange_* or connection_* call that the
 *   app makes; they come later, from the loop. The only exception is `release` of foreign memory, which may run inside
 *   exchange_respond/exchange_write.
 * - An exchange belongs to its protocol: with HTTP/1 there is one at a time on a connection, with others it is one of
 *   several streams. What is asked of it (pending bytes, pause, destroy) concerns it alone.
 * - It is valid from on_request until on_close returns. A handler that answers
 *   completely inside on_request needs no events; one that answers later must set `events` with on_close and forget
 *   its pointer there.
 * - Every call is allowed in every state: what makes no sense (a second answer, an answer after an abort) returns a
 *   negative errno and does nothing.
 * - Request head slices (method, url, headers) stay valid as long as the exchange, but may move when on_request
 *   returns: get them through the functions here each time, keep no pointers across on_request.
 */
#ifndef JSD_HTTP_EXCHANGE_H
#define JSD_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nobody may drop the result: what was not taken must be answered otherwise, or the exchange destroyed. */
#define EXCHANGE_CHECKED __attribute__((warn_unused_result))

typedef struct exchange exchange;
typedef struct connection connection;
struct tunnel;
struct tunnel_events;

typedef struct http_slice {
  const char *data; /* not NUL terminated */
  size_t length;
} http_slice;

typedef struct http_header {
  http_slice name;  /* as the client wrote it (case kept) */
  http_slice value; /* without surrounding white space; bytes are Latin-1 by HTTP's rules */
} http_header;

/* The header or trailer fields of a response, in the order in which they are sent. Slices of the caller's, read within
 * the call. The caller has validated names and values (no CR, LF, NUL; no blanks around a value). */
typedef struct http_fields {
  const http_header *items;
  size_t count;
} http_fields;

/* Body bytes to send. release == NULL: the engine copies what the kernel did not take at once. Otherwise the memory
 * stays the app's until release(release_data) is called, exactly once, also when the call fails. */
typedef struct http_bytes {
  const char *data;
  size_t length;
  void (*release)(void *release_data);
  void *release_data;
} http_bytes;

/* Flags of exchange_respond, exchange_commit and exchange_head. The fields must hold none that the engine writes
 * itself; where the app brings its own, the flag says so. */
enum {
  EXCHANGE_NO_DATE = 1, /* no Date line (the fields have one, or the app wants none) */
  EXCHANGE_NO_CONNECTION =
      2,              /* no Connection/Keep-Alive line (the fields have one); persistence is still decided here */
  EXCHANGE_CLOSE = 4, /* close after this response (writes Connection: close unless NO_CONNECTION) */
  EXCHANGE_KEEP_ALIVE =
      8, /* say Connection: keep-alive and Keep-Alive: timeout=N, as Node does; default: HTTP/1.0 only */
  EXCHANGE_NO_LENGTH = 16,  /* no line about the body's length: the fields have one, or the end of the connection
                               says it (then with EXCHANGE_CLOSE), or there is no body */
  EXCHANGE_HAS_LENGTH = 32, /* exchange_head: the fields have a Content-Length equal to content_length */
  EXCHANGE_NO_CHUNKED = 64, /* exchange_head with unknown length: end by closing the connection, not chunked */
  EXCHANGE_CHUNKED = 128,   /* exchange_respond, exchange_commit: chunked although the length is known */
  EXCHANGE_HAS_ENCODING = 256,   /* chunked by a Transfer-Encoding that the fields have, whatever the version */
  EXCHANGE_HAS_KEEP_ALIVE = 512, /* the fields have a Keep-Alive of their own */
};
#define EXCHANGE_LENGTH_UNKNOWN (-1)

/* All members may be NULL. */
typedef struct exchange_events {
  /* A piece of the request body; only after exchange_body_resume, and not while paused. `data` is valid in the call. */
  void (*on_data)(exchange *x, const char *data, size_t length);
  /* The request is complete; trailers are known. Not called for requests without a body (exchange_has_body). */
  void (*on_end)(exchange *x);
  /* Pending output fell below the low-water mark after exchange_write said "wait". */
  void (*on_drain)(exchange *x);
  /* The response's last byte went to the kernel (Node's 'finish'). */
  void (*on_finish)(exchange *x);
  /* The last call, always made when `events` was set. error 0: both directions completed; else negative errno:
   * UV_ECONNRESET / UV_EOF client went away, UV_ETIMEDOUT, UV_EMSGSIZE body over the limit, UV_EPROTO malformed body,
   * UV_ECANCELED destroyed by the app or the server, UV_EPIPE. */
  void (*on_close)(exchange *x, int error);
} exchange_events;

/* What a protocol implements. Arguments as in the exchange_* functions. */
typedef struct exchange_protocol {
  const char *name; /* "HTTP/1.1" */
  int (*respond)(exchange *x, int status, const char *reason, http_fields headers, http_bytes body, unsigned flags);
  char *(*reserve)(exchange *x, size_t head_size, size_t capacity);
  int (*commit)(exchange *x, int status, const char *reason, http_fields headers, size_t length, unsigned flags);
  int (*head)(exchange *x, int status, const char *reason, http_fields headers, int64_t content_length, unsigned flags);
  int (*write)(exchange *x, http_bytes bytes);
  int (*write_file)(exchange *x, int fd, int64_t offset, size_t length); /* NULL: exchange_write only */
  int (*end)(exchange *x, http_fields trailers);
  int (*informational)(exchange *x, int status, const char *reason, http_fields headers);
  void (*body_resume)(exchange *x);
  void (*body_pause)(exchange *x);
  void (*body_discard)(exchange *x);
  int (*upgrade)(exchange *x, const struct tunnel_events *events, void *data, struct tunnel **out, http_slice *early);
  void (*destroy)(exchange *x);
  int (*flush)(exchange *x);
  size_t (*pending)(const exchange *x);
} exchange_protocol;

/* Position of a header line inside `head`, so that the head can be moved in one copy. */
typedef struct exchange_header_position {
  uint32_t name, value, name_length, value_length;
} exchange_header_position;

struct exchange {
  const exchange_protocol *protocol;
  connection *connection;
  const exchange_events *events; /* set by the app in on_request; NULL: it wants to know nothing */
  void *data;                    /* the app's */
  uint64_t serial;               /* unique in the server, counts requests from 1 */

  /* The request; read through the functions below. */
  const char *head;
  const exchange_header_position *headers;
  const exchange_header_position *trailers; /* known at on_end */
  const char *trailers_head;
  uint32_t url, url_length;
  uint16_t headers_count, trailers_count;
  uint8_t method; /* llhttp's number (HTTP_GET, ...) */
  uint8_t version_major, version_minor;
  bool has_body;          /* a body follows (Content-Length > 0 or chunked) */
  bool keep_alive;        /* what the client's version and Connection header ask for */
  bool upgrade;           /* Connection: upgrade with an Upgrade header, or CONNECT: exchange_upgrade is possible */
  bool expects_continue;  /* sent Expect: 100-continue */
  bool expects_other;     /* sent another Expect (only where options.as_node is set) */
  bool surplus;           /* one more than max_requests_per_connection (only where options.as_node is set) */
  bool manual_continue;   /* app sets it in on_request: no automatic 100 Continue at the first exchange_body_resume */
  bool request_complete;  /* the whole body has been delivered (or there is none) */
  bool head_sent;         /* the final status line has been written */
  bool ended;             /* the response is complete on the app's side */
  uint64_t in_flight;     /* its ticket in the server's in_flight, 0: none */
  int64_t content_length; /* of the request, -1 when chunked, 0 without a body */
};

/* --- Request --------------------------------------------------------------------------------------------------- */
const char *http_method_name(unsigned method); /* "GET" */
static inline http_slice exchange_url(const exchange *x) { return (http_slice){x->head + x->url, x->url_length}; }
static inline http_header exchange_header(const exchange *x, unsigned i) {
  const exchange_header_position *h = &x->headers[i];
  return (http_header){{x->head + h->name, h->name_length}, {x->head + h->value, h->value_length}};
}
static inline http_header exchange_trailer(const exchange *x, unsigned i) {
  const exchange_header_position *h = &x->trailers[i];
  return (http_header){{x->trailers_head + h->name, h->name_length}, {x->trailers_head + h->value, h->value_length}};
}
/* First header of this lower-case name, in any case. False when absent. */
bool exchange_find_header(const exchange *x, const char *lower_name, http_slice *value);
static inline bool exchange_has_body(const exchange *x) { return x->has_body; }

/* The body starts paused: until the app resumes, at most one read buffer of it is taken from the socket. Resuming (the
 * first time) sends the automatic 100 Continue. on_data follows from the loop, or after on_request has returned. What
 * nobody has read when the response is complete is discarded (up to the server's max_discard_bytes, else the connection
 * closes): at once when the app never resumed or has called exchange_body_discard, and linger_timeout after the
 * response when it has paused and does not go on. */
static inline void exchange_body_resume(exchange *x) { x->protocol->body_resume(x); }
static inline void exchange_body_pause(exchange *x) { x->protocol->body_pause(x); }
/* The app wants no more of it: no on_data and no on_end follow. */
static inline void exchange_body_discard(exchange *x) { x->protocol->body_discard(x); }

/* --- Response --------------------------------------------------------------------------------------------------
 * reason NULL: the standard phrase (protocols that have none leave it out). All return 0 or a negative errno unless
 * said otherwise: UV_EALREADY (already answered), UV_ECANCELED (client gone or destroyed), UV_EINVAL, UV_ENOMEM. */

/* The whole response at once. Content-Length, Date and Connection are added; HEAD gets the length without the bytes;
 * 1xx/204 get neither, 304 no body. Leaves in one write together with its head. */
EXCHANGE_CHECKED
static inline int exchange_respond(exchange *x, int status, const char *reason, http_fields headers, http_bytes body,
                                   unsigned flags) {
  return x->protocol->respond(x, status, reason, headers, body, flags);
}

/* The same without copying: reserve room for up to `capacity` body bytes in the output buffer, write them there (no
 * other call to the engine in between), then commit with the real length. reserve returns NULL when out of memory or
 * when the exchange cannot be answered any more. head_size: http_head_size of what commit will get. Reserving
 * without committing is harmless. */
static inline char *exchange_reserve(exchange *x, size_t head_size, size_t capacity) {
  return x->protocol->reserve(x, head_size, capacity);
}
EXCHANGE_CHECKED
static inline int exchange_commit(exchange *x, int status, const char *reason, http_fields headers, size_t length,
                                  unsigned flags) {
  return x->protocol->commit(x, status, reason, headers, length, flags);
}

/* Streaming: head, any number of writes, end. content_length >= 0: bytes promised (more: UV_EMSGSIZE and nothing is
 * written, or with a Content-Length line of the app's own they are, and the connection is closed after them; fewer at
 * the end: the connection is closed so that the client notices). EXCHANGE_LENGTH_UNKNOWN: chunked,
 * or until close for HTTP/1.0 clients. The head is held back until the first write, end, flush or the end of this
 * turn of the loop. */
EXCHANGE_CHECKED
static inline int exchange_head(exchange *x, int status, const char *reason, http_fields headers,
                                int64_t content_length, unsigned flags) {
  return x->protocol->head(x, status, reason, headers, content_length, flags);
}
/* 1: go on; 0: taken, but wait for on_drain; negative errno: not taken. Writes of one turn of the loop leave together.
 * Lent memory is released by the time that 1 is returned or on_drain is called: the app may use it again. */
EXCHANGE_CHECKED
static inline int exchange_write(exchange *x, http_bytes bytes) { return x->protocol->write(x, bytes); }
/* The same with bytes of a file, which the kernel sends where it can; fd becomes the engine's, also when the call
 * fails. A file that turns out shorter ends the connection. UV_ENOTSUP: read it and write the bytes. */
EXCHANGE_CHECKED int exchange_write_file(exchange *x, int fd, int64_t offset, size_t length);
/* trailers: chunked only, else ignored; may be empty. */
EXCHANGE_CHECKED
static inline int exchange_end(exchange *x, http_fields trailers) { return x->protocol->end(x, trailers); }
/* Sends what is held back now. */
EXCHANGE_CHECKED
static inline int exchange_flush(exchange *x) { return x->protocol->flush(x); }
/* 100 Continue, 102, 103 Early Hints (sent at once; ignored for HTTP/1.0 clients). Before the final head only. */
EXCHANGE_CHECKED
static inline int exchange_informational(exchange *x, int status, const char *reason, http_fields headers) {
  return x->protocol->informational(x, status, reason, headers);
}

/* The exchange becomes a byte stream (tunnel.h) that is the app's to speak on (WebSocket, CONNECT, any 101): nothing of
 * a response was sent unless informational. *early are the bytes that followed the head, valid until the caller returns
 * to the loop. on_close(x, 0) follows. UV_EINVAL unless x->upgrade; UV_EALREADY after a head was sent. If the app
 * answers normally instead, the Upgrade header has no effect (for CONNECT: the connection closes). */
EXCHANGE_CHECKED
static inline int exchange_upgrade(exchange *x, const struct tunnel_events *events, void *data, struct tunnel **out,
                                   http_slice *early) {
  return x->protocol->upgrade(x, events, data, out, early);
}
/* Closes the connection without finishing (node's destroy()). on_close(x, UV_ECANCELED) follows. */
static inline void exchange_destroy(exchange *x) { x->protocol->destroy(x); }

/* Bytes of this exchange's output that the kernel has not taken yet. */
static inline size_t exchange_pending(const exchange *x) { return x->protocol->pending(x); }
/* The fields of a serialised block "Name: value\r\nName: value\r\n" into `out`: how many, or UV_ENOSPC when there are
 * more than `capacity`. */
int http_fields_split(const char *block, size_t length, http_header *out, size_t capacity);
/* The room that a reason (may be NULL) and fields take in a head, at most. */
size_t http_head_size(const char *reason, http_fields fields);
/* Standard phrase of a status code; "" when unknown. */
const char *http_status_reason(int status);

#endif
