/*
 * The WebSocket against a table of what a client may send: the sections of the Autobahn suite (1 framing, 2 pings, 3
 * reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 close handling, 9 limits, 10 pieces, 12 and 13 compression).
 * Every case runs with its input in one piece, byte by byte, and in pieces of 3 and 7.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/http/websocket.h"

enum { LOG_BYTES = 8192, INPUT_BYTES = 1 << 20 };

typedef struct end {
  websocket *ws;
  char log[LOG_BYTES];
  char sent[1 << 21];
  size_t sent_length;
  bool shut, destroyed, lazy; /* lazy: nothing of what is written leaves */
} end;

static uv_loop_t loop;
static websocket_group *group;
static end one;

static void note(const char *format, ...) {
  size_t at = strlen(one.log);
  va_list arguments;
  va_start(arguments, format);
  if (at < LOG_BYTES) vsnprintf(one.log + at, LOG_BYTES - at, format, arguments);
  va_end(arguments);
}

static int carrier_write(void *data, http_bytes bytes) {
  if (one.sent_length + bytes.length <= sizeof one.sent) memcpy(one.sent + one.sent_length, bytes.data, bytes.length);
  one.sent_length += bytes.length;
  if (bytes.release) bytes.release(bytes.release_data);
  return one.lazy ? 0 : 1;
}
static void carrier_shutdown(void *data) {
  one.shut = true;
  note("shut ");
}
static void carrier_destroy(void *data) {
  one.destroyed = true;
  note("destroyed ");
}
static size_t carrier_pending(void *data) { return one.lazy ? one.sent_length : 0; }
static const websocket_carrier carrier = {carrier_write, carrier_shutdown, carrier_destroy, carrier_pending};

static void on_message(void *data, bool text, const char *bytes, size_t length) {
  if (length > 200)
    note("%s#%zu ", text ? "text" : "binary", length);
  else
    note("%s(%.*s) ", text ? "text" : "binary", (int)length, bytes);
}
static void on_ping(void *data, const char *bytes, size_t length) { note("ping(%.*s) ", (int)length, bytes); }
static void on_pong(void *data, const char *bytes, size_t length) { note("pong(%.*s) ", (int)length, bytes); }
static void on_closing(void *data, const char *error) { note("closing(%s) ", error ? error : ""); }
static void on_close(void *data, unsigned code, const char *reason, size_t length, bool clean) {
  note("close(%u,%.*s,%s) ", code, (int)length, reason, clean ? "clean" : "unclean");
  one.ws = NULL;
}
static const websocket_events events = {
    .on_message = on_message, .on_ping = on_ping, .on_pong = on_pong, .on_closing = on_closing, .on_close = on_close};

/* The frames that were sent, as "[opcode flags payload]"; a close frame's code as a number. */
static void sent_describe(char *out, size_t size) {
  size_t at = 0;
  out[0] = 0;
  while (at < one.sent_length) {
    const uint8_t *head = (const uint8_t *)one.sent + at;
    websocket_frame f;
    size_t head_length = websocket_frame_head_length(head, one.sent_length - at);
    assert_true(head_length > 0 && websocket_frame_parse(head, &f));
    char *payload = one.sent + at + head_length;
    if (f.masked) websocket_mask(payload, payload, f.length, f.mask, 0);
    size_t used = strlen(out);
    if (f.opcode == WEBSOCKET_CLOSE && f.length >= 2)
      snprintf(out + used, size - used, "[close %u]", (unsigned)(uint8_t)payload[0] << 8 | (uint8_t)payload[1]);
    else
      snprintf(out + used, size - used, "[%u%s %.*s]", f.opcode, f.rsv1 ? "z" : "", f.length > 60 ? 60 : (int)f.length,
               payload);
    at += head_length + f.length;
  }
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static char input[INPUT_BYTES];
static size_t input_length;

static void put_masked(uint8_t first, const char *payload, size_t length, bool masked) {
  static const uint8_t mask[4] = {0x12, 0x9a, 0xfe, 0x37};
  size_t head = websocket_frame_head((uint8_t *)input + input_length, first, length, masked ? mask : NULL);
  char *at = input + input_length + head;
  if (masked)
    for (size_t i = 0; i < length; i++) at[i] = (char)(payload[i] ^ mask[i & 3]); /* not the code under test */
  else
    memcpy(at, payload, length);
  input_length += head + length;
}

typedef struct piece {
  uint8_t first; /* 0xff: raw bytes instead of a frame */
  const char *payload;
  size_t length;
} piece;
#define F(first, text) \
  { first, text, sizeof(text) - 1 }
#define RAW(text) \
  { 0xff, text, sizeof(text) - 1 }

typedef struct test_case {
  const char *name;
  piece pieces[8];
  const char *events, *sent;
} test_case;

#define BAD(why) "shut closing(" why ") close(1006,,unclean) "
#define S125                                                                                                           \
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
  "aaaaaaaaaaa"
#define RESERVED "a reserved bit is set"
#define NO_TEXT "a text is not UTF-8"

static const test_case cases[] = {
    {"1.1.1 empty text", {F(0x81, "")}, "text() close(1006,,unclean) ", ""},
    {"1.1.2 text of 125", {F(0x81, S125)}, "text(" S125 ") close(1006,,unclean) ", ""},
    {"1.1.3 text of 126", {F(0x81, S125 "b")}, "text(" S125 "b) close(1006,,unclean) ", ""},
    {"1.2.1 empty binary", {F(0x82, "")}, "binary() close(1006,,unclean) ", ""},
    {"1.2.2 binary", {F(0x82, "\xfe\x01")}, "binary(\xfe\x01) close(1006,,unclean) ", ""},
    {"1.x a long form for a short length",
     {RAW("\x81\xfe\x00\x01\x00\x00\x00\x00x")},
     BAD("a frame's length is malformed"),
     "[close 1002]"},
    {"1.x the longest form for 65535",
     {RAW("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00")},
     BAD("a frame's length is malformed"),
     "[close 1002]"},
    {"1.x a length with the highest bit",
     {RAW("\x82\xff\x80\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00")},
     BAD("a frame's length is malformed"),
     "[close 1002]"},
    {"1.x not masked", {RAW("\x81\x01x")}, BAD("a frame is not masked"), "[close 1002]"},
    {"2.1 a ping without payload", {F(0x89, "")}, "ping() close(1006,,unclean) ", "[10 ]"},
    {"2.2 a ping", {F(0x89, "hello")}, "ping(hello) close(1006,,unclean) ", "[10 hello]"},
    {"2.3 a binary ping", {F(0x89, "\x01\xff")}, "ping(\x01\xff) close(1006,,unclean) ", "[10 \x01\xff]"},
    {"2.4 a ping of 125",
     {F(0x89, S125)},
     "ping(" S125 ") close(1006,,unclean) ",
     "[10 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]"},
    {"2.5 a ping of 126", {F(0x89, S125 "b")}, BAD("a control frame has more than 125 bytes"), "[close 1002]"},
    {"2.7 an unasked pong", {F(0x8a, "")}, "pong() close(1006,,unclean) ", ""},
    {"2.9 a pong, then a ping",
     {F(0x8a, "unasked"), F(0x89, "p")},
     "pong(unasked) ping(p) close(1006,,unclean) ",
     "[10 p]"},
    {"2.10 ten pings would do as well",
     {F(0x89, "1"), F(0x89, "2"), F(0x89, "3")},
     "ping(1) ping(2) ping(3) close(1006,,unclean) ",
     "[10 1][10 2][10 3]"},
    {"3.1 RSV3", {F(0x91, "x")}, BAD(RESERVED), "[close 1002]"},
    {"3.2 RSV2 after a text", {F(0x81, "a"), F(0xa1, "x"), F(0x89, "")}, "text(a) " BAD(RESERVED), "[close 1002]"},
    {"3.4 RSV1 without compression", {F(0xc1, "x")}, BAD(RESERVED), "[close 1002]"},
    {"3.5 RSV1 in binary", {F(0xc2, "x")}, BAD(RESERVED), "[close 1002]"},
    {"3.6 RSV2 in a ping", {F(0xa9, "x")}, BAD(RESERVED), "[close 1002]"},
    {"3.7 RSV in a close frame", {F(0xf8, "")}, BAD(RESERVED), "[close 1002]"},
    {"4.1.1 opcode 3", {F(0x83, "")}, BAD("an unknown opcode"), "[close 1002]"},
    {"4.1.2 opcode 4", {F(0x84, "x")}, BAD("an unknown opcode"), "[close 1002]"},
    {"4.1.5 opcode 7 after a text", {F(0x81, "a"), F(0x87, "x")}, "text(a) " BAD("an unknown opcode"), "[close 1002]"},
    {"4.2.1 opcode 11", {F(0x8b, "")}, BAD("an unknown opcode"), "[close 1002]"},
    {"4.2.5 opcode 15", {F(0x8f, "x")}, BAD("an unknown opcode"), "[close 1002]"},
    {"5.1 a ping in two", {F(0x09, "a"), F(0x80, "b")}, BAD("a control frame is fragmented"), "[close 1002]"},
    {"5.2 a pong in two", {F(0x0a, "a"), F(0x80, "b")}, BAD("a control frame is fragmented"), "[close 1002]"},
    {"5.3 a text in two", {F(0x01, "a"), F(0x80, "b")}, "text(ab) close(1006,,unclean) ", ""},
    {"5.6 a ping inside a text",
     {F(0x01, "a"), F(0x89, "p"), F(0x80, "b")},
     "ping(p) text(ab) close(1006,,unclean) ",
     "[10 p]"},
    {"5.9 a continuation of nothing", {F(0x80, "x"), F(0x81, "a")}, BAD("a continuation of nothing"), "[close 1002]"},
    {"5.12 a continuation of nothing, not the last", {F(0x00, "x")}, BAD("a continuation of nothing"), "[close 1002]"},
    {"5.15 a continuation after a message",
     {F(0x01, "a"), F(0x80, "b"), F(0x00, "c")},
     "text(ab) " BAD("a continuation of nothing"),
     "[close 1002]"},
    {"5.18 a text inside a text", {F(0x01, "a"), F(0x81, "b")}, BAD("a message inside a message"), "[close 1002]"},
    {"5.19 five fragments and two pings",
     {F(0x01, "1"), F(0x00, "2"), F(0x89, "x"), F(0x00, "3"), F(0x00, "4"), F(0x89, "y"), F(0x80, "5")},
     "ping(x) ping(y) text(12345) close(1006,,unclean) ",
     "[10 x][10 y]"},
    {"5.x empty fragments", {F(0x02, ""), F(0x00, ""), F(0x80, "")}, "binary() close(1006,,unclean) ", ""},
    {"6.1.3 an empty fragment around a text",
     {F(0x01, ""), F(0x00, "middle"), F(0x80, "")},
     "text(middle) close(1006,,unclean) ",
     ""},
    {"6.2.1 UTF-8", {F(0x81, "Hello-\xc2\xb5@\xc3\x9f")}, "text(Hello-\xc2\xb5@\xc3\x9f) close(1006,,unclean) ", ""},
    {"6.2.3 a character over two frames",
     {F(0x01, "\xce"), F(0x80, "\xba")},
     "text(\xce\xba) close(1006,,unclean) ",
     ""},
    {"6.3.1 a surrogate", {F(0x81, "\xce\xba\xed\xa0\x80x")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.4.1 a bad byte in the first fragment", {F(0x01, "\xf4\x90"), F(0x80, "x")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.4.3 a bad byte, and no end of the frame",
     {RAW("\x81\xff\0\0\0\0\0\1\0\0\0\0\0\0ab\xff")},
     BAD(NO_TEXT),
     "[close 1007]"},
    {"6.5.1 the last is not complete", {F(0x81, "a\xce")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.6 the last of four is missing", {F(0x81, "\xf0\x9f\x98")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.8 the highest of each length",
     {F(0x81, "\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf")},
     "text(\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf) close(1006,,unclean) ",
     ""},
    {"6.12 past the last character", {F(0x81, "\xf4\x90\x80\x80")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.13 five bytes", {F(0x81, "\xf8\x88\x80\x80\x80")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.14 a lone continuation", {F(0x81, "\x80")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.19 overlong '/'", {F(0x81, "\xc0\xaf")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.19 overlong in three", {F(0x81, "\xe0\x80\xaf")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.20 overlong in four", {F(0x81, "\xf0\x80\x80\xaf")}, BAD(NO_TEXT), "[close 1007]"},
    {"6.x binary is not looked at", {F(0x82, "\xff\xfe")}, "binary(\xff\xfe) close(1006,,unclean) ", ""},
    {"7.1.1 a text and a close",
     {F(0x81, "a"), F(0x88, "\x03\xe8")},
     "text(a) shut closing() close(1000,,clean) ",
     "[close 1000]"},
    {"7.1.3 a ping after a close",
     {F(0x88, "\x03\xe8"), F(0x89, "x")},
     "shut closing() close(1000,,clean) ",
     "[close 1000]"},
    {"7.1.4 a text after a close",
     {F(0x88, "\x03\xe8"), F(0x81, "x")},
     "shut closing() close(1000,,clean) ",
     "[close 1000]"},
    {"7.1.5 a close inside a text",
     {F(0x01, "a"), F(0x88, "\x03\xe8"), F(0x80, "b")},
     "shut closing() close(1000,,clean) ",
     "[close 1000]"},
    {"7.3.1 an empty close", {F(0x88, "")}, "shut closing() close(1005,,clean) ", "[8 ]"},
    {"7.3.2 half a code", {F(0x88, "\x03")}, BAD("a close frame has half a code"), "[close 1002]"},
    {"7.3.4 a code and a reason", {F(0x88, "\x03\xe8ok")}, "shut closing() close(1000,ok,clean) ", "[close 1000]"},
    {"7.3.6 a close of 126 bytes",
     {F(0x88, "\x03" S125)},
     BAD("a control frame has more than 125 bytes"),
     "[close 1002]"},
    {"7.5.1 a reason that is no UTF-8",
     {F(0x88, "\x03\xe8\xce\xba\xed\xa0\x80")},
     BAD("the reason of a close frame is not UTF-8"),
     "[close 1007]"},
    {"7.7 1014", {F(0x88, "\x03\xf6")}, "shut closing() close(1014,,clean) ", "[close 1014]"},
    {"7.7.12 3000", {F(0x88, "\x0b\xb8")}, "shut closing() close(3000,,clean) ", "[close 3000]"},
    {"7.7.13 4999", {F(0x88, "\x13\x87")}, "shut closing() close(4999,,clean) ", "[close 4999]"},
    {"7.9.1 0", {F(0x88, "\0\0")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.9.2 999", {F(0x88, "\x03\xe7")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.9.3 1004", {F(0x88, "\x03\xec")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.9.4 1005", {F(0x88, "\x03\xed")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.9.5 1006", {F(0x88, "\x03\xee")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.9.6 1016", {F(0x88, "\x03\xf8")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.9.9 2999", {F(0x88, "\x0b\xb7")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.13.1 5000", {F(0x88, "\x13\x88")}, BAD("a close frame has an invalid code"), "[close 1002]"},
    {"7.13.2 65535", {F(0x88, "\xff\xff")}, BAD("a close frame has an invalid code"), "[close 1002]"},
};

static void begin(bool client, const websocket_deflate_parameters *deflate, const websocket_options *options) {
  memset(&one, 0, sizeof one);
  input_length = 0;
  one.ws = websocket_create(
      group, &(websocket_setup){
                 .client = client, .carrier = &carrier, .options = options, .deflate = deflate, .events = &events});
  assert_non_null(one.ws);
}

static void feed_in(size_t step) {
  for (size_t at = 0; at < input_length; at += step)
    websocket_feed(one.ws, input + at, input_length - at < step ? input_length - at : step);
}

static void closed_by_carrier(void) {
  if (one.ws) websocket_carrier_closed(one.ws);
}

static const size_t steps[] = {INPUT_BYTES, 1, 3, 7};

static void the_table(void **state) {
  char sent[4096];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
      const test_case *c = &cases[i];
      begin(false, NULL, NULL);
      for (const piece *p = c->pieces; p->payload != NULL; p++) {
        if (p->first == 0xff) {
          memcpy(input + input_length, p->payload, p->length);
          input_length += p->length;
        } else {
          put_masked(p->first, p->payload, p->length, true);
        }
      }
      feed_in(steps[s]);
      closed_by_carrier();
      sent_describe(sent, sizeof sent);
      if (strcmp(one.log, c->events) != 0 || strcmp(sent, c->sent) != 0)
        print_error("case \"%s\" in pieces of %zu\n", c->name, steps[s]);
      assert_string_equal(one.log, c->events);
      assert_string_equal(sent, c->sent);
    }
  }
}

static void unmasking_works_at_every_offset_and_length(void **state) {
  static char from[256], to[256];
  const uint8_t mask[4] = {1, 2, 4, 0x80};
  for (size_t i = 0; i < sizeof from; i++) from[i] = (char)(i * 7);
  for (size_t start = 0; start < 40; start++) {
    for (size_t length = 0; length < 130; length++) {
      memset(to, 0x55, sizeof to);
      websocket_mask(to + start, from + start, length, mask, start + 3);
      for (size_t i = 0; i < length; i++)
        assert_int_equal((uint8_t)to[start + i], (uint8_t)from[start + i] ^ mask[(start + 3 + i) & 3]);
      assert_int_equal(to[start + length], 0x55);
    }
  }
}

static void limits_hold_before_the_payload_comes(void **state) {
  websocket_options options;
  websocket_options_default(&options);
  options.max_message = 10;
  begin(false, NULL, &options);
  put_masked(0x82, "0123456789", 10, true);
  put_masked(0x02, "01234", 5, true);
  put_masked(0x80, "012345", 6, true);
  feed_in(input_length - 6);
  char sent[200];
  sent_describe(sent, sizeof sent);
  assert_string_equal(sent, "[close 1009]");
  closed_by_carrier();
  assert_string_equal(one.log, "binary(0123456789) " BAD("a message is too big"));
}

static void a_client_masks_and_refuses_masks(void **state) {
  begin(true, NULL, NULL);
  assert_int_equal(websocket_send(one.ws, true, "hello", 5, false), 1);
  assert_int_equal((uint8_t)one.sent[1], 0x85);
  assert_memory_not_equal(one.sent + 6, "hello", 5);
  put_masked(0x81, "back", 4, false);
  put_masked(0x81, "x", 1, true);
  feed_in(1);
  char sent[200];
  sent_describe(sent, sizeof sent);
  assert_string_equal(sent, "[1 hello][close 1002]");
  closed_by_carrier();
  assert_string_equal(one.log, "text(back) " BAD("a frame is masked"));
}

static void a_close_of_ours_waits_for_theirs(void **state) {
  begin(false, NULL, NULL);
  websocket_close(one.ws, 4000, "bye", 3);
  assert_int_equal(websocket_send(one.ws, true, "late", 4, false), UV_ECANCELED);
  assert_string_equal(one.log, "");
  put_masked(0x81, "not told any more", 17, true);
  put_masked(0x88, "\x0f\xa0", 2, true);
  feed_in(5);
  assert_string_equal(one.log, "shut ");
  closed_by_carrier();
  assert_string_equal(one.log, "shut close(4000,,clean) ");
}

static void run_until_destroyed(void) {
  uv_timer_t keep; /* the group's timer does not keep the loop */
  uv_timer_init(&loop, &keep);
  uv_timer_start(&keep, (uv_timer_cb)abort, 5000, 0);
  while (!one.destroyed) uv_run(&loop, UV_RUN_ONCE);
  uv_close((uv_handle_t *)&keep, NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void the_close_handshake_times_out(void **state) {
  websocket_options *options = websocket_group_options(group);
  options->close_timeout = 30;
  begin(false, NULL, NULL);
  websocket_close(one.ws, 1000, "", 0);
  run_until_destroyed();
  closed_by_carrier();
  assert_string_equal(one.log, "destroyed close(1006,,unclean) ");
}

static void idleness_is_asked_about_and_then_ends_it(void **state) {
  websocket_options options;
  websocket_options_default(&options);
  options.idle_timeout = 60;
  begin(false, NULL, &options);
  run_until_destroyed();
  char sent[200];
  sent_describe(sent, sizeof sent);
  assert_string_equal(sent, "[9 ]");
  closed_by_carrier();
  assert_string_equal(one.log, "destroyed close(1006,,unclean) ");
}

static void too_much_that_nobody_takes_cuts(void **state) {
  static char block[70000];
  websocket_group_options(group)->max_buffered = 100000;
  begin(false, NULL, NULL);
  one.lazy = true;
  assert_int_equal(websocket_send(one.ws, false, block, sizeof block, false), 0);
  assert_int_equal(websocket_send(one.ws, false, block, sizeof block, false), UV_ENOBUFS);
  closed_by_carrier();
  assert_string_equal(one.log, "destroyed close(1006,,unclean) ");
}

static void one_message_goes_to_many(void **state) {
  websocket_message *message = websocket_message_create(true, "news", 4);
  char sent[200];
  for (int i = 0; i < 3; i++) {
    begin(false, NULL, NULL);
    assert_int_equal(websocket_send_message(one.ws, message), 1);
    sent_describe(sent, sizeof sent);
    assert_string_equal(sent, "[1 news]");
    closed_by_carrier();
  }
  websocket_message_release(message);
}

/* ---- compression ------------------------------------------------------------------------------------------------- */

typedef struct offer {
  const char *offer, *answer; /* NULL: refused */
  websocket_deflate_parameters wanted;
} offer;

static void offers_are_met_or_refused(void **state) {
  static const offer offers[] = {
      {"permessage-deflate", "permessage-deflate"},
      {"permessage-deflate; client_max_window_bits", "permessage-deflate"},
      {"PerMessage-Deflate ; Client_Max_Window_Bits", "permessage-deflate"},
      {"permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"},
      {"permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"},
      {"permessage-deflate; client_max_window_bits",
       "permessage-deflate; client_max_window_bits=11",
       {.other_bits = 11}},
      {"permessage-deflate", "permessage-deflate", {.other_bits = 11}},
      {"permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"},
      {"permessage-deflate; server_max_window_bits=\"12\"", "permessage-deflate; server_max_window_bits=12"},
      {"permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"},
      {"permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"},
      {"permessage-deflate",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
       {.own_no_context = true, .other_no_context = true}},
      {"x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"},
      {"permessage-deflate; server_max_window_bits=8, permessage-deflate", "permessage-deflate"},
      {"permessage-deflate; unknown=\"a,b\", permessage-deflate; server_no_context_takeover",
       "permessage-deflate; server_no_context_takeover"},
      {"permessage-deflate; server_max_window_bits=8", NULL},
      {"permessage-deflate; server_max_window_bits", NULL},
      {"permessage-deflate; server_max_window_bits=16", NULL},
      {"permessage-deflate; server_max_window_bits=7", NULL},
      {"permessage-deflate; server_max_window_bits=010", NULL},
      {"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", NULL},
      {"permessage-deflate; client_max_window_bits=16", NULL},
      {"permessage-deflate; client_max_window_bits; client_max_window_bits", NULL},
      {"permessage-deflate; server_no_context_takeover=1", NULL},
      {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", NULL},
      {"permessage-deflate; unknown", NULL},
      {"permessage-deflate;", NULL},
      {"permessage-deflate x", NULL},
      {"permessage-deflate; server_max_window_bits=\"10", NULL},
      {"deflate-frame", NULL},
      {",,", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
    websocket_deflate_parameters out;
    char text[WEBSOCKET_DEFLATE_TEXT_MAX];
    bool met = websocket_deflate_accept(offers[i].offer, strlen(offers[i].offer), &offers[i].wanted, &out, text);
    if (met != (offers[i].answer != NULL)) print_error("offer \"%s\"\n", offers[i].offer);
    assert_int_equal(met, offers[i].answer != NULL);
    if (met) assert_string_equal(text, offers[i].answer);
  }
}

static void answers_are_checked(void **state) {
  websocket_deflate_parameters p;
#define AGREED(text) websocket_deflate_agreed(text, sizeof(text) - 1, &p)
  assert_true(AGREED("permessage-deflate"));
  assert_true(AGREED("permessage-deflate; server_max_window_bits=8; client_max_window_bits=9"));
  assert_int_equal(p.other_bits, 8);
  assert_int_equal(p.own_bits, 9);
  assert_true(AGREED("permessage-deflate; client_no_context_takeover"));
  assert_true(p.own_no_context && !p.other_no_context);
  assert_false(AGREED("permessage-deflate; client_max_window_bits"));
  assert_false(AGREED("permessage-deflate, permessage-deflate"));
  assert_false(AGREED("x"));
}

static void compressed_messages_go_round(void **state) {
  static char text[100000], packed[100100];
  for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i * i % 23);
  for (int bits = 9; bits <= 15; bits++) {
    for (int context = 0; context < 2; context++) {
      websocket_deflate_parameters p = {.own_no_context = !context, .other_no_context = !context, bits, bits};
      websocket_deflate *d = websocket_deflate_create(&p);
      begin(false, &p, NULL);
      size_t first = 0;
      for (int round = 0; round < 3; round++) {
        websocket_buffer out = {0};
        assert_int_equal(websocket_deflate_message(d, text, sizeof text, &out), 0);
        if (round == 0) first = out.length;
        if (!context) assert_int_equal(out.length, first);
        memcpy(packed, out.data, out.length);
        /* In two fragments, of which the first alone says that it is compressed. */
        put_masked(0x41, packed, out.length / 2, true);
        put_masked(0x80, packed + out.length / 2, out.length - out.length / 2, true);
        free(out.data);
      }
      assert_int_equal(websocket_send(one.ws, true, text, sizeof text, true), 1);
      assert_true((uint8_t)one.sent[0] == 0xc1 && one.sent_length < sizeof text / 2);
      feed_in(bits == 9 ? 1 : 1000);
      closed_by_carrier();
      assert_string_equal(one.log, "text#100000 text#100000 text#100000 close(1006,,unclean) ");
      websocket_deflate_destroy(d);
    }
  }
}

static void rfc_examples_decompress(void **state) {
  static const websocket_deflate_parameters p = {.own_bits = 15, .other_bits = 15};
  begin(false, &p, NULL);
  put_masked(0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, true);     /* RFC 7692, 7.2.3.1 */
  put_masked(0xc1, "\xf2\x00\x11\x00\x00", 5, true);             /* 7.2.3.2: with the first one's context */
  put_masked(0xc1, "\x00", 1, true);                             /* 7.2.3.6: an empty one */
  put_masked(0xc1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, true); /* 7.2.3.4: a final block */
  put_masked(0x81, "plain", 5, true);
  feed_in(2);
  closed_by_carrier();
  assert_string_equal(one.log, "text(Hello) text(Hello) text() text(Hello) text(plain) close(1006,,unclean) ");
}

static void bombs_and_rubbish_are_refused(void **state) {
  static const websocket_deflate_parameters p = {.own_bits = 15, .other_bits = 15};
  websocket_options options;
  websocket_options_default(&options);
  options.max_message = 100000;
  char *zeros = calloc(1, 50 << 20), sent[200];
  websocket_buffer bomb = {0};
  websocket_deflate *d = websocket_deflate_create(&p);
  assert_int_equal(websocket_deflate_message(d, zeros, 50 << 20, &bomb), 0);
  assert_true(bomb.length < options.max_message);
  begin(false, &p, &options);
  put_masked(0xc2, bomb.data, bomb.length, true);
  feed_in(5000);
  sent_describe(sent, sizeof sent);
  assert_string_equal(sent, "[close 1009]");
  closed_by_carrier();
  begin(false, &p, NULL);
  put_masked(0xc2, "\xff\xff\xff\xff", 4, true);
  feed_in(4);
  sent_describe(sent, sizeof sent);
  assert_string_equal(sent, "[close 1007]");
  closed_by_carrier();
  begin(false, &p, NULL);
  put_masked(0x41, "a", 1, true);
  put_masked(0xc0, "b", 1, true); /* RSV1 in a continuation */
  feed_in(100);
  sent_describe(sent, sizeof sent);
  assert_string_equal(sent, "[close 1002]");
  closed_by_carrier();
  websocket_deflate_destroy(d);
  free(bomb.data);
  free(zeros);
}

static void the_accept_key_is_the_standards(void **state) {
  char out[WEBSOCKET_ACCEPT_BYTES];
  websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ==", 24, out);
  assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static int open_group(void **state) {
  uv_loop_init(&loop);
  group = websocket_group_create(&loop, NULL);
  return group ? 0 : -1;
}

static int close_group(void **state) {
  websocket_group_stop(group);
  uv_run(&loop, UV_RUN_DEFAULT);
  websocket_group_destroy(group);
  return uv_loop_close(&loop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_group, close_group)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_table),
      TEST(unmasking_works_at_every_offset_and_length),
      TEST(limits_hold_before_the_payload_comes),
      TEST(a_client_masks_and_refuses_masks),
      TEST(a_close_of_ours_waits_for_theirs),
      TEST(the_close_handshake_times_out),
      TEST(idleness_is_asked_about_and_then_ends_it),
      TEST(too_much_that_nobody_takes_cuts),
      TEST(one_message_goes_to_many),
      TEST(offers_are_met_or_refused),
      TEST(answers_are_checked),
      TEST(compressed_messages_go_round),
      TEST(rfc_examples_decompress),
      TEST(bombs_and_rubbish_are_refused),
      TEST(the_accept_key_is_the_standards),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
