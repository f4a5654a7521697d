/* A server's WebSocket over a tunnel: an exchange's upgrade, with the 101 and everything after it. */
#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/http/tunnel.h"
#include "server/http/websocket_internal.h"

/* What came right behind the request's head: events come from the loop only. */
typedef struct early {
  uv_timer_t timer; /* first */
  struct bridge *owner;
  size_t length;
  char bytes[];
} early;

/* Between a tunnel's events and a WebSocket's; both hold on to it until they have closed. */
typedef struct bridge {
  tunnel *t;
  websocket *ws;
  early *early;
} bridge;

static void early_closed(uv_handle_t *timer) { free(timer); }

/* Once. */
static void early_deliver(bridge *b) {
  early *e = b->early;
  if (e == NULL) return;
  b->early = NULL;
  e->owner = NULL;
  websocket_feed(b->ws, e->bytes, e->length);
  uv_close((uv_handle_t *)&e->timer, early_closed);
}

static void early_due(uv_timer_t *timer) { early_deliver(((early *)timer)->owner); }

/* 0 or UV_ENOMEM. */
static int early_keep(bridge *b, http_slice bytes, uv_loop_t *loop) {
  if (bytes.length == 0) return 0;
  early *e = malloc(sizeof *e + bytes.length);
  if (e == NULL) return UV_ENOMEM;
  memcpy(e->bytes, bytes.data, bytes.length);
  e->length = bytes.length;
  e->owner = b;
  uv_timer_init(loop, &e->timer);
  uv_timer_start(&e->timer, early_due, 0, 0);
  b->early = e;
  return 0;
}

static void on_data(void *data, const char *bytes, size_t length) {
  early_deliver(data);
  websocket_feed(((bridge *)data)->ws, bytes, length);
}
static void on_end(void *data) {
  early_deliver(data);
  websocket_ended(((bridge *)data)->ws);
}
static void on_drain(void *data) { websocket_drained(((bridge *)data)->ws); }
/* Both have said all: nothing can be lost any more by not waiting for the other's end. */
static void on_shutdown(void *data, int error) {
  bridge *b = data;
  if (b->ws->close_received && !b->ws->failed) tunnel_destroy(b->t);
}
static void on_close(void *data, int error) {
  bridge *b = data;
  if (b->early != NULL) uv_close((uv_handle_t *)&b->early->timer, early_closed);
  websocket_carrier_closed(b->ws);
  free(b);
}
static const tunnel_events events = {on_data, on_end, on_drain, on_shutdown, on_close};

static int carrier_write(void *data, http_bytes bytes) { return tunnel_write(((bridge *)data)->t, bytes); }
static void carrier_shutdown(void *data) {
  if (tunnel_shutdown(((bridge *)data)->t) < 0) return; /* on_close has come, or comes */
}
static void carrier_destroy(void *data) { tunnel_destroy(((bridge *)data)->t); }
static size_t carrier_pending(void *data) { return tunnel_pending(((bridge *)data)->t); }
static const websocket_carrier carrier = {carrier_write, carrier_shutdown, carrier_destroy, carrier_pending};

static bool is_key(http_slice key) {
  if (key.length != 24 || memcmp(key.data + 22, "==", 2) != 0) return false;
  for (size_t i = 0; i < 22; i++) {
    char c = key.data[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/'))
      return false;
  }
  return true;
}

bool websocket_requested(const exchange *x, http_slice *key) {
  http_slice upgrade, version;
  return x->upgrade && x->method == HTTP_GET && exchange_find_header(x, "upgrade", &upgrade) && upgrade.length == 9 &&
         strncasecmp(upgrade.data, "websocket", 9) == 0 && exchange_find_header(x, "sec-websocket-version", &version) &&
         version.length == 2 && memcmp(version.data, "13", 2) == 0 &&
         exchange_find_header(x, "sec-websocket-key", key) && is_key(*key);
}

static bool append(websocket_buffer *out, const char *bytes, size_t length) {
  if (!websocket_buffer_reserve(out, length)) return false;
  memcpy(out->data + out->length, bytes, length);
  out->length += length;
  return true;
}

static bool append_text(websocket_buffer *out, const char *text) { return append(out, text, strlen(text)); }

static bool response_write(websocket_buffer *out, const char *accept, http_fields fields, const char *extension) {
  bool ok = append_text(out,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: ") &&
            append_text(out, accept) && append_text(out, "\r\n");
  for (size_t i = 0; ok && i < fields.count; i++) {
    const http_header *h = &fields.items[i];
    ok = append(out, h->name.data, h->name.length) && append_text(out, ": ") &&
         append(out, h->value.data, h->value.length) && append_text(out, "\r\n");
  }
  if (ok && extension != NULL)
    ok = append_text(out, "Sec-WebSocket-Extensions: ") && append_text(out, extension) && append_text(out, "\r\n");
  return ok && append_text(out, "\r\n");
}

int websocket_upgrade(websocket_group *group, exchange *x, const websocket_setup *setup, http_fields fields,
                      const char *extension, websocket **out) {
  http_slice key, rest = {0};
  char accept[WEBSOCKET_ACCEPT_BYTES];
  websocket_setup own = *setup;
  if (!websocket_requested(x, &key)) return UV_EINVAL;
  websocket_accept_key(key.data, key.length, accept);
  websocket_buffer *head = &group->out;
  head->length = 0;
  bridge *b = calloc(1, sizeof *b);
  int result = UV_ENOMEM;
  if (b == NULL) return result;
  own.carrier = &carrier;
  own.carrier_data = b;
  if (!response_write(head, accept, fields, extension) || (b->ws = websocket_create(group, &own)) == NULL) goto fail;
  result = exchange_upgrade(x, &events, b, &b->t, &rest);
  if (result < 0) goto fail_created;
  if (tunnel_write(b->t, (http_bytes){.data = head->data, .length = head->length}) < 0) {
    /* It closes: on_close says so. */
  }
  tunnel_resume(b->t);
  *out = b->ws;
  if (early_keep(b, rest, group->timer.loop) < 0) tunnel_destroy(b->t); /* a gap in the stream */
  return 0;

fail_created:
  websocket_free(b->ws);
fail:
  free(b);
  return result;
}
