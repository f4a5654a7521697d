/*
 * Output of a connection. Small pieces are gathered in the server's scratch buffer and leave in one send at the end of
 * the turn (a whole response with its head, a batch of pipelined responses, several writes of a stream). Only what the
 * kernel does not take is copied into segments of the connection. Large pieces are handed over without a copy:
 * directly, and if the kernel takes a part only, by keeping the owner's memory until it has gone.
 *
 * The scratch buffer belongs to one connection at a time: when another one wants it, the first is flushed.
 */
#include "server/http/internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a file in one call and in one turn of the loop, bytes: a fast client must not keep the others waiting. */
enum { FILE_PIECE = 262144, FILE_TURN = 1048576 };

static size_t scratch_pending(const connection *c) {
  const http_server *server = c->server;
  return server->scratch_owner == c ? server->scratch_end - server->scratch_start : 0;
}

size_t connection_pending(const connection *c) { return c->queued + scratch_pending(c); }

static void scratch_reset(http_server *server) {
  server->scratch_owner = NULL;
  server->scratch_start = server->scratch_end = 0;
}

static void segment_free(output_segment *segment) {
  if (segment->release) segment->release(segment->release_data);
  if (segment->fd >= 0) close(segment->fd);
  free(segment);
}

void connection_output_drop(connection *c) {
  if (c->server->scratch_owner == c) scratch_reset(c->server);
  output_segment *segment = c->queue;
  c->queue = c->queue_tail = NULL;
  c->queued = 0;
  c->has_write_deadline = false;
  while (segment) {
    output_segment *next = segment->next;
    segment_free(segment);
    segment = next;
  }
}

static void queue_append(connection *c, output_segment *segment) {
  segment->next = NULL;
  if (c->queue_tail)
    c->queue_tail->next = segment;
  else
    c->queue = segment;
  c->queue_tail = segment;
  c->queued += segment->length;
  if (!c->has_write_deadline) {
    c->has_write_deadline = true;
    c->write_deadline = uv_now(c->server->loop) + c->server->options.write_timeout;
  }
}

static output_segment *segment_own(size_t capacity) {
  output_segment *segment = malloc(sizeof *segment + capacity);
  if (!segment) return NULL;
  *segment = (output_segment){.data = segment->bytes, .capacity = capacity, .fd = -1};
  return segment;
}

/* Room at the end of the queue, in memory of its own. */
static char *queue_room(connection *c, size_t length) {
  output_segment *tail = c->queue_tail;
  if (tail && tail->capacity) {
    size_t used = (size_t)(tail->data - tail->bytes) + tail->length;
    if (tail->capacity - used >= length) return tail->bytes + used;
  }
  output_segment *segment = segment_own(length > SEGMENT_SIZE ? length : SEGMENT_SIZE);
  if (!segment) return NULL;
  queue_append(c, segment);
  return segment->bytes;
}

static int queue_copy(connection *c, const char *data, size_t length) {
  if (!length) return 0;
  char *at = queue_room(c, length);
  if (!at) return UV_ENOMEM;
  memcpy(at, data, length);
  c->queue_tail->length += length;
  c->queued += length;
  return 0;
}

char *connection_output(connection *c, size_t length) {
  http_server *server = c->server;
  if (c->state == CONNECTION_CLOSED) return NULL;
  if (server->scratch_owner != c) {
    if (server->scratch_owner) connection_flush(server->scratch_owner);
    if (c->queue || length > SCRATCH_SIZE) return queue_room(c, length);
    server->scratch_owner = c;
    return server->scratch;
  }
  if (SCRATCH_SIZE - server->scratch_end < length) {
    connection_flush(c);
    if (c->state == CONNECTION_CLOSED) return NULL;
    if (c->queue || length > SCRATCH_SIZE) return queue_room(c, length);
    server->scratch_owner = c;
    return server->scratch;
  }
  return server->scratch + server->scratch_end;
}

void connection_output_commit(connection *c, size_t length) {
  if (c->server->scratch_owner == c) {
    c->server->scratch_end += length;
  } else if (c->queue_tail) {
    c->queue_tail->length += length;
    c->queued += length;
  }
}

int connection_output_copy(connection *c, const char *data, size_t length) {
  char *at = connection_output(c, length);
  if (!at) return c->state == CONNECTION_CLOSED ? UV_ECANCELED : UV_ENOMEM;
  memcpy(at, data, length);
  connection_output_commit(c, length);
  return 0;
}

/* After a send: bytes taken, 0 when the kernel takes nothing now, negative when the connection is closed. */
static ssize_t output_sent(connection *c, ssize_t sent) {
  if (sent == UV_EAGAIN) {
    c->blocked = true;
    return 0;
  }
  if (sent < 0) {
    connection_close(c, (int)sent);
    return -1;
  }
  c->bytes_written += (size_t)sent;
  c->server->counters->bytes_written += (size_t)sent;
  if (c->timeout) c->active_at = uv_now(c->server->loop);
  return sent;
}

static ssize_t output_send(connection *c, const struct iovec *pieces, size_t count) {
  return output_sent(c, transport_write(&c->transport, pieces, count));
}

/* A file that is shorter than it was said to be leaves a gap in the stream. */
static ssize_t output_send_file(connection *c, const output_segment *s) {
  ssize_t sent = transport_file(&c->transport, s->fd, s->offset, s->length < FILE_PIECE ? s->length : FILE_PIECE);
  return output_sent(c, sent == 0 ? UV_EIO : sent);
}

/* Sends the scratch buffer; what is left over moves to the queue. */
static void scratch_flush(connection *c) {
  http_server *server = c->server;
  size_t pending = scratch_pending(c);
  struct iovec piece = {server->scratch + server->scratch_start, pending};
  if (!pending) {
    scratch_reset(server);
    return;
  }
  ssize_t sent = output_send(c, &piece, 1);
  if (sent < 0) return;
  scratch_reset(server);
  if ((size_t)sent < pending) c->blocked = true;
  if ((size_t)sent < pending && queue_copy(c, (char *)piece.iov_base + sent, pending - (size_t)sent) < 0)
    connection_close(c, UV_ENOMEM);
}

static void queue_advance(connection *c, size_t sent) {
  c->queued -= sent;
  while (c->queue) {
    output_segment *segment = c->queue;
    if (sent < segment->length) {
      if (segment->fd >= 0)
        segment->offset += (int64_t)sent;
      else
        segment->data += sent;
      segment->length -= sent;
      break;
    }
    sent -= segment->length;
    c->queue = segment->next;
    if (!c->queue) c->queue_tail = NULL;
    segment_free(segment);
  }
  c->has_write_deadline = c->queue != NULL;
  if (c->queue) c->write_deadline = uv_now(c->server->loop) + c->server->options.write_timeout;
}

static void queue_flush(connection *c) {
  size_t of_files = 0;
  while (c->queue) {
    struct iovec pieces[16];
    size_t count = 0, total = 0;
    ssize_t sent = 0;
    if (c->queue->fd >= 0) {
      /* Others' turn: the socket is writable still, and brings us back. */
      if (of_files >= FILE_TURN) return;
      total = c->queue->length < FILE_PIECE ? c->queue->length : FILE_PIECE;
      if (total) sent = output_send_file(c, c->queue);
      if (sent > 0) of_files += (size_t)sent;
    } else {
      for (output_segment *s = c->queue; s && count < 16 && s->fd < 0; s = s->next, count++) {
        pieces[count] = (struct iovec){(char *)s->data, s->length};
        total += s->length;
      }
      if (total) sent = output_send(c, pieces, count);
    }
    if (sent < 0 || (sent == 0 && total)) return;
    bool file = c->queue->fd >= 0;
    queue_advance(c, (size_t)sent);
    if ((size_t)sent < total && !file) {
      c->blocked = true;
      return;
    }
  }
}

void connection_flush(connection *c) {
  if (c->state == CONNECTION_CLOSED) return;
  if (c->server->scratch_owner == c) scratch_flush(c);
  if (c->queue && !c->blocked) queue_flush(c);
}

/* Takes a large piece: sends it together with what is in the scratch buffer, keeps the rest. */
static int output_large(connection *c, http_bytes bytes) {
  http_server *server = c->server;
  size_t pending = scratch_pending(c), done = 0;
  if (!c->queue) {
    struct iovec pieces[2] = {{server->scratch + server->scratch_start, pending}, {(char *)bytes.data, bytes.length}};
    ssize_t sent = pending ? output_send(c, pieces, 2) : output_send(c, pieces + 1, 1);
    if (sent < 0) return UV_EPIPE;
    size_t of_scratch = (size_t)sent < pending ? (size_t)sent : pending;
    if (pending) {
      const char *rest = server->scratch + server->scratch_start + of_scratch;
      scratch_reset(server);
      if (queue_copy(c, rest, pending - of_scratch) < 0) return UV_ENOMEM;
    }
    done = (size_t)sent - of_scratch;
    if (done < bytes.length) c->blocked = true;
  }
  if (done == bytes.length) {
    if (bytes.release) bytes.release(bytes.release_data);
    return 0;
  }
  if (!bytes.release) return queue_copy(c, bytes.data + done, bytes.length - done);
  output_segment *segment = segment_own(0);
  if (!segment) return UV_ENOMEM;
  segment->data = bytes.data + done;
  segment->length = bytes.length - done;
  segment->release = bytes.release;
  segment->release_data = bytes.release_data;
  queue_append(c, segment);
  return 0;
}

int connection_output_bytes(connection *c, http_bytes bytes) {
  int status = 0;
  if (bytes.length <= COPY_LIMIT) {
    if (bytes.length) status = connection_output_copy(c, bytes.data, bytes.length);
    if (bytes.release) bytes.release(bytes.release_data);
    return status;
  }
  if (c->state == CONNECTION_CLOSED) {
    status = UV_ECANCELED;
  } else {
    status = output_large(c, bytes);
    if (status < 0 && c->state != CONNECTION_CLOSED) connection_close(c, status); /* a gap in the stream */
  }
  if (status < 0 && bytes.release) bytes.release(bytes.release_data);
  return status;
}

int connection_output_file(connection *c, int fd, int64_t offset, size_t length) {
  connection_flush(c); /* what is in the scratch buffer comes before */
  bool open = c->state != CONNECTION_CLOSED;
  output_segment *segment = open && length ? segment_own(0) : NULL;
  if (!segment) {
    close(fd);
    return !open ? UV_ECANCELED : length ? UV_ENOMEM : 0;
  }
  segment->fd = fd;
  segment->offset = offset;
  segment->length = length;
  queue_append(c, segment);
  return 0;
}

int connection_output_own(connection *c) {
  for (output_segment **at = &c->queue; *at; at = &(*at)->next) {
    output_segment *lent = *at;
    if (!lent->release) continue;
    output_segment *own = segment_own(lent->length);
    if (!own) return UV_ENOMEM;
    memcpy(own->bytes, lent->data, lent->length);
    own->length = lent->length;
    own->next = lent->next;
    *at = own;
    if (c->queue_tail == lent) c->queue_tail = own;
    segment_free(lent);
  }
  return 0;
}
