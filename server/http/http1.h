/*
 * http1: HTTP/1.x on a connection: heads through llhttp (after a scan that rejects what llhttp 8.1 lets pass),
 * bodies and chunked coding here. Only http1*.c include it, and connection_protocol.c, for the table.
 */
#ifndef JSD_HTTP_HTTP1_H
#define JSD_HTTP_HTTP1_H

#include <assert.h>
#include <llhttp.h>

#include "server/http/internal.h"

typedef enum http1_body_kind { BODY_NONE, BODY_LENGTH, BODY_CHUNKED } http1_body_kind;
typedef enum http1_chunk_state { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILERS } http1_chunk_state;
typedef enum http1_flow { FLOW_PAUSED, FLOW_OPEN, FLOW_DISCARD } http1_flow;

/* Per connection. */
typedef struct http1 {
  exchange exchange;
  bool active;        /* `exchange` is a live one */
  bool close_after;   /* no further request after this exchange */
  bool client_closes; /* and the client knows that, because it asked for it */
  bool last_allowed;  /* the client is told to close: max_requests_per_connection */
  bool head_only;     /* HEAD, 204, 304: no body bytes are sent */
  bool chunked;       /* the response is chunked */
  bool counts_length; /* the response has promised content_length bytes */
  bool own_length;    /* ... in a line of the app's own, which it may break */
  bool finish_reported, continue_sent, body_started;
  bool truncated;        /* the rest of the request body is not read */
  bool announced;        /* the client knows the keep-alive timeout */
  bool failed;           /* the app answers a client error itself: nothing more is parsed */
  bool left_alone;       /* answered, and the app has paused the body: discarded when it does not go on */
  bool want_drain;       /* exchange_write said "wait" */
  struct tunnel *tunnel; /* what the exchange was upgraded to: takes over as soon as the exchange is closed */
  uint8_t body_kind, chunk_state, flow;
  uint16_t line_checked; /* the first line of an incomplete head has been looked at */
  uint16_t status;
  size_t head_scanned; /* of the incomplete head: where the last unfinished line begins */
  uint64_t body_left;  /* of the request: rest of the body, or of the chunk */
  uint64_t body_received, body_discarded;
  size_t extension_bytes;
  uint64_t request_start; /* when the first byte of a head that is not complete came, 0: there is none */
  uint64_t response_left;
  size_t head_length;            /* of the request */
  size_t reserved, reserved_gap; /* exchange_reserve: capacity, and room for the head before it */
  char *reserve_at;
  char *kept; /* memory of the connection for a head that outlives its turn; then its header positions */
  size_t kept_capacity;
  char *kept_trailers;
} http1;

static_assert(sizeof(http1) <= PROTOCOL_STATE_SIZE, "an http1 has room in its connection");
static inline http1 *http1_at(const connection *c) { return (http1 *)(void *)c->state_memory; }

/* Result of parsing one head. */
typedef struct http1_head {
  const char *base;
  size_t url, url_length;
  exchange_header_position *headers;
  unsigned count, capacity, limit;
  unsigned hosts, transfer_encodings, content_lengths;
  int host_index, transfer_encoding_index, expect_index;
  size_t error_at; /* of what llhttp refused; taken by the report of it */
  bool too_many, bad_name, upgrade, complete, out_of_memory;
  uint16_t flags;
} http1_head;

/* Of a server: heads are parsed in one go, so one parser serves all connections. */
typedef struct http1_shared {
  llhttp_t parser;
  http1_head head;
} http1_shared;
static inline http1_shared *http1_shared_of(const http_server *server) { return server->shared[SHARED_HTTP1]; }

/* --- http1_head.c ------------------------------------------------------------------------------------------------ */
typedef enum http1_scan {
  SCAN_INCOMPLETE,
  SCAN_COMPLETE,
  SCAN_BARE_LF,
  SCAN_BARE_CR,
  SCAN_CONTROL,
  SCAN_FOLD,
} http1_scan;
/* Looks for the empty line that ends a header block, one pass, refusing bare CR and LF, control bytes and folded
 * lines. *scanned: in: where to go on (0 at first), out: begin of the unfinished line. On SCAN_COMPLETE *length is the
 * length of the block with its empty line. lenient: control bytes but CR and LF pass. */
http1_scan http1_scan_head(const char *data, size_t available, bool lenient, size_t *scanned, size_t *length);
const char *http1_scan_code(http1_scan scan);
const char *http1_scan_reason(http1_scan scan);

/* Parses a complete head into the shared one. 0, or the status to answer with *error filled. */
int http1_parse_head(http_server *server, const char *data, size_t length, const char **code, const char **reason);
/* An incomplete head: is what there is of its first line acceptable? As above. */
int http1_check_line(http_server *server, const char *data, size_t length, const char **code, const char **reason);
/* "Name: value" lines of a scanned block into positions; count, or negative when malformed or more than limit. */
int http1_split_lines(const char *data, size_t length, exchange_header_position *out, unsigned limit);
bool http1_token_equal(http_slice slice, const char *lower);
/* Of a head with an Expect field. */
bool http1_expects_continue(const http1_head *head);

/* --- http1.c ----------------------------------------------------------------------------------------------------- */
extern const connection_protocol http1_connection;
void http1_closed(connection *c, int error);
/* The running exchange can't go on: answers `status` if no head was sent, and tells the app. */
void http1_abort(connection *c, int status, int error);
/* A body that is malformed or cut short. True: the app has been told and answers itself. */
bool http1_body_error(connection *c, int status, const char *code, const char *reason);
/* Client error: the app's hook, or the default answer; then the connection ends. */
void http1_fail(connection *c, int status, const char *code, const char *reason);

/* --- http1_body.c ------------------------------------------------------------------------------------------------ */
/* Feeds the window to the body, as far as the app wants it. */
void http1_body_feed(connection *c);
/* For what is left of a body when the app has answered and does not read on. */
void http1_set_discard_deadline(connection *c);

/* --- http1_response.c -------------------------------------------------------------------------------------------- */
extern const exchange_protocol http1_protocol;
/* A default answer of the engine's own: "HTTP/1.1 400 Bad Request", Connection: close. */
void http1_answer_error(connection *c, int status);
static inline http1 *http1_of(exchange *x) { return (http1 *)x; } /* exchange is its first member */

#endif
