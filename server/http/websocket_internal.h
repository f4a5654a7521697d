/* What the files of the WebSocket share. */
#ifndef JSD_HTTP_WEBSOCKET_INTERNAL_H
#define JSD_HTTP_WEBSOCKET_INTERNAL_H

#include "server/http/websocket.h"

enum { RANDOM_BYTES = 4096, CLOSE_REASON_MAX = 123, FIN = 0x80, RSV1 = 0x40 };

struct websocket_group {
  uv_timer_t timer;
  websocket_options options;
  websocket *first;
  size_t servers;
  websocket_buffer in, out; /* a message that came whole, or decompressed; a frame to be sent */
  websocket *answering;     /* NULL, or whose output this is: */
  websocket_buffer answers;
  uint8_t random[RANDOM_BYTES];
  size_t random_used;
  uint64_t timer_due; /* uv_now; 0: it does not run */
};

struct websocket {
  websocket_group *group;
  websocket *next, *previous;
  const websocket_carrier *carrier;
  void *carrier_data;
  const websocket_events *events;
  void *data;
  websocket_deflate *deflate;
  size_t max_message;
  uint64_t idle_timeout;
  uint64_t last_input, deadline; /* uv_now; deadline 0: none */

  uint8_t head[WEBSOCKET_HEAD_MAX];
  uint8_t head_length;
  bool client;
  bool in_frame;        /* `frame` is being read: frame_read of its length have come */
  bool compressed;      /* the message */
  uint8_t message_kind; /* its opcode; 0: none has begun */
  websocket_utf8 utf8;
  websocket_frame frame;
  uint64_t frame_read;
  websocket_buffer message;

  bool close_sent, close_received, failed;
  bool discarding; /* what comes is not looked at any more */
  bool shut, destroyed, pinged;
  bool busy; /* in websocket_feed: not to be freed */
  bool gone; /* the carrier has closed meanwhile */
  uint16_t close_code;
  uint8_t control_length;
  char control[WEBSOCKET_CONTROL_MAX]; /* payload of a control frame that comes in; the other side's reason, at last */
};

/* Sends a close frame with the code, and reads no further. */
void websocket_fail(websocket *ws, unsigned code, const char *why);
/* The close frame has come as a whole (in `control`). */
void websocket_close_received(websocket *ws);
/* Both have said all: ends the connection. */
void websocket_finish(websocket *ws);
/* To the carrier, behind what websocket_answer has gathered; and what becomes of its result: max_buffered. */
int websocket_output(websocket *ws, http_bytes bytes);
int websocket_written(websocket *ws, int result);
/* Writes what websocket_answer has gathered. */
void websocket_answers_write(websocket *ws);
/* Without a word to anybody. */
void websocket_free(websocket *ws);
/* What is due of it may come sooner than what the timer runs for. */
void websocket_timer_update(websocket *ws);

#endif
