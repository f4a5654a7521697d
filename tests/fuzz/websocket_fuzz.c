/*
 * websocket_fuzz: bytes into a WebSocket, twice: in one piece, and split at arbitrary places. Both times the app must
 * hear the same, and the same must be sent; nothing may crash or leak.
 *
 * The first byte of an input chooses the end and its compression, the second how the bytes are split; the rest is the
 * stream, and also an offer of extensions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/http/websocket.h"

static uv_loop_t loop;
static websocket_group *group;
static uint64_t hash;
static bool mask_off;

static void mix(const void *data, size_t length) {
  for (size_t i = 0; i < length; i++) hash = (hash ^ ((const unsigned char *)data)[i]) * 1099511628211u;
}

static int carrier_write(void *data, http_bytes bytes) {
  if (!mask_off) mix(bytes.data, bytes.length);
  return 1;
}
static void carrier_shutdown(void *data) { mix("s", 1); }
static void carrier_destroy(void *data) { mix("d", 1); }
static size_t carrier_pending(void *data) { return 0; }
static const websocket_carrier carrier = {carrier_write, carrier_shutdown, carrier_destroy, carrier_pending};

static void on_message(void *data, bool text, const char *bytes, size_t length) {
  mix(text ? "t" : "b", 1);
  mix(bytes, length);
  websocket **ws = data;
  if (websocket_send(*ws, text, bytes, length, true) < 0) mix("x", 1);
}
static void on_closing(void *data, const char *error) { mix(error ? error : "-", error ? strlen(error) : 1); }
static void on_close(void *data, unsigned code, const char *reason, size_t length, bool clean) {
  mix(&code, sizeof code);
  mix(reason, length);
  mix(&clean, sizeof clean);
}
static const websocket_events events = {.on_message = on_message, .on_closing = on_closing, .on_close = on_close};

static uint64_t run(const uint8_t *data, size_t size, unsigned mode, unsigned seed) {
  static const websocket_deflate_parameters deflate[] = {{0, 0, 15, 15}, {1, 1, 9, 9}};
  websocket_options options;
  websocket_options_default(&options);
  options.max_message = 100000;
  options.compress_threshold = 0;
  hash = 14695981039346656037u;
  mask_off = mode & 1;
  websocket *ws = NULL;
  ws = websocket_create(group, &(websocket_setup){.client = mode & 1,
                                                  .options = &options,
                                                  .deflate = mode & 2 ? &deflate[mode >> 2 & 1] : NULL,
                                                  .carrier = &carrier,
                                                  .events = &events,
                                                  .data = &ws});
  for (size_t at = 0; at < size;) {
    seed = seed * 1103515245 + 12345;
    size_t piece = seed ? 1 + (seed >> 16) % 19 : size;
    if (mode & 0x100 || piece > size - at) piece = size - at;
    char *copy = malloc(piece); /* so that reading past it shows */
    memcpy(copy, data + at, piece);
    websocket_feed(ws, copy, piece);
    free(copy);
    at += piece;
  }
  websocket_ended(ws);
  websocket_carrier_closed(ws);
  return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!group) {
    uv_loop_init(&loop);
    group = websocket_group_create(&loop, NULL);
  }
  if (size < 2) return 0;
  uint64_t whole = run(data + 2, size - 2, data[0] | 0x100u, 1);
  if (whole != run(data + 2, size - 2, data[0], data[1] + 1u)) abort();
  websocket_deflate_parameters out, wanted = {.own_bits = 9 + data[0] % 7, .other_bits = 9 + data[1] % 7};
  char text[WEBSOCKET_DEFLATE_TEXT_MAX];
  if (websocket_deflate_accept((const char *)data + 2, size - 2, &wanted, &out, text) &&
      websocket_deflate_agreed(text, strlen(text), &out) == false && out.other_bits != 8 && strstr(text, "=8") == NULL)
    abort(); /* what a server answers, a client takes */
  return 0;
}
