/* What RFC 9113 and 7541 call errors, section by section, and floods. */
#include "http2_client.h"

/* --- Connection errors ------------------------------------------------------------------------------------------- */

typedef struct connection_case {
  const char *name;
  int type, flags;
  uint32_t stream;
  const char *payload;
  size_t length;
  uint32_t code;
} connection_case;
#define BYTES(text) text, sizeof(text) - 1
#define EIGHT "12345678"

static const connection_case connection_cases[] = {
    {"6.1 DATA on stream 0", DATA, 0, 0, BYTES("x"), NGHTTP2_PROTOCOL_ERROR},
    {"6.1 DATA with too much padding", DATA, PADDED, 1, BYTES("\x09x"), NGHTTP2_PROTOCOL_ERROR},
    {"5.1 DATA on an idle stream", DATA, 0, 1, BYTES("x"), NGHTTP2_PROTOCOL_ERROR},
    {"6.2 HEADERS on stream 0", HEADERS, END_HEADERS, 0, BYTES("\x82"), NGHTTP2_PROTOCOL_ERROR},
    {"6.2 HEADERS with too much padding", HEADERS, END_HEADERS | PADDED, 1, BYTES("\x09\x82"), NGHTTP2_PROTOCOL_ERROR},
    {"5.1.1 HEADERS on an even stream", HEADERS, END_HEADERS, 2, BYTES("\x82\x84\x86"), NGHTTP2_PROTOCOL_ERROR},
    {"6.3 PRIORITY on stream 0", PRIORITY, 0, 0, BYTES("\0\0\0\0\x10"), NGHTTP2_PROTOCOL_ERROR},
    {"6.4 RST_STREAM on stream 0", RST_STREAM, 0, 0, BYTES("\0\0\0\x08"), NGHTTP2_PROTOCOL_ERROR},
    {"6.4 RST_STREAM on an idle stream", RST_STREAM, 0, 1, BYTES("\0\0\0\x08"), NGHTTP2_PROTOCOL_ERROR},
    {"6.4 RST_STREAM of a wrong size", RST_STREAM, 0, 1, BYTES("\0\0\x08"), NGHTTP2_FRAME_SIZE_ERROR},
    {"6.5 SETTINGS ACK with a payload", SETTINGS, ACK, 0, BYTES("\0\0\0\0\0\0"), NGHTTP2_FRAME_SIZE_ERROR},
    {"6.5 SETTINGS on a stream", SETTINGS, 0, 1, BYTES("\0\x03\0\0\0\x01"), NGHTTP2_PROTOCOL_ERROR},
    {"6.5 SETTINGS of a wrong size", SETTINGS, 0, 0, BYTES("\0\x03\0"), NGHTTP2_FRAME_SIZE_ERROR},
    {"6.5.2 ENABLE_PUSH 2", SETTINGS, 0, 0, BYTES("\0\x02\0\0\0\x02"), NGHTTP2_PROTOCOL_ERROR},
    {"6.5.2 INITIAL_WINDOW_SIZE 2^31", SETTINGS, 0, 0, BYTES("\0\x04\x80\0\0\0"), NGHTTP2_FLOW_CONTROL_ERROR},
    {"6.5.2 MAX_FRAME_SIZE 16383", SETTINGS, 0, 0, BYTES("\0\x05\0\0\x3f\xff"), NGHTTP2_PROTOCOL_ERROR},
    {"6.5.2 MAX_FRAME_SIZE 2^24", SETTINGS, 0, 0, BYTES("\0\x05\x01\0\0\0"), NGHTTP2_PROTOCOL_ERROR},
    {"6.6 PUSH_PROMISE from a client", PUSH_PROMISE, END_HEADERS, 1, BYTES("\0\0\0\x02\x82"), NGHTTP2_PROTOCOL_ERROR},
    {"6.7 PING on a stream", PING, 0, 1, BYTES(EIGHT), NGHTTP2_PROTOCOL_ERROR},
    {"6.7 PING of a wrong size", PING, 0, 0, BYTES("1234567"), NGHTTP2_FRAME_SIZE_ERROR},
    {"6.8 GOAWAY on a stream", GOAWAY, 0, 1, BYTES(EIGHT), NGHTTP2_PROTOCOL_ERROR},
    {"6.9 WINDOW_UPDATE of 0", WINDOW_UPDATE, 0, 0, BYTES("\0\0\0\0"), NGHTTP2_PROTOCOL_ERROR},
    {"6.9 WINDOW_UPDATE of a wrong size", WINDOW_UPDATE, 0, 0, BYTES("\0\0\x01"), NGHTTP2_FRAME_SIZE_ERROR},
    {"6.9.1 the connection's window over 2^31-1", WINDOW_UPDATE, 0, 0, BYTES("\x7f\xff\xff\xff"),
     NGHTTP2_FLOW_CONTROL_ERROR},
    {"6.9 WINDOW_UPDATE on an idle stream", WINDOW_UPDATE, 0, 1, BYTES("\0\0\0\x01"), NGHTTP2_PROTOCOL_ERROR},
    {"6.10 CONTINUATION on its own", CONTINUATION, END_HEADERS, 1, BYTES("\x82"), NGHTTP2_PROTOCOL_ERROR},
    {"7541 2.3.3 an index that is not there", HEADERS, END_HEADERS, 1, BYTES("\xfe"), NGHTTP2_COMPRESSION_ERROR},
    {"7541 4.2 a table over the limit", HEADERS, END_HEADERS, 1, BYTES("\x3f\xe1\xff\x03\x82"),
     NGHTTP2_COMPRESSION_ERROR},
    {"7541 5.2 Huffman padding of 8 bits", HEADERS, END_HEADERS, 1, BYTES("\x82\x84\x86\x41\x82\xff\xff"),
     NGHTTP2_COMPRESSION_ERROR},
    {"7541 5.2 Huffman padding of zeros", HEADERS, END_HEADERS, 1, BYTES("\x82\x84\x86\x41\x81\x18"),
     NGHTTP2_COMPRESSION_ERROR},
    {"7541 6.1 index 0", HEADERS, END_HEADERS, 1, BYTES("\x80"), NGHTTP2_COMPRESSION_ERROR},
    {"7541 5.1 an endless integer", HEADERS, END_HEADERS, 1, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
     NGHTTP2_COMPRESSION_ERROR},
};

static void connection_errors(void **state) {
  fixture *f = *state;
  serve(f);
  for (size_t i = 0; i < sizeof connection_cases / sizeof *connection_cases; i++) {
    const connection_case *one = &connection_cases[i];
    print_message("%s\n", one->name);
    h2 p = h2_open(f);
    h2_send(&p, one->type, one->flags, one->stream, one->payload, one->length);
    h2_expect_goaway(&p, one->code);
    h2_close(&p);
    assert_int_equal(f->requests, 0);
  }
  assert_int_equal(f->counters.http2_floods, 0);
}

static void frame_over_the_size(void **state) {
  fixture *f = *state;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  static char big[16385];
  h2_send(&p, HEADERS, END_HEADERS, 1, big, sizeof big);
  h2_expect_goaway(&p, NGHTTP2_FRAME_SIZE_ERROR);
  h2_close(&p);
}

static void preface_that_is_none(void **state) {
  CLEAR_ONLY();
  fixture *f = *state;
  serve(f);
  h2 p = h2_raw(f);
  client_send(p.c, PREFACE);
  h2_send(&p, PING, 0, 0, EIGHT, 8); /* the first frame must be SETTINGS (3.4) */
  h2_expect_goaway(&p, NGHTTP2_PROTOCOL_ERROR);
  h2_close(&p);
  client *c = client_open(f);
  client_send(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX");
  client_expect(c, "HTTP/1.1 ");
  assert_int_equal(f->requests, 0);
  client_close(c);
}

/* 5.1.1, 5.1: a stream below the last one that was never begun, and one that is over. */
static void stream_numbers_go_up(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 5, H2_GET("/"));
  h2_expect_status(&p, 5, "200");
  h2_headers(&p, END_HEADERS | END_STREAM, 3, H2_GET("/"));
  h2_expect_goaway(&p, NGHTTP2_PROTOCOL_ERROR);
  h2_close(&p);
  h2 q = h2_open(f);
  h2_headers(&q, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_status(&q, 1, "200");
  h2_headers(&q, END_HEADERS | END_STREAM, 1, H2_GET("/"));
  h2_expect_goaway(&q, NGHTTP2_STREAM_CLOSED);
  h2_close(&q);
  assert_int_equal(f->requests, 2);
}

/* What is under way for a stream that was reset from here is no error, also after more resets than are kept in mind. */
static void late_frames_after_a_reset(void **state) {
  fixture *f = *state;
  f->options.http2_max_resets = 0;
  serve(f);
  h2 p = h2_open(f);
  uint32_t stream = 1;
  for (; stream < 200; stream += 2) {
    h2_headers(&p, END_HEADERS, stream, ":method POST\n:scheme http\n:path x\n:authority test\n");
    h2_send(&p, DATA, 0, stream, "x", 1);
    h2_expect_reset(&p, stream, NGHTTP2_PROTOCOL_ERROR);
    h2_send(&p, DATA, END_STREAM, stream, "x", 1);
  }
  h2_headers(&p, END_HEADERS | END_STREAM, stream, H2_GET("/"));
  h2_expect_status(&p, stream, "200");
  h2_close(&p);
}

static void nothing_between_headers_and_continuation(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  unsigned char block[256];
  size_t length = h2_block(block, H2_GET("/"));
  h2_send(&p, HEADERS, END_STREAM, 1, block, 10);
  h2_send(&p, CONTINUATION, END_HEADERS, 1, block + 10, length - 10);
  h2_expect_status(&p, 1, "200");
  h2_send(&p, HEADERS, END_STREAM, 3, block, 10);
  h2_send(&p, PING, 0, 0, EIGHT, 8);
  h2_expect_goaway(&p, NGHTTP2_PROTOCOL_ERROR);
  h2_close(&p);
}

/* --- Stream errors ----------------------------------------------------------------------------------------------- */

static const char *const malformed[] = {
    ":method GET\n:scheme http\n:path /\n:authority test\nX-Upper a\n",    /* 8.2.1 */
    ":method GET\n:scheme http\n:path /\n:authority test\nconnection a\n", /* 8.2.2 */
    ":method GET\n:scheme http\n:path /\n:authority test\ntransfer-encoding chunked\n",
    ":method GET\n:scheme http\n:path /\n:authority test\nte gzip\n",
    ":method GET\n:scheme http\n:path /\n:authority test\n:status 200\n", /* 8.3 */
    ":method GET\n:scheme http\n:path /\n:authority test\n:odd a\n",
    ":method GET\n:scheme http\n:path /\na b\n:authority test\n",
    ":method GET\n:scheme http\n:authority test\n", /* 8.3.1 */
    ":method GET\n:path /\n:authority test\n",
    ":scheme http\n:path /\n:authority test\n",
    ":method GET\n:method GET\n:scheme http\n:path /\n:authority test\n",
    ":method GET\n:scheme http\n:path /\n:path /\n:authority test\n",
    ":method GET\n:scheme http\n:path \n:authority test\n",
    ":method GET\n:scheme http\n:path x\n:authority test\n",
    ":method GET\n:scheme http\n:path /\n:authority test\nhost other\n",
    ":method GET\n:scheme http\n:path /\nhost a\nhost b\n",
    ":method GET\n:scheme http\n:path /\n:authority test\ncontent-length 5\n", /* 8.1.1: with END_STREAM */
    ":method GET\n:scheme http\n:path /\n:authority test\ncontent-length x\n",
    ":method GET\n:scheme http\n:path /\n:authority test\ncontent-length 0\ncontent-length 0\n",
    ":method GET\n:scheme http\n:path /\n:authority test\na b\x01\n",
    ":method CONNECT\n:scheme http\n:path /\n:authority test\n",                  /* 8.5 */
    ":method GET\n:protocol websocket\n:scheme http\n:path /\n:authority test\n", /* RFC 8441 4 */
};

static void malformed_requests(void **state) {
  fixture *f = *state;
  f->options.http2_max_resets = 0;
  serve(f);
  h2 p = h2_open(f);
  uint32_t stream = 1;
  for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++, stream += 2) {
    print_message("%s", malformed[i]);
    h2_headers(&p, END_HEADERS | END_STREAM, stream, malformed[i]);
    h2_expect_reset(&p, stream, NGHTTP2_PROTOCOL_ERROR);
    assert_int_equal(f->requests, 0);
  }
  /* The connection goes on. */
  h2_headers(&p, END_HEADERS | END_STREAM, stream, H2_GET("/"));
  h2_expect_status(&p, stream, "200");
  h2_close(&p);
}

static void body_against_its_length(void **state) {
  fixture *f = *state;
  f->answer = answer_echo;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS, 1, H2_POST("/") "content-length 3\n");
  h2_send(&p, DATA, END_STREAM, 1, "four", 4);
  h2_expect_reset(&p, 1, NGHTTP2_PROTOCOL_ERROR);
  WAIT_FOR(f, f->closes == f->requests);
  assert_int_equal(f->ends, 0);
  h2_close(&p);
}

static void refused_by_the_engine(void **state) {
  fixture *f = *state;
  f->options.max_header_bytes = 1024;
  f->options.max_url_bytes = 64;
  serve(f);
  h2 p = h2_open(f);
  h2_headers(&p, END_HEADERS | END_STREAM, 1, ":method BREW\n:scheme http\n:path /\n:authority test\n");
  h2_expect_status(&p, 1, "501");
  h2_headers(&p, END_HEADERS | END_STREAM, 3, ":method GET\n:scheme http\n:path /\n:authority te[st\n");
  h2_expect_status(&p, 3, "400");
  h2_headers(&p, END_HEADERS | END_STREAM, 5, H2_GET("/") "expect 200-ok\n");
  h2_expect_status(&p, 5, "417");
  char big[4096] = H2_GET("/");
  for (int i = 0; i < 15; i++) strcat(big, "name 012345678901234567890123456789012345678901234567890123456789\n");
  h2_headers(&p, END_HEADERS | END_STREAM, 7, big);
  h2_expect_status(&p, 7, "431");
  h2_headers(&p, END_HEADERS | END_STREAM, 9,
             H2_GET("/0123456789012345678901234567890123456789012345678901234567890123456789"));
  h2_expect_status(&p, 9, "414");
  assert_int_equal(f->requests, 0);
  h2_close(&p);
}

static void streams_over_the_limit(void **state) {
  fixture *f = *state;
  f->options.http2_max_streams = 2;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  h2_frame settings = h2_expect(&p, SETTINGS);
  assert_int_equal(h2_number_at(settings.payload + 2), 2);
  for (uint32_t stream = 1; stream <= 5; stream += 2) h2_headers(&p, END_HEADERS | END_STREAM, stream, H2_GET("/"));
  h2_expect_reset(&p, 5, NGHTTP2_REFUSED_STREAM);
  assert_int_equal(f->requests, 2);
  h2_close(&p);
}

/* --- Floods ------------------------------------------------------------------------------------------------------ */

static void flooded(fixture *f, h2 *p) {
  h2_expect_goaway(p, NGHTTP2_ENHANCE_YOUR_CALM);
  assert_int_equal(f->counters.http2_floods, 1);
  h2_close(p);
}

static void rapid_reset(void **state) {
  fixture *f = *state;
  f->options.http2_max_resets = 50;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  for (uint32_t stream = 1; stream < 150; stream += 2) {
    h2_headers(&p, END_HEADERS | END_STREAM, stream, H2_GET("/"));
    h2_number(&p, RST_STREAM, stream, NGHTTP2_CANCEL);
  }
  flooded(f, &p);
  WAIT_FOR(f, f->closes == f->requests);
}

/* The server is made to reset: a body that is not what was promised. */
static void made_you_reset(void **state) {
  fixture *f = *state;
  f->options.http2_max_resets = 50;
  f->answer = answer_later;
  serve(f);
  h2 p = h2_open(f);
  for (uint32_t stream = 1; stream < 150; stream += 2) {
    h2_headers(&p, END_HEADERS, stream, H2_POST("/") "content-length 3\n");
    h2_send(&p, DATA, 0, stream, "four", 4);
  }
  flooded(f, &p);
  WAIT_FOR(f, f->closes == f->requests);
}

static void frames_that_carry_nothing(void **state) {
  fixture *f = *state;
  f->options.http2_max_control_frames = 100;
  f->answer = answer_later;
  serve(f);
  static const struct {
    int type;
    uint32_t stream;
    const char *payload;
    size_t length;
  } cases[] = {
      {PING, 0, BYTES(EIGHT)},
      {SETTINGS, 0, BYTES("\0\x03\0\0\0\x01")},
      {PRIORITY, 1, BYTES("\0\0\0\0\x10")},
      {DATA, 1, BYTES("")},
      {WINDOW_UPDATE, 1, BYTES("\0\0\0\x01")},
      {0x10, 0, BYTES("\0\0\0\x01u=0")}, /* PRIORITY_UPDATE */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    h2 p = h2_open(f);
    h2_headers(&p, END_HEADERS, 1, H2_POST("/"));
    for (int n = 0; n < 120; n++) h2_send(&p, cases[i].type, 0, cases[i].stream, cases[i].payload, cases[i].length);
    h2_expect_goaway(&p, NGHTTP2_ENHANCE_YOUR_CALM);
    h2_close(&p);
    assert_int_equal(f->counters.http2_floods, i + 1);
  }
  WAIT_FOR(f, f->closes == f->requests);
}

static void continuation_flood(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  h2_send(&p, HEADERS, END_STREAM, 1, "\x82", 1);
  for (int i = 0; i < 20; i++) h2_send(&p, CONTINUATION, 0, 1, "", 0);
  flooded(f, &p);
}

/* One byte of the block is a field of four thousand: 4,000 of them. */
static void hpack_bomb(void **state) {
  fixture *f = *state;
  serve(f);
  h2 p = h2_open(f);
  static unsigned char block[16000];
  size_t n = 0;
  memcpy(block, "\x82\x84\x86\x41\x01z", 6);
  n = 6;
  block[n++] = 0x40; /* literal, indexed */
  block[n++] = 1;
  block[n++] = 'a';
  block[n++] = 0x7f;
  block[n++] = ((4000 - 127) & 0x7f) | 0x80;
  block[n++] = (4000 - 127) >> 7;
  memset(block + n, 'v', 4000);
  n += 4000;
  memset(block + n, 0xbe, 4000); /* the newest entry */
  n += 4000;
  h2_send(&p, HEADERS, END_STREAM | END_HEADERS, 1, block, n);
  flooded(f, &p);
  assert_int_equal(f->requests, 0);
}

/* An honest client that moves data is never taken for a flood. */
static void honest_client(void **state) {
  fixture *f = *state;
  f->options.http2_max_control_frames = 20;
  f->options.http2_max_resets = 10;
  f->answer = answer_echo;
  serve(f);
  h2 p = h2_open(f);
  for (uint32_t stream = 1; stream < 400; stream += 2) {
    h2_headers(&p, END_HEADERS, stream, H2_POST("/"));
    h2_send(&p, DATA, END_STREAM, stream, "body", 4);
    h2_expect_status(&p, stream, "200");
    h2_number(&p, WINDOW_UPDATE, 0, 4);
    if (stream % 4 == 1) h2_send(&p, PING, 0, 0, EIGHT, 8);
  }
  assert_int_equal(f->counters.http2_floods, 0);
  assert_int_equal(f->requests, 200);
  h2_close(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      H2_TEST(connection_errors),
      H2_TEST(frame_over_the_size),
      H2_TEST(preface_that_is_none),
      H2_TEST(stream_numbers_go_up),
      H2_TEST(late_frames_after_a_reset),
      H2_TEST(nothing_between_headers_and_continuation),
      H2_TEST(malformed_requests),
      H2_TEST(body_against_its_length),
      H2_TEST(refused_by_the_engine),
      H2_TEST(streams_over_the_limit),
      H2_TEST(rapid_reset),
      H2_TEST(made_you_reset),
      H2_TEST(frames_that_carry_nothing),
      H2_TEST(continuation_flood),
      H2_TEST(hpack_bomb),
      H2_TEST(honest_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
