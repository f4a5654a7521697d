/* The kernel as the master sees it: clock, descriptors, channels, epoll, signals. Descriptors are never used twice. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "sim.h"

enum { PACKETS_MAX = 8192, WATCHED_MAX = 256, EVENTS_MAX = 65536, CALLS_MAX = 2000000 };

static object objects[OBJECTS_MAX];
static int object_count;
static packet packets[PACKETS_MAX];
static packet *packets_free;
static int packet_count;
static object *fds[FDS_MAX];
static int fd_count;
static struct {
  int fd;
  void *data;
} watched[WATCHED_MAX];
static int watched_count;
static uint64_t signals_pending;
static object *newest_channel;

typedef struct event {
  uint64_t at_us, order;
  void (*run)(int process, int64_t value);
  int process;
  int64_t value;
} event;
static event events[EVENTS_MAX];
static int event_count;
static uint64_t event_order;

void kernel_reset(void) {
  memset(objects, 0, (size_t)object_count * sizeof *objects);
  memset(fds, 0, (size_t)fd_count * sizeof *fds);
  packets_free = NULL;
  object_count = fd_count = watched_count = event_count = packet_count = 0;
  signals_pending = event_order = 0;
}

/* ---- events: a heap ---------------------------------------------------------------------------------------------- */

static bool sooner(const event *a, const event *b) {
  return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void sim_later(uint64_t delay_us, void (*run)(int process, int64_t value), int process, int64_t value) {
  if (event_count == EVENTS_MAX) sim_broken("the simulation has too many events");
  event e = {sim.now_us + delay_us, event_order++, run, process, value};
  int i = event_count++;
  for (; i > 0 && sooner(&e, &events[(i - 1) / 2]); i = (i - 1) / 2) events[i] = events[(i - 1) / 2];
  events[i] = e;
}

static void event_run(void) {
  event first = events[0], last = events[--event_count];
  int i = 0;
  for (int child; (child = 2 * i + 1) < event_count; i = child) {
    if (child + 1 < event_count && sooner(&events[child + 1], &events[child])) child++;
    if (!sooner(&events[child], &last)) break;
    events[i] = events[child];
  }
  events[i] = last;
  if (first.at_us > sim.now_us) sim.now_us = first.at_us;
  first.run(first.process, first.value);
}

/* ---- objects and descriptors --------------------------------------------------------------------------------------
 */

object *object_new(object_kind kind) {
  if (object_count == OBJECTS_MAX) sim_broken("the simulation has too many objects");
  object *o = &objects[object_count++];
  *o = (object){.kind = kind, .refs = 1, .reader = -1};
  return o;
}

int object_fd(const object *o) { return PROCESS_FD_FIRST + (int)(o - objects); }
object *object_of_process_fd(int fd) { return &objects[fd - PROCESS_FD_FIRST]; }
void object_ref(object *o) { o->refs++; }

static packet *packet_new(void) {
  packet *p = packets_free;
  if (p != NULL) {
    packets_free = p->next;
  } else {
    if (packet_count == PACKETS_MAX) sim_broken("the simulation has too many packets");
    p = &packets[packet_count++];
  }
  p->next = NULL;
  return p;
}

static void packet_free(packet *p) {
  p->next = packets_free;
  packets_free = p;
}

/* Its reader has something to see. */
static void object_wake(object *o) {
  if (o->reader < 0 || o->waiting) return;
  o->waiting = true;
  sim_later(sim_random(FAULT_COUNT, 8) == 0 ? sim_random(FAULT_COUNT, 5 * MS) : sim_random(FAULT_COUNT, 300),
            process_wake, o->reader, 0);
}

void object_unref(object *o) {
  if (o->refs == 0) sim_broken("the simulation drops an object twice");
  if (--o->refs > 0) return;
  bool unread = o->first != NULL;
  while (o->first != NULL) {
    packet *p = o->first;
    o->first = p->next;
    if (p->fd != NULL) object_unref(p->fd);
    packet_free(p);
  }
  o->last = NULL;
  if (o->peer == NULL) return;
  o->peer->peer = NULL;
  o->peer->reset = unread;
  object_wake(o->peer);
  o->peer = NULL;
}

int fd_open(object *o) {
  if (fd_count == FDS_MAX) sim_broken("the simulation has too many descriptors");
  fds[fd_count] = o;
  return FD_FIRST + fd_count++;
}

object *fd_newest_channel(void) { return newest_channel; }

static object *fd_object(int fd, const char *call) {
  if (++sim.calls > CALLS_MAX) sim_broken("the master runs in circles");
  if (fd >= PROCESS_FD_FIRST) return object_of_process_fd(fd);
  if (fd < FD_FIRST || fd >= FD_FIRST + fd_count) sim_broken("%s(%d): no descriptor", call, fd);
  object *o = fds[fd - FD_FIRST];
  if (o == NULL) sim_broken("%s(%d): the descriptor has been closed", call, fd);
  return o;
}

unsigned kernel_descriptors_open(void) {
  unsigned count = 0;
  for (int i = 0; i < fd_count; i++) count += fds[i] != NULL;
  return count;
}

const char *kernel_descriptor_name(unsigned nth) {
  static const char *const names[] = {"epoll", "signalfd", "channel", "listening socket", "other"};
  for (int i = 0; i < fd_count; i++) {
    if (fds[i] != NULL && nth-- == 0) return names[fds[i]->kind];
  }
  return "none";
}

int sim_close(int fd);
int sim_close(int fd) {
  object *o = fd_object(fd, "close");
  if (fd < PROCESS_FD_FIRST) {
    for (int i = 0; i < watched_count; i++) {
      if (watched[i].fd == fd) sim_broken("close(%d): the event loop still watches it", fd);
    }
    fds[fd - FD_FIRST] = NULL;
  }
  object_unref(o);
  return 0;
}

int sim_fcntl(int fd, int command, ...);
int sim_fcntl(int fd, int command, ...) {
  if (command == F_DUPFD_CLOEXEC) return fd_open(object_new(OBJECT_OTHER));
  fd_object(fd, "fcntl");
  return 0;
}

/* ---- channels -----------------------------------------------------------------------------------------------------
 */

int sim_socketpair(int domain, int type, int protocol, int ends[2]);
int sim_socketpair(int domain, int type, int protocol, int ends[2]) {
  if (sim_fails(FAULT_NO_DESCRIPTORS, 6)) return errno = EMFILE, -1;
  object *a = object_new(OBJECT_CHANNEL), *b = object_new(OBJECT_CHANNEL);
  a->peer = b;
  b->peer = a;
  newest_channel = b;
  ends[0] = fd_open(a);
  ends[1] = fd_open(b);
  return 0;
}

ssize_t sim_sendmsg(int fd, const struct msghdr *message, int flags) {
  object *o = fd_object(fd, "sendmsg");
  bool by_master = fd < PROCESS_FD_FIRST;
  if (by_master && sim_fails(FAULT_SEND_FULL, 6)) return errno = EAGAIN, -1;
  if (by_master && sim_fails(FAULT_SEND_FAILS, 12)) return errno = ENOBUFS, -1;
  if (o->peer == NULL) return errno = EPIPE, -1;
  packet *p = packet_new();
  p->size = 0;
  p->fd = NULL;
  for (size_t i = 0; i < message->msg_iovlen; i++) {
    memcpy(p->bytes + p->size, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    p->size += message->msg_iov[i].iov_len;
  }
  if (message->msg_controllen > 0) {
    int sent;
    memcpy(&sent, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof sent);
    p->fd = fd_object(sent, "sendmsg of");
    object_ref(p->fd);
  }
  if (o->peer->last != NULL) {
    o->peer->last->next = p;
  } else {
    o->peer->first = p;
  }
  o->peer->last = p;
  if (by_master && o->peer->reader >= 0) check_order(o->peer->reader, p->bytes);
  object_wake(o->peer);
  return (ssize_t)p->size;
}

ssize_t sim_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t sim_recvmsg(int fd, struct msghdr *message, int flags) {
  object *o = fd_object(fd, "recvmsg");
  bool by_master = fd < PROCESS_FD_FIRST;
  if (by_master && sim_happens(FAULT_INTERRUPTED, 8)) return errno = EINTR, -1;
  if (o->reset) {
    o->reset = false;
    return errno = ECONNRESET, -1;
  }
  packet *p = o->first;
  if (p == NULL) return o->peer == NULL ? 0 : (errno = EAGAIN, -1);
  if ((o->first = p->next) == NULL) o->last = NULL;
  ssize_t size = (ssize_t)p->size;
  memcpy(message->msg_iov[0].iov_base, p->bytes, p->size);
  message->msg_flags = 0;
  message->msg_controllen = 0;
  if (p->fd != NULL) {
    int received = by_master ? fd_open(p->fd) : object_fd(p->fd);
    struct cmsghdr *rights = message->msg_control;
    message->msg_controllen = CMSG_SPACE(sizeof(int));
    *rights = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(rights), &received, sizeof received);
  }
  if (by_master) check_heard(p->bytes);
  packet_free(p);
  return size;
}

/* ---- signals ------------------------------------------------------------------------------------------------------
 */

void signal_to_master(int number) { signals_pending |= UINT64_C(1) << number; }

int sim_signalfd(int fd, const sigset_t *mask, int flags);
int sim_signalfd(int fd, const sigset_t *mask, int flags) { return fd_open(object_new(OBJECT_SIGNALS)); }

ssize_t sim_read(int fd, void *buffer, size_t size);
ssize_t sim_read(int fd, void *buffer, size_t size) {
  if (fd_object(fd, "read")->kind != OBJECT_SIGNALS) sim_broken("read(%d): not the signals' descriptor", fd);
  if (signals_pending == 0) return errno = EAGAIN, -1;
  int number = __builtin_ctzll(signals_pending);
  if (number == SIGINT && ++sim.interrupts == 3 && sim.quit_us == 0) sim.quit_us = sim.now_us;
  signals_pending &= signals_pending - 1;
  memset(buffer, 0, size);
  ((struct signalfd_siginfo *)buffer)->ssi_signo = (uint32_t)number;
  return (ssize_t)size;
}

/* ---- epoll and the clock ------------------------------------------------------------------------------------------
 */

int sim_clock_gettime(clockid_t clock, struct timespec *out);
int sim_clock_gettime(clockid_t clock, struct timespec *out) {
  out->tv_sec = (time_t)(sim.now_us / 1000000);
  out->tv_nsec = (long)(sim.now_us % 1000000) * 1000;
  return 0;
}

int sim_epoll_create1(int flags);
int sim_epoll_create1(int flags) { return fd_open(object_new(OBJECT_EPOLL)); }

int sim_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int sim_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
  fd_object(epoll, "epoll_ctl");
  fd_object(fd, "epoll_ctl of");
  int i = 0;
  while (i < watched_count && watched[i].fd != fd) i++;
  if (operation == EPOLL_CTL_DEL) {
    if (i == watched_count) return errno = ENOENT, -1;
    watched[i] = watched[--watched_count];
    return 0;
  }
  if (i < watched_count) sim_broken("epoll_ctl: descriptor %d is watched twice", fd);
  if (sim_fails(FAULT_NO_WATCH, 6)) return errno = ENOSPC, -1;
  if (watched_count == WATCHED_MAX) sim_broken("the simulation watches too much");
  watched[watched_count].fd = fd;
  watched[watched_count++].data = event->data.ptr;
  return 0;
}

static bool fd_readable(int fd) {
  const object *o = fds[fd - FD_FIRST];
  if (o->kind == OBJECT_SIGNALS) return signals_pending != 0;
  return o->first != NULL || o->peer == NULL || o->reset;
}

/* What is readable, from a random one on; sometimes not all of it, as when the rest comes a moment later. */
static int ready_take(struct epoll_event *out, int max) {
  int count = 0, from = watched_count > 1 ? (int)sim_random(FAULT_COUNT, (uint64_t)watched_count) : 0;
  for (int i = 0; i < watched_count && count < max; i++) {
    int at = (from + i) % watched_count;
    if (fd_readable(watched[at].fd))
      out[count++] = (struct epoll_event){.events = EPOLLIN, .data.ptr = watched[at].data};
  }
  return count > 1 && sim_random(FAULT_COUNT, 2) == 0 ? 1 : count;
}

int sim_epoll_wait(int epoll, struct epoll_event *out, int max, int timeout);
int sim_epoll_wait(int epoll, struct epoll_event *out, int max, int timeout) {
  fd_object(epoll, "epoll_wait");
  check_turn();
  sim.now_us += sim_random(FAULT_COUNT, 20);
  if (sim_happens(FAULT_INTERRUPTED, 8)) return errno = EINTR, -1;
  if (sim_happens(FAULT_SLOW_MASTER, 16)) {
    uint64_t until = sim.now_us + sim_random(FAULT_SLOW_MASTER, 60 * MS);
    sim_note("the master is not scheduled for %d ms", (int)((until - sim.now_us) / MS));
    while (event_count > 0 && events[0].at_us <= until) event_run();
    sim.now_us = until;
    sim.fault_us = until;
  }
  uint64_t deadline = timeout < 0 ? UINT64_MAX : sim.now_us + (uint64_t)timeout * MS;
  for (;;) {
    while (event_count > 0 && events[0].at_us <= sim.now_us) event_run();
    int count = ready_take(out, max);
    if (count > 0) return count;
    if (event_count == 0 && timeout < 0) sim_broken("the master waits for ever");
    if (event_count == 0 || events[0].at_us >= deadline) {
      sim.now_us = deadline;
      return 0;
    }
    event_run();
  }
}
