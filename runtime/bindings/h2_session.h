/*
 * h2_session.h: one HTTP/2 connection of node:http2, client's or server's, as its files see it:
 *   h2_session.c   its life, bytes in and out, the binding's functions for the session as a whole
 *   h2_stream.c    the binding's functions for one stream, and the bytes that JS gave a stream to send
 *   h2_events.c    nghttp2's callbacks: what came, as events for JS
 *   h2_options.c   settings, limits, and facts for people
 *
 * The session knows no socket. JS gives it what came from the peer and takes what is to be sent
 * (modules/internal/http2/ session.js), so that it runs over TCP, TLS, and any stream of an app's. Neither receive()
 * nor send() calls into JS: each returns what happened as one flat array of events, which JS works through afterwards,
 * whatever the events' handlers do to the session meanwhile. The listing with each event's fields is below.
 *
 * Bytes of DATA that came are not copied: their event names a part of the buffer that JS gave. Bytes to be sent are
 * copied once, from the memory that JS wrote with into the frame: a view per frame's 16 KiB would cost as much.
 */
#ifndef JSD_RUNTIME_BINDINGS_H2_SESSION_H
#define JSD_RUNTIME_BINDINGS_H2_SESSION_H

#include <nghttp2/nghttp2.h>

#include "util.h"

enum h2_event {
  EVENT_HEADERS = 1,   /* id, category, flags, [name, value, ...], names of sensitive ones or undefined */
  EVENT_PUSH,          /* id of the promised stream, parent's id, flags, [name, value, ...], sensitive */
  EVENT_DATA,          /* id, start, end: offsets into the buffer that was received */
  EVENT_END,           /* id: no more DATA */
  EVENT_CLOSED,        /* id, error code: nghttp2 has forgotten the stream */
  EVENT_SETTINGS,      /* the peer's settings from now on: [id, value, ...] */
  EVENT_SETTINGS_ACK,  /* ours, which are in force: [id, value, ...] */
  EVENT_PING,          /* Buffer */
  EVENT_PONG,          /* Buffer */
  EVENT_GOAWAY,        /* error code, last stream's id, Buffer or undefined */
  EVENT_ALTSVC,        /* id, origin, value */
  EVENT_ORIGIN,        /* [origin, ...] */
  EVENT_FRAME_ERROR,   /* id, frame type, error code: a frame could not be sent */
  EVENT_WRITTEN,       /* id: all that was given to the stream is in frames */
  EVENT_WANT_TRAILERS, /* id: the stream's last DATA is in a frame */
  EVENT_INVALID,       /* nghttp2's error: the peer broke the protocol, nghttp2 says goodbye to it */
  EVENT_ERROR,         /* nghttp2's error, FAILURE_*: the session cannot go on */
  EVENT_DONE,          /* nghttp2 has said goodbye of its own accord, and wants no more */
};

/* Why we ended the session in a callback of nghttp2's. */
enum h2_failure { FAILURE_NONE, FAILURE_INVALID_FRAMES, FAILURE_REJECTED_STREAMS };

enum h2_padding { PADDING_NONE, PADDING_ALIGNED, PADDING_MAX };

/* Options of create(), by place. Absent ones are negative. */
enum h2_option {
  OPTION_MAX_DEFLATE_TABLE,
  OPTION_MAX_RESERVED_STREAMS,
  OPTION_MAX_SEND_HEADER_BLOCK,
  OPTION_PEER_MAX_STREAMS,
  OPTION_PADDING,
  OPTION_MAX_HEADER_PAIRS,
  OPTION_MAX_MEMORY, /* bytes */
  OPTION_MAX_SETTINGS,
  OPTION_MAX_INVALID_FRAMES,
  OPTION_MAX_REJECTED_STREAMS,
  OPTION_RESET_BURST,
  OPTION_RESET_RATE,
  OPTION_STRICT_WHITESPACE,
  OPTION_COUNT
};

enum { H2_CUSTOM_SETTINGS = 10, H2_BUCKETS = 64 };

/* A field of a header block that is being received. */
typedef struct h2_field {
  nghttp2_rcbuf *name, *value;
  bool sensitive;
} h2_field;

/* What JS gave to be sent, until it is in frames. */
typedef struct h2_piece {
  struct h2_piece *next;
  js_bytes bytes;
  size_t sent;
} h2_piece;

typedef struct h2_stream {
  struct h2_stream *next; /* in the session's bucket */
  int32_t id;
  h2_piece *first, **last;
  size_t queued;  /* bytes in pieces */
  bool ended;     /* JS will give no more */
  bool waits;     /* trailers: the end of data does not end the stream */
  bool asked;     /* EVENT_WANT_TRAILERS was said */
  bool discarded; /* JS has destroyed it: nothing of it is of interest any more */
  bool reading;   /* what comes gives the peer room for more */
  size_t unread;  /* bytes that came and gave no room yet */
  h2_field *fields;
  size_t field_count, field_capacity, field_bytes;
  uint32_t max_header_list; /* bytes of a header block, as our settings were when it began */
  size_t header_bytes;      /* of all its header blocks: JS keeps them as long as it lives */
  uint64_t bytes_read, bytes_written;
} h2_stream;

typedef struct h2_session {
  nghttp2_session *h2;
  bool server, done;              /* done: EVENT_DONE was said */
  unsigned goaways_wanted;        /* by JS, and not sent */
  bool goaway_of_nghttp2;         /* one was sent that JS did not want */
  h2_stream *streams[H2_BUCKETS]; /* by id */
  /* During receive() and send(): the events so far, and the buffer that was received. */
  napi_env env;
  napi_value events;
  uint32_t event_count;
  const uint8_t *input;
  uint8_t *output;
  size_t output_size, output_capacity;
  /* Limits, and what counts against them. */
  double limit[OPTION_COUNT];
  size_t memory;       /* allocated by nghttp2 */
  size_t queued;       /* bytes of all streams */
  size_t header_bytes; /* of the header blocks that open streams have received */
  size_t invalid_frames, rejected_streams;
  enum h2_failure failure;
  nghttp2_mem allocator;
  nghttp2_settings_entry custom_wanted[H2_CUSTOM_SETTINGS]; /* of the peer's settings; the value is what it said */
  bool custom_said[H2_CUSTOM_SETTINGS];
  size_t custom_count;
  uint64_t bytes_read, bytes_written, frames_received, frames_sent;
} h2_session;

/* h2_session.c: the session behind a handle, or NULL where it was destroyed. */
h2_session *h2_session_get(napi_env env, napi_value value);
/* Room for `size` more bytes of output, or NULL. They count as output. */
uint8_t *h2_output(h2_session *s, size_t size);

/* h2_events.c */
int h2_callbacks_new(nghttp2_session_callbacks **callbacks);
void h2_event_add(h2_session *s, napi_value value);
void h2_event_number(h2_session *s, double value);
/* send()'s: the events' first element, which has its place from the beginning. */
void h2_event_output(h2_session *s, napi_value output);

/* h2_stream.c */
h2_stream *h2_stream_new(h2_session *s, int32_t id); /* NULL: no memory */
h2_stream *h2_stream_find(h2_session *s, int32_t id);
void h2_stream_free(h2_session *s, h2_stream *stream);
void h2_stream_drop_fields(h2_session *s, h2_stream *stream);
nghttp2_ssize h2_stream_read(nghttp2_session *h2, int32_t id, uint8_t *buffer, size_t length, uint32_t *flags,
                             nghttp2_data_source *source, void *data);
int h2_stream_send(nghttp2_session *h2, nghttp2_frame *frame, const uint8_t *head, size_t length,
                   nghttp2_data_source *source, void *data);
#define H2_DECLARE(name) napi_value h2_js_##name(napi_env env, napi_callback_info info)
H2_DECLARE(request);
H2_DECLARE(respond);
H2_DECLARE(info);
H2_DECLARE(trailers);
H2_DECLARE(push);
H2_DECLARE(write);
H2_DECLARE(writev);
H2_DECLARE(end);
H2_DECLARE(reset);
H2_DECLARE(discard);
H2_DECLARE(read);
H2_DECLARE(stream_state);

/* h2_options.c */
int h2_options_apply(napi_env env, h2_session *s, napi_value limits, napi_value custom, nghttp2_option *option);
napi_value h2_settings_list(h2_session *s, napi_env env, bool remote);
void h2_settings_received(h2_session *s, const nghttp2_settings *settings);
bool h2_memory_allows(const h2_session *s);
H2_DECLARE(settings);
H2_DECLARE(settings_of);
H2_DECLARE(session_state);
H2_DECLARE(counters);
H2_DECLARE(window);
H2_DECLARE(next_stream);
H2_DECLARE(error_text);

#endif
