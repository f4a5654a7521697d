/*
 * A client that speaks HTTP/2 in raw frames, for tests of http2*.c: frames are written as bytes, and what comes back is
 * split into frames. Heads are sent as literals without indexing, unless a test gives the block itself.
 */
#ifndef JSD_TEST_HTTP2_CLIENT_H
#define JSD_TEST_HTTP2_CLIENT_H

#define HTTP2
#include "http_client.h"

#include <nghttp2/nghttp2.h>

#include "server/http/tunnel.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, HAS_PRIORITY = 32 };

typedef struct h2 {
  client *c;
  size_t at; /* of client.got: frames up to here were looked at */
  nghttp2_hd_inflater *inflater;
} h2;

typedef struct h2_frame {
  uint32_t length, stream;
  uint8_t type, flags;
  const unsigned char *payload;
} h2_frame;

UNUSED static void h2_send(h2 *p, int type, int flags, uint32_t stream, const void *payload, size_t length) {
  unsigned char *frame = malloc(9 + length);
  unsigned char head[9] = {(unsigned char)(length >> 16), (unsigned char)(length >> 8), (unsigned char)length,
                           (unsigned char)type,           (unsigned char)flags,         (unsigned char)(stream >> 24),
                           (unsigned char)(stream >> 16), (unsigned char)(stream >> 8), (unsigned char)stream};
  memcpy(frame, head, 9);
  if (length) memcpy(frame + 9, payload, length);
  client_send_bytes(p->c, (char *)frame, 9 + length);
  free(frame);
}
UNUSED static void h2_number(h2 *p, int type, uint32_t stream, uint32_t number) {
  unsigned char payload[4] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
                              (unsigned char)(number >> 8), (unsigned char)number};
  h2_send(p, type, 0, stream, payload, 4);
}
UNUSED static void h2_setting(h2 *p, int id, uint32_t value) {
  unsigned char payload[6] = {0,
                              (unsigned char)id,
                              (unsigned char)(value >> 24),
                              (unsigned char)(value >> 16),
                              (unsigned char)(value >> 8),
                              (unsigned char)value};
  h2_send(p, SETTINGS, 0, 0, payload, 6);
}
/* A block of "name value\n" lines. */
UNUSED static size_t h2_block(unsigned char *out, const char *lines) {
  size_t n = 0;
  while (*lines) {
    size_t name = strcspn(lines + 1, " ") + 1, line = strcspn(lines, "\n"), value = line - name - 1;
    assert_true(name < 127 && value < 127);
    out[n++] = 0;
    out[n++] = (unsigned char)name;
    memcpy(out + n, lines, name);
    n += name;
    out[n++] = (unsigned char)value;
    memcpy(out + n, lines + name + 1, value);
    n += value;
    lines += line + (lines[line] == '\n');
  }
  return n;
}
UNUSED static void h2_headers(h2 *p, int flags, uint32_t stream, const char *lines) {
  unsigned char block[16384];
  h2_send(p, HEADERS, flags, stream, block, h2_block(block, lines));
}
#define H2_GET(path) ":method GET\n:scheme http\n:path " path "\n:authority test\n"
#define H2_POST(path) ":method POST\n:scheme http\n:path " path "\n:authority test\n"

UNUSED static h2 h2_raw(fixture *f) {
  h2 p = {client_open(f), 0, NULL};
  nghttp2_hd_inflate_new(&p.inflater);
  return p;
}
UNUSED static h2 h2_open(fixture *f) {
  h2 p = h2_raw(f);
  client_send(p.c, PREFACE);
  h2_send(&p, SETTINGS, 0, 0, NULL, 0);
  return p;
}
UNUSED static void h2_close(h2 *p) {
  nghttp2_hd_inflate_del(p->inflater);
  client_close(p->c);
}

static bool h2_take(h2 *p, h2_frame *out) {
  const unsigned char *at = (unsigned char *)p->c->got + p->at;
  size_t left = p->c->length - p->at;
  if (left < 9) return false;
  uint32_t length = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
  if (left < 9 + length) return false;
  *out = (h2_frame){length, (uint32_t)at[5] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 8 | at[8], at[3], at[4],
                    at + 9};
  p->at += 9 + length;
  return true;
}
/* The next frame of this type; frames before it are passed over. Fails at the end and after five seconds. */
UNUSED static h2_frame h2_expect(h2 *p, int type) {
  uint64_t until = uv_hrtime() + 5000000000u;
  h2_frame frame;
  for (;;) {
    client_poll(p->c);
    while (h2_take(p, &frame))
      if (frame.type == type) return frame;
    if (p->c->ended || uv_hrtime() > until) fail_msg("no frame of type %d%s", type, p->c->ended ? ", but the end" : "");
    turn(p->c->f);
  }
}
/* Whether a frame of this type is among those that are there now. */
UNUSED static bool h2_has(h2 *p, int type) {
  h2_frame frame;
  client_poll(p->c);
  while (h2_take(p, &frame))
    if (frame.type == type) return true;
  return false;
}
UNUSED static uint32_t h2_number_at(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
UNUSED static void h2_expect_reset(h2 *p, uint32_t stream, uint32_t code) {
  h2_frame frame = h2_expect(p, RST_STREAM);
  assert_int_equal(frame.stream, stream);
  assert_int_equal(h2_number_at(frame.payload), code);
}
/* GOAWAY with this code, then the end of the connection. */
UNUSED static void h2_expect_goaway(h2 *p, uint32_t code) {
  h2_frame frame = h2_expect(p, GOAWAY);
  assert_int_equal(h2_number_at(frame.payload + 4), code);
  client_expect_end(p->c);
}
/* The next head, as "name: value\n" lines. */
UNUSED static h2_frame h2_head(h2 *p, char *text, size_t size) {
  h2_frame frame = h2_expect(p, HEADERS);
  const uint8_t *in = frame.payload;
  size_t left = frame.length, used = 0;
  text[0] = 0;
  for (;;) {
    nghttp2_nv nv;
    int flags = 0;
    nghttp2_ssize n = nghttp2_hd_inflate_hd3(p->inflater, &nv, &flags, in, left, 1);
    assert_true(n >= 0);
    in += n;
    left -= (size_t)n;
    if (flags & NGHTTP2_HD_INFLATE_EMIT)
      used += (size_t)snprintf(text + used, size - used, "%.*s: %.*s\n", (int)nv.namelen, nv.name, (int)nv.valuelen,
                               nv.value);
    if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
  }
  nghttp2_hd_inflate_end_headers(p->inflater);
  return frame;
}
UNUSED static void h2_expect_status(h2 *p, uint32_t stream, const char *status) {
  char text[2048], line[32];
  h2_frame frame = h2_head(p, text, sizeof text);
  assert_int_equal(frame.stream, stream);
  snprintf(line, sizeof line, ":status: %s\n", status);
  if (!strstr(text, line)) fail_msg("expected %s, got %s", status, text);
}
UNUSED static int h2_setup(void **state) {
  fixture_setup(state);
  ((fixture *)*state)->options.http2 = HTTP2_CLEAR | HTTP2_TLS;
  return 0;
}
#define H2_TEST(name) cmocka_unit_test_setup_teardown(name, h2_setup, fixture_teardown)

#endif
