/*
 * A stream with a context keeps some 300 KB (compressing) or 40 KB (decompressing) per WebSocket with zlib's usual
 * settings; jsd compresses with memory level 5 of 9, for 80 KB. A side without a context needs a stream only within a
 * message, and gives it back.
 */
#include "server/http/websocket_deflate.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { MEMORY_LEVEL = 5, STEP = 16384 };

struct websocket_deflate {
  websocket_deflate_parameters parameters;
  z_stream *compressor, *decompressor;
  bool forgotten; /* websocket_deflate_forget */
};

/* ---- the header -------------------------------------------------------------------------------------------------- */

typedef struct cursor {
  const char *at, *end;
} cursor;

static void blanks(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t')) c->at++;
}

static bool is_token(char byte) { return byte > ' ' && byte < 127 && strchr("()<>@,;:\\\"/[]?={}", byte) == NULL; }

static bool token(cursor *c, const char **text, size_t *length) {
  blanks(c);
  *text = c->at;
  while (c->at < c->end && is_token(*c->at)) c->at++;
  *length = (size_t)(c->at - *text);
  blanks(c);
  return *length > 0;
}

static bool same(const char *text, size_t length, const char *name) {
  return strlen(name) == length && strncasecmp(text, name, length) == 0;
}

/* "=value" or "=\"value\"" of a number of bits, 8 to 15; -1: there is no value, 0: a bad one. */
static int bits_value(cursor *c) {
  if (c->at >= c->end || *c->at != '=') return -1;
  c->at++;
  blanks(c);
  bool quoted = c->at < c->end && *c->at == '"';
  const char *text;
  size_t length;
  if (quoted) c->at++;
  if (!token(c, &text, &length)) return 0;
  if (quoted && (c->at >= c->end || *c->at++ != '"')) return 0;
  blanks(c);
  if (length == 1 && (*text == '8' || *text == '9')) return *text - '0';
  if (length == 2 && *text == '1' && text[1] >= '0' && text[1] <= '5') return 10 + text[1] - '0';
  return 0;
}

/* Of one offer or answer; bits: 0 not there, -1 there without a value. */
typedef struct parameters {
  bool server_no_context, client_no_context;
  int server_bits, client_bits;
} parameters;

static bool parameter(cursor *c, parameters *p) {
  const char *name;
  size_t length;
  if (!token(c, &name, &length)) return false;
  int bits = bits_value(c);
  if (same(name, length, "server_no_context_takeover") || same(name, length, "client_no_context_takeover")) {
    bool *flag = *name == 's' || *name == 'S' ? &p->server_no_context : &p->client_no_context;
    bool repeated = *flag;
    *flag = true;
    return bits == -1 && !repeated;
  }
  if (same(name, length, "server_max_window_bits")) {
    bool repeated = p->server_bits != 0;
    p->server_bits = bits;
    return bits > 0 && !repeated;
  }
  if (!same(name, length, "client_max_window_bits") || p->client_bits != 0) return false;
  p->client_bits = bits;
  return bits != 0;
}

/* One extension of the list, up to its comma: whether it is permessage-deflate with parameters that make sense. */
static bool extension(cursor *c, parameters *p) {
  const char *name;
  size_t length;
  const char *start = c->at;
  *p = (parameters){0};
  bool fits = token(c, &name, &length) && same(name, length, "permessage-deflate");
  while (fits && c->at < c->end && *c->at == ';') {
    c->at++;
    fits = parameter(c, p);
  }
  if (c->at < c->end && *c->at != ',') fits = false;
  bool quoted = false;
  for (c->at = start; c->at < c->end && (quoted || *c->at != ','); c->at++) quoted ^= *c->at == '"';
  if (c->at < c->end) c->at++;
  return fits;
}

static bool meet(const parameters *offer, const websocket_deflate_parameters *wanted,
                 websocket_deflate_parameters *out) {
  int own = wanted->own_bits ? wanted->own_bits : 15, other = wanted->other_bits ? wanted->other_bits : 15;
  if (offer->server_bits == 8) return false;
  if (offer->server_bits > 0 && offer->server_bits < own) own = offer->server_bits;
  if (offer->client_bits == 0) other = 15; /* it may not be told */
  if (offer->client_bits > 0 && offer->client_bits < other) other = offer->client_bits;
  *out = (websocket_deflate_parameters){.own_no_context = offer->server_no_context || wanted->own_no_context,
                                        .other_no_context = offer->client_no_context || wanted->other_no_context,
                                        .own_bits = own,
                                        .other_bits = other};
  return true;
}

bool websocket_deflate_accept(const char *offers, size_t length, const websocket_deflate_parameters *wanted,
                              websocket_deflate_parameters *out, char text[WEBSOCKET_DEFLATE_TEXT_MAX]) {
  cursor c = {offers, offers + length};
  while (c.at < c.end) {
    parameters offer;
    if (!extension(&c, &offer) || !meet(&offer, wanted, out)) continue;
    int at = snprintf(text, WEBSOCKET_DEFLATE_TEXT_MAX, "permessage-deflate%s%s",
                      out->own_no_context ? "; server_no_context_takeover" : "",
                      out->other_no_context ? "; client_no_context_takeover" : "");
    if (out->own_bits < 15)
      at += snprintf(text + at, WEBSOCKET_DEFLATE_TEXT_MAX - (size_t)at, "; server_max_window_bits=%d", out->own_bits);
    if (out->other_bits < 15)
      snprintf(text + at, WEBSOCKET_DEFLATE_TEXT_MAX - (size_t)at, "; client_max_window_bits=%d", out->other_bits);
    return true;
  }
  return false;
}

bool websocket_deflate_agreed(const char *answer, size_t length, websocket_deflate_parameters *out) {
  cursor c = {answer, answer + length};
  parameters p;
  if (!extension(&c, &p) || c.at < c.end || p.client_bits < 0 || p.client_bits == 8) return false;
  *out = (websocket_deflate_parameters){.own_no_context = p.client_no_context,
                                        .other_no_context = p.server_no_context,
                                        .own_bits = p.client_bits ? p.client_bits : 15,
                                        .other_bits = p.server_bits ? p.server_bits : 15};
  return true;
}

/* ---- the streams ------------------------------------------------------------------------------------------------- */

bool websocket_buffer_reserve(websocket_buffer *b, size_t room) {
  if (b->capacity - b->length >= room) return true;
  if (room > SIZE_MAX / 2 - b->length) return false;
  size_t capacity = b->length + room + b->length / 2;
  char *grown = realloc(b->data, capacity);
  if (grown == NULL) return false;
  b->data = grown;
  b->capacity = capacity;
  return true;
}

websocket_deflate *websocket_deflate_create(const websocket_deflate_parameters *wanted) {
  websocket_deflate *d = calloc(1, sizeof *d);
  if (d != NULL) d->parameters = *wanted;
  return d;
}

static void compressor_free(websocket_deflate *d) {
  if (d->compressor != NULL) deflateEnd(d->compressor);
  free(d->compressor);
  d->compressor = NULL;
}

static void decompressor_free(websocket_deflate *d) {
  if (d->decompressor != NULL) inflateEnd(d->decompressor);
  free(d->decompressor);
  d->decompressor = NULL;
}

void websocket_deflate_destroy(websocket_deflate *d) {
  if (d == NULL) return;
  compressor_free(d);
  decompressor_free(d);
  free(d);
}

static bool compressor_make(websocket_deflate *d) {
  if (d->compressor != NULL) return true;
  d->compressor = calloc(1, sizeof *d->compressor);
  if (d->compressor == NULL) return false;
  if (deflateInit2(d->compressor, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -d->parameters.own_bits, MEMORY_LEVEL,
                   Z_DEFAULT_STRATEGY) == Z_OK)
    return true;
  free(d->compressor);
  d->compressor = NULL;
  return false;
}

static bool decompressor_make(websocket_deflate *d) {
  if (d->decompressor != NULL) return true;
  d->decompressor = calloc(1, sizeof *d->decompressor);
  if (d->decompressor == NULL) return false;
  if (inflateInit2(d->decompressor, -d->parameters.other_bits) == Z_OK) return true;
  free(d->decompressor);
  d->decompressor = NULL;
  return false;
}

/* One piece of input. */
static int inflate_piece(z_stream *z, const char *data, size_t length, size_t limit, size_t start,
                         websocket_buffer *out) {
  z->next_in = (Bytef *)(uintptr_t)data;
  z->avail_in = (uInt)length;
  for (;;) {
    if (!websocket_buffer_reserve(out, STEP)) return 1011;
    size_t room = out->capacity - out->length;
    if (room > UINT32_MAX) room = UINT32_MAX;
    z->next_out = (Bytef *)out->data + out->length;
    z->avail_out = (uInt)room;
    int status = inflate(z, Z_SYNC_FLUSH);
    out->length += room - z->avail_out;
    if (limit > 0 && out->length - start > limit) return 1009;
    if (status == Z_MEM_ERROR) return 1011;
    /* A message may end with a final block (7.2.3.5): another may follow it. */
    if (status == Z_STREAM_END) {
      if (inflateReset(z) != Z_OK) return 1007;
      if (z->avail_in == 0) return 0;
      continue;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) return 1007;
    if (z->avail_out > 0) return z->avail_in == 0 ? 0 : 1007;
  }
}

int websocket_inflate(websocket_deflate *d, const char *data, size_t length, size_t limit, websocket_buffer *out) {
  static const char tail[4] = {0, 0, (char)0xff, (char)0xff};
  size_t start = out->length;
  int code = length > UINT32_MAX ? 1009 : decompressor_make(d) ? 0 : 1011;
  if (code == 0) code = inflate_piece(d->decompressor, data, length, limit, start, out);
  if (code == 0) code = inflate_piece(d->decompressor, tail, sizeof tail, limit, start, out);
  if (d->parameters.other_no_context || code != 0) decompressor_free(d);
  return code;
}

int websocket_deflate_own_bits(const websocket_deflate *d) { return d->parameters.own_bits; }

void websocket_deflate_forget(websocket_deflate *d) { d->forgotten = true; }

int websocket_deflate_message(websocket_deflate *d, const char *data, size_t length, websocket_buffer *out) {
  if (length > UINT32_MAX - STEP) return -EMSGSIZE;
  if (!compressor_make(d)) return -ENOMEM;
  if (d->forgotten) deflateReset(d->compressor);
  d->forgotten = false;
  z_stream *z = d->compressor;
  size_t start = out->length;
  int result = 0;
  z->next_in = (Bytef *)(uintptr_t)data;
  z->avail_in = (uInt)length;
  do {
    if (!websocket_buffer_reserve(out, STEP)) {
      compressor_free(d);
      return -ENOMEM;
    }
    size_t room = out->capacity - out->length;
    if (room > UINT32_MAX) room = UINT32_MAX;
    z->next_out = (Bytef *)out->data + out->length;
    z->avail_out = (uInt)room;
    deflate(z, Z_SYNC_FLUSH);
    out->length += room - z->avail_out;
  } while (z->avail_out == 0);
  /* The flush ends with an empty block, whose four last bytes the receiver adds itself. */
  if (out->length - start >= 4 && memcmp(out->data + out->length - 4, "\0\0\xff\xff", 4) == 0) out->length -= 4;
  if (out->length == start) {
    out->data[out->length++] = 0; /* 7.2.3.6: an empty message is one empty block */
  }
  if (d->parameters.own_no_context) compressor_free(d);
  return result;
}
