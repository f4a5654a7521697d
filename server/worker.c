#include "server/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/event_loop.h"
#include "server/ipc.h"

/* ---- the master's death ------------------------------------------------------------------------------------------
 */

enum { ORPHAN_SOCKETS_MAX = 256 };

/* For the signal's handler: an entry is written before it is counted, and inodes tell a descriptor that is another now.
 */
static struct {
  int fd;
  ino_t inode;
} orphan_sockets[ORPHAN_SOCKETS_MAX];
static _Atomic unsigned orphan_socket_count, orphan_grace_s;

static void orphan_note(int fd, ino_t inode) {
  unsigned count = atomic_load(&orphan_socket_count), at = 0;
  while (at < count && orphan_sockets[at].fd != fd) at++;
  if (at == ORPHAN_SOCKETS_MAX) return; /* it is closed by the drain, as without all this */
  orphan_sockets[at].fd = fd;
  orphan_sockets[at].inode = inode;
  if (at == count) atomic_store(&orphan_socket_count, count + 1);
}

static void master_died(int number) {
  unsigned count = atomic_load(&orphan_socket_count);
  for (unsigned i = 0; i < count; i++) {
    struct stat status;
    if (fstat(orphan_sockets[i].fd, &status) != 0 || status.st_ino != orphan_sockets[i].inode) continue;
    shutdown(orphan_sockets[i].fd, SHUT_RDWR);
  }
  signal(SIGALRM, SIG_DFL);
  alarm(atomic_load(&orphan_grace_s));
}

int worker_watch_master(worker *self, pid_t master) {
  atomic_store(&orphan_grace_s, (unsigned)(self->config->drain_timeout / 1000) + WORKER_ORPHAN_GRACE_S);
  struct sigaction action = {.sa_handler = master_died, .sa_flags = SA_RESTART};
  sigaction(SIGRTMIN + 5, &action, NULL);
  prctl(PR_SET_PDEATHSIG, SIGRTMIN + 5);
  return getppid() == master ? 0 : -ESRCH;
}

/* ---- the channel -------------------------------------------------------------------------------------------------
 */

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

static void socket_note(worker *self, int fd, uint64_t number) {
  struct stat status;
  worker_socket *sockets = realloc(self->sockets, (self->socket_count + 1) * sizeof *sockets);
  if (sockets == NULL) return; /* the master then keeps it until this worker ends */
  self->sockets = sockets;
  if (fstat(fd, &status) != 0) return;
  orphan_note(fd, status.st_ino);
  sockets[self->socket_count++] = (worker_socket){.fd = fd, .inode = status.st_ino, .number = number};
}

static bool socket_is_open(const worker_socket *s) {
  struct stat status;
  return fstat(s->fd, &status) == 0 && status.st_ino == s->inode;
}

void worker_report_closed(worker *self) {
  for (size_t i = self->socket_count; i-- > 0;) {
    const worker_socket *s = &self->sockets[i];
    if (socket_is_open(s)) continue;
    ipc_send(self->channel, IPC_CLOSED, 0, s->number, NULL, -1);
    self->sockets[i] = self->sockets[--self->socket_count];
  }
}

/*
 * Blocks until the master's answer of this type is there: 1 with the message, 0 when the time (milliseconds, -1: any)
 * is over, or -errno.
 */
static int answer_wait(worker *self, ipc_type type, int timeout, ipc_message *message) {
  uint64_t end = timeout < 0 ? 0 : event_loop_now_ms() + (uint64_t)timeout;
  for (;;) {
    struct pollfd wait = {.fd = self->channel, .events = POLLIN};
    uint64_t now = timeout < 0 ? 0 : event_loop_now_ms();
    if (now > end) return 0;
    int ready = poll(&wait, 1, timeout < 0 ? -1 : (int)(end - now));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ready == 0 ? 0 : -errno;
    int rc = ipc_receive(self->channel, message);
    if (rc == -EAGAIN || rc == -EPROTO) continue;
    if (rc <= 0) {
      self->master_lost = true;
      return rc == 0 ? -ECONNREFUSED : rc;
    }
    if (message->type == type) return 1;
    order_note(self, message);
  }
}

/*
 * Something of a running app waits for the answer, which takes the master a fraction of a millisecond; it may be
 * stopped, though, or look up a host name for a new config, and then the app goes on with what it has.
 */
enum { OFFER_WAIT_MS = 1000 };

int worker_offer(worker *self, int batch, bool wait) {
  if (self->master_lost) return -ECONNREFUSED;
  uint64_t number = ++self->offers;
  int rc = ipc_send(self->channel, IPC_OFFER, 0, wait ? number : 0, NULL, batch);
  while (rc == 0 && wait) {
    ipc_message message = {.fd = -1};
    rc = answer_wait(self, IPC_TAKEN, OFFER_WAIT_MS, &message);
    if (rc < 0) return rc;
    if (rc == 0) return -ETIMEDOUT;
    if (message.fd >= 0) close(message.fd);
    if (message.number == number) return message.value;
    rc = 0; /* the answer to one that was given up */
  }
  return rc;
}

int worker_listen(worker *self, const char *address, int backlog) {
  if (self->master_lost) return -ECONNREFUSED;
  worker_report_closed(self); /* the next descriptor may have the number of one that was closed */
  int rc = ipc_send(self->channel, IPC_LISTEN, backlog, 0, address, -1);
  if (rc != 0) return rc;
  ipc_message message = {.fd = -1};
  rc = answer_wait(self, IPC_SOCKET, -1, &message);
  if (rc <= 0) return rc == 0 ? -ETIMEDOUT : rc;
  if (message.value != 0 || message.fd < 0) {
    if (message.fd >= 0) close(message.fd);
    return message.value != 0 ? message.value : -EPROTO;
  }
  socket_note(self, message.fd, message.number);
  return message.fd;
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
