#include "server/http/publish_group.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_SLOTS = 4096, RECEIVED_AT_ONCE = 64, SEND_BUFFER = 1 << 20 };

/* Seen by all processes. */
typedef struct shared {
  _Atomic uint64_t lost;
  _Atomic bool joined[MAX_SLOTS];
} shared;

struct publish_group {
  unsigned count;
  shared *shared;
  struct {
    int send, receive;
  } inbox[MAX_SLOTS];
};

typedef struct head {
  uint16_t topic_length;
  uint8_t text, reserved;
} head;

struct publish_member {
  uv_poll_t poll; /* first */
  publish_group *group;
  unsigned slot;
  publish_receive receive;
  void *data;
  char message[sizeof(head) + PUBLISH_TOPIC_MAX + PUBLISH_BYTES_MAX];
};

publish_group *publish_group_create(unsigned slots) {
  publish_group *group = slots <= MAX_SLOTS ? calloc(1, sizeof *group) : NULL;
  if (group == NULL) return NULL;
  group->shared = mmap(NULL, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (group->shared == MAP_FAILED) {
    free(group);
    return NULL;
  }
  int size = SEND_BUFFER, pair[2];
  for (; group->count < slots; group->count++) {
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
      publish_group_destroy(group);
      return NULL;
    }
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    group->inbox[group->count].send = pair[0];
    group->inbox[group->count].receive = pair[1];
  }
  return group;
}

void publish_group_destroy(publish_group *group) {
  for (unsigned i = 0; i < group->count; i++) {
    close(group->inbox[i].send);
    close(group->inbox[i].receive);
  }
  munmap(group->shared, sizeof(shared));
  free(group);
}

void publish_group_keep_own(publish_group *group, int slot) {
  for (unsigned i = 0; i < group->count; i++)
    if ((int)i != slot) close(group->inbox[i].receive);
}

uint64_t publish_group_lost(const publish_group *group) { return atomic_load(&group->shared->lost); }

/* A worker may have been anything before it wrote this: what does not fit is dropped. */
static void deliver(publish_member *member, size_t length) {
  head h;
  if (length < sizeof h) return;
  memcpy(&h, member->message, sizeof h);
  if (h.topic_length > length - sizeof h) return;
  const char *topic = member->message + sizeof h, *bytes = topic + h.topic_length;
  member->receive(member->data, topic, h.topic_length, h.text != 0, bytes, length - sizeof h - h.topic_length);
}

static ssize_t take(publish_member *member) {
  int fd = member->group->inbox[member->slot].receive;
  ssize_t length;
  do length = recv(fd, member->message, sizeof member->message, MSG_DONTWAIT | MSG_TRUNC);
  while (length < 0 && errno == EINTR);
  return length;
}

static void readable(uv_poll_t *poll, int status, int events) {
  publish_member *member = (publish_member *)poll;
  for (int i = 0; i < RECEIVED_AT_ONCE; i++) {
    ssize_t length = take(member);
    if (length < 0) return;
    if ((size_t)length <= sizeof member->message) deliver(member, (size_t)length);
  }
}

static void closed(uv_handle_t *handle) { free(handle); }

int publish_group_join(publish_group *group, int slot, uv_loop_t *loop, publish_receive receive, void *data,
                       publish_member **out) {
  if (slot < 0 || (unsigned)slot >= group->count) return UV_EINVAL;
  publish_member *member = malloc(sizeof *member);
  if (member == NULL) return UV_ENOMEM;
  member->group = group;
  member->slot = (unsigned)slot;
  member->receive = receive;
  member->data = data;
  int err = uv_poll_init(loop, &member->poll, group->inbox[slot].receive);
  if (err < 0) {
    free(member);
    return err;
  }
  atomic_store(&group->shared->joined[slot], false);
  while (take(member) >= 0) continue;
  uv_unref((uv_handle_t *)&member->poll);
  err = uv_poll_start(&member->poll, UV_READABLE, readable);
  if (err < 0) {
    uv_close((uv_handle_t *)&member->poll, closed);
    return err;
  }
  atomic_store(&group->shared->joined[slot], true);
  *out = member;
  return 0;
}

void publish_member_leave(publish_member *member) {
  atomic_store(&member->group->shared->joined[member->slot], false);
  uv_close((uv_handle_t *)&member->poll, closed);
}

int publish_member_send(publish_member *member, const char *topic, size_t topic_length, bool text, const char *bytes,
                        size_t length) {
  if (topic_length > PUBLISH_TOPIC_MAX || length > PUBLISH_BYTES_MAX) return UV_EMSGSIZE;
  publish_group *group = member->group;
  head h = {.topic_length = (uint16_t)topic_length, .text = text};
  struct iovec pieces[3] = {
      {&h, sizeof h}, {(void *)(uintptr_t)topic, topic_length}, {(void *)(uintptr_t)bytes, length}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
  for (unsigned i = 0; i < group->count; i++) {
    if (i == member->slot || !atomic_load_explicit(&group->shared->joined[i], memory_order_relaxed)) continue;
    ssize_t sent;
    do sent = sendmsg(group->inbox[i].send, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) atomic_fetch_add_explicit(&group->shared->lost, 1, memory_order_relaxed);
  }
  return 0;
}
