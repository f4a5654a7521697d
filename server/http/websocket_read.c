/*
 * Reading: frames into messages. A message that lies in the input as a whole is unmasked into the group's buffer and
 * costs its WebSocket no memory; only one that comes in pieces gets a buffer of its own, given back at its end. Text is
 * checked as it comes, so that the first bad byte ends it; compressed messages are taken in as they are, decompressed
 * at their end (up to the limit) and checked then.
 */
#include <stdlib.h>
#include <string.h>

#include "server/http/websocket_internal.h"

static bool is_control(unsigned opcode) { return opcode >= WEBSOCKET_CLOSE; }

/* ---- heads ------------------------------------------------------------------------------------------------------- */

static const char *control_refused(const websocket_frame *f) {
  if (!f->fin) return "a control frame is fragmented";
  if (f->length > WEBSOCKET_CONTROL_MAX) return "a control frame has more than 125 bytes";
  return f->rsv1 ? "a reserved bit is set" : NULL;
}

static const char *refused(const websocket *ws, const websocket_frame *f) {
  if (f->rsv23) return "a reserved bit is set";
  if (f->masked == ws->client) return ws->client ? "a frame is masked" : "a frame is not masked";
  if (f->opcode > WEBSOCKET_PONG || (f->opcode > WEBSOCKET_BINARY && f->opcode < WEBSOCKET_CLOSE))
    return "an unknown opcode";
  if (is_control(f->opcode)) return control_refused(f);
  if (f->opcode == WEBSOCKET_CONTINUATION && ws->message_kind == 0) return "a continuation of nothing";
  if (f->opcode != WEBSOCKET_CONTINUATION && ws->message_kind != 0) return "a message inside a message";
  if (f->rsv1 && (ws->deflate == NULL || f->opcode == WEBSOCKET_CONTINUATION)) return "a reserved bit is set";
  return NULL;
}

/* Returns whether `frame` may be read. */
static bool begin(websocket *ws) {
  websocket_frame *f = &ws->frame;
  const char *why = refused(ws, f);
  if (why != NULL) {
    websocket_fail(ws, WEBSOCKET_PROTOCOL_ERROR, why);
    return false;
  }
  ws->in_frame = true;
  ws->frame_read = 0;
  if (is_control(f->opcode)) {
    ws->control_length = 0;
    return true;
  }
  if (f->opcode != WEBSOCKET_CONTINUATION) {
    ws->message_kind = f->opcode;
    ws->compressed = f->rsv1;
    ws->utf8 = (websocket_utf8){0};
  }
  if (ws->max_message > 0 && f->length > ws->max_message - ws->message.length) {
    websocket_fail(ws, WEBSOCKET_TOO_BIG, "a message is too big");
    return false;
  }
  return true;
}

/* Takes a head, of which a part may be here already; how many bytes, and `frame` is there when in_frame is. */
static size_t take_head(websocket *ws, const char *bytes, size_t length) {
  size_t taken = 0, wanted;
  while ((wanted = websocket_frame_head_length(ws->head, ws->head_length)) == 0 || ws->head_length < wanted) {
    if (taken == length) return taken;
    ws->head[ws->head_length++] = (uint8_t)bytes[taken++];
  }
  ws->head_length = 0;
  if (!websocket_frame_parse(ws->head, &ws->frame)) {
    websocket_fail(ws, WEBSOCKET_PROTOCOL_ERROR, "a frame's length is malformed");
    return taken;
  }
  begin(ws);
  return taken;
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void message_reset(websocket *ws) {
  free(ws->message.data);
  ws->message = (websocket_buffer){0};
  ws->message_kind = 0;
}

/* All of a message, as it came: `bytes` are the group's or ws->message. */
static void message_end(websocket *ws, const char *bytes, size_t length) {
  bool text = ws->message_kind == WEBSOCKET_TEXT;
  websocket_buffer plain = {0};
  if (ws->compressed) {
    int code = websocket_inflate(ws->deflate, bytes, length, ws->max_message, &plain);
    if (code == 0 && text && !websocket_utf8_check(&ws->utf8, plain.data, plain.length)) code = WEBSOCKET_INVALID_DATA;
    bytes = plain.data;
    length = plain.length;
    if (code != 0)
      websocket_fail(ws, (unsigned)code, code == 1009 ? "a message is too big" : "a compressed message is invalid");
  }
  if (text && ws->utf8.wanted > 0 && !ws->failed) websocket_fail(ws, WEBSOCKET_INVALID_DATA, "a text is not UTF-8");
  if (!ws->failed && !ws->close_sent && ws->events->on_message)
    ws->events->on_message(ws->data, text, length ? bytes : "", length);
  free(plain.data);
  message_reset(ws);
}

static bool text_checked(websocket *ws, const char *bytes, size_t length) {
  if (ws->message_kind != WEBSOCKET_TEXT || ws->compressed || websocket_utf8_check(&ws->utf8, bytes, length))
    return true;
  websocket_fail(ws, WEBSOCKET_INVALID_DATA, "a text is not UTF-8");
  return false;
}

/* The payload of a data frame, or a piece of it. */
static void take_data(websocket *ws, const char *bytes, size_t length) {
  bool last = ws->frame_read + length == ws->frame.length;
  bool whole = last && ws->frame.fin && ws->message.length == 0;
  websocket_buffer *to = whole ? &ws->group->in : &ws->message;
  if (whole) to->length = 0;
  if (!websocket_buffer_reserve(to, length)) {
    websocket_fail(ws, WEBSOCKET_INTERNAL_ERROR, "out of memory");
    return;
  }
  char *at = length ? to->data + to->length : NULL;
  if (ws->frame.masked)
    websocket_mask(at, bytes, length, ws->frame.mask, ws->frame_read);
  else if (length)
    memcpy(at, bytes, length);
  to->length += length;
  ws->frame_read += length;
  if (!text_checked(ws, at, length) || !last) return;
  ws->in_frame = false;
  if (ws->frame.fin) message_end(ws, to->data, to->length);
}

/* ---- control frames ---------------------------------------------------------------------------------------------- */

static void control_end(websocket *ws) {
  ws->in_frame = false;
  if (ws->frame.opcode == WEBSOCKET_CLOSE) {
    websocket_close_received(ws);
  } else if (ws->frame.opcode == WEBSOCKET_PING) {
    if (!ws->close_sent && websocket_send_control(ws, WEBSOCKET_PONG, ws->control, ws->control_length) < 0) return;
    if (ws->events->on_ping) ws->events->on_ping(ws->data, ws->control, ws->control_length);
  } else if (ws->events->on_pong) {
    ws->events->on_pong(ws->data, ws->control, ws->control_length);
  }
}

static void take_control(websocket *ws, const char *bytes, size_t length) {
  char *at = ws->control + ws->control_length;
  if (ws->frame.masked)
    websocket_mask(at, bytes, length, ws->frame.mask, ws->frame_read);
  else
    memcpy(at, bytes, length);
  ws->control_length += (uint8_t)length;
  ws->frame_read += length;
  if (ws->frame_read == ws->frame.length) control_end(ws);
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

void websocket_feed(websocket *ws, const char *bytes, size_t length) {
  if (ws->gone || ws->busy) return;
  ws->busy = true;
  ws->last_input = uv_now(ws->group->timer.loop);
  ws->pinged = false;
  while (!ws->discarding && !ws->gone && (length > 0 || (ws->in_frame && ws->frame.length == 0))) {
    if (!ws->in_frame) {
      size_t taken = take_head(ws, bytes, length);
      bytes += taken;
      length -= taken;
      continue;
    }
    uint64_t left = ws->frame.length - ws->frame_read;
    size_t piece = left < length ? (size_t)left : length;
    if (is_control(ws->frame.opcode))
      take_control(ws, bytes, piece);
    else
      take_data(ws, bytes, piece);
    bytes += piece;
    length -= piece;
  }
  websocket_answers_write(ws);
  ws->busy = false;
  if (ws->gone) websocket_carrier_closed(ws);
}
