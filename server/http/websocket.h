/*
 * websocket: one end of a WebSocket (RFC 6455), a server's or a client's, over whatever carries bytes: a tunnel of the
 * engine (websocket_tunnel.c), or a socket of JS. It reads frames into messages, answers pings and closes, checks,
 * limits and times out; what it sends is a frame per message.
 *
 * A group holds what the WebSockets of one loop share: options, buffers, random bytes for masks, and one timer that
 * looks after all of them, so that a quiet WebSocket costs no timer of its own.
 *
 * Events come from websocket_feed, websocket_ended, websocket_carrier_closed and the timer, never from the other calls.
 * A WebSocket is valid until on_close has returned.
 */
#ifndef JSD_HTTP_WEBSOCKET_H
#define JSD_HTTP_WEBSOCKET_H

#include <uv.h>

#include "server/http/exchange.h"
#include "server/http/websocket_deflate.h"
#include "server/http/websocket_frame.h"

typedef struct websocket websocket;
typedef struct websocket_group websocket_group;

/* Times in milliseconds, sizes in bytes; 0: none, unless said otherwise. */
typedef struct websocket_options {
  size_t max_message;        /* 16 MiB: a larger message, as it is read, is answered with 1009 */
  size_t max_buffered;       /* 16 MiB: one that has more to send than that is cut */
  size_t max_publish;        /* 128 KiB: a larger message is not published; at most PUBLISH_BYTES_MAX */
  size_t compress_threshold; /* 1024: smaller messages are not compressed */
  uint64_t idle_timeout;     /* 120000: nothing came for that long, also no pong to the ping at its half: cut */
  uint64_t close_timeout;    /* 5000: the other side answers a close frame, and closes, within that (0: at once) */
} websocket_options;
void websocket_options_default(websocket_options *options);

/* All but on_close may be NULL. Bytes are valid in the call. */
typedef struct websocket_events {
  void (*on_message)(void *data, bool text, const char *bytes, size_t length);
  void (*on_ping)(void *data, const char *bytes, size_t length); /* it has been answered */
  void (*on_pong)(void *data, const char *bytes, size_t length);
  /* The closing has begun: by the other side's close frame, or because it broke the protocol (error: why, else NULL).
   */
  void (*on_closing)(void *data, const char *error);
  /* Pending output fell to the low-water mark of what carries it. */
  void (*on_drain)(void *data);
  /* The last call. `code`: of the other side's close frame, 1005: it had none, 1006: no such frame came. clean: both
   * sides have sent one. */
  void (*on_close)(void *data, unsigned code, const char *reason, size_t length, bool clean);
} websocket_events;

/* What carries it. No member may call the WebSocket back. */
typedef struct websocket_carrier {
  int (*write)(void *carrier, http_bytes bytes); /* as tunnel_write */
  void (*shutdown)(void *carrier);               /* all is written: end the own direction */
  void (*destroy)(void *carrier);                /* close; websocket_carrier_closed follows, later */
  size_t (*pending)(void *carrier);
} websocket_carrier;

/* NULL: out of memory. The loop is not kept alive by it. */
websocket_group *websocket_group_create(uv_loop_t *loop, const websocket_options *options);
/* Nothing is looked after any more; what is open may still close. Then, when the loop has run out: ends what has not
 * closed by itself (on_close), and frees it. */
void websocket_group_stop(websocket_group *group);
void websocket_group_destroy(websocket_group *group);
websocket_options *websocket_group_options(websocket_group *group);
size_t websocket_group_count(const websocket_group *group); /* of servers' ends */
/* Closes all servers' ends with this code. */
void websocket_group_close(websocket_group *group, unsigned code);

typedef struct websocket_setup {
  bool client;
  const websocket_options *options;            /* NULL: the group's; read within websocket_create */
  const websocket_deflate_parameters *deflate; /* NULL: none was agreed on */
  const websocket_carrier *carrier;
  void *carrier_data;
  const websocket_events *events;
  void *data;
} websocket_setup;
/* NULL: out of memory. It is open: the handshake is done. */
websocket *websocket_create(websocket_group *group, const websocket_setup *setup);

/* What the carrier brings. */
void websocket_feed(websocket *ws, const char *bytes, size_t length);
void websocket_ended(websocket *ws);   /* the other side has ended its direction */
void websocket_drained(websocket *ws); /* the carrier's on_drain */
/* The carrier is gone; on_close is called, and the WebSocket freed. */
void websocket_carrier_closed(websocket *ws);

/* 1: go on; 0: taken, but on_drain will come; UV_ECANCELED: it closes; UV_ENOBUFS: max_buffered, it is cut; UV_ENOMEM.
 */
EXCHANGE_CHECKED
int websocket_send(websocket *ws, bool text, const char *bytes, size_t length, bool compress);
/* Room for the payload of a whole message, to be filled at once, while the messages of one input are handed out
 * (on_message): it leaves with the others when all are. NULL: not now, or too large, or out of memory; websocket_send
 * does it. Calls nobody. */
enum { WEBSOCKET_ANSWER_MAX = 16384 };
char *websocket_answer(websocket *ws, bool text, size_t length);
/* opcode: WEBSOCKET_PING or WEBSOCKET_PONG; at most 125 bytes (UV_EINVAL). */
EXCHANGE_CHECKED
int websocket_send_control(websocket *ws, unsigned opcode, const char *bytes, size_t length);
/* Begins the close handshake. code 0: a frame without one. Nothing if it closes already. */
void websocket_close(websocket *ws, unsigned code, const char *reason, size_t length);
/* Without a handshake. */
void websocket_terminate(websocket *ws);
size_t websocket_buffered(const websocket *ws);

/* --- websocket_message.c: one message for many WebSockets of servers: framed once, compressed once for each size of
 * window that was agreed on, and queued by reference. NULL: out of memory. -------------------------------------------
 */
typedef struct websocket_message websocket_message;
websocket_message *websocket_message_create(bool text, const char *bytes, size_t length);
void websocket_message_release(websocket_message *message);
static inline void websocket_prefetch(const websocket *ws) { __builtin_prefetch(ws); }
/* As websocket_send; it is compressed where that was agreed on. */
EXCHANGE_CHECKED
int websocket_send_message(websocket *ws, websocket_message *message);

/* The server's handshake: the value of Sec-WebSocket-Accept for a key (28 characters and a NUL). */
enum { WEBSOCKET_ACCEPT_BYTES = 29 };
void websocket_accept_key(const char *key, size_t length, char out[WEBSOCKET_ACCEPT_BYTES]);
/* Whether the exchange asks for a WebSocket of this version (13), and its key. */
bool websocket_requested(const exchange *x, http_slice *key);

/* An exchange becomes a WebSocket: sends the 101 with `fields` (Sec-WebSocket-Protocol, the app's own) and the
 * extension's line. 0, or a negative errno of exchange_upgrade. */
EXCHANGE_CHECKED
int websocket_upgrade(websocket_group *group, exchange *x, const websocket_setup *setup, http_fields fields,
                      const char *extension, websocket **out);

#endif
