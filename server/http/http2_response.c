/*
 * The response side of HTTP/2: heads go to nghttp2, bodies stay in the stream as pieces until a frame of theirs may be
 * sent. Small writes gather in a piece of their own, large ones are lent and cut into frames without a copy.
 */
#include "server/http/http2.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_ON_STACK = 64 };

static const char no_body[1] = "";

/* --- Pieces ------------------------------------------------------------------------------------------------------ */

static http2_piece *piece_own(http2_shared *shared, size_t capacity) {
  http2_piece *piece = shared->pieces;
  if (capacity <= PIECE_SIZE && piece) {
    shared->pieces = piece->next;
    shared->pieces_count--;
  } else {
    if (capacity < PIECE_SIZE) capacity = PIECE_SIZE;
    piece = malloc(sizeof *piece + capacity);
    if (!piece) return NULL;
    piece->capacity = capacity;
  }
  piece->next = NULL;
  piece->data = piece->bytes;
  piece->length = 0;
  piece->references = 1;
  piece->release = NULL;
  return piece;
}

void http2_piece_drop(http2_shared *shared, http2_piece *piece) {
  if (--piece->references) return;
  if (piece->release) piece->release(piece->release_data);
  if (shared && piece->capacity == PIECE_SIZE && shared->pieces_count < PIECES_KEPT) {
    piece->next = shared->pieces;
    shared->pieces = piece;
    shared->pieces_count++;
    return;
  }
  free(piece);
}

/* What the connection's output calls when it has sent a part. */
static void piece_release(void *data) { http2_piece_drop(NULL, data); }

void http2_output_drop(http2_stream *s) {
  http2_shared *shared = http2_shared_of(s->exchange.connection->server);
  http2_piece *piece = s->output;
  s->output = s->output_tail = NULL;
  s->queued = 0;
  while (piece) {
    http2_piece *next = piece->next;
    http2_piece_drop(shared, piece);
    piece = next;
  }
  if (s->reserved) http2_piece_drop(shared, s->reserved);
  s->reserved = NULL;
}

static void output_append(http2_stream *s, http2_piece *piece) {
  if (!s->output) s->blocked_at = uv_now(s->exchange.connection->server->loop);
  if (s->output_tail)
    s->output_tail->next = piece;
  else
    s->output = piece;
  s->output_tail = piece;
  s->queued += piece->length;
}

static int output_copy(http2_stream *s, const char *data, size_t length) {
  http2_piece *tail = s->output_tail;
  size_t used = tail ? (size_t)(tail->data - tail->bytes) + tail->length : 0;
  if (tail && tail->capacity && tail->references == 1 && tail->capacity - used >= length) {
    memcpy(tail->bytes + used, data, length);
    tail->length += length;
    s->queued += length;
    return 0;
  }
  http2_piece *piece = piece_own(http2_shared_of(s->exchange.connection->server), length);
  if (!piece) return UV_ENOMEM;
  memcpy(piece->bytes, data, length);
  piece->length = length;
  output_append(s, piece);
  return 0;
}

int http2_stream_write(http2_stream *s, http_bytes bytes) {
  int status = 0;
  if (bytes.length <= COPY_LIMIT || !bytes.release) {
    if (bytes.length) status = output_copy(s, bytes.data, bytes.length);
    if (bytes.release) bytes.release(bytes.release_data);
    return status;
  }
  http2_piece *piece = malloc(sizeof *piece);
  if (!piece) {
    bytes.release(bytes.release_data);
    return UV_ENOMEM;
  }
  *piece = (http2_piece){.data = bytes.data,
                         .length = bytes.length,
                         .references = 1,
                         .release = bytes.release,
                         .release_data = bytes.release_data};
  output_append(s, piece);
  return 0;
}

void http2_stream_wake(http2_stream *s) {
  if (s->deferred && !s->closed) {
    s->deferred = false;
    nghttp2_session_resume_data(s->session->session, s->id);
  }
  http2_later(s);
}

/* --- nghttp2's questions ----------------------------------------------------------------------------------------- */

nghttp2_ssize http2_read_data(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t length, uint32_t *flags,
                              nghttp2_data_source *source, void *user_data) {
  http2_stream *s = source->ptr;
  if (!s->queued && !s->output_ended) {
    s->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (length > s->queued) length = s->queued;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (length == s->queued && s->output_ended) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (s->trailers_count) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_submit_trailer(session, id, s->trailers, s->trailers_count);
    }
  }
  return (nghttp2_ssize)length;
}

/* Sends `length` bytes of the first piece. */
static int piece_send(http2_stream *s, http2_piece *piece, size_t length) {
  connection *c = s->exchange.connection;
  if (length <= COPY_LIMIT) return connection_output_copy(c, piece->data, length);
  piece->references++;
  return connection_output_bytes(c, (http_bytes){piece->data, length, piece_release, piece});
}

int http2_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *header, size_t length,
                    nghttp2_data_source *source, void *user_data) {
  http2_stream *s = source->ptr;
  connection *c = s->exchange.connection;
  if (c->state == CONNECTION_CLOSED) return NGHTTP2_ERR_CALLBACK_FAILURE;
  if (c->queue) return NGHTTP2_ERR_WOULDBLOCK;
  if (connection_output_copy(c, (const char *)header, FRAME_HEADER) < 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  s->queued -= length;
  while (length) {
    http2_piece *piece = s->output;
    if (!piece) return NGHTTP2_ERR_CALLBACK_FAILURE;
    size_t part = piece->length < length ? piece->length : length;
    if (piece_send(s, piece, part) < 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
    piece->data += part;
    piece->length -= part;
    length -= part;
    if (piece->length) break;
    s->output = piece->next;
    if (!s->output) s->output_tail = NULL;
    http2_piece_drop(http2_shared_of(c->server), piece);
  }
  http2_guard_data(s->session);
  s->blocked_at = uv_now(c->server->loop);
  if (s->want_drain || s->tunnel) http2_due(s);
  return 0;
}

/* --- Heads ------------------------------------------------------------------------------------------------------- */

static void count_response(http_server *server, int status) {
  uint64_t *classes[] = {&server->counters->responses_1xx, &server->counters->responses_2xx,
                         &server->counters->responses_3xx, &server->counters->responses_4xx,
                         &server->counters->responses_5xx};
  (*classes[status / 100 <= 5 ? status / 100 - 1 : 4])++;
}

static bool name_is(const char *name, size_t length, const char *lower) {
  return strlen(lower) == length && !memcmp(name, lower, length);
}

/* RFC 9113 8.2.2: has no meaning here. */
static bool connection_specific(const char *name, size_t length) {
  switch (length) {
    case 7:
      return name_is(name, length, "upgrade");
    case 10:
      return name_is(name, length, "connection") || name_is(name, length, "keep-alive");
    case 16:
      return name_is(name, length, "proxy-connection");
    case 17:
      return name_is(name, length, "transfer-encoding");
    default:
      return false;
  }
}

static nghttp2_nv pair(const char *name, size_t name_length, const char *value, size_t value_length) {
  return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, name_length, value_length, NGHTTP2_NV_FLAG_NONE};
}

static size_t number_text(char *text, uint64_t number) {
  char digits[20];
  size_t n = 0, length = 0;
  do digits[n++] = (char)('0' + number % 10);
  while (number /= 10);
  while (n) text[length++] = digits[--n];
  return length;
}

/* The fields with names in lower case, which lie in `names`. How many. */
static size_t fields_fill(nghttp2_nv *out, http_fields fields, char *names) {
  size_t count = 0;
  for (size_t i = 0; i < fields.count; i++) {
    http_slice name = fields.items[i].name, value = fields.items[i].value;
    for (size_t k = 0; k < name.length; k++) {
      char ch = name.data[k];
      names[k] = ch >= 'A' && ch <= 'Z' ? (char)(ch | 0x20) : ch;
    }
    if (!connection_specific(names, name.length)) out[count++] = pair(names, name.length, value.data, value.length);
    names += name.length;
  }
  return count;
}

static size_t names_size(http_fields fields) {
  size_t size = 0;
  for (size_t i = 0; i < fields.count; i++) size += fields.items[i].name.length;
  return size;
}

/* data: a body follows. length -1: no Content-Length. */
/* What the app says of its answer's priority goes before the client's wish (RFC 9218 5). */
static void priority_apply(const http2_stream *s, http_fields fields) {
  static const char name[] = "priority";
  for (size_t i = 0; i < fields.count; i++) {
    http_slice n = fields.items[i].name, value = fields.items[i].value;
    if (n.length != sizeof name - 1 || strncasecmp(n.data, name, n.length) != 0) continue;
    nghttp2_session *session = s->session->session;
    nghttp2_extpri priority = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY};
    if (nghttp2_session_get_extpri_stream_priority(session, &priority, s->id) < 0) return;
    if (nghttp2_extpri_parse_priority(&priority, (const uint8_t *)value.data, value.length) < 0) return;
    if (nghttp2_session_change_extpri_stream_priority(session, s->id, &priority, 1) < 0) return;
  }
}

int http2_submit_head(http2_stream *s, int status, http_fields fields, int64_t length, unsigned flags, bool data) {
  http_server *server = s->exchange.connection->server;
  nghttp2_nv on_stack[FIELDS_ON_STACK], *nv = on_stack;
  char names_on_stack[1024], *names = names_on_stack, status_text[3], length_text[20];
  size_t size = names_size(fields), count = 0;
  void *memory = NULL;
  if (fields.count + 3 > FIELDS_ON_STACK || size > sizeof names_on_stack) {
    memory = malloc((fields.count + 3) * sizeof *nv + size + 1);
    if (!memory) return UV_ENOMEM;
    nv = memory;
    names = (char *)(nv + fields.count + 3);
  }
  for (int i = 2, rest = status; i >= 0; i--, rest /= 10) status_text[i] = (char)('0' + rest % 10);
  nv[count++] = pair(":status", 7, status_text, 3);
  count += fields_fill(nv + count, fields, names);
  if (status >= 200) {
    if (!(flags & EXCHANGE_NO_DATE)) nv[count++] = pair("date", 4, server_date_line(server) + 6, 29);
    if (length >= 0) nv[count++] = pair("content-length", 14, length_text, number_text(length_text, (uint64_t)length));
  }
  nghttp2_data_provider2 provider = {.source.ptr = s, .read_callback = http2_read_data};
  int error = status < 200
                  ? nghttp2_submit_headers(s->session->session, NGHTTP2_FLAG_NONE, s->id, NULL, nv, count, NULL)
                  : nghttp2_submit_response2(s->session->session, s->id, nv, count, data ? &provider : NULL);
  free(memory);
  if (error < 0) return error == NGHTTP2_ERR_NOMEM ? UV_ENOMEM : UV_EINVAL;
  if (status >= 200) priority_apply(s, fields);
  count_response(server, status);
  return 0;
}

static bool status_has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

static bool is_gone(const http2_stream *s) {
  return !s->active || s->closed || s->reset || s->error || s->exchange.connection->state != CONNECTION_OPEN;
}

static int check_answerable(const http2_stream *s, int status) {
  if (is_gone(s)) return UV_ECANCELED;
  if (s->exchange.head_sent || s->exchange.ended) return UV_EALREADY;
  return status < 200 || status > 999 ? UV_EINVAL : 0;
}

/* --- Whole responses --------------------------------------------------------------------------------------------- */

static int whole_head(http2_stream *s, int status, http_fields headers, size_t length, unsigned flags, bool data) {
  bool none = status_has_no_body(status) || flags & EXCHANGE_NO_LENGTH;
  int error = http2_submit_head(s, status, headers, none ? -1 : (int64_t)length, flags, data);
  if (error < 0) return error;
  s->exchange.head_sent = s->exchange.ended = s->output_ended = true;
  http2_later(s);
  return 0;
}

static int respond(exchange *x, int status, const char *reason, http_fields headers, http_bytes body, unsigned flags) {
  http2_stream *s = http2_of(x);
  int error = check_answerable(s, status);
  bool skip = status_has_no_body(status) || x->method == HTTP_HEAD || !body.length;
  if (!error) error = whole_head(s, status, headers, body.length, flags, !skip);
  if (error || skip) {
    if (body.release) body.release(body.release_data);
    return error;
  }
  error = http2_stream_write(s, body);
  if (error) http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, error);
  return error;
}

static char *reserve(exchange *x, size_t head_size, size_t capacity) {
  http2_stream *s = http2_of(x);
  if (check_answerable(s, 200)) return NULL;
  http2_shared *shared = http2_shared_of(x->connection->server);
  if (s->reserved) http2_piece_drop(shared, s->reserved);
  s->reserved = piece_own(shared, capacity);
  s->reserved_capacity = capacity;
  return s->reserved ? s->reserved->bytes : NULL;
}

static int commit(exchange *x, int status, const char *reason, http_fields headers, size_t length, unsigned flags) {
  http2_stream *s = http2_of(x);
  int error = check_answerable(s, status);
  if (error) return error;
  if (!s->reserved || length > s->reserved_capacity) return UV_EINVAL;
  bool skip = status_has_no_body(status) || x->method == HTTP_HEAD || !length;
  error = whole_head(s, status, headers, length, flags, !skip);
  if (error) return error;
  if (!skip) {
    s->reserved->length = length;
    output_append(s, s->reserved);
    s->reserved = NULL;
  }
  return 0;
}

int http2_answer(http2_stream *s, int status) {
  int error = http2_submit_head(s, status, (http_fields){0}, 0, 0, false);
  if (error < 0) return error;
  s->exchange.head_sent = s->exchange.ended = s->output_ended = true;
  http2_later(s);
  return 0;
}

/* --- Streaming --------------------------------------------------------------------------------------------------- */

static int head(exchange *x, int status, const char *reason, http_fields headers, int64_t content_length,
                unsigned flags) {
  http2_stream *s = http2_of(x);
  int error = check_answerable(s, status);
  if (error) return error;
  bool none = status_has_no_body(status);
  s->head_only = none || x->method == HTTP_HEAD;
  bool line = content_length >= 0 && !none && !(flags & EXCHANGE_HAS_LENGTH);
  error = http2_submit_head(s, status, headers, line ? content_length : -1, flags, !s->head_only);
  if (error < 0) return error;
  if (content_length >= 0) {
    s->counts_length = !s->head_only;
    s->response_left = content_length;
  }
  x->head_sent = true;
  http2_later(s);
  return 0;
}

static int write_body(exchange *x, http_bytes bytes) {
  http2_stream *s = http2_of(x);
  int status = 0;
  if (is_gone(s))
    status = UV_ECANCELED;
  else if (!x->head_sent)
    status = UV_EINVAL;
  else if (x->ended)
    status = UV_EALREADY;
  else if (s->counts_length && (int64_t)bytes.length > s->response_left)
    status = UV_EMSGSIZE;
  if (status < 0 || s->head_only || !bytes.length) {
    if (bytes.release) bytes.release(bytes.release_data);
    return status < 0 ? status : 1;
  }
  s->response_left -= (int64_t)bytes.length;
  status = http2_stream_write(s, bytes);
  if (status < 0) {
    http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, status);
    return status;
  }
  http2_stream_wake(s);
  size_t high = x->connection->server->options.high_water_mark;
  if (high && s->queued >= high) http2_send(s->session);
  if (x->connection->state == CONNECTION_CLOSED) return UV_ECANCELED;
  if (!high || s->queued < high) return 1;
  s->want_drain = true;
  return 0;
}

/* Copies of the fields, which nghttp2 is given when the body has gone. */
static int trailers_keep(http2_stream *s, http_fields fields) {
  size_t size = fields.count * sizeof *s->trailers, at = size;
  for (size_t i = 0; i < fields.count; i++) size += fields.items[i].name.length + fields.items[i].value.length;
  char *memory = malloc(size);
  if (!memory) return UV_ENOMEM;
  s->trailers = (nghttp2_nv *)(void *)memory;
  s->trailers_count = fields_fill(s->trailers, fields, memory + at);
  at += names_size(fields);
  for (size_t i = 0; i < s->trailers_count; i++) {
    nghttp2_nv *nv = &s->trailers[i];
    memcpy(memory + at, nv->value, nv->valuelen);
    nv->value = (uint8_t *)memory + at;
    at += nv->valuelen;
  }
  return 0;
}

static int end(exchange *x, http_fields trailers) {
  http2_stream *s = http2_of(x);
  if (is_gone(s)) return UV_ECANCELED;
  if (!x->head_sent) return UV_EINVAL;
  if (x->ended) return UV_EALREADY;
  int status = 0;
  if (s->counts_length && s->response_left) {
    status = UV_EMSGSIZE; /* the client notices that it got less than was promised */
    http2_stream_reset(s, NGHTTP2_INTERNAL_ERROR, 0);
  } else if (trailers.count && !s->head_only) {
    status = trailers_keep(s, trailers);
  }
  x->ended = s->output_ended = true;
  http2_stream_wake(s);
  return status;
}

static int flush(exchange *x) {
  http2_stream *s = http2_of(x);
  connection *c = x->connection;
  if (is_gone(s)) return UV_ECANCELED;
  http2_send(s->session);
  if (c->state == CONNECTION_OPEN) connection_flush(c);
  return c->state == CONNECTION_OPEN ? 0 : UV_ECANCELED;
}

static int informational(exchange *x, int status, const char *reason, http_fields headers) {
  http2_stream *s = http2_of(x);
  if (is_gone(s)) return UV_ECANCELED;
  if (x->head_sent || x->ended) return UV_EALREADY;
  if (status < 100 || status > 199 || status == 101) return UV_EINVAL;
  int error = http2_submit_head(s, status, headers, -1, 0, false);
  if (error < 0) return error;
  if (status == 100) s->continue_sent = true;
  http2_later(s);
  return flush(x);
}

/* --- Body flow, upgrade, end ------------------------------------------------------------------------------------- */

static void body_resume(exchange *x) {
  http2_stream *s = http2_of(x);
  if (is_gone(s) || x->request_complete || s->flow != HTTP2_PAUSED) return;
  s->flow = HTTP2_OPEN;
  s->left_alone = false;
  s->body_started = true;
  if (x->expects_continue && !x->manual_continue && !s->continue_sent && !x->head_sent && !s->received &&
      http2_submit_head(s, 100, (http_fields){0}, -1, 0, false) == 0)
    s->continue_sent = true;
  if (!s->widened) {
    s->widened = true;
    nghttp2_session_set_local_window_size(s->session->session, NGHTTP2_FLAG_NONE, s->id, READING_WINDOW);
  }
  http2_later(s);
}

static void body_pause(exchange *x) {
  http2_stream *s = http2_of(x);
  if (s->active && s->flow == HTTP2_OPEN) s->flow = HTTP2_PAUSED;
}

static void body_discard(exchange *x) {
  http2_stream *s = http2_of(x);
  if (is_gone(s) || x->request_complete) return;
  s->flow = HTTP2_DISCARD;
  http2_later(s);
}

static int upgrade(exchange *x, const struct tunnel_events *events, void *data, tunnel **out, http_slice *early) {
  http2_stream *s = http2_of(x);
  if (is_gone(s) || s->tunnel) return UV_ECANCELED;
  if (!x->upgrade) return UV_EINVAL;
  if (x->head_sent || x->ended) return UV_EALREADY;
  s->tunnel = http2_tunnel_create(s, events, data);
  if (!s->tunnel) return UV_ENOMEM;
  *out = http2_tunnel_of(s->tunnel);
  *early = (http_slice){no_body, 0}; /* what came comes again, as data */
  x->request_complete = true;
  http2_later(s);
  return 0;
}

static void destroy(exchange *x) {
  http2_stream *s = http2_of(x);
  if (s->active) http2_stream_reset(s, NGHTTP2_CANCEL, UV_ECANCELED);
}

static size_t pending(const exchange *x) { return http2_of(x)->queued; }

const exchange_protocol http2_protocol = {
    .name = "HTTP/2.0",
    .respond = respond,
    .reserve = reserve,
    .commit = commit,
    .head = head,
    .write = write_body,
    .end = end,
    .informational = informational,
    .body_resume = body_resume,
    .body_pause = body_pause,
    .body_discard = body_discard,
    .upgrade = upgrade,
    .destroy = destroy,
    .flush = flush,
    .pending = pending,
};
