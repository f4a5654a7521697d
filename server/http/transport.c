/* The clear socket. One recv and one send per request is what an HTTP/1 exchange costs here, so nothing is between. */
#include "server/http/transport.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

ssize_t socket_read(int fd, char *buffer, size_t capacity) {
  ssize_t got;
  do got = recv(fd, buffer, capacity, 0);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

ssize_t socket_write(int fd, const struct iovec *pieces, size_t count) {
  ssize_t sent;
  do {
    if (count == 1) {
      sent = send(fd, pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL);
    } else {
      struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = count};
      sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    }
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return sent;
  return errno == ENOBUFS ? UV_EAGAIN : -errno;
}

int transport_error(const transport *t) {
  int error = 0;
  socklen_t length = sizeof error;
  if (t->fd < 0 || getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return 0;
  return -error;
}

static ssize_t clear_read(transport *t, char *buffer, size_t capacity) { return socket_read(t->fd, buffer, capacity); }

static ssize_t clear_write(transport *t, const struct iovec *pieces, size_t count) {
  return socket_write(t->fd, pieces, count);
}

/* What the disk has to be asked for is waited for, as sendfile does it. */
static ssize_t clear_file(transport *t, int fd, int64_t offset, size_t length) {
  ssize_t sent;
  off_t at = offset;
  do sent = sendfile(t->fd, fd, &at, length);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

ssize_t transport_file(transport *t, int fd, int64_t offset, size_t length) {
  char piece[16384]; /* one record of TLS */
  if (t->kind->file) return t->kind->file(t, fd, offset, length);
  ssize_t got;
  do got = pread(fd, piece, length < sizeof piece ? length : sizeof piece, offset);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return got < 0 ? -errno : 0;
  struct iovec bytes = {piece, (size_t)got};
  return transport_write(t, &bytes, 1);
}

static int clear_shutdown(transport *t) { return shutdown(t->fd, SHUT_WR) < 0 ? -errno : 0; }

static void clear_close(transport *t) {
  if (t->fd >= 0) close(t->fd);
  t->fd = -1;
}

static const transport_kind clear = {
    .name = "tcp",
    .read = clear_read,
    .write = clear_write,
    .file = clear_file,
    .shutdown = clear_shutdown,
    .close = clear_close,
};

void transport_open_socket(transport *t, int fd) { *t = (transport){.kind = &clear, .fd = fd}; }
