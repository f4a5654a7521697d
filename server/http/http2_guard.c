/*
 * What floods of HTTP/2 have in common is that the client pays with a few bytes for work of ours that serves nobody.
 * Two buckets per connection, which refill by a tenth of their size per second, count such work:
 * - resets: streams that the client resets before their answer is complete (CVE-2023-44487), and those that we reset
 *   because of what it sent on them (CVE-2025-8671): both make us work on answers that nobody gets, beyond the limit of
 *   concurrent streams, which such streams no longer count for.
 * - controls: frames that carry nothing: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty DATA, unknown types. Who moves
 *   data needs some of them: each frame of data pays for two.
 * An honest client stays far below; one that gets out of a bucket has its connection ended (ENHANCE_YOUR_CALM).
 * HEADERS for streams that are over are such work, too, and an error of the connection (RFC 9113 5.1); nghttp2 passes
 * over them (and over DATA, which is not reported). It keeps no closed streams here, but a stream that is gone was
 * ended by its client, who knows that, unless it was reset from here: those are kept in mind, as long as they are few.
 * CONTINUATION and the number of settings are limited by nghttp2, header lists by http2_callbacks.c.
 */
#include "server/http/http2.h"

static bool bucket_take(http2_bucket *bucket, double size, uint64_t now) {
  if (size <= 0) return true;
  if (!bucket->at)
    bucket->tokens = size;
  else
    bucket->tokens += size / 10 * (double)(now - bucket->at) / 1000;
  if (bucket->tokens > size) bucket->tokens = size;
  bucket->at = now ? now : 1;
  if (bucket->tokens < 1) return false;
  bucket->tokens--;
  return true;
}

bool http2_guard_reset(http2 *h) {
  const http_server *server = h->connection->server;
  return bucket_take(&h->resets, server->options.http2_max_resets, uv_now(server->loop));
}

bool http2_guard_control(http2 *h) {
  const http_server *server = h->connection->server;
  return bucket_take(&h->controls, server->options.http2_max_control_frames, uv_now(server->loop));
}

void http2_guard_data(http2 *h) {
  if (h->controls.at) h->controls.tokens += 2;
}

void http2_guard_mark(http2 *h, int32_t id) {
  for (unsigned i = 0; i < h->resets_count && i < RESETS_KNOWN; i++)
    if (h->resets_ids[i] == id) return;
  if (h->resets_count < RESETS_KNOWN) h->resets_ids[h->resets_count] = id;
  h->resets_count++;
}

uint32_t http2_guard_headers(http2 *h, int32_t id) {
  if (id > h->last_id) {
    if (id != (h->last_id ? h->last_id + 2 : 1)) h->skipped = true;
    h->last_id = id;
    return 0;
  }
  if (id % 2 == 0 || h->leaving || h->resets_count > RESETS_KNOWN) return 0;
  if (nghttp2_session_find_stream(h->session, id)) return 0;
  for (unsigned i = 0; i < h->resets_count; i++)
    if (h->resets_ids[i] == id) return 0;
  return h->skipped ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_STREAM_CLOSED;
}
