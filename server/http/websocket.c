/*
 * Life and death of a WebSocket, and what it sends. The end of one: both sides send a close frame; the server then
 * closes (RFC 6455, 7.1.1). Where the other side has sent none, because it broke the protocol, the server ends its
 * direction and waits for the other's end, which keeps its close frame from being lost to a reset; whoever waits does
 * it for close_timeout only.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "server/http/websocket_internal.h"

enum { COPY_MAX = 16384, ANSWERS_MAX = 65536, TICK_MIN = 10, TICK_MAX = 1000 };

void websocket_options_default(websocket_options *options) {
  *options = (websocket_options){.max_message = 16u << 20,
                                 .max_buffered = 16u << 20,
                                 .max_publish = 128u << 10,
                                 .compress_threshold = 1024,
                                 .idle_timeout = 120000,
                                 .close_timeout = 5000};
}

static uint64_t now(const websocket *ws) { return uv_now(ws->group->timer.loop); }

/* ---- the group --------------------------------------------------------------------------------------------------- */

websocket_group *websocket_group_create(uv_loop_t *loop, const websocket_options *options) {
  websocket_group *group = calloc(1, sizeof *group);
  if (group == NULL) return NULL;
  if (options != NULL)
    group->options = *options;
  else
    websocket_options_default(&group->options);
  group->random_used = RANDOM_BYTES;
  uv_timer_init(loop, &group->timer);
  uv_unref((uv_handle_t *)&group->timer);
  group->timer.data = group;
  return group;
}

void websocket_group_stop(websocket_group *group) { uv_close((uv_handle_t *)&group->timer, NULL); }

void websocket_group_destroy(websocket_group *group) {
  for (websocket *w = group->first, *next; w != NULL; w = next) {
    next = w->next;
    w->busy = false;
    websocket_carrier_closed(w);
  }
  free(group->in.data);
  free(group->out.data);
  free(group->answers.data);
  free(group);
}

websocket_options *websocket_group_options(websocket_group *group) { return &group->options; }
size_t websocket_group_count(const websocket_group *group) { return group->servers; }

void websocket_group_close(websocket_group *group, unsigned code) {
  for (websocket *ws = group->first; ws != NULL; ws = ws->next)
    if (!ws->client) websocket_close(ws, code, "", 0);
}

/* What is due of one; it may be cut, which frees it later. */
static void look_after(websocket *ws, uint64_t at) {
  if (ws->deadline != 0 && at >= ws->deadline) {
    websocket_terminate(ws);
    return;
  }
  if (ws->idle_timeout == 0 || ws->close_sent) return;
  uint64_t idle = at - ws->last_input;
  if (idle >= ws->idle_timeout) {
    websocket_terminate(ws);
  } else if (idle >= ws->idle_timeout / 2 && !ws->pinged) {
    ws->pinged = websocket_send_control(ws, WEBSOCKET_PING, "", 0) >= 0;
  }
}

/* When to look at it next, as far as is known now; a hundredth of its time more may pass, so that many are looked at
 * together. 0: never. */
static uint64_t due_of(const websocket *ws) {
  uint64_t at = 0, time = ws->idle_timeout;
  if (ws->deadline != 0) {
    at = ws->deadline;
    time = ws->group->options.close_timeout;
  } else if (ws->idle_timeout != 0 && !ws->close_sent) {
    at = ws->last_input + (ws->pinged ? ws->idle_timeout : ws->idle_timeout / 2);
  } else {
    return 0;
  }
  uint64_t grain = time / 100 < TICK_MIN ? TICK_MIN : time / 100 > TICK_MAX ? TICK_MAX : time / 100;
  uint64_t soonest = now(ws) + grain;
  return at < soonest ? soonest : at;
}

static void tick(uv_timer_t *timer) {
  websocket_group *group = timer->data;
  uint64_t at = uv_now(timer->loop);
  group->timer_due = 0;
  for (websocket *ws = group->first; ws != NULL; ws = ws->next) {
    look_after(ws, at);
    websocket_timer_update(ws);
  }
}

void websocket_timer_update(websocket *ws) {
  websocket_group *group = ws->group;
  uint64_t due = due_of(ws);
  if (due == 0 || (group->timer_due != 0 && group->timer_due <= due) || uv_is_closing((uv_handle_t *)&group->timer))
    return;
  group->timer_due = due;
  uv_timer_start(&group->timer, tick, due - now(ws), 0);
}

static const uint8_t *random_mask(websocket_group *group) {
  if (group->random_used + 4 > RANDOM_BYTES) {
    if (getrandom(group->random, RANDOM_BYTES, 0) != RANDOM_BYTES) abort();
    group->random_used = 0;
  }
  group->random_used += 4;
  return group->random + group->random_used - 4;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

websocket *websocket_create(websocket_group *group, const websocket_setup *setup) {
  websocket *ws = calloc(1, sizeof *ws);
  if (ws == NULL) return NULL;
  const websocket_options *options = setup->options ? setup->options : &group->options;
  if (setup->deflate != NULL && (ws->deflate = websocket_deflate_create(setup->deflate)) == NULL) {
    free(ws);
    return NULL;
  }
  ws->group = group;
  ws->carrier = setup->carrier;
  ws->carrier_data = setup->carrier_data;
  ws->events = setup->events;
  ws->data = setup->data;
  ws->client = setup->client;
  ws->max_message = options->max_message;
  ws->idle_timeout = options->idle_timeout;
  ws->last_input = now(ws);
  ws->next = group->first;
  if (ws->next != NULL) ws->next->previous = ws;
  group->first = ws;
  if (!ws->client) group->servers++;
  websocket_timer_update(ws);
  return ws;
}

static void leave(websocket *ws) {
  websocket_group *group = ws->group;
  if (ws->previous != NULL)
    ws->previous->next = ws->next;
  else
    group->first = ws->next;
  if (ws->next != NULL) ws->next->previous = ws->previous;
  if (!ws->client) group->servers--;
  if (group->first != NULL) return;
  uv_timer_stop(&group->timer);
  group->timer_due = 0;
}

void websocket_free(websocket *ws) {
  if (!ws->gone) leave(ws);
  websocket_deflate_destroy(ws->deflate);
  free(ws->message.data);
  free(ws);
}

void websocket_carrier_closed(websocket *ws) {
  ws->gone = true;
  if (ws->busy) return; /* websocket_feed comes back to it */
  leave(ws);
  unsigned code = ws->close_received ? ws->close_code : WEBSOCKET_ABNORMAL;
  size_t length = ws->close_received && ws->control_length > 2 ? ws->control_length - 2u : 0;
  ws->events->on_close(ws->data, code, ws->control + 2, length, ws->close_received && ws->close_sent && !ws->failed);
  websocket_free(ws);
}

void websocket_terminate(websocket *ws) {
  if (ws->destroyed || ws->gone) return;
  websocket_answers_write(ws);
  if (ws->destroyed || ws->gone) return;
  ws->destroyed = ws->discarding = ws->close_sent = true;
  ws->deadline = 0;
  ws->carrier->destroy(ws->carrier_data);
}

size_t websocket_buffered(const websocket *ws) {
  if (ws->gone) return 0;
  return ws->carrier->pending(ws->carrier_data) + (ws->group->answering == ws ? ws->group->answers.length : 0);
}

void websocket_drained(websocket *ws) {
  if (ws->events->on_drain && !ws->close_sent) ws->events->on_drain(ws->data);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

int websocket_written(websocket *ws, int result) {
  size_t limit = ws->group->options.max_buffered;
  if (result == 0 && limit > 0 && websocket_buffered(ws) > limit) {
    websocket_terminate(ws);
    return UV_ENOBUFS;
  }
  return result;
}

/* What has been gathered goes first. */
int websocket_output(websocket *ws, http_bytes bytes) {
  websocket_answers_write(ws);
  return ws->carrier->write(ws->carrier_data, bytes);
}

char *websocket_answer(websocket *ws, bool text, size_t length) {
  websocket_group *group = ws->group;
  websocket_buffer *out = &group->answers;
  if (!ws->busy || ws->client || ws->close_sent || ws->gone || length > WEBSOCKET_ANSWER_MAX) return NULL;
  if (group->answering != ws && group->answering != NULL) return NULL;
  if (group->answering == NULL) out->length = 0;
  if (out->length > ANSWERS_MAX || !websocket_buffer_reserve(out, WEBSOCKET_HEAD_MAX + length)) return NULL;
  group->answering = ws;
  out->length += websocket_frame_head((uint8_t *)out->data + out->length,
                                      FIN | (text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY), length, NULL);
  out->length += length;
  return out->data + out->length - length;
}

void websocket_answers_write(websocket *ws) {
  websocket_group *group = ws->group;
  if (group->answering != ws) return;
  group->answering = NULL;
  if (ws->gone) return;
  http_bytes bytes = {.data = group->answers.data, .length = group->answers.length};
  if (websocket_written(ws, ws->carrier->write(ws->carrier_data, bytes)) < 0) return; /* it closes */
}

/* A frame in the group's buffer: what leaves in one piece. */
static int write_copied(websocket *ws, uint8_t first, const char *bytes, size_t length) {
  websocket_buffer *out = &ws->group->out;
  out->length = 0;
  if (!websocket_buffer_reserve(out, WEBSOCKET_HEAD_MAX + length)) return UV_ENOMEM;
  const uint8_t *mask = ws->client ? random_mask(ws->group) : NULL;
  size_t head = websocket_frame_head((uint8_t *)out->data, first, length, mask);
  if (mask != NULL)
    websocket_mask(out->data + head, bytes, length, mask, 0);
  else if (length > 0)
    memcpy(out->data + head, bytes, length);
  return websocket_output(ws, (http_bytes){.data = out->data, .length = head + length});
}

static int write_frame(websocket *ws, uint8_t first, const char *bytes, size_t length) {
  if (ws->client || length <= COPY_MAX) return write_copied(ws, first, bytes, length);
  uint8_t head[WEBSOCKET_HEAD_MAX];
  size_t head_length = websocket_frame_head(head, first, length, NULL);
  int result = websocket_output(ws, (http_bytes){.data = (char *)head, .length = head_length});
  if (result < 0) return result;
  return websocket_output(ws, (http_bytes){.data = bytes, .length = length});
}

int websocket_send(websocket *ws, bool text, const char *bytes, size_t length, bool compress) {
  if (ws->close_sent || ws->gone) return UV_ECANCELED;
  uint8_t first = FIN | (text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY);
  if (!compress || ws->deflate == NULL || length < ws->group->options.compress_threshold)
    return websocket_written(ws, write_frame(ws, first, bytes, length));
  websocket_buffer packed = {0};
  int result = websocket_deflate_message(ws->deflate, bytes, length, &packed);
  if (result == 0) result = write_frame(ws, first | RSV1, packed.data, packed.length);
  free(packed.data);
  return websocket_written(ws, result);
}

int websocket_send_control(websocket *ws, unsigned opcode, const char *bytes, size_t length) {
  if (ws->close_sent || ws->gone) return UV_ECANCELED;
  if (length > WEBSOCKET_CONTROL_MAX) return UV_EINVAL;
  return websocket_written(ws, write_copied(ws, FIN | (uint8_t)opcode, bytes, length));
}

/* ---- closing ----------------------------------------------------------------------------------------------------- */

static void close_frame(websocket *ws, unsigned code, const char *reason, size_t length) {
  char payload[WEBSOCKET_CONTROL_MAX];
  if (length > CLOSE_REASON_MAX) length = CLOSE_REASON_MAX;
  if (code == 0) length = 0;
  payload[0] = (char)(code >> 8);
  payload[1] = (char)code;
  if (length > 0) memcpy(payload + 2, reason, length);
  ws->close_sent = true;
  if (write_copied(ws, FIN | WEBSOCKET_CLOSE, payload, code ? 2 + length : 0) < 0) websocket_terminate(ws);
  uint64_t wait = ws->group->options.close_timeout;
  ws->deadline = now(ws) + (wait > 0 ? wait : 1);
  websocket_timer_update(ws);
}

void websocket_finish(websocket *ws) {
  ws->discarding = true;
  if (ws->client && !ws->failed) return; /* the server closes; or the deadline comes */
  websocket_answers_write(ws);
  if (!ws->shut && !ws->destroyed) ws->carrier->shutdown(ws->carrier_data);
  ws->shut = true;
}

void websocket_close(websocket *ws, unsigned code, const char *reason, size_t length) {
  if (ws->close_sent || ws->gone) return;
  close_frame(ws, code, reason, length);
}

void websocket_fail(websocket *ws, unsigned code, const char *why) {
  if (ws->failed) return;
  ws->failed = true;
  if (!ws->close_sent) close_frame(ws, code, why, strlen(why));
  websocket_finish(ws);
  if (ws->events->on_closing) ws->events->on_closing(ws->data, why);
}

static const char *close_refused(const websocket *ws, unsigned code) {
  if (ws->control_length == 1) return "a close frame has half a code";
  if (ws->control_length >= 2 && !websocket_close_code_valid(code)) return "a close frame has an invalid code";
  return NULL;
}

void websocket_close_received(websocket *ws) {
  unsigned code = (unsigned)(uint8_t)ws->control[0] << 8 | (uint8_t)ws->control[1];
  const char *why = close_refused(ws, code);
  websocket_utf8 utf8 = {0};
  if (why != NULL) {
    websocket_fail(ws, WEBSOCKET_PROTOCOL_ERROR, why);
    return;
  }
  if (ws->control_length > 2 &&
      (!websocket_utf8_check(&utf8, ws->control + 2, ws->control_length - 2u) || utf8.wanted)) {
    websocket_fail(ws, WEBSOCKET_INVALID_DATA, "the reason of a close frame is not UTF-8");
    return;
  }
  ws->close_received = true;
  ws->close_code = (uint16_t)(ws->control_length >= 2 ? code : WEBSOCKET_NO_STATUS);
  bool asked = !ws->close_sent;
  if (asked) close_frame(ws, ws->control_length >= 2 ? code : 0, "", 0);
  websocket_finish(ws);
  if (asked && ws->events->on_closing) ws->events->on_closing(ws->data, NULL);
}

void websocket_ended(websocket *ws) {
  if (ws->gone) return;
  ws->close_sent = true;
  ws->discarding = true;
  if (ws->shut) return; /* the carrier closes by itself when all has gone */
  ws->shut = true;
  ws->carrier->shutdown(ws->carrier_data);
  uint64_t wait = ws->group->options.close_timeout;
  ws->deadline = now(ws) + (wait > 0 ? wait : 1);
  websocket_timer_update(ws);
}

/* ---- the handshake ----------------------------------------------------------------------------------------------- */

void websocket_accept_key(const char *key, size_t length, char out[WEBSOCKET_ACCEPT_BYTES]) {
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  out[0] = 0;
  if (context != NULL && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
      EVP_DigestUpdate(context, key, length) == 1 && EVP_DigestUpdate(context, guid, sizeof guid - 1) == 1 &&
      EVP_DigestFinal_ex(context, digest, NULL) == 1)
    EVP_EncodeBlock((unsigned char *)out, digest, 20);
  EVP_MD_CTX_free(context);
}
