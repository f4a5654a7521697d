/*
 * Parsing of request heads, strictly. A head reaches llhttp only when it is complete, so every span comes whole and
 * needs no copy; one scan (16 bytes per step) has then already refused what llhttp 8.1 lets pass or what two parsers
 * in a row may read differently (request smuggling): bare CR or LF, folded lines, control bytes. After llhttp come the
 * checks of message framing: Transfer-Encoding, Content-Length, Host.
 */
#include "server/http/http1.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* First byte in [p, end) that may not be in a line: a control byte other than tab; NULL if none. */
static const char *find_control(const char *p, const char *end) {
#ifdef __SSE2__
  const __m128i highest_control = _mm_set1_epi8(0x1f), tab = _mm_set1_epi8('\t'), del = _mm_set1_epi8(0x7f);
  for (; end - p >= 16; p += 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)p);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, highest_control), v);
    control = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(v, tab), control), _mm_cmpeq_epi8(v, del));
    int mask = _mm_movemask_epi8(control);
    if (mask) return p + __builtin_ctz((unsigned)mask);
  }
#endif
  for (; p < end; p++) {
    unsigned char ch = (unsigned char)*p;
    if ((ch < 0x20 && ch != '\t') || ch == 0x7f) return p;
  }
  return NULL;
}

http1_scan http1_scan_head(const char *data, size_t available, bool lenient, size_t *scanned, size_t *length) {
  const char *end = data + available, *line = data + *scanned;
  for (;;) {
    if (line < end && line > data && (*line == ' ' || *line == '\t')) return SCAN_FOLD;
    const char *stop = find_control(line, end);
    while (lenient && stop && *stop != '\r' && *stop != '\n') stop = find_control(stop + 1, end);
    if (!stop) break;
    if (*stop == '\n') return SCAN_BARE_LF;
    if (*stop != '\r') return SCAN_CONTROL;
    if (stop + 1 == end) break;
    if (stop[1] != '\n') return SCAN_BARE_CR;
    if (stop == line) {
      *length = (size_t)(stop + 2 - data);
      return SCAN_COMPLETE;
    }
    line = stop + 2;
  }
  *scanned = (size_t)(line - data);
  return SCAN_INCOMPLETE;
}

const char *http1_scan_code(http1_scan scan) {
  switch (scan) {
    case SCAN_BARE_LF:
      return "HPE_CR_EXPECTED";
    case SCAN_BARE_CR:
      return "HPE_LF_EXPECTED";
    default:
      return "HPE_INVALID_HEADER_TOKEN";
  }
}

const char *http1_scan_reason(http1_scan scan) {
  switch (scan) {
    case SCAN_BARE_LF:
      return "Missing CR before LF";
    case SCAN_BARE_CR:
      return "Missing expected LF after CR";
    case SCAN_FOLD:
      return "Folded header line";
    default:
      return "Invalid header value char";
  }
}

bool http1_token_equal(http_slice slice, const char *lower) {
  for (size_t i = 0; i < slice.length; i++) {
    char ch = slice.data[i];
    if (ch >= 'A' && ch <= 'Z') ch |= 0x20;
    if (lower[i] != ch) return false;
  }
  return lower[slice.length] == 0;
}

/* --- llhttp's callbacks ------------------------------------------------------------------------------------------ */

static http1_head *head_of(llhttp_t *parser) { return parser->data; }

static int on_url(llhttp_t *parser, const char *at, size_t length) {
  http1_head *head = head_of(parser);
  if (head->url_length == 0) head->url = (size_t)(at - head->base);
  head->url_length += length;
  return 0;
}

static bool headers_grow(http1_head *head) {
  unsigned capacity = head->capacity ? head->capacity * 2 : 64;
  exchange_header_position *grown = realloc(head->headers, capacity * sizeof *grown);
  if (!grown) return false;
  head->headers = grown;
  head->capacity = capacity;
  return true;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length) {
  http1_head *head = head_of(parser);
  if (head->count >= head->limit) {
    head->too_many = true;
    return HPE_USER;
  }
  /* llhttp 8.1 takes an empty name, and spaces in a name and before the colon. */
  if (length == 0 || memchr(at, ' ', length)) {
    head->bad_name = true;
    return HPE_USER;
  }
  if (head->count == head->capacity && !headers_grow(head)) {
    head->out_of_memory = true;
    return HPE_USER;
  }
  uint32_t name = (uint32_t)(at - head->base);
  head->headers[head->count] = (exchange_header_position){name, name, (uint32_t)length, 0};
  http_slice slice = {at, length};
  int index = (int)head->count++;
  switch (length) {
    case 4:
      if (http1_token_equal(slice, "host")) head->hosts++, head->host_index = index;
      break;
    case 6:
      if (http1_token_equal(slice, "expect")) head->expect_index = index;
      break;
    case 14:
      if (http1_token_equal(slice, "content-length")) head->content_lengths++;
      break;
    case 17:
      if (http1_token_equal(slice, "transfer-encoding"))
        head->transfer_encodings++, head->transfer_encoding_index = index;
      break;
  }
  return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length) {
  http1_head *head = head_of(parser);
  exchange_header_position *position = &head->headers[head->count - 1];
  uint32_t value = (uint32_t)(at - head->base);
  if (position->value_length) /* llhttp may hand a value over in pieces; they adjoin, since lines are never folded */
    length += value - position->value;
  else
    position->value = value;
  while (length &&
         (head->base[position->value + length - 1] == ' ' || head->base[position->value + length - 1] == '\t'))
    length--;
  position->value_length = (uint32_t)length;
  return 0;
}

static int on_headers_complete(llhttp_t *parser) {
  http1_head *head = head_of(parser);
  head->flags = parser->flags;
  head->upgrade = parser->upgrade;
  head->complete = true;
  return 2; /* stop here: bodies are read by http1_body.c */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
};
/* For a first look at an unfinished line: no callbacks. */
static const llhttp_settings_t no_settings = {0};

static bool is_alphanumeric(unsigned char ch) {
  return (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z');
}

static bool is_token_char(unsigned char ch) { return is_alphanumeric(ch) || (ch && strchr("!#$%&'*+-.^_`|~", ch)); }

/* The length of what may be a method at the beginning of a line. */
static size_t token_length(const char *data, size_t length) {
  size_t n = 0;
  while (n < length && is_token_char((unsigned char)data[n])) n++;
  return n;
}

/* "BREW /pot HTTP/1.1": a request of a method that is not known here, other than a malformed line. */
static bool line_is_request(const char *data, size_t length) {
  const char *end = memchr(data, '\r', length);
  size_t method = token_length(data, length);
  if (!end || !method || data[method] != ' ' || (size_t)(end - data) < method + 11) return false;
  const char *v = end - 8;
  if (memchr(data + method + 1, ' ', (size_t)(v - 1 - (data + method + 1)))) return false;
  return v[-1] == ' ' && !memcmp(v, "HTTP/", 5) && v[5] >= '0' && v[5] <= '9' && v[6] == '.' && v[7] >= '0' &&
         v[7] <= '9';
}

static int parse_error(llhttp_t *parser, llhttp_errno_t error, const char *data, size_t length, const char **code,
                       const char **reason) {
  const char *at = llhttp_get_error_pos(parser);
  http1_head *head = head_of(parser);
  if (head) head->error_at = at >= data && at <= data + length ? (size_t)(at - data) : 0;
  *code = llhttp_errno_name(error);
  *reason = llhttp_get_error_reason(parser);
  if (!*reason) *reason = "";
  if (length >= 14 && !memcmp(data, "PRI * HTTP/2.0", 14)) {
    *code = "HPE_INVALID_VERSION";
    *reason = "HTTP/2 is not spoken here";
    return 505;
  }
  /* Not known, or known to another protocol that llhttp speaks (RFC 9110 9.1). */
  bool method = error == HPE_INVALID_METHOD || error == HPE_INVALID_CONSTANT;
  return method && line_is_request(data, length) ? 501 : 400;
}

static int reject(const char **code, const char **reason, const char *why_code, const char *why) {
  *code = why_code;
  *reason = why;
  return 400;
}

static int hex_value(unsigned char ch) {
  if (ch >= '0' && ch <= '9') return ch - '0';
  return (ch | 0x20) >= 'a' && (ch | 0x20) <= 'f' ? (ch | 0x20) - 'a' + 10 : -1;
}

/* The end of an IP literal in brackets, or NULL. */
static const char *ip_literal_end(const char *at, const char *end) {
  const char *first = ++at;
  while (at < end && (is_alphanumeric((unsigned char)*at) || *at == ':' || *at == '.')) at++;
  return at > first && at < end && *at == ']' ? at + 1 : NULL;
}

/* The end of a registered name, which may be empty, or NULL: an escape that is none, or hides a control byte. */
static const char *reg_name_end(const char *at, const char *end) {
  for (; at < end && *at != ':'; at++) {
    unsigned char ch = (unsigned char)*at;
    if (is_alphanumeric(ch) || ch >= 0x80 || (ch != '%' && strchr("-._~!$&'()*+;=", ch) != NULL)) continue;
    int high = ch == '%' && end - at > 2 ? hex_value((unsigned char)at[1]) : -1;
    int low = high >= 0 ? hex_value((unsigned char)at[2]) : -1;
    if (low < 0 || high * 16 + low <= 0x20 || high * 16 + low == 0x7f) return NULL;
    at += 2;
  }
  return at;
}

/* RFC 9110 7.2, RFC 3986 3.2.2: uri-host [":" port]. Empty is allowed. A Host that a parser of URLs would refuse, or
 * read in another way, is refused here: the path of request.url must not depend on it. */
bool http1_host_valid(http_slice host) {
  if (host.length == 0) return true;
  const char *end = host.data + host.length;
  const char *at = *host.data == '[' ? ip_literal_end(host.data, end) : reg_name_end(host.data, end);
  if (at == NULL || at == end) return at != NULL;
  if (*at++ != ':') return false;
  unsigned port = 0;
  for (; at < end; at++) {
    if (*at < '0' || *at > '9' || (port = port * 10 + (unsigned)(*at - '0')) > 65535) return false;
  }
  return true;
}

/* RFC 9112 3.2: no blanks inside, and an absolute form is of http or of WebSocket, has a host and names
 * nobody. */
static bool target_valid(const char *url, size_t length) {
  static const char *const schemes[] = {"http://", "https://", "ws://", "wss://"};
  if (memchr(url, '\t', length) != NULL) return false;
  const char *colon = *url == '/' || *url == '*' ? NULL : memchr(url, ':', length);
  if (colon == NULL || length - (size_t)(colon - url) < 3 || memcmp(colon, "://", 3) != 0) return true;
  bool known = false;
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && !known; i++) {
    known = (size_t)(colon + 3 - url) == strlen(schemes[i]) && strncasecmp(url, schemes[i], strlen(schemes[i])) == 0;
  }
  const char *authority = colon + 3, *end = url + length, *at = authority;
  while (at < end && *at != '/' && *at != '?' && *at != '#' && *at != '@') at++;
  return known && at > authority && (at == end || *at != '@');
}

static http_slice value_of(const http1_head *head, int index) {
  const exchange_header_position *h = &head->headers[index];
  return (http_slice){head->base + h->value, h->value_length};
}

bool http1_expects_continue(const http1_head *head) {
  return http1_token_equal(value_of(head, head->expect_index), "100-continue");
}

/* What decides where the message ends, and for whom it is: no room for two readings. */
static int check_framing(const http_server *server, const llhttp_t *parser, const char **code, const char **reason) {
  const http1_head *head = &http1_shared_of(server)->head;
  /* llhttp speaks RTSP and ICE too, which look the same. */
  if (strncmp(head->base + head->url + head->url_length, " HTTP/", 6) != 0)
    return reject(code, reason, "HPE_INVALID_CONSTANT", "Expected HTTP/");
  if (parser->http_major != 1) {
    *code = "HPE_INVALID_VERSION";
    *reason = "Invalid HTTP version";
    return 505;
  }
  bool as_node = server->options.as_node;
  if (!as_node && !target_valid(head->base + head->url, head->url_length))
    return reject(code, reason, "HPE_INVALID_URL", "Invalid request target");
  if (head->content_lengths > 1)
    return reject(code, reason, "HPE_UNEXPECTED_CONTENT_LENGTH", "Duplicate Content-Length");
  if (head->transfer_encodings) {
    if (head->content_lengths && !server->options.lenient)
      return reject(code, reason, "HPE_INVALID_TRANSFER_ENCODING",
                    "Content-Length can't be present with Transfer-Encoding");
    if (parser->http_minor == 0)
      return reject(code, reason, "HPE_INVALID_TRANSFER_ENCODING", "Transfer-Encoding in HTTP/1.0");
    http_slice value = value_of(head, head->transfer_encoding_index);
    if (head->transfer_encodings > 1 || !http1_token_equal(value, "chunked"))
      return reject(code, reason, "HPE_INVALID_TRANSFER_ENCODING", "Request has invalid `Transfer-Encoding`");
  }
  bool names_host = head->hosts > 0 || (as_node && head->upgrade);
  if (server->options.require_host_header && parser->http_minor > 0 && !names_host)
    return reject(code, reason, "HPE_INVALID_HEADER_TOKEN", "Missing Host header");
  if (!server->options.lenient && head->hosts > 1)
    return reject(code, reason, "HPE_INVALID_HEADER_TOKEN", "Duplicate Host header");
  if (!as_node && head->hosts && !http1_host_valid(value_of(head, head->host_index)))
    return reject(code, reason, "HPE_INVALID_HEADER_TOKEN", "Invalid Host header");
  if (!as_node && head->expect_index >= 0 && !http1_expects_continue(head)) {
    *code = "HPE_USER";
    *reason = "Unknown expectation";
    return 417;
  }
  return 0;
}

int http1_parse_head(http_server *server, const char *data, size_t length, const char **code, const char **reason) {
  http1_head *head = &http1_shared_of(server)->head;
  llhttp_t *parser = &http1_shared_of(server)->parser;
  head->base = data;
  head->url = head->url_length = 0;
  head->count = head->hosts = head->transfer_encodings = head->content_lengths = 0;
  head->host_index = head->transfer_encoding_index = head->expect_index = -1;
  head->too_many = head->bad_name = head->complete = head->out_of_memory = false;
  unsigned limit = server->options.max_headers_count;
  head->limit = limit && limit < UINT16_MAX ? limit : UINT16_MAX;
  llhttp_init(parser, HTTP_REQUEST, &settings);
  llhttp_set_lenient_version(parser, 1); /* any minor version of 1 is served, check_framing refuses the others */
  if (server->options.lenient) {
    llhttp_set_lenient_headers(parser, 1);
    llhttp_set_lenient_chunked_length(parser, 1);
  }
  parser->data = head;
  llhttp_errno_t error = llhttp_execute(parser, data, length);
  if (head->complete && error == HPE_PAUSED_UPGRADE) return check_framing(server, parser, code, reason);
  if (head->too_many) {
    *code = "HPE_HEADER_OVERFLOW";
    *reason = "Too many headers";
    return 431;
  }
  if (head->bad_name) return reject(code, reason, "HPE_INVALID_HEADER_TOKEN", "Invalid header token");
  if (head->out_of_memory) {
    *code = "ENOMEM";
    *reason = "Out of memory";
    return 503;
  }
  if (error == HPE_OK) error = HPE_INTERNAL; /* not possible: the head has its empty line */
  return parse_error(parser, error, data, length, code, reason);
}

int http1_check_line(http_server *server, const char *data, size_t length, const char **code, const char **reason) {
  llhttp_t *parser = &http1_shared_of(server)->parser;
  llhttp_init(parser, HTTP_REQUEST, &no_settings);
  llhttp_set_lenient_version(parser, 1);
  parser->data = &http1_shared_of(server)->head;
  llhttp_errno_t error = llhttp_execute(parser, data, length);
  if (error == HPE_OK) return 0;
  /* So far it may be a method that is not known: the whole line tells. */
  size_t method = token_length(data, length);
  bool whole = memchr(data, '\r', length) != NULL;
  if (error == HPE_INVALID_METHOD && !whole && method && (method == length || data[method] == ' ')) return 0;
  return parse_error(parser, error, data, length, code, reason);
}

/* --- Trailers ---------------------------------------------------------------------------------------------------- */

int http1_split_lines(const char *data, size_t length, exchange_header_position *out, unsigned limit) {
  unsigned count = 0;
  size_t at = 0;
  while (at + 2 < length) { /* the last two bytes are the empty line */
    const char *end = memchr(data + at, '\r', length - at);
    if (!end) return UV_EPROTO;
    size_t line_end = (size_t)(end - data), colon = at;
    while (colon < line_end && is_token_char((unsigned char)data[colon])) colon++;
    if (colon == at || colon == line_end || data[colon] != ':' || count == limit) return UV_EPROTO;
    size_t value = colon + 1, value_end = line_end;
    while (value < value_end && (data[value] == ' ' || data[value] == '\t')) value++;
    while (value_end > value && (data[value_end - 1] == ' ' || data[value_end - 1] == '\t')) value_end--;
    out[count++] = (exchange_header_position){(uint32_t)at, (uint32_t)value, (uint32_t)(colon - at),
                                              (uint32_t)(value_end - value)};
    at = line_end + 2;
  }
  return (int)count;
}
