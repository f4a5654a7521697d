/* What nghttp2 reports: noted in the stream, for http2_settle. Nothing but body data reaches the app from here. */
#include "server/http/http2.h"

#include <string.h>

enum { BOMB_FACTOR = 4 }; /* a header list this many times over the limit is an attack */

static bool is_gone(const http2 *h) { return h->connection->state == CONNECTION_CLOSED || h->failed; }

static http2_stream *stream_of(http2 *h, int32_t id) { return nghttp2_session_get_stream_user_data(h->session, id); }

/* Ends the connection from inside nghttp2. */
static int breach(http2 *h, uint32_t code) {
  http2_fail(h, code, true);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static nghttp2_ssize on_send(nghttp2_session *session, const uint8_t *data, size_t length, int flags, void *user_data) {
  http2 *h = user_data;
  connection *c = h->connection;
  if (c->state == CONNECTION_CLOSED) return NGHTTP2_ERR_CALLBACK_FAILURE;
  if (c->queue) return NGHTTP2_ERR_WOULDBLOCK;
  return connection_output_copy(c, (const char *)data, length) < 0 ? NGHTTP2_ERR_CALLBACK_FAILURE
                                                                   : (nghttp2_ssize)length;
}

/* An error of the connection that nghttp2 does not see. */
static int misuse(http2 *h, uint32_t code) {
  h->connection->server->counters->client_errors++;
  http2_fail(h, code, false);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user_data) {
  http2 *h = user_data;
  bool idle;
  uint32_t error = 0;
  if (hd->type == NGHTTP2_HEADERS)
    error = http2_guard_headers(h, hd->stream_id);
  else if (hd->type == NGHTTP2_PRIORITY && hd->stream_id == 0) /* ignored, but for this (RFC 9113 6.3) */
    error = NGHTTP2_PROTOCOL_ERROR;
  if (error) return misuse(h, error);
  switch (hd->type) {
    case NGHTTP2_CONTINUATION:
      return 0;
    case NGHTTP2_HEADERS:
      h->in_headers = true;
      h->field_bytes = 0;
      h->headers_at = uv_now(h->connection->server->loop);
      return 0;
    case NGHTTP2_DATA:
      idle = hd->length == 0 && !(hd->flags & NGHTTP2_FLAG_END_STREAM);
      if (!idle) http2_guard_data(h);
      break;
    case NGHTTP2_RST_STREAM: /* counted where it ends a stream */
      idle = !stream_of(h, hd->stream_id);
      break;
    case NGHTTP2_GOAWAY:
      idle = false;
      break;
    default:
      if (hd->type > NGHTTP2_CONTINUATION && hd->type != NGHTTP2_PRIORITY_UPDATE)
        h->connection->server->counters->http2_unknown_frames++;
      idle = true;
  }
  return idle && !http2_guard_control(h) ? breach(h, NGHTTP2_ENHANCE_YOUR_CALM) : 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user_data) {
  http2 *h = user_data;
  if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
    http2_stream *s = stream_of(h, frame->hd.stream_id);
    if (s) s->in_trailers = true;
    return 0;
  }
  http2_stream *s = http2_stream_create(h, frame->hd.stream_id);
  if (!s) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  nghttp2_session_set_stream_user_data(session, s->id, s);
  return 0;
}

/* A field that is not kept is counted still: HPACK makes large ones of few bytes. */
static int field_refused(http2 *h, size_t length) {
  size_t limit = h->connection->server->options.max_header_bytes;
  h->field_bytes += (uint32_t)length;
  return limit && h->field_bytes > limit * BOMB_FACTOR ? breach(h, NGHTTP2_ENHANCE_YOUR_CALM) : 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
                     uint8_t flags, void *user_data) {
  http2 *h = user_data;
  http2_stream *s = stream_of(h, frame->hd.stream_id);
  nghttp2_vec n = nghttp2_rcbuf_get_buf(name), v = nghttp2_rcbuf_get_buf(value);
  if (!s || s->too_large) return field_refused(h, n.len + v.len);
  int status = http2_request_field(s, (http_slice){(char *)n.base, n.len}, (http_slice){(char *)v.base, v.len});
  if (s->in_trailers) http2_request_trailers(s);
  if (status == UV_E2BIG) {
    s->too_large = true;
    return field_refused(h, s->list_size);
  }
  if (status == UV_EPROTO) nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_PROTOCOL_ERROR);
  return status < 0 ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

/* A request with such a field is malformed (RFC 9113 8.2.1): PROTOCOL_ERROR, where nghttp2 alone would drop the field.
 */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                             nghttp2_rcbuf *value, uint8_t flags, void *user_data) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static void on_headers(http2 *h, const nghttp2_frame *frame) {
  http2_stream *s = stream_of(h, frame->hd.stream_id);
  bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
  h->in_headers = false;
  if (!s) return;
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    s->requested = true;
    s->bodiless = s->end_received = end;
  } else {
    if (s->too_large) {
      http2_stream_abort(s, 431, UV_EMSGSIZE);
      h->connection->server->counters->client_errors++;
    }
    if (end) s->end_received = true;
  }
  http2_due(s);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user_data) {
  http2 *h = user_data;
  http2_stream *s;
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
      on_headers(h, frame);
      break;
    case NGHTTP2_DATA:
      s = stream_of(h, frame->hd.stream_id);
      if (!s || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) break;
      s->end_received = true;
      http2_due(s);
      break;
    case NGHTTP2_SETTINGS:
      h->settled = true;
      break;
    case NGHTTP2_PING:
      /* The answer to http2_leave's: every request that the client began before it knew has come. */
      if (frame->hd.flags & NGHTTP2_FLAG_ACK && h->leaving && !h->left) h->leave_at = 1;
      break;
    default:
      break;
  }
  return is_gone(h) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t length,
                   void *user_data) {
  http2 *h = user_data;
  http2_stream *s = stream_of(h, id);
  if (!s) {
    nghttp2_session_consume(session, id, length);
    return 0;
  }
  if (http2_stream_receive(s, (const char *)data, length) < 0) connection_close(h->connection, UV_ENOMEM);
  return is_gone(h) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user_data) {
  http2 *h = user_data;
  http2_stream *s;
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
      if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) break;
      s = stream_of(h, frame->hd.stream_id);
      if (!s) break;
      s->end_sent = true;
      http2_due(s);
      break;
    case NGHTTP2_RST_STREAM: {
      /* Made by nghttp2 or by us because of what the client did: costs as if the client had sent it. */
      uint32_t code = frame->rst_stream.error_code;
      bool provoked = code == NGHTTP2_PROTOCOL_ERROR || code == NGHTTP2_FLOW_CONTROL_ERROR ||
                      code == NGHTTP2_STREAM_CLOSED || code == NGHTTP2_FRAME_SIZE_ERROR ||
                      code == NGHTTP2_REFUSED_STREAM;
      s = stream_of(h, frame->hd.stream_id);
      if (s) s->reset = true;
      http2_guard_mark(h, frame->hd.stream_id);
      if (code == NGHTTP2_PROTOCOL_ERROR) h->connection->server->counters->client_errors++;
      if (provoked && !http2_guard_reset(h)) return breach(h, NGHTTP2_ENHANCE_YOUR_CALM);
      break;
    }
    case NGHTTP2_GOAWAY:
      if (h->leaving && !h->left) nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, NULL);
      if (!frame->goaway.error_code) break;
      h->terminated = true;
      h->connection->server->counters->client_errors++;
      break;
    default:
      break;
  }
  return 0;
}

/* A frame of a type that is not known: counted when it began. */
static int on_unknown(nghttp2_session *session, void **payload, const nghttp2_frame_hd *hd, void *user_data) {
  return NGHTTP2_ERR_CANCEL;
}

/* A frame is answered with RST_STREAM, which is sent later; of a refused stream nothing else is known. */
static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int code, void *user_data) {
  http2_guard_mark(user_data, frame->hd.stream_id);
  return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user_data) {
  http2 *h = user_data;
  http2_stream *s = stream_of(h, id);
  if (!s) return 0;
  s->closed = true;
  s->close_code = code;
  nghttp2_session_set_stream_user_data(session, id, NULL);
  http2_due(s);
  bool early = !s->end_sent && !s->reset && code != NGHTTP2_NO_ERROR;
  if (early && !http2_guard_reset(h)) return breach(h, NGHTTP2_ENHANCE_YOUR_CALM);
  return 0;
}

int http2_callbacks_create(nghttp2_session_callbacks **out) {
  if (nghttp2_session_callbacks_new(out)) return UV_ENOMEM;
  nghttp2_session_callbacks *callbacks = *out;
  nghttp2_session_callbacks_set_send_callback2(callbacks, on_send);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, http2_send_data);
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks, on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
  nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, on_unknown);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
  return 0;
}
