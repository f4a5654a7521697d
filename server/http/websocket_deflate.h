/*
 * websocket_deflate: permessage-deflate (RFC 7692): what was agreed on, and the two streams of one WebSocket.
 */
#ifndef JSD_HTTP_WEBSOCKET_DEFLATE_H
#define JSD_HTTP_WEBSOCKET_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Own: of what is sent; other: of what is received. */
typedef struct websocket_deflate_parameters {
  bool own_no_context, other_no_context;
  int own_bits, other_bits; /* 9 to 15 (other: 8 too) */
} websocket_deflate_parameters;

enum { WEBSOCKET_DEFLATE_TEXT_MAX = 160 };

/*
 * A server's answer to Sec-WebSocket-Extensions: the first offer of permessage-deflate that can be met. `wanted` says
 * what the server prefers: no context of its own or of the client's, and the windows (0: 15). Writes the header's value
 * and returns true; false: no offer, or none that fits, and no extension is used. Offers with unknown, repeated or
 * malformed parameters do not fit (section 7.1); nor does server_max_window_bits=8, which zlib cannot compress with.
 */
bool websocket_deflate_accept(const char *offers, size_t length, const websocket_deflate_parameters *wanted,
                              websocket_deflate_parameters *out, char text[WEBSOCKET_DEFLATE_TEXT_MAX]);
/* A client's reading of the answer to the offer "permessage-deflate; client_max_window_bits". False: it is none that
 * may be given to that. */
bool websocket_deflate_agreed(const char *answer, size_t length, websocket_deflate_parameters *out);

typedef struct websocket_deflate websocket_deflate;
/* NULL: out of memory. Streams are made at first use; ones without a context are given back after each message. */
websocket_deflate *websocket_deflate_create(const websocket_deflate_parameters *parameters);
void websocket_deflate_destroy(websocket_deflate *d);

/* A growing buffer that its user keeps. */
typedef struct websocket_buffer {
  char *data;
  size_t length, capacity;
} websocket_buffer;
/* At least `room` bytes beyond the length; false: out of memory. */
bool websocket_buffer_reserve(websocket_buffer *b, size_t room);

int websocket_deflate_own_bits(const websocket_deflate *d);
/* The other side gets a message that this stream knows nothing of: what is compressed from now on refers to nothing
 * before. */
void websocket_deflate_forget(websocket_deflate *d);

/* A whole message's payload into `out`, after what is there. 0, or the close code to fail with: 1007 (no deflate data),
 * 1009 (more than `limit` bytes; 0: any), 1011 (out of memory). */
int websocket_inflate(websocket_deflate *d, const char *data, size_t length, size_t limit, websocket_buffer *out);
/* The same the other way: 0 or a negative errno. */
int websocket_deflate_message(websocket_deflate *d, const char *data, size_t length, websocket_buffer *out);

#endif
