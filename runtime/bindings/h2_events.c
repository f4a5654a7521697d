/* nghttp2's callbacks. None of them calls JS: they note what happened (h2_session.h). */
#include "h2_session.h"

void h2_event_add(h2_session *s, napi_value value) {
  if (s->events == NULL && napi_create_array(s->env, &s->events) != napi_ok) return;
  if (value == NULL) value = make_undefined(s->env);
  napi_set_element(s->env, s->events, s->event_count++, value);
}

void h2_event_number(h2_session *s, double value) { h2_event_add(s, make_double(s->env, value)); }

void h2_event_output(h2_session *s, napi_value output) {
  uint32_t count = s->event_count;
  s->event_count = 0;
  h2_event_add(s, output);
  s->event_count = count;
}

static void event(h2_session *s, enum h2_event kind, int32_t id) {
  h2_event_number(s, kind);
  h2_event_number(s, id);
}

static napi_value bytes_value(h2_session *s, const void *bytes, size_t size) {
  napi_value buffer = NULL;
  void *data = NULL;
  if (js_buffer_create(s->env, size, &data, &buffer) == napi_ok && size > 0) memcpy(data, bytes, size);
  return buffer;
}

/* ---- header blocks ----------------------------------------------------------------------------------------------- */

static napi_value field_value(h2_session *s, nghttp2_rcbuf *buffer, bool name) {
  nghttp2_vec v = nghttp2_rcbuf_get_buf(buffer);
  napi_value value = NULL;
  (name ? js_string_intern : js_string_latin1)(s->env, (const char *)v.base, v.len, &value);
  return value;
}

/* [name, value, ...] and [name of a sensitive field, ...] or undefined */
static void event_fields(h2_session *s, h2_stream *stream) {
  napi_value list = NULL, sensitive = NULL;
  uint32_t at = 0, marked = 0;
  napi_create_array_with_length(s->env, stream->field_count * 2, &list);
  for (size_t i = 0; i < stream->field_count; i++) {
    const h2_field *field = &stream->fields[i];
    napi_value name = field_value(s, field->name, true);
    napi_set_element(s->env, list, at++, name);
    napi_set_element(s->env, list, at++, field_value(s, field->value, false));
    if (!field->sensitive) continue;
    if (sensitive == NULL) napi_create_array(s->env, &sensitive);
    napi_set_element(s->env, sensitive, marked++, name);
  }
  h2_event_add(s, list);
  h2_event_add(s, sensitive);
  h2_stream_drop_fields(s, stream);
}

static int32_t headers_id(const nghttp2_frame *frame) {
  return frame->hd.type == NGHTTP2_PUSH_PROMISE ? frame->push_promise.promised_stream_id : frame->hd.stream_id;
}

static int reset(h2_session *s, int32_t id, uint32_t code) {
  nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, id, code);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *data) {
  h2_session *s = data;
  int32_t id = headers_id(frame);
  h2_stream *stream = h2_stream_find(s, id);
  if (stream != NULL) {
    h2_stream_drop_fields(s, stream);
    return 0;
  }
  if (!h2_memory_allows(s)) {
    if (s->rejected_streams++ < (size_t)s->limit[OPTION_MAX_REJECTED_STREAMS])
      return reset(s, id, NGHTTP2_ENHANCE_YOUR_CALM);
    s->failure = FAILURE_REJECTED_STREAMS;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  return h2_stream_new(s, id) != NULL ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

enum { FIELD_OVERHEAD = 32 }; /* RFC 9113 section 6.5.2 */

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
                     uint8_t flags, void *data) {
  h2_session *s = data;
  int32_t id = headers_id(frame);
  h2_stream *stream = h2_stream_find(s, id);
  if (stream == NULL || stream->discarded) return 0;
  size_t size = nghttp2_rcbuf_get_buf(name).len + nghttp2_rcbuf_get_buf(value).len + FIELD_OVERHEAD;
  if (stream->field_count >= (size_t)s->limit[OPTION_MAX_HEADER_PAIRS] ||
      stream->field_bytes + size > stream->max_header_list)
    return reset(s, id, NGHTTP2_ENHANCE_YOUR_CALM);
  if (stream->field_count == stream->field_capacity) {
    size_t capacity = stream->field_capacity == 0 ? 16 : stream->field_capacity * 2;
    h2_field *grown = realloc(stream->fields, capacity * sizeof *grown);
    if (grown == NULL) return reset(s, id, NGHTTP2_ENHANCE_YOUR_CALM);
    stream->fields = grown;
    stream->field_capacity = capacity;
  }
  nghttp2_rcbuf_incref(name);
  nghttp2_rcbuf_incref(value);
  stream->fields[stream->field_count++] =
      (h2_field){.name = name, .value = value, .sensitive = (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0};
  stream->field_bytes += size;
  stream->header_bytes += size;
  s->header_bytes += size;
  return 0;
}

/* ---- frames that came -------------------------------------------------------------------------------------------- */

static void received_headers(h2_session *s, const nghttp2_frame *frame) {
  h2_stream *stream = h2_stream_find(s, headers_id(frame));
  if (stream == NULL || stream->discarded) return;
  if (frame->hd.type == NGHTTP2_PUSH_PROMISE) {
    event(s, EVENT_PUSH, stream->id);
    h2_event_number(s, frame->hd.stream_id);
  } else {
    event(s, EVENT_HEADERS, stream->id);
    h2_event_number(s, frame->headers.cat);
  }
  h2_event_number(s, frame->hd.flags);
  event_fields(s, stream);
}

static void received_goaway(h2_session *s, const nghttp2_goaway *goaway) {
  h2_event_number(s, EVENT_GOAWAY);
  h2_event_number(s, goaway->error_code);
  h2_event_number(s, goaway->last_stream_id);
  h2_event_add(s, goaway->opaque_data_len > 0 ? bytes_value(s, goaway->opaque_data, goaway->opaque_data_len) : NULL);
}

static napi_value text_value(h2_session *s, const uint8_t *text, size_t size) {
  napi_value value = NULL;
  js_string_latin1(s->env, (const char *)text, size, &value);
  return value;
}

static void received_altsvc(h2_session *s, const nghttp2_frame *frame) {
  const nghttp2_ext_altsvc *altsvc = frame->ext.payload;
  event(s, EVENT_ALTSVC, frame->hd.stream_id);
  h2_event_add(s, text_value(s, altsvc->origin, altsvc->origin_len));
  h2_event_add(s, text_value(s, altsvc->field_value, altsvc->field_value_len));
}

static void received_origin(h2_session *s, const nghttp2_frame *frame) {
  const nghttp2_ext_origin *origin = frame->ext.payload;
  napi_value list = NULL;
  napi_create_array_with_length(s->env, origin->nov, &list);
  for (size_t i = 0; i < origin->nov; i++)
    napi_set_element(s->env, list, (uint32_t)i, text_value(s, origin->ov[i].origin, origin->ov[i].origin_len));
  h2_event_number(s, EVENT_ORIGIN);
  h2_event_add(s, list);
}

static int count_invalid(h2_session *s) {
  if (s->invalid_frames++ <= (size_t)s->limit[OPTION_MAX_INVALID_FRAMES]) return 0;
  s->failure = FAILURE_INVALID_FRAMES;
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_frame_received(nghttp2_session *h2, const nghttp2_frame *frame, void *data) {
  h2_session *s = data;
  bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
  s->frames_received++;
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_PUSH_PROMISE:
      received_headers(s, frame);
      break;
    case NGHTTP2_DATA:
      if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        event(s, EVENT_END, frame->hd.stream_id);
      else if (frame->hd.length == 0) /* costs the peer nothing: it counts with what is invalid */
        return count_invalid(s);
      break;
    case NGHTTP2_SETTINGS:
      if (!ack) h2_settings_received(s, &frame->settings);
      h2_event_number(s, ack ? EVENT_SETTINGS_ACK : EVENT_SETTINGS);
      h2_event_add(s, h2_settings_list(s, s->env, !ack));
      break;
    case NGHTTP2_PING:
      h2_event_number(s, ack ? EVENT_PONG : EVENT_PING);
      h2_event_add(s, bytes_value(s, frame->ping.opaque_data, sizeof frame->ping.opaque_data));
      break;
    case NGHTTP2_GOAWAY:
      received_goaway(s, &frame->goaway);
      break;
    case NGHTTP2_ALTSVC:
      received_altsvc(s, frame);
      break;
    case NGHTTP2_ORIGIN:
      received_origin(s, frame);
      break;
    default:
      break;
  }
  return 0;
}

/* The connection's window opens at once: what one slow reader leaves unread must not stop the others. */
static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *bytes, size_t size, void *data) {
  h2_session *s = data;
  if (size == 0) return 0;
  if (nghttp2_session_consume_connection(h2, size) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  h2_stream *stream = h2_stream_find(s, id);
  if (stream == NULL || stream->discarded) return 0;
  stream->bytes_read += size;
  if (stream->reading)
    nghttp2_session_consume_stream(h2, id, size);
  else
    stream->unread += size;
  event(s, EVENT_DATA, id);
  h2_event_number(s, (double)(bytes - s->input));
  h2_event_number(s, (double)(bytes - s->input + (ptrdiff_t)size));
  return 0;
}

static int on_stream_close(nghttp2_session *h2, int32_t id, uint32_t code, void *data) {
  h2_session *s = data;
  h2_stream *stream = h2_stream_find(s, id);
  if (stream == NULL) return 0;
  if (!stream->discarded) {
    event(s, EVENT_CLOSED, id);
    h2_event_number(s, code);
  }
  h2_stream_free(s, stream);
  return 0;
}

/* After most errors nghttp2 goes on, having reset the stream. After these it has said goodbye to the peer, and the
 * session is of no more use. */
static bool ends_session(int error) {
  return nghttp2_is_fatal(error) || error == NGHTTP2_ERR_STREAM_CLOSED || error == NGHTTP2_ERR_PROTO ||
         error == NGHTTP2_ERR_FLOW_CONTROL;
}

static int on_invalid_frame(nghttp2_session *h2, const nghttp2_frame *frame, int error, void *data) {
  h2_session *s = data;
  int err = count_invalid(s);
  if (err != 0) return err;
  if (ends_session(error)) event(s, EVENT_INVALID, error);
  return 0;
}

/* ---- frames that go ---------------------------------------------------------------------------------------------- */

static int on_frame_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *data) {
  h2_session *s = data;
  s->frames_sent++;
  if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
  if (s->goaways_wanted > 0)
    s->goaways_wanted--;
  else
    s->goaway_of_nghttp2 = true;
  return 0;
}

static uint32_t code_of(int error) {
  switch (error) {
    case NGHTTP2_ERR_STREAM_CLOSED:
      return NGHTTP2_STREAM_CLOSED;
    case NGHTTP2_ERR_HEADER_COMP:
      return NGHTTP2_COMPRESSION_ERROR;
    case NGHTTP2_ERR_FRAME_SIZE_ERROR:
      return NGHTTP2_FRAME_SIZE_ERROR;
    case NGHTTP2_ERR_FLOW_CONTROL:
      return NGHTTP2_FLOW_CONTROL_ERROR;
    case NGHTTP2_ERR_REFUSED_STREAM:
      return NGHTTP2_REFUSED_STREAM;
    case NGHTTP2_ERR_PROTO:
    case NGHTTP2_ERR_HTTP_HEADER:
    case NGHTTP2_ERR_HTTP_MESSAGING:
      return NGHTTP2_PROTOCOL_ERROR;
    default:
      return NGHTTP2_INTERNAL_ERROR;
  }
}

/* That a stream or the session is closing is no news. */
static int on_frame_not_sent(nghttp2_session *h2, const nghttp2_frame *frame, int error, void *data) {
  h2_session *s = data;
  if (error == NGHTTP2_ERR_SESSION_CLOSING || error == NGHTTP2_ERR_STREAM_CLOSED || error == NGHTTP2_ERR_STREAM_CLOSING)
    return 0;
  event(s, EVENT_FRAME_ERROR, frame->hd.stream_id);
  h2_event_number(s, frame->hd.type);
  h2_event_number(s, code_of(error));
  return 0;
}

static nghttp2_ssize choose_padding(nghttp2_session *h2, const nghttp2_frame *frame, size_t max, void *data) {
  h2_session *s = data;
  size_t length = frame->hd.length, wanted;
  if (s->limit[OPTION_PADDING] == PADDING_MAX) return (nghttp2_ssize)max;
  if (s->limit[OPTION_PADDING] != PADDING_ALIGNED) return (nghttp2_ssize)length;
  size_t over = (length + 9) % 8; /* with the frame's head */
  wanted = over == 0 ? length : length + 8 - over;
  return (nghttp2_ssize)(wanted < max ? wanted : max);
}

int h2_callbacks_new(nghttp2_session_callbacks **callbacks) {
  int err = nghttp2_session_callbacks_new(callbacks);
  if (err != 0) return err;
  nghttp2_session_callbacks *c = *callbacks;
  nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(c, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, on_invalid_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(c, on_frame_not_sent);
  nghttp2_session_callbacks_set_send_data_callback(c, h2_stream_send);
  nghttp2_session_callbacks_set_select_padding_callback2(c, choose_padding);
  return 0;
}
