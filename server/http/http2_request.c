/*
 * A request from its fields. nghttp2 has checked each of them and the set of pseudo-header fields (RFC 9113 8.2, 8.3);
 * here they become what an HTTP/1.1 request is to the app: method, url, a Host field, one Cookie field, lines of text
 * with their positions. An extended CONNECT (RFC 8441) becomes the GET with Upgrade that it stands for, so that what
 * speaks WebSocket over HTTP/1.1 does so here; http2_tunnel.c translates the answer.
 */
#include "server/http/http2.h"
#include "server/http/in_flight.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_OVERHEAD = 32 }; /* RFC 9113 6.5.2 */

static bool is(http_slice slice, const char *text) {
  return slice.length == strlen(text) && !memcmp(slice.data, text, slice.length);
}

static int text_append(http2_stream *s, const char *data, size_t length) {
  size_t need = (size_t)s->text_length + length;
  if (need > UINT32_MAX / 2) return UV_ENOMEM;
  if (need > s->text_capacity) {
    size_t capacity = s->text_capacity ? s->text_capacity : 1024;
    while (capacity < need) capacity *= 2;
    char *grown = realloc(s->text, capacity);
    if (!grown) return UV_ENOMEM;
    s->text = grown;
    s->text_capacity = (uint32_t)capacity;
  }
  memcpy(s->text + s->text_length, data, length);
  s->text_length += (uint32_t)length;
  return 0;
}

/* A line "name: value\r\n" with its position. */
static int line_append(http2_stream *s, http_slice name, http_slice value) {
  if (s->positions_count == s->positions_capacity) {
    uint32_t capacity = s->positions_capacity ? s->positions_capacity * 2 : 32;
    exchange_header_position *grown = realloc(s->positions, capacity * sizeof *grown);
    if (!grown) return UV_ENOMEM;
    s->positions = grown;
    s->positions_capacity = capacity;
  }
  uint32_t at = s->text_length;
  if (text_append(s, name.data, name.length) || text_append(s, ": ", 2) || text_append(s, value.data, value.length) ||
      text_append(s, "\r\n", 2))
    return UV_ENOMEM;
  uint32_t name_length = (uint32_t)name.length;
  s->positions[s->positions_count++] =
      (exchange_header_position){at, at + name_length + 2, name_length, (uint32_t)value.length};
  return 0;
}

static int cookie_append(http2_stream *s, http_slice value) {
  size_t length = s->cookies_length + value.length + 2;
  char *grown = realloc(s->cookies, length);
  if (!grown) return UV_ENOMEM;
  s->cookies = grown;
  if (s->cookies_length) {
    memcpy(grown + s->cookies_length, "; ", 2);
    s->cookies_length += 2;
  }
  memcpy(grown + s->cookies_length, value.data, value.length);
  s->cookies_length += (uint32_t)value.length;
  return 0;
}

static int method_number(http_slice name) {
  for (int i = 0; i <= HTTP_SOURCE; i++)
    if (is(name, llhttp_method_name((llhttp_method_t)i))) return i;
  return -1;
}

/* Pseudo-header fields come first, so that what they add to the text lies before the lines. */
static int pseudo_field(http2_stream *s, http_slice name, http_slice value) {
  uint32_t at = s->text_length, length = (uint32_t)value.length;
  if (is(name, ":method")) {
    s->is_connect = is(value, "CONNECT");
    s->method = method_number(value);
    return 0;
  }
  if (is(name, ":path"))
    s->url_at = at, s->url_length = length;
  else if (is(name, ":authority"))
    s->authority_at = at, s->authority_length = length, s->has_authority = true;
  else if (is(name, ":protocol"))
    s->protocol_at = at, s->protocol_length = length, s->extended = true;
  else
    return 0;
  return text_append(s, value.data, value.length);
}

/* The Host field: before all others, as HTTP/1.1 clients send it. */
static int host_line(http2_stream *s) {
  if (!s->has_authority || s->has_host) return 0;
  s->has_host = true;
  if (text_append(s, "", 0)) return UV_ENOMEM;
  char *copy = malloc(s->authority_length + 1);
  if (!copy) return UV_ENOMEM;
  memcpy(copy, s->text + s->authority_at, s->authority_length);
  int status = line_append(s, (http_slice){"host", 4}, (http_slice){copy, s->authority_length});
  free(copy);
  return status;
}

int http2_request_field(http2_stream *s, http_slice name, http_slice value) {
  const http_server_options *options = &s->exchange.connection->server->options;
  unsigned most =
      options->max_headers_count && options->max_headers_count < UINT16_MAX ? options->max_headers_count : UINT16_MAX;
  s->list_size += (uint32_t)(name.length + value.length + FIELD_OVERHEAD);
  if (options->max_header_bytes && s->list_size > options->max_header_bytes) return UV_E2BIG;
  if (name.length && name.data[0] == ':') return pseudo_field(s, name, value);
  if (s->positions_count - s->trailers_first >= most) return UV_E2BIG;
  if (s->in_trailers) return line_append(s, name, value);
  if (is(name, "host")) {
    if (s->has_authority) { /* both: they must say the same (RFC 9113 8.3.1) */
      bool same = value.length == s->authority_length && !memcmp(value.data, s->text + s->authority_at, value.length);
      return same ? 0 : UV_EPROTO;
    }
    if (s->has_host) return UV_EPROTO;
    s->has_host = true;
    return line_append(s, name, value);
  }
  if (host_line(s) < 0) return UV_ENOMEM;
  if (is(name, "cookie")) return cookie_append(s, value);
  return line_append(s, name, value);
}

/* What a client of HTTP/1.1 would have sent for a WebSocket. Its key has no meaning here; any will do. */
static int upgrade_lines(http2_stream *s) {
  char protocol[64];
  size_t length = s->protocol_length < sizeof protocol ? s->protocol_length : sizeof protocol;
  memcpy(protocol, s->text + s->protocol_at, length);
  s->method = HTTP_GET;
  static const http_header lines[] = {{{"connection", 10}, {"Upgrade", 7}},
                                      {{"sec-websocket-key", 17}, {"AAAAAAAAAAAAAAAAAAAAAA==", 24}}};
  if (line_append(s, (http_slice){"upgrade", 7}, (http_slice){protocol, length}) < 0) return UV_ENOMEM;
  for (size_t i = 0; i < 2; i++)
    if (line_append(s, lines[i].name, lines[i].value) < 0) return UV_ENOMEM;
  return 0;
}

static bool equal_no_case(http_slice value, const char *lower) {
  if (value.length != strlen(lower)) return false;
  for (size_t i = 0; i < value.length; i++)
    if ((value.data[i] | 0x20) != lower[i] && value.data[i] != lower[i]) return false;
  return true;
}

/* Of a head that is not answered by the app. */
static int request_refused(const http2_stream *s) {
  const exchange *x = &s->exchange;
  const http_server_options *options = &x->connection->server->options;
  http_slice value;
  if (s->too_large) return 431;
  if (s->method < 0) return 501;
  if (options->max_url_bytes && s->url_length > options->max_url_bytes) return 414;
  if (exchange_find_header(x, "host", &value) ? !http1_host_valid(value) : options->require_host_header) return 400;
  if (exchange_find_header(x, "expect", &value) && !equal_no_case(value, "100-continue")) return 417;
  if (options->max_body_bytes && x->content_length > 0 && (uint64_t)x->content_length > options->max_body_bytes)
    return 413;
  return 0;
}

static int64_t length_of(http_slice value) {
  int64_t length = 0;
  for (size_t i = 0; i < value.length; i++) {
    if (length > INT64_MAX / 10 - 1) return INT64_MAX;
    length = length * 10 + (value.data[i] - '0');
  }
  return length;
}

int http2_request_complete(http2_stream *s, bool end_stream) {
  exchange *x = &s->exchange;
  connection *c = x->connection;
  http_server *server = c->server;
  http_slice value;
  if (!s->too_large) {
    if (host_line(s) < 0) return UV_ENOMEM;
    if (s->cookies_length && line_append(s, (http_slice){"cookie", 6}, (http_slice){s->cookies, s->cookies_length}) < 0)
      return UV_ENOMEM;
    if (s->extended && upgrade_lines(s) < 0) return UV_ENOMEM;
  }
  if (s->is_connect && !s->extended) s->url_at = s->authority_at, s->url_length = s->authority_length;
  x->serial = ++server->serial;
  x->head = s->text;
  x->headers = s->positions;
  x->headers_count = (uint16_t)s->positions_count;
  s->trailers_first = s->positions_count;
  x->url = s->url_at;
  x->url_length = s->url_length;
  x->method = s->method < 0 ? 0 : (uint8_t)s->method;
  x->version_major = 2;
  x->keep_alive = true;
  x->upgrade = s->is_connect;
  x->expects_continue = exchange_find_header(x, "expect", &value) && !end_stream;
  x->has_body = !end_stream && !s->is_connect;
  x->request_complete = !x->has_body;
  x->content_length = !x->has_body ? 0 : exchange_find_header(x, "content-length", &value) ? length_of(value) : -1;
  c->requests++;
  server->counters->requests++;
  return request_refused(s);
}

int http2_request_trailers(http2_stream *s) {
  exchange *x = &s->exchange;
  x->head = x->trailers_head = s->text; /* may have moved */
  x->headers = s->positions;
  x->trailers = s->positions + s->trailers_first;
  x->trailers_count = (uint16_t)(s->positions_count - s->trailers_first);
  return 0;
}
