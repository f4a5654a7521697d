/*
 * Sharing connections between workers: EPOLLEXCLUSIVE, one accept per wake-up, and passing on by load.
 *
 * Measured with 4 workers on 2 cores, wrk opening 64 keep-alive connections at once, connections per worker in four
 * runs (16 each would be even): libuv's way (all wake, accept what is there)  15/30/5/14   22/15/8/19   58/0/1/5
 * 34/12/2/16 all wake, one accept per wake                 10/47/5/2    24/1/1/38    0/9/1/54     0/63/0/1
 *   EPOLLEXCLUSIVE, one accept per wake           0/1/0/63     1/1/1/61     0/63/0/1     1/0/63/0
 *   SO_REUSEPORT, a socket per worker             14/11/20/19  19/13/14/18  17/14/20/13  15/17/15/17
 *   EPOLLEXCLUSIVE and passing on (this)          16/16/15/17  17/16/16/15  16/17/16/15
 * EPOLLEXCLUSIVE alone wakes the same sleeping worker first each time, so it saves the herd and spoils the balance. A
 * socket per worker is random, not even, leaves a worker that is busy or dead its share of new connections, and would
 * have to be handed from generation to generation. Passing on a descriptor costs about 8 us of CPU per connection, only
 * where there is an imbalance; connections that live for one request cost 29 us each in all (27 with a slack of one,
 * which leaves 2/2/0/0 of four connections: not worth it).
 *
 * Shared memory holds per slot the number of its connections (changed by its worker, and by a worker that is about to
 * pass one on) and the listening sockets it serves (by inode). All of it is atomic, none of it is locked, so a worker
 * that dies at any point blocks nobody.
 *
 * What a worker can write, which runs code that nobody has looked at: its own page (listeners, statistics), and of
 * all slots the line that the protocol needs (load, waiting_since). With the latter it can keep others from being
 * passed connections, or have what waits in their inboxes passed on to others: balance suffers, no connection is lost,
 * and a drain that waits for a wrong count ends with drain_timeout. What the parent decides by (which slots are taken,
 * how many there are, the descriptors) is in its own memory; and what it does for one slot is bounded.
 *
 * Handing over without losing any: the sender first adds one to the target's count, then checks that the target still
 * lists the socket, then sends. A draining worker first delists, and has drained only when its count is zero. With
 * sequentially consistent atomics either the sender sees the delisting and takes its one back, or the drain sees the
 * count and waits for the message.
 *
 * A worker that hangs (a loop without end, a stopped process) looks like the least loaded one. So a sender that finds
 * the inbox empty notes the time, the receiver clears it when it looks, and who has let a connection wait for
 * STUCK_AFTER_MS gets no more; the parent takes back what waits there (accept_group_rescue). Without it 48 of 100 new
 * connections hung with one of two workers in while (1).
 *
 * The inbox is a SOCK_SEQPACKET pair. Every process holds the sending end, the parent also the receiving one, so what a
 * dead worker has left in it can still be read (accept_group_release).
 */
#include "server/http/accept_group.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STUCK_AFTER_MS = 100 };
enum { MAX_SLOTS = 2048, LISTENERS_PER_SLOT = 46, INBOX_BATCH = 32 };
/* More than an inbox holds, and an end where somebody goes on sending. */
enum { PAGE = 4096, RESCUED_AT_ONCE = 256, CLEARED_AT_ONCE = 4096 };

/* What every worker of the group writes. */
typedef struct accept_line {
  _Alignas(64) _Atomic uint32_t load;
  _Atomic uint64_t waiting_since; /* ms, monotonic: when a connection came into an empty inbox; 0: all were taken */
} accept_line;

/* What only its own worker (and the parent, while there is none) writes. */
typedef struct accept_slot {
  _Alignas(PAGE) _Atomic uint64_t listeners[LISTENERS_PER_SLOT];
  _Atomic bool joined;
  _Alignas(64) _Atomic uint64_t passed, received;
} accept_slot;

/* Each process has its own, as it was when it was forked. */
struct accept_group {
  unsigned count;
  size_t size;
  accept_slot *slots; /* shared; the lines follow them */
  accept_line *lines;
  struct {
    int send, receive;
  } inbox[MAX_SLOTS];
  bool taken[MAX_SLOTS]; /* in the parent */
};

struct accept_member {
  accept_group *group;
  accept_slot *slot;
  accept_line *line;
  unsigned index, open; /* open: connections of this worker; the line's load counts those on their way too */
  uv_poll_t poll;
  accept_entry *entries;
  bool leaving, paused;
  void (*lost)(void *data);
  void *lost_data;
};

/* --- Messages: one descriptor, and the key of the listening socket it came from ---------------------------------- */

static int message_send(int socket, uint64_t key, int fd) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec piece = {&key, sizeof key};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof key ? 0 : -errno;
}

/* A descriptor, or negative (UV_EAGAIN: empty). */
static int message_receive(int socket, uint64_t *key) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec piece = {key, sizeof *key};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got;
  do got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (got != (ssize_t)sizeof *key || !header || header->cmsg_type != SCM_RIGHTS) return UV_EPROTO;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static bool slot_lists(accept_slot *slot, uint64_t key) {
  for (int i = 0; i < LISTENERS_PER_SLOT; i++)
    if (atomic_load(&slot->listeners[i]) == key) return true;
  return false;
}

static bool slot_list(accept_slot *slot, uint64_t key) {
  for (int i = 0; i < LISTENERS_PER_SLOT; i++) {
    if (atomic_load(&slot->listeners[i])) continue;
    atomic_store(&slot->listeners[i], key);
    return true;
  }
  return false;
}

static void slot_delist(accept_slot *slot, uint64_t key) {
  for (int i = 0; i < LISTENERS_PER_SLOT; i++) {
    uint64_t expected = key;
    if (atomic_compare_exchange_strong(&slot->listeners[i], &expected, 0)) return;
  }
}

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A connection has been waiting in its inbox for too long. */
static bool line_is_stuck(const accept_line *line, uint64_t now) {
  uint64_t since = atomic_load_explicit(&line->waiting_since, memory_order_relaxed);
  return since != 0 && now > since + STUCK_AFTER_MS;
}

/* Passes fd to the least loaded slot that serves `key`, if that has fewer than `below`. */
static bool pass_on(accept_group *group, const accept_slot *self, uint64_t key, int fd, uint32_t below) {
  unsigned best = group->count;
  uint32_t least = below;
  uint64_t now = now_ms(), none = 0;
  for (unsigned i = 0; i < group->count; i++) {
    accept_slot *slot = &group->slots[i];
    accept_line *line = &group->lines[i];
    if (slot == self || !atomic_load_explicit(&slot->joined, memory_order_relaxed)) continue;
    uint32_t load = atomic_load_explicit(&line->load, memory_order_relaxed);
    if (load < least && !line_is_stuck(line, now) && slot_lists(slot, key)) best = i, least = load;
  }
  if (best == group->count) return false;
  accept_line *line = &group->lines[best];
  atomic_fetch_add(&line->load, 1);
  atomic_compare_exchange_strong(&line->waiting_since, &none, now);
  if (slot_lists(&group->slots[best], key) && message_send(group->inbox[best].send, key, fd) == 0) return true;
  atomic_fetch_sub(&line->load, 1);
  return false;
}

/* --- Parent ------------------------------------------------------------------------------------------------------ */

accept_group *accept_group_create(unsigned slots) {
  if (slots == 0 || slots > MAX_SLOTS) return NULL;
  accept_group *group = calloc(1, sizeof *group);
  if (!group) return NULL;
  group->size = slots * (sizeof(accept_slot) + sizeof(accept_line));
  group->slots = mmap(NULL, group->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (group->slots == MAP_FAILED) {
    free(group);
    return NULL;
  }
  group->lines = (accept_line *)(group->slots + slots);
  for (; group->count < slots; group->count++) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
      accept_group_destroy(group);
      return NULL;
    }
    group->inbox[group->count].send = pair[0];
    group->inbox[group->count].receive = pair[1];
  }
  return group;
}

/* What is in the inbox of a slot that nobody serves goes to other workers. */
static void slot_clear(accept_group *group, int slot) {
  accept_slot *s = &group->slots[slot];
  atomic_store(&s->joined, false);
  for (int i = 0; i < LISTENERS_PER_SLOT; i++) atomic_store(&s->listeners[i], 0);
  uint64_t key;
  for (int n = 0, fd; n < CLEARED_AT_ONCE; n++) {
    if ((fd = message_receive(group->inbox[slot].receive, &key)) == UV_EPROTO) continue;
    if (fd < 0) break;
    pass_on(group, s, key, fd, UINT32_MAX);
    close(fd);
  }
  atomic_store(&group->lines[slot].load, 0);
  atomic_store(&group->lines[slot].waiting_since, 0);
  atomic_store(&s->passed, 0);
  atomic_store(&s->received, 0);
}

static unsigned slot_rescue(accept_group *group, unsigned i) {
  unsigned rescued = 0;
  uint64_t key;
  accept_line *line = &group->lines[i];
  for (int n = 0, fd; n < RESCUED_AT_ONCE; n++) {
    if ((fd = message_receive(group->inbox[i].receive, &key)) == UV_EPROTO) {
      atomic_fetch_sub(&line->load, 1);
      continue;
    }
    if (fd < 0) break;
    /* Nobody else serves it: back to where it was, in case that one comes to itself. */
    bool passed = pass_on(group, &group->slots[i], key, fd, UINT32_MAX);
    bool back = !passed && message_send(group->inbox[i].send, key, fd) == 0;
    close(fd);
    if (back) break;
    atomic_fetch_sub(&line->load, 1);
    rescued += passed;
  }
  return rescued;
}

unsigned accept_group_rescue(accept_group *group) {
  unsigned rescued = 0;
  uint64_t now = now_ms();
  for (unsigned i = 0; i < group->count; i++) {
    if (group->taken[i] && line_is_stuck(&group->lines[i], now)) rescued += slot_rescue(group, i);
  }
  return rescued;
}

int accept_group_reserve(accept_group *group) {
  for (unsigned i = 0; i < group->count; i++) {
    if (group->taken[i]) continue;
    group->taken[i] = true;
    slot_clear(group, (int)i); /* a sender that was slower than the release */
    return (int)i;
  }
  return UV_ENOSPC;
}

void accept_group_release(accept_group *group, int slot) {
  if (slot < 0 || (unsigned)slot >= group->count) return;
  slot_clear(group, slot);
  group->taken[slot] = false;
}

void accept_group_destroy(accept_group *group) {
  for (unsigned i = 0; i < group->count; i++) {
    close(group->inbox[i].send);
    close(group->inbox[i].receive);
  }
  munmap(group->slots, group->size);
  free(group);
}

unsigned accept_group_load(const accept_group *group, int slot) { return atomic_load(&group->lines[slot].load); }
uint64_t accept_group_passed(const accept_group *group, int slot) { return atomic_load(&group->slots[slot].passed); }
uint64_t accept_group_received(const accept_group *group, int slot) {
  return atomic_load(&group->slots[slot].received);
}

void accept_group_keep_own(accept_group *group, int slot) {
  for (unsigned i = 0; i < group->count; i++)
    if ((int)i != slot) close(group->inbox[i].receive);
  mprotect(group->slots, group->count * sizeof(accept_slot), PROT_READ);
  if (slot >= 0) mprotect(&group->slots[slot], sizeof(accept_slot), PROT_READ | PROT_WRITE);
}

/* --- Worker ------------------------------------------------------------------------------------------------------ */

static void load_drop(accept_member *member) {
  uint32_t load = atomic_load(&member->line->load);
  while (load && !atomic_compare_exchange_weak(&member->line->load, &load, load - 1)) continue;
}

static void on_inbox(uv_poll_t *poll, int status, int events) {
  accept_member *member = poll->data;
  atomic_store(&member->line->waiting_since, 0);
  for (int i = 0; i < INBOX_BATCH && !member->leaving; i++) {
    uint64_t key = 0;
    int fd = message_receive(member->group->inbox[member->index].receive, &key);
    if (fd == UV_EPROTO) { /* no descriptor was free for it: the kernel has closed the connection */
      load_drop(member);
      if (member->lost) member->lost(member->lost_data);
      continue;
    }
    if (fd < 0) return;
    accept_entry *entry = member->entries;
    while (entry && entry->key != key) entry = entry->next;
    if (entry) {
      atomic_fetch_add_explicit(&member->slot->received, 1, memory_order_relaxed);
      member->open++;
      entry->receive(entry->data, fd);
    } else { /* the server has gone meanwhile */
      pass_on(member->group, member->slot, key, fd, UINT32_MAX);
      close(fd);
      load_drop(member);
    }
  }
}

int accept_group_join(accept_group *group, int slot, uv_loop_t *loop, accept_member **out) {
  if (slot < 0 || (unsigned)slot >= group->count) return UV_EINVAL;
  accept_member *member = calloc(1, sizeof *member);
  if (!member) return UV_ENOMEM;
  member->group = group;
  member->index = (unsigned)slot;
  member->slot = &group->slots[slot];
  member->line = &group->lines[slot];
  int status = uv_poll_init(loop, &member->poll, group->inbox[slot].receive);
  if (status < 0) {
    free(member);
    return status;
  }
  member->poll.data = member;
  uv_poll_start(&member->poll, UV_READABLE, on_inbox);
  uv_unref((uv_handle_t *)&member->poll); /* servers and listeners keep the loop alive */
  atomic_store(&member->slot->joined, true);
  *out = member;
  return 0;
}

static void on_member_closed(uv_handle_t *handle) { free(handle->data); }

void accept_member_leave(accept_member *member) {
  if (member->leaving) return;
  member->leaving = true;
  for (int i = 0; i < LISTENERS_PER_SLOT; i++) atomic_store(&member->slot->listeners[i], 0);
  uv_close((uv_handle_t *)&member->poll, on_member_closed);
}

bool accept_member_expects(const accept_member *member) { return atomic_load(&member->line->load) > member->open; }

int accept_member_enlist(accept_member *member, accept_entry *entry, int listening_fd) {
  struct stat status;
  if (fstat(listening_fd, &status) < 0) return -errno;
  entry->key = (uint64_t)status.st_ino;
  if (!member->paused && !slot_list(member->slot, entry->key)) return UV_ENOSPC;
  entry->listed = entry->targeted = true;
  entry->next = member->entries;
  member->entries = entry;
  return 0;
}

void accept_member_delist(accept_member *member, accept_entry *entry) {
  accept_member_target(member, entry, false);
  entry->listed = false;
}

void accept_member_target(accept_member *member, accept_entry *entry, bool on) {
  if (!entry->listed || entry->targeted == on) return;
  entry->targeted = on;
  if (member->paused) return;
  if (on)
    slot_list(member->slot, entry->key);
  else
    slot_delist(member->slot, entry->key);
}

void accept_member_pause(accept_member *member, bool paused) {
  if (member->paused == paused) return;
  member->paused = paused;
  for (accept_entry *entry = member->entries; entry; entry = entry->next) {
    if (!entry->listed) continue;
    if (entry->targeted && paused)
      slot_delist(member->slot, entry->key);
    else if (entry->targeted)
      slot_list(member->slot, entry->key);
    entry->pause(entry->data, paused);
  }
}

void accept_member_on_lost(accept_member *member, void (*lost)(void *data), void *data) {
  member->lost = lost;
  member->lost_data = data;
}

bool accept_member_paused(const accept_member *member) { return member->paused; }

void accept_member_forget(accept_member *member, accept_entry *entry) {
  accept_entry **at = &member->entries;
  while (*at && *at != entry) at = &(*at)->next;
  if (*at) *at = entry->next;
}

bool accept_member_offer(accept_member *member, accept_entry *entry, int fd) {
  uint32_t own = atomic_load_explicit(&member->line->load, memory_order_relaxed);
  uint32_t slack = own / 16; /* not worth a message */
  if (own > slack && pass_on(member->group, member->slot, entry->key, fd, own - slack)) {
    atomic_fetch_add_explicit(&member->slot->passed, 1, memory_order_relaxed);
    close(fd);
    return true;
  }
  atomic_fetch_add(&member->line->load, 1);
  member->open++;
  return false;
}

void accept_member_closed(accept_member *member) {
  if (member->open) member->open--;
  load_drop(member);
}
