/*
 * transport: the way of a connection's bytes to the other side and back. The only place that reads, writes, shuts down
 * or closes the descriptor of a connection, so that what is above it (connection, its protocol, exchanges) is the same
 * over a clear socket, over TLS and over a stream of the app's own. It holds no queue of its own beyond what its coding
 * needs: what `write` does not take stays with the connection's output.
 *
 * Whoever watches the descriptor asks after every call: `wants_write` (reading can only go on when the descriptor is
 * writable: a handshake) and `has_input` (bytes were taken from the kernel that `read` has not handed out yet; no event
 * will come for them).
 */
#ifndef JSD_HTTP_TRANSPORT_H
#define JSD_HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef struct transport transport;

typedef struct transport_kind {
  const char *name;   /* "tcp", "tls", ... */
  bool says_farewell; /* an orderly close is one after `shutdown`, also where nobody waits for the other side's */
  /* Bytes read, 0 at the end of input, UV_EAGAIN, or another negative errno, after which the connection is of no use.
   */
  ssize_t (*read)(transport *t, char *buffer, size_t capacity);
  /* Bytes taken, at least one, or UV_EAGAIN: nothing now, wait for writable; or another negative errno. */
  ssize_t (*write)(transport *t, const struct iovec *pieces, size_t count);
  /* Bytes of a file from `offset` on, as write; 0: the file ends there. NULL: they are copied through memory. */
  ssize_t (*file)(transport *t, int fd, int64_t offset, size_t length);
  /* No more will be written; the other side is told. 0, UV_EAGAIN: call again when writable, or another negative errno.
   */
  int (*shutdown)(transport *t);
  /* Closes the descriptor and frees what the transport has. */
  void (*close)(transport *t);
  /* Of transports without a descriptor, where others are watched by libuv: at the end of each run of the connection,
   * UV_* events that it waits for. NULL: has a descriptor. */
  void (*watch)(transport *t, int interest);
} transport_kind;

/* Lies in the connection. */
struct transport {
  const transport_kind *kind;
  void *data; /* the kind's */
  int fd;     /* -1: closed, or a transport without a descriptor */
  bool wants_write, has_input;
  bool handshaking; /* not a byte can be sent yet */
  bool suspended;   /* the handshake waits for the app's answer: reading would find nothing */
};

/* Over a connected, non-blocking socket, in clear; owns fd. */
void transport_open_socket(transport *t, int fd);

static inline ssize_t transport_read(transport *t, char *buffer, size_t capacity) {
  return t->kind->read(t, buffer, capacity);
}
static inline ssize_t transport_write(transport *t, const struct iovec *pieces, size_t count) {
  return t->kind->write(t, pieces, count);
}
ssize_t transport_file(transport *t, int fd, int64_t offset, size_t length);
static inline int transport_shutdown(transport *t) { return t->kind->shutdown(t); }
static inline void transport_close(transport *t) { t->kind->close(t); }

/* The socket's pending error as a negative errno, 0: none. */
int transport_error(const transport *t);

/* The calls that every kind over a socket makes. Results as above. */
ssize_t socket_read(int fd, char *buffer, size_t capacity);
ssize_t socket_write(int fd, const struct iovec *pieces, size_t count);

#endif
