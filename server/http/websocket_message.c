/*
 * One message for many WebSockets. Compression without a context makes the same bytes for all who agreed on the same
 * window, so it is done once; who agreed on a context may be sent such bytes too, if what follows refers to nothing
 * before them (RFC 7692 7.2.3.2 lets a sender do so at any time).
 */
#include <stdlib.h>
#include <string.h>

#include "server/http/websocket_internal.h"

enum { WINDOW_MIN = 9, WINDOW_MAX = 15 };

struct websocket_message {
  unsigned references;
  bool text, incompressible;
  websocket_message *packed[WINDOW_MAX - WINDOW_MIN + 1]; /* by window; made when first wanted */
  size_t head, length;
  char bytes[];
};

static websocket_message *message_create(uint8_t first, const char *bytes, size_t length) {
  websocket_message *message = calloc(1, sizeof *message + WEBSOCKET_HEAD_MAX + length);
  if (message == NULL) return NULL;
  message->head = websocket_frame_head((uint8_t *)message->bytes, first, length, NULL);
  if (length > 0) memcpy(message->bytes + message->head, bytes, length);
  message->references = 1;
  message->length = message->head + length;
  return message;
}

websocket_message *websocket_message_create(bool text, const char *bytes, size_t length) {
  websocket_message *message = message_create(FIN | (text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY), bytes, length);
  if (message != NULL) message->text = text;
  return message;
}

void websocket_message_release(websocket_message *message) {
  if (--message->references > 0) return;
  for (int i = 0; i <= WINDOW_MAX - WINDOW_MIN; i++)
    if (message->packed[i] != NULL) websocket_message_release(message->packed[i]);
  free(message);
}

static void reference_released(void *data) { websocket_message_release(data); }

/* As it is for those with this window; NULL: it stays as it is. */
static websocket_message *packed_for(websocket_message *message, int bits) {
  if (bits < WINDOW_MIN || bits > WINDOW_MAX || message->incompressible) return NULL;
  websocket_message **at = &message->packed[bits - WINDOW_MIN];
  if (*at != NULL) return *at;
  websocket_deflate_parameters alone = {.own_no_context = true, .own_bits = bits, .other_bits = WINDOW_MAX};
  websocket_deflate *deflate = websocket_deflate_create(&alone);
  websocket_buffer packed = {0};
  uint8_t first = FIN | RSV1 | (message->text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY);
  size_t plain = message->length - message->head;
  if (deflate != NULL && websocket_deflate_message(deflate, message->bytes + message->head, plain, &packed) == 0 &&
      packed.length < plain)
    *at = message_create(first, packed.data, packed.length);
  message->incompressible = *at == NULL;
  websocket_deflate_destroy(deflate);
  free(packed.data);
  return *at;
}

int websocket_send_message(websocket *ws, websocket_message *message) {
  if (ws->close_sent || ws->gone) return UV_ECANCELED;
  size_t plain = message->length - message->head;
  websocket_message *packed = NULL;
  if (ws->deflate != NULL && plain >= ws->group->options.compress_threshold)
    packed = packed_for(message, websocket_deflate_own_bits(ws->deflate));
  if (packed != NULL) {
    websocket_deflate_forget(ws->deflate);
    message = packed;
  }
  message->references++;
  return websocket_written(ws, websocket_output(ws, (http_bytes){.data = message->bytes,
                                                                 .length = message->length,
                                                                 .release = reference_released,
                                                                 .release_data = message}));
}
