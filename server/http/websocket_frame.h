/*
 * websocket_frame: the bytes of RFC 6455: heads of frames, masks, close codes, and UTF-8 as it comes in.
 */
#ifndef JSD_HTTP_WEBSOCKET_FRAME_H
#define JSD_HTTP_WEBSOCKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  WEBSOCKET_CONTINUATION = 0,
  WEBSOCKET_TEXT = 1,
  WEBSOCKET_BINARY = 2,
  WEBSOCKET_CLOSE = 8,
  WEBSOCKET_PING = 9,
  WEBSOCKET_PONG = 10
};
enum { WEBSOCKET_HEAD_MAX = 14, WEBSOCKET_CONTROL_MAX = 125 };
/* Close codes (RFC 6455, 7.4.1, and IANA's registry). */
enum {
  WEBSOCKET_NORMAL = 1000,
  WEBSOCKET_GOING_AWAY = 1001,
  WEBSOCKET_PROTOCOL_ERROR = 1002,
  WEBSOCKET_NO_STATUS = 1005, /* never on the wire: a close frame without a code */
  WEBSOCKET_ABNORMAL = 1006,  /* never on the wire: no close frame came */
  WEBSOCKET_INVALID_DATA = 1007,
  WEBSOCKET_TOO_BIG = 1009,
  WEBSOCKET_INTERNAL_ERROR = 1011,
  WEBSOCKET_RESTART = 1012,
};

typedef struct websocket_frame {
  uint64_t length;
  uint8_t opcode;
  bool fin, rsv1, rsv23, masked;
  uint8_t mask[4];
} websocket_frame;

/* How long a head is that begins so; `length` of its bytes are there, at least 2, else 0 is the answer. */
size_t websocket_frame_head_length(const uint8_t *bytes, size_t length);
/* A head that is there as a whole. False: its length is not in the shortest form, or has the highest bit set. */
bool websocket_frame_parse(const uint8_t *bytes, websocket_frame *out);
/* Writes a head: its length. `first`: FIN, RSV1 and opcode. mask NULL: not masked. */
size_t websocket_frame_head(uint8_t out[WEBSOCKET_HEAD_MAX], uint8_t first, uint64_t length, const uint8_t *mask);
/* to = from ^ mask; `offset` of the first byte in its frame. May be the same memory, at any alignment. */
void websocket_mask(char *to, const char *from, size_t length, const uint8_t mask[4], uint64_t offset);
/* Whether a close frame may carry the code. */
bool websocket_close_code_valid(unsigned code);

/* The middle of a sequence: how many bytes of it follow, and what the next may be. All zero at the start. */
typedef struct websocket_utf8 {
  uint8_t wanted, low, high;
} websocket_utf8;
/* False at the first byte that cannot be part of UTF-8. The text may end where utf8->wanted is 0. */
bool websocket_utf8_check(websocket_utf8 *utf8, const char *bytes, size_t length);

#endif
