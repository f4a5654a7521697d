/*
 * Request bodies: by Content-Length, or chunked. Not llhttp's part, for two reasons: an app that pauses must stop the
 * parser in the middle of a buffer, and a chunk line has to be taken strictly (RFC 9112 7.1: hex digits, CRLF, no
 * white space, no bare LF, limited extensions), since leniency there is what request smuggling lives on.
 */
#include "server/http/http1.h"

#include <stdlib.h>
#include <string.h>

enum {
  CHUNK_LINE_LIMIT = 4096,  /* one chunk line, extensions included */
  EXTENSIONS_LIMIT = 16384, /* of one body, as Node */
  TRAILERS_COUNT_LIMIT = 128,
};

static inline void window_advance(connection *c, size_t length) {
  c->window += length;
  c->window_length -= length;
}

static void body_malformed(connection *c, const char *code, const char *reason) {
  bool overflow = !strcmp(code, "HPE_CHUNK_EXTENSIONS_OVERFLOW");
  int status = overflow && c->server->options.as_node ? 413 : 400;
  if (!http1_body_error(c, status, code, reason)) http1_abort(c, status, UV_EPROTO);
}

void http1_set_discard_deadline(connection *c) {
  uint64_t timeout = c->server->options.linger_timeout;
  connection_set_deadline(c, DEADLINE_PROTOCOL, uv_now(c->server->loop) + (timeout ? timeout : 1));
}

/* Nobody reads the rest: it is thrown away while that is cheaper than a new connection. */
static bool body_discard(connection *c, size_t length) {
  http1 *h = http1_at(c);
  h->body_discarded += length;
  uint64_t most = c->server->options.max_discard_bytes;
  if (most && h->body_discarded > most) {
    h->close_after = true;
    h->client_closes = false;
    h->exchange.request_complete = true; /* as far as we are concerned; what follows is dropped with the connection */
    h->truncated = true;
    return false;
  }
  return true;
}

/* Hands `length` bytes of the window to the app. False: stop feeding. */
static bool body_deliver(connection *c, size_t length) {
  http1 *h = http1_at(c);
  exchange *x = &h->exchange;
  const char *data = c->window;
  uint64_t most = c->server->options.max_body_bytes;
  h->body_received += length;
  if (most && h->body_received > most) {
    http1_abort(c, 413, UV_EMSGSIZE);
    return false;
  }
  window_advance(c, length);
  h->body_left -= length;
  if (h->flow == FLOW_DISCARD) return body_discard(c, length);
  if (x->events && x->events->on_data) x->events->on_data(x, data, length);
  return c->state == CONNECTION_OPEN && h->active;
}

static void body_complete(connection *c) {
  http1 *h = http1_at(c);
  exchange *x = &h->exchange;
  x->request_complete = true;
  c->deadline_kind = DEADLINE_NONE;
  if (h->flow == FLOW_OPEN && x->events && x->events->on_end) x->events->on_end(x);
}

static int hex_value(char ch) {
  if (ch >= '0' && ch <= '9') return ch - '0';
  ch |= 0x20;
  return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* A line "SIZE[;extension]\r\n". 1: taken; 0: incomplete or failed. */
static int chunk_line(connection *c) {
  http1 *h = http1_at(c);
  const char *line = c->window;
  size_t available = c->window_length, scanned = 0, length = 0, digits = 0;
  uint64_t size = 0;
  while (digits < available && hex_value(line[digits]) >= 0) {
    if (size >> 59) {
      body_malformed(c, "HPE_INVALID_CHUNK_SIZE", "Chunk size overflow");
      return 0;
    }
    size = size << 4 | (unsigned)hex_value(line[digits++]);
  }
  bool delimited = digits < available && (line[digits] == ';' || line[digits] == '\r');
  if (digits > 16 || (digits < available && (!delimited || !digits))) {
    body_malformed(c, "HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size");
    return 0;
  }
  /* The rest of the line, with the checks of a header line. */
  const char *end = memchr(line, '\n', available);
  size_t line_length = end ? (size_t)(end + 1 - line) : available;
  http1_scan scan = http1_scan_head(line, line_length, false, &scanned, &length);
  if (scan != SCAN_INCOMPLETE && scan != SCAN_COMPLETE) {
    body_malformed(c, "HPE_STRICT", http1_scan_reason(scan));
    return 0;
  }
  if (line_length > CHUNK_LINE_LIMIT) {
    body_malformed(c, "HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
    return 0;
  }
  if (!end) return 0;
  h->extension_bytes += line_length - digits - 2;
  if (h->extension_bytes > EXTENSIONS_LIMIT) {
    body_malformed(c, "HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
    return 0;
  }
  window_advance(c, line_length);
  h->body_left = size;
  h->chunk_state = size ? CHUNK_DATA : CHUNK_TRAILERS;
  return 1;
}

/* The end of the body: trailer lines and an empty line. */
static void chunk_trailers(connection *c) {
  http1 *h = http1_at(c);
  exchange *x = &h->exchange;
  size_t length = 0;
  http1_scan scan = http1_scan_head(c->window, c->window_length, false, &h->head_scanned, &length);
  size_t limit = c->server->options.max_header_bytes;
  if (limit && (scan == SCAN_COMPLETE ? length : c->window_length) > limit) {
    c->server->counters->client_errors++;
    http1_abort(c, 431, UV_EMSGSIZE);
    return;
  }
  if (scan == SCAN_INCOMPLETE) return;
  h->head_scanned = 0;
  if (scan != SCAN_COMPLETE) {
    body_malformed(c, http1_scan_code(scan), http1_scan_reason(scan));
    return;
  }
  if (length > 2) {
    exchange_header_position positions[TRAILERS_COUNT_LIMIT];
    int count = http1_split_lines(c->window, length, positions, TRAILERS_COUNT_LIMIT);
    if (count < 0) {
      body_malformed(c, "HPE_INVALID_HEADER_TOKEN", "Invalid trailer");
      return;
    }
    size_t size = (size_t)count * sizeof *positions;
    free(h->kept_trailers);
    h->kept_trailers = malloc(size + length);
    if (!h->kept_trailers) {
      connection_close(c, UV_ENOMEM);
      return;
    }
    memcpy(h->kept_trailers, positions, size);
    memcpy(h->kept_trailers + size, c->window, length);
    x->trailers = (const exchange_header_position *)(void *)h->kept_trailers;
    x->trailers_head = h->kept_trailers + size;
    x->trailers_count = (uint16_t)count;
  }
  window_advance(c, length);
  body_complete(c);
}

/* One step of a chunked body. False: needs more bytes, or is over. */
static bool chunk_step(connection *c) {
  http1 *h = http1_at(c);
  if (!c->window_length) return false;
  switch (h->chunk_state) {
    case CHUNK_SIZE:
      return chunk_line(c);
    case CHUNK_DATA: {
      size_t length = c->window_length < h->body_left ? c->window_length : (size_t)h->body_left;
      if (!body_deliver(c, length)) return false;
      if (!h->body_left) h->chunk_state = CHUNK_DATA_END;
      return true;
    }
    case CHUNK_DATA_END:
      if (c->window[0] != '\r' || (c->window_length > 1 && c->window[1] != '\n')) {
        body_malformed(c, "HPE_STRICT", "Expected CRLF after chunk");
        return false;
      }
      if (c->window_length < 2) return false;
      window_advance(c, 2);
      h->chunk_state = CHUNK_SIZE;
      return true;
    default:
      chunk_trailers(c);
      return false;
  }
}

void http1_body_feed(connection *c) {
  http1 *h = http1_at(c);
  exchange *x = &h->exchange;
  while (c->state == CONNECTION_OPEN && h->active && !x->request_complete) {
    /* Answered, and the app never asked for the body. */
    if (x->ended && !h->body_started) h->flow = FLOW_DISCARD;
    if (x->ended && h->flow == FLOW_DISCARD && h->close_after) { /* no use in waiting for it */
      x->request_complete = h->truncated = true;
      return;
    }
    if (h->flow == FLOW_PAUSED) {
      if (x->ended && !h->left_alone) {
        h->left_alone = true;
        http1_set_discard_deadline(c);
      }
      return;
    }
    if (h->body_kind == BODY_CHUNKED) {
      if (!chunk_step(c)) return;
      continue;
    }
    size_t length = c->window_length < h->body_left ? c->window_length : (size_t)h->body_left;
    if (length) {
      if (!body_deliver(c, length)) return;
    } else if (h->body_left == 0) {
      body_complete(c);
    } else {
      return;
    }
  }
}
