#include "server/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/event_loop.h"
#include "server/ipc.h"

/* Everything but the answer to worker_listen is an order that is carried out from the worker's loop. */
static void order_note(worker *self, const ipc_message *message) {
  if (message->type == IPC_DRAIN) {
    self->drain_ordered = true;
    self->drain_reason = message->value;
  }
  if (message->type == IPC_STOP) self->stop_ordered = true;
  if (message->type == IPC_PAUSE) self->paused = message->value != 0;
  if (message->fd >= 0) close(message->fd);
}

/* worker_orphaned may interrupt it: the array is whole at any time. */
static void socket_note(worker *self, int fd, uint64_t number) {
  struct stat status;
  worker_socket *old = self->sockets, *sockets = calloc(self->socket_count + 1, sizeof *sockets);
  if (sockets == NULL || fstat(fd, &status) != 0) {
    free(sockets);
    return; /* the master then keeps it until this worker ends */
  }
  if (old != NULL) memcpy(sockets, old, self->socket_count * sizeof *sockets);
  sockets[self->socket_count] = (worker_socket){.fd = fd, .inode = status.st_ino, .number = number};
  self->sockets = sockets;
  atomic_signal_fence(memory_order_seq_cst);
  self->socket_count++;
  free(old);
}

static bool socket_is_open(const worker_socket *s) {
  struct stat status;
  return fstat(s->fd, &status) == 0 && status.st_ino == s->inode;
}

/* The number of the descriptor stays taken: whoever owns it is going to close it. */
void worker_orphaned(const worker *self) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (size_t i = 0; nothing >= 0 && i < self->socket_count; i++) {
    if (socket_is_open(&self->sockets[i])) dup3(nothing, self->sockets[i].fd, O_CLOEXEC);
  }
  if (nothing >= 0) close(nothing);
  alarm((unsigned)(self->config->drain_timeout / 1000) + WORKER_ORPHAN_GRACE_S);
}

void worker_report_closed(worker *self) {
  for (size_t i = self->socket_count; i-- > 0;) {
    const worker_socket *s = &self->sockets[i];
    if (socket_is_open(s)) continue;
    ipc_send(self->channel, IPC_CLOSED, 0, s->number, NULL, -1);
    self->sockets[i] = self->sockets[--self->socket_count];
  }
}

int worker_listen(worker *self, const char *address, int backlog) {
  if (self->master_lost) return -ECONNREFUSED;
  worker_report_closed(self); /* the next descriptor may have the number of one that was closed */
  int rc = ipc_send(self->channel, IPC_LISTEN, backlog, 0, address, -1);
  if (rc != 0) return rc;
  for (;;) {
    struct pollfd wait = {.fd = self->channel, .events = POLLIN};
    if (poll(&wait, 1, -1) < 0 && errno != EINTR) return -errno;
    ipc_message message;
    rc = ipc_receive(self->channel, &message);
    if (rc == -EAGAIN || rc == -EPROTO) continue;
    if (rc <= 0) {
      self->master_lost = true;
      return rc == 0 ? -ECONNREFUSED : rc;
    }
    if (message.type != IPC_SOCKET) {
      order_note(self, &message);
      continue;
    }
    if (message.value != 0 || message.fd < 0) {
      if (message.fd >= 0) close(message.fd);
      return message.value != 0 ? message.value : -EPROTO;
    }
    socket_note(self, message.fd, message.number);
    return message.fd;
  }
}

void worker_ready(worker *self) {
  if (self->ready) return;
  self->ready = true;
  uint64_t now = event_loop_now_us();
  atomic_store(&self->slot->ready_us, now);
  ipc_send(self->channel, IPC_READY, 0, now - atomic_load(&self->slot->started_us), NULL, -1);
}

void worker_error(worker *self, const char *text) { ipc_send(self->channel, IPC_ERROR, 0, 0, text, -1); }

void worker_receive(worker *self) {
  for (;;) {
    struct pollfd ready = {.fd = self->channel, .events = POLLIN};
    if (poll(&ready, 1, 0) <= 0) return;
    ipc_message message;
    int rc = ipc_receive(self->channel, &message);
    if (rc == 1) {
      order_note(self, &message);
    } else if (rc != -EPROTO) {
      if (rc != -EAGAIN) self->master_lost = true;
      return;
    }
  }
}

void worker_heartbeat(worker *self) { atomic_store(&self->slot->heartbeat_ms, event_loop_now_ms()); }
