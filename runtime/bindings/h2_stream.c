/* A session's streams: what JS does with one, and the bytes that it sends. See h2_session.h. */
#include "h2_session.h"

static h2_stream **bucket_of(h2_session *s, int32_t id) { return &s->streams[((uint32_t)id >> 1) % H2_BUCKETS]; }

h2_stream *h2_stream_find(h2_session *s, int32_t id) {
  h2_stream *stream = *bucket_of(s, id);
  while (stream != NULL && stream->id != id) stream = stream->next;
  return stream;
}

enum { HEADER_LIST = 65535 }; /* where our settings do not say */

h2_stream *h2_stream_new(h2_session *s, int32_t id) {
  h2_stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL) return NULL;
  h2_stream **bucket = bucket_of(s, id);
  uint32_t list = nghttp2_session_get_local_settings(s->h2, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
  stream->id = id;
  stream->max_header_list = list == UINT32_MAX ? HEADER_LIST : list;
  stream->last = &stream->first;
  stream->next = *bucket;
  *bucket = stream;
  return stream;
}

void h2_stream_drop_fields(h2_session *s, h2_stream *stream) {
  for (size_t i = 0; i < stream->field_count; i++) {
    nghttp2_rcbuf_decref(stream->fields[i].name);
    nghttp2_rcbuf_decref(stream->fields[i].value);
  }
  free(stream->fields);
  stream->fields = NULL;
  stream->field_count = stream->field_capacity = stream->field_bytes = 0;
}

static void piece_drop(h2_stream *stream) {
  h2_piece *piece = stream->first;
  stream->first = piece->next;
  if (stream->first == NULL) stream->last = &stream->first;
  js_bytes_drop(&piece->bytes);
  free(piece);
}

static void drop_pieces(h2_session *s, h2_stream *stream) {
  s->queued -= stream->queued;
  stream->queued = 0;
  while (stream->first != NULL) piece_drop(stream);
}

void h2_stream_free(h2_session *s, h2_stream *stream) {
  h2_stream **at = bucket_of(s, stream->id);
  while (*at != stream) at = &(*at)->next;
  *at = stream->next;
  drop_pieces(s, stream);
  h2_stream_drop_fields(s, stream);
  s->header_bytes -= stream->header_bytes;
  free(stream);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

nghttp2_ssize h2_stream_read(nghttp2_session *h2, int32_t id, uint8_t *buffer, size_t length, uint32_t *flags,
                             nghttp2_data_source *source, void *data) {
  h2_session *s = data;
  h2_stream *stream = h2_stream_find(s, id);
  if (stream == NULL || stream->discarded) return NGHTTP2_ERR_DEFERRED;
  size_t size = stream->queued < length ? stream->queued : length;
  if (size == 0 && !stream->ended) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (size == stream->queued && stream->ended) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream->waits) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      if (!stream->asked) {
        h2_event_number(s, EVENT_WANT_TRAILERS);
        h2_event_number(s, id);
      }
      stream->asked = true;
    }
  }
  return (nghttp2_ssize)size;
}

int h2_stream_send(nghttp2_session *h2, nghttp2_frame *frame, const uint8_t *head, size_t length,
                   nghttp2_data_source *source, void *data) {
  enum { HEAD = 9 };
  h2_session *s = data;
  h2_stream *stream = h2_stream_find(s, frame->hd.stream_id);
  size_t padding = frame->data.padlen;
  if (stream == NULL || stream->queued < length) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  uint8_t *out = h2_output(s, HEAD + padding + length);
  if (out == NULL) return NGHTTP2_ERR_CALLBACK_FAILURE;
  memcpy(out, head, HEAD);
  out += HEAD;
  if (padding > 0) *out++ = (uint8_t)(padding - 1);
  stream->queued -= length;
  s->queued -= length;
  stream->bytes_written += length;
  bool wrote = length > 0;
  while (length > 0) {
    h2_piece *piece = stream->first;
    size_t left = piece->bytes.length - piece->sent, size = left < length ? left : length;
    memcpy(out, (const uint8_t *)piece->bytes.data + piece->sent, size);
    out += size;
    length -= size;
    piece->sent += size;
    if (piece->sent == piece->bytes.length) piece_drop(stream);
  }
  if (padding > 1) memset(out, 0, padding - 1);
  if (wrote && stream->queued == 0) {
    h2_event_number(s, EVENT_WRITTEN);
    h2_event_number(s, stream->id);
  }
  return 0;
}

/* ---- header blocks from JS ---------------------------------------------------------------------------------------
 * One string: "name\0value\0" and a character each, '1' for a sensitive field or '0'. Names and values have no NUL of
 * their own, or the count that JS gives beside it does not fit. */

enum { BLOCK_SMALL = 4096, FIELDS_SMALL = 48 };

typedef struct block {
  char small[BLOCK_SMALL], *text;
  nghttp2_nv fields_small[FIELDS_SMALL], *fields;
  size_t count;
} block;

static void block_free(block *b) {
  if (b->text != b->small) free(b->text);
  if (b->fields != b->fields_small) free(b->fields);
}

static bool block_part(char **at, const char *end, uint8_t **text, size_t *size) {
  char *stop = memchr(*at, 0, (size_t)(end - *at));
  if (stop == NULL) return false;
  *text = (uint8_t *)*at;
  *size = (size_t)(stop - *at);
  *at = stop + 1;
  return true;
}

static int block_parse(block *b, char *end) {
  char *at = b->text;
  for (size_t i = 0; i < b->count; i++) {
    nghttp2_nv *field = &b->fields[i];
    if (!block_part(&at, end, &field->name, &field->namelen) ||
        !block_part(&at, end, &field->value, &field->valuelen) || at == end)
      return NGHTTP2_ERR_INVALID_ARGUMENT;
    field->flags = *at++ == '1' ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  }
  return at == end ? 0 : NGHTTP2_ERR_INVALID_ARGUMENT;
}

/* 0 or nghttp2's error; block_free either way. */
static int block_get(napi_env env, napi_value text, napi_value count, block *b) {
  size_t length = 0;
  bool one_byte;
  b->text = b->small;
  b->fields = b->fields_small;
  b->count = arg_uint32(env, count);
  if (js_string_info(env, text, &length, &one_byte) != napi_ok) return NGHTTP2_ERR_INVALID_ARGUMENT;
  if (length > sizeof b->small) b->text = malloc(length);
  if (b->count > FIELDS_SMALL) b->fields = malloc(b->count * sizeof *b->fields);
  if (b->text == NULL || b->fields == NULL) return NGHTTP2_ERR_NOMEM;
  if (length > 0) js_string_write_latin1(env, text, b->text, length, &length);
  return block_parse(b, b->text + length);
}

enum { FLAG_END = 1, FLAG_WAITS = 2 }; /* what JS gives with headers: no DATA follows; trailers do */

static const nghttp2_data_provider2 provider = {.read_callback = h2_stream_read};

/* The stream of a call's second argument, or NULL. */
static h2_stream *stream_get(napi_env env, const napi_value *argv, h2_session **s) {
  *s = h2_session_get(env, argv[0]);
  return *s == NULL ? NULL : h2_stream_find(*s, arg_int32(env, argv[1]));
}

/* request(handle, block, count, flags) -> id, or nghttp2's error */
napi_value h2_js_request(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  block b;
  args_get(env, info, argv, 4);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return make_int32(env, NGHTTP2_ERR_INVALID_STATE);
  uint32_t flags = arg_uint32(env, argv[3]);
  int32_t id = block_get(env, argv[1], argv[2], &b);
  if (id == 0) id = nghttp2_submit_request2(s->h2, NULL, b.fields, b.count, flags & FLAG_END ? NULL : &provider, NULL);
  block_free(&b);
  if (id <= 0) return make_int32(env, id);
  h2_stream *stream = h2_stream_new(s, id);
  if (stream == NULL) return make_int32(env, NGHTTP2_ERR_NOMEM);
  stream->ended = (flags & FLAG_END) != 0;
  stream->waits = (flags & FLAG_WAITS) != 0;
  return make_int32(env, id);
}

/* respond(handle, id, block, count, flags) -> 0 or nghttp2's error. Of a stream that is gone nothing is said. */
napi_value h2_js_respond(napi_env env, napi_callback_info info) {
  napi_value argv[5];
  h2_session *s;
  block b;
  args_get(env, info, argv, 5);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL) return make_int32(env, 0);
  uint32_t flags = arg_uint32(env, argv[4]);
  int err = block_get(env, argv[2], argv[3], &b);
  if (err == 0) {
    stream->ended = (flags & FLAG_END) != 0;
    stream->waits = (flags & FLAG_WAITS) != 0;
    err = nghttp2_submit_response2(s->h2, stream->id, b.fields, b.count, flags & FLAG_END ? NULL : &provider);
  }
  block_free(&b);
  return make_int32(env, err);
}

/* info(handle, id, block, count): headers before those of the response */
napi_value h2_js_info(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  h2_session *s;
  block b;
  args_get(env, info, argv, 4);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL) return make_int32(env, 0);
  int err = block_get(env, argv[2], argv[3], &b);
  if (err == 0) err = nghttp2_submit_headers(s->h2, NGHTTP2_FLAG_NONE, stream->id, NULL, b.fields, b.count, NULL);
  block_free(&b);
  return make_int32(env, err);
}

/* trailers(handle, id, block, count): ends the stream; without any, by a DATA frame without data */
napi_value h2_js_trailers(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  h2_session *s;
  block b;
  args_get(env, info, argv, 4);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL) return make_int32(env, 0);
  int err = block_get(env, argv[2], argv[3], &b);
  if (err == 0 && b.count > 0) {
    err = nghttp2_submit_trailer(s->h2, stream->id, b.fields, b.count);
  } else if (err == 0) {
    stream->waits = false;
    err = nghttp2_submit_data2(s->h2, NGHTTP2_FLAG_END_STREAM, stream->id, &provider);
  }
  block_free(&b);
  return make_int32(env, err);
}

/* push(handle, id, block, count) -> the promised stream's id, or nghttp2's error */
napi_value h2_js_push(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  h2_session *s;
  block b;
  args_get(env, info, argv, 4);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL) return make_int32(env, NGHTTP2_ERR_STREAM_CLOSED);
  int32_t id = block_get(env, argv[2], argv[3], &b);
  if (id == 0) id = nghttp2_submit_push_promise(s->h2, NGHTTP2_FLAG_NONE, stream->id, b.fields, b.count, NULL);
  block_free(&b);
  if (id > 0 && h2_stream_new(s, id) == NULL) id = NGHTTP2_ERR_NOMEM;
  return make_int32(env, id);
}

/* ---- bytes from JS ----------------------------------------------------------------------------------------------- */

static void piece_add(h2_session *s, h2_stream *stream, h2_piece *piece) {
  *stream->last = piece;
  stream->last = &piece->next;
  stream->queued += piece->bytes.length;
  s->queued += piece->bytes.length;
}

/* A string's bytes are behind the piece itself. */
static h2_piece *piece_new(napi_env env, napi_value value) {
  h2_piece *piece;
  size_t size = 0;
  if (!arg_is(env, value, napi_string)) {
    piece = calloc(1, sizeof *piece);
    if (piece == NULL || js_bytes_hold(env, value, js_bytes_read, &piece->bytes) == napi_ok) return piece;
    free(piece);
    return NULL;
  }
  js_string_utf8_length(env, value, &size);
  piece = calloc(1, sizeof *piece + size);
  if (piece == NULL) return NULL;
  if (size > 0) js_string_write_utf8(env, value, (char *)(piece + 1), size, &size);
  piece->bytes = (js_bytes){.data = piece + 1, .length = size};
  return piece;
}

/* Returns the bytes that were added, or a negative error. */
static double stream_add(napi_env env, h2_session *s, h2_stream *stream, napi_value value) {
  h2_piece *piece = piece_new(env, value);
  if (piece == NULL) return NGHTTP2_ERR_NOMEM;
  double size = (double)piece->bytes.length;
  if (size > 0) {
    piece_add(s, stream, piece);
  } else {
    js_bytes_drop(&piece->bytes);
    free(piece);
  }
  return size;
}

/* write(handle, id, view or string) -> bytes; EVENT_WRITTEN follows where there are any. Negative: the stream is gone.
 */
napi_value h2_js_write(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  h2_session *s;
  args_get(env, info, argv, 3);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL || stream->discarded) return make_int32(env, NGHTTP2_ERR_STREAM_CLOSED);
  double size = stream_add(env, s, stream, argv[2]);
  if (size > 0) nghttp2_session_resume_data(s->h2, stream->id);
  return make_double(env, size);
}

/* writev(handle, id, [view or string, ...]): the same */
napi_value h2_js_writev(napi_env env, napi_callback_info info) {
  napi_value argv[3], one;
  h2_session *s;
  uint32_t count = 0;
  double size = 0;
  args_get(env, info, argv, 3);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL || stream->discarded) return make_int32(env, NGHTTP2_ERR_STREAM_CLOSED);
  napi_get_array_length(env, argv[2], &count);
  for (uint32_t i = 0; i < count; i++) {
    double added =
        napi_get_element(env, argv[2], i, &one) == napi_ok ? stream_add(env, s, stream, one) : NGHTTP2_ERR_NOMEM;
    if (added < 0) return make_double(env, added);
    size += added;
  }
  if (size > 0) nghttp2_session_resume_data(s->h2, stream->id);
  return make_double(env, size);
}

/* end(handle, id): no more writes */
napi_value h2_js_end(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  h2_session *s;
  args_get(env, info, argv, 2);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL || stream->ended) return NULL;
  stream->ended = true;
  nghttp2_session_resume_data(s->h2, stream->id);
  return NULL;
}

/* ---- flow and end ------------------------------------------------------------------------------------------------ */

/* read(handle, id, on): whether the peer may send as much as is read */
napi_value h2_js_read(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  h2_session *s;
  args_get(env, info, argv, 3);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL) return make_bool(env, false);
  stream->reading = arg_bool(env, argv[2]);
  if (!stream->reading || stream->unread == 0) return make_bool(env, false);
  nghttp2_session_consume_stream(s->h2, stream->id, stream->unread);
  stream->unread = 0;
  return make_bool(env, true);
}

/* reset(handle, id, error code) */
napi_value h2_js_reset(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  h2_session *s = h2_session_get(env, argv[0]);
  if (s == NULL) return NULL;
  return make_int32(
      env, nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, arg_int32(env, argv[1]), arg_uint32(env, argv[2])));
}

/* discard(handle, id): JS has no more interest in it; nghttp2 may still have to reset it */
napi_value h2_js_discard(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  h2_session *s;
  args_get(env, info, argv, 2);
  h2_stream *stream = stream_get(env, argv, &s);
  if (stream == NULL) return NULL;
  stream->discarded = true;
  drop_pieces(s, stream);
  h2_stream_drop_fields(s, stream);
  return NULL;
}

/* streamState(handle, id) -> [state, closed by us, closed by the peer, local window, bytes read, bytes written] */
napi_value h2_js_stream_state(napi_env env, napi_callback_info info) {
  napi_value argv[2], out;
  h2_session *s;
  args_get(env, info, argv, 2);
  h2_stream *known = stream_get(env, argv, &s);
  if (s == NULL) return NULL;
  int32_t id = arg_int32(env, argv[1]);
  nghttp2_stream *stream = nghttp2_session_find_stream(s->h2, id);
  const double facts[] = {stream == NULL ? NGHTTP2_STREAM_STATE_IDLE : nghttp2_stream_get_state(stream),
                          stream == NULL ? 0 : nghttp2_session_get_stream_local_close(s->h2, id),
                          stream == NULL ? 0 : nghttp2_session_get_stream_remote_close(s->h2, id),
                          stream == NULL ? 0 : nghttp2_session_get_stream_local_window_size(s->h2, id),
                          known == NULL ? 0 : (double)known->bytes_read,
                          known == NULL ? 0 : (double)known->bytes_written};
  napi_create_array_with_length(env, sizeof facts / sizeof *facts, &out);
  for (uint32_t i = 0; i < sizeof facts / sizeof *facts; i++) napi_set_element(env, out, i, make_double(env, facts[i]));
  return out;
}
