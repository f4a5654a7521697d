/*
 * http2: HTTP/2 (RFC 9113) on a connection, with nghttp2 for frames, HPACK, flow control arithmetic and the order in
 * which streams get to write (RFC 9218). Only http2*.c include it, and connection_protocol.c, for the table.
 *
 * nghttp2 may not be entered again from its own callbacks, and an app may do anything in an event. So callbacks only
 * note what happened and put the stream on the list `due`; http2_settle works that list off once nghttp2 has returned,
 * and calls the app. The one exception is body data for an app that is reading, which is handed on in place: sending
 * waits meanwhile (`busy`). A request that the client resets in the same read therefore never reaches the app.
 *
 * Input: the window of a stream opens as its app reads, so an app that does not read keeps at most STREAM_WINDOW bytes
 * of one stream here. The window of the connection always opens at once: a body that nobody reads must not hold up the
 * others.
 * Output: nghttp2 is asked for frames only while the kernel takes them; what waits is in the streams, where priorities
 * still decide and exchange_pending counts it.
 */
#ifndef JSD_HTTP_HTTP2_H
#define JSD_HTTP_HTTP2_H

#include <assert.h>
#include <nghttp2/nghttp2.h>

#include "server/http/internal.h"
#include "server/http/tunnel.h"

enum {
  STREAM_WINDOW = 65535,        /* of a stream that is not read yet: the protocol's own default */
  READING_WINDOW = 256 * 1024,  /* once its app has begun to read */
  CONNECTION_WINDOW = 16 << 20, /* it never holds back more than its streams do */
  PIECE_SIZE = 2048,            /* memory of small pieces of output, kept for the next */
  PIECES_KEPT = 256,
  STREAMS_KEPT = 256,
  HEAD_KEPT = 4096, /* a head buffer up to this size stays with a kept stream */
  FRAME_HEADER = 9,
  RESETS_KNOWN = 32,
};

/* Output of a stream: own bytes after the struct, or foreign ones, which a send may still hold when the piece is off
 * the stream. */
typedef struct http2_piece {
  struct http2_piece *next;
  const char *data;
  size_t length, capacity; /* capacity 0: foreign */
  unsigned references;
  void (*release)(void *);
  void *release_data;
  char bytes[];
} http2_piece;

typedef enum http2_flow { HTTP2_PAUSED, HTTP2_OPEN, HTTP2_DISCARD } http2_flow;

typedef struct http2 http2;
typedef struct http2_stream {
  exchange exchange; /* first */
  http2 *session;
  struct http2_stream *next, *previous, *due_next;
  int32_t id;
  bool due;
  bool requested;    /* the head is complete: the app is to be asked */
  bool active;       /* the app has it, and on_close is still to come */
  bool closed;       /* nghttp2 knows it no more */
  bool too_large;    /* its head is over a limit: 431 */
  bool in_trailers;  /* fields that come are trailers */
  bool bodiless;     /* the head came with END_STREAM */
  bool end_received; /* END_STREAM came; what is in `input` is still to be read */
  bool output_ended; /* no more output comes */
  bool body_started, continue_sent;
  bool head_only; /* HEAD, 204, 304 */
  bool counts_length, end_sent, finish_reported, want_drain;
  bool deferred;   /* nghttp2 waits for resume_data */
  bool left_alone; /* answered, and the app has paused the body */
  bool reset;      /* RST_STREAM goes, or went, from here */
  bool widened;    /* READING_WINDOW is set */
  bool has_authority, has_host, extended, is_connect;
  uint8_t flow;
  int error; /* on_close's */
  uint32_t close_code;
  uint64_t began_at, blocked_at, left_at; /* blocked_at: since when output waits without progress */
  uint64_t received;
  int64_t response_left;

  /* The head as text "name: value\r\n..."; positions point into it. */
  char *text;
  uint32_t text_length, text_capacity, url_at, url_length, authority_at, authority_length, protocol_at, protocol_length;
  exchange_header_position *positions;
  uint32_t positions_count, positions_capacity, trailers_first;
  char *cookies; /* crumbs, joined (RFC 9113 8.2.3) */
  uint32_t cookies_length;
  uint32_t list_size; /* RFC 9113 6.5.2 */
  int method;         /* -1: unknown */

  /* Body that came before the app reads. */
  char *input;
  size_t input_start, input_length, input_capacity;

  http2_piece *output, *output_tail, *reserved;
  size_t queued, reserved_capacity;
  nghttp2_nv *trailers; /* to send; values after the array */
  size_t trailers_count;
  struct http2_tunnel *tunnel;
} http2_stream;

/* Tokens that refill with time; see http2_guard.c. */
typedef struct http2_bucket {
  double tokens;
  uint64_t at;
} http2_bucket;

struct http2 {
  connection *connection;
  nghttp2_session *session;
  http2_stream *streams, *due, **due_tail;
  unsigned stream_count; /* of `streams`: also what nghttp2 knows no more and the app has not let go */
  unsigned request_count;
  bool busy;                       /* inside nghttp2 */
  bool in_headers;                 /* a header block has begun and not ended */
  bool settled;                    /* the client's SETTINGS came */
  bool leaving;                    /* the first GOAWAY is sent: no new streams are wanted */
  bool left;                       /* the final one */
  bool terminated;                 /* one for an error: nghttp2 is done */
  bool failed;                     /* the connection ends as soon as the last GOAWAY is sent */
  bool waiting;                    /* a stream waits for the kernel to take its output */
  uint32_t fail_code, field_bytes; /* of the header block that comes now, as far as they were refused */
  uint64_t headers_at, leave_at, idle_at;
  int32_t last_id;       /* the client's highest stream */
  bool skipped;          /* not all streams below were begun */
  unsigned resets_count; /* how many streams were reset from here; the first of them: */
  int32_t resets_ids[RESETS_KNOWN];
  http2_bucket resets, controls;
};

static inline http2 *http2_at(const connection *c) { return *(http2 **)(void *)c->state_memory; }
static inline http2_stream *http2_of(const exchange *x) { return (http2_stream *)x; }

/* Of a server. */
typedef struct http2_shared {
  nghttp2_session_callbacks *callbacks;
  nghttp2_option *option;
  http2_piece *pieces;
  http2_stream *streams;
  unsigned pieces_count, streams_count;
} http2_shared;
static inline http2_shared *http2_shared_of(const http_server *server) { return server->shared[SHARED_HTTP2]; }

/* --- http2.c ----------------------------------------------------------------------------------------------------- */
extern const connection_protocol http2_connection;
/* What a connection with prior knowledge begins with, and its length. */
#define HTTP2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
/* The stream has something for http2_settle. */
void http2_due(http2_stream *s);
/* The app has called: what it has changed is sent at the end of this turn. */
void http2_later(http2_stream *s);
/* Sends what nghttp2 has, while the kernel takes it. Nothing inside nghttp2's callbacks. */
void http2_send(http2 *h);
/* GOAWAY with this error code, then the connection ends. breach: it is counted as a flood. */
void http2_fail(http2 *h, uint32_t code, bool breach);
/* Tells the client to go elsewhere with new requests. */
void http2_leave(http2 *h);

/* --- http2_callbacks.c ------------------------------------------------------------------------------------------- */
int http2_callbacks_create(nghttp2_session_callbacks **out);

/* --- http2_stream.c ---------------------------------------------------------------------------------------------- */
http2_stream *http2_stream_create(http2 *h, int32_t id);
void http2_stream_free(http2_stream *s);
/* Answers on behalf of the engine when no head was sent, else resets; the app hears `error`. */
void http2_stream_abort(http2_stream *s, int status, int error);
void http2_stream_reset(http2_stream *s, uint32_t code, int error);
/* Tells the app, once. */
void http2_stream_closed(http2_stream *s, int error);
/* Hands to the app what it wants of the body. False: the connection is closed. */
bool http2_stream_feed(http2_stream *s);
/* Body bytes from nghttp2. 0 or UV_ENOMEM. */
int http2_stream_receive(http2_stream *s, const char *data, size_t length);

/* --- http2_request.c --------------------------------------------------------------------------------------------- */
/* One field of a head or of trailers. 0, UV_E2BIG: over the limits, UV_EPROTO: malformed, UV_ENOMEM. */
int http2_request_field(http2_stream *s, http_slice name, http_slice value);
/* The head is complete. 0; or the status to answer; or UV_EPROTO: malformed. Fills the exchange. */
int http2_request_complete(http2_stream *s, bool end_stream);
int http2_request_trailers(http2_stream *s);

/* --- http2_response.c -------------------------------------------------------------------------------------------- */
extern const exchange_protocol http2_protocol;
int http2_answer(http2_stream *s, int status);
/* Queues output of a stream: a body's or a tunnel's. 0 or negative (nothing taken; release was called). */
int http2_stream_write(http2_stream *s, http_bytes bytes);
void http2_stream_wake(http2_stream *s);
void http2_output_drop(http2_stream *s);
void http2_piece_drop(http2_shared *shared, http2_piece *piece);
/* nghttp2's callbacks of DATA. */
nghttp2_ssize http2_read_data(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t length, uint32_t *flags,
                              nghttp2_data_source *source, void *user_data);
int http2_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *header, size_t length,
                    nghttp2_data_source *source, void *user_data);
int http2_submit_head(http2_stream *s, int status, http_fields fields, int64_t length, unsigned flags, bool data);

/* --- http2_tunnel.c ---------------------------------------------------------------------------------------------- */
struct http2_tunnel *http2_tunnel_create(http2_stream *s, const struct tunnel_events *events, void *data);
/* Input, end of input, room, end of output: called by http2_settle. */
void http2_tunnel_settle(http2_stream *s);
void http2_tunnel_closed(http2_stream *s, int error);
tunnel *http2_tunnel_of(struct http2_tunnel *t);

/* --- http2_guard.c ----------------------------------------------------------------------------------------------- */
/* The client, or an error that it provoked, has reset a stream / a frame came that does no work. False: too many. */
bool http2_guard_reset(http2 *h);
bool http2_guard_control(http2 *h);
/* A frame of data went or came, which pays for control frames. */
void http2_guard_data(http2 *h);
/* A stream is reset from here: what its client has sent before it knew is not held against it. */
void http2_guard_mark(http2 *h, int32_t id);
/* HEADERS come for this stream: 0, or the code of the connection's error. */
uint32_t http2_guard_headers(http2 *h, int32_t id);

#endif
