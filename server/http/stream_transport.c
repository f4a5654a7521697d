/* A stream without a descriptor: two buffers, and word to its owner at the end of each run of the connection. */
#include "server/http/stream_transport.h"

#include <stdlib.h>
#include <string.h>

#include "server/http/internal.h"

enum { OUTPUT_LIMIT = 65536 };

typedef struct stream_buffer {
  char *data;
  size_t start, length, capacity; /* start: bytes before it were taken */
} stream_buffer;

struct stream_transport {
  unsigned references;
  transport *transport; /* NULL: closed */
  connection *connection;
  void (*on_ready)(void *data);
  void *data;
  stream_buffer input, output;
  int input_error;
  bool input_ended, reads, reads_told, blocked, stuck; /* stuck: write was refused and waits for writable */
};

static int buffer_append(stream_buffer *b, const char *data, size_t length) {
  if (b->start && b->start == b->length) b->start = b->length = 0;
  if (b->capacity - b->length < length) {
    size_t capacity = b->capacity ? b->capacity : 1024;
    while (capacity - b->length < length) capacity *= 2;
    char *grown = realloc(b->data, capacity);
    if (!grown) return UV_ENOMEM;
    b->data = grown;
    b->capacity = capacity;
  }
  if (length) memcpy(b->data + b->length, data, length);
  b->length += length;
  return 0;
}

static size_t buffered(const stream_buffer *b) { return b->length - b->start; }

static void buffer_shrink(stream_buffer *b) {
  if (buffered(b) || b->capacity <= INPUT_KEEP) return;
  free(b->data);
  *b = (stream_buffer){0};
}

/* --- The connection's side --------------------------------------------------------------------------------------- */

static ssize_t stream_read(transport *t, char *buffer, size_t capacity) {
  stream_transport *s = t->data;
  size_t length = buffered(&s->input);
  t->has_input = false;
  if (!length) return !s->input_ended ? UV_EAGAIN : s->input_error;
  if (length > capacity) length = capacity;
  memcpy(buffer, s->input.data + s->input.start, length);
  s->input.start += length;
  t->has_input = buffered(&s->input) || s->input_ended;
  buffer_shrink(&s->input);
  return (ssize_t)length;
}

static ssize_t stream_write(transport *t, const struct iovec *pieces, size_t count) {
  stream_transport *s = t->data;
  size_t done = 0;
  for (size_t i = 0; i < count && !s->blocked && buffered(&s->output) < OUTPUT_LIMIT; i++) {
    if (buffer_append(&s->output, pieces[i].iov_base, pieces[i].iov_len) < 0) return done ? (ssize_t)done : UV_ENOMEM;
    done += pieces[i].iov_len;
  }
  if (done) return (ssize_t)done;
  s->stuck = true;
  return UV_EAGAIN;
}

/* Nobody has to wait for the other side: what was written is not lost when the connection closes. */
static int stream_shutdown(transport *t) { return UV_ENOTCONN; }

static void stream_close(transport *t) {
  stream_transport *s = t->data;
  t->has_input = false;
  t->data = NULL;
  if (!s) return;
  s->transport = NULL;
  s->connection = NULL;
  s->reads = false;
  stream_transport_release(s);
}

static void stream_watch(transport *t, int interest) {
  stream_transport *s = t->data;
  s->reads = interest & UV_READABLE && buffered(&s->input) < INPUT_LIMIT;
  if (!buffered(&s->output) && s->reads == s->reads_told) return;
  s->reads_told = s->reads;
  s->on_ready(s->data);
}

static const transport_kind stream = {
    .name = "stream",
    .read = stream_read,
    .write = stream_write,
    .shutdown = stream_shutdown,
    .close = stream_close,
    .watch = stream_watch,
};

/* --- The owner's side -------------------------------------------------------------------------------------------- */

int http_server_open_stream(http_server *server, void (*on_ready)(void *data), void *data, stream_transport **out) {
  stream_transport *s = calloc(1, sizeof *s);
  if (!s) return UV_ENOMEM;
  s->references = 2;
  s->on_ready = on_ready;
  s->data = data;
  transport t = {.kind = &stream, .data = s, .fd = -1};
  connection *c = connection_create_over(server, &t);
  if (!c) {
    free(s);
    return UV_ENOMEM;
  }
  s->connection = c;
  s->transport = &c->transport;
  *out = s;
  return 0;
}

connection *stream_transport_connection(const stream_transport *s) { return s->connection; }

static void wake(stream_transport *s) {
  s->transport->has_input = true;
  connection_schedule(s->connection);
}

int stream_transport_feed(stream_transport *s, const char *data, size_t length) {
  if (!s->transport || s->input_ended) return UV_ECANCELED;
  if (buffer_append(&s->input, data, length) < 0) return UV_ENOMEM;
  wake(s);
  return 0;
}

void stream_transport_feed_end(stream_transport *s, int error) {
  if (!s->transport || (s->input_ended && !error)) return;
  s->input_ended = true;
  s->input_error = error;
  if (error) s->input.start = s->input.length;
  wake(s);
}

bool stream_transport_reads(const stream_transport *s) { return s->reads; }

http_slice stream_transport_take(stream_transport *s) {
  http_slice taken = {s->output.data + s->output.start, buffered(&s->output)};
  s->output.start = s->output.length;
  if (s->stuck && s->transport && !s->blocked) {
    s->stuck = false;
    s->connection->blocked = false;
    connection_schedule(s->connection);
  }
  return taken;
}

void stream_transport_set_writable(stream_transport *s, bool writable) {
  s->blocked = !writable;
  if (!writable || !s->stuck || !s->transport) return;
  s->stuck = false;
  s->connection->blocked = false;
  connection_schedule(s->connection);
}

void stream_transport_release(stream_transport *s) {
  if (--s->references) return;
  free(s->input.data);
  free(s->output.data);
  free(s);
}
